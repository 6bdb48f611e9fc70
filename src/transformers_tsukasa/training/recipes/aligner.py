# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Training of the text aligner by itself: CTC on what every frame holds, cross-entropy on what the decoder spells."""

import os
from pathlib import Path

import torch

from ...models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ...models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from ..engine.phases import Phase, Schedule
from ..engine.trained_modules import TrainedModels
from ..engine.trainer import TsukasaTrainer
from ..losses import ctc_loss, s2s_loss


ALIGNING = Phase("aligning", learns=("text_aligner",), losses=("ctc", "s2s"))


class AlignerModels(TrainedModels):
    """The aligner; a checkpoint is a folder that `TsukasaTextAligner.from_pretrained` loads."""

    FOLDERS = {"": "text_aligner"}

    def __init__(self, text_aligner: TsukasaTextAligner, blank_id: int = 0) -> None:
        super().__init__()
        self.text_aligner, self.blank_id = text_aligner, blank_id
        self.spells = True

    def forward(self, phase: str, batch: dict) -> dict[str, torch.Tensor]:
        """`ctc_logits` of a batch of `TsukasaDataCollator`, and with `spells` `token_logits` and `soft_alignment`."""
        mel, mel_lengths = batch["mel"], batch["mel_attention_mask"].sum(dim=1)
        if not self.spells:
            return {"ctc_logits": self.text_aligner.ctc_logits(self.text_aligner.encode(mel, mel_lengths))}
        heard = self.text_aligner(
            mel=mel, mel_lengths=mel_lengths, input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]
        )
        return {
            "token_logits": heard.token_logits,
            "ctc_logits": heard.ctc_logits,
            "soft_alignment": heard.soft_alignment.detach(),
        }


class AlignerTrainer(TsukasaTrainer):
    """The trainer of the text aligner; its model is `AlignerModels`.

    With a weight of 0 for `s2s` the decoder, which spells token by token, does not run: three fifths of a step on a
    CPU. The borders of tokens come from the CTC head.
    """

    MODULES = {"text_aligner": "text_aligner"}
    LOSS_WEIGHTS = {"ctc": 1.0, "s2s": 1.0}

    def __init__(self, *arguments, **keywords) -> None:
        super().__init__(*arguments, **keywords)
        self.model.spells = self.loss_weights["s2s"] != 0

    def make_schedule(self, updates_per_epoch: int) -> Schedule:
        """One phase."""
        return Schedule([0], [ALIGNING])

    def compute_losses(self, outputs: dict, inputs: dict, phase: Phase) -> dict[str, torch.Tensor]:
        """CTC and the decoder's cross-entropy."""
        input_ids, token_mask = inputs["input_ids"], inputs["attention_mask"]
        frame_lengths = inputs["mel_attention_mask"].sum(dim=1) // MEL_FRAMES_PER_TEXT_FRAME
        losses = {"ctc": ctc_loss(outputs["ctc_logits"], frame_lengths, input_ids, token_mask, self.model.blank_id)}
        if "token_logits" in outputs:
            losses["s2s"] = s2s_loss(outputs["token_logits"], input_ids, token_mask)
        return losses

    def export(self, folder: str | os.PathLike) -> Path:
        """The aligner as a folder."""
        with self.exported_weights():
            self.model.text_aligner.save_pretrained(folder)
        return Path(folder)


__all__ = ["ALIGNING", "AlignerModels", "AlignerTrainer"]
