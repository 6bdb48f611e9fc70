# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest


for package in ("fastapi", "httpx", "multipart", "uvicorn"):
    pytest.importorskip(package, reason=f"serving needs {package}, of the extra serve or test")

from support.server_toys import running_app, save_server_model, server_settings  # noqa: E402 - they need the packages


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory):
    return save_server_model(tmp_path_factory.mktemp("server"))


@pytest.fixture(scope="session")
def app(model_folder, tmp_path_factory):
    """A server for tests that change nothing."""
    with running_app(server_settings(model_folder, tmp_path_factory.mktemp("state"))) as app:
        yield app


@pytest.fixture
def new_app(model_folder, tmp_path):
    """Makes servers of their own."""
    contexts = []

    def make(**changes):
        context = running_app(server_settings(model_folder, changes.pop("state", tmp_path / "state"), **changes))
        contexts.append(context)
        return context.__enter__()

    yield make
    for context in contexts:
        context.__exit__(None, None, None)
