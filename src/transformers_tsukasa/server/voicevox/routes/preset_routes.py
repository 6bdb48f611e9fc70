# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Presets: listed, added, changed, deleted, and queries with their scales."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..engine import engine_of
from ..presets import Preset
from ..queries import AudioQuery, Scales
from ..working import last_of
from .parameters import CORE_VERSION, ChangingRoute


if TYPE_CHECKING:
    from ....synthesis.speaker import Speaker

router = APIRouter(tags=["voicevox presets"], strict_content_type=False)
changing = APIRouter(tags=["voicevox presets"], strict_content_type=False, route_class=ChangingRoute)


@router.get("/presets")
def presets(request: Request) -> list[Preset]:
    """All presets."""
    return engine_of(request).presets.all()


@changing.post("/add_preset")
def add_preset(request: Request, preset: Preset) -> int:
    """Add a preset; its id, which is another one where that is in use."""
    return engine_of(request).presets.add(preset)


@changing.post("/update_preset")
def update_preset(request: Request, preset: Preset) -> int:
    """Put a preset in the place of the one with its id."""
    return engine_of(request).presets.update(preset)


@changing.post("/delete_preset", status_code=204)
def delete_preset(request: Request, id: int) -> Response:
    """Delete a preset."""
    engine_of(request).presets.delete(id)
    return Response(status_code=204)


@router.post("/audio_query_from_preset", response_model=AudioQuery, dependencies=CORE_VERSION)
async def audio_query_from_preset(
    request: Request, text: str, preset_id: int, enable_katakana_english: bool = True
) -> JSONResponse:
    """The query of a text in the style and with the scales of a preset."""
    engine = engine_of(request)
    preset = engine.presets.get(preset_id)

    def opened(model: "Speaker") -> Iterator[AudioQuery | None]:
        return engine.query(model, text, engine.style(model, preset.style_id))

    query = await last_of(request, opened)
    scales = {name: getattr(preset, name) for name in Scales.model_fields}
    return JSONResponse(query.model_copy(update=scales).model_dump())


__all__ = ["changing", "router"]
