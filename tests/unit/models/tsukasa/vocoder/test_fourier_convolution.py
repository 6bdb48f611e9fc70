# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Convolutions by short Fourier transforms against direct ones."""

import copy

import pytest
import torch
from torch.nn import functional as F

from transformers_tsukasa.models.layers.reparametrization import apply_norms, weight_normed
from transformers_tsukasa.models.tsukasa.vocoder import fourier_convolution
from transformers_tsukasa.models.tsukasa.vocoder.fourier_convolution import (
    TapSpectrum,
    is_faster_by_transform,
    real_transforms,
)
from transformers_tsukasa.models.tsukasa.vocoder.generator_stage import SamplesConv1d, to_samples_layout


def convolution(taps=7, dilation=1, channels=128, bias=True):
    torch.manual_seed(0)
    padding = taps // 2 * dilation
    conv = SamplesConv1d(channels, channels, taps, dilation=dilation, padding=padding, bias=bias)
    return weight_normed(conv).eval()


def states(samples=700, channels=128):
    draw = torch.Generator().manual_seed(1)
    with torch.no_grad():
        return to_samples_layout(torch.randn(1, channels, samples, generator=draw))


def direct(conv, given):
    """In float64, which is exact here."""
    padding, bias = conv.padding[0], None if conv.bias is None else conv.bias.double()
    return F.conv1d(given.squeeze(2).double(), conv.weight.double(), bias, 1, padding, conv.dilation[0]).unsqueeze(2)


def distance(found, expected):
    return float((found - expected).norm().detach() / expected.norm().detach())


@pytest.mark.parametrize(("length", "taps"), [(16, 7), (32, 9), (32, 11), (8, 3)])
def test_products_are_a_correlation(length, taps):
    transforms = real_transforms(length, taps)
    # Two real bins and three products for each of the others.
    assert transforms.analysis.shape == (2 + 3 * (length // 2 - 1), length)
    samples, kernel = torch.randn(length, dtype=torch.float64), torch.randn(taps, dtype=torch.float64)
    products = (transforms.taps.double() @ kernel) * (transforms.analysis.double() @ samples)
    expected = F.conv1d(samples[None, None], kernel[None, None]).flatten()
    torch.testing.assert_close(transforms.synthesis.double() @ products, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("taps", "dilation", "samples"), [(7, 1, 700), (7, 3, 701), (11, 5, 823), (11, 1, 2900)])
def test_results_are_those_of_a_direct_convolution(taps, dilation, samples, threads):
    conv, given = convolution(taps, dilation), states(samples)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.no_grad():
            assert is_faster_by_transform(conv, given)
            found = conv(given)
    finally:
        torch.set_num_threads(before)
    assert conv._spectrum is not None
    assert found.shape == given.shape and found.is_contiguous(memory_format=torch.channels_last)
    # As near as float32 is: torch's own convolution is not nearer.
    assert distance(found, direct(conv, given)) < 1e-6


def test_convolution_without_bias():
    conv, given = convolution(bias=False), states()
    with torch.no_grad():
        assert distance(conv(given), direct(conv, given)) < 1e-6


def test_a_signal_that_ends_with_a_piece(monkeypatch):
    monkeypatch.setattr(fourier_convolution, "_pieces_at_once", lambda count, channels: 4)
    conv = convolution()
    for samples in range(396, 404):  # ten outputs a piece, forty at once
        given = states(samples)
        with torch.no_grad():
            spectrum = TapSpectrum(conv.weight)
            assert distance(spectrum.convolve(given, conv.bias, 1), direct(conv, given)) < 1e-6


def test_changed_weights_are_seen():
    conv, given = convolution(), states()
    with torch.no_grad():
        conv(given)
        conv.weight.mul_(2)
        assert distance(conv(given), direct(conv, given)) < 1e-6
        conv.load_state_dict({"weight": conv.weight / 3, "bias": conv.bias})
        assert distance(conv(given), direct(conv, given)) < 1e-6
        conv.weight = torch.nn.Parameter(torch.randn_like(conv.weight))
        assert distance(conv(given), direct(conv, given)) < 1e-6
        conv.to(torch.bfloat16).to(torch.float32)
        assert distance(conv(given), direct(conv, given)) < 1e-6
        twin = copy.deepcopy(conv)
        twin.weight.mul_(2)
        assert distance(twin(given), direct(twin, given)) < 1e-6
        assert distance(conv(given), direct(conv, given)) < 1e-6
        conv.weight.data += 1e-3 * torch.randn_like(conv.weight)  # not counted by torch: so adapters are merged
        assert distance(conv(given), direct(conv, given)) < 1e-6


def test_everything_else_is_convolved_directly():
    given = states()
    with torch.no_grad():
        assert is_faster_by_transform(convolution(), given)
        assert not is_faster_by_transform(convolution(taps=3), given)
        assert not is_faster_by_transform(convolution(channels=64), states(channels=64))
        assert not is_faster_by_transform(convolution(), states(100))  # too short to gain
        assert not is_faster_by_transform(convolution(), given.contiguous().expand(2, -1, -1, -1))
        assert not is_faster_by_transform(convolution(), given.contiguous(memory_format=torch.contiguous_format))
        assert not is_faster_by_transform(convolution().to(torch.bfloat16), given.to(torch.bfloat16))
        strided = SamplesConv1d(128, 128, 7, stride=2, padding=3)
        grouped = SamplesConv1d(128, 128, 7, groups=2, padding=3)
        valid = SamplesConv1d(128, 128, 7)
        assert not any(is_faster_by_transform(conv, given) for conv in (strided, grouped, valid))
        normed = convolution()
        apply_norms(normed)
        assert not is_faster_by_transform(normed, given)
    conv = convolution()
    conv(given).sum().backward()
    assert conv.weight.grad is not None and conv._spectrum is None


def test_inference_mode():
    conv, given = convolution(), states()
    with torch.inference_mode():
        assert distance(conv(given), direct(conv, given)) < 1e-6
        made_here = SamplesConv1d(128, 128, 7, padding=3)
        assert distance(made_here(given), direct(made_here, given)) < 1e-6
    with torch.no_grad():
        assert distance(conv(given), direct(conv, given)) < 1e-6


def test_a_compiled_convolution_is_direct():
    conv, given = convolution(), states()
    with torch.no_grad():
        graphs = []

        def keep(module, inputs):
            graphs.append(module)
            return module.forward

        found = torch.compile(conv, backend=keep)(given)
        assert distance(found, direct(conv, given)) < 1e-6
    assert conv._spectrum is None and len(graphs) == 1
