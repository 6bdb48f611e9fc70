# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Shared by trainings on texts: their batches are measured in tokens."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..engine.arguments import TsukasaTrainingArguments


@dataclass
class TextTrainingArguments(TsukasaTrainingArguments):
    """A run on texts, whose data sets have `token_counts` (texts,).

    Args:
        max_tokens_per_batch: most tokens of a batch on one process, padding included; takes the place of
            `max_frames_per_batch`.
    """

    length_unit: ClassVar[str] = "tokens"

    # Not to be given: there are no frames.
    max_frames_per_batch: int = field(default=1, init=False)
    max_tokens_per_batch: int = field(default=8000, metadata={"help": "most tokens of a batch"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_tokens_per_batch < 1:
            raise ValueError(f"max_tokens_per_batch must be at least 1, got {self.max_tokens_per_batch}")

    def batch_lengths(self, dataset: Any) -> tuple[Sequence[int], int]:
        """Tokens of every text, and of a batch.

        Raises:
            ValueError: when a text is longer than a batch may be.
        """
        longest = int(max(dataset.token_counts, default=0))
        if longest > self.max_tokens_per_batch:
            raise ValueError(
                f"a text has {longest} tokens, more than max_tokens_per_batch ({self.max_tokens_per_batch}): raise it"
            )
        return dataset.token_counts, self.max_tokens_per_batch


def progress_bar(arguments: TsukasaTrainingArguments, unit: str) -> Callable[[int, int], Callable[[int], None]] | None:
    """Shows the progress of the work before a training; None where no bars are wanted.

    Args:
        arguments: of the run.
        unit: of the work.

    Returns:
        A function of all units and those done, which returns a function that counts more.
    """
    if arguments.disable_tqdm:
        return None
    from tqdm import tqdm

    def start(total: int, done: int) -> Callable[[int], None]:
        bar = tqdm(total=total, initial=done, unit=unit, file=sys.stderr)

        def advance(count: int) -> None:
            bar.update(count)

        return advance

    return start


__all__ = ["TextTrainingArguments", "progress_bar"]
