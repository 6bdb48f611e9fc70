# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import os
import signal
from concurrent.futures.process import BrokenProcessPool

import pytest

from transformers_tsukasa.utils.worker_pool import WorkerPool, behave_as_worker


def _interrupted_at_its_start():
    os.kill(os.getpid(), signal.SIGINT)
    behave_as_worker()


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="there are no masks of signals on Windows")
def test_a_worker_that_is_interrupted_at_its_start_ends_without_a_word(capfd):
    pool = WorkerPool(1, _interrupted_at_its_start)
    with pytest.raises(BrokenProcessPool):
        pool.submit(os.getpid).result()
    pool.shutdown()
    assert "Traceback" not in capfd.readouterr().err
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_workers_work():
    with WorkerPool(1, behave_as_worker) as pool:
        assert pool.submit(sum, [1, 2]).result() == 3
