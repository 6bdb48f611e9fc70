# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The forward pass of stage 2 and fine-tuning, for all their phases.

Every utterance is generated from its own alignment with predicted F0 and energy, in crops of one length. Durations are
predicted with the prosodic style of the complete utterance, contours and waveforms with the styles of a crop of it
(Li et al. 2023, StyleTTS 2, section 3.2; docs/spec/training.md, Stage 2).
"""

from typing import Any

import torch

from ....models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ....models.tsukasa.prosody.plbert import phoneme_hidden_states
from ....models.tsukasa.training_models.alignment_search import durations_from_alignment
from ...engine.batches import Batch
from ...engine.phases import Phase
from ..aligned_models import AlignedModels, Crops, crop
from ..spoken_crops import generate_crops, predict_contours
from .phases import OUT_OF_DOMAIN
from .slm_speech import ClipWindow, draw_styles, reference_styles, synthesize_out_of_domain


class Stage2Models(AlignedModels):
    """The synthesizer, and the aligner where there is one.

    Args:
        arguments: of `AlignedModels`.
        clip_window: which clips the adversary on the speech language model gets.
    """

    def __init__(self, *arguments: Any, clip_window: ClipWindow) -> None:
        super().__init__(*arguments)
        self.clip_window = clip_window

    def forward(self, phase: Phase, batch: Batch) -> Batch:
        """Computes what the losses of a phase need of a batch of `TsukasaDataCollator`.

        Returns:
            The `alignment` (batch, tokens, text_frames) and `durations` (batch, tokens) of it, and of the following
            what `phase.needs`, or what that is computed from. `duration_logits` (batch, tokens, max_duration);
            `f0`, `energy`, `true_f0`, `true_energy` (batch, mel_frames) of a crop; `generated` and, to compare it
            with, `recorded` (batch, samples) of the same crop: a recording where the decoder learns, and otherwise
            the decoder's own speech from true F0 and energy; `sampled_style`, `target_style` (batch, 2 * style_dim),
            `diffusion`; and the outputs of the aligner. In the extra update of the adversary on a speech language
            model see `synthesize_out_of_domain`.
        """
        if phase.name == OUT_OF_DOMAIN.name:
            return synthesize_out_of_domain(self.tts, batch, self.clip_window, self.noise_scale)
        tts, needs = self.tts, phase.needs
        aligner_output, alignment, chosen = self.align(batch, phase)
        outputs = {
            "alignment": alignment,
            "durations": durations_from_alignment(alignment),
            **self.aligner_outputs(aligner_output, phase),
        }
        plbert = phoneme_hidden_states(tts.plbert, batch["input_ids"], batch["attention_mask"])
        acoustic_encoder, prosodic_encoder = tts.style_encoders
        prosodic_style = prosodic_encoder(batch["mel"], batch["mel_attention_mask"].sum(dim=1))
        encoded = tts.prosody_predictor.encode(tts.plbert_projection(plbert), prosodic_style, batch["attention_mask"])
        crops = self.draw_crops(batch) if needs & {"f0", "energy", "generated"} else None
        if crops is not None:
            style = prosodic_encoder(self._style_crops(batch, crops))
            outputs.update(predict_contours(tts, batch, crops, alignment, encoded, style))
        if "duration_logits" in needs:
            outputs["duration_logits"] = tts.prosody_predictor.predict_durations(encoded, batch["attention_mask"])
        if crops is not None and "generated" in needs:
            style, learns = acoustic_encoder(self._style_crops(batch, crops)), "decoder" in phase.learns
            outputs.update(generate_crops(tts, batch, crops, chosen, outputs, style, self.noise_scale, learns))
        if needs & {"sampled_style", "diffusion"}:
            outputs.update(self._diffuse(batch, prosodic_style, plbert, phase))
        return outputs

    @staticmethod
    def _style_crops(batch: Batch, crops: Crops) -> torch.Tensor:
        """Log-mels that the styles of the crops are taken from, (batch, num_mel_bins, mel_frames)."""
        starts, frames = MEL_FRAMES_PER_TEXT_FRAME * crops.style_starts, MEL_FRAMES_PER_TEXT_FRAME * crops.frames
        return crop(batch["mel"], starts, frames)

    def _diffuse(self, batch: Batch, prosodic_style: torch.Tensor, plbert: torch.Tensor, phase: Phase) -> Batch:
        """Styles of complete utterances, and those that the sampler draws for their texts."""
        tts, mask = self.tts, batch["attention_mask"]
        reference, (acoustic_encoder, _) = reference_styles(tts, batch), tts.style_encoders
        with torch.no_grad():
            acoustic_style = acoustic_encoder(batch["mel"], batch["mel_attention_mask"].sum(dim=1))
        target = torch.cat([acoustic_style, prosodic_style.detach()], dim=-1).float()
        outputs = {"target_style": target}
        if "sampled_style" in phase.needs:
            outputs["sampled_style"] = draw_styles(tts, plbert, mask, reference)
        if "diffusion" in phase.needs:
            outputs["diffusion"] = tts.style_sampler.loss(target, plbert, mask, reference)
        return outputs


__all__ = ["Stage2Models"]
