# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Tsukasa Speech as a citizen of transformers."""

from .version import __version__


__all__ = ["__version__"]
