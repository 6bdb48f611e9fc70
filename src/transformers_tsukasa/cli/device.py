# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where the networks of a command run."""

import argparse


def add_device_argument(parser, what: str) -> None:
    """Adds --device.

    Args:
        parser: or a group of one.
        what: runs there, as in "the model runs", for the help.
    """
    parser.add_argument("--device", default="cpu", help=f"where {what}: cpu, cuda, mps (default: %(default)s)")


def checked_device(options: argparse.Namespace) -> str:
    """What --device names, tried before anything is loaded.

    Raises:
        ValueError: when it is no device, or none that this machine's torch can use.
    """
    if options.device == "cpu":
        return options.device
    import torch

    try:
        torch.ones(1, device=options.device).tolist()
    except Exception as error:  # of every kind: builds without a device answer with assertions
        raise ValueError(
            f"--device {options.device}: torch {torch.__version__} has no such device on this machine; it has "
            f"{', '.join(_usable())}"
        ) from error
    return options.device


def _usable() -> list[str]:
    import torch

    gpus = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    return ["cpu", *gpus, *(["mps"] if torch.backends.mps.is_available() else [])]
