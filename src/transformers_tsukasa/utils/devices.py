# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where networks run."""

import re
from importlib.metadata import version
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    import torch


# The kinds that a release of torch may run networks on; others are refused before it is imported.
_DEVICE = re.compile(r"(cpu|cuda|mps|xpu|hpu|mtia|xla|meta|privateuseone)(:\d+)?")


def check_device(device: "str | torch.device") -> str:
    """Return the name of a device after trying it, so that a wrong one is refused before anything is loaded.

    Raises:
        ValueError: when it is no device, or none that the installed torch can use on this machine.
    """
    name = str(device)
    if name == "cpu":
        return name
    if not _DEVICE.fullmatch(name):
        raise ValueError(
            f"`device` '{name}': torch {version('torch')} has no such device on this machine; it has cpu, and with a "
            "GPU cuda, cuda:0 and so on, or mps"
        )
    import torch

    try:
        torch.ones(1, device=device).tolist()
    except Exception as error:  # of every kind: builds without a device answer with assertions
        raise ValueError(
            f"`device` '{name}': torch {torch.__version__} has no such device on this machine; it has "
            f"{', '.join(_usable())}"
        ) from error
    return name


def _usable() -> list[str]:
    import torch

    gpus = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    return ["cpu", *gpus, *(["mps"] if torch.backends.mps.is_available() else [])]


__all__ = ["check_device"]
