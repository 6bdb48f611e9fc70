# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Findings of `tsukasa doctor`: rows of one table."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from ...utils.wording import counted, display_width


OK, WARNING, PROBLEM = "ok", "warning", "problem"

_MARKS = {OK: "ok", WARNING: "warning", PROBLEM: "PROBLEM"}
_WIDTH = 118


@dataclass(frozen=True)
class Finding:
    """A row of the table.

    Args:
        level: `OK`, `WARNING` (the run works, but check this) or `PROBLEM` (it will not do what it should).
        subject: the part of the run that was examined.
        state: what was found.
        advice: how to change it.
    """

    level: str
    subject: str
    state: str
    advice: str = ""


def table(findings: Iterable[Finding]) -> str:
    """The rows as text, long ones in several lines."""
    findings = list(findings)
    names = max((display_width(finding.subject) for finding in findings), default=0)
    lines = []
    for finding in findings:
        text = f"{finding.state}: {finding.advice}" if finding.advice else finding.state
        first = f"{_MARKS[finding.level]:8}{finding.subject}{' ' * (names - display_width(finding.subject))}  "
        width = max(40, _WIDTH - 10 - names)
        parts = [part for line in text.splitlines() for part in textwrap.wrap(line, width)] or [""]
        lines += [(first if place == 0 else " " * (names + 10)) + part for place, part in enumerate(parts)]
    return "\n".join(lines)


def summary(findings: Iterable[Finding]) -> str:
    """One line on all rows."""
    levels = [finding.level for finding in findings]
    warnings = counted(levels.count(WARNING), "warning")
    if PROBLEM in levels:
        return f"{counted(levels.count(PROBLEM), 'problem')}, {warnings}: do not start this run yet"
    return f"no problems, {warnings}"


__all__ = ["OK", "PROBLEM", "WARNING", "Finding", "summary", "table"]
