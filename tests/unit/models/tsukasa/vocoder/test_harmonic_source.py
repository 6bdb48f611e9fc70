# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import math

import pytest
import torch

from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaDecoderConfig
from transformers_tsukasa.models.tsukasa.vocoder import harmonic_source as source
from transformers_tsukasa.models.tsukasa.vocoder.harmonic_source import TsukasaHarmonicSource, draw_source_noise


HOP, RATE = 300, 24000


def build_source(num_harmonics=0, hop=HOP, rate=RATE):
    """A source whose mixer hands the fundamental on."""
    built = TsukasaHarmonicSource(TsukasaDecoderConfig(num_harmonics=num_harmonics), hop, rate)
    with torch.no_grad():
        built.mix.weight.zero_()
        built.mix.weight[0, 0] = 1
        built.mix.bias.zero_()
    return built


@pytest.mark.parametrize(("hop", "rate"), [(300, 24000), (600, 48000), (75, 24000)])
@torch.no_grad()
def test_constant_pitch_gives_a_sine_of_that_frequency_and_amplitude(hop, rate):
    wave = build_source(hop=hop, rate=rate)(torch.full((1, 200), 160.0))[0]
    assert wave.shape == (200 * hop,)
    spectrum = torch.fft.rfft(wave * torch.hann_window(len(wave))).abs()
    assert spectrum.argmax().item() * rate / len(wave) == pytest.approx(160, abs=rate / len(wave))
    assert wave.abs().max().item() == pytest.approx(math.tanh(0.1), rel=1e-3)


@torch.no_grad()
def test_overtones_are_multiples_of_the_pitch():
    built = build_source(num_harmonics=8)
    built.mix.weight.zero_()
    built.mix.weight[0, 4] = 1
    wave = built(torch.full((1, 200), 100.0))[0]
    assert torch.fft.rfft(wave).abs().argmax().item() * RATE / len(wave) == pytest.approx(500, abs=1)


@torch.no_grad()
def test_unvoiced_frames_are_silent_without_noise_and_noisy_with_it():
    built = build_source()
    f0 = torch.cat([torch.zeros(1, 50), torch.full((1, 50), 200.0)], dim=1)
    silent = built(f0)
    assert not silent[:, : 50 * HOP].any()
    assert silent[:, 51 * HOP :].abs().max() > 0.09
    noise = draw_source_noise(1, 100 * HOP, 1.0, torch.Generator().manual_seed(0), f0.device)
    hiss = built(f0, noise) - silent
    assert hiss[:, : 50 * HOP].std().item() == pytest.approx(0.1 / 3, rel=0.05)
    assert hiss[:, 50 * HOP :].std().item() == pytest.approx(0.003, rel=0.05)


@torch.no_grad()
def test_mixed_noise_is_as_wide_as_noise_on_every_harmonic():
    torch.manual_seed(0)
    built = TsukasaHarmonicSource(TsukasaDecoderConfig(), HOP, RATE)
    f0 = torch.full((1, 400), 220.0)
    noise = draw_source_noise(1, 400 * HOP, 1.0, torch.Generator().manual_seed(0), f0.device)
    ours = torch.atanh(built(f0, noise)) - torch.atanh(built(f0))
    separate = 0.003 * torch.randn(400 * HOP, 9) @ built.mix.weight[0]
    assert ours.std().item() == pytest.approx(separate.std().item(), rel=0.02)


@torch.no_grad()
def test_phase_goes_on_across_pieces(monkeypatch):
    torch.manual_seed(0)
    built = TsukasaHarmonicSource(TsukasaDecoderConfig(), HOP, RATE)
    f0 = 150 + 50 * torch.rand(2, 70)
    complete = built(f0)
    monkeypatch.setattr(source, "_FRAMES_PER_PIECE", 16)
    torch.testing.assert_close(built(f0), complete, rtol=0, atol=2e-4)


@pytest.mark.parametrize("hop", [1, 4, 5, 300])
def test_phase_is_linear_between_the_middles_of_frames(hop):
    phase = torch.randn(2, 3, 7, generator=torch.Generator().manual_seed(0))
    expected = torch.nn.functional.interpolate(phase, scale_factor=float(hop), mode="linear")
    start, end = hop, 6 * hop
    built = build_source(hop=hop)
    torch.testing.assert_close(built._interpolate(phase, 0, 7 * hop), expected, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(built._interpolate(phase, start, end), expected[..., start:end], rtol=1e-6, atol=1e-6)


@torch.no_grad()
def test_phase_stays_accurate_in_a_long_utterance():
    built = build_source(num_harmonics=8)
    built.mix.weight.zero_()
    built.mix.weight[0, 8] = 1
    wave = built(torch.full((1, 40_000), 187.5))[0]
    samples = torch.arange(len(wave) - 24_000, len(wave) - HOP)
    # The middle of a frame has all of the frame's turns: half a frame ahead, and half a sample as middles lie between.
    turns = 9 * 187.5 / RATE * (samples.double() + HOP / 2 + 0.5)
    expected = torch.tanh(0.1 * torch.sin(2 * math.pi * turns))
    error = (wave[samples].double() - expected).norm() / expected.norm()
    assert error < 0.1  # 0.44 in one piece


def test_source_is_float32_whatever_the_weights_are():
    torch.manual_seed(0)
    built = TsukasaHarmonicSource(TsukasaDecoderConfig(), HOP, RATE).bfloat16()
    f0 = torch.full((1, 100), 203.0)
    wave = built(f0)
    assert wave.dtype == torch.float32
    torch.testing.assert_close(wave, built.float()(f0))


def test_the_mixer_learns():
    built = TsukasaHarmonicSource(TsukasaDecoderConfig(), HOP, RATE)
    built(torch.full((1, 10), 200.0)).sum().backward()
    assert built.mix.weight.grad.abs().sum() > 0


def seeded(*seeds):
    return [torch.Generator().manual_seed(seed) for seed in seeds]


@pytest.mark.parametrize("shorter", [1, 7, 16, 333])
def test_noise_of_an_item_depends_on_neither_neighbours_nor_padding(shorter):
    device = torch.device("cpu")
    batch = draw_source_noise(2, 1000, 0.5, seeded(3, 4), device)
    alone = draw_source_noise(1, shorter, 0.5, seeded(4), device)
    torch.testing.assert_close(alone[0], batch[1, :shorter], rtol=0, atol=0)
    single = draw_source_noise(1, shorter, 0.5, seeded(4)[0], device)
    torch.testing.assert_close(single, alone, rtol=0, atol=0)


def test_noise_scale():
    device = torch.device("cpu")
    assert draw_source_noise(2, 10, 0.0, seeded(0, 1), device) is None
    full, half = (draw_source_noise(1, 10, scale, seeded(0), device) for scale in (1.0, 0.5))
    torch.testing.assert_close(full / 2, half)


def test_too_few_generators_are_refused():
    with pytest.raises(ValueError, match="2 generators for a batch of 3"):
        draw_source_noise(3, 10, 1.0, seeded(0, 1), torch.device("cpu"))
