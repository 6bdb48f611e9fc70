# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa train`: train the parts of a model with a prepared corpus."""

import argparse
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..training.recipes import trainer_class
from ..utils.wording import is_of_this_process
from .extras import training_packages_explained


if TYPE_CHECKING:
    from ..training.engine.trainer import PhasedTrainer

_EPILOG = """\
CONFIG is a YAML file (those of configs/train/ come with the package); key=value changes a key of it.
The result is the folder "final" in output_dir, beside the checkpoints; --resume continues from the last of them.

examples:
  tsukasa train aligner configs/train/aligner.yaml corpus=corpus/ output_dir=runs/aligner
  tsukasa prepare corpus/ --aligner runs/aligner/final    so that stage 1 does not align in every update
  tsukasa train pitch configs/train/pitch.yaml corpus=corpus/ output_dir=runs/pitch
  tsukasa train plbert configs/train/plbert.yaml corpus=corpus/ texts=sentences.txt output_dir=runs/plbert
  tsukasa train stage1 configs/train/stage1.yaml corpus=corpus/ aligner=runs/aligner/final output_dir=runs/stage1
  tsukasa train stage2 configs/train/stage2.yaml corpus=corpus/ model=runs/stage1/final output_dir=runs/stage2
  tsukasa train finetune configs/train/finetune.yaml model=converted/ corpus=corpus/ output_dir=runs/mine
  tsukasa train finetune configs/train/finetune_small.yaml corpus=corpus/ output_dir=runs/mine    the packaged model
  tsukasa train stage3 configs/train/stage3.yaml model=runs/stage2/final corpus=corpus/ output_dir=runs/stage3
  tsukasa train voice configs/train/voice.yaml model=kokoro/ corpus=corpus/ output_dir=runs/voice
  tsukasa train reranker configs/train/reranker.yaml corpus=corpus/ output_dir=runs/reranker
  tsukasa train stage1 configs/train/stage1.yaml ... learning_rates.decoder=5e-5 --resume
  accelerate launch -m transformers_tsukasa train stage1 configs/train/stage1.yaml ...     several processes
"""

PARTS = {
    "aligner": "the text aligner, by itself",
    "pitch": "the pitch extractor",
    "plbert": "the phoneme language model, on text alone",
    "stage1": "alignment and reconstruction",
    "stage2": "prosody, style diffusion, and joint training",
    "finetune": "train a finished model or a converted checkpoint further, with recordings",
    "stage3": "style from a description and from the text (Kotodama)",
    "reranker": "the contrastive model that chooses among candidates of speech",
    "voice": "new voices for a finished model, whose weights stay as they are",
}


_PLACES = {"model", "corpus", "aligner", "discriminators", "plbert"}
"""Keys of a config that name what is on this machine."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "part", choices=tuple(PARTS), help="; ".join(f"{name}: {text}" for name, text in PARTS.items())
    )
    parser.add_argument("config", metavar="CONFIG", help="YAML file of the run")
    parser.add_argument("changes", metavar="key=value", nargs="*", default=[], help="keys of the config to change")
    parser.add_argument("--resume", action="store_true", help="resume from the last complete checkpoint in output_dir")


def run(options: argparse.Namespace) -> int:
    """Train, and print the folder of the result."""
    from ..training.engine.run_config import read_values

    check_places(read_values(options.config, options.changes))  # what is wrong is told before torch is imported
    set_up_torch()
    training = load_trainer_class(options.part)
    from transformers.utils.logging import disable_progress_bar

    from ..training.engine.run import run_config

    disable_progress_bar()  # of files that are loaded and written; that of the training stays
    with visible_log():
        folder = run_config(training, options.config, options.changes, options.resume)
    if _is_first_process():
        print(folder)
    return 0


def check_places(values: dict[str, Any]) -> None:
    """Refuse a run that starts from a model, corpus or network that is not there.

    Args:
        values: of its config; those of another type than text are refused later.

    Raises:
        FileNotFoundError, ValueError: naming what is missing.
    """
    from ..bundled import find_config
    from ..data.places import check_prepared
    from ..model_folders import existing_folder, is_preset
    from ..model_names import model_path

    places = {key: value for key, value in values.items() if key in _PLACES and isinstance(value, str)}
    for key, place in places.items():
        if key == "corpus":
            check_prepared(place)
        elif key == "model" and is_preset(place):
            find_config(place, "preset or model folder at", quiet=True)
        else:
            existing_folder(model_path(place) if key == "model" else place, key)


def load_trainer_class(part: str) -> "type[PhasedTrainer]":
    """Import the trainer of a part.

    Raises:
        ImportError: when a package for training is missing.
    """
    with training_packages_explained():
        return trainer_class(part)


def set_up_torch() -> None:
    """Set what torch reads from the environment when it is imported; what is set already stays.

    Threads that wait for work soon sleep. By default GNU's OpenMP lets them run in circles for long, which took five
    times the processor time where other programs needed the cores. And of several processes none warns that no
    weight is unused, as in some phases none is.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")


def _is_first_process() -> bool:
    return os.environ.get("RANK", "0") == "0"  # which launchers of several processes set


@contextmanager
def visible_log() -> Iterator[None]:
    """Write the log of this package to standard error; of all processes but the first, only what is their own."""
    logger = logging.getLogger("transformers_tsukasa")
    handler, level = logging.StreamHandler(sys.stderr), logger.level
    if not _is_first_process():
        handler.addFilter(is_of_this_process)  # the first process says all else
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
