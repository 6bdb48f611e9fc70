# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Differentiable synthesis of out-of-domain texts with sampled styles (StyleTTS 2, section 3.2.4).

There is no recording of these texts, so only a discriminator can tell how good their speech is. Durations stay
differentiable: text states are distributed over frames by a soft alignment and not repeated.
"""

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from ....models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ....models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ....models.tsukasa.prosody.plbert import phoneme_hidden_states
from ....models.tsukasa.training_models.alignment_search import soft_alignment_from_logits
from ...engine.batches import Batch
from ..aligned_models import crop, draw_starts


FEWEST_STEPS, MOST_STEPS = 3, 5
"""Steps of the sampler in training, drawn for every batch; each costs two evaluations of its network, less two."""


@dataclass(frozen=True)
class ClipWindow:
    """Which clips the adversary gets.

    Args:
        min_frames: shortest clip in text frames; shorter ones, recorded or generated, are left out.
        max_frames: longest clip; longer ones are cropped.
        batch_share: most clips of a batch, as a share of it; at least one.
    """

    min_frames: int
    max_frames: int
    batch_share: float


def synthesize_out_of_domain(
    tts: TsukasaModelForConditionalGeneration, batch: Batch, window: ClipWindow, noise_scale: float
) -> Batch:
    """Synthesizes the out-of-domain texts of a batch, or its own texts where it has none.

    Args:
        tts: the model; which of its parts learn is decided by the caller.
        batch: of `TsukasaDataCollator`.
        window: which clips are generated.
        noise_scale: of the decoder's source.

    Returns:
        `generated` and `recorded` (clips, samples), crops of one length within the window; `counts` (2,) int64: clips
        in the window, and pairs of a text and a recording of which one was too short. With no clip in the window, one
        of the shortest length, padded with silence, takes its place, so that several processes stay in step.
    """
    prefix = "ood_" if "ood_input_ids" in batch else ""
    ids, mask = batch[f"{prefix}input_ids"], batch[f"{prefix}attention_mask"]
    plbert = phoneme_hidden_states(tts.plbert, ids, mask)
    style = draw_styles(tts, plbert, mask, reference_styles(tts, batch))
    encoded = tts.encode_prosody(plbert, style, mask)
    duration_logits = tts.prosody_predictor.predict_durations(encoded, mask)
    alignment, spoken_lengths = soft_alignment_from_logits(duration_logits, mask)
    recorded_lengths = batch["mel_attention_mask"].sum(dim=1) // MEL_FRAMES_PER_TEXT_FRAME
    rows, frames, counts = choose_clips(torch.minimum(spoken_lengths, recorded_lengths), window)

    alignment = crop(_at_least(alignment[rows], frames), draw_starts(spoken_lengths[rows], frames), frames)
    with torch.no_grad():
        text = tts.text_encoder(ids[rows], mask[rows])
    aligned_text, aligned_prosody = (
        alignment.to(states.dtype).transpose(1, 2) @ states for states in (text, encoded[rows])
    )
    f0, energy = tts.contours(aligned_prosody, style[rows])
    samples = tts.config.samples_per_text_frame
    starts = draw_starts(recorded_lengths[rows], frames) * samples
    return {
        "generated": tts.speak(aligned_text, f0, energy, style[rows], noise_scale=noise_scale),
        "recorded": crop(_at_least(batch["waveform"][rows], frames * samples), starts, frames * samples),
        "counts": counts,
    }


@torch.no_grad()
def reference_styles(tts: TsukasaModelForConditionalGeneration, batch: Batch) -> torch.Tensor | None:
    """Styles (batch, 2 * style_dim) of other utterances of the speakers; None for a sampler that takes none."""
    if not tts.style_sampler.config.use_reference:
        return None
    return tts.encode_reference(batch["input_features"], batch["input_features_mask"])


def draw_styles(
    tts: TsukasaModelForConditionalGeneration,
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
    shape = (steps, len(plbert_hidden_states), 2 * tts.config.style_dim)
    noise = torch.randn(shape, device=plbert_hidden_states.device)
    return tts.sample_styles(
        plbert_hidden_states, attention_mask, reference_style, noise[0], noise[1:], diffusion_steps=steps
    )


def choose_clips(lengths: torch.Tensor, window: ClipWindow) -> tuple[torch.Tensor, int, torch.Tensor]:
    """Draws clips of a batch among those that are long enough.

    Args:
        lengths: (batch,), text frames that text and recording both have.
        window: which are long enough, and how many are drawn.

    Returns:
        places in the batch (clips,), their common length in text frames, and the counts of `synthesize_out_of_domain`.
    """
    is_inside = lengths >= window.min_frames
    most = max(1, round(window.batch_share * len(lengths)))
    drawn = torch.rand(lengths.shape, device=lengths.device)
    rows = torch.argsort(drawn + (~is_inside).float(), stable=True)[:most]
    chosen_lengths = lengths[rows].tolist()
    inside = [length for length in chosen_lengths if length >= window.min_frames]
    frames = min(min(inside, default=window.min_frames), window.max_frames)
    counts = torch.tensor([len(inside), 0], device=lengths.device)
    counts[1] = (~is_inside).sum()
    return rows[: max(1, len(inside))], frames, counts


def _at_least(values: torch.Tensor, length: int) -> torch.Tensor:
    """Zeros after values that are shorter than `length`."""
    return F.pad(values, (0, max(0, length - values.shape[-1])))


__all__ = ["ClipWindow", "choose_clips", "draw_styles", "reference_styles", "synthesize_out_of_domain"]
