# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Options that several commands have: the model, and the device it runs on."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from ..synthesis.speaker import Speaker


def add_model_argument(parser: argparse.ArgumentParser) -> None:
    """Add --model."""
    parser.add_argument(
        "--model",
        default=os.environ.get("TSUKASA_MODEL") or "default",
        help="a model folder or hub id (default: the variable TSUKASA_MODEL, or the small model of the package)",
    )


def add_device_argument(parser: argparse._ActionsContainer, what: str) -> None:
    """Add --device.

    Args:
        parser: or a group of one.
        what: what runs there, as in "the model runs", for the help.
    """
    parser.add_argument("--device", default="cpu", help=f"where {what}: cpu, cuda, mps (default: %(default)s)")


def load_speaker(
    model: str, *, device: str = "cpu", dtype: str = "float32", dictionary: Path | None = None
) -> "Speaker":
    """Load what speaks; see `Speaker.load`.

    Raises:
        OSError, ValueError: when there is no such model, or it cannot be loaded.
    """
    from transformers.utils.logging import disable_progress_bar

    from ..synthesis.speaker import Speaker

    disable_progress_bar()  # loading takes a second, and speaking has a bar of its own
    return Speaker.load(model, device=device, dtype=dtype, dictionary=dictionary)


__all__ = ["add_device_argument", "add_model_argument", "load_speaker"]
