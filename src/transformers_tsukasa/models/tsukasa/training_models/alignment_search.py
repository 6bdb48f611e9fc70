# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The best monotonic path through an alignment, durations from alignments, and alignments from durations.

An alignment (batch, tokens, text_frames) assigns tokens to text frames. Everything here is batched tensor code without
a loop over items, for CPU and GPU alike.
"""

import torch
import torch.nn.functional as F

from ....text.phonemes.symbols import PAD_ID, PAUSE_IDS, SYMBOLS


SOFT_BOUNDARY_WIDTH = 1.5
"""Standard deviation, in text frames, of the window through which `soft_alignment_from_logits` reads the logits."""


@torch.no_grad()
def search_monotonic_alignment(
    soft_alignment: torch.Tensor, token_lengths: torch.Tensor, frame_lengths: torch.Tensor
) -> torch.Tensor:
    """The best monotonic path through a soft alignment (Kim et al. 2020, Glow-TTS, algorithm 1).

    A path starts at the first token, ends at the last one, and in every frame stays or advances by one token, so that
    every token gets a frame. The best one has the largest sum of `soft_alignment` on its cells; on a tie, the later
    token begins earlier. Sums run frame by frame in float32 (float64 stays float64), so
    paths are exactly those of the usual program that fills one cell at a time.

    Args:
        soft_alignment: (batch, tokens, text_frames), probabilities or their logarithms.
        token_lengths: (batch,), real tokens of every item.
        frame_lengths: (batch,), real text frames of every item.

    Returns:
        (batch, tokens, text_frames) of ones and zeros in the type of `soft_alignment`; zero in the padding of both.

    Raises:
        ValueError: when an item has no token, more tokens than frames, or lengths beyond its padding.
    """
    _check_lengths(soft_alignment, token_lengths, frame_lengths)
    frames_first = soft_alignment.permute(2, 0, 1).to(torch.promote_types(soft_alignment.dtype, torch.float32))
    advances = _decide(frames_first.contiguous())
    token_of_frame = _trace_back(advances, token_lengths, frame_lengths)
    tokens = torch.arange(soft_alignment.shape[1], device=soft_alignment.device)
    frames = torch.arange(soft_alignment.shape[2], device=soft_alignment.device)
    is_real = frames < frame_lengths[:, None]
    path = (token_of_frame[:, None, :] == tokens[:, None]) & is_real[:, None, :]
    return path.to(soft_alignment.dtype)


def _decide(gains: torch.Tensor) -> torch.Tensor:
    """Fills the table of best sums, one frame after the other.

    Args:
        gains: (text_frames, batch, tokens).

    Returns:
        (text_frames - 1, batch, tokens) bool: whether the best path to this token in the *next* frame comes from the
        token before it. Padding needs no mask, because paths lead only to later tokens and frames.
    """
    frames, batch, tokens = gains.shape
    # Column 0 stands before the first token: before the first frame, every path starts there.
    best = gains.new_full((frames + 1, batch, tokens + 1), float("-inf"))
    best[0, :, 0] = 0.0
    for frame in range(frames):
        reached = best[frame + 1, :, 1:]
        torch.maximum(best[frame, :, 1:], best[frame, :, :-1], out=reached)
        reached += gains[frame]
    advances = best[1:-1, :, 1:] < best[1:-1, :, :-1]
    # A token cannot have been there for more frames than have passed, even where sums are not finite.
    device = gains.device
    cannot_stay = torch.arange(tokens, device=device) >= torch.arange(1, frames, device=device)[:, None]
    return advances | cannot_stay[:, None, :]


def _trace_back(advances: torch.Tensor, token_lengths: torch.Tensor, frame_lengths: torch.Tensor) -> torch.Tensor:
    """The token of every frame (batch, text_frames), walking back from the last token in the last real frame.

    Steps back are joined in pairs, pairs in fours, and so on, until each frame knows where the walk from the last
    frame passes it: on a GPU a dozen operations in place of one for every frame.
    """
    frames = torch.arange(1, advances.shape[0] + 1, device=advances.device)
    is_real = frames[:, None] < frame_lengths
    tokens = torch.arange(advances.shape[2], device=advances.device)
    token_before = tokens - (advances & is_real[..., None]).long()
    joined = 1
    while joined < len(token_before):
        further = token_before[:-joined].gather(2, token_before[joined:])
        token_before = torch.cat([further, token_before[-joined:]])
        joined *= 2
    last_token = token_lengths[:, None].long() - 1
    path = token_before.gather(2, last_token.expand(len(token_before), -1, -1))[..., 0]
    return torch.cat([path.T, last_token], dim=1)


def _check_lengths(soft_alignment: torch.Tensor, token_lengths: torch.Tensor, frame_lengths: torch.Tensor) -> None:
    too_short = (token_lengths > frame_lengths) | (token_lengths < 1)
    beyond = (token_lengths > soft_alignment.shape[1]) | (frame_lengths > soft_alignment.shape[2])
    if not bool((too_short | beyond).any()):
        return
    item = int((too_short | beyond).nonzero()[0])
    raise ValueError(
        f"item {item} has {int(token_lengths[item])} tokens and {int(frame_lengths[item])} text frames in an "
        f"alignment of shape {tuple(soft_alignment.shape)}: every token needs a frame of "
        "its own, so leave out recordings that are too short for their text"
    )


def token_scores_from_ctc(ctc_logits: torch.Tensor, input_ids: torch.Tensor, floor: float = -20.0) -> torch.Tensor:
    """Scores of every token in every frame by a CTC head, for `search_monotonic_alignment`.

    CTC classifies the phoneme of every frame, where attention only has to find one telling frame of each: its path
    finds the borders between tokens better when the aligner was trained by itself.

    Silence is the blank, which CTC writes between phonemes too. Pads at the ends are this blank, and marks of pauses
    within the text may take its frames as well: otherwise only a pad could, and the best path would spend a long pause
    on the pad and leave the phrase before it a frame for every token.

    Args:
        ctc_logits: (batch, text_frames, vocab_size); the blank is the pad.
        input_ids: (batch, tokens).
        floor: least log-probability, so that one surprising frame does not decide the path.

    Returns:
        log-probabilities (batch, tokens, text_frames), float32.
    """
    log_probabilities = ctc_logits.float().log_softmax(dim=-1).clamp(min=floor)
    index = input_ids[:, None, :].expand(-1, ctc_logits.shape[1], -1)
    scores = log_probabilities.gather(2, index).transpose(1, 2)
    is_pause = torch.isin(input_ids, torch.tensor(PAUSE_IDS, device=input_ids.device))
    is_within = F.pad(input_ids[:, 1:], (0, 1), value=PAD_ID) != PAD_ID
    return torch.where(
        (is_pause & is_within)[..., None], scores.maximum(log_probabilities[..., PAD_ID][:, None, :]), scores
    )


def best_path_symbols(ctc_logits: torch.Tensor) -> str:
    """The phonemes of one utterance by greedy decoding (Graves et al. 2006, best path).

    That is the likeliest symbol of every text frame, repetitions merged, blanks removed.

    Args:
        ctc_logits: (1, text_frames, vocab_size).
    """
    kept = torch.unique_consecutive(ctc_logits[0].argmax(dim=-1)).tolist()
    return "".join(SYMBOLS[token] for token in kept if token != PAD_ID)


def durations_from_alignment(alignment: torch.Tensor) -> torch.Tensor:
    """Text frames of every token of a monotonic alignment. (batch, tokens, text_frames) -> (batch, tokens) int64"""
    return alignment.sum(dim=-1).round().long()


def alignment_from_durations(durations: torch.Tensor, num_frames: int | None = None) -> torch.Tensor:
    """The monotonic alignment of given durations.

    Args:
        durations: (batch, tokens), in text frames; 0 for padding.
        num_frames: frames of the result; by default those of the longest item.

    Returns:
        (batch, tokens, text_frames) float32 of ones and zeros; zero past the end of each item.
    """
    ends = durations.cumsum(dim=1)
    if num_frames is None:
        num_frames = int(ends[:, -1].max())
    frames = torch.arange(num_frames, device=durations.device)
    starts = ends - durations
    return ((frames >= starts[..., None]) & (frames < ends[..., None])).float()


def soft_alignment_from_logits(
    duration_logits: torch.Tensor, attention_mask: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """An alignment through which gradients reach the predicted durations (Li et al. 2023, StyleTTS 2, section 3.2.4).

    A token's duration is the sum of the sigmoids of its logits `x[k]`, and its centre `c` lies half a duration after
    the end of the token before it. Its claim to frame `t` is its logits read through a Gaussian window around that
    centre, `sum_k x[k] exp(-(t + 1 - k - c)^2 / (2 * 1.5^2))` over `k <= t`, and the frame is shared out by a softmax
    over the tokens' claims.

    Args:
        duration_logits: (batch, tokens, max_duration).
        attention_mask: (batch, tokens), 1 for real tokens.

    Returns:
        soft alignment (batch, tokens, text_frames), float32, whose real frames sum to one and which is zero in the
        padding, and text frames of every item (batch,) int64: the rounded sum of its durations, at least 1.
    """
    logits = duration_logits.float()
    batch, tokens, max_duration = logits.shape
    is_real = torch.ones(batch, tokens, dtype=torch.bool, device=logits.device)
    if attention_mask is not None:
        is_real = attention_mask.bool()
    durations = torch.sigmoid(logits).sum(dim=-1) * is_real
    frame_lengths = durations.sum(dim=-1).detach().round().long().clamp(min=1)
    num_frames = int(frame_lengths.max())

    centres = durations.cumsum(dim=-1) - durations / 2
    # The window is laid out max_duration - 1 places to the left of the first frame, where it is zero.
    places = torch.arange(2 - max_duration, num_frames + 1, device=logits.device)
    windows = torch.exp(-0.5 * ((places - centres[..., None]) / SOFT_BOUNDARY_WIDTH).square()) * (places >= 1)
    # Every token reads its own window with its own logits: a convolution with one group per token.
    kernels = logits.flip(-1).reshape(batch * tokens, 1, max_duration)
    claims = F.conv1d(windows.reshape(1, batch * tokens, -1), kernels, groups=batch * tokens)
    claims = claims.view(batch, tokens, num_frames).masked_fill(~is_real[..., None], float("-inf"))
    frames = torch.arange(num_frames, device=logits.device)
    is_spoken = (frames < frame_lengths[:, None])[:, None, :] & is_real[..., None]
    return torch.softmax(claims, dim=1) * is_spoken, frame_lengths
