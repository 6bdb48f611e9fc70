# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Fine-tuning: stage 2 with recordings as targets, in which everything that speaks or hears text learns at once.

It goes on from a result of stage 2 or a converted checkpoint (spec/training.md, Stage 2, last paragraph).
"""

from dataclasses import dataclass, field

from .stage2.arguments import Stage2Arguments
from .stage2.models import Stage2Models
from .stage2.phases import FINETUNE, FINETUNE_DIFFUSION, FINETUNE_JOINT
from .stage2.trainer import Stage2Trainer


@dataclass
class FinetuneArguments(Stage2Arguments):
    """A run of fine-tuning; the fields of stage 2 with other defaults, and one more.

    Args:
        diffusion_epoch, diffusion_step: when the style sampler learns.
        joint_epoch, joint_step: when speech of out-of-domain texts is judged.
        soft_alignment_share: share of batches that are spoken from the aligner's attention in place of the monotonic
            path. None is a half for attention and nothing for CTC, as in stage 1.
    """

    diffusion_epoch: float = field(default=10.0, metadata={"help": "epoch of the diffusion phase"})
    joint_epoch: float = field(default=30.0, metadata={"help": "epoch of the joint phase"})
    soft_alignment_share: float | None = field(default=None, metadata={"help": "share of batches with attention"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.soft_alignment_share is not None and not 0.0 <= self.soft_alignment_share <= 1.0:
            raise ValueError(f"soft_alignment_share must be from 0 to 1, got {self.soft_alignment_share}")


class FinetuneTrainer(Stage2Trainer):
    """The trainer of fine-tuning. Without a text aligner the corpus must have alignments, and the aligner's losses
    are left out, which is announced.
    """

    PHASES = (FINETUNE, FINETUNE_DIFFUSION, FINETUNE_JOINT)
    MODULES = {**Stage2Trainer.MODULES, "text_encoder": "voice.text_encoder", "text_aligner": "text_aligner"}
    LOSS_WEIGHTS = {**Stage2Trainer.LOSS_WEIGHTS, "monotonic": 1.0, "s2s": 1.0, "ctc": 1.0}

    args: FinetuneArguments

    def __init__(self, model: Stage2Models, *arguments, **keywords) -> None:
        if model.text_aligner is None:
            self.MODULES = {name: path for name, path in self.MODULES.items() if name != "text_aligner"}
        super().__init__(model, *arguments, **keywords)


__all__ = ["FinetuneArguments", "FinetuneTrainer"]
