# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""How good a voice is: metrics, as modules of the package `evaluate` and as plain functions."""

from .modules import METRICS, load, module_path


__all__ = ["METRICS", "load", "module_path"]
