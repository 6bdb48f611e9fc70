# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Parameters, answers and checks that several calls have."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Depends
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import SkipJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from ...context import changeable_context


def _core_version(core_version: str | SkipJsonSchema[None] = None) -> None:
    """Accept the version of a core, of which this engine has one only."""


CORE_VERSION = [Depends(_core_version)]
"""For calls that take the version of a core."""


class ChangingRoute(APIRoute):
    """A call that changes what the server keeps: refused, where that is forbidden, before its body is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The function that answers a request."""
        answer = super().get_route_handler()

        async def checked(request: Request) -> Response:
            changeable_context(request)
            return await answer(request)

        return checked


class WavResponse(Response):
    """A WAV file."""

    media_type = "audio/wav"


class ZipResponse(Response):
    """A ZIP file."""

    media_type = "application/zip"


def binary(kind: type[Response]) -> dict[int | str, dict]:
    """The description of an answer that is a file."""
    schema = {"type": "string", "format": "binary"}
    return {200: {"content": {kind.media_type: {"schema": schema}}, "description": "A file"}}


class KanaFault(BaseModel):
    """A fault in the notation of kana."""

    text: str
    error_name: str
    error_args: dict[str, str]


KANA_FAULTS: dict[int | str, dict] = {400: {"model": KanaFault, "description": "The text is not in the notation"}}

__all__ = ["CORE_VERSION", "ChangingRoute", "KANA_FAULTS", "KanaFault", "WavResponse", "ZipResponse", "binary"]
