# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The layer before all interfaces: access, limits of size, request ids, the log, and answers to faults."""

import logging
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .access import check_host, check_key, check_origin, cors_headers, given_key
from .metrics import Metrics
from .problems import ServerProblem
from .request_record import RequestRecord, put_record, request_id
from .settings import ServerSettings


logger = logging.getLogger(__name__)

_CLIENT_LEFT = 499  # as web servers log it; nobody receives it


def problem_body(problem: ServerProblem) -> dict[str, Any]:
    """The body of an answer outside an interface: in OpenAI's form, and with the `detail` that VOICEVOX has."""
    return {"error": openai_error(problem), "detail": problem.message, **problem.also}


def openai_error(problem: ServerProblem) -> dict[str, Any]:
    """A problem in OpenAI's form."""
    kinds = {403: "permission_error", 429: "rate_limit_error"}
    kind = kinds.get(problem.status, "server_error" if problem.status >= 500 else "invalid_request_error")
    return {"message": problem.message, "type": kind, "param": problem.param, "code": problem.code}


class Gatekeeper:
    """ASGI middleware, see the module.

    Args:
        app: what answers.
        settings: of the server.
        metrics: where requests are counted.
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings, metrics: Metrics) -> None:
        self._app, self._settings, self._metrics = app, settings, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        address = scope.get("client") or ("unknown",)
        record = RequestRecord(
            request_id(headers.get("x-request-id")), given_key(headers) or address[0], self._settings.log_text
        )
        put_record(scope, record)
        answer = _Answer(send, record.id)
        try:
            await self._answer(scope, headers, receive, answer)
        except ServerProblem as problem:
            await _refuse(problem, scope, receive, answer)
        except ClientDisconnect:
            logger.info("request %s: the client has left", record.id)
        except Exception:
            logger.exception("request %s failed", record.id)
            if answer.status is not None:
                raise  # the connection breaks, so that what was sent does not look complete
            await _refuse(ServerProblem(500, None, "Internal Server Error"), scope, receive, answer)
        finally:
            status = _CLIENT_LEFT if answer.status is None else answer.status
            record.finish(_endpoint(scope), scope["method"], status, self._metrics)

    async def _answer(self, scope: Scope, headers: Headers, receive: Receive, answer: "_Answer") -> None:
        origin = headers.get("origin")
        check_host(headers.get("host"), self._settings)
        check_origin(origin, headers.get("host"), self._settings)
        answer.extra = cors_headers(origin)
        if scope["method"] == "OPTIONS" and origin and "access-control-request-method" in headers:
            await Response(status_code=204, headers=cors_headers(origin, headers))(scope, receive, answer)
            return
        check_key(scope["path"], given_key(headers), self._settings)
        await self._app(scope, _limited(receive, headers, self._settings.max_body), answer)


class _Answer:
    """Sends an answer with headers of ours, and knows how far it has come."""

    def __init__(self, send: Send, identifier: str) -> None:
        self._send, self._identifier = send, identifier
        self.extra: Mapping[str, str] = {}
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._identifier
            for name, value in self.extra.items():
                headers[name] = value
        await self._send(message)


async def _refuse(problem: ServerProblem, scope: Scope, receive: Receive, answer: _Answer) -> None:
    if answer.status is not None:
        raise problem
    await JSONResponse(problem_body(problem), problem.status, problem.headers)(scope, receive, answer)


def _limited(receive: Receive, headers: Headers, most: int) -> Receive:
    """Receive a body of limited size."""
    problem = ServerProblem(413, "body_too_large", f"the request is larger than {most} bytes: send less at once")
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise problem
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise problem
        return message

    return limited


def _endpoint(scope: Scope) -> str:
    """The path of the route that answered, without what clients put into it."""
    return getattr(scope.get("route"), "path", None) or "other"


__all__ = ["Gatekeeper", "openai_error", "problem_body"]
