# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A prediction as a query wants it: durations, F0, energy and silences to be spoken."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from ...models.tsukasa.outputs import TsukasaProsody
from ...text.utterances import Utterance
from .arithmetic.warping import (
    CONSONANT,
    PAUSE,
    POST,
    PRE,
    VOWEL,
    Cell,
    MoraPitch,
    fit_durations,
    mora_pitch,
    scaled_pitches,
    shift_f0,
    shown_pitches,
    stretch,
    wanted_frames,
)
from .filling import measure
from .predictions import Prediction, SentenceProsody, curve_edges, with_silence
from .queries import AudioQuery, Mora, all_morae, phrase_spans


_SAME_SILENCE = 1e-6  # seconds


@dataclass(frozen=True)
class Edges:
    """Seconds around a sentence: of silence, and of the tokens before its first mora and after its last one."""

    lead: float
    pre: float
    post: float
    silence: float


@dataclass(frozen=True)
class ObeyedSentence:
    """A sentence as it is to be spoken.

    Args:
        utterance: with the silence around it.
        durations: text frames, `(tokens,)`.
        f0, energy: `(2 * frames,)` float32.
        is_edited: whether anything differs from the prediction.
    """

    utterance: Utterance
    durations: tuple[int, ...]
    f0: np.ndarray
    energy: np.ndarray
    is_edited: bool

    @property
    def prosody(self) -> TsukasaProsody:
        """The arguments that `generate()` takes."""
        return TsukasaProsody(
            durations=torch.tensor([self.durations]),
            f0=torch.from_numpy(self.f0)[None],
            energy=torch.from_numpy(self.energy)[None],
        )


def obey(prediction: Prediction, query: AudioQuery) -> list[ObeyedSentence]:
    """The sentences of a line as a query has them.

    Args:
        prediction: of the line that the query's phrases are.
        query: whose lengths and pitches hold.
    """
    morae, pauses = list(all_morae(query.accent_phrases)), _pauses(query)
    measured = measure(prediction)
    base = [own.pitch for own in measured.morae]
    shown = shown_pitches(base, [mora.vowel for mora in morae])
    asked = [mora.pitch for mora in morae]
    wanted = scaled_pitches(asked, query.pitchScale, query.intonationScale)
    pitches = [MoraPitch(*row) for row in zip(base, shown, asked, wanted, strict=True)]
    edges = _edges(prediction, query, pauses)
    return [
        _sentence(prediction, number, _Wanted(morae, pauses, query.speedScale), edges[number], pitches, query)
        for number in range(len(prediction.sentences))
    ]


@dataclass(frozen=True)
class _Wanted:
    """The lengths that a query has."""

    morae: Sequence[Mora]
    pauses: dict[int, float]
    speed: float

    def seconds(self, cell: Cell, edges: Edges, has_consonant: bool) -> float:
        """How long a cell should be."""
        if cell.kind == PRE:
            return edges.pre
        if cell.kind == POST:
            return edges.post
        assert cell.mora is not None
        if cell.kind == PAUSE:
            return self.pauses.get(cell.mora, 0.0)
        mora = self.morae[cell.mora]
        consonant = mora.consonant_length or 0.0
        if cell.kind == CONSONANT:
            return consonant / self.speed
        return (mora.vowel_length + (0.0 if has_consonant else consonant)) / self.speed


def _pauses(query: AudioQuery) -> dict[int, float]:
    """Seconds of the pause after a mora, by its number."""
    return {
        end - 1: query.pause_seconds(phrase.pause_mora) / query.speedScale
        for _, end, phrase in phrase_spans(query.accent_phrases)
        if phrase.pause_mora is not None
    }


def _edges(prediction: Prediction, query: AudioQuery, pauses: dict[int, float]) -> list[Edges]:
    """The surroundings of every sentence: silence is the first to become longer or shorter."""
    sentences = prediction.sentences
    own = [_own_edges(sentence, prediction.frame) for sentence in sentences]
    lasts = [place for place, mora in enumerate(prediction.line.morae) if _ends_sentence(prediction, place)]
    lead, pre = _shared(query.prePhonemeLength / query.speedScale, own[0].lead, own[0].pre)
    found = []
    for number, sentence in enumerate(sentences):
        if number + 1 == len(sentences):
            silence, post = _shared(query.postPhonemeLength / query.speedScale, own[-1].silence, own[-1].post)
            found.append(Edges(lead, pre, post + sentence.cut, silence))
            break
        following = own[number + 1]
        spoken = own[number].post + following.pre
        total = pauses.get(lasts[number], 0.0)
        silence, tokens = max(total - spoken, 0.0), min(total, spoken)
        share = tokens / spoken if spoken > 0 else 0.0
        found.append(Edges(lead, pre, own[number].post * share + sentence.cut, silence))
        lead, pre = 0.0, following.pre * share
    return found


def _ends_sentence(prediction: Prediction, place: int) -> bool:
    morae = prediction.line.morae
    return place + 1 == len(morae) or morae[place].sentence != morae[place + 1].sentence


def _own_edges(sentence: SentenceProsody, frame: float) -> Edges:
    first, last = sentence.cells[0], sentence.cells[-1]
    post = max(sentence.frames(last) * frame - sentence.cut, 0.0)
    return Edges(sentence.lead, sentence.frames(first) * frame, post, sentence.silence)


def _shared(total: float, silence: float, tokens: float) -> tuple[float, float]:
    """Seconds at an edge as silence, which stays as it is where it can, and tokens."""
    if abs(total - silence - tokens) < _SAME_SILENCE:
        return silence, tokens
    silence = min(silence, total)
    return silence, total - silence


def _sentence(
    prediction: Prediction,
    number: int,
    wanted: _Wanted,
    edges: Edges,
    pitches: Sequence[MoraPitch],
    query: AudioQuery,
) -> ObeyedSentence:
    sentence = prediction.sentences[number]
    cells = sentence.cells
    with_consonants = {cell.mora for cell in cells if cell.kind == CONSONANT}
    seconds = [wanted.seconds(cell, edges, cell.mora in with_consonants) for cell in cells]
    frames = wanted_frames(cells, seconds, prediction.frame)
    durations: list[int] = []
    for cell, count in zip(cells, frames, strict=True):
        durations += fit_durations(sentence.durations[slice(*cell.tokens)], cell.letters, count)
    if not any(durations):
        durations[-1] = 1  # the least that a model can speak
    f0, energy, spans = _stretched(prediction, number, durations)
    own = [pitches[cell.mora] for cell in cells if cell.kind == VOWEL and cell.mora is not None]
    own = [
        _stretched_pitch(pitch, f0[slice(*span)], prediction.threshold) for pitch, span in zip(own, spans, strict=True)
    ]
    f0, energy = shift_f0(f0, energy, spans, own, query.intonationScale, prediction.threshold)
    f0, energy = f0.astype(np.float32), energy.astype(np.float32)
    utterance = _utterance(prediction, number, edges)
    is_same = (
        tuple(durations) == sentence.durations
        and np.array_equal(f0, sentence.f0)
        and np.array_equal(energy, sentence.energy)
        and utterance == sentence.utterance
    )
    return ObeyedSentence(utterance, tuple(durations), f0, energy, not is_same)


def _stretched(
    prediction: Prediction, number: int, durations: Sequence[int]
) -> tuple[np.ndarray, np.ndarray, list[tuple[int, int]]]:
    """F0 and energy for other durations, and the values of the vowel of every mora."""
    sentence = prediction.sentences[number]
    edges = curve_edges(durations, prediction.delay)
    f0: list[np.ndarray] = []
    energy: list[np.ndarray] = []
    spans = []
    before = 0.0
    for cell in sentence.cells:
        first, last = prediction.values(number, cell)
        span = edges[cell.tokens[0]], edges[cell.tokens[1]]
        count = span[1] - span[0]
        f0.append(stretch(sentence.f0[first:last], count, 0.0, prediction.threshold))
        energy.append(stretch(sentence.energy[first:last], count, before))
        before = float(energy[-1][-1]) if count else before
        if cell.kind == VOWEL:
            spans.append(span)
    return np.concatenate(f0), np.concatenate(energy), spans


def _stretched_pitch(pitch: MoraPitch, f0: np.ndarray, threshold: float) -> MoraPitch:
    """The pitches of a mora whose vowel has become longer or shorter, and with it its own pitch."""
    own = None if pitch.base is None else mora_pitch(f0, threshold)
    return pitch if own is None else replace(pitch, base=own)


def _utterance(prediction: Prediction, number: int, edges: Edges) -> Utterance:
    """The utterance with other silences, or as it is where these are its own."""
    sentence = prediction.sentences[number]
    is_last = number + 1 == len(prediction.sentences)
    following = 0.0 if is_last else prediction.sentences[number + 1].lead
    own_lead = sentence.lead if number == 0 else 0.0
    is_same = (
        abs(edges.lead - own_lead) < _SAME_SILENCE
        and abs(edges.silence - sentence.silence - following) < _SAME_SILENCE
    )
    if is_same and (number == 0 or sentence.lead == 0.0) and following == 0.0:
        return sentence.utterance
    return with_silence(sentence.utterance, edges.lead, edges.silence)


__all__ = ["ObeyedSentence", "obey"]
