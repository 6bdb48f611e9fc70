# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What stage 2 and fine-tuning compute of a batch: one forward for all their phases.

Every utterance is spoken from its own alignment with predicted F0 and energy, in crops of one length. Durations are
predicted with the prosodic style of the whole utterance, contours and waveforms with the styles of a crop of it
(Li et al. 2023, StyleTTS 2, section 3.2; spec/training.md, Stage 2).
"""

from collections.abc import Iterable

import torch

from ....models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ....models.tsukasa.prosody.plbert import phoneme_hidden_states
from ....models.tsukasa.training_models.alignment_search import durations_from_alignment
from ...engine.phases import Phase
from ..aligned_voice import AlignedModels, Crops
from ..crops import crop
from .phases import SLM_ADVERSARY
from .slm_speech import ClipWindow, speak_out_of_domain
from .style_draws import draw_styles, reference_styles


class Stage2Models(AlignedModels):
    """The voice, and the aligner where there is one.

    Args:
        phases: those of the run.
        clip_window: which clips the speech language model's judge gets.
        The rest goes to `AlignedModels`.

    Attributes:
        silent_phases (`frozenset[str]`):
            Names of the phases in which nothing is spoken, because no loss hears it.
    """

    def __init__(self, *arguments, phases: Iterable[Phase], clip_window: ClipWindow) -> None:
        super().__init__(*arguments)
        self.learners = {phase.name: frozenset(phase.learns) for phase in phases}
        self.clip_window = clip_window
        self.silent_phases: frozenset[str] = frozenset()

    def forward(self, phase: str, batch: dict) -> dict[str, torch.Tensor]:
        """What the losses of a phase need of a batch of `TsukasaDataCollator`.

        Returns:
            `generated` and what it is compared with, `recorded` (batch, samples): a recording where the decoder
            learns, and otherwise the decoder's own speech from true F0 and energy; neither in silent phases. `f0`,
            `energy`, `true_f0`, `true_energy` (batch, mel_frames) of the same crops; `duration_logits`
            (batch, tokens, max_duration), `durations` (batch, tokens) and the `alignment` that they come from.
            Where the style sampler learns also `sampled_style`, `target_style` (batch, 2 * style_dim), `diffusion`;
            where the aligner learns `token_logits`, `ctc_logits`, `soft_alignment`.
            In the extra update of the adversary on a speech language model see `speak_out_of_domain`.
        """
        if phase == SLM_ADVERSARY.name:
            return speak_out_of_domain(self.voice, batch, self.clip_window, self.noise_scale)
        learners, voice = self.learners[phase], self.voice
        heard, alignment, chosen = self._align(batch, "text_aligner" in learners)
        plbert = phoneme_hidden_states(voice.plbert, batch["input_ids"], batch["attention_mask"])
        prosodic_style = voice.prosodic_style_encoder(batch["mel"], batch["mel_attention_mask"].sum(dim=1))
        encoded = voice.prosody_predictor.encode(
            voice.plbert_projection(plbert), prosodic_style, batch["attention_mask"]
        )
        crops = self._draw_crops(batch)
        outputs = {
            **self._draw_contours(batch, crops, alignment, encoded),
            "duration_logits": voice.prosody_predictor.predict_durations(encoded),
            "durations": durations_from_alignment(alignment),
            "alignment": alignment,
        }
        if phase not in self.silent_phases:
            outputs.update(self._speak_crops(batch, crops, chosen, outputs, "decoder" in learners))
        if "style_diffusion" in learners:
            outputs.update(self._diffuse(batch, prosodic_style, plbert))
        if heard is not None:
            outputs["soft_alignment"] = heard.soft_alignment
        if "text_aligner" in learners:
            outputs.update(token_logits=heard.token_logits, ctc_logits=heard.ctc_logits)
        return outputs

    def _draw_contours(
        self, batch: dict, crops: Crops, alignment: torch.Tensor, encoded: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """F0 and energy of a crop of every utterance, true and predicted; all crops are of one length.

        Args:
            alignment: (batch, tokens, text_frames).
            encoded: (batch, tokens, hidden_size + style_dim).
        """
        predictor = self.voice.prosody_predictor
        aligned = crop(alignment, crops.starts, crops.frames).to(encoded.dtype).transpose(1, 2) @ encoded
        prosodic_style = self.voice.prosodic_style_encoder(self._style_crops(batch, crops))
        f0, energy = predictor.predict_f0_and_energy(aligned, prosodic_style)
        starts, frames = MEL_FRAMES_PER_TEXT_FRAME * crops.starts, MEL_FRAMES_PER_TEXT_FRAME * crops.frames
        true_f0, true_energy = (crop(batch[name], starts, frames) for name in ("f0", "energy"))
        return {"f0": f0, "energy": energy, "true_f0": true_f0, "true_energy": true_energy}

    def _speak_crops(
        self, batch: dict, crops: Crops, alignment: torch.Tensor, contours: dict, decoder_learns: bool
    ) -> dict[str, torch.Tensor]:
        """The crops, spoken with predicted contours, and what they are compared with.

        Args:
            alignment: (batch, tokens, text_frames), what is spoken from.
            contours: of `_draw_contours`.
        """
        voice = self.voice
        text = voice.text_encoder(batch["input_ids"], batch["attention_mask"])
        aligned = crop(alignment, crops.starts, crops.frames).to(text.dtype).transpose(1, 2) @ text
        acoustic_style = voice.acoustic_style_encoder(self._style_crops(batch, crops))

        def speak(f0: torch.Tensor, energy: torch.Tensor) -> torch.Tensor:
            return voice.decoder(aligned.transpose(1, 2), f0, energy, acoustic_style, noise_scale=self.noise_scale)

        if decoder_learns:
            samples = voice.config.samples_per_text_frame
            recorded = crop(batch["waveform"], crops.starts * samples, crops.frames * samples)
        else:
            with torch.no_grad():
                recorded = speak(contours["true_f0"], contours["true_energy"])
        return {"recorded": recorded, "generated": speak(contours["f0"], contours["energy"])}

    @staticmethod
    def _style_crops(batch: dict, crops: Crops) -> torch.Tensor:
        """Log-mels that the styles of the crops are heard in, (batch, num_mel_bins, mel_frames)."""
        starts, frames = MEL_FRAMES_PER_TEXT_FRAME * crops.style_starts, MEL_FRAMES_PER_TEXT_FRAME * crops.frames
        return crop(batch["mel"], starts, frames)

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
