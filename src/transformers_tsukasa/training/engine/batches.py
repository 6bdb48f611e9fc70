# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The loader of a run: batches by a frame budget, drawn again in every epoch, and the same after resuming."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch.utils.data import DataLoader, Sampler

from ...data.batch_sampler import LengthBucketBatchSampler


Batch = dict[str, torch.Tensor]
"""Tensors by name: what a collator makes, and what models compute of it."""


class EpochBatchSampler(Sampler[list[int]]):
    """`LengthBucketBatchSampler` on a part of a data set, which also passes the epoch on to the data set.

    transformers' Trainer gives the epoch to batch samplers, also through the wrapper that skips the batches that a
    resumed run has seen; the data set needs it in both cases.

    Args:
        dataset: with `set_epoch` if it draws anything.
        lengths: (utterances,), of every utterance, in mel frames or another unit.
        max_length: of a batch, padding included.
        min_frames: utterances with fewer mel frames are left out; `left_out` counts them.
        arguments: of `LengthBucketBatchSampler`.

    Raises:
        ValueError: when nothing is left.
    """

    def __init__(self, dataset, lengths: Sequence[int], max_length: int, min_frames: int = 0, **arguments) -> None:
        counts = np.asarray(lengths)
        self.indices = np.flatnonzero(counts >= min_frames)
        self.left_out = len(counts) - len(self.indices)
        if len(self.indices) == 0:
            raise ValueError(
                f"none of {len(counts)} utterances has the {min_frames} mel frames that this stage needs: prepare "
                "longer recordings"
            )
        self.dataset = dataset
        self.sampler = LengthBucketBatchSampler(counts[self.indices], max_length, **arguments)

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch, for the order and for what the data set draws."""
        self.sampler.set_epoch(epoch)
        if hasattr(self.dataset, "set_epoch"):
            self.dataset.set_epoch(epoch)

    def __len__(self) -> int:
        return len(self.sampler)

    def __iter__(self) -> Iterator[list[int]]:
        for batch in self.sampler:
            yield self.indices[batch].tolist()


class EpochDataLoader(DataLoader):
    """A `DataLoader` that passes the epoch on to its batch sampler. Every process takes its own batches."""

    batch_sampler: EpochBatchSampler

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch."""
        self.batch_sampler.set_epoch(epoch)


def make_loader(
    dataset,
    lengths: Sequence[int],
    max_length: int,
    collator: Callable,
    arguments,
    min_frames: int,
    shuffle: bool,
) -> EpochDataLoader:
    """The loader of this process.

    Args:
        lengths, max_length: see `EpochBatchSampler`.
        arguments: `TsukasaTrainingArguments`.
        min_frames: see `EpochBatchSampler`.
        shuffle: False for evaluation.
    """
    sampler = EpochBatchSampler(
        dataset,
        lengths,
        max_length,
        min_frames=min_frames,
        max_batch_size=arguments.max_batch_size,
        seed=arguments.drawing_seed,
        num_replicas=arguments.world_size,
        rank=arguments.process_index,
        shuffle=shuffle,
    )
    return EpochDataLoader(
        dataset,
        batch_sampler=sampler,
        collate_fn=collator,
        num_workers=arguments.dataloader_num_workers,
        pin_memory=arguments.dataloader_pin_memory and arguments.device.type == "cuda",
        persistent_workers=arguments.dataloader_persistent_workers,
        prefetch_factor=arguments.dataloader_prefetch_factor,
    )


__all__ = ["Batch", "EpochBatchSampler", "EpochDataLoader", "make_loader"]
