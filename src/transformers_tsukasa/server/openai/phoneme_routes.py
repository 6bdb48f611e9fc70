# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Reading a text as phonemes, and speaking phonemes, as Kokoro's server has it."""

from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..context import context_of
from ..request_record import record_of
from ..streaming import while_connected
from .answers import answer_speech
from .bodies import bad_request, read_body, read_fields
from .described import JSON, SOUND, answers, body_of
from .speaking import model_id, plan_speech
from .speech_request import SpeechOptions, check_text
from .tags import Turn


if TYPE_CHECKING:
    from ...synthesis.speaker import Speaker

router = APIRouter(tags=["phonemes"])


class PhonemizeRequest(BaseModel):
    """A request for the phonemes of a text."""

    text: str
    model: str | None = None
    language: Any = None


class PhonemesRequest(SpeechOptions):
    """A request for speech of phonemes."""

    phonemes: str
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "wav"


@router.post("/dev/phonemize", openapi_extra=body_of(PhonemizeRequest), responses=answers(JSON))
async def phonemize(request: Request) -> JSONResponse:
    """Read a text: the phonemes with a line for every sentence, and the ids of its tokens."""
    context, record = context_of(request), record_of(request.scope)
    asked = read_body(await read_fields(request), PhonemizeRequest)
    text = check_text(asked.text, "text", context.settings)
    model = model_id(asked.model, context)
    reading = context.service.read(model, lambda speaker: _read(speaker, text), record.client)
    return JSONResponse(await while_connected(request, reading))


@router.post(
    "/dev/generate_from_phonemes",
    openapi_extra=body_of(PhonemesRequest, files=("ref_audio",)),
    responses=SOUND,
)
async def generate_from_phonemes(request: Request) -> Response:
    """Speak phonemes, which may have a line for every sentence."""
    context = context_of(request)
    asked = read_body(await read_fields(request), PhonemesRequest)
    text = check_text(asked.phonemes, "phonemes", context.settings)
    return await answer_speech(request, plan_speech(asked, [Turn(text)], context, phonemize=False))


def _read(speaker: "Speaker", text: str) -> dict[str, Any]:
    from ...text import NothingToReadError
    from ...text.phoneme_lines import write_phoneme_line

    try:
        sentences = [
            (each, reading) for each, reading in speaker.processor.iter_sentences(text) if reading is not None
        ]
        if not sentences:
            raise NothingToReadError.in_text(text)
    except NothingToReadError as error:
        raise bad_request(str(error), "text", "nothing_to_read") from error
    except ValueError as error:
        raise bad_request(str(error), "text") from error
    last = len(sentences)
    lines = [
        write_phoneme_line(sentence, reading.phonemes, is_last=number == last)
        for number, (sentence, reading) in enumerate(sentences, start=1)
    ]
    ids = speaker.processor.tokenizer.convert_tokens_to_ids
    return {"phonemes": "\n".join(lines), "tokens": [ids(symbol) for _, each in sentences for symbol in each.phonemes]}


__all__ = ["router"]
