# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""torch's layers, computed with a precision of their own, whatever the dtype of their weights.

Every class takes the arguments of torch's and is called as that is: what replaces, wraps or watches layers (adapters,
quantization, hooks, offloading) needs nothing else, and nobody but a layer itself may read its weights.
"""

import torch
from torch import nn
from torch.nn import functional as F


class Float32Linear(nn.Linear):
    """A linear map computed in float32."""

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        return F.linear(hidden_states.float(), self.weight.float(), _float32(self.bias))


class Float32LayerNorm(nn.LayerNorm):
    """A layer norm computed in float32."""

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(
            hidden_states.float(), self.normalized_shape, _float32(self.weight), _float32(self.bias), eps=self.eps
        )


class Float32Conv1d(nn.Conv1d):
    """A convolution of float32 states; autocast may still compute it in less."""

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        return self._conv_forward(hidden_states.float(), self.weight.float(), _float32(self.bias))


class Float32PointwiseConv1d(nn.Conv1d):
    """A convolution with a kernel of 1, computed in float32 as the matrix product that it is."""

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """(batch, in_channels, steps) -> (batch, out_channels, steps)"""
        weight = self.weight.float().squeeze(-1)
        return F.linear(hidden_states.float().transpose(1, 2), weight, _float32(self.bias)).transpose(1, 2)


class CloselyRoundedLinear(nn.Linear):
    """A linear map that in inference, in float32 on a CPU, is summed in float64 (docs/decisions/0004)."""

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        in_float32 = hidden_states.dtype == self.weight.dtype == torch.float32
        on_cpu = hidden_states.device.type == "cpu" and not torch.is_autocast_enabled("cpu")
        if torch.is_grad_enabled() or not (in_float32 and on_cpu):
            return super().forward(hidden_states)
        bias = None if self.bias is None else self.bias.double()
        return F.linear(hidden_states.double(), self.weight.double(), bias).float()


def _float32(parameter: torch.Tensor | None) -> torch.Tensor | None:
    return None if parameter is None else parameter.float()


__all__ = [
    "CloselyRoundedLinear",
    "Float32Conv1d",
    "Float32LayerNorm",
    "Float32Linear",
    "Float32PointwiseConv1d",
]
