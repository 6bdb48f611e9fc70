# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The losses of every stage, each a pure function of tensors; their weights are set by the trainers.

All are computed in float32. Where utterances of different lengths stand in a batch, a mask (1 for real places) keeps
padding out, every utterance is averaged by itself, and the batch is the mean of its utterances: an utterance has the
same weight in any batch. Without a mask, nothing is padded. Losses on waveforms take crops of one length.

The formulas are those of the published system (Li et al. 2023, StyleTTS 2, section 3.2 and appendix G) unless stated
otherwise.
"""

from collections.abc import Collection, Mapping, Sequence

import torch
import torch.nn.functional as F

from ..audio.mel import log_mel_spectrogram
from ..models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ..models.tsukasa.training_models.discriminators import TsukasaDiscriminatorOutput


REFERENCE_SAMPLING_RATE = 24000
REFERENCE_RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
"""n_fft, hop and window of the mel loss in samples at the reference rate: hops of 5, 10 and 2.1 ms."""

RELATIVISTIC_MARGIN = 0.04
MEL_LOSS_BINS = 128


def utterance_mean(values: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
    """Mean over the utterances of a batch of each one's own mean.

    Args:
        values: (batch, ...).
        mask: broadcastable to `values`, 1 for real places; an utterance without any counts as zero.
    """
    if mask is None:
        return values.mean()
    # Padding may hold anything, so it is replaced and not multiplied away.
    mask = mask.bool().expand_as(values)
    sums = values.masked_fill(~mask, 0.0).flatten(1).sum(dim=1)
    return (sums / mask.flatten(1).sum(dim=1).clamp(min=1)).mean()


# Reconstruction


def scaled_resolutions(sampling_rate: int) -> list[tuple[int, int, int]]:
    """(n_fft, hop, window) of the mel loss at `sampling_rate`: the reference's durations, and n_fft a power of two."""
    ratio = sampling_rate / REFERENCE_SAMPLING_RATE
    resolutions = []
    for n_fft, hop_length, win_length in REFERENCE_RESOLUTIONS:
        scaled_window = max(2, round(win_length * ratio))
        scaled_fft = 2 ** max((scaled_window - 1).bit_length(), round(n_fft * ratio - 1).bit_length())
        resolutions.append((scaled_fft, max(1, round(hop_length * ratio)), scaled_window))
    return resolutions


def mel_loss(
    generated: torch.Tensor,
    reference: torch.Tensor,
    sampling_rate: int,
    resolutions: Sequence[tuple[int, int, int]] | None = None,
) -> torch.Tensor:
    """Spectral convergence of 128-band log-mels, mean over resolutions of `sum |Y^ - Y| / sum |Y|`.

    The mels are normalised as everywhere (`audio.mel`), but laid out for the true rate.

    Args:
        generated: (batch, samples).
        reference: (batch, samples), recordings.
        sampling_rate: of both.
        resolutions: (n_fft, hop, window) in samples; by default `scaled_resolutions(sampling_rate)`.

    Raises:
        ValueError: when the shapes differ, or the waveforms are too short for the longest transform.
    """
    if generated.shape != reference.shape:
        raise ValueError(
            f"the mel loss compares waveforms of one shape, got {tuple(generated.shape)} generated and "
            f"{tuple(reference.shape)} recorded"
        )
    losses = []
    for n_fft, hop_length, win_length in resolutions or scaled_resolutions(sampling_rate):
        target, log_mel = (
            log_mel_spectrogram(
                waveform,
                n_fft=n_fft,
                win_length=win_length,
                hop_length=hop_length,
                num_mel_bins=MEL_LOSS_BINS,
                mel_sampling_rate=sampling_rate,
            )
            for waveform in (reference, generated)
        )
        losses.append((target - log_mel).abs().sum() / target.abs().sum().clamp(min=1e-8))
    return torch.stack(losses).mean()


# Adversaries


def relativistic_loss(score_difference: torch.Tensor, margin: float = RELATIVISTIC_MARGIN) -> torch.Tensor:
    """Truncated pointwise relativistic term R of one discriminator (Li et al. 2022, appendix).

    `margin - relu(margin - v)` with v the mean of `(d - median d)^2` over the places where d lies below the median: it
    is v, but never more than the margin. Where no place lies below the median (one score, or all equal) the mean of
    nothing is zero, and so is R.

    Args:
        score_difference: d, real minus generated scores in the discriminator's step and the reverse in the
            generator's; median over all of them, the lower one of two.
    """
    difference = score_difference.float()
    median = difference.median()
    below = difference < median
    spread = (difference - median).square().masked_fill(~below, 0.0).sum() / below.sum().clamp(min=1)
    return margin - F.relu(margin - spread)


def discriminator_loss(real: TsukasaDiscriminatorOutput, generated: TsukasaDiscriminatorOutput) -> torch.Tensor:
    """Sum over discriminators of `mean (1 - D(y))^2 + mean D(y^)^2 + R(D(y) - D(y^))`.

    Least squares (Mao et al. 2017) and the relativistic term. `real` holds the outputs for recordings y, `generated`
    those for detached y^.
    """
    losses = []
    for real_score, generated_score in zip(real.scores, generated.scores, strict=True):
        losses.append(
            (1 - real_score).square().mean()
            + generated_score.square().mean()
            + relativistic_loss(real_score - generated_score)
        )
    return torch.stack(losses).sum()


def adversarial_loss(real: TsukasaDiscriminatorOutput, generated: TsukasaDiscriminatorOutput) -> torch.Tensor:
    """The generator's side: sum over discriminators of `mean (1 - D(y^))^2 + R(D(y^) - D(y))`."""
    losses = []
    for real_score, generated_score in zip(real.scores, generated.scores, strict=True):
        losses.append((1 - generated_score).square().mean() + relativistic_loss(generated_score - real_score.detach()))
    return torch.stack(losses).sum()


def feature_matching_loss(real: TsukasaDiscriminatorOutput, generated: TsukasaDiscriminatorOutput) -> torch.Tensor:
    """Sum over all feature maps of their mean absolute difference (Kong et al. 2020, eq. 5, without the weight 2)."""
    losses = []
    for real_maps, generated_maps in zip(real.feature_maps, generated.feature_maps, strict=True):
        for real_map, generated_map in zip(real_maps, generated_maps, strict=True):
            losses.append((real_map.detach().float() - generated_map.float()).abs().mean())
    return torch.stack(losses).sum()


def generator_loss(real: TsukasaDiscriminatorOutput, generated: TsukasaDiscriminatorOutput) -> torch.Tensor:
    """The complete adversarial loss of the generator: `adversarial_loss + 2 * feature_matching_loss`."""
    return adversarial_loss(real, generated) + 2.0 * feature_matching_loss(real, generated)


# Speech language model


def slm_feature_loss(
    real_states: Sequence[torch.Tensor], generated_states: Sequence[torch.Tensor], mask: torch.Tensor | None = None
) -> torch.Tensor:
    """Sum over layers of the mean absolute difference of a speech language model's hidden states.

    Args:
        real_states: (batch, frames, hidden_size) of every layer, from the recording; no gradient goes there.
        generated_states: the same from generated speech.
        mask: (batch, frames), 1 for real frames.
    """
    if mask is not None:
        mask = mask[..., None]
    losses = [
        utterance_mean((real.detach().float() - generated.float()).abs(), mask)
        for real, generated in zip(real_states, generated_states, strict=True)
    ]
    return torch.stack(losses).sum()


def slm_discriminator_loss(real_scores: torch.Tensor, generated_scores: torch.Tensor) -> torch.Tensor:
    """`mean (1 - D(y))^2 + mean D(y^)^2` of the discriminator on a speech language model; scores (batch, frames)."""
    return (1 - real_scores.float()).square().mean() + generated_scores.float().square().mean()


def slm_generator_loss(generated_scores: torch.Tensor) -> torch.Tensor:
    """`mean (1 - D(y^))^2`, the generator's loss against the same discriminator; scores (batch, frames)."""
    return (1 - generated_scores.float()).square().mean()


# Alignment


def s2s_loss(
    token_logits: torch.Tensor, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None
) -> torch.Tensor:
    """Cross-entropy of the tokens that the aligner's decoder predicts, per utterance without padding.

    Args:
        token_logits: (batch, tokens + 1, vocab_size); place i predicts token i, the last one is not used.
        input_ids: (batch, tokens), the true tokens, none hidden.
        attention_mask: (batch, tokens), 1 for real tokens.
    """
    spelled = token_logits[:, : input_ids.shape[1]].float().transpose(1, 2)
    return utterance_mean(F.cross_entropy(spelled, input_ids, reduction="none"), attention_mask)


def ctc_loss(
    ctc_logits: torch.Tensor,
    frame_lengths: torch.Tensor,
    input_ids: torch.Tensor,
    attention_mask: torch.Tensor,
    blank_id: int,
) -> torch.Tensor:
    """Connectionist temporal classification (Graves et al. 2006), per token, mean over utterances.

    Tokens that equal the blank (the pads at both ends) are left out of the targets. An utterance with fewer frames
    than its tokens need counts as zero.

    Args:
        ctc_logits: (batch, text_frames, vocab_size).
        frame_lengths: (batch,), real text frames.
        input_ids: (batch, tokens).
        attention_mask: (batch, tokens), 1 for real tokens.
        blank_id: the symbol that stands for nothing.
    """
    is_target = attention_mask.bool() & (input_ids != blank_id)
    lengths = is_target.sum(dim=1)
    # Targets move to the front of their row, in order.
    order = torch.argsort((~is_target).long(), dim=1, stable=True)
    targets = input_ids.gather(1, order)
    log_probabilities = ctc_logits.float().log_softmax(dim=-1).transpose(0, 1)
    losses = F.ctc_loss(
        log_probabilities, targets, frame_lengths, lengths, blank=blank_id, reduction="none", zero_infinity=True
    )
    return (losses / lengths.clamp(min=1)).mean()


def monotonic_loss(
    soft_alignment: torch.Tensor,
    alignment: torch.Tensor,
    token_mask: torch.Tensor | None = None,
    frame_mask: torch.Tensor | None = None,
) -> torch.Tensor:
    """Ten times the mean absolute difference of the soft and the monotonic alignment.

    Args:
        soft_alignment: (batch, tokens, text_frames).
        alignment: the same shape, zeros and ones.
        token_mask: (batch, tokens), 1 for real tokens.
        frame_mask: (batch, text_frames), 1 for real frames. Without both masks the mean runs over padding too, as the
            original's does.
    """
    mask = None
    if token_mask is not None and frame_mask is not None:
        mask = token_mask.bool()[:, :, None] & frame_mask.bool()[:, None, :]
    elif token_mask is not None or frame_mask is not None:
        raise ValueError("the monotonic loss takes token_mask and frame_mask together, or neither")
    return 10.0 * utterance_mean((soft_alignment.float() - alignment.float()).abs(), mask)


def aligner_losses(
    outputs: Mapping[str, torch.Tensor],
    batch: Mapping[str, torch.Tensor],
    blank_id: int,
    names: Collection[str] = ("monotonic", "s2s", "ctc"),
) -> dict[str, torch.Tensor]:
    """`monotonic`, `s2s` and `ctc` of the outputs of an aligner.

    Args:
        outputs: `soft_alignment`, `alignment`, `token_logits` and `ctc_logits`, as far as they are needed.
        batch: of `TsukasaDataCollator`.
        blank_id: see `ctc_loss`.
        names: of the losses that are computed; others among them are ignored.
    """
    input_ids, token_mask = batch["input_ids"], batch["attention_mask"]
    frame_lengths = batch["mel_attention_mask"].sum(dim=1) // MEL_FRAMES_PER_TEXT_FRAME
    losses = {}
    if "monotonic" in names:
        soft = outputs["soft_alignment"]
        frame_mask = torch.arange(soft.shape[-1], device=soft.device) < frame_lengths[:, None]
        losses["monotonic"] = monotonic_loss(soft, outputs["alignment"], token_mask, frame_mask)
    if "s2s" in names:
        losses["s2s"] = s2s_loss(outputs["token_logits"], input_ids, token_mask)
    if "ctc" in names:
        losses["ctc"] = ctc_loss(outputs["ctc_logits"], frame_lengths, input_ids, token_mask, blank_id)
    return losses


# Prosody


def duration_ce_loss(
    duration_logits: torch.Tensor, durations: torch.Tensor, attention_mask: torch.Tensor | None = None
) -> torch.Tensor:
    """Binary cross-entropy of the duration logits with the unary code of the true duration.

    A token of n text frames has n ones, then zeros; more frames than logits are all ones.

    Args:
        duration_logits: (batch, tokens, max_duration).
        durations: (batch, tokens), text frames.
        attention_mask: (batch, tokens), 1 for real tokens.
    """
    places = torch.arange(duration_logits.shape[-1], device=duration_logits.device)
    unary = (places < durations[..., None]).float()
    losses = F.binary_cross_entropy_with_logits(duration_logits.float(), unary, reduction="none")
    return utterance_mean(losses.mean(dim=-1), attention_mask)


def duration_loss(
    duration_logits: torch.Tensor, durations: torch.Tensor, attention_mask: torch.Tensor | None = None
) -> torch.Tensor:
    """Absolute error of durations (sums of sigmoids) in text frames, the first and the last token left out.

    Args:
        duration_logits: (batch, tokens, max_duration).
        durations: (batch, tokens), text frames.
        attention_mask: (batch, tokens), 1 for real tokens.
    """
    predicted = torch.sigmoid(duration_logits.float()).sum(dim=-1)
    if attention_mask is None:
        attention_mask = torch.ones_like(durations)
    # A token is inside when its neighbours on both sides are real.
    padded = F.pad(attention_mask.bool(), (1, 1))
    is_inside = padded[:, 1:-1] & padded[:, :-2] & padded[:, 2:]
    return utterance_mean((predicted - durations).abs(), is_inside)


def f0_loss(f0: torch.Tensor, true_f0: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
    """Smooth absolute error of F0 in Hz, divided by ten; (batch, mel_frames), mask likewise."""
    return utterance_mean(F.smooth_l1_loss(f0.float(), true_f0.float(), reduction="none"), mask) / 10.0


def energy_loss(energy: torch.Tensor, true_energy: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
    """Smooth absolute error of the log energy; (batch, mel_frames), mask likewise."""
    return utterance_mean(F.smooth_l1_loss(energy.float(), true_energy.float(), reduction="none"), mask)


def voicing_loss(
    voicing_logits: torch.Tensor, is_voiced: torch.Tensor, mask: torch.Tensor | None = None
) -> torch.Tensor:
    """Cross-entropy of (unvoiced, voiced), for the pitch extractor's own training (Kum & Nam 2019).

    Args:
        voicing_logits: (batch, mel_frames, 2).
        is_voiced: (batch, mel_frames), 1 or 0.
        mask: (batch, mel_frames), 1 for real frames.
    """
    losses = F.cross_entropy(voicing_logits.float().transpose(1, 2), is_voiced.long(), reduction="none")
    return utterance_mean(losses, mask)


# Style


def style_loss(style: torch.Tensor, target_style: torch.Tensor) -> torch.Tensor:
    """Mean absolute error of a sampled style vector; no gradient goes into the target. (batch, 2 * style_dim)"""
    return F.l1_loss(style.float(), target_style.detach().float())


def style_regression_loss(style: torch.Tensor, target_style: torch.Tensor) -> torch.Tensor:
    """Mean squared error with which stage 3 learns styles of recordings; no gradient goes into the target."""
    return F.mse_loss(style.float(), target_style.detach().float())
