# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Masks of padded batches: True or 1 stands for what is real, as everywhere in transformers."""

import threading

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from .placement import parameter_dtype


_FLATTENING = threading.Lock()


def lengths_to_mask(lengths: torch.Tensor, max_length: int) -> torch.Tensor:
    """True for the real steps of every item.

    Args:
        lengths: real steps of every item, (batch,).
        max_length: steps of the padded batch.

    Returns:
        (batch, max_length), bool.
    """
    return torch.arange(max_length, device=lengths.device) < lengths[:, None]


def masked_moments(
    values: torch.Tensor, mask: torch.Tensor, dim: int | tuple[int, ...] = -1
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and variance over the real places of padded values.

    The variance is divided by the number of real places, as norms do (no correction by one).

    Args:
        values: of any shape, in the dtype to compute in.
        mask: broadcastable to `values`, 1 or True for real places.
        dim: dimensions to reduce.

    Returns:
        Mean and variance, both with the reduced dimensions kept at size 1. Zero where nothing is real.
    """
    dims = (dim,) if isinstance(dim, int) else dim
    mask = mask.to(values.dtype)
    count = mask.sum(dim=dims, keepdim=True)
    for axis in dims:
        count = count * (values.shape[axis] // mask.shape[axis])  # the mask has one value for all places of an axis
    count = count.clamp(min=1)
    mean = (values * mask).sum(dim=dims, keepdim=True) / count
    variance = ((values - mean) * mask).square().sum(dim=dims, keepdim=True) / count
    return mean, variance


class MaskedLSTM(nn.LSTM):
    """torch's LSTM over padded items, whose backward direction starts at the end of each item.

    It is made as torch's is, with `batch_first=True`.
    """

    def forward(  # type: ignore[override]
        self, states: torch.Tensor, attention_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Runs both directions.

        Args:
            states: (batch, steps, channels).
            attention_mask: (batch, steps), 1 for real steps; `None` when nothing is padded.

        Returns:
            (batch, steps, hidden_size of all directions), zero in the padding.
        """
        if states.device.type == "cpu" and torch.is_autocast_enabled("cpu"):
            # Autocast reaches some LSTMs and not others, and many processors have none in half precision.
            with torch.autocast("cpu", enabled=False):
                return self._run(states.to(parameter_dtype(self)), attention_mask)
        return self._run(states, attention_mask)

    def _run(self, states: torch.Tensor, attention_mask: torch.Tensor | None) -> torch.Tensor:
        if states.is_cuda:
            _flatten_once(self)
        self._take_present_weights()
        # One item may be padded too.
        if attention_mask is None or (states.shape[0] == 1 and bool(attention_mask.all())):
            return super().forward(states)[0]
        lengths = attention_mask.bool().sum(dim=1).cpu()
        packed = pack_padded_sequence(states, lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(super().forward(packed)[0], batch_first=True, total_length=states.shape[1])[0]

    def _take_present_weights(self) -> None:
        """Finds the weights also when accelerate has brought others in their place for a call.

        torch keeps a list of them beside the parameters, and accelerate replaces parameters without changing the list.
        """
        weights = [getattr(self, name) for name in self._flat_weights_names]
        if any(held is not weight for held, weight in zip(self._flat_weights, weights, strict=True)):
            self._flat_weights = weights


def _flatten_once(lstm: nn.LSTM) -> None:
    """Moves the weights into one piece of memory, which cuDNN asks for, unless they lie there already.

    `flatten_parameters` moves them at every call. While one thread speaks, another must not: hence once, and locked.
    """
    with _FLATTENING:
        if len({weight.untyped_storage().data_ptr() for weight in lstm.parameters()}) > 1:
            lstm.flatten_parameters()
