# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech as an answer: complete, in pieces of a file, or as events."""

import asyncio
import base64
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from ...audio.encoding import CONTENT_TYPES, with_wav_sizes
from ..context import context_of
from ..gatekeeper import openai_error
from ..problems import ServerProblem
from ..request_record import RequestRecord, record_of
from ..streaming import StreamedAnswer, next_or_none, pieces_while_connected, while_connected
from .captions import Captions, CaptionStore, caption_words
from .speaking import SpeechPlan, SpokenPiece


logger = logging.getLogger(__name__)

_LATE_FORMATS = frozenset({"flac"})  # nothing to send before the end
_SIGN_OF_LIFE_SECONDS = 15
_EVENTS = "text/event-stream"


async def answer_speech(request: Request, plan: SpeechPlan) -> Response:
    """Answer with speech. Until the first sentence is spoken nothing is sent, so that faults have a status.

    Raises:
        ServerProblem: for what cannot be spoken.
        ClientDisconnect: when nobody waits any more.
    """
    record = record_of(request.scope)
    for turn in plan.turns:
        record.text(turn.text)
    captions = _captions(request, plan, record)
    held = AsyncExitStack()
    try:
        pieces = await start_speech(request, plan, held)
        first = await first_piece(request, pieces)
        note_piece(record, first, captions)
        headers = speech_headers(plan, first) | caption_headers(captions, record)
        if plan.options.stream_format == "sse":
            events = _events(pieces, first, plan, record, captions)
            return StreamedAnswer(events, held, headers | _NOT_STORED, _EVENTS)
        media_type = CONTENT_TYPES[plan.options.response_format]
        if is_streamed(plan, first):
            return StreamedAnswer(_audio(pieces, first, record, captions), held, headers | _NOT_STORED, media_type)
        body = first.audio
        seconds = first.end
        async for piece in pieces_while_connected(request, pieces):
            note_piece(record, piece, captions)
            body += piece.audio
            seconds = piece.end
        body = complete_file(plan, body)
        headers |= {"X-Tsukasa-Duration": f"{seconds:.6g}", **_NOT_STORED}
        await held.aclose()
        return Response(body, headers=headers, media_type=media_type)
    except BaseException:  # cancellation, too
        await held.aclose()
        raise


_NOT_STORED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


async def start_speech(request: Request, plan: SpeechPlan, held: AsyncExitStack) -> AsyncIterator[SpokenPiece]:
    """Put a request into the queue; it is dropped when `held` is closed."""
    service, client = context_of(request).service, record_of(request.scope).client
    return await held.enter_async_context(service.stream(plan.model, plan.open, client))


async def first_piece(request: Request, pieces: AsyncIterator[SpokenPiece]) -> SpokenPiece:
    """Return the first sentence, or raise what keeps it from being spoken."""
    first = await while_connected(request, next_or_none(pieces))
    assert first is not None, "every text that can be read has a sentence"
    return first


def is_streamed(plan: SpeechPlan, first: SpokenPiece) -> bool:
    """Whether an answer is sent in pieces."""
    return plan.options.is_streamed and first.count > 1 and plan.options.response_format not in _LATE_FORMATS


def complete_file(plan: SpeechPlan, audio: bytes) -> bytes:
    """The joined pieces as a file whose header tells its size."""
    return with_wav_sizes(audio) if plan.options.response_format == "wav" else audio


def note_piece(record: RequestRecord, piece: SpokenPiece, captions: Captions | None = None) -> None:
    """Note a piece for the log, and its captions."""
    record.facts["voice"] = piece.voice
    record.audio(piece.seconds)
    if captions is not None:
        captions.add(piece)


def speech_headers(plan: SpeechPlan, piece: SpokenPiece) -> dict[str, str]:
    """Headers that tell how the speech was made; names of voices are written as in addresses."""
    headers = {
        "Content-Disposition": f'inline; filename="speech.{plan.options.response_format}"',
        "X-Tsukasa-Seed": str(plan.seed),
        "X-Tsukasa-Sample-Rate": str(piece.sampling_rate),
        "X-Tsukasa-Voice": quote(piece.voice, safe="()+"),
    }
    if piece.ignored:
        headers["X-Tsukasa-Ignored"] = ", ".join(piece.ignored)
    return headers


def caption_headers(captions: Captions | None, record: RequestRecord) -> dict[str, str]:
    """The header that tells where captions are fetched."""
    return {} if captions is None else {"X-Tsukasa-Captions": f"/v1/audio/captions/{record.id}"}


def caption_store(request: Request) -> CaptionStore:
    """The captions that the server keeps."""
    state = request.app.state
    if not hasattr(state, "captions"):
        state.captions = CaptionStore()
    return state.captions


def _captions(request: Request, plan: SpeechPlan, record: RequestRecord) -> Captions | None:
    if plan.options.captions != "header":
        return None
    return caption_store(request).new(record.id, record.client)


async def _audio(
    pieces: AsyncIterator[SpokenPiece], first: SpokenPiece, record: RequestRecord, captions: Captions | None
) -> AsyncGenerator[bytes, None]:
    yield first.audio
    async for piece in pieces:
        note_piece(record, piece, captions)
        yield piece.audio


async def _events(
    pieces: AsyncIterator[SpokenPiece],
    first: SpokenPiece,
    plan: SpeechPlan,
    record: RequestRecord,
    captions: Captions | None,
) -> AsyncGenerator[bytes, None]:
    piece: SpokenPiece | None = first
    tokens = frames = 0
    try:
        while piece is not None:
            tokens, frames = tokens + piece.tokens, frames + piece.frames
            for event in _piece_events(piece, plan):
                yield event
            coming = asyncio.ensure_future(next_or_none(pieces))
            try:
                while not (await asyncio.wait({coming}, timeout=_SIGN_OF_LIFE_SECONDS))[0]:
                    yield b": waiting\n\n"
                piece = coming.result()
            finally:
                coming.cancel()
            if piece is not None:
                note_piece(record, piece, captions)
    except Exception as error:  # the status has been sent: the client is told in an event
        logger.exception("request %s failed", record.id)
        problem = error if isinstance(error, ServerProblem) else ServerProblem(500, None, "Internal Server Error")
        yield _event("error", {"type": "error", "error": openai_error(problem)})
        return
    usage = {"input_tokens": tokens, "output_tokens": frames, "total_tokens": tokens + frames}
    yield _event("speech.audio.done", {"type": "speech.audio.done", "usage": usage})


def _piece_events(piece: SpokenPiece, plan: SpeechPlan) -> list[bytes]:
    events = []
    if piece.audio:
        audio = base64.b64encode(piece.audio).decode("ascii")
        events.append(_event("speech.audio.delta", {"type": "speech.audio.delta", "audio": audio}))
    if plan.options.captions == "sidecar":
        words = caption_words(piece)
        events.append(_event("speech.captions.delta", {"type": "speech.captions.delta", "words": words}))
    return events


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


__all__ = [
    "answer_speech",
    "caption_headers",
    "caption_store",
    "complete_file",
    "first_piece",
    "is_streamed",
    "note_piece",
    "speech_headers",
    "start_speech",
]
