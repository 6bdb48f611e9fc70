# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""How the worker processes of every room behave."""

import multiprocessing
import os
import signal
import threading

import torch


def behave_as_worker() -> None:
    """Called first in a worker process: one thread, and no life without the main process."""
    # The queue that a worker waits at stays open among the workers: nothing else tells them that they are alone.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Ctrl-C reaches every process; the main one has something to say about it.
    signal.signal(signal.SIGINT, lambda *_: os._exit(1))
    torch.set_num_threads(1)


def _end_with_parent() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)


__all__ = ["behave_as_worker"]
