# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A server as a process: its socket, its signals, and its end."""

import errno
import logging
import signal
import socket
from collections.abc import Callable
from contextlib import closing
from types import FrameType

import uvicorn

from ..utils.file_lock import one_at_a_time
from .app import create_app
from .context import ServerContext
from .settings import ServerSettings


logger = logging.getLogger(__name__)

_WAITING_CONNECTIONS = 128
_SECONDS_TO_FINISH = 30  # for requests that are spoken when the server is told to end


def run_server(settings: ServerSettings, announce: Callable[[list[str]], None]) -> None:
    """Answer requests until the process is told to end; requests that are spoken then are finished.

    Args:
        settings: of the server.
        announce: is called with the addresses when they can be used.

    Raises:
        OSError: when the port is taken or the host is not this machine's, and `BlockingIOError` when another server
            uses the state folder.
        ValueError: when the settings do not fit together.
    """
    with closing(_bound(settings.host, settings.port)) as bound:
        port = bound.getsockname()[1]
        settings.state.mkdir(parents=True, exist_ok=True)
        taken = f"another server uses the folder '{settings.state}': give this one another `state`"
        with one_at_a_time(settings.state / ".server.lock", taken):
            app = create_app(settings)
            context: ServerContext = app.state.context
            if not settings.is_loopback and not settings.api_keys:
                logger.warning("everyone who reaches %s can use this server: set an `api_key`", settings.host)
            config = uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_SECONDS_TO_FINISH,
                lifespan="on",
            )
            base = f"http://{_in_address(settings.host)}:{port}"
            _Server(config, context, lambda: announce([f"{base}/v1", f"{base}/docs"])).run(sockets=[bound])
            context.service.join()


class _Server(uvicorn.Server):
    """Tells when it is ready, and refuses new requests as soon as it is told to end."""

    def __init__(self, config: uvicorn.Config, context: ServerContext, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._context, self._ready = context, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._context.service.refuse_new()
        # Not the base class's, which raises the signal again at the end: finishing in order is no failure.
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def _bound(host: str, port: int) -> socket.socket:
    """A socket that is bound before anything is loaded."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except (OSError, UnicodeError) as error:
        raise OSError(f"there is no host '{host}' ({error}): give another `host`") from error
    try:
        return socket.create_server((host, port), family=family, backlog=_WAITING_CONNECTIONS)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OSError(f"port {port} of {host} is taken by another program: give another `port`") from error
        reason = error.strerror or error
        raise OSError(f"cannot use port {port} of {host} ({reason}): give another `host` or `port`") from error


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


__all__ = ["run_server"]
