# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa voices`: list the named voices of a model."""

import argparse

from .shared_options import add_model_argument, load_speaker


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_model_argument(parser)


def run(options: argparse.Namespace) -> int:
    """Print a voice a line: its name and its description in the model folder."""
    voices = load_speaker(options.model).voices
    if not voices:
        print("this model has no named voices: speak in the style of a clip with --reference")
    width = max((len(name) for name in voices), default=0)
    for name in voices:
        print(f"{name:{width}}  {voices.describe(name)}".rstrip())
    return 0
