# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Predictions of a model for a line: its durations and curves, and the speech that an unedited query is."""

from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...models.tsukasa.outputs import TsukasaProsody, TsukasaSpeechOutput
from ...models.tsukasa.speaking.sentence_marks import close_sentences
from ...models.tsukasa.speaking.speech_assembly import Ending
from ...models.tsukasa.speaking.speech_options import read_options
from ...text.accent_levels import NO_MORA, accent_levels
from ...text.pauses import SEGMENT_ENDINGS
from ...text.utterances import Utterance
from .arithmetic.warping import Cell
from .cells import sentence_cells
from .lines import Line


if TYPE_CHECKING:
    from ...synthesis.speaker import Speaker

_MOST_LINES = 64
_MOST_VALUES = 80 * 3600  # of F0 of all that is kept: an hour


@dataclass(frozen=True)
class Style:
    """How a line is spoken.

    Args:
        voice: a voice of the model, or None for the one that it has by default.
        seed: of its noise.
        vector: the style itself in place of the voice's, `(2 * style_dim,)`.
    """

    voice: str | None
    seed: int
    vector: torch.Tensor | None = None

    def arguments(self) -> dict[str, Any]:
        """Arguments of `generate()`."""
        if self.vector is not None:
            return {"seed": self.seed, "style_vector": self.vector, "alpha": 0.0, "beta": 0.0}
        return {"seed": self.seed} if self.voice is None else {"seed": self.seed, "voice": self.voice}


@dataclass(frozen=True)
class SentenceProsody:
    """A sentence as it is predicted.

    Args:
        utterance: with the pauses around it.
        cells: its tokens.
        durations: text frames, `(tokens,)`.
        f0: Hz, `(2 * frames,)`.
        energy: `(2 * frames,)`.
        lead, silence: seconds of silence before and after it.
        cut: seconds that are cut at its end.
    """

    utterance: Utterance
    cells: tuple[Cell, ...]
    durations: tuple[int, ...]
    f0: np.ndarray
    energy: np.ndarray
    lead: float
    silence: float
    cut: float

    def frames(self, cell: Cell) -> int:
        """Text frames of a cell."""
        return sum(self.durations[slice(*cell.tokens)])


@dataclass(frozen=True)
class Prediction:
    """A line as it is predicted.

    Args:
        line: that was spoken.
        sentences: of it.
        samples: of every sentence, with the silence around it.
        frame: seconds of a text frame.
        threshold: Hz up to which F0 is unvoiced.
        delay: text frames by which curves lag durations.
    """

    line: Line
    sentences: tuple[SentenceProsody, ...]
    samples: tuple[int, ...]
    frame: float
    threshold: float
    delay: int

    def values(self, sentence: int, cell: Cell) -> tuple[int, int]:
        """First value and last + 1 of a cell in the curves of its sentence."""
        own = self.sentences[sentence]
        edges = curve_edges(own.durations, self.delay)
        return edges[cell.tokens[0]], edges[cell.tokens[1]]


def curve_edges(durations: Sequence[int], delay: int) -> list[int]:
    """Values of a curve before every token, and before its end, of which the first and last have the delay."""
    ends = np.concatenate([[0], np.cumsum(durations)])
    edges = np.minimum(ends + delay, ends[-1]) * 2
    edges[0] = 0
    return edges.astype(int).tolist()


class Predictor:
    """Predicts lines, and keeps what it predicted lately: queries are asked for, edited and spoken."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[Any, Prediction] = OrderedDict()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    def predict(self, speaker: "Speaker", line: Line, style: Style) -> Generator[None, None, Prediction]:
        """Predict a line, a sentence at a time: yields after each, and returns the prediction.

        Raises:
            ValueError, FloatingPointError: as of `generate()`.
        """
        spoken = tuple((utterance, reading.phonemes) for utterance, reading in line.sentences)
        key = (id(speaker), _content(speaker, style), style.seed, spoken, line.structure)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        tokens = _tokens(speaker, line)
        outputs = []
        utterances = [utterance for utterance, _ in line.sentences]
        for output in speak(speaker, line, utterances, style, tokens=tokens, is_decoded=False):
            outputs.append(output)
            yield
        prediction = _prediction(speaker, line, outputs, tokens)
        with self._lock:
            self._kept[key] = prediction
            while len(self._kept) > _MOST_LINES or (len(self._kept) > 1 and self._values() > _MOST_VALUES):
                self._kept.popitem(last=False)
        return prediction

    def _values(self) -> int:
        return sum(len(sentence.f0) for kept in self._kept.values() for sentence in kept.sentences)


def speak(
    speaker: "Speaker",
    line: Line,
    utterances: Sequence[Utterance],
    style: Style,
    prosody: Sequence[TsukasaProsody] | None = None,
    tokens: list[list[int]] | None = None,
    is_decoded: bool = True,
) -> Generator[TsukasaSpeechOutput, None, None]:
    """Speak a line sentence by sentence, with the pauses of utterances and, if given, with their prosody.

    What is not decoded is silence of the length of the speech.
    """
    tokens = _tokens(speaker, line) if tokens is None else tokens
    ids = torch.tensor([close_sentences(zip(tokens, utterances, strict=True))])
    arguments = style.arguments()
    if prosody is not None:
        arguments["prosody"] = list(prosody)
    elif speaker.processor.tokenizer.return_accent_levels:
        levels = close_sentences(zip(_levels(speaker, line, tokens), utterances, strict=True))
        arguments["accent_levels"] = torch.tensor([levels])
    mask = torch.ones_like(ids)
    arguments |= {"stream": True, "return_prosody": True, "return_waveform": is_decoded}
    outputs = speaker.model.generate(input_ids=ids, attention_mask=mask, **arguments)
    assert isinstance(outputs, Iterator)
    yield from outputs


def _content(speaker: "Speaker", style: Style) -> tuple[str | None, int]:
    """The voice of a style with its numbers: another voice may get its name."""
    return style.voice, 0 if style.voice is None else hash(speaker.voices.array(style.voice).tobytes())


def _tokens(speaker: "Speaker", line: Line) -> list[list[int]]:
    phonemes = [reading.phonemes for _, reading in line.sentences]
    return speaker.processor.tokenizer(phonemes, phonemize=False)["input_ids"]


def _levels(speaker: "Speaker", line: Line, tokens: list[list[int]]) -> list[list[int]]:
    """The accent levels of all tokens."""
    tokenizer = speaker.processor.tokenizer
    first = int(tokenizer.add_prefix_pad)
    rows = []
    for (_, reading), ids in zip(line.sentences, tokens, strict=True):
        own = tokenizer.token_levels(reading.phonemes, accent_levels(reading))
        rows.append([NO_MORA] * first + own + [NO_MORA] * (len(ids) - first - len(own)))
    return rows


def _prediction(speaker: "Speaker", line: Line, outputs: Sequence[Any], tokens: list[list[int]]) -> Prediction:
    model, tokenizer = speaker.model, speaker.processor.tokenizer
    options = read_options(model.generation_config, None, {})
    known, first = tokenizer.get_vocab(), int(tokenizer.add_prefix_pad)
    cut = Ending.of(model.config, len(outputs)).samples_cut / speaker.sampling_rate
    sentences, samples = [], []
    for number, ((utterance, _), output, ids) in enumerate(zip(line.sentences, outputs, tokens, strict=True)):
        is_last = number + 1 == len(outputs)
        silence = utterance.pause
        if silence is None:
            silence = 0.0 if is_last else options.pause_seconds(SEGMENT_ENDINGS.index(utterance.ending))
        prosody = output.prosody
        sentences.append(
            SentenceProsody(
                utterance,
                tuple(sentence_cells(line, number, tokenizer.convert_ids_to_tokens(ids), first, known)),
                tuple(prosody.durations[0].tolist()),
                prosody.f0[0].float().cpu().numpy(),
                prosody.energy[0].float().cpu().numpy(),
                utterance.lead,
                silence,
                cut,
            )
        )
        samples.append(len(output.audio[0]))
    return Prediction(
        line=line,
        sentences=tuple(sentences),
        samples=tuple(samples),
        frame=model.config.samples_per_text_frame / speaker.sampling_rate,
        threshold=model.config.decoder_config.voiced_threshold,
        delay=model.config.alignment_delay,
    )


def with_silence(utterance: Utterance, lead: float, silence: float) -> Utterance:
    """An utterance with so many seconds of silence before and after it."""
    return replace(utterance, lead=lead, pause=silence)


__all__ = ["Prediction", "Predictor", "SentenceProsody", "Style", "curve_edges", "speak", "with_silence"]
