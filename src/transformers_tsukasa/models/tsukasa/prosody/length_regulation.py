# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From tokens to frames: durations rounded to text frames, and states repeated for them."""

from collections.abc import Sequence

import torch

from ...layers.masking import lengths_to_mask


def round_durations(
    durations: torch.Tensor, attention_mask: torch.Tensor, speaking_rate: torch.Tensor | float = 1.0
) -> torch.Tensor:
    """Rounds durations to text frames: at least one for every token, none for padding.

    Args:
        durations: in text frames, (batch, tokens).
        attention_mask: (batch, tokens), 1 for real tokens.
        speaking_rate: durations are divided by it.

    Returns:
        (batch, tokens) int64.
    """
    frames = (durations / speaking_rate).round().clamp(min=1).long()
    return frames * attention_mask.to(frames)


def set_edge_pads(durations: torch.Tensor, ids: torch.Tensor, pad_token_id: int | None, frames: int) -> torch.Tensor:
    """Durations (1, tokens) in which the pads at both ends, where there are any, last so many frames, one at least.

    Args:
        durations: in text frames, (1, tokens) int64.
        ids: (1, tokens).
        frames: text frames.
    """
    changed = durations.clone()
    for edge in (0, -1):
        if ids[0, edge] == pad_token_id:
            changed[0, edge] = max(frames, 1)
    return changed


def expand_to_frames(
    token_states: Sequence[torch.Tensor],
    durations: torch.Tensor | None,
    alignment: torch.Tensor | None = None,
    delay: int = 0,
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Brings states of tokens to text frames, by durations or along an alignment.

    Args:
        token_states: each (batch, tokens, channels).
        durations: (batch, tokens) int64, in text frames; not used when an alignment is given.
        alignment: (batch, tokens, text_frames), soft or monotonic.
        delay: text frames by which they lag, see `delay_frames`.

    Returns:
        Text frames of every item, (batch,), and the states on frames, each (batch, text_frames, channels).

    Raises:
        ValueError: without durations and alignment.
    """
    if alignment is not None:
        frame_lengths = (alignment.sum(dim=1) > 0).sum(dim=1)
        expanded = [alignment.to(states).transpose(1, 2) @ states for states in token_states]
    elif durations is not None:
        frame_lengths = durations.sum(dim=1)
        expanded = [expand_by_durations(states, durations) for states in token_states]
    else:
        raise ValueError("text is spoken by durations or along an alignment: give one of them")
    return frame_lengths, [delay_frames(states, delay, frame_lengths) for states in expanded]


def expand_by_durations(states: torch.Tensor, durations: torch.Tensor) -> torch.Tensor:
    """Repeats every token's state for its duration.

    Args:
        states: (batch, tokens, channels).
        durations: (batch, tokens) int64, in text frames; 0 for padding.

    Returns:
        (batch, text_frames, channels) with the frames of the longest item; zero past the end of each item.
    """
    ends = durations.to(states.device).cumsum(dim=1)
    total = int(ends[:, -1].max())
    frames = torch.arange(total, device=states.device).expand(states.shape[0], total).contiguous()
    token_of_frame = torch.searchsorted(ends, frames, right=True)
    is_real = token_of_frame < states.shape[1]
    token_of_frame = token_of_frame.clamp(max=states.shape[1] - 1)
    expanded = states.gather(1, token_of_frame[..., None].expand(-1, -1, states.shape[-1]))
    return expanded * is_real[..., None].to(states.dtype)


def delay_frames(states: torch.Tensor, delay: int, frame_lengths: torch.Tensor) -> torch.Tensor:
    """Lets states on frames lag: the first one is repeated, and the last ones of every item are lost.

    Args:
        states: (batch, text_frames, channels).
        delay: in text frames.
        frame_lengths: real frames of every item, (batch,).

    Returns:
        The shape of `states`, zero past the end of each item; `states` itself without a delay.
    """
    if delay == 0:
        return states
    frames = torch.arange(states.shape[1], device=states.device)
    mask = lengths_to_mask(frame_lengths.to(states.device), states.shape[1])
    return states[:, (frames - delay).clamp(min=0)] * mask[..., None].to(states.dtype)
