# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa voices`: the named voices of a model."""

import argparse

from .model_folder import add_model_argument, load_model, model_path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model_argument(parser)


def run(options: argparse.Namespace) -> int:
    """Prints a voice a line: its name and what the model folder says of it."""
    voices = load_model(model_path(options.model)).voices
    if not voices:
        print("this model has no named voices: speak in the style of a clip with --reference")
    width = max((len(name) for name in voices), default=0)
    for name in voices:
        print(f"{name:{width}}  {voices.describe(name)}".rstrip())
    return 0
