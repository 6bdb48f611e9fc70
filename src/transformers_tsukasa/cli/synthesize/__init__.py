# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa synthesize`: speak a list of texts into shards of a data set."""

from .command import add_arguments, run


__all__ = ["add_arguments", "run"]
