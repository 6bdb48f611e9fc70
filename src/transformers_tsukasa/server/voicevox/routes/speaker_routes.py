# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The engine, its speakers, and their pictures and samples."""

import base64
import hashlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ....version import __version__
from ...problems import ServerProblem
from ...voice_ids import NORMAL_STYLE
from ..engine import Engine, EngineStyle, engine_of
from ..manifest import engine_manifest
from ..pictures import ICON_SIZE, PORTRAIT_SIZE, draw
from ..sounds import wav_file
from ..working import last_of, looked_up
from .answers import EngineManifest, SpeakerEntry, SpeakerInfo, SupportedDevices
from .parameters import CORE_VERSION


if TYPE_CHECKING:
    from ....synthesis.speaker import Speaker

router = APIRouter(tags=["voicevox speakers"], strict_content_type=False)

_SAMPLES = ("こんにちは。", "今日はいい天気ですね。", "またお会いしましょう。")
_NOT_FOUND = 404
_CACHE = "max-age=2592000"


@dataclass(frozen=True)
class Resource:
    """A picture or a sample of a style.

    Args:
        kind: "icon", "portrait" or "sample".
        style: whose it is.
        number: of the style among those of its speaker, or of the sample.
    """

    kind: str
    style: EngineStyle
    number: int

    @property
    def name(self) -> str:
        """By which it is fetched."""
        return resource_name(self.kind, self.style.entry.style_id, self.number)


def resource_name(kind: str, style_id: int, number: int) -> str:
    """The name by which a picture or sample of a style is fetched from `/_resources/`; see `Resource`."""
    return hashlib.sha256(f"{kind} {style_id} {number}".encode()).hexdigest()


@router.get("/core_versions")
async def core_versions() -> list[str]:
    """The version of this package."""
    return [__version__]


@router.get("/engine_manifest", response_model=EngineManifest)
async def manifest(request: Request) -> JSONResponse:
    """The engine and its features."""
    engine = engine_of(request)
    rate = await looked_up(request, lambda model: model.sampling_rate)
    return JSONResponse(engine_manifest(engine.model, rate))


@router.get("/supported_devices", response_model=SupportedDevices, dependencies=CORE_VERSION)
async def supported_devices() -> dict[str, bool]:
    """Where models may run."""
    import torch

    return {"cpu": True, "cuda": torch.cuda.is_available(), "dml": False}


@router.get("/speakers", response_model=list[SpeakerEntry], dependencies=CORE_VERSION)
async def speakers(request: Request) -> JSONResponse:
    """All speakers with their styles."""
    engine = engine_of(request)
    families = await looked_up(request, lambda model: _families(engine.styles(model)))
    return JSONResponse(
        [
            {
                "name": styles[0].entry.speaker,
                "speaker_uuid": styles[0].entry.speaker_uuid,
                "styles": [
                    {"name": style.entry.style, "id": style.entry.style_id, "type": "talk"} for style in styles
                ],
                "version": __version__,
                "supported_features": {"permitted_synthesis_morphing": "ALL"},
            }
            for styles in families
        ]
    )


@router.get("/speaker_info", response_model=SpeakerInfo, dependencies=CORE_VERSION)
async def speaker_info(
    request: Request, speaker_uuid: str, resource_format: Literal["base64", "url"] = "base64"
) -> JSONResponse:
    """The pictures and samples of a speaker, or where they are."""
    engine = engine_of(request)

    def opened(model: "Speaker") -> Iterator[dict[str, Any] | None]:
        styles = _speaker_styles(engine, model, speaker_uuid)
        return _described(
            engine, model, styles, f"{request.base_url}_resources/" if resource_format == "url" else None
        )

    return JSONResponse(await last_of(request, opened))


@router.get("/_resources/{name}")
async def resource(request: Request, name: str) -> Response:
    """A picture, or a sample, which is spoken when it is first fetched."""
    engine = engine_of(request)

    def opened(model: "Speaker") -> Iterator[tuple[bytes, str] | None]:
        for found in _resources(engine.styles(model)):
            if found.name == name:
                content = yield from _content(engine, model, found)
                yield content, "audio/wav" if found.kind == "sample" else "image/png"
                return
        raise ServerProblem(_NOT_FOUND, None, "リソースがありません: there is no such resource")

    content, media_type = await last_of(request, opened)
    return Response(content, media_type=media_type, headers={"Cache-Control": _CACHE})


@router.get("/singers", dependencies=CORE_VERSION)
async def singers() -> list[SpeakerEntry]:
    """Nobody sings."""
    return []


@router.get("/singer_info", response_model=SpeakerInfo, dependencies=CORE_VERSION)
async def singer_info(speaker_uuid: str, resource_format: Literal["base64", "url"] = "base64") -> Response:
    """Nobody sings."""
    raise ServerProblem(_NOT_FOUND, None, "歌手はいません: this engine has no singers")


@router.post("/initialize_speaker", status_code=204, dependencies=CORE_VERSION)
async def initialize_speaker(request: Request, speaker: int, skip_reinit: bool = False) -> Response:
    """Load what a style needs; the model is loaded already when this is answered."""
    engine = engine_of(request)
    await looked_up(request, lambda model: engine.style(model, speaker))
    return Response(status_code=204)


@router.get("/is_initialized_speaker", dependencies=CORE_VERSION)
async def is_initialized_speaker(request: Request, speaker: int) -> bool:
    """Whether a style can be spoken at once."""
    engine = engine_of(request)
    await looked_up(request, lambda model: engine.style(model, speaker))
    return True


def _families(styles: Sequence[EngineStyle]) -> list[list[EngineStyle]]:
    """The styles of every speaker, the normal one first."""
    found: dict[str, list[EngineStyle]] = {}
    for style in styles:
        found.setdefault(style.entry.speaker_uuid, []).append(style)
    return [sorted(family, key=lambda style: style.entry.style != NORMAL_STYLE) for family in found.values()]


def _speaker_styles(engine: Engine, model: "Speaker", identifier: str) -> list[EngineStyle]:
    for styles in _families(engine.styles(model)):
        if styles[0].entry.speaker_uuid == identifier:
            return styles
    message = f"話者 {identifier} はいません: there is no speaker {identifier}; GET /speakers lists those there are"
    raise ServerProblem(_NOT_FOUND, None, message)


def _resources(styles: Sequence[EngineStyle]) -> Iterator[Resource]:
    for family in _families(styles):
        for number, style in enumerate(family):
            yield Resource("icon", style, number)
            yield Resource("portrait", style, number)
            yield from (Resource("sample", style, place) for place in range(len(_SAMPLES)))


def _described(
    engine: Engine, model: "Speaker", styles: Sequence[EngineStyle], address: str | None
) -> Iterator[dict[str, Any] | None]:
    """A speaker's information, at last; samples are spoken where they are sent and not only named."""
    infos: list[dict[str, Any]] = []
    portrait = ""
    for number, style in enumerate(styles):
        written: list[str] = []
        for each in _resources([style]):
            own = Resource(each.kind, style, each.number if each.kind == "sample" else number)
            if address is not None:
                written.append(address + own.name)
            else:
                written.append(base64.b64encode((yield from _content(engine, model, own))).decode())
        portrait = portrait or written[1]
        infos.append({"id": style.entry.style_id, "icon": written[0], "voice_samples": written[2:]})
    descriptions = [model.voices.describe(style.voice) for style in styles if style.voice is not None]
    policy = "\n\n".join(filter(None, descriptions)) or "声の利用条件はモデルの説明をご覧ください。"
    yield {"policy": policy, "portrait": portrait, "style_infos": infos}


def _content(engine: Engine, model: "Speaker", asked: Resource) -> Generator[None, None, bytes]:
    """The bytes of a resource; yields None between sentences that are spoken for it."""
    entry = asked.style.entry
    if asked.kind != "sample":
        return draw(entry.speaker_uuid, asked.number, ICON_SIZE if asked.kind == "icon" else PORTRAIT_SIZE)
    queries = []
    for query in engine.query(model, _SAMPLES[asked.number], asked.style):
        queries += [] if query is None else [query]
        yield None
    pieces = []
    for piece in engine.speech(model, queries[-1], asked.style):
        pieces += [] if piece is None else [piece]
        yield None
    return wav_file(np.concatenate(pieces), model.sampling_rate)


__all__ = ["resource_name", "router"]
