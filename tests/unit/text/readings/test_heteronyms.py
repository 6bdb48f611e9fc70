# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words with several readings in everyday contexts: each context of the table has the reading beside it."""

import re
from pathlib import Path

import pytest

from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.phonemes.morae import comparable_morae
from transformers_tsukasa.text.readings.heteronyms import parse_condition
from transformers_tsukasa.text.tables import rows


TABLE = Path(__file__).parents[3] / "data" / "heteronym_contexts.tsv"


@pytest.fixture(scope="module")
def phonemizer():
    return Phonemizer()


def _contexts():
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            reading, contexts = line.split("\t")
            yield from ((reading, context) for context in contexts.split("|"))


def test_every_context_has_its_reading(phonemizer):
    wrong = []
    count = 0
    for reading, context in _contexts():
        before, word, after = re.split(r"[\[\]]", context)
        start, end = len(before), len(before) + len(word)
        words = phonemizer(before + word + after).words
        spoken = "".join(word.pronunciation for word in words if word.end > start and word.start < end)
        count += 1
        if list(comparable_morae(spoken)) != list(comparable_morae(reading)):
            wrong.append(f"{context}: {spoken}, not {reading}")
    assert count > 1300
    assert not wrong


@pytest.mark.parametrize(
    ("text", "surface", "accent"),
    [("本を開いた", "開い", 2), ("店が開いた", "開い", 0), ("人気のない道", "人気", 0), ("人気の店", "人気", 0)],
)
def test_the_accent_is_that_of_the_chosen_reading(phonemizer, text, surface, accent):
    word = next(word for word in phonemizer(text).words if word.surface == surface)
    assert word.accent == accent


def test_accents_belong_to_readings_that_can_be_chosen():
    chosen = {row[2] for row in rows("heteronyms.tsv", 6) if not row[0].startswith("@")}
    for word, reading, accent in rows("heteronym_accents.tsv", 3):
        assert any(reading.startswith(stem) for stem in chosen), (word, reading)
        assert accent.isdigit()


@pytest.mark.parametrize("condition", ["prev", "prev=", "beside=の", "prev=の|"])
def test_a_wrong_condition_is_refused_with_its_place(condition):
    with pytest.raises(ValueError, match="heteronyms.tsv, entry 3"):
        parse_condition(condition, "heteronyms.tsv, entry 3", {})
