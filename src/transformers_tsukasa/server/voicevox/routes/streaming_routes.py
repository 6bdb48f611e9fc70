# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Queries as speech that is sent while it is spoken: a WAV file whose header knows its size."""

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ....audio.encoding import wav_header, wav_seconds
from ...context import context_of
from ...problems import ServerProblem
from ...request_record import record_of
from ...streaming import StreamedAnswer, next_or_none, while_connected
from ..engine import Engine, EngineStyle, PlannedSpeech, engine_of
from ..queries import AudioQuery
from ..sounds import finished
from .parameters import CORE_VERSION, WavResponse, binary


if TYPE_CHECKING:
    from ....synthesis.speaker import Speaker

router = APIRouter(tags=["voicevox streaming"], strict_content_type=False)

_LEAST_SECONDS = 0.01  # of a piece, however short the client wants it
_NOT_STORED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


@router.post(
    "/streaming_synthesis",
    response_class=WavResponse,
    responses=binary(WavResponse),
    dependencies=CORE_VERSION,
)
async def streaming_synthesis(
    request: Request,
    speaker: int,
    query: AudioQuery,
    enable_interrogative_upspeak: bool = True,
    start_offset: Annotated[float, Query(ge=0, allow_inf_nan=False)] = 0.0,
    segment_length: Annotated[float, Query(gt=0, allow_inf_nan=False)] = 0.3,
) -> Response:
    """Speak a query, and send every sentence as soon as it is spoken.

    Joined, the pieces are the file of /synthesis from `start_offset` seconds on. At another rate than the model's all
    is spoken before the first piece.
    """
    engine, record = engine_of(request), record_of(request.scope)

    def opened(model: "Speaker") -> Iterator[bytes]:
        style = engine.style(model, speaker)
        return _file(engine, model, query, style, enable_interrogative_upspeak, start_offset)

    held = AsyncExitStack()
    try:
        service = context_of(request).service
        pieces = await held.enter_async_context(service.stream(engine.model, opened, record.client))
        header = b""
        while not header:  # nothing is sent until all is predicted, so that faults have a status
            header = await while_connected(request, anext(pieces))
        record.audio(wav_seconds(header))
        frame = 4 if query.outputStereo else 2  # bytes
        most = round(max(min(segment_length, 3600.0), _LEAST_SECONDS) * query.outputSamplingRate) * frame
        return StreamedAnswer(_cut(header, pieces, most), held, _NOT_STORED, WavResponse.media_type)
    except BaseException:  # cancellation, too
        await held.aclose()
        raise


def _file(
    engine: Engine, model: "Speaker", query: AudioQuery, style: EngineStyle, asks: bool, offset: float
) -> Iterator[bytes]:
    """The header of a WAV file, and its samples by sentence; nothing while sentences are predicted."""
    import numpy as np

    from ....audio.encoding import to_pcm16
    from ....audio.resampling import resampled_length

    speech = yield from _silently(engine.planned(model, query, style, asks))
    own, rate = model.sampling_rate, query.outputSamplingRate
    count = resampled_length(sum(speech.samples()), own, rate)
    skipped = round(min(offset * rate, count + 1.0))
    if skipped > 0 and skipped >= count:
        message = f"start_offset が音声より長いです: start_offset must be less than the speech, {count / rate:g} s"
        raise ServerProblem(400, None, message, param="start_offset")
    yield wav_header(rate, 2 if query.outputStereo else 1, count - skipped)
    pieces = speech.pieces() if rate == own else iter((np.concatenate(list(speech.pieces())),))
    for piece in pieces:
        sound = finished(piece, own, rate, query.volumeScale, query.outputStereo)
        yield to_pcm16(sound[skipped:]).tobytes()
        skipped = max(skipped - len(sound), 0)


def _silently(planning: "Generator[None, None, PlannedSpeech]") -> "Generator[bytes, None, PlannedSpeech]":
    """The same work, of which nothing is sent."""
    while True:
        try:
            next(planning)
        except StopIteration as end:
            return end.value
        yield b""


async def _cut(header: bytes, pieces: AsyncIterator[bytes], most: int) -> AsyncGenerator[bytes, None]:
    """Pieces of so many bytes at most, of which the first has the header."""
    start = header
    while (piece := await next_or_none(pieces)) is not None:
        for place in range(0, len(piece), most):
            yield start + piece[place : place + most]
            start = b""
    if start:
        yield start


__all__ = ["router"]
