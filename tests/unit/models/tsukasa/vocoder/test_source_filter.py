# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import math

import pytest
import torch
from huggingface_hub.errors import StrictDataclassClassValidationError

from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaAudioConfig, TsukasaDecoderConfig
from transformers_tsukasa.models.tsukasa.vocoder.decoder import TsukasaDecoder
from transformers_tsukasa.models.tsukasa.vocoder.source_filter import (
    TsukasaSourceFilterGenerator,
    minimum_phase,
    overlap_add,
    pulse_train,
    voiced_frames,
)


RATE, HOP, N_FFT = 24000, 300, 1024


def config(**changes):
    values = {
        "generator_type": "source_filter",
        "upsample_initial_channel": 16,
        "upsample_rates": (2,),
        "upsample_kernel_sizes": (4,),
        "istft_n_fft": N_FFT,
        "istft_hop_length": 150,
        **changes,
    }
    return TsukasaDecoderConfig(**values)


def generator():
    torch.manual_seed(0)
    return TsukasaSourceFilterGenerator(config(), 6, RATE).eval()


def test_pulses_are_the_sum_of_all_harmonics_below_half_the_rate():
    f0 = torch.tensor([[190.0, 230.0, 251.3]])
    frequency = f0.double().repeat_interleave(HOP, dim=-1)
    angle = 2 * math.pi * (frequency / RATE).cumsum(dim=-1)
    count = (RATE / 2 / frequency).floor()
    numbers = torch.arange(1, 200)[:, None]
    waves = torch.cos(numbers * angle) * (numbers <= count)
    expected = (waves.sum(dim=0) * (2 / count).sqrt()).float()
    torch.testing.assert_close(pulse_train(f0, HOP, RATE, 10.0), expected, rtol=0, atol=1e-4)


def test_pulses_keep_their_period_for_minutes():
    f0 = torch.full((1, 80 * 200), 240.0)  # a pulse every 100 samples
    pulses = pulse_train(f0, HOP, RATE, 10.0)[0]
    assert pulses[99::100].min() > 0.99 * pulses.max()


@pytest.mark.parametrize("pitch", [61.0, 200.0, 890.0])
def test_pulses_have_power_one_where_voiced_and_are_silent_elsewhere(pitch):
    f0 = torch.full((1, 80), pitch)
    f0[:, 40:] = 5.0
    pulses = pulse_train(f0, HOP, RATE, 10.0)[0]
    assert pulses[: 40 * HOP].square().mean().item() == pytest.approx(1.0, abs=0.05)
    assert not pulses[40 * HOP :].any()


def test_where_a_curve_glides_to_zero_there_is_no_voice():
    f0 = torch.tensor([[0.0, 3.0, 110.0, 400.0, 380.0, 300.0, 170.0, 12.0, 0.0, 0.0, 0.0, 105.0, 108.0, 109.0]])
    expected = [False, False, False, True, True, True, False, False, False, False, False, True, True, True]
    assert voiced_frames(f0, 60.0)[0].tolist() == expected
    glide = 300 * 2 ** (-torch.arange(30)[None] / 12)  # an octave in 150 ms
    assert voiced_frames(glide, 10.0).all()


def test_minimum_phase_keeps_the_magnitude_and_is_that_of_a_stable_filter():
    # 1 / (1 - 0.9 z^-1): poles and zeros lie inside the circle, so it is the minimum-phase filter of its magnitude.
    response = torch.fft.rfft(0.9 ** torch.arange(N_FFT))
    ours = minimum_phase(response.abs().log(), N_FFT)
    torch.testing.assert_close(ours.abs(), response.abs(), rtol=1e-4, atol=0)
    torch.testing.assert_close(ours, response, rtol=1e-3, atol=1e-3)


def test_pieces_are_added_where_they_belong():
    pieces = torch.tensor([[[1.0, 2, 3], [10, 20, 30]]])
    assert overlap_add(pieces, 2).tolist() == [[1, 2, 13, 20, 30, 0]]


@pytest.mark.parametrize("source", [0, 1])
def test_a_flat_filter_lets_its_source_through(source):
    sources = torch.randn(2, 2, 8 * HOP, generator=torch.Generator().manual_seed(0))
    levels = torch.full((2, 2, 80, 16), -60.0)
    levels[:, source] = math.log(0.5)
    shaped = generator()._shape(sources, levels)
    torch.testing.assert_close(shaped, 0.5 * sources[:, source], rtol=0, atol=1e-5)


def test_a_band_is_loud_where_its_level_is_high():
    noise = torch.randn(1, 2, 80 * HOP, generator=torch.Generator().manual_seed(0))
    levels = torch.full((1, 2, 80, 160), -8.0)
    levels[:, :, 40] = 0.0  # 40 / 79 of the way to 12 kHz in mel
    spectrum = torch.fft.rfft(generator()._shape(noise, levels)).abs()[0]
    loudest = spectrum.view(-1)[: len(spectrum) // 100 * 100].view(-1, 100).mean(dim=1).argmax() * 100 * RATE / 2
    centre = 700 * ((1 + 12000 / 700) ** (40 / 79) - 1)
    assert loudest.item() / len(spectrum) == pytest.approx(centre, rel=0.05)


@torch.no_grad()
def test_the_noise_is_the_same_every_time_where_none_is_given():
    one, inputs = generator(), (torch.randn(1, 16, 8), torch.randn(1, 6), torch.zeros(1, 8))
    assert torch.equal(one(*inputs), one(*inputs))
    assert one(*inputs).abs().max() > 1e-4  # whispered all the same


def test_pulses_follow_f0_itself_and_not_its_smoothed_curve():
    torch.manual_seed(0)
    decoder = TsukasaDecoder(
        config(hidden_size=16, output_size=16, residual_size=4), 16, 6, TsukasaAudioConfig()
    ).train()
    curves = []
    decoder.generator.register_forward_hook(lambda module, inputs, output: curves.append(inputs[2]))
    f0 = torch.zeros(1, 16)
    f0[:, 8:] = 200.0
    for _ in range(8):  # three smoothings are drawn from
        decoder(torch.randn(1, 16, 8), f0, torch.zeros(1, 16), torch.randn(1, 6))
    assert all(torch.equal(curve, f0) for curve in curves)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(StrictDataclassClassValidationError, match="istft_n_fft"):
        config(istft_n_fft=200)
    with pytest.raises(StrictDataclassClassValidationError, match="num_filter_bands"):
        config(num_filter_bands=1)
