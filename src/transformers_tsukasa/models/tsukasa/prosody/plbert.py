# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Hidden states of the phoneme language model (PL-BERT, transformers' ALBERT) for texts of any length.

ALBERT has a table of 512 positions. A longer text is read in overlapping windows of that size, each starting its own
positions from 0, and the states of neighbouring windows are cross-faded. The windows lie on a fixed grid from the
start of a text, so that neither its padding nor its neighbours in a batch change its states. A third of the tokens is
read twice, and memory grows with the length, not with its square.
"""

import math

import torch
from transformers import AlbertModel

from ...layers.placement import execution_device


# Windows share a quarter of their length: every state is made with at least an eighth of a window (64 tokens) of
# context on both sides wherever its weight is a half or more.
_OVERLAP_SHARE = 4


def phoneme_hidden_states(
    plbert: AlbertModel, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None
) -> torch.Tensor:
    """Last hidden states of PL-BERT; up to its number of positions, exactly its own.

    Args:
        plbert (`AlbertModel`): the language model.
        input_ids (`torch.Tensor`): (batch, tokens).
        attention_mask (`torch.Tensor`, *optional*):
            (batch, tokens), 1 for tokens and 0 for padding, which is on the right.

    Returns:
        `torch.Tensor`: (batch, tokens, hidden_size); zeros at the padding of texts that need windows.
    """
    window = plbert.config.max_position_embeddings
    device = execution_device(plbert)
    input_ids = input_ids.to(device)
    attention_mask = None if attention_mask is None else attention_mask.to(device)
    if input_ids.shape[1] <= window:
        return plbert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
    if attention_mask is None:
        attention_mask = torch.ones_like(input_ids)
    lengths: list[int] = attention_mask.sum(dim=1).tolist()
    windows = [
        _read_window(plbert, input_ids, attention_mask, lengths, index)
        for index in range(window_count(max(lengths), window))
    ]
    states = windows[0][2]
    hidden_states = states.new_zeros(*input_ids.shape, states.shape[-1])
    for rows, columns, states in windows:
        hidden_states = hidden_states.index_put((rows[:, None], columns[None, :]), states, accumulate=True)
    return hidden_states


def _read_window(
    plbert: AlbertModel, input_ids: torch.Tensor, attention_mask: torch.Tensor, lengths: list[int], index: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """One window of all texts that reach into it.

    Returns:
        The rows that were read (rows,), their columns (columns,), and the states times their weights in the cross-fade
        (rows, columns, hidden_size).
    """
    window = plbert.config.max_position_embeddings
    start = index * (window - window // _OVERLAP_SHARE)
    end = min(start + window, input_ids.shape[1])
    # A text that is covered by earlier windows needs no more of them.
    counts = {row: window_count(length, window) for row, length in enumerate(lengths)}
    rows = [row for row, count in counts.items() if index < count]
    rows_index = torch.tensor(rows, device=input_ids.device)
    mask = attention_mask[rows_index, start:end]
    states = plbert(input_ids=input_ids[rows_index, start:end], attention_mask=mask).last_hidden_state
    is_last = torch.tensor([index == counts[row] - 1 for row in rows], device=states.device)
    weights = _fade(states, window, is_first=index == 0, is_last=is_last)
    weights = weights * mask.to(weights.dtype)
    return rows_index, torch.arange(start, end, device=states.device), states * weights[..., None].to(states.dtype)


def window_count(length: int, window: int) -> int:
    """Number of windows for a text of `length` tokens."""
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
