# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Stage 2: prosody, style diffusion, and joint training against a speech language model (StyleTTS 2, section 3.2).

The phases are in `stage2_phases`, what they compute in `stage2_models`, the adversary in `slm_adversary`.
"""

import logging
import os
from pathlib import Path

import torch

from ...engine.adversary import ADVERSARY_WEIGHTS
from ...engine.phases import Phase, Schedule
from ...losses import aligner_losses, duration_ce_loss, duration_loss, energy_loss, f0_loss, mel_loss, style_loss
from ...speech_models.speech_language_model import speech_feature_loss
from ..aligned_voice import MIN_CROP_FRAMES, aligner_obstacle, decide_alignments, export_voice
from .arguments import Stage2Arguments
from .phases import DIFFUSION, JOINT, PROSODY, available, hears_speech
from .slm_adversary import SlmAdversaryTrainer


logger = logging.getLogger(__name__)

_SLOW = {"lr": 1e-5, "betas": (0.0, 0.99)}


class Stage2Trainer(SlmAdversaryTrainer):
    """The trainer of stage 2.

    Args:
        model: `Stage2Models` with the phases of this class.
        discriminators: `TsukasaDiscriminators` with weight norm.
        speech_language_model: frozen; None does without the losses that need it, which is announced.
        processing_class: the processor of the voice, for the result; one is made by the config when None.
        The rest goes to `TsukasaTrainer`.

    Raises:
        ValueError: when the corpus has no alignments and there is no aligner, or `alignments` asks for what is not
            there.
    """

    PHASES = (PROSODY, DIFFUSION, JOINT)
    MODULES = {
        "plbert": "voice.plbert",
        "plbert_projection": "voice.plbert_projection",
        "prosody_predictor": "voice.prosody_predictor",
        "prosodic_style_encoder": "voice.prosodic_style_encoder",
        "style_diffusion": "voice.style_diffusion",
        "acoustic_style_encoder": "voice.acoustic_style_encoder",
        "decoder": "voice.decoder",
    }
    OPTIMIZER_OPTIONS = {
        "plbert": {"lr": 1e-5, "betas": (0.9, 0.99), "weight_decay": 0.01},
        "acoustic_style_encoder": _SLOW,
        "decoder": _SLOW,
    }
    LOSS_WEIGHTS = {
        "mel": 5.0,
        "duration": 1.0,
        "duration_ce": 20.0,
        "f0": 1.0,
        "energy": 1.0,
        "style": 1.0,
        "diffusion": 1.0,
        "slm_features": 1.0,
        "slm_adversarial": 1.0,
        **ADVERSARY_WEIGHTS,
    }
    MIN_FRAMES = MIN_CROP_FRAMES

    args: Stage2Arguments

    def __init__(self, *arguments, **keywords) -> None:
        super().__init__(*arguments, **keywords)
        self._deviations: list[torch.Tensor] = []
        # Of all styles that were heard: sum of their standard deviations, and how many.
        self._deviation_sum, self._deviation_count = 0.0, 0
        decide_alignments(self.model, self.args.alignments, (self.train_dataset, self.eval_dataset))
        # Speech that nobody judges need not be made.
        self.model.silent_phases = frozenset(
            phase.name for phase in self._available_phases() if not hears_speech(phase, self.loss_weights)
        )

    def make_schedule(self, updates_per_epoch: int) -> Schedule:
        """Prosody, from the diffusion epoch on the style sampler too, from the joint epoch on everything."""
        return Schedule([0, *self.args.phase_starts(updates_per_epoch)], self._available_phases())

    def _available_phases(self) -> list[Phase]:
        runs_with = (
            self.speech_language_model is not None,
            aligner_obstacle(self.model.text_aligner, self.args),
            any(self.loss_weights[name] != 0 for name in ADVERSARY_WEIGHTS),
            self.loss_weights["slm_adversarial"] != 0,
        )
        return [available(phase, *runs_with) for phase in self.PHASES]

    def compute_losses(self, outputs: dict, inputs: dict, phase: Phase) -> dict[str, torch.Tensor]:
        """All losses of a phase but those of the discriminators."""
        logits, durations, mask = outputs["duration_logits"], outputs["durations"], inputs["attention_mask"]
        rate = self.model.voice.config.sampling_rate
        losses = {
            "duration": duration_loss(logits, durations, mask),
            "duration_ce": duration_ce_loss(logits, durations, mask),
            "f0": f0_loss(outputs["f0"], outputs["true_f0"]),
            "energy": energy_loss(outputs["energy"], outputs["true_energy"]),
        }
        if "generated" in outputs:
            recorded, generated = outputs["recorded"].float(), outputs["generated"].float()
            losses["mel"] = mel_loss(generated, recorded, rate)
        if "style" in phase.losses:
            losses["style"] = style_loss(outputs["sampled_style"], outputs["target_style"])
            losses["diffusion"] = outputs["diffusion"]
        if "token_logits" in outputs:
            losses.update(aligner_losses(outputs, inputs, self.model.voice.config.pad_token_id))
        if "slm_features" in phase.losses:
            with self.compute_loss_context_manager():
                losses["slm_features"] = speech_feature_loss(self.speech_language_model, recorded, generated, rate)
        return losses

    # The standard deviation of styles

    def figures(self, outputs: dict, inputs: dict, phase: Phase) -> dict[str, torch.Tensor]:
        """The `sigma_data` that was used."""
        figures = super().figures(outputs, inputs, phase)
        if "target_style" in outputs:
            sigma_data = self.model.voice.config.style_diffusion_config.sigma_data
            figures["sigma_data"] = outputs["target_style"].new_tensor(sigma_data)
        return figures

    def accumulate(self, outputs: dict) -> None:
        """Keeps the deviations of the styles of a training batch, for `sigma_data` after the update."""
        super().accumulate(outputs)
        if "target_style" in outputs:
            deviations = outputs["target_style"].detach().std(dim=1)
            self._deviations.append(torch.stack([deviations.sum(), deviations.new_tensor(len(deviations))]))

    def end_update(self, is_skipped: bool) -> None:
        """Takes the styles of the update into `sigma_data`, those of all processes."""
        super().end_update(is_skipped)
        deviations, self._deviations = self._deviations, []
        if deviations and not is_skipped:
            total = torch.stack(deviations).double().sum(dim=0)
            if self.args.world_size > 1:
                total = self.accelerator.reduce(total, reduction="sum")
            added, count = total.tolist()
            self._deviation_sum += added
            self._deviation_count += round(count)
            self._set_sigma_data()

    def _set_sigma_data(self) -> None:
        """The mean, so far, of the standard deviation of each style's values (`sampler.estimate_sigma_data`)."""
        if self._deviation_count:
            config = self.model.voice.config.style_diffusion_config
            config.sigma_data = self._deviation_sum / self._deviation_count

    def extra_state(self) -> dict:
        """The running mean behind `sigma_data` too."""
        return {**super().extra_state(), "style_deviation": (self._deviation_sum, self._deviation_count)}

    def load_extra_state(self, state: dict) -> None:
        """Takes it back."""
        super().load_extra_state(state)
        self._deviation_sum, self._deviation_count = state["style_deviation"]
        self._set_sigma_data()

    def export(self, folder: str | os.PathLike) -> Path:
        """The voice with its norms folded, the aligner and the discriminators in folders inside it."""
        with self.exported_weights():
            return export_voice(self.model, self.discriminators, folder, self.processing_class)


__all__ = ["Stage2Trainer"]
