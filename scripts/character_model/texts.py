# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Plain text for the character model: lines of files, known characters, and windows of a stream of them."""

import gzip
import json
import random
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np


PAD, EDGE, MASK, UNKNOWN = range(4)
FIRST_CHARACTER = 4
HELD_OUT = 50  # one of so many texts is kept for the held-out loss


def read_texts(path: Path) -> Iterator[str]:
    """The texts of a file: `t` or `text` of JSON lines (`.jsonl`), else lines; `.gz` is unpacked.

    Raises:
        ValueError: for a line of JSON without a text.
    """
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        is_json = path.name.removesuffix(".gz").endswith(".jsonl")
        for number, line in enumerate(file, 1):
            row = json.loads(line) if is_json else None
            text = line if row is None else row.get("t", row.get("text"))
            if text is None:
                raise ValueError(f"{path}, line {number}: no `t` and no `text`; give texts in one of them")
            if text := text.strip():
                yield text


def is_held_out(text: str) -> bool:
    """Whether a text is kept for the held-out loss; decided by its characters alone."""
    return zlib.crc32(text.encode("utf-8")) % HELD_OUT == 0


def known_characters(texts: Iterable[str], rarest: int, most: int) -> str:
    """The characters that occur `rarest` times at least, the most frequent first, `most` of them at most."""
    counts = Counter(character for text in texts for character in text)
    frequent = sorted((-count, character) for character, count in counts.items() if count >= rarest)
    return "".join(character for _, character in frequent[:most])


class Characters:
    """Numbers of characters: those of a string, in its order, after the four special ones."""

    def __init__(self, known: str) -> None:
        self.known = known
        self._numbers = {character: FIRST_CHARACTER + index for index, character in enumerate(known)}

    def __len__(self) -> int:
        return FIRST_CHARACTER + len(self.known)

    def encode(self, text: str) -> list[int]:
        """The number of every character of a text; no mark is added."""
        return [self._numbers.get(character, UNKNOWN) for character in text]

    def stream(self, texts: Iterable[str]) -> np.ndarray:
        """All texts in a row, with an edge before each: (characters,) int32."""
        numbers = []
        for text in texts:
            numbers += [EDGE, *self.encode(text)]
        return np.array(numbers, dtype=np.int32)


def windows(stream: np.ndarray, size: int, batch: int, generator: random.Random) -> Iterator[np.ndarray]:
    """Batches of windows that cover a stream from a random offset in a random order: (batch, size) int32.

    What is left over at both ends, less than a batch, is not returned.
    """
    offset = generator.randrange(min(size, max(len(stream) - size * batch, 1)))
    starts = list(range(offset, len(stream) - size + 1, size))
    generator.shuffle(starts)
    for first in range(0, len(starts) - batch + 1, batch):
        yield np.stack([stream[start : start + size] for start in starts[first : first + batch]])


def masked(batch: np.ndarray, share: float, characters: int, generator: np.random.Generator) -> Sequence[np.ndarray]:
    """Hide a share of the characters of a batch.

    Of those that are chosen, eight of ten are masked, one is replaced by another character, and one stays.

    Returns:
        The numbers that the model reads, and where characters are to be guessed (bool), both (batch, size).
    """
    chosen = (generator.random(batch.shape) < share) & (batch >= UNKNOWN)
    how = generator.random(batch.shape)
    others = generator.integers(FIRST_CHARACTER, characters, batch.shape, dtype=batch.dtype)
    read = np.where(chosen & (how < 0.8), MASK, np.where(chosen & (how < 0.9), others, batch))
    return read, chosen
