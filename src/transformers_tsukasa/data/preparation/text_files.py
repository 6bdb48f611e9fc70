# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Text files in UTF-8 or the encodings of Windows, and their lines."""

import re
from pathlib import Path


_LINE_END = re.compile(r"\r\n|\r|\n")
_BYTE_ORDER_MARK = "\ufeff"


def decode_text(path: Path, encoding: str = "auto") -> str:
    """Decode a text file.

    Args:
        path: the file.
        encoding: of the file; "auto" tries UTF-8 (with or without a byte order mark), UTF-16 with one, and cp932.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when the file is not in the encoding, or the encoding is unknown.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no file '{path}'")
    data = path.read_bytes()
    if encoding == "auto":
        marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        candidates = ["utf-16"] if marked else ["utf-8", "cp932"]
    else:
        candidates = [encoding]
    for candidate in candidates:
        try:
            # Files that were joined have byte order marks in the middle too.
            return data.decode(candidate).replace(_BYTE_ORDER_MARK, "")
        except UnicodeDecodeError:
            continue
        except LookupError as error:
            raise ValueError(f"unknown encoding '{encoding}': Japanese files are mostly utf-8 or cp932") from error
    raise ValueError(f"'{path}' is not written in {' or '.join(candidates)}: name its encoding in `encoding`")


def split_lines(text: str) -> list[str]:
    """The lines of a text; unlike `str.splitlines`, only at line ends and not at the rarer separators inside text."""
    return _LINE_END.split(text)


__all__ = ["decode_text", "split_lines"]
