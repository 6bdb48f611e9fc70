# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Answers that are sent while they are computed, and clients that leave before they have them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping
from contextlib import AsyncExitStack
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from .request_record import record_of


T = TypeVar("T")


async def while_connected(request: Request, work: Awaitable[T]) -> T:
    """Return the result of work, which is cancelled when the client leaves. The body must have been read.

    Raises:
        ClientDisconnect: when it has left.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect()
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        # Until both have ended; what became of the work was raised above, or nobody waits for it.
        await asyncio.gather(working, leaving, return_exceptions=True)


async def pieces_while_connected(request: Request, pieces: AsyncIterator[T]) -> AsyncIterator[T]:
    """Yield what an iterator yields as long as the client waits for it; see `while_connected`."""
    while (piece := await while_connected(request, next_or_none(pieces))) is not None:
        yield piece


async def next_or_none(pieces: AsyncIterator[T]) -> T | None:
    """Return the next item of an iterator, or `None` at its end."""
    return await anext(pieces, None)


class StreamedAnswer(StreamingResponse):
    """An answer that is sent piece by piece, and lets go of everything at its end, however it ends.

    Args:
        content: yields the pieces.
        held: is closed at the end.
        headers, media_type: of the answer.
    """

    def __init__(
        self, content: AsyncGenerator[bytes, None], held: AsyncExitStack, headers: Mapping[str, str], media_type: str
    ) -> None:
        super().__init__(self._watched(content), headers=headers, media_type=media_type)
        self._content, self._held, self._is_complete = content, held, False

    async def _watched(self, content: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
        async for piece in content:
            yield piece
        self._is_complete = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            if not self._is_complete:
                record_of(scope).facts["incomplete"] = True
            await self._content.aclose()
            await self._held.aclose()


async def _left(request: Request) -> None:
    """Return when the client has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


__all__ = ["StreamedAnswer", "next_or_none", "pieces_while_connected", "while_connected"]
