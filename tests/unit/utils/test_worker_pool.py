# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import logging
import os
import signal
import subprocess
import sys
import time
import warnings
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from transformers_tsukasa.utils.worker_pool import WorkerPool, behave_as_worker, loading_again


def _interrupted_at_its_start():
    os.kill(os.getpid(), signal.SIGINT)
    behave_as_worker()


def _wait(seconds):
    time.sleep(seconds)
    return seconds


def _die(task):
    os._exit(1)


def _surroundings(name):
    return os.getcwd(), os.environ.get(name), os.environ.get("GONE")


def _refuse(task):
    raise LookupError(f"no task {task}")


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="there are no masks of signals on Windows")
def test_a_worker_that_is_interrupted_while_it_starts_ends_without_a_traceback(capfd):
    pool = WorkerPool(1, _interrupted_at_its_start)
    with pytest.raises(BrokenProcessPool):
        pool.submit(os.getpid).result()
    pool.shutdown()
    assert "Traceback" not in capfd.readouterr().err
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


_SERVER_OF_ANOTHER = """
import multiprocessing.forkserver, os, signal
from concurrent.futures.process import BrokenProcessPool

signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in a job in the background of a shell
multiprocessing.forkserver.ensure_running()
signal.signal(signal.SIGINT, signal.default_int_handler)
import test_worker_pool
try:
    print(test_worker_pool.WorkerPool(1, test_worker_pool._interrupted_at_its_start).submit(os.getpid).result())
except BrokenProcessPool:
    print("ended")
"""


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="there are no masks of signals on Windows")
def test_an_interruption_is_kept_for_a_worker_of_a_server_that_something_else_has_started():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    command = [sys.executable, "-c", _SERVER_OF_ANOTHER]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.stdout, "Traceback" in done.stderr) == ("ended\n", False), done.stderr


def test_results_come_in_the_order_of_their_tasks():
    delays = [1.0, 0.0, 0.1]
    assert list(WorkerPool(2, behave_as_worker).map_bounded(_wait, delays, remedy="", in_order=True)) == delays


def test_workers_are_where_the_main_process_is_when_they_start(tmp_path, monkeypatch):
    for number in ("1", "2"):
        folder = tmp_path / number
        folder.mkdir()
        monkeypatch.chdir(folder)
        monkeypatch.setenv("NUMBER", number)
        monkeypatch.delenv("GONE", raising=False)
        pool = WorkerPool(1, behave_as_worker)
        monkeypatch.setenv("GONE", "1")
        (found,) = pool.map_bounded(_surroundings, ["NUMBER"], remedy="")
        assert found == (str(folder), number, None)


def test_few_tasks_are_taken_ahead():
    taken = []

    def tasks():
        for number in range(20):
            taken.append(number)
            yield 0.0

    results = WorkerPool(1, behave_as_worker).map_bounded(_wait, tasks(), remedy="")
    next(results)
    assert len(taken) == 2
    assert len(list(results)) == 19 and len(taken) == 20


def test_a_killed_worker_is_one_sentence():
    with pytest.raises(RuntimeError, match="a worker process was killed, probably out of memory: set `workers` lower"):
        list(WorkerPool(1, behave_as_worker).map_bounded(_die, [0.0], remedy="set `workers` lower"))


def test_an_error_of_a_task_ends_the_pool():
    pool = WorkerPool(1, behave_as_worker)
    with pytest.raises(LookupError, match="no task 1"):
        list(pool.map_bounded(_refuse, [1, 2, 3], remedy=""))
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(_wait, 0.0)


def test_a_loop_that_is_left_ends_workers_at_once():
    results = WorkerPool(1, behave_as_worker).map_bounded(_wait, [0.0, 60.0], remedy="")
    assert next(results) == 0.0
    start = time.monotonic()
    results.close()
    assert time.monotonic() - start < 30


def test_what_is_loaded_again_is_reported_once(caplog, recwarn):
    def load():
        logging.getLogger("transformers_tsukasa").warning("a line cannot be read")
        warnings.warn("an old format", stacklevel=1)
        logging.getLogger("transformers_tsukasa").error("the file is damaged")

    with pytest.raises(LookupError), loading_again():
        load()
        raise LookupError
    assert caplog.messages == ["the file is damaged"] and not recwarn
    load()
    assert caplog.messages.count("a line cannot be read") == 1 and len(recwarn) == 1
