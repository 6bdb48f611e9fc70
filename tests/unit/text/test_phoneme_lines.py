# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
from dataclasses import replace

import pytest

from transformers_tsukasa.text.phoneme_lines import (
    has_phoneme_lines,
    iter_phoneme_lines,
    without_line_ends,
    write_phoneme_line,
)
from transformers_tsukasa.text.phonemizer import Phonemizer
from transformers_tsukasa.text.sentence_readings import read_sentences


TEXTS = [
    "今日はいい天気ですね。",
    "「元気ですか？」と、彼は言った。「もちろん！」「そうですか…。」\n次の行です\n\n次の段落、です。",
    "第一章\n＊＊＊\n本文です。“quoted”, 'x'; a: b?!\n(笑)―そう―",
    "[pause:2s]はい、[pause:0.25s]そうです。<break/>今日はとてもいい天気です。<break time='90s'/>".replace(
        "90s", "59s"
    ),
    "今日はとてもいい天気で、" * 30,
]


@pytest.mark.parametrize("profile", ["legacy", "clean"])
@pytest.mark.parametrize("text", TEXTS)
def test_phonemes_that_are_written_are_read_as_they_were(text, profile):
    sentences = list(read_sentences(text, Phonemizer(profile, accent=profile == "clean")))
    last = len(sentences) - 1
    lines = [
        write_phoneme_line(utterance, reading.phonemes, is_last=place == last)
        for place, (utterance, reading) in enumerate(sentences)
    ]
    found = list(iter_phoneme_lines("\n".join(lines)))
    assert [one.text for one in found] == [reading.phonemes for _, reading in sentences]
    for one, (utterance, _) in zip(found, sentences, strict=True):
        assert (one.lead, one.pause) == (utterance.lead, utterance.pause)
        if utterance.pause is None and one is not found[-1]:
            assert one.ending == utterance.ending


def test_one_sentence_is_a_line_of_phonemes_alone():
    ((utterance, reading),) = read_sentences("犬が。", Phonemizer())
    line = write_phoneme_line(replace(utterance, ending="paragraph"), reading.phonemes, is_last=True)
    assert line == reading.phonemes and not has_phoneme_lines(line + "\n")


@pytest.mark.parametrize("text", ["hai.", "hai.\n", "\r\nhai.\r\n", "  \nhai.\n\n \n", "hai.\u2028"])
def test_the_ends_of_a_line_are_no_phonemes(text):
    assert without_line_ends(text) == "hai."


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a[pause:1s]", "a\n[pause:1s]\nb"])
def test_lines_and_pauses_make_several_utterances(text):
    assert has_phoneme_lines(text) and next(iter_phoneme_lines(text)).text == "a"
