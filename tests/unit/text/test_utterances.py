# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Utterances: sentences that are spoken in one go, and how they end."""

import random

import pytest

from transformers_tsukasa.models.tsukasa.speaking.speech_options import TsukasaSpeechOptions
from transformers_tsukasa.text.pauses import SEGMENT_ENDINGS
from transformers_tsukasa.text.segmentation import split_sentences
from transformers_tsukasa.text.utterances import SHORTEST_ALONE, is_one_utterance, iter_utterances


def utterances(text: str, **options) -> list[tuple[str, str]]:
    return [(part.text, part.ending) for part in iter_utterances(text.splitlines(keepends=True), **options)]


@pytest.mark.parametrize(
    ("mark", "ending"),
    [("。", "sentence"), ("？", "question"), ("!", "exclamation"), ("。……", "ellipsis"), ("？」", "question")],
)
def test_an_utterance_ends_as_its_last_mark_tells(mark, ending):
    text = f"今日はとてもいい天気でした{mark}"
    assert utterances(text + "明日はきっと雨が降るでしょう。")[0] == (text, ending)


def test_lines_and_paragraphs_end_utterances():
    text = "今日はとてもいい天気でした\n明日はきっと雨が降るでしょう\n\n明後日は一日中ずっと曇りです"
    assert [ending for _, ending in utterances(text)] == ["line", "paragraph", "sentence"]


def test_a_short_sentence_is_spoken_with_the_next_one_of_its_line():
    assert utterances("はい。今日はとてもいい天気ですね。") == [("はい。今日はとてもいい天気ですね。", "sentence")]
    assert utterances("OK! kyou wa ii tenki desu ne.") == [("OK! kyou wa ii tenki desu ne.", "sentence")]
    assert len(utterances("はい。\n今日はとてもいい天気ですね。")) == 2


def test_a_row_of_short_sentences_is_not_one_long_utterance():
    pair = "吾輩は猫である。名前はまだ無い。"
    assert utterances(pair * 20) == [(pair, "sentence")] * 20
    assert [text for text, _ in utterances("今日はとてもいい天気ですね。はい。うん。そうですね。")] == [
        "今日はとてもいい天気ですね。はい。",
        "うん。そうですね。",
    ]


def test_a_row_of_stars_makes_the_pause_before_it_a_paragraph():
    text = "今日はとてもいい天気でした。\n＊＊＊\n明日はきっと雨が降るでしょう。"
    assert [ending for _, ending in utterances(text)] == ["paragraph", "sentence"]
    assert utterances("＊＊＊") == []


def test_a_long_sentence_is_cut_at_its_commas():
    text = "今日はとてもいい天気で、" * 10
    assert {ending for _, ending in utterances(text, limit=60)[:-1]} == {"clause"}


def test_every_ending_has_a_pause():
    assert set(TsukasaSpeechOptions().pauses) == set(SEGMENT_ENDINGS)
    assert [TsukasaSpeechOptions().pause_seconds(index) for index in range(2)] == [0.0, 0.2]


def test_dialogue_is_spoken_in_pairs_at_most():
    lines = "「はい。」「うん。」「そうです。」「いや。」「ええ。」"
    expected = ["「はい。」「うん。」", "「そうです。」「いや。」", "「ええ。」"]
    assert [text for text, _ in utterances(lines)] == expected
    assert [text for text, _ in utterances("はい。" * 7)] == ["はい。はい。"] * 3 + ["はい。"]
    assert [text for text, _ in utterances("はい。うん。今日はとてもいい天気ですね。")] == [
        "はい。うん。",
        "今日はとてもいい天気ですね。",
    ]


_SENTENCES = "はい。 うん！ 今日はとてもいい天気ですね。 「行くよ。」 ？ ＊＊＊ 、"


@pytest.mark.parametrize("seed", range(40))
def test_utterances_are_stretches_of_the_text_of_two_sentences_at_most(seed):
    generator = random.Random(seed)
    parts = [*_SENTENCES.split(), "OK! ", "　", " ", "\n", "\r\n", "\n\n"]
    text = "".join(generator.choice(parts) for _ in range(40))
    found = list(iter_utterances([text]))
    assert found == list(iter_utterances(text.splitlines(keepends=True)))
    assert all(text[part.start : part.start + len(part.text)] == part.text for part in found)
    for part in found:
        inside = split_sentences(part.text)
        assert len(inside) <= 2 and (len(inside) == 1 or min(len(one.text) for one in inside) < SHORTEST_ALONE)
        assert not set(part.text) & set("\r\n")
    spoken = "".join(part.text for part in found)
    assert _words(spoken) == _words(text)


def _words(text):
    return "".join(character for character in text if character.isalnum())


def test_written_pauses_do_not_move_the_places_of_what_follows():
    text = "今日は雨です。[pause:1s]明日は晴れます。"
    places = [text[part.start : part.start + len(part.text)] for part in iter_utterances([text])]
    assert places == ["今日は雨です。", "明日は晴れます。"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("はい。", True),
        ("  はい。そうですね、今日はいい天気です。\n", True),
        ("今日はいい天気ですね。明日は雨が降るでしょう。", False),
        ("一行目\n二行目", False),
        ("＊＊＊\nはい。", False),
        ("今日は、" * 60, False),
        ("＊＊＊", False),
    ],
)
def test_a_text_is_one_utterance_or_several(text, expected):
    assert is_one_utterance(text) is expected
