# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import math
import warnings

import pytest
import torch

from transformers_tsukasa.models.tsukasa.style.diffusion_sampler import (
    draw_style_noise,
    estimate_sigma_data,
    karras_sigmas,
    sample_style,
)


def gaussian_denoiser(mean: torch.Tensor, std: float):
    """The exact denoiser of a normal distribution: what a perfectly trained network would answer."""

    def denoise(noisy: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        share = (std**2 / (std**2 + sigma.double() ** 2))[:, None]
        return (share * noisy.double() + (1 - share) * mean.double()).float()

    return denoise


def generators(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def test_schedule_is_exact():
    sigmas = karras_sigmas(5, 1e-4, 3.0, 9.0)
    assert sigmas[0] == pytest.approx(3.0, rel=1e-14) and sigmas[-1] == pytest.approx(1e-4, rel=1e-14)
    # Equation 5 at its middle: the ninth root lies half-way between those of the ends.
    assert sigmas[2] == pytest.approx(((3.0 ** (1 / 9) + 1e-4 ** (1 / 9)) / 2) ** 9, rel=1e-14)
    fine = karras_sigmas(1000, 1e-4, 3.0, 9.0)
    assert all(later < earlier for earlier, later in zip(fine, fine[1:], strict=False))


@pytest.mark.parametrize("num_steps", [-1, 0, 1, 2])
def test_fewer_than_three_steps_are_refused(num_steps):
    with pytest.raises(ValueError, match="at least 3"):
        sample_style(gaussian_denoiser(torch.zeros(4), 1.0), torch.zeros(1, 4), None, num_steps)


def test_n_steps_are_n_minus_one_updates_of_two_evaluations():
    levels = []

    def denoise(noisy, sigma):
        levels.append(float(sigma[0]))
        return torch.zeros_like(noisy)

    sample_style(denoise, torch.ones(1, 4), None, 4)
    sigmas = karras_sigmas(4, 1e-4, 3.0, 9.0)
    assert len(levels) == 6
    assert levels[0::2] == pytest.approx(sigmas[:3], rel=1e-6)
    middles = [(sigma + following**2 / sigma) / 2 for sigma, following in zip(sigmas, sigmas[1:], strict=False)]
    assert levels[1::2] == pytest.approx(middles, rel=1e-6)


def test_samples_of_a_known_distribution_have_its_mean_and_deviation():
    mean, std = torch.tensor([0.5, -1.0, 0.0, 2.0]), 0.2
    noise, ancestral = draw_style_noise(torch.Generator().manual_seed(0), 60, 4, 4000)
    styles = sample_style(gaussian_denoiser(mean, std), noise, ancestral, 60)
    assert (styles.mean(dim=0) - mean).abs().max() < 0.02
    assert (styles.std(dim=0) - std).abs().max() < 0.02


def test_without_ancestral_noise_sampling_is_deterministic_and_zeros_are_no_noise():
    denoise = gaussian_denoiser(torch.zeros(4), 0.2)
    noise = torch.randn(2, 4)
    without = sample_style(denoise, noise, None, 5)
    assert torch.equal(without, sample_style(denoise, noise, torch.zeros(4, 2, 4), 5))
    assert not torch.equal(without, sample_style(denoise, noise, torch.ones(4, 2, 4), 5))


def test_an_item_keeps_its_noise_whatever_its_neighbours_are():
    first, ancestral = draw_style_noise(generators(7, 8, 9), 5, 6, 3)
    alone, alone_ancestral = draw_style_noise(generators(8), 5, 6, 1)
    assert first.shape == (3, 6) and ancestral.shape == (4, 3, 6)
    assert torch.equal(first[1:2], alone) and torch.equal(ancestral[:, 1:2], alone_ancestral)
    assert not torch.equal(first[0], first[1])


def test_noise_is_refused_when_it_does_not_fit():
    with pytest.raises(ValueError, match="2 styles need one generator or 2 of them, got 3"):
        draw_style_noise(generators(1, 2, 3), 5, 6, 2)
    with pytest.raises(ValueError, match=r"\(4, 1, 6\) for 5 steps"):
        sample_style(gaussian_denoiser(torch.zeros(6), 1.0), torch.zeros(1, 6), torch.zeros(5, 1, 6), 5)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_values_that_are_not_finite_name_the_module_and_the_step(bad):
    def denoise(noisy, sigma):
        return torch.full_like(noisy, bad) if float(sigma[0]) < 1 else torch.zeros_like(noisy)

    with pytest.raises(FloatingPointError, match="style_diffusion .* step 2 .*sigma_data"):
        sample_style(denoise, torch.ones(1, 4), None, 5)


def test_sigma_data_of_drawn_styles_is_their_deviation():
    styles = 0.35 * torch.randn(200, 256, generator=torch.Generator().manual_seed(0))
    assert estimate_sigma_data(styles) == pytest.approx(0.35, rel=0.01)
    assert estimate_sigma_data(3 * styles.half()) == pytest.approx(3 * estimate_sigma_data(styles), rel=1e-3)


@pytest.mark.parametrize(
    ("styles", "sentence"),
    [
        (torch.zeros(0, 8), "clips, style_size"),
        (torch.zeros(8), "clips, style_size"),
        (torch.ones(3, 8), "constant"),
        (torch.full((2, 8), math.nan), "NaN"),
    ],
)
def test_sigma_data_of_nothing_is_refused(styles, sentence):
    with pytest.raises(ValueError, match=sentence):
        estimate_sigma_data(styles)


def test_sigma_data_of_styles_that_carry_gradients():
    styles = torch.tensor([[1.0, -1.0], [2.0, -2.0]], requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert estimate_sigma_data(styles) == estimate_sigma_data(styles.detach())
