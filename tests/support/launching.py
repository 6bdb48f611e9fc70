# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Starts trainings in several processes that reduce by gloo."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import torch


TESTS = Path(__file__).resolve().parents[1]
SCRIPT = TESTS / "support/training_processes.py"
PLACES = os.pathsep.join([str(TESTS), *sys.path])


def launch(count, folder, kind, *changes):
    """Runs the script in so many processes that reduce by gloo, and returns what each left."""
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {**os.environ, "OMP_NUM_THREADS": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    shared.update(ACCELERATE_USE_CPU="true", PYTHONPATH=PLACES)
    command = [sys.executable, str(SCRIPT), kind, str(folder), *changes]
    processes = []
    for rank in range(count):
        places = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count)}
        environment = {**shared, **(places if count > 1 else {})}
        processes.append(
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        )
    printed = [process.communicate(timeout=500)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * count, "\n".join(printed)[-4000:]
    return [torch.load(folder / f"result-{rank}.pt", weights_only=True) for rank in range(count)], printed


def assert_equal_weights(one, other, **tolerance):
    for name, value in one["state"].items():
        torch.testing.assert_close(
            value, other["state"][name], msg=lambda text, name=name: f"{name}: {text}", **tolerance
        )
