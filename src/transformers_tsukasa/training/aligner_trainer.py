# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Training of the text aligner by itself: CTC on what every frame holds, cross-entropy on what the decoder spells."""

import os
from pathlib import Path

import torch

from ..model.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ..model.text_aligner import TsukasaTextAligner
from .losses import ctc_loss, s2s_loss
from .phases import Phase, Schedule
from .trained_models import TrainedModels
from .trainer import TsukasaTrainer


ALIGNING = Phase("aligning", learns=("text_aligner",), losses=("ctc", "s2s"))


class AlignerModels(TrainedModels):
    """The aligner; a checkpoint is a folder that `TsukasaTextAligner.from_pretrained` loads."""

    FOLDERS = {"": "text_aligner"}

    def __init__(self, text_aligner: TsukasaTextAligner, blank_id: int = 0) -> None:
        super().__init__()
        self.text_aligner, self.blank_id = text_aligner, blank_id

    def forward(self, phase: str, batch: dict) -> dict[str, torch.Tensor]:
        """`token_logits`, `ctc_logits` and `soft_alignment` of a batch of `TsukasaDataCollator`."""
        heard = self.text_aligner(
            mel=batch["mel"],
            mel_lengths=batch["mel_attention_mask"].sum(dim=1),
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
        )
        return {
            "token_logits": heard.token_logits,
            "ctc_logits": heard.ctc_logits,
            "soft_alignment": heard.soft_alignment.detach(),
        }


class AlignerTrainer(TsukasaTrainer):
    """The trainer of the text aligner; its model is `AlignerModels`."""

    MODULES = {"text_aligner": "text_aligner"}
    LOSS_WEIGHTS = {"ctc": 1.0, "s2s": 1.0}

    def make_schedule(self, updates_per_epoch: int) -> Schedule:
        """One phase."""
        return Schedule([0], [ALIGNING])

    def compute_losses(self, outputs: dict, inputs: dict, phase: Phase) -> dict[str, torch.Tensor]:
        """CTC and the decoder's cross-entropy."""
        input_ids, token_mask = inputs["input_ids"], inputs["attention_mask"]
        frame_lengths = inputs["mel_attention_mask"].sum(dim=1) // MEL_FRAMES_PER_TEXT_FRAME
        blank_id = self.model.blank_id
        return {
            "ctc": ctc_loss(outputs["ctc_logits"], frame_lengths, input_ids, token_mask, blank_id),
            "s2s": s2s_loss(outputs["token_logits"], input_ids, token_mask),
        }

    def export(self, folder: str | os.PathLike) -> Path:
        """The aligner as a folder."""
        with self.exported_weights():
            self.model.text_aligner.save_pretrained(folder)
        return Path(folder)


__all__ = ["ALIGNING", "AlignerModels", "AlignerTrainer"]
