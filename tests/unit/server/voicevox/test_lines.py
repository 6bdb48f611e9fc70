# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Texts as accent phrases, and the same words with the accents of a query."""

import pytest

from transformers_tsukasa.server.voicevox.lines import read_line, restated
from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.accent_levels import accent_levels


TEXTS = ("駅前の喫茶店で、温かい紅茶を一杯飲みました。", "昨日買った本を、もう全部読んでしまった。")


def nuclei(line):
    return [(len(phrase.moras), phrase.nucleus) for phrase in line.phrases]


@pytest.fixture(scope="module")
def learned():
    return Phonemizer("kokoro", accent_source="learned")


@pytest.mark.parametrize("text", TEXTS)
def test_phrases_have_the_accents_that_are_spoken(learned, text):
    line = read_line(text, learned)
    assert nuclei(line) != nuclei(read_line(text, Phonemizer("kokoro", accent_source="rules")))
    assert restated(line, line.phrases, learned) is line


@pytest.mark.parametrize("text", TEXTS)
def test_another_accent_of_a_phrase_changes_that_phrase_alone(learned, text):
    line = read_line(text, learned)
    first, *others = line.phrases
    other = first.model_copy(update={"accent": 1 if first.nucleus != 1 else 2})
    edited = restated(line, [other, *others], learned)
    assert nuclei(edited) == [(len(first.moras), other.nucleus), *nuclei(line)[1:]]
    (_, before), (_, after) = line.sentences[0], edited.sentences[0]
    changed = [
        place
        for place, pair in enumerate(zip(*map(accent_levels, (before, after)), strict=True))
        if len(set(pair)) > 1
    ]
    assert changed and all(before.owners[place].mora < len(first.moras) for place in changed)
