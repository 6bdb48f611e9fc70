# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Fine-tuning: stage 2 with recordings as targets, in which text encoder, aligner and synthesizer learn at once.

It starts from a result of stage 2 or a converted checkpoint (docs/spec/training.md, Stage 2, last paragraph).
"""

from dataclasses import dataclass, field

from .stage2.arguments import Stage2Arguments
from .stage2.phases import FINETUNE, FINETUNE_DIFFUSION, FINETUNE_JOINT
from .stage2.trainer import Stage2Trainer


@dataclass
class FinetuneArguments(Stage2Arguments):
    """A run of fine-tuning; the fields of stage 2 with other defaults, and one more.

    Args:
        diffusion_epoch, diffusion_step: when the style sampler learns.
        joint_epoch, joint_step: when the discriminator on the speech language model gets out-of-domain speech.
        soft_alignment_share: share of batches that are aligned by the attention itself in place of the monotonic path.
            None is a half for attention and nothing for CTC, as in stage 1.
    """

    diffusion_epoch: float = field(default=10.0, metadata={"help": "epoch of the diffusion phase"})
    joint_epoch: float = field(default=30.0, metadata={"help": "epoch of the joint phase"})
    soft_alignment_share: float | None = field(default=None, metadata={"help": "share of batches with attention"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.soft_alignment_share is not None and not 0.0 <= self.soft_alignment_share <= 1.0:
            raise ValueError(f"soft_alignment_share must be from 0 to 1, got {self.soft_alignment_share}")

    @property
    def attention_share(self) -> float | None:
        """Share of batches whose text the aligner's attention aligns; None fits it to the aligner."""
        return self.soft_alignment_share


class FinetuneTrainer(Stage2Trainer):
    """The trainer of fine-tuning: that of stage 2 with other phases.

    Without a text aligner the corpus must have alignments, and the aligner's losses are left out, which is logged.
    """

    PHASES = (FINETUNE, FINETUNE_DIFFUSION, FINETUNE_JOINT)
    MODULES = {**Stage2Trainer.MODULES, "text_encoder": "tts.text_encoder", "text_aligner": "text_aligner"}

    ARGUMENTS = FinetuneArguments
    NEEDS_TRAINED_PROSODY = True

    args: FinetuneArguments


__all__ = ["FinetuneArguments", "FinetuneTrainer"]
