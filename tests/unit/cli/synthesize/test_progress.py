# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import io

import pytest

from transformers_tsukasa.cli.synthesize.progress import speech_progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test turns."""
    now = [100.0]
    monkeypatch.setattr("transformers_tsukasa.cli.synthesize.progress.time.monotonic", lambda: now[0])
    return now


def test_a_log_gets_a_line_a_minute(clock, capsys):
    with speech_progress(9, quiet=False) as count:
        for seconds in (30.0, 50.0, 90.0, 10.0):
            clock[0] += 25.0
            count(seconds)
    assert capsys.readouterr().err == "3 of 9 rows, 2.3 s of speech a second\n"


def test_nothing_is_shown_when_nothing_is_wanted(clock, capsys):
    with speech_progress(9, quiet=True) as count:
        clock[0] += 100.0
        count(1.0)
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar(monkeypatch):
    screen = io.StringIO()
    screen.isatty = lambda: True
    monkeypatch.setattr("sys.stderr", screen)
    with speech_progress(1, quiet=False) as count:
        count(5.0)
    assert "1/1" in screen.getvalue() and "s of speech a second" in screen.getvalue()
