# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Stage 1: alignment and reconstruction (Li et al. 2023, StyleTTS 2, section 3.1; docs/spec/training.md, Stage 1).

The decoder learns to reconstruct crops of recordings from their text, F0, energy and style: first from the mel loss
alone, then against discriminators, while the aligner learns with it.
"""

import logging
import os
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from ...model_folders import existing_folder, is_preset
from ...models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME, read_preset
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from ...models.tsukasa.training_models.text_aligner import load_aligner
from ..engine.arguments import TsukasaTrainingArguments
from ..engine.batches import Batch
from ..engine.phases import DISCRIMINATORS, Absence, Loss, Phase, losses_from
from ..engine.run_options import RunOptions, corpus_data, load_processor, load_synthesizer
from ..engine.trainer import PhasedTrainer
from ..losses import aligner_losses, mel_loss
from ..speech_models.speech_language_model import (
    SpeechLanguageModel,
    chosen_speech_language_model,
    speech_feature_loss,
)
from .aligned_models import (
    ALIGNER_LOSSES,
    ALIGNMENT_SOURCES,
    DURATION_SOURCES,
    MIN_CROP_FRAMES,
    AlignedModels,
    aligner_teachers,
    crop,
    export_models,
    plan_alignments,
    save_beside,
)
from .speech_adversaries import ADVERSARIAL_LOSSES, SLM_FEATURES, SPEECH, absent_speech_losses, speech_adversaries
from .speech_adversaries import TAUGHT_BY as ADVERSARIES_TAUGHT_BY


logger = logging.getLogger(__name__)

MEL = Loss("mel", 5.0, needs=SPEECH)

RECONSTRUCTION = Phase("reconstruction", learns=("text_encoder", "acoustic_style_encoder", "decoder"), losses=(MEL,))
ADVERSARIAL = Phase(
    "adversarial",
    learns=(*RECONSTRUCTION.learns, "text_aligner", DISCRIMINATORS),
    losses=(MEL, *ALIGNER_LOSSES, SLM_FEATURES, *ADVERSARIAL_LOSSES),
)

TAUGHT_BY = {**ADVERSARIES_TAUGHT_BY, **dict.fromkeys(RECONSTRUCTION.learns, losses_from([ADVERSARIAL], SPEECH))}
"""Modules that learn from certain losses only -> the names of those."""


@dataclass
class Stage1Arguments(TsukasaTrainingArguments):
    """A run of stage 1.

    Args:
        tma_epoch: epoch from which aligner and discriminators learn; the released run took 5 of 30.
        tma_step: the same as an update of the run; precedes `tma_epoch`.
        max_crop_frames: longest crop in mel frames (half of the original's max_len).
        alignment_source: "ctc" or "attention", see `AlignmentPlan`; "auto" takes the one that fits the aligner.
        soft_alignment_share: share of batches that are aligned by the attention itself in place of the monotonic
            path. None is a half for attention and nothing for CTC, whose aligner's attention covers only a part of
            the frames.
        alignments: while the aligner does not learn, where monotonic paths come from: "cached" are the durations of
            the corpus, with which the aligner need not run; "aligner" searches them again; "auto" takes what is there.
        aligner_learns: whether it does in the adversarial phase; without it, the first phase's alignments are used to
            the end.
    """

    tma_epoch: float = field(default=5.0, metadata={"help": "epoch of the adversarial phase"})
    tma_step: int | None = field(default=None, metadata={"help": "update of the adversarial phase"})
    max_crop_frames: int = field(default=280, metadata={"help": "longest crop in mel frames"})
    alignment_source: str = field(default="auto", metadata={"help": "auto, ctc or attention"})
    soft_alignment_share: float | None = field(default=None, metadata={"help": "share of batches with attention"})
    alignments: str = field(default="auto", metadata={"help": "auto, cached or aligner"})
    aligner_learns: bool = field(default=True, metadata={"help": "whether the aligner learns when TMA begins"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_crop_frames < MIN_CROP_FRAMES or self.max_crop_frames % MEL_FRAMES_PER_TEXT_FRAME:
            raise ValueError(
                f"max_crop_frames must be an even number of at least {MIN_CROP_FRAMES}, got {self.max_crop_frames}"
            )
        if self.alignment_source not in ("auto", *ALIGNMENT_SOURCES):
            raise ValueError(f"alignment_source must be auto, ctc or attention, got '{self.alignment_source}'")
        if self.alignments not in DURATION_SOURCES:
            raise ValueError(f"alignments must be auto, cached or aligner, got '{self.alignments}'")
        if self.soft_alignment_share is not None and not 0.0 <= self.soft_alignment_share <= 1.0:
            raise ValueError(f"soft_alignment_share must be from 0 to 1, got {self.soft_alignment_share}")
        if self.tma_epoch < 0 or (self.tma_step is not None and self.tma_step < 0):
            raise ValueError("tma_epoch and tma_step must not be negative")

    @property
    def absent_modules(self) -> dict[str, str]:
        """Modules that learn in no phase, with the reason."""
        if self.aligner_learns:
            return super().absent_modules
        return {"text_aligner": "aligner_learns is false", **super().absent_modules}


@dataclass
class Stage1RunOptions(RunOptions):
    """The models that a run of stage 1 starts from.

    Args:
        aligner: folder of a trained aligner.
        discriminators: folder of discriminators to train on; fresh ones when None.
        speech_language_model: folder or name on the hub of a Whisper model or WavLM for the loss "slm_features" in
            the adversarial phase; "none" leaves it out.
    """

    aligner: str
    discriminators: str | None = None
    speech_language_model: str | None = None


class Stage1Models(AlignedModels):
    """The synthesizer and the aligner."""

    def forward(self, phase: Phase, batch: Batch) -> Batch:
        """Generates a crop of every utterance of a batch of `TsukasaDataCollator`.

        Returns:
            `recorded`, `generated` (batch, samples) of a crop, where a loss needs them; `alignment` of the complete
            utterances, and where the aligner runs `soft_alignment`; `token_logits` and `ctc_logits` where a loss needs
            them.
        """
        aligner_output, alignment, chosen = self.align(batch, phase)
        outputs = {"alignment": alignment, **self.aligner_outputs(aligner_output, phase)}
        if "generated" in phase.needs:
            text = self.tts.text_encoder(batch["input_ids"], batch["attention_mask"])
            outputs.update(self._generate_crops(chosen.to(text.dtype).transpose(1, 2) @ text, batch))
        return outputs

    def _generate_crops(self, aligned: torch.Tensor, batch: Batch) -> Batch:
        """aligned: (batch, text_frames, hidden_size). The crop has the same length in the complete batch."""
        starts, style_starts, text_frames = self.draw_crops(batch)
        mel_starts, mel_frames = MEL_FRAMES_PER_TEXT_FRAME * starts, MEL_FRAMES_PER_TEXT_FRAME * text_frames
        style_mel = crop(batch["mel"], MEL_FRAMES_PER_TEXT_FRAME * style_starts, mel_frames)
        acoustic_encoder, _ = self.tts.style_encoders
        generated = self.tts.decoder(
            crop(aligned.transpose(1, 2), starts, text_frames),
            crop(batch["f0"], mel_starts, mel_frames),
            crop(batch["energy"], mel_starts, mel_frames),
            acoustic_encoder(style_mel),
            noise_scale=self.noise_scale,
        )
        samples = self.tts.config.samples_per_text_frame
        recorded = crop(batch["waveform"], starts * samples, text_frames * samples)
        return {"recorded": recorded, "generated": generated}


class Stage1Trainer(PhasedTrainer):
    """The trainer of stage 1.

    Args:
        model: `Stage1Models`.
        args: the run.
        discriminators: with weight norm.
        speech_language_model: whose states of recordings and generated speech are compared in the adversarial phase;
            None leaves that loss out.
        arguments: see `PhasedTrainer`.
    """

    PHASES = (RECONSTRUCTION, ADVERSARIAL)
    MODULES = {
        "text_encoder": "tts.text_encoder",
        "acoustic_style_encoder": "tts.acoustic_style_encoder",
        "decoder": "tts.decoder",
        "text_aligner": "text_aligner",
    }
    MIN_FRAMES = MIN_CROP_FRAMES
    OPTIONS = Stage1RunOptions
    ARGUMENTS = Stage1Arguments

    model: Stage1Models
    args: Stage1Arguments

    @classmethod
    def from_options(cls, options: Any, args: Any) -> "Stage1Trainer":
        """The trainer of a run from a preset or a model."""
        if is_preset(options.model):
            tts, processor = TsukasaModelForConditionalGeneration(read_preset(options.model)), None
        else:
            tts, processor = load_synthesizer(options.model), load_processor(Path(options.model))
            if tts.is_prosody_trained():
                logger.warning(
                    "the prosody of '%s' was trained for its present text encoder and decoder, which stage 1 changes: "
                    "run stage 2 after it, or fine-tune in place of both",
                    options.model,
                )
        aligner = load_aligner(existing_folder(options.aligner, "aligner"), tts.config.audio_config)
        if options.discriminators is None:
            discriminators = TsukasaDiscriminators(tts.config.discriminator_config)
        else:
            discriminators = TsukasaDiscriminators.from_pretrained(
                existing_folder(options.discriminators, "discriminators"), dtype=torch.float32
            )
        discriminators.apply_weight_norm()
        data = corpus_data(options.corpus, args, tts.config)
        alignments = plan_alignments(
            aligner,
            args.alignment_source,
            args.soft_alignment_share,
            args.alignments,
            (data["train_dataset"], data["eval_dataset"]),
        )
        return cls(
            Stage1Models(tts, aligner, alignments, args.max_crop_frames),
            args,
            discriminators=discriminators,
            speech_language_model=chosen_speech_language_model(options.speech_language_model),
            processing_class=processor,
            **data,
        )

    def __init__(
        self,
        model: Stage1Models,
        args: Stage1Arguments,
        *,
        discriminators: TsukasaDiscriminators,
        speech_language_model: SpeechLanguageModel | None = None,
        **arguments: Any,
    ) -> None:
        super().__init__(model, args, **arguments)
        self.discriminators, self.speech_language_model = discriminators, speech_language_model
        self.adversaries = speech_adversaries(self, discriminators, speech_language_model, (DISCRIMINATORS,))

    def phase_starts(self, updates_per_epoch: int) -> Sequence[int]:
        """Reconstruction, and from the TMA epoch on the adversarial phase."""
        start = self.args.tma_step
        return [0, round(self.args.tma_epoch * updates_per_epoch) if start is None else start]

    def absences(self) -> list[Absence]:
        """Losses that need a speech language model, where none is given."""
        return absent_speech_losses(self.speech_language_model, (SLM_FEATURES.name,))

    def taught_by(self) -> Mapping[str, Set[str]]:
        """The aligner learns from its own losses, and from those of speech where its attention aligns the text."""
        return {**TAUGHT_BY, "text_aligner": aligner_teachers(self.model, self.PHASES)}

    def compute_losses(self, outputs: Batch, inputs: Batch, phase: Phase) -> Batch:
        """Mel, features of the speech language model, and the losses of the aligner while it learns."""
        losses = {}
        if phase.has("mel") or phase.has("slm_features"):
            rate, recorded, generated = self.model.sampling_rate, outputs["recorded"], outputs["generated"].float()
            if phase.has("mel"):
                losses["mel"] = mel_loss(generated, recorded, rate)
            if phase.has("slm_features") and self.speech_language_model is not None:
                with self.compute_loss_context_manager():
                    losses["slm_features"] = speech_feature_loss(self.speech_language_model, recorded, generated, rate)
        return {**losses, **aligner_losses(outputs, inputs, self.model.blank_id, phase.loss_names)}

    def save_companions(self, folder: Path) -> None:
        """The processor of the synthesizer."""
        save_beside(self.model.tts, folder, self.processing_class)

    def export(self, folder: str | os.PathLike) -> Path:
        """The synthesizer with its norms folded, the aligner and the discriminators in folders inside it."""
        with self.exported_weights():
            return export_models(self.model, self.discriminators, folder, self.processing_class)


__all__ = [
    "ADVERSARIAL",
    "RECONSTRUCTION",
    "Stage1Arguments",
    "Stage1Models",
    "Stage1RunOptions",
    "Stage1Trainer",
]
