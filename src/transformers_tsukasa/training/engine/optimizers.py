# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""AdamW of the models of a run, with a group for every part that learns."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from .adversary import Adversary
from .arguments import TsukasaTrainingArguments


def adamw_arguments(arguments: TsukasaTrainingArguments) -> dict[str, Any]:
    """Arguments of every AdamW of the run, without the learning rate."""
    return {
        "betas": (arguments.adam_beta1, arguments.adam_beta2),
        "eps": arguments.adam_epsilon,
        "weight_decay": arguments.weight_decay,
        "fused": True,
    }


def learning_rate_of(
    name: str, arguments: TsukasaTrainingArguments, options: Mapping[str, Mapping[str, Any]] | None = None
) -> float:
    """The learning rate of a part.

    Args:
        name: of the part.
        arguments: of the run, whose `learning_rates` precede everything else.
        options: of single parts, whose `lr` precedes `learning_rate`.
    """
    default = (options or {}).get(name, {}).get("lr", arguments.learning_rate)
    return float((arguments.learning_rates or {}).get(name, default))


def make_optimizer(
    parts: Mapping[str, nn.Module],
    arguments: TsukasaTrainingArguments,
    options: Mapping[str, Mapping[str, Any]],
) -> torch.optim.Optimizer:
    """An AdamW for parts, which are unfrozen here.

    Args:
        parts: every one that learns at some time, by name. Also what learns later is unfrozen: several processes agree
            on the weights to reduce when the models are wrapped.
        arguments: of the run.
        options: of AdamW (`lr`, `betas`, `weight_decay`) for single parts, which precede those of the arguments.
    """
    groups = []
    for name, part in parts.items():
        part.requires_grad_(True)
        rate = learning_rate_of(name, arguments, options)
        groups.append({"params": list(part.parameters()), **options.get(name, {}), "lr": rate, "name": name})
    return torch.optim.AdamW(groups, lr=arguments.learning_rate, **adamw_arguments(arguments))


def current_learning_rates(
    optimizer: torch.optim.Optimizer, learning_rate: float, adversaries: Mapping[str, Adversary]
) -> dict[str, float]:
    """Rates of the next update, by the names of parts; `learning_rate` is that of parts without one of their own.

    Args:
        optimizer: of `make_optimizer`.
        learning_rate: of the arguments.
        adversaries: by name; those without an optimizer have no rate.
    """
    groups = optimizer.param_groups
    factors = [group["lr"] / group["initial_lr"] for group in groups if group.get("initial_lr")]
    rates = {group["name"]: group["lr"] for group in groups}
    rates.update({name: one.learning_rate for name, one in adversaries.items() if one.optimizer is not None})
    default = learning_rate * (factors[0] if factors else 1.0)
    return {"learning_rate": default, **{f"learning_rate/{name}": rate for name, rate in rates.items()}}


__all__ = ["adamw_arguments", "current_learning_rates", "learning_rate_of", "make_optimizer"]
