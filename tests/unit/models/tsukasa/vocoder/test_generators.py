# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest
import torch
from torch.nn import functional as F

from transformers_tsukasa.models.layers.adaptive_norms import adaptive_instance_norm
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaDecoderConfig
from transformers_tsukasa.models.tsukasa.vocoder.generator_stage import (
    TsukasaAdaptiveResidualStack,
    TsukasaAdaptiveSnakeConv,
    snake,
    to_samples_layout,
)
from transformers_tsukasa.models.tsukasa.vocoder.hifigan import TsukasaHiFiGANGenerator
from transformers_tsukasa.models.tsukasa.vocoder.istftnet import TsukasaISTFTNetGenerator
from transformers_tsukasa.models.tsukasa.vocoder.source_filter import TsukasaSourceFilterGenerator


STYLE_DIM = 6
ISTFTNET = {"upsample_rates": (10, 6), "upsample_kernel_sizes": (20, 12)}
ISTFTNET_48 = {"upsample_rates": (10, 6), "upsample_kernel_sizes": (20, 12), "istft_n_fft": 40, "istft_hop_length": 10}
ISTFTNET_THREE = {"upsample_rates": (8, 5, 3), "upsample_kernel_sizes": (16, 11, 7)}
HIFIGAN = {"generator_type": "hifigan", "upsample_rates": (10, 5, 3, 2), "upsample_kernel_sizes": (20, 10, 6, 4)}
HIFIGAN_48 = {"generator_type": "hifigan", "upsample_rates": (10, 6, 5, 2), "upsample_kernel_sizes": (20, 12, 9, 4)}
SOURCE_FILTER = {
    "generator_type": "source_filter",
    "upsample_rates": (2,),
    "upsample_kernel_sizes": (4,),
    "istft_n_fft": 1024,
    "istft_hop_length": 150,
}
ALL = [ISTFTNET, ISTFTNET_48, ISTFTNET_THREE, HIFIGAN, HIFIGAN_48, SOURCE_FILTER]
CLASSES = {
    "istftnet": TsukasaISTFTNetGenerator,
    "hifigan": TsukasaHiFiGANGenerator,
    "source_filter": TsukasaSourceFilterGenerator,
}


def build(values, channels=16):
    torch.manual_seed(0)
    config = TsukasaDecoderConfig(upsample_initial_channel=channels, **values)
    return CLASSES[config.generator_type](config, STYLE_DIM, 24000).eval()


def make_inputs(batch_size=1, frames=8, channels=16):
    torch.manual_seed(1)
    f0 = 200 + 20 * torch.randn(batch_size, frames)
    return torch.randn(batch_size, channels, frames), torch.randn(batch_size, STYLE_DIM), f0


def relative_error(ours, expected):
    return ((ours - expected).norm() / expected.norm()).item()


@torch.no_grad()
def test_snake_conv_is_norm_then_snake_then_conv():
    torch.manual_seed(0)
    layer = TsukasaAdaptiveSnakeConv(4, 7, 3, STYLE_DIM)
    layer.slope.uniform_(0.5, 2)
    states, style = torch.randn(1, 4, 40), torch.randn(1, STYLE_DIM)
    normed = adaptive_instance_norm(states, layer.norm(style), 1e-5)
    snaked = normed + torch.sin(layer.slope * normed).square() / layer.slope
    expected = layer.conv(snaked.unsqueeze(2)).squeeze(2)
    ours = layer(to_samples_layout(states), style).squeeze(2)
    torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-5)


def test_the_gradient_of_snake_is_that_of_its_formula():
    states = torch.randn(2, 3, 1, 40, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    slope = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    assert torch.autograd.gradcheck(snake, (states.requires_grad_(), slope.requires_grad_()))
    assert torch.autograd.gradcheck(snake, (states.detach() + 0, slope))


def test_snake_is_the_same_with_and_without_gradient():
    states = torch.randn(1, 4, 1, 300_000)
    slope = torch.linspace(0.5, 2, 4)
    with_gradient = snake(states.clone().requires_grad_(), slope)
    torch.testing.assert_close(snake(states.clone(), slope), with_gradient.detach(), rtol=0, atol=1e-6)


@torch.no_grad()
def test_residual_stack_leaves_its_input_alone():
    torch.manual_seed(0)
    stack = TsukasaAdaptiveResidualStack(4, 3, (1, 3, 5), STYLE_DIM)
    states = to_samples_layout(torch.randn(1, 4, 30))
    before = states.clone()
    stack(states, torch.randn(1, STYLE_DIM))
    assert torch.equal(states, before)


@pytest.mark.parametrize("values", ALL)
@torch.no_grad()
def test_waveform_is_as_long_as_the_frames(values):
    generator = build(values)
    samples_per_frame = TsukasaDecoderConfig(**values).samples_per_mel_frame
    for frames in (2, 7):
        waveform = generator(*make_inputs(2, frames))
        assert waveform.shape == (2, frames * samples_per_frame)
        assert waveform.isfinite().all()
        assert waveform.std() > 0


@pytest.mark.parametrize("values", [ISTFTNET, HIFIGAN, SOURCE_FILTER])
@torch.no_grad()
def test_waveform_follows_style_and_pitch(values):
    generator = build(values)
    states, style, f0 = make_inputs()
    waveform = generator(states, style, f0)
    assert relative_error(generator(states, -style, f0), waveform) > 0.01
    assert relative_error(generator(states, style, 2 * f0), waveform) > 1e-4


def test_a_window_computed_in_float32_differs_in_the_last_bit():
    windows = {
        precision: TsukasaISTFTNetGenerator(
            TsukasaDecoderConfig(upsample_initial_channel=16, output_size=16, istft_window_precision=precision),
            4,
            24000,
        )._window(torch.device("cpu"))
        for precision in ("float32", "float64")
    }
    assert all(window.dtype == torch.float32 for window in windows.values())
    difference = (windows["float32"] - windows["float64"]).abs()
    assert torch.equal(windows["float32"], torch.hann_window(20)) and 0 < difference.max() < 2e-7
    assert torch.equal(windows["float64"][1:], windows["float64"][1:].flip(0))


@torch.no_grad()
def test_istftnet_inverts_its_own_transform():
    generator = build(ISTFTNET_48)
    waveform = torch.randn(2, 2000)
    magnitude, phase = generator._analyse(waveform).chunk(2, dim=1)
    torch.testing.assert_close(generator._synthesise(magnitude, phase), waveform, rtol=0, atol=1e-5)


@pytest.mark.parametrize("values", [ISTFTNET, HIFIGAN, SOURCE_FILTER])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@torch.no_grad()
def test_half_precision_is_close_to_float32_with_the_same_weights(values, dtype):
    generator = build(values).to(dtype)
    for stage in generator.stages if values is not SOURCE_FILTER else ():
        stage.source_conv.bias.zero_()  # fresh biases drown the source, and norms would enlarge their rounding
    states, style, f0 = make_inputs(frames=20)
    states, style = states.to(dtype), style.to(dtype)
    waveform = generator(states, style, f0)
    expected = generator.float()(states.float(), style.float(), f0)
    assert waveform.dtype == torch.float32
    assert relative_error(waveform, expected) < (0.1 if dtype == torch.bfloat16 else 0.02)


@pytest.mark.parametrize("values", [HIFIGAN, SOURCE_FILTER])
@torch.no_grad()
def test_a_batch_gives_what_its_items_give(values):
    generator = build(values)
    states, style, f0 = make_inputs(batch_size=3)
    batch = generator(states, style, f0)
    for index in range(3):
        item = slice(index, index + 1)
        assert relative_error(generator(states[item], style[item], f0[item])[0], batch[index]) < 1e-4


@pytest.mark.parametrize("values", [ISTFTNET, HIFIGAN, SOURCE_FILTER])
@pytest.mark.parametrize("batch_size", [1, 2])
def test_every_parameter_learns_but_the_phase_source_of_istftnet(values, batch_size):
    generator = build(values).train()
    states, style, f0 = make_inputs(batch_size)
    waveform = generator(states, style, f0)
    (waveform * torch.randn_like(waveform)).sum().backward()
    idle = {name for name, parameter in generator.named_parameters() if parameter.grad is None}
    assert idle == ({"source.mix.weight", "source.mix.bias"} if values is ISTFTNET else set())


def test_gradient_of_the_slope_is_that_of_the_written_formula():
    torch.manual_seed(0)
    layer = TsukasaAdaptiveSnakeConv(3, 3, 1, STYLE_DIM).double()
    states, style = torch.randn(2, 3, 9).double(), torch.randn(2, STYLE_DIM).double()
    weights = torch.randn(2, 3, 9).double()
    (layer(states.unsqueeze(2), style).squeeze(2) * weights).sum().backward()
    ours = layer.slope.grad.clone()
    layer.zero_grad()
    normed = adaptive_instance_norm(states, layer.norm(style), 1e-5)
    snaked = normed + torch.sin(layer.slope * normed).square() / layer.slope
    expected = F.conv1d(snaked, layer.conv.weight, layer.conv.bias, padding=1)
    (expected * weights).sum().backward()
    torch.testing.assert_close(ours, layer.slope.grad)
