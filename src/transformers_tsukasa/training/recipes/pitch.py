# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Trains the pitch extractor: regression onto the F0 that preparation cached, with voicing (Kum & Nam 2019)."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...model_folders import existing_folder, is_preset
from ...models.strict_loading import load_complete
from ...models.tsukasa.configuration_tsukasa import read_preset
from ...models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from ..engine.arguments import TsukasaTrainingArguments
from ..engine.batches import Batch
from ..engine.phases import Loss, Phase
from ..engine.run_options import corpus_data, record_features
from ..engine.trained_modules import TrainedModels
from ..engine.trainer import PhasedTrainer
from ..losses import f0_loss, voicing_loss
from .aligned_models import crop, draw_starts


PITCH_EXTRACTION = Phase("pitch extraction", learns=("pitch_extractor",), losses=(Loss("f0"), Loss("voicing")))


@dataclass
class PitchArguments(TsukasaTrainingArguments):
    """A run of the pitch extractor.

    Args:
        max_crop_frames: longest crop in mel frames. Batch norms would take padding into their statistics, so every
            batch is cut to crops of one length, at most that of its shortest utterance.
    """

    max_crop_frames: int = field(default=192, metadata={"help": "longest crop in mel frames"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_crop_frames < 1:
            raise ValueError(f"max_crop_frames must be at least 1, got {self.max_crop_frames}")


class PitchModels(TrainedModels):
    """The pitch extractor; a checkpoint is a folder that `TsukasaPitchExtractor.from_pretrained` loads."""

    FOLDERS = {"": "pitch_extractor"}

    def __init__(self, pitch_extractor: TsukasaPitchExtractor, max_crop_frames: int) -> None:
        super().__init__()
        self.pitch_extractor, self.max_crop_frames = pitch_extractor, max_crop_frames

    def forward(self, phase: Phase, batch: Batch) -> Batch:
        """`f0` and `voicing_logits`, and `true_f0`, of crops of one length, (batch, mel_frames)."""
        lengths = batch["mel_attention_mask"].sum(dim=1)
        frames = min(int(lengths.min()), self.max_crop_frames)
        starts = draw_starts(lengths, frames)
        output = self.pitch_extractor(crop(batch["mel"], starts, frames), return_voicing=True)
        return {
            "f0": output.f0,
            "voicing_logits": output.voicing_logits,
            "true_f0": crop(batch["f0"], starts, frames),
        }


class PitchTrainer(PhasedTrainer):
    """The trainer of the pitch extractor; its model is `PitchModels`. F0 is 0 where nothing is voiced."""

    PHASES = (PITCH_EXTRACTION,)
    MODULES = {"pitch_extractor": "pitch_extractor"}
    ARGUMENTS = PitchArguments

    model: PitchModels
    args: PitchArguments

    @classmethod
    def from_options(cls, options: Any, args: Any) -> "PitchTrainer":
        """The trainer of a run from a preset or a pitch extractor."""
        config = None
        if is_preset(options.model):
            config = read_preset(options.model)
            extractor = TsukasaPitchExtractor(config.pitch_extractor_config)
        else:
            extractor = load_complete(TsukasaPitchExtractor, existing_folder(options.model, "model"))
        data = corpus_data(options.corpus, args, config, text="nothing")
        record_features(extractor, options)
        return cls(PitchModels(extractor, args.max_crop_frames), args, **data)

    def compute_losses(self, outputs: Batch, inputs: Batch, phase: Phase) -> Batch:
        """F0 on every frame, and which of them are voiced."""
        true_f0, losses = outputs["true_f0"], {}
        if phase.has("f0"):
            losses["f0"] = f0_loss(outputs["f0"], true_f0)
        if phase.has("voicing"):
            losses["voicing"] = voicing_loss(outputs["voicing_logits"], true_f0 > 0)
        return losses

    def export(self, folder: str | os.PathLike) -> Path:
        """The extractor as a folder."""
        with self.exported_weights():
            self.model.pitch_extractor.save_pretrained(folder)
        return Path(folder)


__all__ = ["PITCH_EXTRACTION", "PitchArguments", "PitchModels", "PitchTrainer"]
