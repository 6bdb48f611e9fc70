# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What a conversion did, as a table."""

from dataclasses import dataclass, field

from .errors import shorten


@dataclass
class Row:
    """One module of the original.

    Attributes:
        module (`str`): its name.
        tensors (`int`): tensors stored in the file.
        values (`int`): numbers in them.
        place (`str`): where they went, or `dropped`.
        notes (`list[str]`): why something was dropped, where it came from.
    """

    module: str
    tensors: int
    values: int
    place: str
    notes: list[str] = field(default_factory=list)


@dataclass
class Report:
    """Everything that the end of a conversion tells.

    Attributes:
        source (`str`): what was converted.
        output (`str`): where the model is now.
        rows (`list[Row]`): a row for every module.
        voices (`list[str]`): names of the voices made from clips.
        notes (`list[str]`): what was assumed.
    """

    source: str
    output: str
    rows: list[Row] = field(default_factory=list)
    voices: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def table(self) -> str:
        """The rows aligned in columns, the notes below."""
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
    # Numbers to the right, words to the left.
    cells = [
        cell.rjust(width) if column in (1, 2) else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
