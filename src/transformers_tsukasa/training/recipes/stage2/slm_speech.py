# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Out-of-domain texts spoken with sampled styles, all the way differentiable (StyleTTS 2, section 3.2.4).

No recording says these texts, so nothing but a judge can tell how well they are spoken. Durations stay differentiable:
text states are shared out over frames by a soft alignment and not repeated for whole frames.
"""

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from ....models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ....models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ....models.tsukasa.prosody.plbert import phoneme_hidden_states
from ....models.tsukasa.training_models.alignment_search import soft_alignment_from_logits
from ..crops import crop, draw_starts
from .style_draws import draw_styles, reference_styles


@dataclass(frozen=True)
class ClipWindow:
    """Which clips are judged.

    Args:
        min_frames: shortest clip in text frames; what is shorter, recorded or generated, is left out.
        max_frames: longest clip; longer ones are cropped.
        batch_share: most clips of a batch that are spoken, as a share of it; one at least.
    """

    min_frames: int
    max_frames: int
    batch_share: float


def speak_out_of_domain(
    voice: TsukasaModelForConditionalGeneration, batch: dict, window: ClipWindow, noise_scale: float
) -> dict[str, torch.Tensor]:
    """Speaks the out-of-domain texts of a batch, or its own texts where it has none.

    Args:
        voice: the model; which of its parts learn is the caller's business.
        batch: of `TsukasaDataCollator`.
        window: which clips are spoken.
        noise_scale: of the decoder's source.

    Returns:
        `generated` and `recorded` (clips, samples), crops of one length within the window; `counts` (2,) int64: clips
        in the window, and pairs of a text and a recording of which one was too short. With no clip in the window one
        of the shortest length, padded with silence, stands in, so that several processes stay in step.
    """
    prefix = "ood_" if "ood_input_ids" in batch else ""
    ids, mask = batch[f"{prefix}input_ids"], batch[f"{prefix}attention_mask"]
    plbert = phoneme_hidden_states(voice.plbert, ids, mask)
    style = draw_styles(voice, plbert, mask, reference_styles(voice, batch))
    encoded = voice.encode_prosody(plbert, style, mask)
    alignment, spoken_lengths = soft_alignment_from_logits(voice.prosody_predictor.predict_durations(encoded), mask)
    recorded_lengths = batch["mel_attention_mask"].sum(dim=1) // MEL_FRAMES_PER_TEXT_FRAME
    rows, frames, counts = choose_clips(torch.minimum(spoken_lengths, recorded_lengths), window)

    alignment = crop(_at_least(alignment[rows], frames), draw_starts(spoken_lengths[rows], frames), frames)
    with torch.no_grad():
        text = voice.text_encoder(ids[rows], mask[rows])
    aligned_text, aligned_prosody = (
        alignment.to(states.dtype).transpose(1, 2) @ states for states in (text, encoded[rows])
    )
    f0, energy = voice.contours(aligned_prosody, style[rows])
    samples = voice.config.samples_per_text_frame
    starts = draw_starts(recorded_lengths[rows], frames) * samples
    return {
        "generated": voice.speak(aligned_text, f0, energy, style[rows], noise_scale=noise_scale),
        "recorded": crop(_at_least(batch["waveform"][rows], frames * samples), starts, frames * samples),
        "counts": counts,
    }


def choose_clips(lengths: torch.Tensor, window: ClipWindow) -> tuple[torch.Tensor, int, torch.Tensor]:
    """Which clips of a batch are spoken, drawn among those that are long enough.

    Args:
        lengths: (batch,), text frames that text and recording both have.
        window: see there.

    Returns:
        places in the batch (clips,), their common length in text frames, and the counts of `speak_out_of_domain`.
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
    """Zeros behind values that are shorter than `length`."""
    return F.pad(values, (0, max(0, length - values.shape[-1])))


__all__ = ["ClipWindow", "choose_clips", "speak_out_of_domain"]
