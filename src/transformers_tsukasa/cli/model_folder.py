# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Finding and loading the model of a command."""

import argparse
import os
from pathlib import Path

from ..bundled import default_model


def add_model_argument(parser: argparse.ArgumentParser) -> None:
    """Adds --model."""
    parser.add_argument(
        "--model",
        default=os.environ.get("TSUKASA_MODEL"),
        help="a model folder or hub id (default: the TSUKASA_MODEL variable, or the small voice of the package)",
    )


def model_path(given: str | None) -> str:
    """What was named, or the voice that comes with the package.

    Raises:
        FileNotFoundError: when nothing was named and the package has no voice.
    """
    return given or default_model()


def load_model(path: str, **arguments):
    """The model of a folder or hub id, ready to speak.

    Raises:
        OSError: when it cannot be found or read.
        ValueError: when there is a model of another kind, or not all of it.
    """
    from transformers.utils.logging import disable_progress_bar

    from ..auto import TsukasaModelForConditionalGeneration

    disable_progress_bar()  # a second's load needs no bar, and progress of speaking has its own
    return TsukasaModelForConditionalGeneration.from_pretrained(path, **arguments).eval()


def load_processor(path: str):
    """The processor of a model that is loaded already.

    Raises:
        FileNotFoundError: when its folder has none.
    """
    from transformers.utils import FEATURE_EXTRACTOR_NAME, PROCESSOR_NAME

    from ..models.tsukasa.processing_tsukasa import TsukasaProcessor

    folder = Path(path)
    if folder.is_dir() and not any((folder / name).is_file() for name in (PROCESSOR_NAME, FEATURE_EXTRACTOR_NAME)):
        raise FileNotFoundError(
            f"the folder '{path}' holds a model without its processor ({PROCESSOR_NAME}), as checkpoints of a run "
            "are: name the run's folder 'final'"
        )
    return TsukasaProcessor.from_pretrained(path)
