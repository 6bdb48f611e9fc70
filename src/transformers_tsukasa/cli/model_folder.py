# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Finding and loading the model of a command."""

import argparse
import os


def add_model_argument(parser: argparse.ArgumentParser) -> None:
    """Adds --model."""
    parser.add_argument(
        "--model",
        default=os.environ.get("TSUKASA_MODEL"),
        help="a model folder or hub id (default: the TSUKASA_MODEL variable)",
    )


def load_model(path: str | None, **arguments):
    """The model of a folder or hub id, ready to speak.

    Raises:
        ValueError: when no model was named.
        OSError: when it cannot be found or read.
    """
    if not path:
        raise ValueError(
            "no model: name a folder with --model (`tsukasa convert` makes one from a published checkpoint)"
        )
    from transformers.utils.logging import disable_progress_bar

    from ..auto import TsukasaModelForConditionalGeneration

    disable_progress_bar()  # a second's load needs no bar, and progress of speaking has its own
    return TsukasaModelForConditionalGeneration.from_pretrained(path, **arguments).eval()
