# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The fields of a request for speech: OpenAI's, those of Kokoro's server that clients send, and ours."""

import base64
import binascii
import io
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from ..settings import ServerSettings
from .bodies import bad_request, check_unicode


_MOST_CLIPS = 8
_MOST_CLIP_BYTES = 10 * 2**20
_MOST_CLIP_SECONDS = 60
_DATA_URI = re.compile(r"data:[^,]{0,200},")


def _voice_name(voice: Any) -> Any:
    """The name of a voice, which OpenAI also has as an object with an id."""
    return voice["id"] if isinstance(voice, dict) and set(voice) == {"id"} else voice


def _no_truth_value(number: Any) -> Any:
    """A number as it is given; `true`, which would be taken for 1, is a mistake."""
    if isinstance(number, bool):
        raise ValueError("a truth value is no number: give a number")
    return number


Number = Annotated[float, BeforeValidator(_no_truth_value)]
Integer = Annotated[int, BeforeValidator(_no_truth_value)]
Voice = Annotated[str, BeforeValidator(_voice_name), Field(min_length=1, max_length=1000)]


class SpeechOptions(BaseModel):
    """Everything of a request for speech but its text; see docs/server.md for each field."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    model: str | None = Field(None, max_length=200)
    voice: Voice | None = None
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: Number = Field(1.0, ge=0.25, le=4.0)
    instructions: str | None = Field(None, max_length=4096)
    stream_format: Literal["audio", "sse"] = "audio"
    stream: bool = True
    volume_multiplier: Number = Field(1.0, ge=0, le=10)
    # Of Kokoro's server; they mean nothing here.
    lang_code: Any = None
    normalization_options: Any = None
    download_format: Any = None
    return_download_link: Any = None
    return_timing: Any = None
    seed: Integer | None = Field(None, ge=0, le=2**62)
    sample_rate: Integer | None = Field(None, ge=8000, le=48000)
    language: Literal["ja"] | None = None
    ref_audio: str | list[str] | None = None
    alpha: Number | None = None
    beta: Number | None = None
    diffusion_steps: Integer | None = None
    guidance_scale: Number | None = None
    noise_scale: Number | None = None
    style_carry: Number | None = None
    pitch: Number | None = None
    accent_strength: Number | None = None
    num_candidates: Integer = Field(1, ge=1, le=16)
    style_weights: dict[str, Number] | None = None
    pauses: dict[str, Number] | None = None
    captions: Literal["none", "header", "sidecar"] = "none"
    tags: bool = False
    allow_voice_tags: bool = False
    ssml: bool = False

    @field_validator("ssml")
    @classmethod
    def _no_ssml(cls, ssml: bool) -> bool:
        if ssml:
            raise ValueError("this server does not read SSML: send text, which may hold [pause:1.5s]")
        return ssml

    @model_validator(mode="after")
    def _no_stream_of_candidates(self) -> "SpeechOptions":
        asked = self.stream_format == "sse" or (self.stream and "stream" in self.model_fields_set)
        if self.num_candidates > 1 and asked:
            raise ValueError(
                "several candidates (`num_candidates`) cannot be streamed, as the first sentence waits for all of its "
                "candidates: leave `stream` and `stream_format` out"
            )
        return self

    @property
    def is_streamed(self) -> bool:
        """Whether the answer may be sent in pieces; one of several candidates is sent when it is complete."""
        return self.stream and self.num_candidates == 1

    def clips(self) -> list[bytes]:
        """The sound files of `ref_audio`.

        Raises:
            ServerProblem: 400 when one is none, too large or too long.
        """
        if self.ref_audio is None:
            return []
        given = [self.ref_audio] if isinstance(self.ref_audio, str) else self.ref_audio
        if not 1 <= len(given) <= _MOST_CLIPS:
            raise bad_request(f"`ref_audio` takes 1 to {_MOST_CLIPS} clips", "ref_audio", "invalid_audio")
        return [read_clip(clip, "ref_audio") for clip in given]


class SpeechRequest(SpeechOptions):
    """A request for speech of one text."""

    input: str

    def text(self, settings: ServerSettings) -> str:
        """The text.

        Raises:
            ServerProblem: 400 for one that is too long or no text.
        """
        return check_text(self.input, "input", settings)


class CaptionedRequest(SpeechRequest):
    """A request for speech with the times of words."""

    return_timestamps: bool = True
    timestamp_granularity: Literal["word", "mora"] = "word"


class DialogueTurn(BaseModel):
    """A text of a dialogue and its voice."""

    text: str
    voice: Voice | None = None
    voice_id: Voice | None = None


class DialogueRequest(SpeechOptions):
    """A request for speech of several texts in turn."""

    turns: list[DialogueTurn] = Field(min_length=1, max_length=256)
    pause_between_turns: float = Field(0.5, ge=0, le=10)


def check_text(text: str, param: str, settings: ServerSettings) -> str:
    """Return a text that is to be spoken.

    Raises:
        ServerProblem: 400 for one that is too long, empty or no text.
    """
    if len(text) > settings.max_input:
        message = f"`{param}` has {len(text)} characters: send at most {settings.max_input} at once"
        raise bad_request(message, param, "string_above_max_length")
    if not text.strip():
        raise bad_request(f"`{param}` is empty: give it at least one word", param, "nothing_to_read")
    return check_unicode(text, param)


def read_clip(encoded: str, param: str) -> bytes:
    """Return a sound file that is sent in base64, unless it is too large or too long, which is known before it is
    decoded as sound.

    Raises:
        ServerProblem: 400.
    """
    import soundfile

    clip = _decoded(encoded, param)
    if len(clip) > _MOST_CLIP_BYTES:
        message = f"`{param}` has {len(clip)} bytes: send at most {_MOST_CLIP_BYTES}"
        raise bad_request(message, param, "invalid_audio")
    try:
        seconds = soundfile.info(io.BytesIO(clip)).duration
    except (soundfile.LibsndfileError, ZeroDivisionError) as error:
        message = f"`{param}` cannot be read as audio: send WAV, FLAC, OGG or MP3"
        raise bad_request(message, param, "invalid_audio") from error
    if not seconds <= _MOST_CLIP_SECONDS:
        message = f"`{param}` is longer than {_MOST_CLIP_SECONDS} s: cut it"
        raise bad_request(message, param, "invalid_audio")
    return clip


def _decoded(clip: str, param: str) -> bytes:
    """The bytes of base64, which may be a data URI."""
    uri = _DATA_URI.match(clip)
    encoded = clip[uri.end() :] if uri is not None else clip
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        message = (
            f"`{param}` must be a sound file: in base64, alone or as a data URI, or of a form; no path, no address"
        )
        raise bad_request(message, param, "invalid_audio") from error


__all__ = [
    "CaptionedRequest",
    "DialogueRequest",
    "DialogueTurn",
    "SpeechOptions",
    "SpeechRequest",
    "check_text",
    "read_clip",
]
