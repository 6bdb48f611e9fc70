# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import importlib.util

import pytest

from support.server_toys import running_app, save_server_model, server_settings


_MISSING = [name for name in ("fastapi", "httpx", "multipart", "uvicorn") if importlib.util.find_spec(name) is None]


class _SkippedModule(pytest.Module):
    """A module of tests that cannot be imported."""

    def collect(self):
        pytest.skip(f"serving needs {', '.join(_MISSING)}: of the extra test", allow_module_level=True)


def pytest_pycollect_makemodule(module_path, parent):
    """Skip all modules of this folder where a package is missing."""
    return _SkippedModule.from_parent(parent, path=module_path) if _MISSING else None


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
