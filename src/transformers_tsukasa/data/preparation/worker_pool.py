# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Shards by several processes, which end when they are told to and when nobody is left to tell them."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from ...utils.worker_pool import WorkerPool, behave_as_worker
from .row_preparation import RowPreparer
from .shards import ShardTask, write_shard


_worker: dict[str, Any] = {}


def _start_worker(preparer: RowPreparer, speaker_ids: dict[str, int], work: Path) -> None:
    behave_as_worker()
    _worker.update(preparer=preparer, speaker_ids=speaker_ids, work=work)


def _work(task: ShardTask) -> int:
    write_shard(_worker["preparer"], task, _worker["speaker_ids"], _worker["work"])
    return len(task.rows)


def run_processes(
    preparer: RowPreparer,
    pending: Sequence[ShardTask],
    speaker_ids: dict[str, int],
    work: Path,
    workers: int,
    advance: Callable[[int], None],
) -> None:
    """Writes shards by several processes.

    Args:
        preparer: what the workers do; each gets its own.
        pending: the shards.
        speaker_ids: the id of every speaker.
        work: the folder for the shards.
        workers: number of processes.
        advance: called with the number of rows that were finished since.

    Raises:
        RuntimeError: when a worker was killed.
    """
    fresh = RowPreparer(preparer.source, preparer.settings)
    executor = WorkerPool(workers, _start_worker, (fresh, speaker_ids, work))
    try:
        for future in _as_they_finish(executor, pending, 2 * workers):
            advance(future.result())
        executor.shutdown()
    except BrokenProcessPool as error:
        raise RuntimeError(
            "a worker process was killed, probably for want of memory: give the same command again with fewer "
            "--workers; finished shards are kept"
        ) from error
    except BaseException:
        executor.shutdown(wait=True, cancel_futures=True)
        raise


def _as_they_finish(executor: WorkerPool, tasks: Sequence[ShardTask], ahead: int) -> Iterator[Future]:
    """Futures in the order in which they end; no more than `ahead` of them wait at a time."""
    waiting: set[Future] = set()
    for task in tasks:
        waiting.add(executor.submit(_work, task))
        if len(waiting) >= ahead:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from done
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        yield from done
