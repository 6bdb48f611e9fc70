# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Requests as work for one thread that speaks, with a fair queue before it.

A request is opened, which reads its text and takes its style, and then spoken piece by piece. Several threads open, so
that a long text does not keep others from being read; only one speaks. After every piece the next client has its turn,
so that a novel does not keep a greeting waiting, and a request whose client has gone is dropped.
"""

import asyncio
import itertools
import logging
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..models.tsukasa.speaking.voice_names import NoSuchVoiceError
from .fair_queue import FairQueue
from .model_pool import ModelPool
from .problems import ServerProblem


if TYPE_CHECKING:
    from ..synthesis.speaker import Speaker

logger = logging.getLogger(__name__)

T = TypeVar("T")

_OPENING_THREADS = 3
_PIECES_AHEAD = 2  # spoken before the client has taken them
_RETRY_LIMITS = (1, 60)  # seconds
_SECONDS_TO_END = 5.0
_SHARE_OF_LATEST = 0.2  # in the mean time that a request takes


@dataclass(frozen=True)
class Ticket:
    """A place of a client in the service, while its request is answered."""

    client: str
    order: int
    deadline: float  # of time.monotonic()


@dataclass(eq=False)
class _Job(Generic[T]):
    """A request on its way through the threads. Its state is changed under the lock of the service only."""

    ticket: Ticket
    model: str
    open: "Callable[[Speaker], Iterator[T]]"
    loop: asyncio.AbstractEventLoop
    pieces: "asyncio.Queue[tuple[T | None, Exception | None, bool]]" = field(default_factory=asyncio.Queue)
    iterator: Iterator[T] | None = None
    ahead: int = 0
    queue: "FairQueue[_Job[Any]] | None" = None  # in which it waits
    is_running: bool = False
    is_cancelled: bool = False
    is_ended: bool = False

    def deliver(self, piece: T | None, error: Exception | None = None, is_last: bool = False) -> None:
        """Hand a piece, or the end, to the event loop; a loop that has been closed waits for nothing."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.pieces.put_nowait, (piece, error, is_last))

    def close(self) -> None:
        """Let a generator end."""
        close = getattr(self.iterator, "close", None)
        if close is not None:
            close()
        self.iterator = None


class Service:
    """Speaks for requests of many clients.

    ```python
    async with service.stream("default", lambda speaker: speaker.stream(text), "a client") as pieces:
        async for piece in pieces: ...
    vector = await service.run("default", lambda speaker: speaker.style_of(clip), "a client")
    ```

    Args:
        pool: the models.
        queue: most requests that wait.
        per_client: most requests of a client at a time.
        timeout: seconds after which a request is given up.
    """

    def __init__(self, pool: ModelPool, *, queue: int = 64, per_client: int = 16, timeout: float = 600.0) -> None:
        self.pool = pool
        self._queue, self._per_client, self._timeout = queue, per_client, timeout
        self._changed = Condition()
        self._opening: FairQueue[_Job] = FairQueue()
        self._speaking: FairQueue[_Job] = FairQueue()
        self._clients: Counter[str] = Counter()
        self._orders = itertools.count()
        self._request_seconds = 1.0
        self._is_closed = self._is_closing = False
        self._threads = [
            *(self._thread(f"opening {number}", self._opening, self._open) for number in range(_OPENING_THREADS)),
            self._thread("speaking", self._speaking, self._speak),
        ]

    @property
    def active(self) -> int:
        """Number of requests that are being answered or wait."""
        return self._clients.total()

    @contextmanager
    def admit(self, client: str) -> Iterator[Ticket]:
        """Hold a place for a request of a client; call it in the event loop only.

        Raises:
            ServerProblem: 503 when the queue is full or the server shuts down, 429 when this client has too many.
        """
        if self._is_closing:
            raise ServerProblem(503, "shutting_down", "the server is shutting down: try again later", retry_after=10)
        if self._clients[client] >= self._per_client:
            message = f"this client already has {self._per_client} requests here: wait until one of them is answered"
            raise ServerProblem(429, "rate_limit_exceeded", message, retry_after=self._retry_after(1))
        if self.active > self._queue:  # one of them is being spoken
            message = f"{self._queue} requests are waiting already: try again later"
            raise ServerProblem(503, "queue_full", message, retry_after=self._retry_after(self.active))
        self._clients[client] += 1
        start = time.monotonic()
        try:
            yield Ticket(client, next(self._orders), start + self._timeout)
        finally:
            self._clients[client] -= 1
            self._clients += Counter()  # drops clients without requests
            latest = time.monotonic() - start
            self._request_seconds += _SHARE_OF_LATEST * (latest - self._request_seconds)

    @asynccontextmanager
    async def stream(
        self, model: str, open: "Callable[[Speaker], Iterator[T]]", client: str | Ticket
    ) -> AsyncIterator[AsyncIterator[T]]:
        """Give what an iterator of a model yields, piece by piece; leaving the context drops the rest.

        Args:
            model: its id.
            open: returns the iterator; called in a thread that does not speak, so it may read texts but not speak.
            client: whose turn it takes, or the ticket of a request that is admitted already.

        Raises:
            ServerProblem: as of `admit` and `ModelPool.speaker`, and 503 when the time is over.
            Exception: whatever `open` and the iterator raise.
        """
        if isinstance(client, str):
            with self.admit(client) as ticket:
                async with self.stream(model, open, ticket) as pieces:
                    yield pieces
            return
        job = _Job(client, model, open, asyncio.get_running_loop())
        self._enqueue(job, self._opening)
        try:
            yield self._pieces(job)
        finally:
            self._cancel(job)

    async def run(self, model: str, work: "Callable[[Speaker], T]", client: str | Ticket) -> T:
        """Return what a function of a model returns, computed in the thread that speaks; see `stream`."""

        def once(speaker: "Speaker") -> Iterator[T]:
            yield work(speaker)

        return await self._only(model, once, client)

    async def read(self, model: str, work: "Callable[[Speaker], T]", client: str | Ticket) -> T:
        """Return what a function of a model returns that only reads text: computed while others speak."""

        def opened(speaker: "Speaker") -> Iterator[T]:
            return iter((work(speaker),))

        return await self._only(model, opened, client)

    async def _only(self, model: str, open: "Callable[[Speaker], Iterator[T]]", client: str | Ticket) -> T:
        """Return the only piece of a stream."""
        async with self.stream(model, open, client) as pieces:
            async for result in pieces:
                return result
        raise AssertionError("a stream of one piece has ended before it")

    def refuse_new(self) -> None:
        """Admit no more requests; those that are here are answered."""
        self._is_closing = True

    def close(self) -> None:
        """End the threads, each after what it does now."""
        self.refuse_new()
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def join(self) -> None:
        """Wait until the threads have ended, but not long: they may be loading a model."""
        for thread in self._threads:
            thread.join(_SECONDS_TO_END)

    async def _pieces(self, job: _Job[T]) -> AsyncIterator[T]:
        while True:
            piece, error, is_last = await job.pieces.get()
            if error is not None:
                raise error
            if is_last:
                return
            with self._changed:
                job.ahead -= 1
                self._speak_on(job)
            yield piece  # type: ignore[misc]  # only the end has none

    def _retry_after(self, requests: int) -> int:
        least, most = _RETRY_LIMITS
        return max(least, min(most, math.ceil(requests * self._request_seconds)))

    def _enqueue(self, job: _Job, queue: FairQueue[_Job]) -> None:
        with self._changed:
            job.queue = queue
            queue.add(job.ticket.client, job.ticket.order, job)
            self._changed.notify_all()

    def _speak_on(self, job: _Job) -> None:
        """Queue a job for its next piece unless it is at work or has enough pieces ahead; under the lock."""
        is_idle = job.iterator is not None and job.queue is None and not job.is_running
        if is_idle and job.ahead < _PIECES_AHEAD and not job.is_cancelled and not job.is_ended:
            self._enqueue(job, self._speaking)

    def _cancel(self, job: _Job) -> None:
        with self._changed:
            job.is_cancelled = True
            if job.queue is not None:
                job.queue.remove(job.ticket.client, job.ticket.order)
                job.queue = None
            if not job.is_running:
                job.close()

    def _thread(self, name: str, queue: FairQueue[_Job], act: Callable[[_Job], None]) -> Thread:
        thread = Thread(target=self._work, args=(queue, act), name=f"tsukasa {name}", daemon=True)
        thread.start()
        return thread

    def _work(self, queue: FairQueue[_Job], act: Callable[[_Job], None]) -> None:
        while True:
            with self._changed:
                while (job := queue.take()) is None:
                    if self._is_closed:
                        return
                    self._changed.wait()
                job.queue, job.is_running = None, True
            try:
                if time.monotonic() > job.ticket.deadline:
                    message = f"the request has not been answered within {self._timeout:g} s: try again later"
                    raise ServerProblem(503, "timeout", message, retry_after=_RETRY_LIMITS[1])
                act(job)
            except NoSuchVoiceError as error:  # removed by another client since its name was looked up
                self._end(job, ServerProblem(404, "voice_not_found", str(error.args[0]), param="voice"))
            except Exception as error:  # whatever it is, it is an answer to this request and not the end of the thread
                self._end(job, error)
            del job  # or it stays in memory until the next one comes

    def _open(self, job: _Job) -> None:
        iterator = job.open(self.pool.speaker(job.model))
        with self._changed:
            job.iterator, job.is_running = iterator, False
            if job.is_cancelled:
                job.close()
            self._speak_on(job)

    def _speak(self, job: _Job) -> None:
        assert job.iterator is not None
        try:
            piece = next(job.iterator)
        except StopIteration:
            self._end(job, None)
            return
        with self._changed:
            job.is_running = False
            job.ahead += 1
            if job.is_cancelled:
                job.close()
            self._speak_on(job)
        job.deliver(piece)

    def _end(self, job: _Job, error: Exception | None) -> None:
        with self._changed:
            job.is_running, job.is_ended = False, True
            job.close()
        job.deliver(None, error, is_last=True)


__all__ = ["Service", "Ticket"]
