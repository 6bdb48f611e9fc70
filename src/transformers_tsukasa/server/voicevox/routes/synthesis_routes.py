# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Queries as speech."""

import base64
import binascii
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from fastapi import APIRouter, Body, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ....audio.encoding import wav_seconds
from ...problems import ServerProblem
from ...request_record import record_of
from ..engine import Engine, EngineStyle, engine_of
from ..queries import AudioQuery
from ..refusals import invalid
from ..sounds import finished, joined_waves, wav_file, zipped
from ..working import all_of, last_of, looked_up
from .answers import MorphableTarget
from .parameters import CORE_VERSION, WavResponse, ZipResponse, binary


if TYPE_CHECKING:
    from ....synthesis.speaker import Speaker

router = APIRouter(tags=["voicevox synthesis"], strict_content_type=False)

_WAV: dict[str, Any] = {"response_class": WavResponse, "responses": binary(WavResponse)}
_NOT_FOUND = 404


@router.post("/synthesis", **_WAV, dependencies=CORE_VERSION)
@router.post("/cancellable_synthesis", **_WAV, dependencies=CORE_VERSION)
async def synthesis(
    request: Request, speaker: int, query: AudioQuery, enable_interrogative_upspeak: bool = True
) -> Response:
    """Speak a query; the work ends when the client leaves."""
    engine = engine_of(request)

    def opened(model: "Speaker") -> "Iterator[bytes | None]":
        style = engine.style(model, speaker)
        return _files(engine, model, [query], style, enable_interrogative_upspeak)

    return await _wav(request, opened)


@router.post("/multi_synthesis", response_class=ZipResponse, responses=binary(ZipResponse), dependencies=CORE_VERSION)
async def multi_synthesis(
    request: Request,
    speaker: int,
    queries: Annotated[list[AudioQuery], Body()],
    enable_interrogative_upspeak: bool = True,
) -> Response:
    """Speak queries as files of a ZIP file."""
    engine = engine_of(request)
    if not queries:
        raise invalid("クエリがありません: send at least one query")
    if len({query.outputSamplingRate for query in queries}) > 1:
        raise invalid("サンプリングレートが異なります: all queries must have the same outputSamplingRate")

    def opened(model: "Speaker") -> "Iterator[bytes | None]":
        style = engine.style(model, speaker)
        return _files(engine, model, queries, style, enable_interrogative_upspeak)

    files = await all_of(request, opened)
    for file in files:
        record_of(request.scope).audio(wav_seconds(file))
    return ZipResponse(await run_in_threadpool(zipped, files))


@router.post("/morphable_targets", response_model=list[dict[str, MorphableTarget]], dependencies=CORE_VERSION)
async def morphable_targets(request: Request, styles: Annotated[list[int], Body()]) -> JSONResponse:
    """Which styles each of some styles can be morphed with: all of them."""
    engine = engine_of(request)

    def work(model: "Speaker") -> list[dict[str, dict[str, bool]]]:
        for style in styles:
            engine.style(model, style, _NOT_FOUND)
        targets = {str(style.entry.style_id): {"is_morphable": True} for style in engine.styles(model)}
        return [targets for _ in styles]

    return JSONResponse(await looked_up(request, work))


@router.post("/synthesis_morphing", **_WAV, dependencies=CORE_VERSION)
async def synthesis_morphing(
    request: Request,
    base_speaker: int,
    target_speaker: int,
    morph_rate: Annotated[float, Query(ge=0, le=1, allow_inf_nan=False)],
    query: AudioQuery,
    enable_interrogative_upspeak: bool = True,
) -> Response:
    """Speak a query in a timbre between those of two styles; lengths and pitches are those of the first."""
    engine = engine_of(request)

    def opened(model: "Speaker") -> "Iterator[bytes | None]":
        style, target = (engine.style(model, each, _NOT_FOUND) for each in (base_speaker, target_speaker))
        morph = (target, morph_rate)
        return _files(engine, model, [query], style, enable_interrogative_upspeak, morph)

    return await _wav(request, opened)


@router.post("/connect_waves", **_WAV)
async def connect_waves(waves: Annotated[list[str], Body()]) -> Response:
    """Join WAV files."""
    try:
        files = [base64.b64decode(wave, validate=True) for wave in waves]
    except (binascii.Error, ValueError) as error:
        raise invalid("base64 が正しくありません: send every WAV file in base64") from error
    return WavResponse(await run_in_threadpool(joined_waves, files))


@router.post("/sing_frame_audio_query")
@router.post("/sing_frame_f0")
@router.post("/sing_frame_volume")
@router.post("/frame_synthesis")
async def singing() -> Response:
    """Singing, which no model here does."""
    raise ServerProblem(501, None, "歌唱には対応していません: no model here sings; use /synthesis")


async def _wav(request: Request, opened: "Callable[[Speaker], Iterator[bytes | None]]") -> Response:
    file = await last_of(request, opened)
    record_of(request.scope).audio(wav_seconds(file))
    return WavResponse(file)


def _files(
    engine: Engine,
    model: "Speaker",
    queries: list[AudioQuery],
    style: EngineStyle,
    asks: bool,
    morph: tuple[EngineStyle, float] | None = None,
) -> "Iterator[bytes | None]":
    """The WAV file of every query, and None while it is spoken."""
    for query in queries:
        pieces = []
        for piece in engine.speech(model, query, style, asks, morph):
            if piece is not None:
                pieces.append(piece)
            yield None
        rate = query.outputSamplingRate
        sound = finished(np.concatenate(pieces), model.sampling_rate, rate, query.volumeScale, query.outputStereo)
        yield wav_file(sound, rate)


__all__ = ["router"]
