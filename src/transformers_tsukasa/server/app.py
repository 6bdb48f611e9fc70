# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The application: what every server answers, and the interfaces that it is given."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from fastapi import APIRouter, FastAPI
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from ..version import __version__
from .context import ServerContext, context_of
from .gatekeeper import Gatekeeper, problem_body
from .openai.routers import ROUTERS as OPENAI_ROUTERS
from .page.routes import router as PAGE_ROUTER
from .page.tools import router as PAGE_TOOLS_ROUTER
from .problems import ServerProblem
from .settings import ServerSettings
from .voicevox.routers import ROUTERS as VOICEVOX_ROUTERS


ROUTERS = (*OPENAI_ROUTERS, *VOICEVOX_ROUTERS, PAGE_TOOLS_ROUTER, PAGE_ROUTER)
"""The interfaces that a server has."""

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def create_app(settings: ServerSettings, routers: Sequence[APIRouter] | None = None) -> FastAPI:
    """Make the application of a server and start its threads; they end when the application shuts down.

    Args:
        settings: of the server.
        routers: the interfaces; by default those of OpenAI and VOICEVOX, and the page.

    Raises:
        ValueError: when the settings do not fit together.
    """
    context = ServerContext.start(settings)
    app = FastAPI(title="Tsukasa Speech", version=__version__, lifespan=_lifespan)
    app.state.context, app.state.start, app.state.problem = context, time.monotonic(), None
    app.add_middleware(Gatekeeper, settings=settings, metrics=context.metrics)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.include_router(_router)
    for router in ROUTERS if routers is None else routers:
        app.include_router(router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the default model while requests are accepted already."""
    context: ServerContext = app.state.context
    loading = asyncio.create_task(_load(app))
    try:
        yield
    finally:
        context.service.close()
        loading.cancel()
        with suppress(asyncio.CancelledError):
            await loading


async def _load(app: FastAPI) -> None:
    context: ServerContext = app.state.context
    if context.settings.cpu_num_threads is not None:
        await asyncio.to_thread(_set_threads, context.settings.cpu_num_threads)
    try:
        await context.service.read(context.pool.default, lambda speaker: None, "the server itself")
    except ServerProblem as problem:  # it is logged, and requests are answered with it
        app.state.problem = problem.message


def _set_threads(count: int) -> None:
    import torch

    torch.set_num_threads(count)


_router = APIRouter(tags=["server"])


@_router.get("/health")
async def health(request: Request) -> JSONResponse:
    """Whether the default model is loaded."""
    context = context_of(request)
    if not context.pool.loaded and request.app.state.problem is not None:
        return JSONResponse({"status": "failed", "reason": request.app.state.problem}, 503)
    if not context.pool.loaded:
        return JSONResponse({"status": "loading"}, 503, {"Retry-After": "1"})
    return JSONResponse(
        {
            "status": "healthy",
            "model": context.pool.default,
            "device": context.settings.device,
            "queue": context.service.active,
            "uptime": round(time.monotonic() - request.app.state.start, 1),
        }
    )


@_router.get("/version")
async def version() -> str:
    """The version of this package."""
    return __version__


@_router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Counts and times for Prometheus."""
    return PlainTextResponse(context_of(request).metrics.text(), media_type=_METRICS_TYPE)


async def _http_problem(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses, an unknown path above all, in the form of every other refusal."""
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code)
    message = f"{request.method} {request.url.path} is nothing that this server has" if code else str(error.detail)
    problem = ServerProblem(error.status_code, code, message)
    return JSONResponse(problem_body(problem), problem.status, {**problem.headers, **(error.headers or {})})


async def _invalid(request: Request, error: Exception) -> Response:
    """Answer parameters and bodies that do not fit with all faults as FastAPI lists them, for VOICEVOX's clients."""
    assert isinstance(error, RequestValidationError)
    faults = [{name: part for name, part in fault.items() if name != "url"} for fault in error.errors()]
    for fault in faults:
        fault["input"] = fault["input"] if _is_json(fault.get("input")) else repr(fault.get("input"))
    first = faults[0]
    where = ".".join(map(str, first["loc"]))
    problem = ServerProblem(422, None, f"`{where}`: {first['msg']}", also={"detail": jsonable_encoder(faults)})
    # In ASCII: names of fields and values come from the client, and may hold half a character.
    return Response(json.dumps(problem_body(problem)), problem.status, media_type="application/json")


def _is_json(value: object) -> bool:
    """Whether a value can be sent; infinity cannot."""
    try:
        json.dumps(value, allow_nan=False)
    except (ValueError, TypeError):
        return False
    return True


__all__ = ["create_app"]
