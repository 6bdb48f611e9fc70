# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""mLSTM: the matrix-memory LSTM of xLSTM (Beck et al. 2024, section 2.3), without a cap on the length.

The cell reads a sequence in chunks. Inside a chunk every step looks back in the square (parallel) form; the steps
before the chunk are summarised in a matrix memory. A sequence that fits one chunk is the parallel form, so both forms
are one piece of code, equal up to rounding, and memory grows linearly with the length.
"""

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F
from transformers import initialization as init
from transformers.modeling_layers import GradientCheckpointingLayer

from .configuration_mlstm import TsukasaMLSTMConfig
from .precise_layers import CloselyRoundedLinear, Float32Linear


_DENOMINATOR_EPS = 1e-6
_LARGEST_LOG_FLOOR = 40.0
_LARGEST_DIFFERENCED_SUM = 64.0


@dataclass
class MLSTMState:
    """Memory of a cell of everything before a chunk, scaled down by `exp(log_scale)` to stay finite.

    `memory` (batch, heads, head_dim, head_dim) sums key-value products, `normalizer` (batch, heads, head_dim) sums
    keys, `log_scale` (batch, heads) is the running maximum m of the log weights.
    """

    memory: torch.Tensor
    normalizer: torch.Tensor
    log_scale: torch.Tensor


def mlstm_cell(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    input_gate: torch.Tensor,
    forget_gate: torch.Tensor,
    chunk_size: int | None = None,
) -> torch.Tensor:
    """The stabilised mLSTM cell (Beck et al. 2024, equations 19-27).

    Args:
        query, key, value: (batch, heads, steps, head_dim).
        input_gate, forget_gate: pre-activations, (batch, heads, steps).
        chunk_size: steps handled at once; `None` is the parallel form, with memory square in the steps.

    Returns:
        (batch, heads, steps, head_dim).
    """
    steps = query.shape[2]
    key = key / math.sqrt(key.shape[-1])
    log_forget = F.logsigmoid(forget_gate)
    if chunk_size is None:
        return _mlstm_chunk(query, key, value, input_gate, log_forget, None, keep_state=False)[0]
    state: MLSTMState | None = None
    outputs = []
    for start in range(0, steps, chunk_size):
        here = slice(start, start + chunk_size)
        hidden, state = _mlstm_chunk(
            query[:, :, here],
            key[:, :, here],
            value[:, :, here],
            input_gate[:, :, here],
            log_forget[:, :, here],
            state,
            keep_state=start + chunk_size < steps,
        )
        outputs.append(hidden)
    return torch.cat(outputs, dim=2)


def _mlstm_chunk(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    input_gate: torch.Tensor,
    log_forget: torch.Tensor,
    state: MLSTMState | None,
    keep_state: bool,
) -> tuple[torch.Tensor, MLSTMState | None]:
    """The output of one chunk, and the memory after it if it is to be kept."""
    log_weights = _segment_sums(log_forget) + input_gate[:, :, None, :]
    log_scale = log_weights.amax(dim=-1)
    carry = None
    if state is not None:
        log_carry = log_forget.cumsum(dim=-1) + state.log_scale[:, :, None]
        log_scale = torch.maximum(log_scale, log_carry)
        carry = torch.exp(log_carry - log_scale)

    weights = torch.exp(log_weights - log_scale[..., None])
    scores = (query @ key.transpose(-1, -2)) * weights
    denominator = scores.sum(dim=-1)
    if state is not None and carry is not None:
        denominator = denominator + carry * (query @ state.normalizer[..., None])[..., 0]
    # Clamped where the output vanishes in any case: an infinite denominator would have no gradient.
    floor = torch.exp((-log_scale).clamp(max=_LARGEST_LOG_FLOOR))
    denominator = torch.maximum(denominator.abs(), floor) + _DENOMINATOR_EPS
    # Divided before the product, as in the published system: its rounding is magnified by the layers above.
    hidden = (scores / denominator[..., None]) @ value
    if state is not None and carry is not None:
        hidden = hidden + (carry / denominator)[..., None] * (query @ state.memory)
    if not keep_state:
        return hidden, None

    # The last row of the weights is the share of every step in the memory at the end of the chunk.
    kept_keys = key * weights[:, :, -1, :, None]
    memory, normalizer = kept_keys.transpose(-1, -2) @ value, kept_keys.sum(dim=2)
    if state is not None and carry is not None:
        memory = memory + carry[:, :, -1, None, None] * state.memory
        normalizer = normalizer + carry[:, :, -1, None] * state.normalizer
    return hidden, MLSTMState(memory, normalizer, log_scale[:, :, -1])


def _segment_sums(log_forget: torch.Tensor) -> torch.Tensor:
    """`out[t, s]`: the sum of `log_forget` over s+1..t for s <= t, minus infinity for s > t. (..., steps, steps)

    The published system takes differences of running sums, and so do we while these are small: near-zero denominators
    magnify its rounding, and only the same rounding gives its numbers. After large sums a difference would lose every
    small term; there the terms are summed one by one.
    """
    steps = log_forget.shape[-1]
    lower = torch.ones(steps, steps, dtype=torch.bool, device=log_forget.device).tril()
    running = log_forget.cumsum(dim=-1)
    differences = running[..., :, None] - running[..., None, :]
    terms = log_forget[..., :, None].expand_as(differences).masked_fill(~lower.tril(-1), 0.0)
    is_small = running[..., -1:, None].abs() < _LARGEST_DIFFERENCED_SUM
    return torch.where(is_small, differences, terms.cumsum(dim=-2)).masked_fill(~lower, -torch.inf)


class OffsetNorm(nn.Module):
    """Layer norm over the last axis, or each of `groups` equal parts of it, with scale `1 + weight` and no bias."""

    def __init__(self, size: int, eps: float, groups: int = 1):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(size))
        self.groups = groups
        self.eps = eps

    def initialize_parameters(self):
        init.zeros_(self.weight)

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        scale = 1.0 + self.weight
        if self.groups == 1:
            return F.layer_norm(hidden_states, scale.shape, weight=scale, eps=self.eps)
        rows = hidden_states.flatten(0, -2)
        return F.group_norm(rows, self.groups, weight=scale, eps=self.eps).view_as(hidden_states)


class BlockDiagonalLinear(nn.Module):
    """A linear map without bias whose matrix is zero outside blocks of `block_size` on its diagonal."""

    def __init__(self, size: int, block_size: int, init_std: float):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(size // block_size, block_size, block_size))
        self.init_std = init_std
        self.initialize_parameters()

    def initialize_parameters(self):
        init.normal_(self.weight, std=self.init_std)

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """(batch, steps, size) -> (batch, steps, size)"""
        blocks = hidden_states.unflatten(-1, (self.weight.shape[0], -1))
        return torch.einsum("btni,noi->btno", blocks, self.weight).flatten(-2)


class MLSTMLayer(nn.Module):
    """Up-projection, causal convolution, cell and gated down-projection (Beck et al. 2024, figure 11)."""

    def __init__(self, config: TsukasaMLSTMConfig, hidden_size: int):
        super().__init__()
        inner_size = config.inner_size(hidden_size)
        std = math.sqrt(2 / (5 * hidden_size))
        self.config = config
        self.down_std = 2 / (config.num_hidden_layers * math.sqrt(hidden_size))
        self.up_std = std
        self.num_heads = config.num_attention_heads
        # Near-zero denominators of the cell magnify the rounding of sums of products, which depends on the processor.
        self.up_projection = CloselyRoundedLinear(hidden_size, 2 * inner_size, bias=False)
        kernel = config.conv_kernel_size
        self.causal_conv = nn.Conv1d(inner_size, inner_size, kernel, padding=kernel - 1, groups=inner_size)
        self.query = BlockDiagonalLinear(inner_size, config.qkv_block_size, std)
        self.key = BlockDiagonalLinear(inner_size, config.qkv_block_size, std)
        self.value = BlockDiagonalLinear(inner_size, config.qkv_block_size, std)
        self.input_gate = Float32Linear(3 * inner_size, self.num_heads)
        self.forget_gate = Float32Linear(3 * inner_size, self.num_heads)
        self.norm = OffsetNorm(inner_size, config.norm_eps, groups=self.num_heads)
        self.skip = nn.Parameter(torch.ones(inner_size))
        self.down_projection = nn.Linear(inner_size, hidden_size, bias=False)

    def initialize_parameters(self):
        init.normal_(self.up_projection.weight, std=self.up_std)
        init.normal_(self.down_projection.weight, std=self.down_std)
        init.ones_(self.skip)
        init.zeros_(self.input_gate.weight)
        init.normal_(self.input_gate.bias, std=0.1)
        init.zeros_(self.forget_gate.weight)
        # Forget gates near one, each head with its own horizon.
        init.copy_(self.forget_gate.bias, torch.linspace(3.0, 6.0, self.num_heads))

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """(batch, steps, hidden_size) -> (batch, steps, hidden_size); no step depends on later ones."""
        inner, gate = self.up_projection(hidden_states).chunk(2, dim=-1)
        # Padded at both ends and cut at the end: the rest depends only on the past.
        local = F.silu(self.causal_conv(inner.transpose(1, 2))[..., : inner.shape[1]]).transpose(1, 2)
        cell_output = self._cell(self.query(local), self.key(local), self.value(inner))
        cell_output = self.norm(cell_output.to(local.dtype))
        return self.down_projection((cell_output + self.skip * local) * F.silu(gate))

    def _cell(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        steps = query.shape[1]
        chunk_size = None if steps <= self.config.parallel_limit else self.config.chunk_size
        with torch.autocast(device_type=query.device.type, enabled=False):  # exponential gates need float32's range
            query, key, value = query.float(), key.float(), value.float()
            gates_input = torch.cat([query, key, value], dim=-1)
            input_gate = self.input_gate(gates_input).transpose(1, 2)
            forget_gate = self.forget_gate(gates_input).transpose(1, 2)
            query, key, value = (
                states.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for states in (query, key, value)
            )
            hidden = mlstm_cell(query, key, value, input_gate, forget_gate, chunk_size)
            return hidden.transpose(1, 2).flatten(-2)


class MLSTMBlock(GradientCheckpointingLayer):
    """`x + mLSTM(norm(x))`, without a feed-forward layer."""

    def __init__(self, config: TsukasaMLSTMConfig, hidden_size: int):
        super().__init__()
        self.norm = OffsetNorm(hidden_size, config.norm_eps)
        self.mlstm = MLSTMLayer(config, hidden_size)

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        return hidden_states + self.mlstm(self.norm(hidden_states))


class MLSTMStack(nn.Module):
    """The residual blocks, followed by a norm.

    A sequence padded at its end needs no mask: no step depends on later ones.
    """

    def __init__(self, config: TsukasaMLSTMConfig, hidden_size: int):
        super().__init__()
        self.layers = nn.ModuleList(MLSTMBlock(config, hidden_size) for _ in range(config.num_hidden_layers))
        self.norm = OffsetNorm(hidden_size, config.norm_eps)

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """(batch, steps, hidden_size) -> (batch, steps, hidden_size)"""
        for layer in self.layers:
            hidden_states = layer(hidden_states)
        return self.norm(hidden_states)
