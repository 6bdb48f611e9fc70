# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Batches of utterances of like length, as many as fit a budget of mel frames, for any number of processes."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from torch.utils.data import Sampler


# The longest utterance of a bucket is at most this much longer than its shortest: at worst an eighth is padding.
_BUCKET_RATIO = 1.15
# Narrower buckets than that many full batches would leave too many batches half full.
_FEWEST_BATCHES = 4


class LengthBucketBatchSampler(Sampler[list[int]]):
    """Indices of batches, each process its own share.

    Utterances are sorted into buckets of like length once. Every epoch shuffles each bucket by `(seed, epoch)`, cuts
    it into batches of as many utterances as the budget allows for its longest, and shuffles the batches. The number
    of batches is the same in every epoch and on every process; the batches that the processes handle in one step are
    neighbours in length, so that nobody waits. To fill the last step, some batches come twice.

    Hand the sampler to a `DataLoader` as `batch_sampler`; it deals out by `rank` itself, so nothing else may.

    Args:
        lengths: (utterances,), mel frames of every utterance.
        max_frames_per_batch: most mel frames of a batch, padding included.
        max_batch_size: most utterances of a batch; no limit when None.
        seed: of the shuffling.
        num_replicas, rank: number of processes and which of them this is.
        shuffle: False gives the longest first, every epoch the same, as evaluation likes it (and what does not fit
            into memory fails at once).

    Raises:
        ValueError: when there is no utterance, or one is longer than the budget.
    """

    def __init__(
        self,
        lengths: Sequence[int],
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
                f"({max_frames_per_batch}): raise it, or prepare the corpus with a smaller --max-seconds"
            )
        if max_batch_size is not None and max_batch_size < 1:
            raise ValueError(f"max_batch_size must be at least 1, got {max_batch_size}")
        self.seed, self.num_replicas, self.rank, self.shuffle = seed, num_replicas, rank, shuffle
        self.epoch = 0
        self._start = 0
        self._given = 0
        self._buckets = _make_buckets(self.lengths, max_frames_per_batch, max_batch_size or len(self.lengths))

    def __len__(self) -> int:
        """Batches of an epoch on every process, also when an epoch is resumed in its middle."""
        batches = sum(math.ceil(len(members) / size) for members, size in self._buckets)
        return math.ceil(batches / self.num_replicas)

    def set_epoch(self, epoch: int) -> None:
        """Which epoch is next, from its beginning; nothing changes when it is the present one (so after a resume)."""
        if epoch != self.epoch:
            self.epoch, self._start = epoch, 0

    def state_dict(self) -> dict[str, Any]:
        """Where the sampler stands: epoch, and batches of this process that were given out in it.

        A `DataLoader` with workers asks ahead: count the steps that were made and save `position(steps)` instead.
        """
        return {"epoch": self.epoch, "batches": self._given}

    def position(self, batches: int) -> dict[str, Any]:
        """The state after so many batches of the present epoch."""
        return {"epoch": self.epoch, "batches": batches}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on behind a saved place: the next iteration gives the rest of that epoch."""
        if not 0 <= state["batches"] <= len(self):
            raise ValueError(
                f"the saved place, batch {state['batches']} of an epoch, does not exist: an epoch has {len(self)} "
                "batches here; was the corpus, the budget or the number of processes changed?"
            )
        self.epoch, self._start = state["epoch"], state["batches"]

    def __iter__(self) -> Iterator[list[int]]:
        steps = self._steps()
        self._given, start, self._start = self._start, self._start, 0
        for step in steps[start:]:
            self._given += 1
            yield step[self.rank]

    def _steps(self) -> list[list[list[int]]]:
        """For every step of the epoch, the batch of every process."""
        random = np.random.default_rng((self.seed, self.epoch))
        batches = []
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
    """Utterances of like length, the longest first, with the size of a batch of them."""
    order = np.argsort(-lengths, kind="stable")
    falling = lengths[order]
    buckets = []
    start = 0
    while start < len(order):
        size = min(max(budget // max(int(falling[start]), 1), 1), most)
        alike = int(np.searchsorted(-falling, -falling[start] / _BUCKET_RATIO, side="right"))
        end = min(max(alike, start + _FEWEST_BATCHES * size), len(order))
        if len(order) - end < size:
            # The few shortest that would be left are no bucket of their own.
            end = len(order)
        buckets.append((order[start:end], size))
        start = end
    return buckets
