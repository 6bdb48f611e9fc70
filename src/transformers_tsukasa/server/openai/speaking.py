# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Requests as speech in a format, piece by piece, in the threads of the service."""

import secrets
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...audio.encoding import SoundEncoder, encoded_rate
from ...models.tsukasa.speaking.voice_names import NoSuchVoiceError
from ..context import ServerContext
from ..problems import finite_pieces
from .bodies import bad_request
from .speech_request import SpeechOptions
from .tags import Turn
from .voice_choice import VoiceChoice, choose_voice


if TYPE_CHECKING:
    from ...synthesis.speaker import Speaker
    from ...synthesis.speech import SpeechStream
    from ...text.timing import TimedSymbol, TimedWord

MODEL_ALIASES = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15", "kokoro", "tsukasa")
"""Names of other models, which stand for the default one."""

_PASSED_ON = (
    "alpha",
    "beta",
    "diffusion_steps",
    "guidance_scale",
    "noise_scale",
    "style_carry",
    "pitch",
    "accent_strength",
    "pauses",
    "style_weights",
)
_FRAMES_PER_SECOND = 40  # text frames
_INSTRUCTED = {"voice": 0.5, "prompt": 0.5}
_HIGHEST_DRAWN_SEED = 2**62


@dataclass(frozen=True)
class SpokenPiece:
    """A sentence in the format of the answer.

    Args:
        audio: its bytes, which may be none where a format gives them late.
        text: the sentence.
        words, symbols: with times from the start of the answer, and places in the text of the request.
        turn: number of the turn that it belongs to.
        seconds: its length.
        end: when it ends, in seconds from the start of the answer.
        tokens: number of symbols that were spoken.
        number, count: its number, from 1, and that of the last piece.
        sampling_rate: of the answer, in Hz.
        voice: name of the voice.
        ignored: fields of the request that this model can do nothing with.
    """

    audio: bytes
    text: str
    words: "tuple[TimedWord, ...]"
    symbols: "tuple[TimedSymbol, ...]"
    turn: int
    seconds: float
    end: float
    tokens: int
    number: int
    count: int
    sampling_rate: int
    voice: str
    ignored: tuple[str, ...]

    @property
    def frames(self) -> int:
        """Its length in text frames."""
        return round(self.seconds * _FRAMES_PER_SECOND)


@dataclass(frozen=True)
class SpeechPlan:
    """Everything that is decided about a request before a model is asked.

    Args:
        options: of the request.
        turns: the texts.
        model: id of the model.
        seed: of every turn.
        clips: sound files to speak like.
        context: of the server.
        phonemize: False where the texts are phonemes.
    """

    options: SpeechOptions
    turns: Sequence[Turn]
    model: str
    seed: int
    clips: Sequence[bytes]
    context: ServerContext
    phonemize: bool = True

    def open(self, speaker: "Speaker") -> Iterator[SpokenPiece]:
        """Read all texts and take the styles; the iterator that is returned speaks.

        Raises:
            ServerProblem: 400 for what the model cannot read or do.
        """
        from ...text import NothingToReadError

        options = self.options
        try:
            to_rate = encoded_rate(options.response_format, speaker.sampling_rate, options.sample_rate)
        except ValueError as error:
            raise bad_request(str(error), "response_format", "unsupported_format") from error
        voices = [choose_voice(speaker, self.model, turn.voice or options.voice, self.context) for turn in self.turns]
        ignored = self._ignored(speaker)
        try:
            streams = [
                speaker.stream(turn.text, **self._arguments(speaker, turn, voice))
                for turn, voice in zip(self.turns, voices, strict=True)
            ]
        except NothingToReadError as error:
            raise bad_request(str(error), "input", "nothing_to_read") from error
        except NoSuchVoiceError as error:  # removed since it was chosen
            raise bad_request(str(error.args[0]), "voice", "voice_not_found") from error
        except (ValueError, LookupError) as error:
            message = str(error.args[0]) if error.args else str(error)
            raise bad_request(message, self._param(message)) from error
        encoder = SoundEncoder(options.response_format, speaker.sampling_rate, to_rate)
        return finite_pieces(self._pieces(streams, encoder, voices[0].name, ignored))

    def _pieces(
        self, streams: "list[SpeechStream]", encoder: SoundEncoder, voice: str, ignored: tuple[str, ...]
    ) -> Generator[SpokenPiece, None, None]:
        spoken = (
            (number, turn, speech)
            for number, (turn, stream) in enumerate(zip(self.turns, streams, strict=True))
            for speech in stream
        )
        count = sum(map(len, streams))
        samples, begin, current = 0, 0.0, 0  # begin: of the current turn, in seconds
        latest = 0.0  # end of the last word
        for number, (turn_number, turn, speech) in enumerate(spoken, start=1):
            if turn_number != current:
                begin, current = samples / speech.sampling_rate, turn_number
            words = [_shifted_word(word, begin, turn.place) for word in speech.words]
            words, latest = _in_order(words, latest)
            samples += len(speech.waveform)
            audio = encoder.write(speech.waveform)
            if number == count:
                audio += encoder.finish()
            yield SpokenPiece(
                audio=audio,
                text=speech.text,
                words=tuple(words),
                symbols=tuple(_shifted(symbol, begin) for symbol in speech.symbols),
                turn=turn_number,
                seconds=speech.seconds,
                end=samples / speech.sampling_rate,
                tokens=len(speech.symbols),
                number=number,
                count=count,
                sampling_rate=encoder.sampling_rate,
                voice=voice,
                ignored=ignored,
            )

    def _arguments(self, speaker: "Speaker", turn: Turn, voice: VoiceChoice) -> dict[str, Any]:
        """Arguments of `Speaker.stream`."""
        options = self.options
        arguments: dict[str, Any] = {name: getattr(options, name) for name in _PASSED_ON}
        arguments |= {
            "seed": self.seed,
            "speaking_rate": options.speed * turn.rate,
            "volume": options.volume_multiplier,
            "phonemize": None if self.phonemize else False,
        }
        if options.num_candidates > 1:
            arguments |= {
                "num_candidates": options.num_candidates,
                "reranker": self.context.settings.reranker,
                "stream_candidates": True,  # the pieces are joined before they are sent
            }
        prompt = options.instructions if _reads_prompts(speaker) and options.instructions else None
        is_chosen = (turn.voice or options.voice) is not None
        if self.clips and not options.style_weights:
            return {**arguments, "audio": list(self.clips)}
        if self.clips:
            arguments["audio"] = list(self.clips)
        if prompt is not None:
            arguments["prompt"] = prompt
            if not is_chosen:
                return arguments
            if "voice" in voice.arguments and not options.style_weights:
                arguments["style_weights"] = _INSTRUCTED
        return {**arguments, **voice.arguments}

    def _ignored(self, speaker: "Speaker") -> tuple[str, ...]:
        return ("instructions",) if self.options.instructions and not _reads_prompts(speaker) else ()

    def _param(self, message: str) -> str:
        """The field that a sentence of the library is about: it names it, or else it is about the text."""
        first = message.replace("`", "").split(" ")[0]
        names = {"speaking_rate": "speed", "volume": "volume_multiplier"}
        if first in _PASSED_ON or first in names:
            return names.get(first, first)
        if "candidates" in message:
            return "num_candidates"
        return "ref_audio" if self.clips and "clip" in message else "input"


def plan_speech(
    options: SpeechOptions, turns: Sequence[Turn], context: ServerContext, phonemize: bool = True
) -> SpeechPlan:
    """Decide what a request needs.

    Raises:
        ServerProblem: 400 for what cannot be, 404 for a model that the server does not have.
    """
    seed = options.seed if options.seed is not None else context.settings.seed
    return SpeechPlan(
        options,
        turns,
        model_id(options.model, context),
        secrets.randbelow(_HIGHEST_DRAWN_SEED) if seed is None else seed,
        options.clips(),
        context,
        phonemize,
    )


def model_id(asked: str | None, context: ServerContext) -> str:
    """The id of the model that a request names; one that no model has leads to a 404 where it is loaded."""
    names = context.pool.names
    return context.pool.default if asked is None or (asked not in names and asked in MODEL_ALIASES) else asked


def _reads_prompts(speaker: "Speaker") -> bool:
    return speaker.processor.prompt_tokenizer is not None and speaker.model.prompt_encoder is not None


def _in_order(words: "list[TimedWord]", latest: float) -> "tuple[list[TimedWord], float]":
    """Let no time be earlier than the one before it, as float32 has it by a microsecond; return the last one, too."""
    ordered = []
    for word in words:
        morae = []
        for mora in word.morae:
            start = max(mora.start, latest)
            latest = max(mora.end, start)
            morae.append(replace(mora, start=start, end=latest))
        start = morae[0].start if morae else max(word.start, latest)
        latest = latest if morae else max(word.end, start)
        ordered.append(replace(word, start=start, end=latest, morae=tuple(morae)))
    return ordered, latest


def _shifted_word(word: "TimedWord", seconds: float, characters: int) -> "TimedWord":
    first, last = word.place
    morae = tuple(_shifted(mora, seconds) for mora in word.morae)
    return replace(_shifted(word, seconds), place=(first + characters, last + characters), morae=morae)


def _shifted(part: Any, seconds: float) -> Any:
    return replace(part, start=part.start + seconds, end=part.end + seconds)


__all__ = ["MODEL_ALIASES", "SpeechPlan", "SpokenPiece", "model_id", "plan_speech"]
