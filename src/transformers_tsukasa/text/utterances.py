# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A long text as utterances that are spoken one after the other, each with its ending."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from .pauses import Pause, PauseScanner
from .segmentation import DEFAULT_LIMIT, NONE, SENTENCE, iter_sentences, split_lines


logger = logging.getLogger(__name__)

# Below this many characters a sentence is spoken together with the next or the previous one of its line: alone,
# "はい。" is too short to have a melody of its own. Only two are joined: a row of short sentences (dialogue) would
# become one utterance, without pauses, and would begin late.
SHORTEST_ALONE = 10

_MARKS = {"?": "question", "？": "question", "!": "exclamation", "！": "exclamation", "…": "ellipsis", "‥": "ellipsis"}
_CLOSING = "」』）)】》〉”\"'"


@dataclass(frozen=True)
class Utterance:
    """A stretch of text that is spoken in one go."""

    text: str
    ending: str  # one of `SEGMENT_ENDINGS`
    pause: float | None = None  # seconds of silence after it, where the text names them; else the ending decides
    lead: float = 0.0  # seconds of silence before it, besides those after the utterance before
    start: int = 0  # where `text` stands in the text that it is from, in characters

    def with_pauses(self, pauses: Iterable[Pause]) -> "Utterance":
        """The utterance with the pauses that are written after it: a sum of seconds, or else another ending."""
        result = self
        for pause in pauses:
            if pause.seconds is not None:
                result = replace(result, pause=(result.pause or 0.0) + pause.seconds)
            elif pause.ending is not None:
                result = replace(result, ending=pause.ending)
        return result


def iter_utterances(lines: Iterable[str], limit: int = DEFAULT_LIMIT) -> Iterator[Utterance]:
    """The utterances of an iterable of lines, such as an open file; a few sentences are in memory at a time.

    An utterance is a sentence, or two sentences of one line of which one is short. A segment without a word (a row of
    stars) is not spoken; it makes the pause before it that of a paragraph. A pause that is written in the text ends an
    utterance.

    Raises:
        PauseError: for a written pause that cannot be spoken.
    """
    held: Utterance | None = None
    is_joined = is_paused = False  # whether `held` is two sentences, and whether a pause is written after it
    lead = 0.0
    scanner = PauseScanner(lines)
    for segment in iter_sentences(scanner.lines(), limit):
        if pauses := scanner.take(segment.start):
            held, lead = _add_pauses(held, lead, pauses)
            is_paused = True
        if not segment.has_words:
            logger.info("skipped '%s', which holds no word", segment.text)
            if held is not None and not is_paused:
                held = replace(held, ending="paragraph")
            continue
        current = Utterance(segment.text, _ending(segment.text, segment.pause), lead=lead, start=segment.start)
        if held is not None and not (is_joined or is_paused) and _belongs_together(held, current):
            joined = f"{held.text}{segment.gap}{current.text}"
            if len(joined) <= limit:
                held, is_joined = replace(held, text=joined, ending=current.ending), True
                continue
        if held is not None:
            yield held
        held, is_joined, is_paused, lead = current, False, False, 0.0
    if held is not None:
        yield held.with_pauses(scanner.take())


def is_one_utterance(text: str) -> bool:
    """Whether a text as it stands is one utterance: one sentence, or two of which one is short."""
    first = [utterance.text for utterance in islice(iter_utterances(split_lines(text)), 2)]
    return first == [text.strip()]


def cut_at_pauses(lines: Iterable[str]) -> Iterator[Utterance]:
    """The lines, or what lies between the pauses that are written in them, each in one piece; no empty ones.

    Raises:
        PauseError: for a written pause that cannot be spoken.
    """
    scanner = PauseScanner(lines)
    held: Utterance | None = None
    lead = 0.0
    offset = 0
    for stretch in scanner.lines():
        if words := stretch.strip():
            if held is not None:
                yield held
            start = offset + stretch.index(words)
            held, lead = Utterance(words, ending_by_mark(words), lead=lead, start=start), 0.0
        held, lead = _add_pauses(held, lead, scanner.take())
        offset += len(stretch)
    if held is not None:
        yield held


def ending_by_mark(text: str) -> str:
    """How a sentence ends by its last mark."""
    marks = text.rstrip(_CLOSING)
    return _MARKS.get(marks[-1:], "sentence")


def _add_pauses(held: Utterance | None, lead: float, pauses: list[Pause]) -> tuple[Utterance | None, float]:
    """Pauses after the utterance `held`, or, where there is none yet, in the seconds before the first one."""
    if held is not None:
        return held.with_pauses(pauses), lead
    return None, lead + sum(pause.seconds or 0.0 for pause in pauses)


def _ending(text: str, pause: str) -> str:
    return ending_by_mark(text) if pause == SENTENCE else pause


def _belongs_together(first: Utterance, second: Utterance) -> bool:
    """Whether two neighbouring sentences are spoken in one go: one of them is short, and no line ends between them."""
    is_short = min(len(first.text), len(second.text)) < SHORTEST_ALONE
    return is_short and first.ending not in ("line", "paragraph", "clause", NONE)


__all__ = ["Utterance", "cut_at_pauses", "ending_by_mark", "is_one_utterance", "iter_utterances"]
