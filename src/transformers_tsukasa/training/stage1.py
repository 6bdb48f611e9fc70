# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Stage 1: alignment and reconstruction (Li et al. 2023, StyleTTS 2, section 3.1; spec/training.md, Stage 1).

The decoder learns to speak crops of recordings from their text, F0, energy and style: first by the mel loss alone,
then against discriminators, while the aligner learns with it.
"""

import logging
import os
from dataclasses import dataclass, field
from pathlib import Path

import torch

from ..conversion.companions import save_companions
from ..model.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ..model.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..model.text_aligner import TsukasaTextAligner
from .alignment import ALIGNMENT_SOURCES, AlignmentSource, default_alignment_source, monotonic_alignment
from .arguments import TsukasaTrainingArguments
from .crops import crop, draw_starts
from .gan_trainer import ADVERSARY_WEIGHTS, TsukasaGanTrainer
from .losses import ctc_loss, mel_loss, monotonic_loss, s2s_loss
from .phases import DISCRIMINATORS, Phase, Schedule
from .trained_models import TrainedModels, folded_copy


logger = logging.getLogger(__name__)

MIN_CROP_FRAMES = 80
"""Shortest crop in mel frames: the style encoder and the discriminators hear nothing shorter."""

_ABSENT = ("features of the speech language model (this version has none in stage 1)",)

RECONSTRUCTION = Phase("reconstruction", learns=("text_encoder", "acoustic_style_encoder", "decoder"), losses=("mel",))
ADVERSARIAL = Phase(
    "adversarial",
    learns=("text_encoder", "acoustic_style_encoder", "decoder", "text_aligner", DISCRIMINATORS),
    losses=("mel", "monotonic", "s2s", "ctc", "adversarial", "feature_matching", "discriminator"),
    absent=_ABSENT,
)


@dataclass
class Stage1Arguments(TsukasaTrainingArguments):
    """A run of stage 1.

    Args:
        tma_epoch: epoch from which the aligner learns and discriminators judge; the released run took 5 of 30.
        tma_step: the same as an update of the run; goes before `tma_epoch`.
        max_crop_frames: longest crop in mel frames (half of the original's max_len).
        alignment_source: "ctc" or "attention", see `training.alignment`; "auto" takes the one that fits the aligner.
        soft_alignment_share: share of batches that are spoken from the attention itself in place of the monotonic
            path. None is a half for attention and nothing for CTC, whose aligner's attention covers only a part of
            the frames.
    """

    tma_epoch: float = field(default=5.0, metadata={"help": "epoch of the adversarial phase"})
    tma_step: int | None = field(default=None, metadata={"help": "update of the adversarial phase"})
    max_crop_frames: int = field(default=280, metadata={"help": "longest crop in mel frames"})
    alignment_source: str = field(default="auto", metadata={"help": "auto, ctc or attention"})
    soft_alignment_share: float | None = field(default=None, metadata={"help": "share of batches with attention"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_crop_frames < MIN_CROP_FRAMES or self.max_crop_frames % MEL_FRAMES_PER_TEXT_FRAME:
            raise ValueError(
                f"max_crop_frames must be an even number of at least {MIN_CROP_FRAMES}, got {self.max_crop_frames}"
            )
        if self.alignment_source not in ("auto", *ALIGNMENT_SOURCES):
            raise ValueError(f"alignment_source must be auto, ctc or attention, got '{self.alignment_source}'")
        if self.soft_alignment_share is not None and not 0.0 <= self.soft_alignment_share <= 1.0:
            raise ValueError(f"soft_alignment_share must be from 0 to 1, got {self.soft_alignment_share}")
        if self.tma_epoch < 0 or (self.tma_step is not None and self.tma_step < 0):
            raise ValueError("tma_epoch and tma_step must not be negative")


class Stage1Models(TrainedModels):
    """The voice and the aligner.

    Args:
        voice: the model; weight norm is put on here.
        text_aligner: hears which text frame belongs to which token.
        alignment_source: where monotonic paths are searched.
        soft_alignment_share: share of batches spoken from the attention.
        max_crop_frames: longest crop in mel frames.
    """

    FOLDERS = {"": "voice", "text_aligner": "text_aligner"}

    def __init__(
        self,
        voice: TsukasaModelForConditionalGeneration,
        text_aligner: TsukasaTextAligner,
        alignment_source: AlignmentSource,
        soft_alignment_share: float,
        max_crop_frames: int,
    ) -> None:
        super().__init__()
        voice.apply_weight_norm()
        self.voice, self.text_aligner = voice, text_aligner
        self.alignment_source, self.soft_alignment_share = alignment_source, soft_alignment_share
        self.max_crop_frames = max_crop_frames

    def forward(self, phase: str, batch: dict) -> dict[str, torch.Tensor]:
        """Speaks a crop of every utterance of a batch of `TsukasaDataCollator`.

        Returns:
            `recorded`, `generated` (batch, samples); in the adversarial phase also `token_logits`, `ctc_logits`,
            `soft_alignment` and `alignment` of the whole utterances.
        """
        aligner_learns = phase == ADVERSARIAL.name
        with torch.set_grad_enabled(aligner_learns and torch.is_grad_enabled()):
            heard, alignment = self._align(batch)
        is_soft = self.training and bool(torch.rand(()) < self.soft_alignment_share)
        chosen = heard.soft_alignment if is_soft else alignment
        text = self.voice.text_encoder(batch["input_ids"], batch["attention_mask"])
        aligned = chosen.to(text.dtype).transpose(1, 2) @ text
        outputs = self._speak_crops(aligned, batch)
        if aligner_learns:
            outputs.update(
                token_logits=heard.token_logits,
                ctc_logits=heard.ctc_logits,
                soft_alignment=heard.soft_alignment,
                alignment=alignment,
            )
        return outputs

    def _align(self, batch: dict):
        heard = self.text_aligner(
            mel=batch["mel"],
            mel_lengths=batch["mel_attention_mask"].sum(dim=1),
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
        )
        path = monotonic_alignment(heard, batch["input_ids"], batch["attention_mask"], self.alignment_source)
        return heard, path

    def _speak_crops(self, aligned: torch.Tensor, batch: dict) -> dict[str, torch.Tensor]:
        """aligned: (batch, text_frames, hidden_size). The crop is the same length for the whole batch."""
        config = self.voice.config
        frame_lengths = batch["mel_attention_mask"].sum(dim=1) // MEL_FRAMES_PER_TEXT_FRAME
        text_frames = min(int(frame_lengths.min()), self.max_crop_frames // MEL_FRAMES_PER_TEXT_FRAME)
        mel_frames = MEL_FRAMES_PER_TEXT_FRAME * text_frames
        if mel_frames < MIN_CROP_FRAMES:
            raise ValueError(
                f"the shortest utterance of a batch has {mel_frames} mel frames, but a crop needs {MIN_CROP_FRAMES}"
            )
        starts = draw_starts(frame_lengths, text_frames)
        mel_starts = MEL_FRAMES_PER_TEXT_FRAME * starts
        style_starts = mel_starts
        if config.multispeaker:
            # Another part of the utterance, so that the style says who speaks and not what.
            style_starts = MEL_FRAMES_PER_TEXT_FRAME * draw_starts(frame_lengths, text_frames)
        style = self.voice.acoustic_style_encoder(crop(batch["mel"], style_starts, mel_frames))
        generated = self.voice.decoder(
            crop(aligned.transpose(1, 2), starts, text_frames),
            crop(batch["f0"], mel_starts, mel_frames),
            crop(batch["energy"], mel_starts, mel_frames),
            style,
            noise_scale=1.0 if self.training else 0.0,
        )
        samples = config.samples_per_text_frame
        recorded = crop(batch["waveform"], starts * samples, text_frames * samples)
        return {"recorded": recorded, "generated": generated}


class Stage1Trainer(TsukasaGanTrainer):
    """The trainer of stage 1.

    Args:
        model: `Stage1Models`.
        discriminators: `TsukasaDiscriminators` with weight norm.
        The rest goes to `TsukasaTrainer`.
    """

    MODULES = {
        "text_encoder": "voice.text_encoder",
        "acoustic_style_encoder": "voice.acoustic_style_encoder",
        "decoder": "voice.decoder",
        "text_aligner": "text_aligner",
    }
    # The aligner's CTC head is kept right while its encoder moves; the original has no use for it here.
    LOSS_WEIGHTS = {"mel": 5.0, "monotonic": 1.0, "s2s": 1.0, "ctc": 1.0, **ADVERSARY_WEIGHTS}
    MIN_FRAMES = MIN_CROP_FRAMES

    args: Stage1Arguments

    def make_schedule(self, updates_per_epoch: int) -> Schedule:
        """Reconstruction, and from the TMA epoch on the adversarial phase."""
        start = self.args.tma_step
        if start is None:
            start = round(self.args.tma_epoch * updates_per_epoch)
        return Schedule([0, start], [RECONSTRUCTION, ADVERSARIAL])

    def compute_losses(self, outputs: dict, inputs: dict, phase: Phase) -> dict[str, torch.Tensor]:
        """Mel, and what the aligner is told while it learns."""
        rate = self.model.voice.config.audio_config.sampling_rate
        losses = {"mel": mel_loss(outputs["generated"].float(), outputs["recorded"], rate)}
        if phase.name != ADVERSARIAL.name:
            return losses
        input_ids, token_mask = inputs["input_ids"], inputs["attention_mask"]
        frame_lengths = inputs["mel_attention_mask"].sum(dim=1) // MEL_FRAMES_PER_TEXT_FRAME
        soft = outputs["soft_alignment"]
        frame_mask = torch.arange(soft.shape[-1], device=soft.device) < frame_lengths[:, None]
        losses["monotonic"] = monotonic_loss(soft, outputs["alignment"], token_mask, frame_mask)
        losses["s2s"] = s2s_loss(outputs["token_logits"], input_ids, token_mask)
        blank_id = self.model.voice.config.pad_token_id
        losses["ctc"] = ctc_loss(outputs["ctc_logits"], frame_lengths, input_ids, token_mask, blank_id)
        return losses

    def export(self, folder: str | os.PathLike) -> Path:
        """The voice with its norms folded, the aligner and the discriminators in folders inside it."""
        folder = Path(folder)
        with self.exported_weights():
            voice = folded_copy(self.model.voice)
            voice.save_pretrained(folder)
            save_companions(voice.config, folder, {}, [])
            self.model.text_aligner.save_pretrained(folder / "text_aligner")
        self.discriminators.save_pretrained(folder / DISCRIMINATORS)
        return folder


def stage1_models(
    voice: TsukasaModelForConditionalGeneration, text_aligner: TsukasaTextAligner, arguments: Stage1Arguments
) -> Stage1Models:
    """The models of a run, with "auto" options decided, which the log says."""
    source = arguments.alignment_source
    if source == "auto":
        source = default_alignment_source(text_aligner.config)
    share = arguments.soft_alignment_share
    if share is None:
        share = 0.5 if source == "attention" else 0.0
    logger.info(
        "alignments come from %s, and %.0f %% of the batches are spoken from the attention itself", source, 100 * share
    )
    return Stage1Models(voice, text_aligner, source, share, arguments.max_crop_frames)


__all__ = [
    "ADVERSARIAL",
    "MIN_CROP_FRAMES",
    "RECONSTRUCTION",
    "Stage1Arguments",
    "Stage1Models",
    "Stage1Trainer",
    "stage1_models",
]
