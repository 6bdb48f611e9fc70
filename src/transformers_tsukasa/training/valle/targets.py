# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From a batch of codes to inputs and labels of both networks, in every prefix mode (docs/spec/valle.md, 3 and 4)."""

from dataclasses import dataclass

import torch

from ...models.layers.masking import lengths_to_mask
from ...models.valle.configuration_valle import VallEConfig
from ...models.valle.modeling_valle import IGNORED


LONGEST_PROMPT = 225
"""Frames of a prompt in training, at most: 3 s of EnCodec at 24 kHz."""


@dataclass(frozen=True)
class Prefix:
    """The prompts of a batch of the refiner.

    Args:
        length: frames of every prompt; 0 for none.
        starts: where in each item they are copied from, (batch,), in prefix mode 2.
        codes: those of other utterances, (batch, length, num_codebooks), in prefix mode 4.
    """

    length: int = 0
    starts: torch.Tensor | None = None
    codes: torch.Tensor | None = None


def autoregressive_inputs(
    codes: torch.Tensor, lengths: torch.Tensor, config: VallEConfig, count_padding: bool = False
) -> dict[str, torch.Tensor]:
    """Inputs and labels of the autoregressive network.

    Args:
        codes: (batch, frames, num_codebooks), padded on the right.
        lengths: frames of every item, (batch,).
        config: of the model. Without a start token, the first frame is never predicted.
        count_padding: whether padding is predicted, as an end after the end, as the original does.

    Returns:
        `input_ids`, `attention_mask` and `labels`, (batch, frames), one frame more with a start token.
    """
    end = config.codebook_size
    first = torch.where(lengths_to_mask(lengths, codes.shape[1]), codes[..., 0], end)
    labels = torch.cat([first, torch.full_like(first[:, :1], end)], dim=1)
    if config.bos_token_id is None:
        inputs, labels, counted = first, labels[:, 1:], lengths
    else:
        inputs, counted = torch.cat([torch.full_like(first[:, :1], config.bos_token_id), first], dim=1), lengths + 1
    mask = lengths_to_mask(counted, inputs.shape[1])
    if not count_padding:
        labels = labels.masked_fill(~mask, IGNORED)
    return {"input_ids": inputs, "attention_mask": mask.long(), "labels": labels}


def refiner_inputs(
    codes: torch.Tensor, lengths: torch.Tensor, stage: int, prefix: Prefix, config: VallEConfig
) -> dict[str, torch.Tensor]:
    """Inputs and labels of the refiner.

    Args:
        codes: (batch, frames, num_codebooks), padded on the right.
        lengths: frames of every item, (batch,).
        stage: the codebook to predict.
        prefix: the prompts.
        config: of the model, whose `prefix_mode` decides: 0 no prompt; 1 the first frames are the prompt; 2 a copy of
            frames of the item is put in front, and these frames are not predicted; 4 frames of another utterance are
            put in front.

    Returns:
        `codes`, `attention_mask`, `prompt_mask` and `labels`.
    """
    is_padding = ~lengths_to_mask(lengths, codes.shape[1])
    labels = codes[..., stage].masked_fill(is_padding, IGNORED)
    codes = _padded_with_ends(codes, is_padding, config)
    places = torch.arange(codes.shape[1], device=codes.device)
    in_front = 0
    prefix_mode = config.prefix_mode
    if prefix_mode == 1:
        labels = labels.masked_fill(places < prefix.length, IGNORED)
    elif prefix_mode in (2, 4):
        if prefix_mode == 2:
            prompts, is_copied = _copies(codes, prefix, places)
            labels = labels.masked_fill(is_copied, IGNORED)
        else:
            assert prefix.codes is not None
            prompts = prefix.codes
        in_front = prompts.shape[1]
        codes = torch.cat([prompts, codes], dim=1)
        labels = torch.cat([torch.full_like(prompts[..., 0], IGNORED), labels], dim=1)
    width = codes.shape[1]
    is_prompt = torch.arange(width, device=codes.device) < (prefix.length if prefix_mode else 0)
    return {
        "codes": codes,
        "attention_mask": lengths_to_mask(lengths + in_front, width).long(),
        "prompt_mask": is_prompt[None].expand(len(codes), -1),
        "labels": labels,
    }


def _padded_with_ends(codes: torch.Tensor, is_padding: torch.Tensor, config: VallEConfig) -> torch.Tensor:
    """The codes with the end in the first codebook of padding, which has an embedding there, and 0 in the others."""
    codes = codes.masked_fill(is_padding[..., None], 0)
    return torch.cat([codes[..., :1].masked_fill(is_padding[..., None], config.codebook_size), codes[..., 1:]], dim=2)


def _copies(codes: torch.Tensor, prefix: Prefix, places: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The frames that are put in front, and the places that they are copied from."""
    assert prefix.starts is not None
    starts = prefix.starts.to(codes.device)[:, None]
    taken = starts + torch.arange(prefix.length, device=codes.device)
    prompts = codes.gather(1, taken[..., None].expand(-1, -1, codes.shape[2]))
    return prompts, (places >= starts) & (places < starts + prefix.length)


__all__ = ["LONGEST_PROMPT", "Prefix", "autoregressive_inputs", "refiner_inputs"]
