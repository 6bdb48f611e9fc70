# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Drawing a style from the denoiser: noise schedule, second-order ancestral steps, and the random draws.

Noise levels are Python floats (float64) throughout: they span five decades, and a step is a difference of
neighbours. Only the styles themselves are float32 tensors.
"""

from collections.abc import Callable, Sequence

import torch

from ..speaking.option_ranges import MINIMUM_STEPS


def karras_sigmas(num_steps: int, sigma_min: float, sigma_max: float, rho: float) -> list[float]:
    """Noise levels from `sigma_max` down to `sigma_min` (Karras et al. 2022, equation 5), exact in float64.

    Raises:
        ValueError: when there are fewer than 3 steps.
    """
    if num_steps < MINIMUM_STEPS:
        raise ValueError(f"diffusion_steps must be at least {MINIMUM_STEPS}, got {num_steps}")
    start, end = sigma_max ** (1 / rho), sigma_min ** (1 / rho)
    return [(start + i / (num_steps - 1) * (end - start)) ** rho for i in range(num_steps)]


def draw_style_noise(
    generators: torch.Generator | Sequence[torch.Generator], num_steps: int, style_size: int, batch_size: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draws all the noise of `sample_style`, on the CPU, so that a seed gives the same noise on every device.

    Args:
        generators (`torch.Generator` or a list of them):
            CPU generators, one for every item, so that an item does not depend on its neighbours. A single one draws
            item after item.
        num_steps (`int`): diffusion steps.
        style_size (`int`): size of a style vector.
        batch_size (`int`): number of styles.

    Returns:
        Initial noise (batch, style_size) and ancestral noise (num_steps - 1, batch, style_size), float32 on the CPU.

    Raises:
        ValueError: when the generators do not fit the batch or are not on the CPU.
    """
    if isinstance(generators, torch.Generator):
        generators = [generators] * batch_size
    if len(generators) != batch_size:
        raise ValueError(f"{batch_size} styles need one generator or {batch_size} of them, got {len(generators)}")
    for generator in generators:
        if generator.device.type != "cpu":
            raise ValueError(f"the style's noise is drawn on the CPU, but a generator is on {generator.device}")
    noise = torch.stack(
        [torch.randn(num_steps, style_size, generator=generator, dtype=torch.float32) for generator in generators],
        dim=1,
    )
    return noise[0], noise[1:]


def sample_style(
    denoise: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    initial_noise: torch.Tensor,
    ancestral_noise: torch.Tensor | None,
    num_steps: int,
    sigma_min: float = 1e-4,
    sigma_max: float = 3.0,
    rho: float = 9.0,
) -> torch.Tensor:
    """Draws styles with DPM-Solver-2 (Lu et al. 2022) in Karras et al.'s variables, ancestral, with midpoint rho 1.

    N steps are N - 1 updates, each of two evaluations of the denoiser.

    Args:
        denoise: from noisy styles (batch, size) and noise levels (batch,) to clean styles (batch, size).
        initial_noise (`torch.Tensor`): (batch, size), standard normal; sampling runs on its device.
        ancestral_noise (`torch.Tensor`, *optional*): (num_steps - 1, batch, size); `None` adds no fresh noise.
        num_steps (`int`): at least 3.
        sigma_min, sigma_max, rho (`float`): the schedule, see `karras_sigmas`.

    Returns:
        `torch.Tensor`: (batch, size), float32.

    Raises:
        ValueError: on fewer than 3 steps or noise of another shape.
        FloatingPointError: when the denoiser returns something that is not finite.
    """
    sigmas = karras_sigmas(num_steps, sigma_min, sigma_max, rho)
    expected = (num_steps - 1, *initial_noise.shape)
    if ancestral_noise is not None and tuple(ancestral_noise.shape) != expected:
        raise ValueError(
            f"ancestral_noise must be {expected} for {num_steps} steps, got {tuple(ancestral_noise.shape)}"
        )
    style = sigmas[0] * initial_noise.float()
    for step, (sigma, next_sigma) in enumerate(zip(sigmas[:-1], sigmas[1:], strict=True)):
        # Of the next level, `up` is fresh noise and `down` the level that the deterministic step must reach.
        up = (next_sigma**2 * (sigma**2 - next_sigma**2) / sigma**2) ** 0.5
        down = next_sigma**2 / sigma
        middle = (sigma + down) / 2
        slope = (style - _denoised(denoise, style, sigma, step)) / sigma
        halfway = style + slope * (middle - sigma)
        slope = (halfway - _denoised(denoise, halfway, middle, step)) / middle
        style = style + slope * (down - sigma)
        if ancestral_noise is not None:
            style = style + up * ancestral_noise[step].to(style)
    return style


def _denoised(denoise: Callable, style: torch.Tensor, sigma: float, step: int) -> torch.Tensor:
    levels = torch.full((style.shape[0],), sigma, dtype=torch.float32, device=style.device)
    denoised = denoise(style, levels)
    # In training the loss is not finite either, and all processes skip the update together.
    if not denoised.requires_grad and not torch.isfinite(denoised).all():
        raise FloatingPointError(
            f"style_diffusion returned values that are not finite in step {step + 1} (noise level {sigma:.3g}): its "
            "weights, the text states or the reference style hold NaN or infinity, or sigma_data does not fit them"
        )
    return denoised


def estimate_sigma_data(styles: torch.Tensor) -> float:
    """The `sigma_data` of EDM for given style vectors: the standard deviation of each one's values, averaged.

    Training keeps a running mean of the same figure over its batches. Put the result into
    `config.style_diffusion_config.sigma_data` of a checkpoint whose value is unknown.

    Args:
        styles (`torch.Tensor`): (clips, style_size), style vectors of clips, acoustic and prosodic joined.

    Raises:
        ValueError: when there is no vector, a value is not finite, or all of them are constant.
    """
    if styles.ndim != 2 or styles.shape[0] == 0 or styles.shape[1] < 2:
        raise ValueError(f"sigma_data is estimated from style vectors (clips, style_size), got {tuple(styles.shape)}")
    if not torch.isfinite(styles).all():
        raise ValueError("sigma_data cannot be estimated: a style vector holds NaN or infinity")
    sigma_data = float(styles.detach().double().std(dim=1).mean())
    if sigma_data <= 0:
        raise ValueError("sigma_data cannot be estimated: every style vector is constant")
    return sigma_data


__all__ = ["draw_style_noise", "estimate_sigma_data", "karras_sigmas", "sample_style"]
