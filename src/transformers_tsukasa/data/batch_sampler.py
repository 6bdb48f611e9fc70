# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Batches of utterances of similar length, as many as fit a budget of mel frames, for any number of processes."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from torch.utils.data import Sampler


# The longest utterance of a bucket is at most this many times as long as its shortest: at worst an eighth is padding.
_BUCKET_RATIO = 1.15
# Buckets of fewer full batches than this would leave too many batches half full.
_FEWEST_BATCHES = 4


class LengthBucketBatchSampler(Sampler[list[int]]):
    """Batches of indices; every process gets its own share.

    Utterances are sorted into buckets of similar length once. Every epoch shuffles each bucket by `(seed, epoch)`,
    cuts it into batches of as many utterances as the budget allows for its longest, and shuffles the batches. The
    number of batches is the same in every epoch and on every process; the batches that the processes handle in one
    step are similar in length, so that none waits for the others. To fill the last step, some batches come twice.

    Pass the sampler to a `DataLoader` as `batch_sampler`. It distributes the batches by `rank` itself; nothing else
    may distribute them again.

    Args:
        lengths: (utterances,), mel frames of every utterance.
        max_frames_per_batch: most mel frames of a batch, padding included.
        max_batch_size: most utterances of a batch; no limit when None.
        seed: of the shuffling.
        num_replicas, rank: number of processes, and the index of this one.
        shuffle: False gives the longest first, the same in every epoch, for evaluation; a batch that does not fit
            into memory then fails at once.

    Raises:
        ValueError: when there is no utterance, or one is longer than the budget.
    """

    def __init__(
        self,
        lengths: Sequence[int] | np.ndarray,
        max_frames_per_batch: int,
        max_batch_size: int | None = None,
        seed: int = 0,
        num_replicas: int = 1,
        rank: int = 0,
        shuffle: bool = True,
    ) -> None:
        self.lengths = np.asarray(lengths)
        if len(self.lengths) == 0:
            raise ValueError("there is no utterance to make batches of")
        if not 0 <= rank < num_replicas:
            raise ValueError(f"rank must be 0 to {num_replicas - 1} of {num_replicas} processes, got {rank}")
        longest = int(self.lengths.argmax())
        if self.lengths[longest] > max_frames_per_batch:
            raise ValueError(
                f"utterance {longest} has {self.lengths[longest]} mel frames, more than max_frames_per_batch "
                f"({max_frames_per_batch}): raise it, or prepare the corpus with a smaller `max_seconds`"
            )
        if max_batch_size is not None and max_batch_size < 1:
            raise ValueError(f"max_batch_size must be at least 1, got {max_batch_size}")
        self.seed, self.num_replicas, self.rank, self.shuffle = seed, num_replicas, rank, shuffle
        self.epoch = 0
        self._buckets = _make_buckets(self.lengths, max_frames_per_batch, max_batch_size or len(self.lengths))

    def __len__(self) -> int:
        """Batches of an epoch on every process."""
        batches = sum(math.ceil(len(members) / size) for members, size in self._buckets)
        return math.ceil(batches / self.num_replicas)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next iteration gives, from its beginning."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[list[int]]:
        for step in self._steps():
            yield step[self.rank]

    def _steps(self) -> list[list[list[int]]]:
        """The batches of all processes, step by step."""
        random = np.random.default_rng((self.seed, self.epoch))
        batches: list[list[int]] = []
        for members, size in self._buckets:
            order = random.permutation(members) if self.shuffle else members
            batches += [order[start : start + size].tolist() for start in range(0, len(order), size)]
        # Repeated from the front when there are fewer batches than processes.
        missing = -len(batches) % self.num_replicas
        batches += [batches[place % len(batches)] for place in range(missing)]
        steps = [batches[start : start + self.num_replicas] for start in range(0, len(batches), self.num_replicas)]
        if self.shuffle:
            steps = [steps[place] for place in random.permutation(len(steps))]
        return steps


def _make_buckets(lengths: np.ndarray, budget: int, most: int) -> list[tuple[np.ndarray, int]]:
    """Indices of utterances of similar length, the longest first, and the size of a batch of them."""
    order = np.argsort(-lengths, kind="stable")
    falling = lengths[order]
    buckets = []
    start = 0
    while start < len(order):
        size = min(max(budget // max(int(falling[start]), 1), 1), most)
        alike = int(np.searchsorted(-falling, -falling[start] / _BUCKET_RATIO, side="right"))
        end = min(max(alike, start + _FEWEST_BATCHES * size), len(order))
        if len(order) - end < size:
            # The few shortest that would be left make no bucket of their own.
            end = len(order)
        buckets.append((order[start:end], size))
        start = end
    return buckets
