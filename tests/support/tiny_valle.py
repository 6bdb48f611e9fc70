# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A tiny VALL-E with random weights that are loud enough for different inputs to be spoken differently."""

import torch

from transformers_tsukasa.models.valle.configuration_valle import VallEConfig
from transformers_tsukasa.models.valle.modeling_valle import VallEForConditionalGeneration


def tiny_valle(**changes) -> VallEForConditionalGeneration:
    """A model of width 16 over four codebooks of 12 entries, in evaluation mode."""
    values = {"text_vocab_size": 70, "codebook_size": 12, "num_codebooks": 4, "hidden_size": 16}
    values |= {"num_hidden_layers": 2, "num_attention_heads": 2, "initializer_range": 0.5, "max_frames_per_token": 2}
    torch.manual_seed(0)
    return VallEForConditionalGeneration(VallEConfig(**{**values, **changes})).eval()


def batch_of_two() -> dict[str, torch.Tensor]:
    """Two texts of 7 and 5 tokens with prompts of 3 and 6 frames, padded."""
    draw = torch.Generator().manual_seed(1)
    masks = torch.ones(2, 7, dtype=torch.long), torch.ones(2, 6, dtype=torch.long)
    masks[0][1, 5:], masks[1][0, 3:] = 0, 0
    ids = torch.randint(5, 70, (2, 7), generator=draw) * masks[0]
    codes = torch.randint(0, 12, (2, 6, 4), generator=draw)
    return {"input_ids": ids, "attention_mask": masks[0], "prompt_codes": codes, "prompt_mask": masks[1]}


def item(batch: dict[str, torch.Tensor], index: int) -> dict[str, torch.Tensor]:
    """One item of a batch without its padding."""
    text, prompt = batch["attention_mask"][index].bool(), batch["prompt_mask"][index].bool()
    return {
        "input_ids": batch["input_ids"][index][text][None],
        "prompt_codes": batch["prompt_codes"][index][prompt][None],
    }
