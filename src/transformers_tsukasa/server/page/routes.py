# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Sends the page and its files."""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response


FILES = Path(__file__).parent / "files"
"""The folder of the page's files."""

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}

# Scripts and styles come from this server alone. Other engines on this machine may be asked (`?engine=`).
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self' http://127.0.0.1:* http://localhost:*; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

router = APIRouter(tags=["page"], include_in_schema=False)


@router.get("/")
async def page(request: Request) -> Response:
    """The editor."""
    return _answer(request, "index.html")


@router.get("/page/{name:path}")
async def page_file(request: Request, name: str) -> Response:
    """A file of the editor: a module or its styles."""
    return _answer(request, name)


def _answer(request: Request, name: str) -> Response:
    content, tag, content_type = _file(name)
    headers = {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",  # kept, but compared: modules of two versions never meet
        "ETag": tag,
    }
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if tag in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=content_type, headers=headers)


def _file(name: str) -> tuple[bytes, str, str]:
    """Content, tag and type of a file; a name is looked up, and never becomes a path."""
    found = _files().get(name)
    if found is None:
        raise HTTPException(404)
    return found


@cache
def _files() -> dict[str, tuple[bytes, str, str]]:
    files = {}
    for path in sorted(FILES.rglob("*")):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            files[path.relative_to(FILES).as_posix()] = (content, tag, _TYPES[path.suffix])
    return files


__all__ = ["FILES", "router"]
