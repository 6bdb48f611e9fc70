# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Hidden states of the phoneme language model (PL-BERT, transformers' ALBERT) for texts of any length.

ALBERT has a table of 512 positions. A longer text is read in overlapping windows of that size, each starting its own
positions from 0, and the states of neighbouring windows are faded into each other. The windows lie on a fixed grid
from a text's start, so that neither its padding nor its neighbours in a batch change what is read. A third of the
tokens is read twice, and memory grows with the length, not with its square.
"""

import math

import torch
from torch import nn


# Windows share a quarter of their length: every state is made with at least an eighth of a window (64 tokens) of
# context on both sides wherever its weight is a half or more.
_OVERLAP_SHARE = 4


def phoneme_hidden_states(
    plbert: nn.Module, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None
) -> torch.Tensor:
    """Last hidden states of PL-BERT, identical to its own up to its number of positions.

    Args:
        plbert (`AlbertModel`): the language model.
        input_ids (`torch.Tensor`): (batch, tokens).
        attention_mask (`torch.Tensor`, *optional*):
            (batch, tokens), 1 for tokens and 0 for padding, which is on the right.

    Returns:
        `torch.Tensor`: (batch, tokens, hidden_size); zeros at the padding of texts that need windows.
    """
    window = plbert.config.max_position_embeddings
    if input_ids.shape[1] <= window:
        return plbert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
    if attention_mask is None:
        attention_mask = torch.ones_like(input_ids)
    lengths = attention_mask.sum(dim=1).tolist()
    stride = window - window // _OVERLAP_SHARE
    hidden_states = None
    for index in range(window_count(max(lengths), window)):
        # Only texts that reach into this window: a text that is covered needs no more of it.
        rows = [row for row, length in enumerate(lengths) if index < window_count(length, window)]
        start = index * stride
        end = min(start + window, input_ids.shape[1])
        rows_index = torch.tensor(rows, device=input_ids.device)
        states = plbert(
            input_ids=input_ids[rows_index, start:end], attention_mask=attention_mask[rows_index, start:end]
        ).last_hidden_state
        last = torch.tensor([index == window_count(lengths[row], window) - 1 for row in rows], device=states.device)
        weights = _fade(states, window, is_first=index == 0, is_last=last)
        weights = weights * attention_mask[rows_index, start:end].to(weights.dtype)
        if hidden_states is None:
            hidden_states = states.new_zeros(*input_ids.shape, states.shape[-1])
        columns = torch.arange(start, end, device=states.device)
        hidden_states = hidden_states.index_put(
            (rows_index[:, None], columns[None, :]), states * weights[..., None].to(states.dtype), accumulate=True
        )
    return hidden_states


def window_count(length: int, window: int) -> int:
    """Windows that a text of `length` tokens is read in."""
    stride = window - window // _OVERLAP_SHARE
    return 1 + max(0, math.ceil((length - window) / stride))


def _fade(states: torch.Tensor, window: int, is_first: bool, is_last: torch.Tensor) -> torch.Tensor:
    """Weights (rows, tokens) of a window: sine squared over both overlaps, so that neighbours add up to one."""
    overlap = window // _OVERLAP_SHARE
    steps = (torch.arange(overlap, device=states.device, dtype=torch.float32) + 0.5) / overlap
    rising = torch.sin(0.5 * math.pi * steps) ** 2
    weights = torch.ones(states.shape[0], window, device=states.device)
    if not is_first:
        weights[:, :overlap] = rising
    weights[~is_last, window - overlap :] = 1 - rising
    return weights[:, : states.shape[1]]


__all__ = ["phoneme_hidden_states"]
