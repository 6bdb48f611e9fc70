# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The recorded losses as formulas of the recorded ingredients."""

import torch
import torch.nn.functional as F

from transformers_tsukasa.audio.mel import log_mel_spectrogram
from transformers_tsukasa.model.discriminators import TsukasaJudgement


_RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
_MEL_BINS = 128
_MONOTONIC_WEIGHT = 10.0
_FEATURE_WEIGHT = 2.0
_RELATIVISTIC_BOUND = 0.04


def mel_distance(fake: torch.Tensor, real: torch.Tensor, sampling_rate: int) -> torch.Tensor:
    """`sum |Y^ - Y| / sum |Y|` on normalised log-mels, averaged over three resolutions."""
    distances = []
    for n_fft, hop_length, win_length in _RESOLUTIONS:
        ours, target = (
            log_mel_spectrogram(
                waveform,
                n_fft=n_fft,
                win_length=win_length,
                hop_length=hop_length,
                num_mel_bins=_MEL_BINS,
                mel_sampling_rate=sampling_rate,
            )
            for waveform in (fake, real)
        )
        distances.append((ours - target).abs().sum() / target.abs().sum())
    return torch.stack(distances).mean()


def token_cross_entropy(logits: torch.Tensor, input_ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """The aligner's decoder against the tokens it should spell, utterance by utterance, without padding."""
    rows = zip(logits, input_ids, lengths.tolist(), strict=True)
    return torch.stack([F.cross_entropy(row[:length], ids[:length]) for row, ids, length in rows]).mean()


def monotonic_distance(soft: torch.Tensor, monotonic: torch.Tensor) -> torch.Tensor:
    """How far the soft alignment is from the monotonic one, padding included."""
    return _MONOTONIC_WEIGHT * (soft - monotonic).abs().mean()


def duration_cross_entropy(logits: torch.Tensor, durations: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy of a token's logits with a unary code of its duration: as many ones as it has frames."""
    places = torch.arange(logits.shape[-1])
    losses = []
    for row, target, length in zip(logits, durations, lengths.tolist(), strict=True):
        unary = (places < target[:length, None]).float()
        losses.append(F.binary_cross_entropy_with_logits(row[:length], unary))
    return torch.stack(losses).mean()


def duration_distance(logits: torch.Tensor, durations: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Mean distance of predicted and true durations in text frames, the tokens at both ends left out."""
    predicted = logits.sigmoid().sum(dim=-1)
    rows = zip(predicted, durations, lengths.tolist(), strict=True)
    return torch.stack([F.l1_loss(row[1 : length - 1], target[1 : length - 1]) for row, target, length in rows]).mean()


def discriminator_loss(real: TsukasaJudgement, fake: TsukasaJudgement) -> torch.Tensor:
    """Least squares towards 1 for recordings and 0 for generated speech, and the relativistic term."""
    pairs = list(zip(real.scores, fake.scores, strict=True))
    squares = sum((1 - score).square().mean() + generated.square().mean() for score, generated in pairs)
    return squares + sum(_relativistic(score - generated) for score, generated in pairs)


def generator_loss(real: TsukasaJudgement, fake: TsukasaJudgement) -> torch.Tensor:
    """Least squares towards 1 for generated speech, distances of feature maps, and the relativistic term."""
    squares = sum((1 - generated).square().mean() for generated in fake.scores)
    features = sum(
        (target - ours).abs().mean()
        for targets, all_ours in zip(real.feature_maps, fake.feature_maps, strict=True)
        for target, ours in zip(targets, all_ours, strict=True)
    )
    relative = sum(_relativistic(ours - score) for score, ours in zip(real.scores, fake.scores, strict=True))
    return squares + _FEATURE_WEIGHT * features + relative


def _relativistic(difference: torch.Tensor) -> torch.Tensor:
    """`t - relu(t - mean of (d - median d)^2 where d is below the median)`; zero where nothing is below it."""
    median = difference.median()
    below = difference < median
    if not below.any():
        return difference.new_zeros(())
    spread = (difference - median)[below].square().mean()
    return _RELATIVISTIC_BOUND - F.relu(_RELATIVISTIC_BOUND - spread)
