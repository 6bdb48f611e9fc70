# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The frozen tables in `data/`: tab separated, one entry a line, `#` begins a comment."""

from importlib.resources import files


def rows(name: str, columns: int) -> list[list[str]]:
    """The lines of the table `name` as lists of `columns` fields; missing fields are empty."""
    text = files("transformers_tsukasa.text").joinpath("data", name).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(line.split("\t") + [""] * columns)[:columns] for line in lines]
