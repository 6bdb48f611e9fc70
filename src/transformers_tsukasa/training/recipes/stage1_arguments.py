# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What a run of stage 1 can be told, and its phases."""

from dataclasses import dataclass, field

from ...models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ..engine.arguments import TsukasaTrainingArguments
from ..engine.phases import DISCRIMINATORS, Phase
from .aligned_voice import MIN_CROP_FRAMES
from .alignment import ALIGNMENT_SOURCES


ALIGNER_LOSSES = ("monotonic", "s2s", "ctc")

RECONSTRUCTION = Phase("reconstruction", learns=("text_encoder", "acoustic_style_encoder", "decoder"), losses=("mel",))


def adversarial_phase(aligner_obstacle: str | None = None, has_speech_language_model: bool = False) -> Phase:
    """The second phase of a run; what it does without is announced with the reason."""
    learns, losses, absent = RECONSTRUCTION.learns, RECONSTRUCTION.losses, ()
    if aligner_obstacle is None:
        learns, losses = (*learns, "text_aligner"), (*losses, *ALIGNER_LOSSES)
    else:
        absent = (f"{', '.join(ALIGNER_LOSSES)} ({aligner_obstacle})",)
    if has_speech_language_model:
        losses = (*losses, "slm_features")
    else:
        absent = (*absent, "slm_features (no speech_language_model is given)")
    losses = (*losses, "adversarial", "feature_matching", "discriminator")
    return Phase("adversarial", (*learns, DISCRIMINATORS), losses, absent)


ADVERSARIAL = adversarial_phase()


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
        alignments: while the aligner does not learn, where monotonic paths come from: "cached" are the durations of
            the corpus, with which the aligner need not run; "aligner" searches anew; "auto" takes what is there.
        aligner_learns: whether it does in the adversarial phase; without it, the first phase's alignments serve to
            the end.
    """

    tma_epoch: float = field(default=5.0, metadata={"help": "epoch of the adversarial phase"})
    tma_step: int | None = field(default=None, metadata={"help": "update of the adversarial phase"})
    max_crop_frames: int = field(default=280, metadata={"help": "longest crop in mel frames"})
    alignment_source: str = field(default="auto", metadata={"help": "auto, ctc or attention"})
    soft_alignment_share: float | None = field(default=None, metadata={"help": "share of batches with attention"})
    alignments: str = field(default="auto", metadata={"help": "auto, cached or aligner"})
    aligner_learns: bool = field(default=True, metadata={"help": "whether the aligner learns when TMA begins"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_crop_frames < MIN_CROP_FRAMES or self.max_crop_frames % MEL_FRAMES_PER_TEXT_FRAME:
            raise ValueError(
                f"max_crop_frames must be an even number of at least {MIN_CROP_FRAMES}, got {self.max_crop_frames}"
            )
        if self.alignment_source not in ("auto", *ALIGNMENT_SOURCES):
            raise ValueError(f"alignment_source must be auto, ctc or attention, got '{self.alignment_source}'")
        if self.alignments not in ("auto", "cached", "aligner"):
            raise ValueError(f"alignments must be auto, cached or aligner, got '{self.alignments}'")
        if self.soft_alignment_share is not None and not 0.0 <= self.soft_alignment_share <= 1.0:
            raise ValueError(f"soft_alignment_share must be from 0 to 1, got {self.soft_alignment_share}")
        if self.tma_epoch < 0 or (self.tma_step is not None and self.tma_step < 0):
            raise ValueError("tma_epoch and tma_step must not be negative")

    @property
    def aligner_obstacle(self) -> str | None:
        """Why the text aligner may not learn; None when it may."""
        return super().aligner_obstacle if self.aligner_learns else "aligner_learns is false"


__all__ = ["ADVERSARIAL", "RECONSTRUCTION", "Stage1Arguments", "adversarial_phase"]
