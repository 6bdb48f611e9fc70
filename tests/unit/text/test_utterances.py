# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Utterances: sentences that are spoken in one go, and how they end."""

import pytest

from transformers_tsukasa.models.tsukasa.speaking.speech_options import TsukasaSpeechOptions
from transformers_tsukasa.text.utterances import SEGMENT_ENDINGS, iter_utterances


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
