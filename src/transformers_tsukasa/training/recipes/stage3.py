# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Stage 3, Kotodama: words become a style (spec/training.md, Stage 3; the original never published its own).

The prompt encoder, (description + text) -> style, and the text sampler, text -> style, are regressed onto the styles
that the voice hears in the recordings. The voice itself does not change.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F

from ...data.style_texts import PROMPT, TEXT
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...models.tsukasa.processing_tsukasa import TsukasaProcessor
from ..engine.phases import Phase, Schedule
from ..engine.trained_modules import TrainedModels, folded_copy
from ..losses import style_regression_loss
from .on_texts import TextTrainer, TextTrainingArguments


ENCODERS = {PROMPT: "prompt_encoder", TEXT: "text_sampler"}
"""What reads -> its name in the voice."""


@dataclass
class Stage3Arguments(TextTrainingArguments):
    """A run of stage 3.

    Args:
        speaker_share: how often the text sampler is told who speaks, when the corpus has several speakers.
    """

    speaker_share: float = field(default=0.5, metadata={"help": "share of texts with the speaker's name in front"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.speaker_share <= 1:
            raise ValueError(f"speaker_share must be from 0 to 1, got {self.speaker_share}")


class Stage3Models(TrainedModels):
    """The encoders that learn; a checkpoint is the folder of the whole voice, which speaks.

    Args:
        voice: with the encoders in it.
        processor: of the voice, with their tokenizers.
        readers: which learn, of `PROMPT` and `TEXT`.
    """

    FOLDERS = {"": "voice"}

    def __init__(
        self, voice: TsukasaModelForConditionalGeneration, processor: TsukasaProcessor, readers: tuple[str, ...]
    ) -> None:
        super().__init__()
        # In a tuple, so that it is no part of this module: nothing else of it learns, moves, or is averaged.
        self._voice, self.processor = (voice.eval(),), processor
        for reader in readers:
            setattr(self, ENCODERS[reader], getattr(voice, ENCODERS[reader]))

    @property
    def voice(self) -> TsukasaModelForConditionalGeneration:
        """The whole voice; it shares the encoders."""
        return self._voice[0]

    def forward(self, phase: str, batch: dict) -> dict[str, torch.Tensor]:
        """By reader, its styles (rows, 2 * style_dim) for a batch of `StyleTextCollator`."""
        return {
            reader: getattr(self, name)(batch[f"{reader}_input_ids"], batch[f"{reader}_attention_mask"])
            for reader, name in ENCODERS.items()
            if f"{reader}_input_ids" in batch
        }

    def save(self, folder: str | os.PathLike) -> None:
        """Writes the voice and its processor."""
        super().save(folder)
        self.processor.save_pretrained(folder)


class Stage3Trainer(TextTrainer):
    """The trainer of stage 3; its model is `Stage3Models`, its data sets are `StyleTexts`.

    Args:
        mean_style: (2 * style_dim,), of the recordings to train with: what to say without having read.
        The rest goes to `TsukasaTrainer`.
    """

    args: Stage3Arguments

    def __init__(self, model: Stage3Models, args: Stage3Arguments, *, mean_style: torch.Tensor, **arguments) -> None:
        self.readers = tuple(reader for reader, name in ENCODERS.items() if hasattr(model, name))
        self.MODULES = {ENCODERS[reader]: ENCODERS[reader] for reader in self.readers}
        self.LOSS_WEIGHTS = dict.fromkeys(self.readers, 1.0)
        self.mean_style = mean_style
        super().__init__(model, args, **arguments)

    def make_schedule(self, updates_per_epoch: int) -> Schedule:
        """One phase."""
        return Schedule([0], [Phase("reading", learns=tuple(self.MODULES), losses=self.readers)])

    def compute_losses(self, outputs: dict, inputs: dict, phase: Phase) -> dict[str, torch.Tensor]:
        """Mean squared error of every reader's styles, over the rows that it could read."""
        return {reader: style_regression_loss(style, inputs[f"{reader}_styles"]) for reader, style in outputs.items()}

    def figures(self, outputs: dict, inputs: dict, phase: Phase) -> dict[str, torch.Tensor]:
        """By reader, the cosine similarity, and as a baseline the error of who always answers the mean style."""
        figures = {}
        for reader, style in outputs.items():
            true_style = inputs[f"{reader}_styles"]
            mean_style = self.mean_style.to(true_style.device).expand_as(true_style)
            figures[f"{reader}_cosine"] = F.cosine_similarity(style.float(), true_style).mean()
            figures[f"{reader}_baseline"] = style_regression_loss(mean_style, true_style)
        return figures

    def evaluation_loop(self, *arguments, metric_key_prefix: str = "eval", **keywords):
        """Adds `explained`: how much of the baseline's error is gone. 0 and below: nothing was learned."""
        output = super().evaluation_loop(*arguments, metric_key_prefix=metric_key_prefix, **keywords)
        for reader in self.readers:
            name = f"{metric_key_prefix}_{reader}"
            if output.metrics.get(f"{name}_baseline", 0) > 0:
                output.metrics[f"{name}_explained"] = 1 - output.metrics[name] / output.metrics[f"{name}_baseline"]
        return output

    def export(self, folder: str | os.PathLike) -> Path:
        """The voice, with its norms folded, and its processor."""
        with self.exported_weights():
            folded_copy(self.model.voice).save_pretrained(folder)
        self.model.processor.save_pretrained(folder)
        return Path(folder)


__all__ = ["ENCODERS", "Stage3Arguments", "Stage3Models", "Stage3Trainer"]
