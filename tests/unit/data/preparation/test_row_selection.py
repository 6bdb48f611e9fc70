# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
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


def test_out_of_domain_texts_are_long_enough_and_not_too_long():
    texts = out_of_domain_texts(["a" * 20, "b" * 60, "a" * 20, "c" * 20, "d" * 25, "e" * 600], longest=510)
    assert texts == ["a" * 20 + " " + "b" * 60]
    assert all(50 <= len(text) <= 510 for text in out_of_domain_texts((f"{i:030d}" for i in range(99)), 510))
