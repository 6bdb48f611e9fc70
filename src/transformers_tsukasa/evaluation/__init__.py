# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Quality of a model: `evaluate` for a test set, and single metrics as functions and as modules of Hugging Face's
package `evaluate`."""

from typing import TYPE_CHECKING, Any

from .modules import METRICS, load, module_path


if TYPE_CHECKING:
    from .run import evaluate


def __getattr__(name: str) -> Any:
    if name != "evaluate":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .run import evaluate  # imports the model and data, which metrics do not need

    return evaluate


__all__ = ["METRICS", "evaluate", "load", "module_path"]
