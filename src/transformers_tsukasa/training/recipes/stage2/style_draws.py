# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Styles drawn by diffusion with their gradients, for the losses that look at what the sampler draws."""

import torch

from ....models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration


FEWEST_STEPS, MOST_STEPS = 3, 5
"""Steps of the sampler in training, drawn for every batch; each costs two evaluations of its network, less two."""


@torch.no_grad()
def reference_styles(voice: TsukasaModelForConditionalGeneration, batch: dict) -> torch.Tensor | None:
    """Styles (batch, 2 * style_dim) of other utterances of the speakers; None for a sampler that takes none."""
    if not voice.config.style_diffusion_config.use_reference:
        return None
    return voice.encode_reference(batch["input_features"], batch["input_features_mask"])


def draw_styles(
    voice: TsukasaModelForConditionalGeneration,
    plbert_hidden_states: torch.Tensor,
    attention_mask: torch.Tensor,
    reference_style: torch.Tensor | None,
) -> torch.Tensor:
    """Styles (batch, 2 * style_dim) for texts, from noise of torch's own state.

    Args:
        plbert_hidden_states: (batch, tokens, plbert_hidden_size); gradients go there and into the sampler.
        attention_mask: (batch, tokens).
        reference_style: of `reference_styles`.
    """
    steps = int(torch.randint(FEWEST_STEPS, MOST_STEPS + 1, ()))
    shape = (steps, len(plbert_hidden_states), 2 * voice.config.style_dim)
    noise = torch.randn(shape, device=plbert_hidden_states.device)
    return voice.sample_styles(
        plbert_hidden_states, attention_mask, reference_style, noise[0], noise[1:], diffusion_steps=steps
    )


__all__ = ["draw_styles", "reference_styles"]
