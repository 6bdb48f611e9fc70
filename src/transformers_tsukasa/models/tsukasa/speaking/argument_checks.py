# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Checks of what `generate()` is given, against the model that is to speak it."""

import torch

from .sentence_marks import LOWEST_MARK
from .speaking_model import SpeakingModel
from .speech_options import TsukasaSpeechOptions


def check_without_diffusion(options: TsukasaSpeechOptions, reference_styles: list[torch.Tensor] | None) -> None:
    """Refuses what only style diffusion can do, for a model without it.

    Raises:
        ValueError: naming it.
    """
    if reference_styles is None:
        raise ValueError(
            "this model has no style diffusion, which would find a style for the text: give a voice or a style_vector"
        )
    for name in ("alpha", "beta"):
        share = getattr(options, name)
        if share > 0:
            raise ValueError(
                f"{name} is {share}, but this model has no style diffusion of which that would be the share: leave it "
                "at 0"
            )


def check_tokens(
    model: SpeakingModel, input_ids: torch.Tensor | None, attention_mask: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask on the model's device, both (batch, tokens) int64.

    Raises:
        ValueError: when they do not fit the model or each other.
    """
    if input_ids is None:
        raise ValueError("generate() needs input_ids: the phonemes of a text, as the processor returns them")
    input_ids = torch.as_tensor(input_ids)  # numpy's too
    if input_ids.is_floating_point() or input_ids.dtype == torch.bool:
        raise ValueError(f"input_ids must be integers, got {input_ids.dtype}")
    if input_ids.ndim != 2 or input_ids.numel() == 0:
        raise ValueError(f"input_ids must be (batch, tokens) with at least one token, got {tuple(input_ids.shape)}")
    device = model.device
    if device.type == "meta":
        raise ValueError("the model has no weights, only their shapes (device 'meta'): load it with from_pretrained()")
    input_ids = input_ids.to(device).long()
    lowest, highest = int(input_ids.min()), int(input_ids.max())
    vocab_size = model.config.vocab_size
    if lowest < LOWEST_MARK or highest >= vocab_size:
        wrong = lowest if lowest < LOWEST_MARK else highest
        raise ValueError(
            f"input_ids holds {wrong}, but the model has the ids 0 to {vocab_size - 1}, and {LOWEST_MARK} to -1 after "
            "sentences of long form"
        )
    if attention_mask is None:
        attention_mask = torch.ones_like(input_ids)
    attention_mask = torch.as_tensor(attention_mask).to(device).long()
    if attention_mask.shape != input_ids.shape:
        raise ValueError(
            f"attention_mask {tuple(attention_mask.shape)} must have the shape of input_ids {tuple(input_ids.shape)}"
        )
    if not attention_mask.any(dim=1).all() or (attention_mask.diff(dim=1) > 0).any():
        raise ValueError("attention_mask must have ones and then zeros in every row, with at least one 1")
    return input_ids, attention_mask


__all__ = ["check_tokens", "check_without_diffusion"]
