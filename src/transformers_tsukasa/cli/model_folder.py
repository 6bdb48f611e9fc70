# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Finding and loading the model of a command."""

import argparse
import os
from pathlib import Path

from ..bundled import default_voice


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
        FileNotFoundError: when nothing was named and the package has no voice; when a folder holds no model, or one
            that nothing can be said to.
        OSError: when nothing of this name can be found.
        ValueError: when there is a model of another kind.
    """
    if not given:
        return default_voice()
    from transformers.utils import FEATURE_EXTRACTOR_NAME, PROCESSOR_NAME

    from ..model.configuration_tsukasa import TsukasaConfig
    from ..model.whole_weights import check_model_type

    check_model_type(given, TsukasaConfig.model_type)
    folder = Path(given)
    if folder.is_dir() and not any((folder / name).is_file() for name in (PROCESSOR_NAME, FEATURE_EXTRACTOR_NAME)):
        raise FileNotFoundError(
            f"the folder '{given}' holds a model without its processor ({PROCESSOR_NAME}), as checkpoints of a run "
            "are: name the run's folder 'final'"
        )
    return given


def load_model(path: str, **arguments):
    """The model of a folder or hub id, ready to speak.

    Raises:
        OSError: when it cannot be found or read.
    """
    from transformers.utils.logging import disable_progress_bar

    from ..auto import TsukasaModelForConditionalGeneration

    disable_progress_bar()  # a second's load needs no bar, and progress of speaking has its own
    return TsukasaModelForConditionalGeneration.from_pretrained(path, **arguments).eval()
