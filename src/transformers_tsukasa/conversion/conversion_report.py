# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The report of a conversion, as a table."""

from dataclasses import dataclass, field

from .errors import shorten


@dataclass
class Row:
    """One published module.

    Args:
        module: its name.
        tensors: number of tensors in the file.
        values: number of values in them.
        place: their part of our model or their sub-folder, or `dropped`.
        notes: the file they come from, and why tensors were dropped.
    """

    module: str
    tensors: int
    values: int
    place: str
    notes: list[str] = field(default_factory=list)


@dataclass
class Report:
    """The result of a conversion.

    Args:
        source: the converted checkpoint.
        output: the model folder.
        rows: a row for every module.
        voices: names of the voices made from clips.
        notes: values that were assumed, and files that were not used.
    """

    source: str
    output: str
    rows: list[Row] = field(default_factory=list)
    voices: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def table(self) -> str:
        """The rows aligned in columns, with the notes below."""
        header = ("module", "tensors", "values", "place", "notes")
        lines = [
            (row.module, str(row.tensors), f"{row.values:,}", row.place, "; ".join(row.notes)) for row in self.rows
        ]
        total = (
            "total",
            str(sum(row.tensors for row in self.rows)),
            f"{sum(row.values for row in self.rows):,}",
            "",
            "",
        )
        widths = [max(len(line[column]) for line in (header, *lines, total)) for column in range(len(header))]
        text = [_format(line, widths) for line in (header, tuple("-" * width for width in widths), *lines, total)]
        if self.voices:
            text.append(f"voices: {shorten(self.voices, 20)}")
        text += [f"note: {note}" for note in self.notes]
        text.append(f"{self.source} -> {self.output}")
        return "\n".join(text)


def _format(line: tuple[str, ...], widths: list[int]) -> str:
    # Numbers are aligned to the right, words to the left.
    cells = [
        cell.rjust(width) if column in (1, 2) else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
