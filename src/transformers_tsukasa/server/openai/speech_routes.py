# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""POST /v1/audio/speech, and speech with captions and of dialogues."""

import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from ...audio.encoding import CONTENT_TYPES
from ...synthesis.timing_formats import write_lab, write_srt, write_vtt
from ..context import ServerContext, context_of
from ..problems import ServerProblem
from ..request_record import RequestRecord, record_of
from ..streaming import StreamedAnswer, pieces_while_connected
from .answers import (
    answer_speech,
    caption_store,
    complete_file,
    first_piece,
    is_streamed,
    note_piece,
    speech_headers,
    start_speech,
)
from .bodies import bad_request, read_body, read_fields
from .captions import caption_words
from .described import JSON, SOUND, answers, body_of
from .speaking import SpeechPlan, SpokenPiece, plan_speech
from .speech_request import CaptionedRequest, DialogueRequest, SpeechRequest, check_text
from .tags import Turn, split_tags, with_seconds


router = APIRouter(tags=["speech"])


def plan_text(asked: SpeechRequest, context: ServerContext) -> SpeechPlan:
    """The plan of a request for speech of one text.

    Raises:
        ServerProblem: for what cannot be spoken.
    """
    text = asked.text(context.settings)
    turns = split_tags(text) if asked.tags or asked.allow_voice_tags else [Turn(text)]
    if not turns:
        raise bad_request("`input` has tags and no text: give it at least one word", "input", "nothing_to_read")
    return plan_speech(asked, turns, context)


@router.post("/v1/audio/speech", openapi_extra=body_of(SpeechRequest, files=("ref_audio",)), responses=SOUND)
async def speech(request: Request) -> Response:
    """Speak a text."""
    asked = read_body(await read_fields(request), SpeechRequest)
    return await answer_speech(request, plan_text(asked, context_of(request)))


@router.post("/dev/dialogue", openapi_extra=body_of(DialogueRequest, is_form=False), responses=SOUND)
async def dialogue(request: Request) -> Response:
    """Speak several texts, each with its voice, as one sound."""
    context = context_of(request)
    asked = read_body(await read_fields(request), DialogueRequest)
    last = len(asked.turns) - 1
    turns = []
    for number, turn in enumerate(asked.turns):
        text = check_text(turn.text, f"turns.{number}.text", context.settings)
        voiced = Turn(text, voice=turn.voice or turn.voice_id)
        turns.append(voiced if number == last else with_seconds(voiced, asked.pause_between_turns))
    if sum(len(turn.text) for turn in turns) > context.settings.max_input:
        message = f"`turns` have more than {context.settings.max_input} characters: send fewer at once"
        raise bad_request(message, "turns", "string_above_max_length")
    return await answer_speech(request, plan_speech(asked, turns, context))


@router.post(
    "/dev/captioned_speech",
    openapi_extra=body_of(CaptionedRequest, files=("ref_audio",)),
    responses=answers(JSON),
)
async def captioned_speech(request: Request) -> Response:
    """Speak a text, and tell when every word is spoken."""
    asked = read_body(await read_fields(request), CaptionedRequest)
    plan, record = plan_text(asked, context_of(request)), record_of(request.scope)
    record.text(asked.input)
    held = AsyncExitStack()
    try:
        pieces = await start_speech(request, plan, held)
        first = await first_piece(request, pieces)
        note_piece(record, first)
        headers = speech_headers(plan, first)
        del headers["Content-Disposition"]
        if is_streamed(plan, first):
            lines = _lines(pieces, first, asked, record)
            return StreamedAnswer(lines, held, headers, "application/json")
        spoken = [first]
        async for piece in pieces_while_connected(request, pieces):
            note_piece(record, piece)
            spoken.append(piece)
        await held.aclose()
        audio = complete_file(plan, b"".join(piece.audio for piece in spoken))
        headers["X-Tsukasa-Duration"] = f"{spoken[-1].end:.6g}"
        return JSONResponse(_captioned(audio, spoken, asked), headers=headers)
    except BaseException:  # cancellation, too
        await held.aclose()
        raise


@router.get(
    "/v1/audio/captions/{identifier}", responses=answers(JSON, "application/x-subrip", "text/vtt", "text/plain")
)
async def captions(request: Request, identifier: str, format: str = "json") -> Response:
    """Captions of an answer, while it is spoken and ten minutes long."""
    found = caption_store(request).get(identifier, record_of(request.scope).client)
    if found is None:
        message = f"there are no captions '{identifier[:100]}': ask for them with `captions`, within ten minutes"
        raise ServerProblem(404, "not_found", message)
    if format == "srt":
        return PlainTextResponse(write_srt(found.sentences), media_type="application/x-subrip; charset=utf-8")
    if format == "vtt":
        return PlainTextResponse(write_vtt(found.sentences), media_type="text/vtt; charset=utf-8")
    if format == "lab":
        return PlainTextResponse(write_lab(found.symbols))
    if format != "json":
        raise bad_request("`format` must be json, srt, vtt or lab", "format")
    return JSONResponse({"words": found.words, "complete": found.is_complete})


async def _lines(
    pieces: AsyncIterator[SpokenPiece], first: SpokenPiece, asked: CaptionedRequest, record: RequestRecord
) -> AsyncGenerator[bytes, None]:
    yield _line(first, asked)
    async for piece in pieces:
        note_piece(record, piece)
        yield _line(piece, asked)


def _line(piece: SpokenPiece, asked: CaptionedRequest) -> bytes:
    return json.dumps(_captioned(piece.audio, [piece], asked), ensure_ascii=False).encode() + b"\n"


def _captioned(audio: bytes, spoken: list[SpokenPiece], asked: CaptionedRequest) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "audio": base64.b64encode(audio).decode("ascii"),
        "audio_format": CONTENT_TYPES[asked.response_format],
    }
    if asked.return_timestamps:
        has_morae = asked.timestamp_granularity == "mora"
        answer["timestamps"] = [word for piece in spoken for word in caption_words(piece, has_morae)]
    return answer


__all__ = ["plan_text", "router"]
