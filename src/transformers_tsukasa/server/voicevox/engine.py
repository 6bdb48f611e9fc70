# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A model as an engine: its speakers and styles, the lines that were asked for lately, and queries of them."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from starlette.requests import Request

from ..context import ServerContext, context_of
from ..problems import ServerProblem, finite_pieces
from ..voice_ids import VoiceEntry, voice_entries
from .presets import Presets
from .queries import AccentPhrase, AudioQuery, Extension, all_morae, phrase_spans
from .refusals import invalid


if TYPE_CHECKING:
    import numpy as np
    import torch

    from ...synthesis.speaker import Speaker
    from ...text.phonemizer import Phonemizer
    from .filling import PredictedLine
    from .lines import Line
    from .predictions import Prediction, Predictor, Style

P = ParamSpec("P")
T = TypeVar("T")

_MOST_LINES = 4096
_HIGHEST_SEED = 2**62
_MOST_SAMPLES = 2**28  # of a WAV file: three hours at 24 kHz
_LONGEST_SENTENCE = 180.0  # seconds
_STATE = "voicevox_engine"
_MAKING = Lock()


@dataclass(frozen=True)
class EngineStyle:
    """A style of a speaker.

    Args:
        entry: its speaker, name and id.
        voice: of the model; None for a model without voices.
    """

    entry: VoiceEntry
    voice: str | None


@dataclass(frozen=True)
class PlannedSpeech:
    """The speech of a query, before it is decoded, and before volume and rate.

    Args:
        samples: returns how many samples every sentence will have.
        pieces: speaks it sentence by sentence.
    """

    samples: Callable[[], tuple[int, ...]]
    pieces: "Callable[[], Iterator[np.ndarray]]"


class Engine:
    """The default model of a server as an engine.

    Args:
        context: of the server.

    Attributes:
        model: id of the model.
        presets: of the server.
    """

    def __init__(self, context: ServerContext) -> None:
        self.context = context
        self.model = context.pool.default
        self.presets = Presets(context.settings.state)
        self._lock = Lock()
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._predictor: Predictor | None = None

    @property
    def predictor(self) -> "Predictor":
        """The predictor of lines; it needs torch, so it is made when a model is loaded."""
        from .predictions import Predictor

        with self._lock:
            if self._predictor is None:
                self._predictor = Predictor()
            return self._predictor

    def styles(self, speaker: "Speaker") -> list[EngineStyle]:
        """All styles of the model, normal ones first among those of a speaker."""
        names = list(speaker.voices)
        if not names:
            return [EngineStyle(voice_entries(self.model, [self.model])[0], None)]
        return [EngineStyle(entry, entry.voice) for entry in voice_entries(self.model, names)]

    def style(self, speaker: "Speaker", identifier: int, status: int = 422) -> EngineStyle:
        """The style with an id.

        Raises:
            ServerProblem: 422, or another status, when there is none.
        """
        for style in self.styles(speaker):
            if style.entry.style_id == identifier:
                return style
        message = f"スタイルID {identifier} はありません: there is no style {identifier}; GET /speakers lists all"
        raise ServerProblem(status, None, message, also={"message": message})

    def seed(self, style: EngineStyle) -> int:
        """The seed of a style: the same for every text, so that an edit does not change the voice."""
        own = f"tsukasa {style.entry.style_id} {self.context.settings.seed or 0}"
        return int.from_bytes(hashlib.sha256(own.encode()).digest()[:8], "big") % _HIGHEST_SEED

    def spoken_style(self, style: EngineStyle, seed: int | None = None) -> "Style":
        """A style as lines are predicted in it."""
        from .predictions import Style

        return Style(style.voice, self.seed(style) if seed is None else seed)

    def read(self, speaker: "Speaker", text: str) -> "Line":
        """Read a text, and remember it for queries that come back without it.

        Raises:
            ServerProblem: 422 for a text that cannot be read.
        """
        from .lines import read_line

        limit = self.context.settings.max_input
        if len(text) > limit:
            raise invalid(f"テキストが長すぎます: the text has {len(text)} characters, more than {limit}; send less")
        line = _understood(read_line, text, self.phonemizer(speaker)) if text.strip() else _no_line()
        with self._lock:
            self._texts[_key(line.texts)] = text
            while len(self._texts) > _MOST_LINES:
                self._texts.popitem(last=False)
        return line

    def phonemizer(self, speaker: "Speaker") -> "Phonemizer":
        """The reader of texts for the model.

        Raises:
            ServerProblem: 422 for a model of another language.
        """
        from .lines import japanese_phonemizer

        return _understood(japanese_phonemizer, speaker.processor.tokenizer)

    def line_of(
        self, speaker: "Speaker", phrases: Sequence[AccentPhrase], text: str | None = None, asks: bool = True
    ) -> "Line":
        """The line that phrases are: of the text whose morae they are, where that is known, or else of their kana.

        Args:
            phrases: of a query.
            text: that the query names.
            asks: False speaks questions as statements.
        """
        from .lines import line_of_kana, read_line, restated

        phonemizer = self.phonemizer(speaker)
        texts = tuple(mora.text for mora in all_morae(phrases))
        with self._lock:
            remembered = self._texts.get(_key(texts))
        for candidate in (text, remembered):
            if candidate is not None and candidate.strip():
                line = _understood(read_line, candidate, phonemizer)
                if line.texts == texts:
                    return restated(line, phrases, phonemizer, asks)
        return restated(line_of_kana(phrases, phonemizer), phrases, phonemizer, asks)

    def measured(
        self, speaker: "Speaker", line: "Line", style: "Style"
    ) -> "Generator[None, None, tuple[PredictedLine, Prediction]]":
        """Predict a line and return its lengths and pitches; yields after every sentence."""
        from .filling import measure

        prediction = yield from finite_pieces(self.predictor.predict(speaker, line, style))
        return measure(prediction), prediction

    def query(self, speaker: "Speaker", text: str, style: EngineStyle) -> Iterator[AudioQuery | None]:
        """The query of a text, at last; read now, and predicted when it is asked for."""
        from .filling import filled
        from .kana_notation import write_kana

        line = self.read(speaker, text)

        def predicted() -> Iterator[AudioQuery | None]:
            phrases, pre, post = list(line.phrases), 0.1, 0.1
            if phrases:
                measured, _ = yield from self.measured(speaker, line, self.spoken_style(style))
                phrases = filled(line.phrases, measured, devoice=True)
                pre, post = measured.pre, measured.post
            yield AudioQuery(
                accent_phrases=phrases,
                speedScale=1.0,
                pitchScale=0.0,
                intonationScale=1.0,
                volumeScale=1.0,
                prePhonemeLength=pre,
                postPhonemeLength=post,
                outputSamplingRate=speaker.sampling_rate,
                outputStereo=False,
                kana=write_kana(phrases),
                tsukasa=Extension(text=text, seed=self.seed(style)),
            )

        return predicted()

    def phrases(
        self,
        speaker: "Speaker",
        given: Sequence[AccentPhrase],
        style: EngineStyle,
        *,
        lengths: bool = True,
        pitches: bool = True,
        devoice: bool = False,
    ) -> Iterator[list[AccentPhrase] | None]:
        """Phrases with lengths and pitches as predicted, at last."""
        from .filling import filled

        if not given:
            yield []
            return
        line = self.line_of(speaker, given)
        measured, _ = yield from self.measured(speaker, line, self.spoken_style(style))
        found = filled(given, measured, lengths=lengths, pitches=pitches, devoice=devoice)
        yield self._accented(speaker, line, found) if pitches else found

    def _accented(self, speaker: "Speaker", line: "Line", phrases: list[AccentPhrase]) -> list[AccentPhrase]:
        """Phrases whose pitches follow their accents, for a model that does not read accents itself."""
        from .arithmetic.accents import change_accent, impose_accent

        own_strength = getattr(speaker.model.generation_config, "accent_strength", 0.0)
        if self.phonemizer(speaker).accent or own_strength:
            return phrases
        read = _phrases_as_read(self.read_again(speaker, line))
        moved = []
        for start, end, phrase in phrase_spans(phrases):
            pitches = [mora.pitch for mora in phrase.moras]
            old = read.get((start, end))
            if old is None:
                pitches = impose_accent(pitches, phrase.nucleus)
            elif old != phrase.nucleus:
                pitches = change_accent(pitches, old, phrase.nucleus)
            morae = [
                mora.model_copy(update={"pitch": pitch}) for mora, pitch in zip(phrase.moras, pitches, strict=True)
            ]
            moved.append(phrase.model_copy(update={"moras": morae}))
        return moved

    def read_again(self, speaker: "Speaker", line: "Line") -> "Line | None":
        """A line with the accents of its words; None where only its kana is known."""
        from .lines import read_line

        with self._lock:
            text = self._texts.get(_key(line.texts))
        if not line.has_words or text is None:
            return None
        return read_line(text, self.phonemizer(speaker))

    def planned(
        self,
        speaker: "Speaker",
        query: AudioQuery,
        style: EngineStyle,
        asks: bool = True,
        morph: "tuple[EngineStyle, float] | None" = None,
    ) -> "Generator[None, None, PlannedSpeech]":
        """Predict a query's line, yielding after every sentence, and return the speech that it will be.

        Args:
            speaker: the model.
            query: is obeyed.
            style: in which the line is predicted and spoken.
            asks: False speaks questions as statements.
            morph: another style, and its share in the timbre.

        Raises:
            ServerProblem: 422 for speech that is too long to be made at once.
        """
        import numpy as np

        from .obeying import obey
        from .predictions import Style, speak

        _check_size(query)
        if not query.accent_phrases:
            count = round(query.seconds * speaker.sampling_rate)
            return PlannedSpeech(lambda: (count,), lambda: iter((np.zeros(count, np.float32),)))
        line, query = self._asked(speaker, query, asks)
        own = self.spoken_style(style, None if query.tsukasa is None else query.tsukasa.seed)
        _, prediction = yield from self.measured(speaker, line, own)
        obeyed = obey(prediction, query)
        _check_sentences(sum(sentence.durations) * prediction.frame for sentence in obeyed if sentence.is_edited)
        is_edited = any(sentence.is_edited for sentence in obeyed)
        spoken = own if morph is None else Style(None, own.seed, self._morphed(speaker, style, *morph))
        utterances = [sentence.utterance for sentence in obeyed]
        # Where nothing is edited it is as predicted, and the speech bit by bit what `generate()` speaks of the text.
        prosody = [sentence.prosody for sentence in obeyed]

        def outputs(is_decoded: bool) -> "Iterator[np.ndarray]":
            for output in finite_pieces(speak(speaker, line, utterances, spoken, prosody, is_decoded=is_decoded)):
                assert output.audio is not None
                yield output.audio[0].float().cpu().numpy()

        def samples() -> tuple[int, ...]:
            return tuple(map(len, outputs(False))) if is_edited else prediction.samples

        return PlannedSpeech(samples, lambda: outputs(True))

    def speech(
        self,
        speaker: "Speaker",
        query: AudioQuery,
        style: EngineStyle,
        asks: bool = True,
        morph: "tuple[EngineStyle, float] | None" = None,
    ) -> "Iterator[np.ndarray | None]":
        """Speak a query sentence by sentence, before volume and rate; None where a sentence is predicted only.

        Args:
            speaker, query, style, asks, morph: see `planned`.
        """
        speech = yield from self.planned(speaker, query, style, asks, morph)
        yield from speech.pieces()

    def _asked(self, speaker: "Speaker", query: AudioQuery, asks: bool) -> "tuple[Line, AudioQuery]":
        """The line of a query, and the query with the morae by which the engine's way of asking lengthens it."""
        from .upspeak import lengthened, with_upspeak

        text = None if query.tsukasa is None else query.tsukasa.text
        is_classic = asks and self.context.settings.upspeak == "classic"
        line = self.line_of(speaker, query.accent_phrases, text, asks and not is_classic)
        if not is_classic:
            return line, query
        spoken, places = with_upspeak(query)
        return lengthened(line, places, spoken.accent_phrases, self.phonemizer(speaker)), spoken

    def _morphed(self, speaker: "Speaker", base: EngineStyle, target: EngineStyle, share: float) -> "torch.Tensor":
        """The style vector of one voice with a share of another's timbre."""
        if base.voice is None or target.voice is None:
            raise invalid("このモデルに声の名前がありません: this model has no named voices to morph")
        vector = speaker.voices.vector(base.voice).clone()
        half = len(vector) // 2
        vector[:half] = (1 - share) * vector[:half] + share * speaker.voices.vector(target.voice)[:half]
        return vector


def engine_of(request: Request) -> Engine:
    """The engine of the server that a request came to."""
    state = request.app.state
    with _MAKING:
        if not hasattr(state, _STATE):
            setattr(state, _STATE, Engine(context_of(request)))
        return getattr(state, _STATE)


def _phrases_as_read(read: "Line | None") -> dict[tuple[int, int], int]:
    """The accents of the phrases of a text, by their first mora and one past their last."""
    return {} if read is None else {(start, end): phrase.nucleus for start, end, phrase in phrase_spans(read.phrases)}


def _key(texts: Iterable[str]) -> str:
    return hashlib.sha256(" ".join(texts).encode()).hexdigest()


def _check_size(query: AudioQuery) -> None:
    samples = query.seconds * query.outputSamplingRate * (2 if query.outputStereo else 1)
    if samples > _MOST_SAMPLES:
        raise invalid(f"音声が長すぎます: the speech would be {query.seconds:.0f} s long; send the text in parts")


def _check_sentences(lengths: Iterable[float]) -> None:
    """Refuse sentences that a model would need too much memory for, which is about 10 MB a second."""
    longest = max(lengths, default=0.0)
    if longest > _LONGEST_SENTENCE:
        message = f"文が長すぎます: a sentence would be {longest:.0f} s long, more than {_LONGEST_SENTENCE:g} s"
        raise invalid(f"{message}; shorten it or its morae")


def _no_line() -> "Line":
    from .lines import Line

    return Line((), (), ())


def _understood(read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that reads a text; what cannot be read is the client's fault."""
    try:
        return read(*args, **kwargs)
    except ValueError as error:
        raise invalid(str(error)) from error


__all__ = ["Engine", "EngineStyle", "PlannedSpeech", "engine_of"]
