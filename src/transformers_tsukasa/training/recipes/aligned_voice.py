# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A voice and its aligner, as stage 1, stage 2 and fine-tuning train them: where alignments and crops come from."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import torch

from ...models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME, TsukasaTextAlignerConfig
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...models.tsukasa.processing_tsukasa import TsukasaProcessor
from ...models.tsukasa.processor_files import save_companions
from ...models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from ...models.tsukasa.training_models.text_aligner import TsukasaTextAligner, TsukasaTextAlignerOutput
from ..engine.arguments import TsukasaTrainingArguments
from ..engine.phases import DISCRIMINATORS
from ..engine.trained_modules import TrainedModels, folded_copy
from .alignment import AlignmentSource, cached_alignment, has_durations, monotonic_alignment
from .crops import draw_starts


logger = logging.getLogger(__name__)

MIN_CROP_FRAMES = 80
"""Shortest crop in mel frames: the style encoder and the discriminators hear nothing shorter."""


class Crops(NamedTuple):
    """Places of crops of one length in a batch.

    Attributes:
        starts: (batch,), first text frame of what is spoken.
        style_starts: (batch,), first text frame of what the style is heard in.
        frames: text frames of each.
    """

    starts: torch.Tensor
    style_starts: torch.Tensor
    frames: int


class AlignedModels(TrainedModels):
    """Base of the models of those stages.

    Args:
        voice: the model; weight norm is put on here.
        text_aligner: hears which text frame belongs to which token; None when the corpus says it.
        alignment_source: where monotonic paths are searched.
        soft_alignment_share: share of batches spoken from the attention.
        max_crop_frames: longest crop in mel frames.

    Attributes:
        uses_durations (`bool`):
            Whether batches bring `durations`, which are taken for the path while the aligner does not learn.
    """

    def __init__(
        self,
        voice: TsukasaModelForConditionalGeneration,
        text_aligner: TsukasaTextAligner | None,
        alignment_source: AlignmentSource,
        soft_alignment_share: float,
        max_crop_frames: int,
    ) -> None:
        super().__init__()
        voice.apply_weight_norm()
        self.voice, self.text_aligner = voice, text_aligner
        self.FOLDERS = {"": "voice"} if text_aligner is None else {"": "voice", "text_aligner": "text_aligner"}
        self.alignment_source, self.soft_alignment_share = alignment_source, soft_alignment_share
        self.max_crop_frames = max_crop_frames
        self.uses_durations = False

    @property
    def noise_scale(self) -> float:
        """Of the decoder's source: evaluation is deterministic."""
        return 1.0 if self.training else 0.0

    def _align(
        self, batch: dict, aligner_learns: bool
    ) -> tuple[TsukasaTextAlignerOutput | None, torch.Tensor, torch.Tensor]:
        """What the aligner heard, if it ran; the monotonic path; and what is spoken from, that or the attention.

        Paths are (batch, tokens, text_frames).
        """
        is_soft = self.training and bool(torch.rand(()) < self.soft_alignment_share)
        is_cached = self.uses_durations and not aligner_learns
        heard = None
        if is_soft or not is_cached:
            with torch.set_grad_enabled(aligner_learns and torch.is_grad_enabled()):
                heard = self._listen(batch)
        if is_cached:
            path = cached_alignment(batch)
        else:
            path = monotonic_alignment(heard, batch["input_ids"], batch["attention_mask"], self.alignment_source)
        return heard, path, heard.soft_alignment if is_soft else path

    def _listen(self, batch: dict) -> TsukasaTextAlignerOutput:
        return self.text_aligner(
            mel=batch["mel"],
            mel_lengths=batch["mel_attention_mask"].sum(dim=1),
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
        )

    def _draw_crops(self, batch: dict) -> Crops:
        """Crops as long as the shortest utterance and `max_crop_frames` allow.

        Raises:
            ValueError: when that is too short.
        """
        frame_lengths = batch["mel_attention_mask"].sum(dim=1) // MEL_FRAMES_PER_TEXT_FRAME
        frames = min(int(frame_lengths.min()), self.max_crop_frames // MEL_FRAMES_PER_TEXT_FRAME)
        if MEL_FRAMES_PER_TEXT_FRAME * frames < MIN_CROP_FRAMES:
            raise ValueError(
                f"the shortest utterance of a batch has {MEL_FRAMES_PER_TEXT_FRAME * frames} mel frames, but a crop "
                f"needs {MIN_CROP_FRAMES}"
            )
        starts = style_starts = draw_starts(frame_lengths, frames)
        if self.voice.config.multispeaker:
            # Another part of the utterance, so that the style says who speaks and not what.
            style_starts = draw_starts(frame_lengths, frames)
        return Crops(starts, style_starts, frames)


def choose_alignment_source(
    aligner_config: TsukasaTextAlignerConfig, source: str, share: float | None
) -> tuple[AlignmentSource, float]:
    """`alignment_source` and `soft_alignment_share`: "auto" and None are decided by the aligner, as the log says."""
    if source == "auto":
        source = aligner_config.alignment_source
    if share is None:
        share = 0.5 if source == "attention" else 0.0
    logger.info(
        "alignments come from %s, and %.0f %% of the batches are spoken from the attention itself", source, 100 * share
    )
    return source, share


def aligner_obstacle(text_aligner: TsukasaTextAligner | None, arguments: TsukasaTrainingArguments) -> str | None:
    """Why the aligner of a run never learns; None when it does."""
    return "there is no text aligner" if text_aligner is None else arguments.aligner_obstacle


def decide_alignments(models: AlignedModels, wanted: str, datasets: Iterable) -> None:
    """Whether durations of the corpus stand in for the aligner, which is said.

    Args:
        wanted: "cached", "aligner" or "auto".
        datasets: those of the run; None among them counts for nothing.

    Raises:
        ValueError: when what is wanted is not there.
    """
    datasets = [data for data in datasets if data is not None]
    is_there = bool(datasets) and all(map(has_durations, datasets))
    hint = "make them with `tsukasa prepare ... --aligner`"
    if wanted == "cached" and not is_there:
        raise ValueError(f"alignments is 'cached', but the corpus has none: {hint}, or say alignments: auto")
    models.uses_durations = is_there and wanted != "aligner"
    if models.text_aligner is None and not models.uses_durations:
        raise ValueError(f"there is neither a text aligner nor alignments of the corpus: name aligner, or {hint}")
    if models.uses_durations:
        runs = "in batches that are spoken from its attention" if models.soft_alignment_share else "not at all"
        logger.info("alignments are the cached ones of the corpus: while the aligner does not learn, it runs %s", runs)
    else:
        reason = "as alignments says" if is_there else "because the corpus has no cached ones"
        logger.info("the aligner runs in every batch, %s", reason)


def export_voice(
    models: AlignedModels,
    discriminators: TsukasaDiscriminators,
    folder: str | os.PathLike,
    processor: TsukasaProcessor | None = None,
) -> Path:
    """Writes the voice with its norms folded, and the aligner and the discriminators into folders inside its own.

    Args:
        processor: of the voice; made by its config when None.

    Returns:
        The folder.
    """
    folder = Path(folder)
    voice = folded_copy(models.voice)
    voice.save_pretrained(folder)
    save_companions(voice.config, folder, {}, [])
    if processor is not None:  # with the tokenizers of Kotodama's encoders
        processor.save_pretrained(folder)
    if models.text_aligner is not None:
        models.text_aligner.save_pretrained(folder / "text_aligner")
    discriminators.save_pretrained(folder / DISCRIMINATORS)
    return folder


__all__ = [
    "MIN_CROP_FRAMES",
    "AlignedModels",
    "Crops",
    "aligner_obstacle",
    "choose_alignment_source",
    "decide_alignments",
    "export_voice",
]
