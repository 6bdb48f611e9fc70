# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What stage 2 and fine-tuning compute of a batch: one forward for all their phases.

Every utterance is spoken from its own alignment with predicted F0 and energy, in crops of one length. Durations are
predicted with the prosodic style of the whole utterance, contours and waveforms with the styles of a crop of it
(Li et al. 2023, StyleTTS 2, section 3.2; spec/training.md, Stage 2).
"""

from collections.abc import Sequence

import torch

from ..model.alignment_search import durations_from_alignment
from ..model.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ..model.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..model.text_aligner import TsukasaTextAligner, TsukasaTextAlignerOutput
from .alignment import AlignmentSource, cached_alignment, monotonic_alignment
from .crops import crop, draw_starts
from .phases import Phase
from .slm_speech import ClipWindow, speak_out_of_domain
from .stage2_phases import SLM_ADVERSARY
from .style_draws import draw_styles, reference_styles
from .trained_models import TrainedModels


class Stage2Models(TrainedModels):
    """The voice, and the aligner where there is one.

    Args:
        voice: the model; weight norm is put on here.
        text_aligner: hears which text frame belongs to which token; None when the corpus says it.
        phases: those of the run.
        max_crop_frames: longest crop in mel frames.
        clip_window: which clips the speech language model's judge gets.
        alignment_source: where monotonic paths are searched.
        soft_alignment_share: while the aligner learns, share of batches spoken from its attention.

    Attributes:
        uses_durations (`bool`):
            Whether batches bring `durations`, which are taken for the path while the aligner does not learn.
    """

    def __init__(
        self,
        voice: TsukasaModelForConditionalGeneration,
        text_aligner: TsukasaTextAligner | None,
        phases: Sequence[Phase],
        max_crop_frames: int,
        clip_window: ClipWindow,
        alignment_source: AlignmentSource = "attention",
        soft_alignment_share: float = 0.0,
    ) -> None:
        super().__init__()
        voice.apply_weight_norm()
        self.voice, self.text_aligner = voice, text_aligner
        self.FOLDERS = {"": "voice"} if text_aligner is None else {"": "voice", "text_aligner": "text_aligner"}
        self.learners = {phase.name: frozenset(phase.learns) for phase in phases}
        self.max_crop_frames, self.clip_window = max_crop_frames, clip_window
        self.alignment_source, self.soft_alignment_share = alignment_source, soft_alignment_share
        self.uses_durations = False

    def forward(self, phase: str, batch: dict) -> dict[str, torch.Tensor]:
        """What the losses of a phase need of a batch of `TsukasaDataCollator`.

        Returns:
            `generated` and what it is compared with, `recorded` (batch, samples): a recording where the decoder
            learns, and otherwise the decoder's own speech from true F0 and energy; `f0`, `energy`, `true_f0`,
            `true_energy` (batch, mel_frames) of the same crops; `duration_logits` (batch, tokens, max_duration),
            `durations` (batch, tokens) and the `alignment` that they come from.
            Where the style sampler learns also `sampled_style`, `target_style` (batch, 2 * style_dim), `diffusion`;
            where the aligner learns `token_logits`, `ctc_logits`, `soft_alignment`.
            In the extra update of the adversary on a speech language model see `speak_out_of_domain`.
        """
        if phase == SLM_ADVERSARY.name:
            return speak_out_of_domain(self.voice, batch, self.clip_window, self._noise_scale)
        learners, voice = self.learners[phase], self.voice
        heard, alignment = self._align(batch, "text_aligner" in learners)
        text, plbert = voice.encode_text(batch["input_ids"], batch["attention_mask"])
        mel_lengths = batch["mel_attention_mask"].sum(dim=1)
        prosodic_style = voice.prosodic_style_encoder(batch["mel"], mel_lengths)
        encoded = voice.prosody_predictor.encode(
            voice.plbert_projection(plbert), prosodic_style, batch["attention_mask"]
        )
        outputs = {
            "duration_logits": voice.prosody_predictor.predict_durations(encoded),
            "durations": durations_from_alignment(alignment),
            "alignment": alignment,
        }
        chosen = heard.soft_alignment if self._is_soft(learners) else alignment
        outputs.update(self._speak_crops(batch, alignment, chosen, text, encoded, "decoder" in learners))
        if "style_diffusion" in learners:
            outputs.update(self._diffuse(batch, prosodic_style, plbert))
        if "text_aligner" in learners:
            outputs.update(
                token_logits=heard.token_logits,
                ctc_logits=heard.ctc_logits,
                soft_alignment=heard.soft_alignment,
            )
        return outputs

    @property
    def _noise_scale(self) -> float:
        return 1.0 if self.training else 0.0

    def _is_soft(self, learners: frozenset[str]) -> bool:
        """Drawn for a batch, while the aligner learns."""
        if "text_aligner" not in learners or not self.training:
            return False
        return bool(torch.rand(()) < self.soft_alignment_share)

    def _align(self, batch: dict, aligner_learns: bool) -> tuple[TsukasaTextAlignerOutput | None, torch.Tensor]:
        """What the aligner heard, if it had to, and the monotonic path (batch, tokens, text_frames)."""
        if self.uses_durations and not aligner_learns:
            return None, cached_alignment(batch)
        with torch.set_grad_enabled(aligner_learns and torch.is_grad_enabled()):
            heard = self.text_aligner(
                mel=batch["mel"],
                mel_lengths=batch["mel_attention_mask"].sum(dim=1),
                input_ids=batch["input_ids"],
                attention_mask=batch["attention_mask"],
            )
        path = monotonic_alignment(heard, batch["input_ids"], batch["attention_mask"], self.alignment_source)
        return heard, path

    def _speak_crops(
        self,
        batch: dict,
        alignment: torch.Tensor,
        text_alignment: torch.Tensor,
        text: torch.Tensor,
        encoded: torch.Tensor,
        decoder_learns: bool,
    ) -> dict[str, torch.Tensor]:
        """A crop of every utterance; all are of one length, so nothing is padded from here on."""
        voice = self.voice
        frame_lengths = batch["mel_attention_mask"].sum(dim=1) // MEL_FRAMES_PER_TEXT_FRAME
        frames = min(int(frame_lengths.min()), self.max_crop_frames // MEL_FRAMES_PER_TEXT_FRAME)
        mel_frames = MEL_FRAMES_PER_TEXT_FRAME * frames
        starts = draw_starts(frame_lengths, frames)
        mel_starts = style_starts = MEL_FRAMES_PER_TEXT_FRAME * starts
        if voice.config.multispeaker:
            # Another part of the utterance, so that the style says who speaks and not what.
            style_starts = MEL_FRAMES_PER_TEXT_FRAME * draw_starts(frame_lengths, frames)
        heard = crop(batch["mel"], style_starts, mel_frames)
        acoustic_style, prosodic_style = voice.acoustic_style_encoder(heard), voice.prosodic_style_encoder(heard)
        aligned_text = crop(text_alignment, starts, frames).to(text.dtype).transpose(1, 2) @ text
        aligned_prosody = crop(alignment, starts, frames).to(encoded.dtype).transpose(1, 2) @ encoded
        true_f0, true_energy = (crop(batch[name], mel_starts, mel_frames) for name in ("f0", "energy"))
        f0, energy = voice.prosody_predictor.predict_f0_and_energy(aligned_prosody, prosodic_style)

        def speak(f0: torch.Tensor, energy: torch.Tensor) -> torch.Tensor:
            states = aligned_text.transpose(1, 2)
            return voice.decoder(states, f0, energy, acoustic_style, noise_scale=self._noise_scale)

        if decoder_learns:
            samples = voice.config.samples_per_text_frame
            recorded = crop(batch["waveform"], starts * samples, frames * samples)
        else:
            with torch.no_grad():
                recorded = speak(true_f0, true_energy)
        return {
            "recorded": recorded,
            "generated": speak(f0, energy),
            "f0": f0,
            "energy": energy,
            "true_f0": true_f0,
            "true_energy": true_energy,
        }

    def _diffuse(self, batch: dict, prosodic_style: torch.Tensor, plbert: torch.Tensor) -> dict[str, torch.Tensor]:
        """Styles of whole utterances, and what the sampler makes of their texts."""
        voice, mask = self.voice, batch["attention_mask"]
        reference = reference_styles(voice, batch)
        with torch.no_grad():
            acoustic_style = voice.acoustic_style_encoder(batch["mel"], batch["mel_attention_mask"].sum(dim=1))
        target = torch.cat([acoustic_style, prosodic_style.detach()], dim=-1).float()
        return {
            "target_style": target,
            "sampled_style": draw_styles(voice, plbert, mask, reference),
            "diffusion": voice.style_diffusion.loss(target, plbert, mask, reference),
        }


__all__ = ["Stage2Models"]
