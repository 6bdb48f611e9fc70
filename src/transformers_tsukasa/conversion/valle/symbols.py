# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The symbol table of lifeiteng's VALL-E, which lies beside a checkpoint and not in it."""

from collections.abc import Sequence
from pathlib import Path

from ..errors import ConversionError
from ..source_files import SourceFiles


TABLE_PATTERN = ".k2symbols"
_USUAL_NAME = f"unique_text_tokens{TABLE_PATTERN}"
_MARKS = ("<pad>", "<bos>", "<eos>")


def find_symbols(files: SourceFiles, named: str, vocab_size: int) -> dict[str, int]:
    """The phones of a checkpoint with their ids.

    Args:
        files: of the source.
        named: the path that the checkpoint names, of the machine of its training.
        vocab_size: rows of its text embeddings.

    Raises:
        ConversionError: when there is no table, or it is not one, or larger than the embeddings.
    """
    tables = [name for name in files.names if name.endswith(TABLE_PATTERN)]
    wanted = [name for name in tables if Path(name).name == Path(named).name] or tables
    if len(wanted) != 1:
        found = "there are several: " + ", ".join(wanted) if wanted else "there is none"
        raise ConversionError(
            f"the ids of the phones are not in the checkpoint but in '{Path(named).name or _USUAL_NAME}' of its "
            f"training, and {found}: put that file beside the checkpoint"
        )
    symbols = number_symbols(files.fetch(wanted[0]))
    if len(symbols) > vocab_size:
        raise ConversionError(
            f"{wanted[0]} has {len(symbols)} symbols, but the checkpoint embeds only {vocab_size}: it is the table of "
            "another checkpoint"
        )
    return symbols


def number_symbols(path: Path) -> dict[str, int]:
    """The ids that training gave to the symbols of a file of lines `symbol number`.

    The numbers of the file are not used: pad, begin and end come first, then the symbols in the order of their code
    points.

    Raises:
        ConversionError: for a line that is none of these.
    """
    try:
        lines: Sequence[str] = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ConversionError(f"{path} is no symbol table: it is not UTF-8 text") from error
    symbols = set()
    for number, line in enumerate(lines, 1):
        fields = line.split()
        if not fields:
            continue
        if len(fields) != 2 or not fields[1].isdecimal():
            raise ConversionError(f"{path}, line {number}: expected a symbol and its number, got {line!r}")
        symbols.add(fields[0])
    if not symbols:
        raise ConversionError(f"{path} is no symbol table: it has no symbols")
    return {symbol: index for index, symbol in enumerate((*_MARKS, *sorted(symbols)))}


__all__ = ["TABLE_PATTERN", "find_symbols", "number_symbols"]
