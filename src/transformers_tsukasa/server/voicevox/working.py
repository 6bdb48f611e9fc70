# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Work of a request in the threads of the service, which ends when its client leaves."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from starlette.requests import Request

from ..context import context_of
from ..request_record import record_of
from ..streaming import pieces_while_connected, while_connected
from .engine import engine_of


if TYPE_CHECKING:
    from ...synthesis.speaker import Speaker

T = TypeVar("T")


async def looked_up(request: Request, work: "Callable[[Speaker], T]") -> T:
    """The result of a function of the model that does not speak; it waits until the model is loaded."""
    service, engine = context_of(request).service, engine_of(request)
    await request.body()
    return await while_connected(request, service.read(engine.model, work, record_of(request.scope).client))


async def all_of(request: Request, opened: "Callable[[Speaker], Iterator[T | None]]") -> list[T]:
    """All that an iterator of the model yields, but for the Nones between which others have their turn."""
    service, engine = context_of(request).service, engine_of(request)
    await request.body()

    def boxed(speaker: "Speaker") -> Iterator[list[T]]:
        return ([] if piece is None else [piece] for piece in opened(speaker))

    found: list[T] = []
    async with service.stream(engine.model, boxed, record_of(request.scope).client) as pieces:
        async for piece in pieces_while_connected(request, pieces):
            found += piece
    return found


async def last_of(request: Request, opened: "Callable[[Speaker], Iterator[T | None]]") -> T:
    """The last that an iterator of the model yields; see `all_of`."""
    return (await all_of(request, opened))[-1]


__all__ = ["all_of", "last_of", "looked_up"]
