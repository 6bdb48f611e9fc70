# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Pictures of speakers and styles, drawn from their ids: https://www.w3.org/TR/png-3/."""

import colorsys
import hashlib
import struct
import zlib


_BLOCKS = 5  # a side, mirrored left to right
_BACKGROUND = b"\xf4\xf4\xf4"
ICON_SIZE, PORTRAIT_SIZE = 256, 500


def draw(identifier: str, number: int = 0, size: int = ICON_SIZE) -> bytes:
    """A PNG file of blocks.

    Args:
        identifier: decides the pattern and its hue.
        number: decides how light it is.
        size: of a side, in pixels.
    """
    digest = hashlib.sha256(identifier.encode()).digest()
    hue = int.from_bytes(digest[:2], "big") / 2**16
    colour = bytes(round(255 * part) for part in colorsys.hls_to_rgb(hue, 0.35 + 0.08 * (number % 5), 0.55))
    half = (_BLOCKS + 1) // 2
    rows = []
    for row in range(_BLOCKS):
        bits = [digest[2 + row * half + column] & 1 for column in range(half)]
        rows.append([*bits, *reversed(bits[: _BLOCKS - half])])
    margin = size // 10
    block = (size - 2 * margin) / _BLOCKS
    places = [min(int((pixel - margin) / block), _BLOCKS) if pixel >= margin else _BLOCKS for pixel in range(size)]
    empty = _BACKGROUND * size
    lines = []
    for place in places:
        own = [*rows[place], 0] if place < _BLOCKS else None
        lines.append(empty if own is None else b"".join(colour if own[at] else _BACKGROUND for at in places))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + line for line in lines))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


__all__ = ["ICON_SIZE", "PORTRAIT_SIZE", "draw"]
