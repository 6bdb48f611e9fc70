# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The synthesizer and its aligner, as stage 1, stage 2 and fine-tuning train them: alignments and crops."""

import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch

from ...models.tsukasa.configuration_training import AlignmentSource
from ...models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME, TsukasaTextAlignerConfig
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...models.tsukasa.processing_tsukasa import TsukasaProcessor
from ...models.tsukasa.processor_files import save_companions
from ...models.tsukasa.training_models.alignment_search import (
    alignment_from_durations,
    search_monotonic_alignment,
)
from ...models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from ...models.tsukasa.training_models.text_aligner import TsukasaTextAligner, TsukasaTextAlignerOutput
from ..engine.batches import Batch
from ..engine.phases import DISCRIMINATORS, Loss, Phase, losses_from
from ..engine.run_options import check_style_encoders
from ..engine.trained_modules import TrainedModels, folded_copy
from .speech_adversaries import SPEECH


logger = logging.getLogger(__name__)

ALIGNMENT_SOURCES = ("ctc", "attention")
DURATION_SOURCES = ("auto", "cached", "aligner")

MIN_CROP_FRAMES = 80
"""Shortest crop in mel frames: style encoder and discriminators need as many."""

ALIGNER_LOSSES = (
    Loss("monotonic", needs=frozenset({"soft_alignment"}), teaches="text_aligner"),
    Loss("s2s", needs=frozenset({"token_logits"}), teaches="text_aligner"),
    # The aligner's CTC head is kept right while its encoder moves; the original has no use for it here.
    Loss("ctc", needs=frozenset({"ctc_logits"}), teaches="text_aligner"),
)


@dataclass(frozen=True)
class AlignmentPlan:
    """Where the alignments of a run come from.

    Args:
        source: head of the aligner in whose output monotonic paths are searched. An aligner trained by itself knows
            the borders of tokens by its CTC head, and by its attention only one frame of each; the published one was
            trained on together with the decoder until its attention holds them.
        soft_share: share of batches whose text is aligned by the attention itself.
        uses_durations: whether batches bring `durations`, which give the path while the aligner does not learn.
    """

    source: AlignmentSource = "attention"
    soft_share: float = 0.0
    uses_durations: bool = False


class Crops(NamedTuple):
    """Places of crops of one length in a batch.

    Attributes:
        starts: (batch,), first text frame of the crop.
        style_starts: (batch,), first text frame of the crop that the style is taken from.
        frames: text frames of each.
    """

    starts: torch.Tensor
    style_starts: torch.Tensor
    frames: int


class AlignedModels(TrainedModels):
    """Base of the models of those stages.

    Args:
        tts: the synthesizer; where it learns, weight norm is put on here.
        text_aligner: finds which text frame belongs to which token; None when the corpus holds durations.
        alignments: where alignments come from.
        max_crop_frames: longest crop in mel frames.

    Raises:
        ValueError: when the synthesizer learns, and has no style encoders.
    """

    SYNTHESIZER_LEARNS = True

    def __init__(
        self,
        tts: TsukasaModelForConditionalGeneration,
        text_aligner: TsukasaTextAligner | None,
        alignments: AlignmentPlan,
        max_crop_frames: int,
    ) -> None:
        super().__init__()
        if self.SYNTHESIZER_LEARNS:
            check_style_encoders(tts, "this training")
            tts.apply_weight_norm()
            # Every text that is trained with ends with a pad, so the result must be spoken with one.
            tts.config.text_suffix_pad = True
        self.tts, self.text_aligner = tts, text_aligner
        self.FOLDERS = {"": "tts"} if text_aligner is None else {"": "tts", "text_aligner": "text_aligner"}
        self.alignments, self.max_crop_frames = alignments, max_crop_frames

    @property
    def sampling_rate(self) -> int:
        """Of generated waveforms, in Hz."""
        return self.tts.config.sampling_rate

    @property
    def blank_id(self) -> int:
        """The symbol that stands for nothing in CTC."""
        return self.tts.config.pad_token_id or 0

    @property
    def noise_scale(self) -> float:
        """Of the decoder's source: evaluation is deterministic."""
        return 1.0 if self.training else 0.0

    def align(self, batch: Batch, phase: Phase) -> tuple[TsukasaTextAlignerOutput | None, torch.Tensor, torch.Tensor]:
        """Aligns the texts of a batch with its recordings.

        Returns:
            The output of the aligner, None when it did not run; the monotonic path; and the alignment that speech is
            generated from, the path or the attention. Alignments are (batch, tokens, text_frames).
        """
        learns = "text_aligner" in phase.learns
        is_soft = self.training and bool(torch.rand(()) < self.alignments.soft_share)
        is_cached = self.alignments.uses_durations and not learns
        if is_cached and not is_soft:
            path = path_from_durations(batch)
            return None, path, path
        with torch.set_grad_enabled(learns and torch.is_grad_enabled()):
            output = self.run_aligner(batch)
        path = path_from_durations(batch) if is_cached else self._searched_path(output, batch)
        return output, path, given(output.soft_alignment) if is_soft else path

    def run_aligner(self, batch: Batch) -> TsukasaTextAlignerOutput:
        """The output of the aligner for a batch of `TsukasaDataCollator`."""
        if self.text_aligner is None:
            raise ValueError("there is no text aligner: name `aligner`, or let the corpus bring alignments")
        return self.text_aligner(
            mel=batch["mel"],
            mel_lengths=batch["mel_attention_mask"].sum(dim=1),
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
        )

    def _searched_path(self, output: TsukasaTextAlignerOutput, batch: Batch) -> torch.Tensor:
        return monotonic_path(output, batch["input_ids"], batch["attention_mask"], self.alignments.source)

    def aligner_outputs(self, output: TsukasaTextAlignerOutput | None, phase: Phase) -> Batch:
        """Outputs of the aligner that logs show and the losses of a phase need; nothing when it did not run."""
        if output is None:
            return {}
        logits = {"token_logits": output.token_logits, "ctc_logits": output.ctc_logits}
        needed = {name: given(value) for name, value in logits.items() if name in phase.needs}
        return {"soft_alignment": given(output.soft_alignment), **needed}

    def draw_crops(self, batch: Batch) -> Crops:
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
        if self.tts.config.multispeaker:
            # Another part of the utterance, so that the style holds the speaker and not the words.
            style_starts = draw_starts(frame_lengths, frames)
        return Crops(starts, style_starts, frames)


# Alignments


def plan_alignments(
    text_aligner: TsukasaTextAligner | None, source: str, share: float | None, wanted: str, datasets: Iterable
) -> AlignmentPlan:
    """Decides where alignments come from, and logs it.

    Args:
        text_aligner: of the run; None when there is none.
        source: `alignment_source`; "auto" is decided by the aligner.
        share: `soft_alignment_share`; None is decided by the aligner.
        wanted: "cached", "aligner" or "auto".
        datasets: those of the run; None among them counts for nothing.

    Raises:
        ValueError: when what is wanted is not there.
    """
    datasets = [data for data in datasets if data is not None]
    are_there = bool(datasets) and all(getattr(data, "durations", None) is not None for data in datasets)
    hint = "make them with `tsukasa prepare` (`aligner`, which may be the model itself)"
    if wanted == "cached" and not are_there:
        raise ValueError(f"alignments is 'cached', but the corpus has none: {hint}, or set alignments: auto")
    uses_durations = are_there and wanted != "aligner"
    if text_aligner is None and not uses_durations:
        raise ValueError(f"there is neither a text aligner nor alignments of the corpus: name `aligner`, or {hint}")
    head, soft_share = _head(None if text_aligner is None else text_aligner.config, source, share)
    if uses_durations:
        runs = "only in batches that are aligned by its attention" if soft_share else "not at all"
        logger.info("alignments are the cached ones of the corpus: while the aligner does not learn, it runs %s", runs)
    else:
        reason = "as set by alignments" if are_there else "because the corpus has no cached ones"
        logger.info("the aligner runs in every batch, %s", reason)
    return AlignmentPlan(head, soft_share, uses_durations)


def _head(config: TsukasaTextAlignerConfig | None, source: str, share: float | None) -> tuple[AlignmentSource, float]:
    if config is None:
        return "attention", 0.0
    head: AlignmentSource = config.alignment_source
    if source == "ctc":
        head = "ctc"
    elif source == "attention":
        head = "attention"
    if share is None:
        share = 0.5 if head == "attention" else 0.0
    logger.info(
        "alignments are searched in the output of %s, and the attention itself aligns %.0f %% of the batches",
        head,
        100 * share,
    )
    return head, share


def given(value: torch.Tensor | None) -> torch.Tensor:
    """An output of the aligner that is there whenever it ran with lengths and tokens."""
    if value is None:
        raise ValueError("the aligner ran without the tokens or lengths that training needs")
    return value


def monotonic_path(
    output: TsukasaTextAlignerOutput, input_ids: torch.Tensor, attention_mask: torch.Tensor, source: AlignmentSource
) -> torch.Tensor:
    """The best monotonic path (batch, tokens, text_frames), zeros and ones.

    Args:
        output: of the aligner.
        input_ids, attention_mask: (batch, tokens).
        source: see `AlignmentPlan`.

    Raises:
        ValueError: when an utterance has more tokens than text frames.
    """
    with torch.no_grad():
        scores = output.token_scores(input_ids, source)
        return search_monotonic_alignment(scores, attention_mask.sum(dim=1), given(output.frame_lengths))


def path_from_durations(batch: Batch) -> torch.Tensor:
    """The path that the cached `durations` of a batch give, (batch, tokens, text_frames) of zeros and ones.

    Raises:
        ValueError: when durations and mels of an utterance are not equally long.
    """
    durations = batch["durations"]
    frame_lengths = batch["mel_attention_mask"].sum(dim=1) // MEL_FRAMES_PER_TEXT_FRAME
    differs = durations.sum(dim=1) != frame_lengths
    if durations.shape != batch["input_ids"].shape or bool(differs.any()):
        utterances = batch["indices"][differs].tolist()
        raise ValueError(
            f"cached alignments do not fit utterances {utterances} of the corpus: make them again with "
            "`tsukasa prepare` (`aligner`, `overwrite=True`)"
        )
    return alignment_from_durations(durations, batch["mel"].shape[-1] // MEL_FRAMES_PER_TEXT_FRAME)


def aligner_teachers(models: AlignedModels, phases: Sequence[Phase]) -> frozenset[str]:
    """Names of the losses that an aligner learns from: its own, and those of speech where its attention aligns."""
    own = frozenset(loss.name for loss in ALIGNER_LOSSES)
    return own | losses_from(phases, SPEECH) if models.alignments.soft_share else own


# Crops of one length out of a padded batch, each item's at a place of its own


def draw_starts(lengths: torch.Tensor, crop_length: int) -> torch.Tensor:
    """A first frame for each item, so that its crop has only real frames. (batch,) -> (batch,) int64"""
    places = (lengths - crop_length + 1).clamp(min=1)
    drawn = torch.rand(lengths.shape, device=lengths.device, dtype=torch.float64)
    return (drawn * places).long().clamp(max=places - 1)


def crop(values: torch.Tensor, starts: torch.Tensor, length: int) -> torch.Tensor:
    """(batch, ..., frames) -> (batch, ..., length), item i from `starts[i]` on.

    Raises:
        ValueError: when `values` has fewer frames than `length`.
    """
    if values.shape[-1] < length:
        raise ValueError(f"a crop of {length} frames cannot be taken out of {values.shape[-1]}")
    places = starts[:, None] + torch.arange(length, device=starts.device)
    places = places.view(len(starts), *[1] * (values.ndim - 2), length)
    return values.gather(-1, places.expand(*values.shape[:-1], length))


# The result


def save_beside(tts: TsukasaModelForConditionalGeneration, folder: Path, processor: object) -> None:
    """Writes what the synthesizer's folder needs to be spoken with.

    Args:
        tts: the synthesizer.
        folder: its folder.
        processor: of a `TsukasaProcessor`, tokenizers of Kotodama and readings of the user are kept.
    """
    save_companions(tts.config, folder)
    if isinstance(processor, TsukasaProcessor):
        processor.save_pretrained(folder)


def export_models(
    models: AlignedModels, discriminators: TsukasaDiscriminators, folder: str | os.PathLike, processor: object = None
) -> Path:
    """Writes the synthesizer with its norms folded, with the aligner and the discriminators in folders inside.

    Args:
        models: of the run.
        discriminators: of the run.
        folder: to write to.
        processor: see `save_beside`.

    Returns:
        The folder.
    """
    folder = Path(folder)
    tts = folded_copy(models.tts)
    tts.save_pretrained(folder)
    save_beside(tts, folder, processor)
    if models.text_aligner is not None:
        models.text_aligner.save_pretrained(folder / "text_aligner")
    discriminators.save_pretrained(folder / DISCRIMINATORS)
    return folder


__all__ = [
    "ALIGNER_LOSSES",
    "ALIGNMENT_SOURCES",
    "DURATION_SOURCES",
    "MIN_CROP_FRAMES",
    "AlignedModels",
    "AlignmentPlan",
    "Crops",
    "aligner_teachers",
    "crop",
    "draw_starts",
    "export_models",
    "monotonic_path",
    "path_from_durations",
    "plan_alignments",
    "save_beside",
]
