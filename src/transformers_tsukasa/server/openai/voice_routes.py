# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The voices of a model: listed, added from a clip, a description or a blend, and deleted."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from ...models.tsukasa.speaking.voice_names import NoSuchVoiceError
from ..added_voices import AddedVoice, check_added_name
from ..context import ServerContext, changeable_context, context_of
from ..problems import ServerProblem
from ..request_record import record_of
from ..streaming import while_connected
from ..voice_ids import voice_entries
from .bodies import bad_request, check_unicode, read_json
from .speaking import model_id
from .speech_request import check_clip
from .voice_choice import choose_voice, parse_blend


if TYPE_CHECKING:
    import numpy as np

    from ...synthesis.speaker import Speaker

router = APIRouter(tags=["voices"])

_MOST_PROMPT = 4096
_PROMPTED_WORD = "はい。"  # spoken for its style only


@router.get("/v1/audio/voices")
async def voices(request: Request) -> JSONResponse:
    """All voices of a model."""
    context, record = context_of(request), record_of(request.scope)
    model = model_id(request.query_params.get("model"), context)
    listing = context.service.read(model, lambda speaker: _rows(speaker, model, context), record.client)
    rows = await while_connected(request, listing)
    if request.query_params.get("legacy", "").lower() in ("true", "1"):
        return JSONResponse({"voices": [row["name"] for row in rows]})
    return JSONResponse({"object": "list", "voices": rows, "data": rows})


@router.post("/v1/audio/voices")
async def add_voice(request: Request) -> JSONResponse:
    """Add a voice from a clip, or from a written description."""
    context = changeable_context(request)
    asked = await _read_new_voice(request)
    model = model_id(asked.model, context)

    def style(speaker: "Speaker") -> "np.ndarray":
        return _style_of_prompt(speaker, asked.prompt) if asked.clip is None else _style_of_clip(speaker, asked.clip)

    kind = "prompt" if asked.clip is None else "audio_sample"
    return await _add(request, asked.name, model, kind, style, about=asked.prompt, consent=asked.consent)


@router.post("/v1/audio/voices/combine")
async def combine_voices(request: Request) -> JSONResponse:
    """Add the blend of some voices as a voice of its own."""
    context = changeable_context(request)
    given = await read_json(request)
    fields = given if isinstance(given, dict) else {"voices": given}
    parts = fields.get("voices")
    if isinstance(parts, list) and parts and all(isinstance(part, str) for part in parts):
        parts = "+".join(parts)
    if not isinstance(parts, str) or not parts.strip():
        raise bad_request("`voices` must be a blend such as a(2)+b, or a list of names", "voices")
    blend = check_unicode(parts, "voices")
    model = model_id(_text_field(fields, "model", 200), context)
    name = _text_field(fields, "name", 64)

    def style(speaker: "Speaker") -> "np.ndarray":
        weights = parse_blend(blend)
        chosen = {choose_voice(speaker, model, voice, context).name: weight for voice, weight in weights.items()}
        total = sum(chosen.values())
        vectors = [speaker.voices.vector(voice).numpy() * (weight / total) for voice, weight in chosen.items()]
        return sum(vectors[1:], vectors[0])

    return await _add(request, check_added_name(name) if name else "", model, "blend", style, about=blend)


@router.delete("/v1/audio/voices/{identifier}")
async def delete_voice(request: Request, identifier: str) -> JSONResponse:
    """Delete a voice that was added."""
    context, record = changeable_context(request), record_of(request.scope)
    voice = context.added_voices.get(identifier)
    if voice is None:
        message = f"there is no added voice '{identifier[:100]}'; voices of the model itself cannot be deleted"
        raise ServerProblem(404, "not_found", message)
    await context.service.run(voice.model, lambda speaker: context.added_voices.remove(voice, speaker), record.client)
    return JSONResponse({"id": identifier, "object": "audio.voice.deleted", "deleted": True})


@dataclass(frozen=True)
class _NewVoice:
    name: str
    model: str | None
    prompt: str
    consent: str
    clip: bytes | None


def _rows(speaker: "Speaker", model: str, context: ServerContext) -> list[dict[str, Any]]:
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
                "preview_url": None,
            }
            rows.append(row)
    return rows


async def _read_new_voice(request: Request) -> _NewVoice:
    fields = await _read_fields(request)
    name = check_added_name(_text_field(fields, "name", 1000) or "")
    kind = _text_field(fields, "type", 20) or ("prompt" if fields.get("prompt") else "audio_sample")
    if kind not in ("audio_sample", "prompt"):
        raise bad_request("`type` must be audio_sample or prompt", "type")
    prompt, clip = _text_field(fields, "prompt", _MOST_PROMPT) or "", None
    if kind == "prompt" and not prompt.strip():
        raise bad_request("`prompt` is empty: describe the voice", "prompt")
    if kind == "audio_sample":
        sample = fields.get("audio_sample")
        if not isinstance(sample, UploadFile):
            raise bad_request("`audio_sample` is missing: send a sound file as multipart/form-data", "audio_sample")
        clip, prompt = check_clip(await sample.read(), "audio_sample"), ""
    consent = _text_field(fields, "consent", 1000) or ""
    return _NewVoice(name, _text_field(fields, "model", 200), prompt, consent, clip)


async def _read_fields(request: Request) -> dict[str, Any]:
    """The fields of a form or of JSON."""
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        try:
            return dict(await request.form(max_files=4, max_fields=20))
        except HTTPException as error:
            raise bad_request(f"the form cannot be read ({error.detail}): send multipart/form-data") from error
    given = await read_json(request)
    if not isinstance(given, dict):
        raise bad_request("the body must be a JSON object or a form")
    return given


def _text_field(fields: dict[str, Any], name: str, most: int) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise bad_request(f"`{name}` must be a text", name)
    if len(value) > most:
        raise bad_request(f"`{name}` has more than {most} characters", name, "string_above_max_length")
    return check_unicode(value, name)


async def _add(
    request: Request, name: str, model: str, kind: str, style: Any, *, about: str = "", consent: str = ""
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


def _style_of_clip(speaker: "Speaker", clip: bytes) -> "np.ndarray":
    return speaker.style_of(clip)


def _style_of_prompt(speaker: "Speaker", prompt: str) -> "np.ndarray":
    """The style of a description alone, to which diffusion adds nothing."""
    return speaker.speak(_PROMPTED_WORD, prompt=prompt, alpha=0.0, beta=0.0, seed=0).style_vector


__all__ = ["router"]
