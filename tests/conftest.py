# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Settings of every test, and the line that counts the tests skipped for lack of recorded data."""

import gc
import logging
import os

import pytest


# Tests never reach for a hub: whatever is missing locally must fail with our own sentence.
os.environ.setdefault("HF_HUB_OFFLINE", "1")


@pytest.fixture(autouse=True)
def logger_as_it_was():
    """Commands and scripts set the package's logger for their process; here the next test would miss its records."""
    logger = logging.getLogger("transformers_tsukasa")
    level, propagates, handlers = logger.level, logger.propagate, list(logger.handlers)
    yield
    logger.setLevel(level)
    logger.propagate, logger.handlers = propagates, handlers


def pytest_collection_finish():
    """Trainers collect garbage: what was imported for thousands of tests stays, and need not be looked through."""
    gc.collect()
    gc.freeze()


def skipped_for_recorded_data(skipped) -> int:
    """Number of skipped tests whose reason is a missing recorded file: `support.shared_data` names the variable."""
    return sum("TSUKASA_SHARED" in str(report.longrepr) for report in skipped)


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        number = skipped_for_recorded_data(skipped)
        terminalreporter.write_line(
            f"Skipped tests: {len(skipped)}, {number} of them for lack of recorded data (see "
            "CONTRIBUTING.md, Recorded data)"
        )
