# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What trainers share that read texts and hear nothing: their batches are measured in tokens."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..engine.arguments import TsukasaTrainingArguments
from ..engine.trainer import TsukasaTrainer


@dataclass
class TextTrainingArguments(TsukasaTrainingArguments):
    """A run on texts.

    Args:
        max_tokens_per_batch: most tokens of a batch on one process, padding included; takes the place of
            `max_frames_per_batch`.
    """

    # Not to be given: there are no frames.
    max_frames_per_batch: int = field(default=1, init=False)
    max_tokens_per_batch: int = field(default=8000, metadata={"help": "most tokens of a batch"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_tokens_per_batch < 1:
            raise ValueError(f"max_tokens_per_batch must be at least 1, got {self.max_tokens_per_batch}")


class TextTrainer(TsukasaTrainer):
    """Base of trainers whose data sets have `token_counts` (texts,)."""

    LENGTH_UNIT = "tokens"

    args: TextTrainingArguments

    def batch_lengths(self, dataset) -> tuple[Sequence[int], int]:
        """Tokens of every text, and of a batch.

        Raises:
            ValueError: when a text is longer than a batch may be.
        """
        longest = int(max(dataset.token_counts, default=0))
        if longest > self.args.max_tokens_per_batch:
            raise ValueError(
                f"a text has {longest} tokens, more than max_tokens_per_batch ({self.args.max_tokens_per_batch}): "
                "raise it"
            )
        return dataset.token_counts, self.args.max_tokens_per_batch


def progress_bar(arguments: TsukasaTrainingArguments, unit: str) -> Callable[[int, int], Callable[[int], None]] | None:
    """What shows how far the work before a training is: gets the number of all and of those done, and returns what
    counts more. None where no bars are wanted."""
    if arguments.disable_tqdm:
        return None
    from tqdm import tqdm

    return lambda total, done: tqdm(total=total, initial=done, unit=unit, file=sys.stderr).update


__all__ = ["TextTrainer", "TextTrainingArguments", "progress_bar"]
