# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Starts trainings in several processes that reduce by gloo."""

import multiprocessing
import os
import socket
import sys
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from unittest.mock import patch

import torch

from support import training_processes


TESTS = Path(__file__).resolve().parents[1]
SCRIPT = Path(training_processes.__file__)
PLACES = os.pathsep.join([str(TESTS), *sys.path])

# Every process is the copy of one that has imported what they need, which takes longer than the trainings.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([training_processes.__name__])
with patch.dict(os.environ, PYTHONPATH=PLACES):  # it imports before it learns where this process looks
    ensure_running()  # before a pool of workers starts it


def launch(count, folder, kind, *changes):
    """Runs `training_processes` in so many processes that reduce by gloo, and returns what each left and printed."""
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {
        "OMP_NUM_THREADS": "1",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "ACCELERATE_USE_CPU": "true",
    }
    processes = []
    for rank in range(count):
        places = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count)}
        environment = {**os.environ, **shared, **(places if count > 1 else {})}
        arguments = (environment, _printed(folder, rank), kind, str(folder), *changes)
        processes.append(_CONTEXT.Process(target=training_processes.run_elsewhere, args=arguments))
    for process in processes:
        process.start()
    for process in processes:
        process.join(500)
    files = [_printed(folder, rank) for rank in range(count)]
    printed = [file.read_text(encoding="utf-8") if file.exists() else "nothing was printed" for file in files]
    assert [process.exitcode for process in processes] == [0] * count, "\n".join(printed)[-4000:]
    return [torch.load(folder / f"result-{rank}.pt", weights_only=True) for rank in range(count)], printed


def _printed(folder, rank):
    return folder.with_name(f"{folder.name}-printed-{rank}.txt")


def assert_equal_weights(one, other, **tolerance):
    for name, value in one["state"].items():
        torch.testing.assert_close(
            value, other["state"][name], msg=lambda text, name=name: f"{name}: {text}", **tolerance
        )
