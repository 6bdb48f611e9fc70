# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where a module computes and in which type, read without its layers' weights, which may lie elsewhere until then."""

import torch
from torch import nn


def execution_device(module: nn.Module) -> torch.device:
    """The device on which a module computes.

    With accelerate, weights may wait on the CPU, on the disk or on the meta device, and its hooks bring them to the
    device of execution when a layer is called. The weights of a module without such hooks are where it computes.
    """
    for part in module.modules():
        hook = vars(part).get("_hf_hook")
        for each in getattr(hook, "hooks", (hook,)):  # one hook, or several in a row
            device = getattr(each, "execution_device", None)
            if device is not None:
                return torch.device(device)
    return next((parameter.device for parameter in module.parameters()), torch.device("cpu"))


def parameter_dtype(module: nn.Module) -> torch.dtype:
    """The type of the first floating-point parameter: of what a module is given. Norms on weights are not computed."""
    return next(parameter.dtype for parameter in module.parameters() if parameter.is_floating_point())


__all__ = ["execution_device", "parameter_dtype"]
