# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Stage 2: prosody, style diffusion, and joint training against a speech language model (StyleTTS 2, section 3.2).

The phases are in `phases`, the forward pass in `models`, the extra update in `slm_adversary`.
"""

import logging
import os
from collections.abc import Mapping, Sequence, Set
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch

from ....data.speaker_voices import name_speakers
from ....models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from ...engine.batches import Batch
from ...engine.phases import DISCRIMINATORS, Absence, Phase
from ...engine.run_options import check_prosody_trained, corpus_data
from ...engine.trainer import PhasedTrainer
from ...engine.update import UpdateResult
from ...losses import aligner_losses, style_loss
from ...speech_models.speech_language_model import SpeechLanguageModel, speech_feature_loss
from ..aligned_models import MIN_CROP_FRAMES, aligner_teachers, export_models, save_beside
from ..speech_adversaries import SLM_DISCRIMINATOR, SLM_LOSSES, absent_speech_losses, speech_adversaries
from ..spoken_crops import spoken_losses
from .arguments import Stage2Arguments
from .models import Stage2Models
from .phases import DIFFUSION, DIFFUSION_LOSSES, JOINT, OUT_OF_DOMAIN, PROSODY, TAUGHT_BY
from .slm_adversary import KIND, GradientScale, OutOfDomainPass, check_discriminator
from .start import Stage2RunOptions, load_start
from .style_deviation import StyleDeviation, deviation_sums


logger = logging.getLogger(__name__)

_SLOW = {"lr": 1e-5, "betas": (0.0, 0.99)}
_NO_DIFFUSION = "the model has no style diffusion"


class Stage2Trainer(PhasedTrainer):
    """The trainer of stage 2.

    Args:
        model: `Stage2Models`.
        args: the run.
        discriminators: with weight norm.
        speech_language_model: frozen; None leaves out the losses that need it, which is logged.
        arguments: see `PhasedTrainer`. `processing_class` is the processor for the result; one is made by the config
            when None.

    Raises:
        ValueError: when the discriminator is made for another speech language model.
    """

    PHASES = (PROSODY, DIFFUSION, JOINT)
    MODULES = {
        "plbert": "tts.plbert",
        "plbert_projection": "tts.plbert_projection",
        "prosody_predictor": "tts.prosody_predictor",
        "prosodic_style_encoder": "tts.prosodic_style_encoder",
        "style_diffusion": "tts.style_diffusion",
        "acoustic_style_encoder": "tts.acoustic_style_encoder",
        "decoder": "tts.decoder",
    }
    OPTIMIZER_OPTIONS = {
        "plbert": {"lr": 1e-5, "betas": (0.9, 0.99), "weight_decay": 0.01},
        "acoustic_style_encoder": _SLOW,
        "decoder": _SLOW,
    }
    MIN_FRAMES = MIN_CROP_FRAMES
    OPTIONS = Stage2RunOptions
    ARGUMENTS = Stage2Arguments

    NEEDS_TRAINED_PROSODY = False
    """Whether a result of stage 1, in which durations, F0 and styles are still noise, is refused."""

    model: Stage2Models
    args: Stage2Arguments

    @classmethod
    def from_options(cls, options: Any, args: Any) -> "Stage2Trainer":
        """The trainer of a run from a model folder."""
        start = load_start(options)
        if cls.NEEDS_TRAINED_PROSODY:
            check_prosody_trained(start.tts, options.model, "fine-tuning")
        data = corpus_data(options.corpus, args, start.tts.config)
        models = start.models(args, (data["train_dataset"], data["eval_dataset"]))
        return cls(models, args, **start.trainer_arguments, **data)

    def __init__(
        self,
        model: Stage2Models,
        args: Stage2Arguments,
        *,
        discriminators: TsukasaDiscriminators,
        speech_language_model: SpeechLanguageModel | None = None,
        **arguments: Any,
    ) -> None:
        super().__init__(model, args, **arguments)
        self.discriminators, self.speech_language_model = discriminators, speech_language_model
        names = (DISCRIMINATORS, SLM_DISCRIMINATOR)
        self.adversaries = speech_adversaries(self, discriminators, speech_language_model, names)
        self.style_deviation = StyleDeviation()
        if speech_language_model is not None:
            check_discriminator(discriminators, speech_language_model)
            self.out_of_domain_pass = OutOfDomainPass(
                self.adversaries[SLM_DISCRIMINATOR],
                speech_language_model,
                model.sampling_rate,
                self.accelerator.backward,
                self.accelerator.autocast,
            )

    # What runs

    def phase_starts(self, updates_per_epoch: int) -> Sequence[int]:
        """Prosody, from the diffusion epoch on the style sampler too, from the joint epoch on everything."""
        return [0, *self.args.phase_starts(updates_per_epoch)]

    def absences(self) -> list[Absence]:
        """Losses that need a speech language model, where none is given, or style diffusion, where there is none."""
        absent = absent_speech_losses(self.speech_language_model, SLM_LOSSES)
        if self.model.tts.style_diffusion is None:
            absent.append(Absence(DIFFUSION_LOSSES, _NO_DIFFUSION))
        return absent

    def absent_modules(self) -> dict[str, str]:
        """Modules that are frozen, and the text aligner and the style diffusion where there is none."""
        missing = {"text_aligner": "there is no text aligner"} if self.model.text_aligner is None else {}
        if self.model.tts.style_diffusion is None:
            missing["style_diffusion"] = _NO_DIFFUSION
        return {**super().absent_modules(), **missing}

    def taught_by(self) -> Mapping[str, Set[str]]:
        """The aligner learns from its own losses, and from those of speech where its attention aligns the text."""
        return {**TAUGHT_BY, "text_aligner": aligner_teachers(self.model, self.PHASES)}

    def obstacle(self, loss: str, updates: range) -> str | None:
        """The extra update comes every few updates, and needs recordings that are long enough."""
        if loss not in OUT_OF_DOMAIN.loss_names:
            return None
        shortest, longest = self.args.slm_min_frames, int(max(self.args.batch_lengths(self.train_dataset)[0]))
        if longest < shortest:
            return f"no recording has slm_min_frames ({shortest}) mel frames, the longest {longest}: lower it"
        if not any((update + 1) % self.args.slm_every == 0 for update in updates):
            return f"none of the {len(updates)} updates of its phase is one of every slm_every ({self.args.slm_every})"
        return None

    # The usual update

    def compute_losses(self, outputs: Batch, inputs: Batch, phase: Phase) -> Batch:
        """All losses of a phase but those of discriminators."""
        losses = spoken_losses(outputs, inputs, phase, self.model.sampling_rate)
        if phase.has("style"):
            losses["style"] = style_loss(outputs["sampled_style"], outputs["target_style"])
        if phase.has("diffusion"):
            losses["diffusion"] = outputs["diffusion"]
        losses.update(aligner_losses(outputs, inputs, self.model.blank_id, phase.loss_names))
        if phase.has("slm_features") and self.speech_language_model is not None:
            generated, recorded = outputs["generated"].float(), outputs["recorded"].float()
            with self.compute_loss_context_manager():
                losses["slm_features"] = speech_feature_loss(
                    self.speech_language_model, recorded, generated, self.model.sampling_rate
                )
        return losses

    def figures(self, outputs: Batch, inputs: Batch, phase: Phase) -> Batch:
        """The `sigma_data` that was used."""
        if "target_style" not in outputs:
            return {}
        sigma_data = self.model.tts.style_sampler.config.sigma_data
        return {"sigma_data": outputs["target_style"].new_tensor(sigma_data)}

    def gathered(self, outputs: Batch) -> Batch:
        """The deviations of the styles of a training batch, for `sigma_data`."""
        return {"deviations": deviation_sums(outputs["target_style"])} if "target_style" in outputs else {}

    def end_update(self, result: UpdateResult) -> None:
        """Takes the styles of the update into `sigma_data`, those of all processes."""
        sums = [batch["deviations"] for batch in result.gathered if "deviations" in batch]
        if sums:
            self.style_deviation.add(self._sum_over_processes(torch.stack(sums).double().sum(dim=0)))
            self._set_sigma_data()

    def _set_sigma_data(self) -> None:
        mean = self.style_deviation.mean
        if mean is not None:
            self.model.tts.style_sampler.config.sigma_data = mean

    def _sum_over_processes(self, values: torch.Tensor) -> torch.Tensor:
        return self.accelerator.reduce(values, reduction="sum") if self.args.world_size > 1 else values

    # The extra update

    def extra_is_due(self, phase: Phase) -> bool:
        """Every `slm_every`-th update of a joint phase."""
        return phase.extra is not None and (self.state.global_step + 1) % self.args.slm_every == 0

    def extra_update(self, batches: list[Batch]) -> None:
        """Synthesizer and discriminator learn from out-of-domain texts."""
        phase = self._extra_phase()
        self.let_learn(phase)
        adversary, records, counts = self.adversaries[SLM_DISCRIMINATOR], [], []
        for place, batch in enumerate(batches):
            record, count = self._out_of_domain_backward(batch, phase, is_last=place + 1 == len(batches))
            records.append(record)
            counts.append(count)
        total = self._sum_over_processes(torch.stack(counts).sum(dim=0))
        inside, outside = total.tolist()
        self._losses.add({"slm_clips": total[0], "slm_clips_outside": total[1]})
        if inside == 0:
            logger.warning(
                "the adversary on the speech language model gets no clip after update %d: in each of %d pairs of a "
                "text and a recording one is shorter than slm_min_frames (%d mel frames)",
                self.state.global_step,
                outside,
                self.args.slm_min_frames,
            )
        else:
            result = self.finish_gradients(records, [adversary], KIND, lambda: self.scale_gradients(inside))
            if not result.skipped:
                self.loss_scale.step(self.optimizer)
                adversary.step()
            self.loss_scale.move()
        for module in self.modules().values():
            module.zero_grad()

    def _extra_phase(self) -> Phase:
        """The extra phase as this run has it."""
        return next(phase.extra for phase in self.phases if phase.extra is not None)

    def _out_of_domain_backward(self, batch: Batch, phase: Phase, is_last: bool) -> tuple[Any, torch.Tensor]:
        with nullcontext() if is_last else self.accelerator.no_sync(self.model_wrapped):
            with self.compute_loss_context_manager():
                outputs = self.model_wrapped(phase=phase, batch=batch)
            return self.out_of_domain_pass(outputs, batch, phase, is_last)

    def scale_gradients(self, clips: int) -> None:
        """Takes the mean over the clips of all processes and makes large gradients small; see `GradientScale`."""
        scale = GradientScale(self.args.slm_max_gradient, self.args.slm_gradient_scale)
        scale.apply(self.model.tts, self.modules().values(), clips, self.args.world_size)

    def rehearse(self, inputs: Batch, phase: Phase) -> Batch:
        """The forward and backward pass of the extra update too, where the phase has it."""
        losses = super().rehearse(inputs, phase)
        if phase.extra is not None:
            self.let_learn(phase.extra)
            record, _ = self._out_of_domain_backward(self._prepare_inputs(inputs), phase.extra, is_last=True)
            losses = {**losses, **record.losses}
        return losses

    # Checkpoints and the result

    def extra_state(self) -> dict[str, Any]:
        """The running mean of `sigma_data` too."""
        return {**super().extra_state(), "style_deviation": self.style_deviation.state_dict()}

    def load_extra_state(self, state: dict[str, Any]) -> None:
        """Takes it back."""
        super().load_extra_state(state)
        self.style_deviation.load_state_dict(state["style_deviation"])
        self._set_sigma_data()

    def complete_models(self) -> None:
        """Gives the synthesizer a voice for every speaker of the corpus."""
        corpus = getattr(self.train_dataset, "corpus", None)
        if corpus is not None and self.args.should_save:
            name_speakers(self.model.tts, corpus)

    def save_companions(self, folder: Path) -> None:
        """The processor of the synthesizer."""
        save_beside(self.model.tts, folder, self.processing_class)

    def export(self, folder: str | os.PathLike) -> Path:
        """The synthesizer with its norms folded, the aligner and the discriminators in folders inside it."""
        with self.exported_weights():
            self.complete_models()
            return export_models(self.model, self.discriminators, folder, self.processing_class)


__all__ = ["Stage2Trainer"]
