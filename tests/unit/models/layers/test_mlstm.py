# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import math

import pytest
import torch

from transformers_tsukasa.models.layers.mlstm import MLSTMStack, mlstm_cell
from transformers_tsukasa.models.layers.precise_layers import CloselyRoundedLinear
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaMLSTMConfig


def _inputs(steps, dtype=torch.float64, gate_scale=1.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    states = [torch.randn(2, 4, steps, 8, generator=generator, dtype=dtype) for _ in range(3)]
    gates = [torch.randn(2, 4, steps, generator=generator, dtype=dtype) * gate_scale for _ in range(2)]
    return *states, *gates


def _relative(ours, theirs):
    return ((ours - theirs).norm() / theirs.norm()).item()


def recurrent_cell(query, key, value, input_gate, forget_gate):
    """The definition, one step at a time (Beck et al. 2024, equations 19-27)."""
    batch, heads, steps, size = query.shape
    memory = torch.zeros(batch, heads, size, size, dtype=query.dtype)
    normalizer = torch.zeros(batch, heads, size, dtype=query.dtype)
    scale = torch.full((batch, heads), -math.inf, dtype=query.dtype)
    outputs = []
    for t in range(steps):
        log_forget = torch.nn.functional.logsigmoid(forget_gate[:, :, t])
        new_scale = torch.maximum(log_forget + scale, input_gate[:, :, t])
        keep = torch.exp(log_forget + scale - new_scale)
        write = torch.exp(input_gate[:, :, t] - new_scale)
        k = key[:, :, t] / math.sqrt(size)
        memory = keep[..., None, None] * memory + write[..., None, None] * k[..., :, None] * value[:, :, t, None, :]
        normalizer = keep[..., None] * normalizer + write[..., None] * k
        scale = new_scale
        numerator = (query[:, :, t, None, :] @ memory)[:, :, 0]
        denominator = (query[:, :, t] * normalizer).sum(-1).abs()
        outputs.append(numerator / (torch.maximum(denominator, torch.exp(-scale)) + 1e-6)[..., None])
    return torch.stack(outputs, dim=2)


@pytest.mark.parametrize("gate_scale", [1.0, 30.0, 1e5])
@pytest.mark.parametrize("chunk_size", [1, 16, 64])
def test_chunkwise_form_equals_parallel_form(chunk_size, gate_scale):
    for dtype, tolerance in ((torch.float64, 1e-9), (torch.float32, 1e-5)):
        inputs = _inputs(150, dtype, gate_scale)
        assert _relative(mlstm_cell(*inputs, chunk_size=chunk_size), mlstm_cell(*inputs)) < tolerance


@pytest.mark.parametrize("gate_scale", [1.0, 30.0])
def test_cell_equals_its_recurrent_definition(gate_scale):
    inputs = _inputs(60, gate_scale=gate_scale)
    assert _relative(mlstm_cell(*inputs, chunk_size=16), recurrent_cell(*inputs)) < 1e-9


def test_gates_of_any_size_stay_finite_and_differentiable():
    query, key, value, _, _ = _inputs(40, torch.float32)
    for size in (-1e30, -1e4, 1e4, 1e30):
        gates = [torch.full((2, 4, 40), size).requires_grad_() for _ in range(2)]
        hidden = mlstm_cell(query, key, value, *gates, chunk_size=8)
        assert hidden.isfinite().all()
        hidden.sum().backward()
        assert all(gate.grad.isfinite().all() for gate in gates)


def test_memory_of_a_long_sequence_is_linear():
    # 20,000 steps in the square form would need 6 GB a head for the weights alone.
    config = TsukasaMLSTMConfig(num_hidden_layers=1, round_to=32)
    torch.manual_seed(0)
    stack = MLSTMStack(config, 16).eval()
    with torch.no_grad():
        states = torch.randn(1, 20_000, 16)
        hidden = stack(states)
        start = stack(states[:, :200])
    assert hidden.isfinite().all()
    assert _relative(hidden[:, :200], start) < 1e-4  # chunkwise form of all, parallel form of the start


def test_padding_at_the_end_changes_nothing():
    torch.manual_seed(0)
    stack = MLSTMStack(TsukasaMLSTMConfig(num_hidden_layers=2, round_to=32), 16).eval()
    states = torch.randn(1, 30, 16)
    padded = torch.cat([states, torch.randn(1, 9, 16)], dim=1)
    with torch.no_grad():
        assert _relative(stack(padded)[:, :30], stack(states)) < 1e-6


def test_half_precision_weights_stay_near_float32():
    torch.manual_seed(0)
    stack = MLSTMStack(TsukasaMLSTMConfig(num_hidden_layers=2, round_to=32), 16).eval()
    states = torch.randn(1, 30, 16)
    with torch.no_grad():
        exact = stack(states)
        for dtype in (torch.bfloat16, torch.float16):
            assert _relative(stack.to(dtype)(states.to(dtype)).float(), exact) < 0.05
            stack.float()


def test_projections_are_summed_in_float64_to_speak_on_a_cpu():
    torch.manual_seed(0)
    linear, states = CloselyRoundedLinear(640, 64, bias=False), torch.randn(1, 50, 640)
    nearest = torch.nn.functional.linear(states.double(), linear.weight.double()).float()
    with torch.no_grad():
        # A sum of another order in float64 is rounded to another float32 number in one of some hundred millions.
        assert (linear(states) != nearest).sum() <= 1
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert linear(states).dtype == torch.bfloat16
    trained = linear(states)
    trained.sum().backward()
    assert torch.equal(trained, torch.nn.functional.linear(states, linear.weight)) and linear.weight.grad is not None
