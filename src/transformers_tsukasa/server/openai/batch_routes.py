# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""POST /v1/audio/speech/batch: many texts in one request, whose answer is a ZIP file."""

import json
import logging
import tempfile
import zipfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import IO, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ..context import context_of
from ..gatekeeper import openai_error
from ..problems import ServerProblem
from ..request_record import record_of
from ..service import Ticket
from ..streaming import StreamedAnswer, pieces_while_connected
from .answers import complete_file, note_piece
from .bodies import read_body, read_fields
from .described import answers, body_of
from .speech_request import SpeechRequest
from .speech_routes import plan_text


logger = logging.getLogger(__name__)

router = APIRouter(tags=["speech"])

_IN_MEMORY = 8 * 2**20  # bytes; a larger file lies on the disk
_SENT_AT_ONCE = 2**16


class BatchRequest(BaseModel):
    """A request for speech of many texts."""

    items: list[dict[str, Any]] = Field(min_length=1, max_length=256)


class _Described(BatchRequest):
    """The same, with the fields of every text."""

    items: list[SpeechRequest] = Field(min_length=1, max_length=256)  # type: ignore[assignment]


@router.post(
    "/v1/audio/speech/batch",
    openapi_extra=body_of(_Described, is_form=False),
    responses=answers("application/zip"),
)
async def batch(request: Request) -> Response:
    """Speak many texts, one after the other, in one place of the queue; a fault of one does not stop the others."""
    context, record = context_of(request), record_of(request.scope)
    asked = read_body(await read_fields(request), BatchRequest)
    held = AsyncExitStack()
    try:
        file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - sent after this function
        held.callback(file.close)
        with context.service.admit(record.client) as ticket, zipfile.ZipFile(file, "w") as archive:
            index = []
            for number, item in enumerate(asked.items, start=1):
                index.append(await _item(request, archive, number, item, ticket))
            archive.writestr("index.json", json.dumps(index, ensure_ascii=False, indent=1))
    except BaseException:  # cancellation, too
        await held.aclose()
        raise
    size = file.tell()
    file.seek(0)
    headers = {"Content-Length": str(size), "Content-Disposition": 'attachment; filename="speech.zip"'}
    return StreamedAnswer(_parts(file), held, headers, "application/zip")


async def _item(
    request: Request, archive: zipfile.ZipFile, number: int, item: dict[str, Any], ticket: Ticket
) -> dict[str, Any]:
    """Speak one text into the archive; return its row of the index."""
    context, record = context_of(request), record_of(request.scope)
    try:
        asked = read_body(item, SpeechRequest)
        plan = plan_text(asked, context)
        record.text(asked.input)
        audio, seconds = b"", 0.0
        async with context.service.stream(plan.model, plan.open, ticket) as pieces:
            async for piece in pieces_while_connected(request, pieces):
                note_piece(record, piece)
                audio, seconds = audio + piece.audio, piece.end
    except ServerProblem as problem:
        return {"number": number, "error": openai_error(problem)}
    except ClientDisconnect:
        raise
    except Exception:  # whatever it is, the other texts are spoken
        logger.exception("text %d of request %s failed", number, record.id)
        return {"number": number, "error": openai_error(ServerProblem(500, None, "Internal Server Error"))}
    name = f"{number:04}.{asked.response_format}"
    archive.writestr(name, complete_file(plan, audio))
    return {"number": number, "file": name, "seconds": round(seconds, 6), "seed": plan.seed}


async def _parts(file: IO[bytes]) -> AsyncGenerator[bytes, None]:
    while part := file.read(_SENT_AT_ONCE):
        yield part


__all__ = ["router"]
