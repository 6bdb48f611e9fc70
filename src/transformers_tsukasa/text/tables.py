# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The frozen tables in `data/`: text in UTF-8, `#` begins a comment line."""

import gzip
from importlib.resources import files


def lines(name: str) -> list[str]:
    """The lines of the file `name` without comments and empty lines; a name that ends in .gz is unpacked."""
    content = (files("transformers_tsukasa.text") / "data" / name).read_bytes()
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def rows(name: str, columns: int) -> list[list[str]]:
    """The lines of the table `name` as lists of `columns` fields between tabs; missing fields are empty."""
    return [(line.split("\t") + [""] * columns)[:columns] for line in lines(name)]
