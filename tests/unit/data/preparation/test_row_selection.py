# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from transformers_tsukasa.data.preparation.corpus_rows import SourceRow
from transformers_tsukasa.data.preparation.row_selection import out_of_domain_texts, validation_numbers


def test_validation_takes_its_share_of_every_speaker_and_stays_as_a_corpus_grows():
    rows = [SourceRow(i, f"{i}.wav", speaker="ab"[i % 2]) for i in range(200)]
    rows.append(SourceRow(200, "x.wav", speaker="lonely"))
    chosen = validation_numbers(rows, 0.1, seed=1)
    assert sum(number % 2 for number in chosen) == 10 and len(chosen) == 20
    assert chosen != validation_numbers(rows, 0.1, seed=2)
    assert not validation_numbers(rows, 0.0, seed=1)
    grown = rows + [SourceRow(300 + i, f"new{i}.wav", speaker="a") for i in range(10)]
    assert len(chosen & validation_numbers(grown, 0.1, seed=1)) >= 18


def _rows(*sizes):
    return [
        SourceRow(100 * s + n, f"{s}-{n}.wav", speaker=f"s{s}") for s, size in enumerate(sizes) for n in range(size)
    ]


@pytest.mark.parametrize(
    "sizes, share, kept",
    [
        ([1], 0.02, 0),
        ([2], 0.02, 1),
        ([3], 0.02, 1),
        ([9], 0.02, 1),
        ([10], 0.02, 1),
        ([100], 0.02, 2),
        ([5] * 100, 0.02, 10),
        ([1] * 6, 0.02, 1),
        ([1] * 6, 0.9, 1),
        ([1, 1, 2], 0.02, 1),
        ([3, 3], 0.9, 4),
        ([1, 12], 0.02, 1),
        ([], 0.02, 0),
        ([9], 0.0, 0),
    ],
)
def test_small_corpora_keep_something_for_validation_and_most_for_training(sizes, share, kept):
    rows = _rows(*sizes)
    chosen = validation_numbers(rows, share, seed=0)
    assert len(chosen) == kept
    trained = {row.speaker for row in rows if row.number not in chosen}
    if max(sizes, default=0) > 1:
        assert trained == {row.speaker for row in rows}


def test_out_of_domain_texts_are_long_enough_and_not_too_long():
    texts = out_of_domain_texts(["a" * 20, "b" * 60, "a" * 20, "c" * 20, "d" * 25, "e" * 600], longest=510)
    assert texts == ["a" * 20 + " " + "b" * 60]
    assert all(50 <= len(text) <= 510 for text in out_of_domain_texts((f"{i:030d}" for i in range(99)), 510))
