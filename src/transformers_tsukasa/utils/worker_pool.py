# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""How the worker processes of every room behave."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any

import torch


class WorkerPool(ProcessPoolExecutor):
    """Fresh processes, since forked ones would inherit the threads of torch in an unknown state. A worker hears Ctrl-C
    only once `behave_as_worker` has been called in it: in the seconds of its imports it would answer with a traceback.

    Args:
        workers: number of processes.
        initializer: called first in every worker; calls `behave_as_worker`.
        arguments: of it.
    """

    def __init__(self, workers: int, initializer: Callable[..., None], arguments: tuple = ()) -> None:
        super().__init__(workers, multiprocessing.get_context("spawn"), initializer, arguments)

    def submit(self, *work: Any, **keywords: Any) -> Future:
        """As of `ProcessPoolExecutor`, which starts the workers here; they inherit what is blocked meanwhile."""
        _hear_interrupts(False)
        try:
            return super().submit(*work, **keywords)
        finally:
            _hear_interrupts(True)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As of `ProcessPoolExecutor`; after Ctrl-C nobody waits for workers that do not hear yet."""
        if isinstance(sys.exc_info()[1], (KeyboardInterrupt, GeneratorExit)):
            for process in list((self._processes or {}).values()):
                process.terminate()
        super().shutdown(wait, cancel_futures=cancel_futures)


def behave_as_worker() -> None:
    """Called first in a worker process: one thread, and no life without the main process."""
    # The queue that a worker waits at stays open among the workers: nothing else tells them that they are alone.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Ctrl-C reaches every process; the main one has something to say about it.
    signal.signal(signal.SIGINT, lambda *_: os._exit(1))
    _hear_interrupts(True)
    torch.set_num_threads(1)


def _hear_interrupts(hear: bool) -> None:
    """Whether Ctrl-C is answered now or kept until it is heard again."""
    if hasattr(signal, "pthread_sigmask"):  # Windows has none
        signal.pthread_sigmask(signal.SIG_UNBLOCK if hear else signal.SIG_BLOCK, {signal.SIGINT})


def _end_with_parent() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)


__all__ = ["WorkerPool", "behave_as_worker"]
