# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Training of the pitch extractor: regressed onto the F0 that preparation cached, with voicing (Kum & Nam 2019)."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import torch

from ...models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from ..engine.arguments import TsukasaTrainingArguments
from ..engine.phases import Phase, Schedule
from ..engine.trained_modules import TrainedModels
from ..engine.trainer import TsukasaTrainer
from ..losses import f0_loss, voicing_loss
from .crops import crop, draw_starts


LISTENING = Phase("listening", learns=("pitch_extractor",), losses=("f0", "voicing"))


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

    def forward(self, phase: str, batch: dict) -> dict[str, torch.Tensor]:
        """`f0` and `voicing_logits`, and `true_f0`, of crops of one length, (batch, mel_frames)."""
        lengths = batch["mel_attention_mask"].sum(dim=1)
        frames = min(int(lengths.min()), self.max_crop_frames)
        starts = draw_starts(lengths, frames)
        heard = self.pitch_extractor(crop(batch["mel"], starts, frames), return_voicing=True)
        return {
            "f0": heard.f0,
            "voicing_logits": heard.voicing_logits,
            "true_f0": crop(batch["f0"], starts, frames),
        }


class PitchTrainer(TsukasaTrainer):
    """The trainer of the pitch extractor; its model is `PitchModels`. F0 is 0 where nothing is voiced."""

    MODULES = {"pitch_extractor": "pitch_extractor"}
    LOSS_WEIGHTS = {"f0": 1.0, "voicing": 1.0}

    args: PitchArguments

    def make_schedule(self, updates_per_epoch: int) -> Schedule:
        """One phase."""
        return Schedule([0], [LISTENING])

    def compute_losses(self, outputs: dict, inputs: dict, phase: Phase) -> dict[str, torch.Tensor]:
        """F0 on every frame, and which of them are voiced."""
        true_f0 = outputs["true_f0"]
        return {
            "f0": f0_loss(outputs["f0"], true_f0),
            "voicing": voicing_loss(outputs["voicing_logits"], true_f0 > 0),
        }

    def export(self, folder: str | os.PathLike) -> Path:
        """The extractor as a folder."""
        with self.exported_weights():
            self.model.pitch_extractor.save_pretrained(folder)
        return Path(folder)


__all__ = ["LISTENING", "PitchArguments", "PitchModels", "PitchTrainer"]
