# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The examples of docs/readings.md do what the page says."""

import doctest
from pathlib import Path


def test_examples_of_the_readings_page():
    page = Path(__file__).resolve().parents[2] / "docs" / "readings.md"
    text = page.read_text(encoding="utf-8").replace("```", "")
    examples = doctest.DocTestParser().get_doctest(text, {}, "readings.md", str(page), 0)
    assert len(examples.examples) > 20
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    runner.run(examples, out=report.append)
    assert runner.failures == 0, "".join(report)
