# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Pages of Ogg files (RFC 3533): a serial number that is chosen, where encoders draw one by the clock."""

import struct
import zlib


_CAPTURE = b"OggS"
_SERIAL, _CHECKSUM, _SEGMENTS = 14, 22, 26  # offsets in a page's header
_HEADER_SIZE = 27
_WORD = struct.Struct("<I")
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def with_ogg_serial(ogg: bytes, serial: int) -> bytes:
    """Return an Ogg file of one stream with another serial number, so that equal sound is equal bytes.

    Args:
        ogg: the file.
        serial: its number, of which 32 bits count.

    Raises:
        ValueError: for bytes that are no complete Ogg file.
    """
    pages = bytearray(ogg)
    start = 0
    while start < len(pages):
        end = _page_end(pages, start)
        _WORD.pack_into(pages, start + _SERIAL, serial % 2**32)
        _WORD.pack_into(pages, start + _CHECKSUM, 0)
        _WORD.pack_into(pages, start + _CHECKSUM, _checksum(bytes(pages[start:end])))
        start = end
    return bytes(pages)


def _page_end(pages: bytearray, start: int) -> int:
    body = start + _HEADER_SIZE
    if pages[start : start + 4] == _CAPTURE and body <= len(pages):
        sizes = pages[body : body + pages[start + _SEGMENTS]]
        end = body + len(sizes) + sum(sizes)
        if len(sizes) == pages[start + _SEGMENTS] and end <= len(pages):
            return end
    raise ValueError(f"the bytes are no complete Ogg file: there is no page at byte {start}")


def _checksum(page: bytes) -> int:
    """The checksum of a page: zlib's polynomial with the bits of every byte, and of the sum, in the other order."""
    register = ~zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) & 0xFFFFFFFF
    return int.from_bytes(register.to_bytes(4, "little").translate(_REVERSED), "big")


__all__ = ["with_ogg_serial"]
