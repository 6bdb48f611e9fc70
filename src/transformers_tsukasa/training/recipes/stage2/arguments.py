# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Arguments of stage 2 and of fine-tuning."""

from dataclasses import dataclass, field

from ....models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ...engine.arguments import TsukasaTrainingArguments
from ..aligned_models import ALIGNMENT_SOURCES, DURATION_SOURCES, MIN_CROP_FRAMES
from .slm_speech import ClipWindow


@dataclass
class Stage2Arguments(TsukasaTrainingArguments):
    """A run of stage 2.

    Args:
        diffusion_epoch: epoch from which the style sampler and the discriminators learn; the released run took 4 of
            20.
        diffusion_step: the same as an update of the run; precedes `diffusion_epoch`.
        joint_epoch: epoch from which decoder and acoustic style encoder learn too, and the discriminator on the speech
            language model gets speech of out-of-domain texts; the released run never reached it.
        joint_step: the same as an update of the run; precedes `joint_epoch`.
        max_crop_frames: longest crop in mel frames (half of the original's max_len).
        alignment_source: "ctc" or "attention", see `AlignmentPlan`; "auto" takes the one that fits the aligner.
        alignments: while the aligner does not learn, where monotonic paths come from: "cached" are the durations of
            the corpus, with which the aligner need not run; "aligner" searches them again; "auto" takes what is there.
        slm_every: updates from one extra update, of the adversary on a speech language model, to the next.
        slm_min_frames, slm_max_frames: its clips in mel frames; shorter ones are left out, longer ones cropped.
        slm_batch_share: most clips of a batch that it gets, as a share of the batch.
        slm_max_gradient: gradients of its update are divided by the predictor's norm when that is above this.
        slm_gradient_scale: factor of its gradients on the duration head, the recurrence in front of it and the style
            sampler.
    """

    diffusion_epoch: float = field(default=4.0, metadata={"help": "epoch of the diffusion phase"})
    diffusion_step: int | None = field(default=None, metadata={"help": "update of the diffusion phase"})
    joint_epoch: float = field(default=12.0, metadata={"help": "epoch of the joint phase"})
    joint_step: int | None = field(default=None, metadata={"help": "update of the joint phase"})
    max_crop_frames: int = field(default=280, metadata={"help": "longest crop in mel frames"})
    alignment_source: str = field(default="auto", metadata={"help": "auto, ctc or attention"})
    alignments: str = field(default="auto", metadata={"help": "auto, cached or aligner"})
    slm_every: int = field(default=10, metadata={"help": "updates between two of the adversary on the SLM"})
    slm_min_frames: int = field(default=400, metadata={"help": "its shortest clip in mel frames"})
    slm_max_frames: int = field(default=500, metadata={"help": "its longest clip in mel frames"})
    slm_batch_share: float = field(default=0.5, metadata={"help": "most clips of a batch that it gets"})
    slm_max_gradient: float = field(default=5.0, metadata={"help": "norm above which its gradients are normalised"})
    slm_gradient_scale: float = field(default=0.01, metadata={"help": "of its gradients on durations and sampler"})

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("max_crop_frames", "slm_min_frames", "slm_max_frames"):
            value = getattr(self, name)
            least = MIN_CROP_FRAMES if name == "max_crop_frames" else MEL_FRAMES_PER_TEXT_FRAME
            if value < least or value % MEL_FRAMES_PER_TEXT_FRAME:
                raise ValueError(f"{name} must be an even number of at least {least}, got {value}")
        if self.slm_max_frames < self.slm_min_frames:
            raise ValueError(
                f"slm_max_frames ({self.slm_max_frames}) must not be below slm_min_frames ({self.slm_min_frames})"
            )
        if self.alignment_source not in ("auto", *ALIGNMENT_SOURCES):
            raise ValueError(f"alignment_source must be auto, ctc or attention, got '{self.alignment_source}'")
        if self.alignments not in DURATION_SOURCES:
            raise ValueError(f"alignments must be auto, cached or aligner, got '{self.alignments}'")
        for name in ("diffusion_epoch", "diffusion_step", "joint_epoch", "joint_step"):
            if (getattr(self, name) or 0) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
        for name, least in (("slm_every", 1), ("slm_max_gradient", 0), ("slm_gradient_scale", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        if not 0.0 < self.slm_batch_share <= 1.0:
            raise ValueError(f"slm_batch_share must be above 0 and at most 1, got {self.slm_batch_share}")

    @property
    def attention_share(self) -> float | None:
        """Share of batches whose text the aligner's attention aligns; None fits it to the aligner."""
        return 0.0

    @property
    def clip_window(self) -> ClipWindow:
        """Which clips the adversary on the speech language model gets."""
        return ClipWindow(
            self.slm_min_frames // MEL_FRAMES_PER_TEXT_FRAME,
            self.slm_max_frames // MEL_FRAMES_PER_TEXT_FRAME,
            self.slm_batch_share,
        )

    def phase_starts(self, updates_per_epoch: int) -> tuple[int, int]:
        """Updates from which the diffusion and the joint phase run.

        Raises:
            ValueError: when the joint phase would begin before the diffusion phase.
        """
        pairs = ((self.diffusion_step, self.diffusion_epoch), (self.joint_step, self.joint_epoch))
        diffusion, joint = (round(epoch * updates_per_epoch) if step is None else step for step, epoch in pairs)
        if joint < diffusion:
            raise ValueError(
                f"the joint phase would begin at update {joint}, before the diffusion phase at {diffusion}: raise "
                "joint_epoch or joint_step, or lower diffusion_epoch or diffusion_step"
            )
        return diffusion, joint


__all__ = ["Stage2Arguments"]
