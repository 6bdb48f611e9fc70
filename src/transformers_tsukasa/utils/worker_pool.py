# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Worker processes: how they start, get their work, and end."""

import logging
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.context import BaseContext
from typing import Any, TypeVar

import torch


Task = TypeVar("Task")
Result = TypeVar("Result")

# Tasks that wait for each worker: one in work and one at hand, so that no worker waits for the main process.
_TASKS_PER_WORKER = 2


class WorkerPool(ProcessPoolExecutor):
    """A pool of processes that do not inherit the threads of torch in an unknown state, as forks of this one would.

    Where the system can, they are forks of a process that has imported the module of the initializer and done nothing
    else: imports take seconds, and so only once.

    A worker answers Ctrl-C only once `behave_as_worker` has been called in it: during the seconds of its imports it
    would answer with a traceback.

    Args:
        workers: number of processes.
        initializer: called first in every worker; calls `behave_as_worker`.
        arguments: of the initializer.
    """

    def __init__(self, workers: int, initializer: Callable[..., None], arguments: tuple = ()) -> None:
        surroundings = os.getcwd(), dict(os.environ)
        super().__init__(workers, _context(initializer.__module__), _begin, (surroundings, initializer, arguments))
        self.workers = workers

    def map_bounded(
        self, function: Callable[[Task], Result], tasks: Iterable[Task], *, remedy: str, in_order: bool = False
    ) -> Iterator[Result]:
        """Yield the result of every task, holding a few tasks for each worker and not all of them.

        The pool is shut down at the end: without delay after Ctrl-C, and without the waiting tasks after any error.

        Args:
            function: run in a worker; like its tasks and results it must be picklable.
            tasks: taken one after another as workers become free, so that they may be made while others are in work.
            remedy: what to do when a worker was killed, and what is kept; the end of the error's sentence.
            in_order: yield the results in the order of the tasks, not as they finish.

        Raises:
            RuntimeError: when a worker was killed.
        """
        waiting: list[Future[Result]] = []
        try:
            for task in tasks:
                waiting.append(self.submit(function, task))
                if len(waiting) >= _TASKS_PER_WORKER * self.workers:
                    for future in _finished(waiting, in_order):
                        yield future.result()
            while waiting:
                for future in _finished(waiting, in_order):
                    yield future.result()
        except BrokenProcessPool as error:
            raise RuntimeError(f"a worker process was killed, probably out of memory: {remedy}") from error
        finally:
            self.shutdown(cancel_futures=True)

    def submit(self, *work: Any, **keywords: Any) -> Future:
        """Submit as `ProcessPoolExecutor` does, which starts workers here; they inherit the blocked signals."""
        _answer_interrupts(False)
        try:
            return super().submit(*work, **keywords)
        finally:
            _answer_interrupts(True)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut down as `ProcessPoolExecutor` does; after Ctrl-C, end workers that do not answer it yet."""
        if isinstance(sys.exc_info()[1], (KeyboardInterrupt, GeneratorExit)):
            for process in list((self._processes or {}).values()):
                process.terminate()
        super().shutdown(wait, cancel_futures=cancel_futures)


def _context(module: str) -> BaseContext:
    """How workers start: forked from a server that has imported the module, or fresh where there is none."""
    if "forkserver" not in multiprocessing.get_all_start_methods():  # Windows
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([module])
    return context


def _begin(surroundings: tuple[str, dict[str, str]], initializer: Callable[..., None], arguments: tuple) -> None:
    """Start a worker as one of the main process: a server has the folder and the environment of its own start.

    It exits at Ctrl-C, which the main process reports. A server that something else has started may ignore it.
    """
    signal.signal(signal.SIGINT, lambda *_: os._exit(1))
    folder, environment = surroundings
    os.chdir(folder)
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
    initializer(*arguments)


def _finished(waiting: list[Future], in_order: bool) -> list[Future]:
    """Wait for a future (the first one if `in_order`), remove those that finished from `waiting` and return them."""
    if in_order:
        wait(waiting[:1])
        return [waiting.pop(0)]
    done, left = wait(waiting, return_when=FIRST_COMPLETED)
    finished = [future for future in waiting if future in done]  # in their order, which a set does not keep
    waiting[:] = [future for future in waiting if future in left]
    return finished


def behave_as_worker() -> None:
    """Use one thread, exit when the parent exits, and let Ctrl-C through; called first in a worker process."""
    # The queue that a worker waits for stays open among the workers: nothing else tells them that they are alone.
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    _answer_interrupts(True)
    torch.set_num_threads(1)


@contextmanager
def loading_again() -> Iterator[None]:
    """Keep back warnings on what a worker loads: the main process has loaded it before, and reported them once."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def _answer_interrupts(answer: bool) -> None:
    """Let Ctrl-C through, or keep it back until it is let through again."""
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_UNBLOCK if answer else signal.SIG_BLOCK, {signal.SIGINT})


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


__all__ = ["WorkerPool", "behave_as_worker", "loading_again"]
