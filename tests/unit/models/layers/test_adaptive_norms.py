# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import copy

import pytest
import torch
from torch.nn import functional as F

from transformers_tsukasa.models.layers.adaptive_norms import (
    AdaptiveInstanceNorm,
    AdaptiveLayerNorm,
    AdaptiveResidualBlock,
    adaptive_instance_norm,
    adaptive_layer_norm,
)
from transformers_tsukasa.models.layers.masking import lengths_to_mask


STYLE_DIM = 5


def relative_error(ours, expected):
    return ((ours - expected).norm() / expected.norm()).item()


def test_lengths_to_mask():
    mask = lengths_to_mask(torch.tensor([3, 0, 1]), 4)
    assert mask.tolist() == [[True, True, True, False], [False] * 4, [True, False, False, False]]


@pytest.mark.parametrize("batch_size", [1, 3])
def test_adaptive_norm_is_instance_norm_with_scale_and_shift_from_the_style(batch_size):
    torch.manual_seed(0)
    norm = AdaptiveInstanceNorm(4, STYLE_DIM)
    states, style = 3 + 2 * torch.randn(batch_size, 4, 50), torch.randn(batch_size, STYLE_DIM)
    gamma, beta = norm.projection(style)[..., None].chunk(2, dim=1)
    expected = (1 + gamma) * F.instance_norm(states, eps=1e-5) + beta
    torch.testing.assert_close(norm(states, style), expected, rtol=1e-5, atol=1e-5)
    gain = torch.rand(4)
    gained = adaptive_instance_norm(states, norm.projection(style), norm.eps, gain=gain)
    torch.testing.assert_close(gained, expected * gain[:, None], rtol=1e-5, atol=1e-5)


def test_adaptive_norm_keeps_an_offset_far_above_the_deviation():
    torch.manual_seed(0)
    norm = AdaptiveInstanceNorm(2, STYLE_DIM).double()
    states, style = torch.randn(1, 2, 4000).double(), torch.randn(1, STYLE_DIM).double()
    expected = norm(states, style)
    shifted = norm.float()((states + 100).float(), style.float())
    assert relative_error(shifted.double(), expected) < 1e-4


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_adaptive_norm_takes_statistics_in_float32(dtype):
    torch.manual_seed(0)
    norm = AdaptiveInstanceNorm(2, STYLE_DIM).to(dtype)
    states, style = torch.randn(1, 2, 3000).to(dtype), torch.randn(1, STYLE_DIM).to(dtype)
    expected = copy.deepcopy(norm).float()(states.float(), style.float())
    normed = norm(states, style)
    assert normed.dtype == dtype
    assert relative_error(normed.float(), expected) < 0.01


@pytest.mark.parametrize("upsample", [False, True])
@pytest.mark.parametrize("out_channels", [6, 8])
def test_residual_block_of_a_padded_batch_equals_each_item_alone(upsample, out_channels):
    torch.manual_seed(0)
    block = AdaptiveResidualBlock(6, out_channels, STYLE_DIM, upsample=upsample).eval()
    lengths = torch.tensor([9, 1, 17])
    states, style = torch.randn(3, 6, 17), torch.randn(3, STYLE_DIM)
    mask = lengths_to_mask(lengths, 17)[:, None]
    output = block(states, style, mask)
    factor = 2 if upsample else 1
    assert output.shape == (3, out_channels, 17 * factor)
    for index, length in enumerate(lengths.tolist()):
        alone = block(states[index : index + 1, :, :length], style[index : index + 1])
        assert relative_error(output[index, :, : length * factor], alone[0]) < 1e-5
        assert not output[index, :, length * factor :].any()


def test_residual_block_gives_every_parameter_a_gradient_and_checkpointing_changes_none():
    torch.manual_seed(0)
    block = AdaptiveResidualBlock(4, 6, STYLE_DIM, upsample=True).train()
    states, style = torch.randn(2, 4, 9, requires_grad=True), torch.randn(2, STYLE_DIM)
    weights = torch.randn(2, 6, 18)

    def gradients():
        block.zero_grad()
        (block(states, style) * weights).sum().backward()
        return {name: parameter.grad.clone() for name, parameter in block.named_parameters()}

    plain = gradients()
    # A bias in front of an instance norm cannot matter.
    assert [name for name, grad in plain.items() if grad.norm() < 1e-4] == ["conv1.bias"]
    block.gradient_checkpointing = True
    block._gradient_checkpointing_func = lambda function, *args: torch.utils.checkpoint.checkpoint(
        function, *args, use_reentrant=False
    )
    for name, gradient in gradients().items():
        torch.testing.assert_close(gradient, plain[name])


def test_adaptive_layer_norm_scales_and_shifts_each_item_by_its_style():
    torch.manual_seed(0)
    norm, states, style = AdaptiveLayerNorm(5, 3), 4 * torch.randn(2, 6, 5) + 1, torch.randn(2, 3)
    scale, shift = norm.projection(style)[:, :5], norm.projection(style)[:, 5:]
    mean, deviation = states.mean(dim=-1, keepdim=True), states.var(dim=-1, correction=0, keepdim=True).sqrt()
    expected = (1 + scale[:, None]) * (states - mean) / deviation + shift[:, None]
    torch.testing.assert_close(norm(states, style), expected, atol=1e-5, rtol=1e-5)
    assert torch.equal(norm(states, style), adaptive_layer_norm(states, norm.projection(style), 1e-5))
