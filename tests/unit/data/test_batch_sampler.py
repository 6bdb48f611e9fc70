# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest

from transformers_tsukasa.data.batch_sampler import LengthBucketBatchSampler


LENGTHS = np.random.default_rng(0).integers(40, 700, 997)


def test_batches_keep_the_budget_and_hold_everything_once():
    sampler = LengthBucketBatchSampler(LENGTHS, 3000)
    batches = list(sampler)
    assert sorted(index for batch in batches for index in batch) == list(range(997))
    assert len(batches) == len(sampler)
    padded = [len(batch) * LENGTHS[batch].max() for batch in batches]
    assert max(padded) <= 3000
    assert LENGTHS.sum() / sum(padded) > 0.9
    assert max(len(b) for b in LengthBucketBatchSampler(LENGTHS, 3000, max_batch_size=6)) == 6


def test_epochs_differ_and_can_be_repeated():
    sampler = LengthBucketBatchSampler(LENGTHS, 3000, seed=5)
    first = list(sampler)
    assert list(sampler) == first
    sampler.set_epoch(1)
    second = list(sampler)
    assert second != first and len(second) == len(first)
    sampler.set_epoch(0)
    assert list(sampler) == first
    assert list(LengthBucketBatchSampler(LENGTHS, 3000, seed=6)) != first


@pytest.mark.parametrize("replicas", [2, 3, 8])
@pytest.mark.parametrize("count", [5, 997])
def test_every_process_gets_the_same_number_of_batches(replicas, count):
    samplers = [
        LengthBucketBatchSampler(LENGTHS[:count], 3000, num_replicas=replicas, rank=r) for r in range(replicas)
    ]
    shares = [list(sampler) for sampler in samplers]
    assert {len(share) for share in shares} == {len(samplers[0])}
    everything = [index for share in shares for batch in share for index in batch]
    assert set(everything) == set(range(count))
    alone = list(LengthBucketBatchSampler(LENGTHS[:count], 3000))
    given = [tuple(batch) for share in shares for batch in share]
    # Only batches that fill the last step occur twice.
    assert set(given) == {tuple(batch) for batch in alone} and len(given) - len(set(given)) < replicas
    if count > 5:
        longest = np.array([[LENGTHS[batch].max() for batch in share] for share in shares])
        assert np.median(longest.max(axis=0) / longest.min(axis=0)) < 1.3


def test_without_shuffling_the_longest_come_first():
    batches = list(LengthBucketBatchSampler(LENGTHS, 3000, shuffle=False))
    assert [index for batch in batches for index in batch] == np.argsort(-LENGTHS, kind="stable").tolist()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (([], 100), "no utterance"),
        (([50, 900], 800), "utterance 1 has 900 mel frames, more than max_frames_per_batch \\(800\\).*`max_seconds`"),
        (([50], 800, 0), "max_batch_size"),
        (([50], 800, None, 0, 2, 2), "rank must be 0 to 1"),
    ],
)
def test_impossible_batches_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        LengthBucketBatchSampler(*arguments)
