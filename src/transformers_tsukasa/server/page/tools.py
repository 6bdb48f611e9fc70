# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Calls of the page beside VOICEVOX's calls: the words of a text, and its sounds in other formats."""

import io
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ...audio.encoding import CONTENT_TYPES, encode_sound, encoded_rate
from ..voicevox.engine import engine_of
from ..voicevox.refusals import invalid
from ..voicevox.working import looked_up


if TYPE_CHECKING:
    from ..voicevox.lines import Line

router = APIRouter(tags=["page"])

_MOST_CHANNELS = 2
_WAV = {"content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}, "required": True}
_SOUNDS = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in CONTENT_TYPES.values()}


class TextWord(BaseModel):
    """A word of a text.

    Args:
        surface: as it is written, without the signs of its ruby.
        start, end: its place in the text, in characters.
        reading: as it is spoken, in katakana.
        accent: the mora after which the pitch falls, 0 where it does not.
        starts_phrase: whether an accent phrase begins with it.
        is_particle: whether it is a particle or an ending, which a dictionary has by itself.
        source: where the reading is from: "dictionary", "user", "ruby" and others.
        moras: first mora and last + 1, among all of the text's accent phrases.
    """

    surface: str
    start: int
    end: int
    reading: str
    accent: int
    starts_phrase: bool
    is_particle: bool
    source: str
    moras: tuple[int, int]


@router.get("/tsukasa/words")
async def words(request: Request, text: Annotated[str, Query(max_length=10_000)]) -> list[TextWord]:
    """The words of a text with their readings, accents and places among the morae of `/accent_phrases`."""
    engine = engine_of(request)
    return await looked_up(request, lambda model: _words(engine.read(model, text)))


@router.post(
    "/tsukasa/encode",
    response_class=Response,
    openapi_extra={"requestBody": _WAV},
    responses={200: {"description": "The sound", "content": _SOUNDS}},
)
async def encode(request: Request, format: Literal["mp3", "opus", "flac", "aac"]) -> Response:
    """A WAV file in another format, mono or stereo."""
    encoded = await run_in_threadpool(_encoded, await request.body(), format)
    return Response(encoded, media_type=CONTENT_TYPES[format])


def _words(line: "Line") -> list[TextWord]:
    from ...text.phonemes.morae import split_written_morae
    from ...text.phonemes.units import PUNCTUATION

    found = []
    for number, (utterance, reading) in enumerate(line.sentences):
        places = {own: place for place, mora in enumerate(line.morae) if mora.sentence == number for own in mora.own}
        first = 0
        for word in reading.accented_words:
            count = len(split_written_morae(word.pronunciation))
            own = [places[each] for each in range(first, first + count) if each in places]
            first += count
            if not own or word.surface in PUNCTUATION:
                continue
            found.append(
                TextWord(
                    surface=word.surface,
                    start=utterance.start + word.start,
                    end=utterance.start + word.end,
                    reading=word.pronunciation,
                    accent=word.accent,
                    starts_phrase=word.starts_accent_phrase,
                    is_particle=word.pos in ("助詞", "助動詞"),
                    source=word.source,
                    moras=(own[0], own[-1] + 1),
                )
            )
    return found


def _encoded(wav: bytes, audio_format: str) -> bytes:
    """A WAV file in a format, at the rate of the format that is closest.

    Raises:
        ServerProblem: 422 for what is no sound, or has no sound in it, or more than two channels.
    """
    import soundfile

    try:
        samples, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
        to_rate = encoded_rate(audio_format, rate)
    except (soundfile.SoundFileError, OSError, ValueError, ZeroDivisionError) as error:
        raise invalid(f"変換できません: the body must be a WAV file ({error}); send another one") from error
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    if channels > _MOST_CHANNELS or not len(samples):
        raise invalid("チャンネルは1か2です: the WAV file must have sound in it, mono or stereo; send another one")
    try:
        return encode_sound(audio_format, [samples], rate, to_rate, channels)
    except (FloatingPointError, soundfile.SoundFileError) as error:
        raise invalid(f"変換できません: this sound cannot be written as {audio_format} ({error})") from error


__all__ = ["router"]
