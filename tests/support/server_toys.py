# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Servers for tests: a tiny model in process or on a real port, and a stand-in that speaks at once."""

import asyncio
import contextlib
import functools
import threading
import time

import torch

from support.tiny import save_speaking, tiny_model
from transformers_tsukasa.server.settings import ServerSettings


MODEL = "tiny"


def save_server_model(parent):
    """Write a tiny model with the voices a and b; return its folder."""
    model = tiny_model()
    model.voices.add("a", 0.1 * torch.ones(16), "a steady voice")
    model.voices.add("b", -0.1 * torch.ones(16))
    model.generation_config.voice = "a"
    model.generation_config.alpha = model.generation_config.beta = 0.0  # diffusion takes most of the time
    return save_speaking(model, parent / MODEL)


def server_settings(folder, state, **changes):
    """Settings of a server with the model of a folder."""
    return ServerSettings(**{"models": (str(folder),), "state": state, "port": 0, "seed": 7, **changes})


@contextlib.contextmanager
def running_app(settings):
    """An application whose threads end with the context."""
    from transformers_tsukasa.server.app import create_app

    app = create_app(settings)
    try:
        yield app
    finally:
        app.state.context.service.close()


def asked(app, method, path, headers=None, **arguments):
    """The answer of an application, without a socket."""
    return asyncio.run(asked_here(app, method, path, headers, **arguments))


async def asked_here(app, method, path, headers=None, **arguments):
    """The answer of an application, within an event loop."""
    import httpx

    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=300) as client:
        return await client.request(method, path, headers=headers, **arguments)


def speech(app, headers=None, path="/v1/audio/speech", **fields):
    """The answer to a request for speech."""
    return asked(app, "POST", path, headers, json=fields)


@contextlib.contextmanager
def on_a_port(app):
    """The address of an application on a free port of this machine."""
    import uvicorn

    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


def wait_until(condition, seconds=100.0):
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        time.sleep(0.01)


def with_event_loop(test):
    """A test that is a coroutine."""

    @functools.wraps(test)
    def run(*arguments, **named):
        return asyncio.run(asyncio.wait_for(test(*arguments, **named), 300))

    return run
