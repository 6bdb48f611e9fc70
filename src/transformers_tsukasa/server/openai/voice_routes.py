# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The voices of a model: listed, added from a clip, a description or a blend, and deleted."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse

from ...models.tsukasa.speaking.voice_names import NoSuchVoiceError
from ..added_voices import AddedVoice, check_added_name
from ..context import ServerContext, changeable_context, context_of
from ..problems import ServerProblem
from ..request_record import record_of
from ..streaming import while_connected
from ..voice_ids import voice_entries
from ..voicevox.routes.speaker_routes import resource_name
from .bodies import bad_request, check_unicode, read_body, read_fields
from .described import JSON, answers, body_of
from .speaking import model_id
from .speech_request import read_clip
from .voice_choice import choose_voice, parse_blend


if TYPE_CHECKING:
    import numpy as np

    from ...synthesis.speaker import Speaker

router = APIRouter(tags=["voices"])

_PROMPTED_WORD = "はい。"  # spoken for its style only


class NewVoiceRequest(BaseModel):
    """A request for a voice of a clip, or of a written description."""

    name: str
    type: Literal["audio_sample", "prompt"] | None = None
    audio_sample: str | None = None
    prompt: str = Field("", max_length=4096)
    consent: str = Field("", max_length=1000)
    model: str | None = Field(None, max_length=200)

    @property
    def is_described(self) -> bool:
        """Whether the voice is one of a description."""
        return self.type == "prompt" or (self.type is None and bool(self.prompt))


class BlendRequest(BaseModel):
    """A request for a voice of some others."""

    voices: str | list[str]
    name: str | None = Field(None, max_length=64)
    model: str | None = Field(None, max_length=200)


@router.get("/v1/audio/voices", responses=answers(JSON))
async def voices(request: Request, model: str | None = None, legacy: str = "") -> JSONResponse:
    """All voices of a model."""
    context, record = context_of(request), record_of(request.scope)
    model = model_id(model, context)
    samples = f"{request.base_url}_resources/"
    listing = context.service.read(model, lambda speaker: _rows(speaker, model, context, samples), record.client)
    rows = await while_connected(request, listing)
    if legacy.lower() in ("true", "1"):
        return JSONResponse({"voices": [row["name"] for row in rows]})
    return JSONResponse({"object": "list", "voices": rows, "data": rows})


@router.post(
    "/v1/audio/voices", openapi_extra=body_of(NewVoiceRequest, files=("audio_sample",)), responses=answers(JSON)
)
async def add_voice(request: Request) -> JSONResponse:
    """Add a voice from a clip, or from a written description."""
    context = changeable_context(request)
    asked = read_body(await read_fields(request), NewVoiceRequest)
    name = check_added_name(check_unicode(asked.name, "name"))
    model, consent = model_id(asked.model, context), check_unicode(asked.consent, "consent")
    if asked.is_described:
        prompt = check_unicode(asked.prompt, "prompt")
        if not prompt.strip():
            raise bad_request("`prompt` is empty: describe the voice", "prompt")
        return await _add(request, name, model, "prompt", lambda speaker: _style_of_prompt(speaker, prompt), prompt)
    if asked.audio_sample is None:
        raise bad_request("`audio_sample` is missing: send a sound file as multipart/form-data", "audio_sample")
    clip = read_clip(asked.audio_sample, "audio_sample")
    return await _add(request, name, model, "audio_sample", lambda speaker: speaker.style_of(clip), consent=consent)


@router.post("/v1/audio/voices/combine", openapi_extra=body_of(BlendRequest), responses=answers(JSON))
async def combine_voices(request: Request) -> JSONResponse:
    """Add the blend of some voices as a voice of its own."""
    context = changeable_context(request)
    given = await read_fields(request)
    asked = read_body(given if isinstance(given, dict) else {"voices": given}, BlendRequest)
    blend = check_unicode(asked.voices if isinstance(asked.voices, str) else "+".join(asked.voices), "voices")
    if not blend.strip():
        raise bad_request("`voices` must be a blend such as a(2)+b, or a list of names", "voices")
    model = model_id(asked.model, context)
    name = check_added_name(check_unicode(asked.name, "name")) if asked.name else ""

    def style(speaker: "Speaker") -> "np.ndarray":
        weights = parse_blend(blend)
        chosen = {choose_voice(speaker, model, voice, context).name: weight for voice, weight in weights.items()}
        total = sum(chosen.values())
        vectors = [speaker.voices.vector(voice).numpy() * (weight / total) for voice, weight in chosen.items()]
        return sum(vectors[1:], vectors[0])

    return await _add(request, name, model, "blend", style, blend)


@router.delete("/v1/audio/voices/{identifier}", responses=answers(JSON))
async def delete_voice(request: Request, identifier: str) -> JSONResponse:
    """Delete a voice that was added."""
    context, record = changeable_context(request), record_of(request.scope)
    voice = context.added_voices.get(identifier)
    if voice is None:
        message = f"there is no added voice '{identifier[:100]}'; voices of the model itself cannot be deleted"
        raise ServerProblem(404, "not_found", message)
    await context.service.run(voice.model, lambda speaker: context.added_voices.remove(voice, speaker), record.client)
    return JSONResponse({"id": identifier, "object": "audio.voice.deleted", "deleted": True})


def _rows(speaker: "Speaker", model: str, context: ServerContext, samples: str) -> list[dict[str, Any]]:
    """All voices of a model; only the default one speaks samples, which are spoken when they are fetched."""
    has_samples = model == context.pool.default
    added = {voice.name: voice.id for voice in context.added_voices.of_model(model)}
    rows = []
    for entry in voice_entries(model, list(speaker.voices)):
        with suppress(NoSuchVoiceError):  # one that is removed meanwhile is not listed
            row = {
                "id": added.get(entry.voice, entry.voice),
                "name": entry.voice,
                "object": "audio.voice",
                "description": speaker.voices.describe(entry.voice),
                "language": "ja",
                "speaker": entry.speaker,
                "style": entry.style,
                "style_id": entry.style_id,
                "preview_url": samples + resource_name("sample", entry.style_id, 0) if has_samples else None,
            }
            rows.append(row)
    return rows


async def _add(
    request: Request, name: str, model: str, kind: str, style: Any, about: str = "", consent: str = ""
) -> JSONResponse:
    """Compute a style in the thread that speaks, and keep it as a voice."""
    context, record = context_of(request), record_of(request.scope)

    def add(speaker: "Speaker") -> AddedVoice:
        try:
            vector = style(speaker)
        except (ValueError, LookupError) as error:
            param = "prompt" if kind == "prompt" else "audio_sample"
            code = None if kind == "prompt" else "invalid_audio"
            raise bad_request(str(error.args[0]) if error.args else str(error), param, code) from error
        voice = AddedVoice.new(name, model, kind, vector, about, consent)
        context.added_voices.add(voice, speaker)
        return voice

    voice = await while_connected(request, context.service.run(model, add, record.client))
    answer = {"id": voice.id, "object": "audio.voice", "created_at": voice.created_at, "name": voice.name}
    return JSONResponse({**answer, "type": kind, **({"prompt": about} if kind == "prompt" else {})})


def _style_of_prompt(speaker: "Speaker", prompt: str) -> "np.ndarray":
    """The style of a description alone, to which diffusion adds nothing."""
    return speaker.speak(_PROMPTED_WORD, prompt=prompt, alpha=0.0, beta=0.0, seed=0).style_vector


__all__ = ["router"]
