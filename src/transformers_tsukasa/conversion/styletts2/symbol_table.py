# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The symbol table of a checkpoint: StyleTTS 2's own, or the one that a training in another language brings along.

Shapes tell only how many ids there are. A table is a `vocab.json` (symbols and their ids, or symbols in order), or the
section `symbol` of the config.yml, with strings that are joined in order. Ours begins with the pad, `$`, as id 0.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...text.phonemes.symbols import PAD, SYMBOL_TO_ID
from ..errors import ConversionError


def read_symbols(path: Path) -> dict[str, int]:
    """Read a table from a JSON file.

    Raises:
        ConversionError: when it is not a table.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConversionError(f"{path} is not a JSON file ({error}): download or copy it again") from error
    if isinstance(content, dict) and isinstance(content.get("vocab"), (dict, list)):
        content = content["vocab"]  # as in Kokoro's config.json
    if isinstance(content, list):
        return in_order(content, str(path))
    if not isinstance(content, dict) or not all(
        isinstance(index, int) and not isinstance(index, bool) and index >= 0 for index in content.values()
    ):
        raise ConversionError(f"{path} is not a symbol table: expected symbols with their ids, or a list of symbols")
    return content


def written_symbols(original: Mapping[str, Any]) -> dict[str, int] | None:
    """The table in the section `symbol` of a config.yml; None when it has no such section.

    Raises:
        ConversionError: when the section is no table.
    """
    section = original.get("symbol", original.get("symbols"))
    if section is None:
        return None
    parts = list(section.values()) if isinstance(section, Mapping) else section
    if not isinstance(parts, str) and not (isinstance(parts, list) and all(isinstance(part, str) for part in parts)):
        raise ConversionError(
            "the section 'symbol' of the config file is no symbol table: expected strings of symbols"
        )
    return in_order("".join(parts), "the section 'symbol' of the config file")


def in_order(symbols: Iterable[Any], where: str) -> dict[str, int]:
    """The table of symbols in the order of their ids; of a symbol that comes twice, the later id is in use."""
    table = {symbol: index for index, symbol in enumerate(symbols) if isinstance(symbol, str)}
    if not table:
        raise ConversionError(f"{where} is not a symbol table: it has no symbols")
    return table


def complete_symbols(table: Mapping[str, int] | None, vocab_size: int, notes: list[str]) -> dict[str, int] | None:
    """A table with our pad as id 0; None for StyleTTS 2's own table.

    Args:
        table: of the checkpoint, if it brings one.
        vocab_size: number of ids that its tensors have.
        notes: receives one where a symbol is renamed.

    Raises:
        ConversionError: when table and tensors do not fit, or there is no table for another number of ids.
    """
    if table is None:
        if vocab_size != 1 + max(SYMBOL_TO_ID.values()):
            raise ConversionError(
                f"the checkpoint has {vocab_size} symbols and no table of them, and StyleTTS 2's has "
                f"{1 + max(SYMBOL_TO_ID.values())}: put its vocab.json beside the checkpoint"
            )
        return None
    highest = max(table.values())
    if highest >= vocab_size:
        raise ConversionError(
            f"the symbol table has ids up to {highest}, but the checkpoint's tensors have {vocab_size} symbols: it "
            "belongs to another checkpoint"
        )
    completed = {symbol: index for symbol, index in table.items() if index != 0 and symbol != PAD}
    first = next((symbol for symbol, index in table.items() if index == 0), PAD)
    if first != PAD:
        notes.append(f"the symbol {first!r}, id 0, is written '{PAD}': it is the pad")
    unknown = [symbol for symbol in completed if len(symbol) != 1]
    if unknown:
        raise ConversionError(f"the symbol table has {unknown[0]!r}, but a symbol is one character")
    # Ids of which the original uses another are named by the tokenizer.
    return None if {PAD: 0, **completed} == SYMBOL_TO_ID else {PAD: 0, **completed}


__all__ = ["complete_symbols", "in_order", "read_symbols", "written_symbols"]
