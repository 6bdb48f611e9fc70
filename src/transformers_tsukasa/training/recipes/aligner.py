# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Trains the text aligner by itself: CTC on what every frame holds, cross-entropy on what the decoder spells."""

import os
from pathlib import Path
from typing import Any

from ...model_folders import existing_folder, is_preset
from ...models.strict_loading import load_complete
from ...models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME, read_preset
from ...models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from ..engine.batches import Batch
from ..engine.phases import Loss, Phase
from ..engine.run_options import corpus_data, record_features
from ..engine.trained_modules import TrainedModels
from ..engine.trainer import PhasedTrainer
from ..losses import ctc_loss, s2s_loss


CTC = Loss("ctc", needs=frozenset({"ctc_logits"}))
S2S = Loss("s2s", needs=frozenset({"token_logits"}))
ALIGNING = Phase("aligning", learns=("text_aligner",), losses=(CTC, S2S))


class AlignerModels(TrainedModels):
    """The aligner; a checkpoint is a folder that `TsukasaTextAligner.from_pretrained` loads."""

    FOLDERS = {"": "text_aligner"}

    def __init__(self, text_aligner: TsukasaTextAligner, blank_id: int = 0) -> None:
        super().__init__()
        self.text_aligner, self.blank_id = text_aligner, blank_id

    def forward(self, phase: Phase, batch: Batch) -> Batch:
        """`ctc_logits` of a batch of `TsukasaDataCollator`, and where a loss needs it what the decoder returns:
        `token_logits` and `soft_alignment`."""
        mel, mel_lengths = batch["mel"], batch["mel_attention_mask"].sum(dim=1)
        if "token_logits" not in phase.needs:
            return {"ctc_logits": self.text_aligner.ctc_logits(self.text_aligner.encode(mel, mel_lengths))}
        output = self.text_aligner(
            mel=mel, mel_lengths=mel_lengths, input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]
        )
        return {
            "token_logits": output.token_logits,
            "ctc_logits": output.ctc_logits,
            "soft_alignment": output.soft_alignment.detach(),
        }


class AlignerTrainer(PhasedTrainer):
    """The trainer of the text aligner; its model is `AlignerModels`.

    With a weight of 0 for `s2s` the decoder, which spells token by token, does not run: three fifths of a step on a
    CPU. The borders of tokens come from the CTC head.
    """

    PHASES = (ALIGNING,)
    MODULES = {"text_aligner": "text_aligner"}

    model: AlignerModels

    @classmethod
    def from_options(cls, options: Any, args: Any) -> "AlignerTrainer":
        """The trainer of a run from a preset or an aligner."""
        config = None
        if is_preset(options.model):
            config = read_preset(options.model)
            # Row i of the attention is attended to while token i is predicted; nothing else will make it another.
            config.text_aligner_config.first_alignment_row = 0
            aligner = TsukasaTextAligner(config.text_aligner_config)
        else:
            aligner = load_complete(TsukasaTextAligner, existing_folder(options.model, "model"))
        data = corpus_data(options.corpus, args, config, text="symbols")
        record_features(aligner, options)
        return cls(AlignerModels(aligner), args, **data)

    def compute_losses(self, outputs: Batch, inputs: Batch, phase: Phase) -> Batch:
        """CTC and the decoder's cross-entropy."""
        input_ids, token_mask = inputs["input_ids"], inputs["attention_mask"]
        losses = {}
        if phase.has("ctc"):
            frame_lengths = inputs["mel_attention_mask"].sum(dim=1) // MEL_FRAMES_PER_TEXT_FRAME
            losses["ctc"] = ctc_loss(outputs["ctc_logits"], frame_lengths, input_ids, token_mask, self.model.blank_id)
        if phase.has("s2s"):
            losses["s2s"] = s2s_loss(outputs["token_logits"], input_ids, token_mask)
        return losses

    def export(self, folder: str | os.PathLike) -> Path:
        """The aligner as a folder."""
        with self.exported_weights():
            self.model.text_aligner.save_pretrained(folder)
        return Path(folder)


__all__ = ["ALIGNING", "AlignerModels", "AlignerTrainer"]
