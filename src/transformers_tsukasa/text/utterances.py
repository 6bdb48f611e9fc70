# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A long text as utterances that are spoken one after the other, each with its ending."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .segmentation import DEFAULT_LIMIT, NONE, SENTENCE, iter_sentences


logger = logging.getLogger(__name__)

# Below this many characters a sentence is spoken together with the next or the previous one of its line: alone,
# "はい。" is too short to have a melody of its own.
SHORTEST_ALONE = 10

SEGMENT_ENDINGS = ("none", "clause", "sentence", "question", "exclamation", "ellipsis", "line", "paragraph")
"""How an utterance ends; the marks after sentences of long form are made of indices into this."""

_MARKS = {"?": "question", "？": "question", "!": "exclamation", "！": "exclamation", "…": "ellipsis", "‥": "ellipsis"}
_CLOSING = "」』）)】》〉”\"'"


@dataclass(frozen=True)
class Utterance:
    """A stretch of text that is spoken in one go."""

    text: str
    ending: str  # one of `SEGMENT_ENDINGS`


def iter_utterances(lines: Iterable[str], limit: int = DEFAULT_LIMIT) -> Iterator[Utterance]:
    """The utterances of an iterable of lines, such as an open file; a few sentences are in memory at a time.

    A segment without a word (a row of stars) is not spoken; it makes the pause before it that of a paragraph.
    """
    held: Utterance | None = None
    is_joined = False  # whether `held` is more than one sentence
    for segment in iter_sentences(lines, limit):
        if not segment.has_words:
            logger.info("skipped '%s', which holds no word", segment.text)
            if held is not None:
                held = Utterance(held.text, "paragraph")
            continue
        current = Utterance(segment.text, _ending(segment.text, segment.pause))
        if held is not None and _belongs_together(held, current, is_joined, limit):
            space = " " if held.text[-1].isascii() else ""
            held, is_joined = Utterance(f"{held.text}{space}{current.text}", current.ending), True
            continue
        if held is not None:
            yield held
        held, is_joined = current, False
    if held is not None:
        yield held


def _ending(text: str, pause: str) -> str:
    if pause != SENTENCE:
        return pause
    marks = text.rstrip(_CLOSING)
    return _MARKS.get(marks[-1:], "sentence")


def _belongs_together(first: Utterance, second: Utterance, is_joined: bool, limit: int) -> bool:
    if first.ending in ("line", "paragraph", "clause", NONE):
        return False
    # Joined sentences take no further short one: a row of short sentences would become one utterance of `limit`.
    is_short = len(first.text) < SHORTEST_ALONE or (len(second.text) < SHORTEST_ALONE and not is_joined)
    return is_short and len(first.text) + len(second.text) <= limit


__all__ = ["SEGMENT_ENDINGS", "Utterance", "iter_utterances"]
