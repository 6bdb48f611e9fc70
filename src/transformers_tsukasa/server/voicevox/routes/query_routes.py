# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Texts as queries, and phrases with the lengths and pitches that a model predicts for them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body
from starlette.requests import Request
from starlette.responses import JSONResponse

from ..engine import engine_of
from ..kana_notation import read_kana
from ..queries import AccentPhrase, AudioQuery, as_json
from ..working import last_of
from .parameters import CORE_VERSION, KANA_FAULTS


if TYPE_CHECKING:
    from ....synthesis.speaker import Speaker

router = APIRouter(tags=["voicevox queries"], strict_content_type=False)
Phrases = Annotated[list[AccentPhrase], Body()]


@router.post("/audio_query", response_model=AudioQuery, dependencies=CORE_VERSION)
async def audio_query(request: Request, text: str, speaker: int, enable_katakana_english: bool = True) -> JSONResponse:
    """The query of a text."""
    engine = engine_of(request)
    query = await last_of(request, lambda model: engine.query(model, text, engine.style(model, speaker)))
    return JSONResponse(query.model_dump())


@router.post("/accent_phrases", response_model=list[AccentPhrase], responses=KANA_FAULTS, dependencies=CORE_VERSION)
async def accent_phrases(
    request: Request, text: str, speaker: int, is_kana: bool = False, enable_katakana_english: bool = True
) -> JSONResponse:
    """The accent phrases of a text, or of a reading in the notation of kana."""
    engine = engine_of(request)

    def opened(model: "Speaker") -> Iterator[list[AccentPhrase] | None]:
        style = engine.style(model, speaker)
        given = read_kana(text) if is_kana else engine.read(model, text).phrases
        return engine.phrases(model, given, style, devoice=not is_kana)

    return JSONResponse(as_json(await last_of(request, opened)))


@router.post("/mora_data", response_model=list[AccentPhrase], dependencies=CORE_VERSION)
async def mora_data(request: Request, speaker: int, phrases: Phrases) -> JSONResponse:
    """Phrases with lengths and pitches predicted again."""
    return await _predicted(request, speaker, phrases)


@router.post("/mora_length", response_model=list[AccentPhrase], dependencies=CORE_VERSION)
async def mora_length(request: Request, speaker: int, phrases: Phrases) -> JSONResponse:
    """Phrases with lengths predicted again."""
    return await _predicted(request, speaker, phrases, pitches=False)


@router.post("/mora_pitch", response_model=list[AccentPhrase], dependencies=CORE_VERSION)
async def mora_pitch(request: Request, speaker: int, phrases: Phrases) -> JSONResponse:
    """Phrases with pitches predicted again."""
    return await _predicted(request, speaker, phrases, lengths=False)


@router.post("/validate_kana", responses=KANA_FAULTS)
async def validate_kana(text: str) -> bool:
    """Whether a text is in the notation of kana; 400 with the fault when it is not."""
    read_kana(text)
    return True


async def _predicted(request: Request, style: int, phrases: list[AccentPhrase], **parts: Any) -> JSONResponse:
    engine = engine_of(request)
    found = await last_of(request, lambda model: engine.phrases(model, phrases, engine.style(model, style), **parts))
    return JSONResponse(as_json(found))


__all__ = ["router"]
