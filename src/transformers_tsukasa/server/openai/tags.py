# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Tags in a text that change voice and rate from there on: [voice:mei], [rate:1.2]. Pauses are the library's."""

import re
from dataclasses import dataclass

from ...text.pauses import write_ending, write_pause
from .bodies import bad_request


_TAG = re.compile(r"\[(voice|rate):([^\[\]\n]{1,200})\]", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[。！？!?…\n][」』）)\"'　 \n]*$")
_RATES = (0.25, 4.0)


@dataclass(frozen=True)
class Turn:
    """A text that is spoken with one voice at one rate.

    Args:
        text: of the turn.
        place: where it begins in the text of the request, in characters.
        voice: as requests name it; `None` for that of the request.
        rate: factor of the request's speed.
    """

    text: str
    place: int = 0
    voice: str | None = None
    rate: float = 1.0


def split_tags(text: str) -> list[Turn]:
    """Split a text at its tags.

    A turn whose text ends with a sentence gets the pause that the sentence would have before another one.

    Raises:
        ServerProblem: 400 for a rate that is none.
    """
    turns, place, voice, rate = [], 0, None, 1.0
    for match in [*_TAG.finditer(text), None]:
        end = len(text) if match is None else match.start()
        if text[place:end].strip():
            turns.append(Turn(text[place:end], place, voice, rate))
        if match is not None:
            place = match.end()
            if match[1].lower() == "voice":
                voice = match[2].strip()
            else:
                rate = _rate(match[2], match.start())
    last = len(turns) - 1
    return [turn if number == last else _with_pause(turn) for number, turn in enumerate(turns)]


def with_seconds(turn: Turn, seconds: float) -> Turn:
    """A turn with a pause of some seconds after it."""
    return Turn(turn.text + write_pause(seconds), turn.place, turn.voice, turn.rate)


def _with_pause(turn: Turn) -> Turn:
    if _SENTENCE_END.search(turn.text) is None:
        return turn
    return Turn(turn.text + write_ending("sentence"), turn.place, turn.voice, turn.rate)


def _rate(value: str, place: int) -> float:
    try:
        rate = float(value)
    except ValueError:
        rate = 0.0
    least, most = _RATES
    if not least <= rate <= most:
        message = f"the tag [rate:{value[:20]}] at character {place + 1} must have a number from {least} to {most}"
        raise bad_request(message, "input")
    return rate


__all__ = ["Turn", "split_tags", "with_seconds"]
