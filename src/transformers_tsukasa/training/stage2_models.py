# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What stage 2 and fine-tuning compute of a batch: one forward for all their phases.

Every utterance is spoken from its own alignment with predicted F0 and energy, in crops of one length. Durations are
predicted with the prosodic style of the whole utterance, contours and waveforms with the styles of a crop of it
(Li et al. 2023, StyleTTS 2, section 3.2; spec/training.md, Stage 2).
"""

from collections.abc import Iterable

import torch

from ..model.alignment_search import durations_from_alignment
from ..model.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from .aligned_models import AlignedModels
from .crops import crop
from .phases import Phase
from .slm_speech import ClipWindow, speak_out_of_domain
from .stage2_phases import SLM_ADVERSARY
from .style_draws import draw_styles, reference_styles


class Stage2Models(AlignedModels):
    """The voice, and the aligner where there is one.

    Args:
        phases: those of the run.
        clip_window: which clips the speech language model's judge gets.
        The rest goes to `AlignedModels`.
    """

    def __init__(self, *arguments, phases: Iterable[Phase], clip_window: ClipWindow) -> None:
        super().__init__(*arguments)
        self.learners = {phase.name: frozenset(phase.learns) for phase in phases}
        self.clip_window = clip_window

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
            return speak_out_of_domain(self.voice, batch, self.clip_window, self.noise_scale)
        learners, voice = self.learners[phase], self.voice
        heard, alignment, chosen = self._align(batch, "text_aligner" in learners)
        text, plbert = voice.encode_text(batch["input_ids"], batch["attention_mask"])
        prosodic_style = voice.prosodic_style_encoder(batch["mel"], batch["mel_attention_mask"].sum(dim=1))
        encoded = voice.prosody_predictor.encode(
            voice.plbert_projection(plbert), prosodic_style, batch["attention_mask"]
        )
        outputs = {
            **self._speak_crops(batch, (chosen, text), (alignment, encoded), "decoder" in learners),
            "duration_logits": voice.prosody_predictor.predict_durations(encoded),
            "durations": durations_from_alignment(alignment),
            "alignment": alignment,
        }
        if "style_diffusion" in learners:
            outputs.update(self._diffuse(batch, prosodic_style, plbert))
        if heard is not None:
            outputs["soft_alignment"] = heard.soft_alignment
        if "text_aligner" in learners:
            outputs.update(token_logits=heard.token_logits, ctc_logits=heard.ctc_logits)
        return outputs

    def _speak_crops(
        self,
        batch: dict,
        text: tuple[torch.Tensor, torch.Tensor],
        prosody: tuple[torch.Tensor, torch.Tensor],
        decoder_learns: bool,
    ) -> dict[str, torch.Tensor]:
        """A crop of every utterance; all are of one length, so nothing is padded from here on.

        Args:
            text, prosody: each an alignment (batch, tokens, text_frames) and states of tokens.
        """
        voice = self.voice
        starts, style_starts, frames = self._draw_crops(batch)
        mel_starts, mel_frames = MEL_FRAMES_PER_TEXT_FRAME * starts, MEL_FRAMES_PER_TEXT_FRAME * frames
        heard = crop(batch["mel"], MEL_FRAMES_PER_TEXT_FRAME * style_starts, mel_frames)
        acoustic_style, prosodic_style = voice.acoustic_style_encoder(heard), voice.prosodic_style_encoder(heard)
        aligned_text, aligned_prosody = (
            crop(alignment, starts, frames).to(states.dtype).transpose(1, 2) @ states
            for alignment, states in (text, prosody)
        )
        true_f0, true_energy = (crop(batch[name], mel_starts, mel_frames) for name in ("f0", "energy"))
        f0, energy = voice.prosody_predictor.predict_f0_and_energy(aligned_prosody, prosodic_style)

        def speak(f0: torch.Tensor, energy: torch.Tensor) -> torch.Tensor:
            states = aligned_text.transpose(1, 2)
            return voice.decoder(states, f0, energy, acoustic_style, noise_scale=self.noise_scale)

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
