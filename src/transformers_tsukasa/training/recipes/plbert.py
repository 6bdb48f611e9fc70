# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Training of PL-BERT, the phoneme language model: hidden words are guessed (Li et al. 2023, PL-BERT).

Of the paper's two tasks this is the masked phonemes. The other one, to name the written word of every phoneme, is left
out: it needs a table of words (graphemes) that phonemes prepared without their text do not have, and a head of tens of
thousands of outputs that the voice throws away.
"""

import math
import os
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn
from transformers import AlbertModel

from ...data.masked_phonemes import IGNORED
from ..engine.phases import Phase, Schedule
from ..engine.trained_modules import TrainedModels, read_weight_file
from ..losses import utterance_mean
from .on_texts import TextTrainer, TextTrainingArguments


GUESSING = Phase("guessing", learns=("plbert", "phoneme_head"), losses=("phonemes", "visible"))

HEAD_FILE = "phoneme_head.safetensors"
"""Beside the language model, what only its training needs."""


@dataclass
class PLBertArguments(TextTrainingArguments):
    """A run of PL-BERT.

    Args:
        masked_share: of the words of a text that are to be guessed.
    """

    masked_share: float = field(default=0.15, metadata={"help": "share of the words to guess"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.masked_share <= 1:
            raise ValueError(f"masked_share must be above 0 and at most 1, got {self.masked_share}")


class PLBertModels(TrainedModels):
    """The language model, and a head that guesses; a checkpoint is a folder that `AlbertModel.from_pretrained` loads.

    ALBERT's pooler, which the voice holds and nothing reads, stays as it is.
    """

    FOLDERS = {"": "plbert"}

    def __init__(self, plbert: AlbertModel) -> None:
        super().__init__()
        self.plbert = plbert
        self.phoneme_head = nn.Linear(plbert.config.hidden_size, plbert.config.vocab_size)
        nn.init.normal_(self.phoneme_head.weight, std=plbert.config.initializer_range)
        nn.init.zeros_(self.phoneme_head.bias)

    def forward(self, phase: str, batch: dict) -> dict[str, torch.Tensor]:
        """`logits` (batch, tokens, vocab_size) of a batch of `collate_masked_phonemes`."""
        read = self.plbert(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"])
        return {"logits": self.phoneme_head(read.last_hidden_state)}

    def save(self, folder: str | os.PathLike) -> None:
        """Writes the language model, and the head beside it."""
        super().save(folder)
        save_file(self.phoneme_head.state_dict(), Path(folder) / HEAD_FILE)

    def load(self, folder: str | os.PathLike) -> None:
        """Reads both, strictly by name."""
        super().load(folder)
        self.load_head(folder)

    def load_head(self, folder: str | os.PathLike) -> None:
        """Reads the head, strictly by name."""
        self.phoneme_head.load_state_dict(read_weight_file(Path(folder) / HEAD_FILE))


class PLBertTrainer(TextTrainer):
    """The trainer of PL-BERT; its model is `PLBertModels`, its data sets are `MaskedPhonemes`."""

    MODULES = {"plbert": "plbert", "phoneme_head": "phoneme_head"}
    # Who cannot guess yet is wrong least often where all states are the same, and does not come back from there. That
    # every state must also name its own symbol keeps them apart (docs/decisions/0012).
    LOSS_WEIGHTS = {"phonemes": 1.0, "visible": 0.1}

    args: PLBertArguments

    def make_schedule(self, updates_per_epoch: int) -> Schedule:
        """One phase."""
        return Schedule([0], [GUESSING])

    def compute_losses(self, outputs: dict, inputs: dict, phase: Phase) -> dict[str, torch.Tensor]:
        """Cross-entropy at the places to guess, and at those that can be read; every text counts the same."""
        logits, labels = outputs["logits"].float().transpose(1, 2), inputs["labels"]
        is_guess = labels != IGNORED
        is_visible = inputs["attention_mask"].bool() & ~is_guess
        errors = F.cross_entropy(logits, torch.where(is_guess, labels, inputs["input_ids"]), reduction="none")
        return {"phonemes": utterance_mean(errors, is_guess), "visible": utterance_mean(errors, is_visible)}

    def figures(self, outputs: dict, inputs: dict, phase: Phase) -> dict[str, torch.Tensor]:
        """`accuracy` of the guesses."""
        labels = inputs["labels"]
        is_right = outputs["logits"].argmax(dim=-1) == labels
        return {"accuracy": utterance_mean(is_right.float(), labels != IGNORED)}

    def evaluation_loop(self, *arguments, metric_key_prefix: str = "eval", **keywords):
        """Adds `perplexity`: among how many symbols, all equally likely, the guess would be as hard."""
        output = super().evaluation_loop(*arguments, metric_key_prefix=metric_key_prefix, **keywords)
        output.metrics[f"{metric_key_prefix}_perplexity"] = math.exp(output.metrics[f"{metric_key_prefix}_phonemes"])
        return output

    def export(self, folder: str | os.PathLike) -> Path:
        """The language model as a folder, its head beside it."""
        with self.exported_weights():
            self.model.save(folder)
        return Path(folder)


__all__ = ["GUESSING", "HEAD_FILE", "PLBertArguments", "PLBertModels", "PLBertTrainer"]
