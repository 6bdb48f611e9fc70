# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A prediction as the lengths and pitches of a query."""

from collections.abc import Sequence
from dataclasses import dataclass

from .arithmetic.moras import SYMBOLS, VOWELS
from .arithmetic.warping import CONSONANT, PAUSE, POST, PRE, VOWEL, mora_pitch, shown_pitches
from .predictions import Prediction
from .queries import AccentPhrase, Mora, all_morae


_PLACES = 9  # of lengths: frames are 25 ms, in float64


@dataclass(frozen=True)
class PredictedMora:
    """Lengths in seconds, those of what a mora lacks None, and the pitch, None where it is unvoiced."""

    consonant: float | None = None
    vowel: float = 0.0
    pitch: float | None = None
    has_tokens: bool = False


@dataclass(frozen=True)
class PredictedLine:
    """Lengths and pitches of a line.

    Args:
        morae: in order.
        pauses: seconds of the pause after a mora, by its number.
        pre, post: seconds before the first mora and after the last one.
    """

    morae: tuple[PredictedMora, ...]
    pauses: dict[int, float]
    pre: float
    post: float


def measure(prediction: Prediction) -> PredictedLine:
    """The lengths and pitches of a prediction."""
    line, frame = prediction.line, prediction.frame
    consonants: dict[int, float] = {}
    vowels: dict[int, float] = {}
    pitches: dict[int, float | None] = {}
    pauses: dict[int, float] = {}
    edges: list[tuple[float, float]] = []
    for number, sentence in enumerate(prediction.sentences):
        pre = post = 0.0
        for cell in sentence.cells:
            seconds = sentence.frames(cell) * frame
            if cell.kind == PRE:
                pre = sentence.lead + seconds
            elif cell.kind == POST:
                post = max(seconds - sentence.cut, 0.0) + sentence.silence
            elif cell.kind == PAUSE and cell.mora is not None:
                pauses[cell.mora] = seconds
            elif cell.kind == CONSONANT and cell.mora is not None:
                consonants[cell.mora] = seconds
            elif cell.kind == VOWEL and cell.mora is not None:
                vowels[cell.mora] = seconds
                first, last = prediction.values(number, cell)
                is_geminate = SYMBOLS[line.morae[cell.mora].text].vowel == "cl"
                pitch = mora_pitch(sentence.f0[first:last], prediction.threshold)
                pitches[cell.mora] = None if is_geminate else pitch  # has none that a query could show
        edges.append((pre, post))
    ends = [mora.sentence for mora in line.morae]
    for place in range(len(ends) - 1):
        if ends[place] != ends[place + 1]:
            pauses[place] = edges[ends[place]][1] + edges[ends[place + 1]][0]
    morae = tuple(
        PredictedMora(consonants.get(place), vowels.get(place, 0.0), pitches.get(place), place in vowels)
        for place in range(len(line.morae))
    )
    return PredictedLine(morae, pauses, edges[0][0] if edges else 0.0, edges[-1][1] if edges else 0.0)


def filled(
    phrases: Sequence[AccentPhrase],
    measured: PredictedLine,
    *,
    lengths: bool = True,
    pitches: bool = True,
    devoice: bool = False,
) -> list[AccentPhrase]:
    """Phrases with the lengths and pitches of a prediction of them.

    Args:
        phrases: of the line that was predicted.
        measured: the prediction.
        lengths, pitches: which of both to take; others stay.
        devoice: whether i and u that the model leaves unvoiced become I and U; otherwise letters stay.
    """
    old = list(all_morae(phrases))
    letters = [_letter(mora, own, devoice) for mora, own in zip(old, measured.morae, strict=True)]
    shown = shown_pitches([own.pitch for own in measured.morae], letters)
    found: list[AccentPhrase] = []
    place = 0
    for phrase in phrases:
        morae = []
        for mora in phrase.moras:
            changes: dict[str, object] = {"vowel": letters[place]}
            if lengths:
                changes |= _lengths(mora, measured.morae[place])
            if pitches:
                changes["pitch"] = shown[place]
            morae.append(mora.model_copy(update=changes))
            place += 1
        pause = phrase.pause_mora
        if pause is not None and lengths:
            pause = pause.model_copy(update={"vowel_length": round(measured.pauses.get(place - 1, 0.0), _PLACES)})
        found.append(phrase.model_copy(update={"moras": morae, "pause_mora": pause}))
    return found


def _letter(mora: Mora, own: PredictedMora, devoice: bool) -> str:
    is_silent = devoice and own.has_tokens and own.pitch is None and mora.vowel in ("i", "u")
    return mora.vowel.upper() if is_silent and mora.vowel in VOWELS else mora.vowel


def _lengths(mora: Mora, own: PredictedMora) -> dict[str, object]:
    consonant = None if mora.consonant is None else round(own.consonant or 0.0, _PLACES)
    return {"consonant_length": consonant, "vowel_length": round(own.vowel, _PLACES)}


__all__ = ["PredictedLine", "PredictedMora", "filled", "measure"]
