# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""When words and morae are spoken, for answers with captions."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from .speaking import SpokenPiece


_KEPT_SECONDS = 600
_MOST_KEPT = 1000
_DIGITS = 6  # float32 has no more


def caption_words(piece: SpokenPiece, has_morae: bool = True) -> list[dict[str, Any]]:
    """The words of a piece: each once, in order, with seconds from the start of the answer.

    Args:
        piece: of the speech.
        has_morae: whether morae are listed too.
    """
    rows = []
    for word in piece.words:
        row: dict[str, Any] = {"word": word.surface, **_times(word), "place": list(word.place), "turn": piece.turn}
        if has_morae:
            row["morae"] = [{"kana": mora.kana, **_times(mora)} for mora in word.morae]
        rows.append(row)
    return rows


@dataclass
class Captions:
    """Captions of an answer, which grow while it is spoken."""

    client: str
    expires: float = field(default_factory=lambda: time.monotonic() + _KEPT_SECONDS)
    words: list[dict[str, Any]] = field(default_factory=list)
    sentences: list[tuple[float, float, str]] = field(default_factory=list)
    symbols: list[tuple[float, float, str]] = field(default_factory=list)
    is_complete: bool = False

    def add(self, piece: SpokenPiece) -> None:
        """Add the captions of a piece; those of symbols without their spaces."""
        words = caption_words(piece)
        self.is_complete = piece.number == piece.count
        self.words += words
        if words:
            self.sentences.append((words[0]["start_time"], words[-1]["end_time"], " ".join(piece.text.split())))
        self.symbols += [(part.start, part.end, part.symbol) for part in piece.symbols if part.symbol.strip()]


class CaptionStore:
    """Captions by the ids of requests, kept for ten minutes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, Captions] = OrderedDict()

    def new(self, identifier: str, client: str) -> Captions:
        """Captions for a request; the oldest are dropped."""
        captions = Captions(client)
        with self._lock:
            self._kept[identifier] = captions
            self._kept.move_to_end(identifier)
            while len(self._kept) > _MOST_KEPT or next(iter(self._kept.values())).expires < time.monotonic():
                self._kept.popitem(last=False)
        return captions

    def get(self, identifier: str, client: str) -> Captions | None:
        """The captions of a request of this client, or `None`."""
        with self._lock:
            captions = self._kept.get(identifier)
        is_there = captions is not None and captions.expires >= time.monotonic() and captions.client == client
        return captions if is_there else None


def _times(part: Any) -> dict[str, float]:
    return {"start_time": round(part.start, _DIGITS), "end_time": round(part.end, _DIGITS)}


__all__ = ["CaptionStore", "Captions", "caption_words"]
