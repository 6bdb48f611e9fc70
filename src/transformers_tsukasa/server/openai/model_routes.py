# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""GET /v1/models: the models of the server, and the names of others that stand for the default one."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from ..context import ServerContext, context_of
from ..problems import ServerProblem
from .speaking import MODEL_ALIASES


router = APIRouter(tags=["models"])

_CREATED = 1_767_225_600  # 2026-01-01; folders have no date that would tell more


@router.get("/v1/models")
async def models(request: Request) -> JSONResponse:
    """All models, the default one first."""
    return JSONResponse({"object": "list", "data": [_model(name) for name in _names(context_of(request))]})


@router.get("/v1/models/{identifier:path}")
async def model(request: Request, identifier: str) -> JSONResponse:
    """One model."""
    if identifier not in _names(context_of(request)):
        message = f"there is no model '{identifier[:100]}' on this server"
        raise ServerProblem(404, "model_not_found", message, param="model")
    return JSONResponse(_model(identifier))


@router.get("/v1/audio/models")
async def audio_models(request: Request) -> JSONResponse:
    """All models, as Open WebUI asks for them."""
    return JSONResponse({"models": [{"id": name} for name in _names(context_of(request))]})


def _names(context: ServerContext) -> list[str]:
    own = list(context.pool.names)
    return own + [name for name in MODEL_ALIASES if name not in own]


def _model(identifier: str) -> dict[str, Any]:
    return {"id": identifier, "object": "model", "created": _CREATED, "owned_by": "transformers-tsukasa"}


__all__ = ["router"]
