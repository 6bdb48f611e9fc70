# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Long text to sentences."""

import random

import pytest

from transformers_tsukasa.text.segmentation import iter_sentences, split_sentences


def sentences(text: str, limit: int = 200) -> list[str]:
    return [segment.text for segment in split_sentences(text, limit)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今日は晴れ。明日は雨！？そうだね。", ["今日は晴れ。", "明日は雨！？", "そうだね。"]),
        ("「行くよ。」と言った。", ["「行くよ。」と言った。"]),
        ("「はい。」「いいえ。」", ["「はい。」", "「いいえ。」"]),
        ("彼は「待って！ねえ。」彼女は笑った。", ["彼は「待って！ねえ。」", "彼女は笑った。"]),
        ("（注。これは例。）次の文。", ["（注。これは例。）", "次の文。"]),
        ("円周率は3.14です。約３．１４です。", ["円周率は3.14です。", "約３．１４です。"]),
        ("http://example.com/?a=1.html を見て。", ["http://example.com/?a=1.html を見て。"]),
        ("kyou wa ii! sou? hai. Mr. Sato desu.", ["kyou wa ii!", "sou?", "hai.", "Mr. Sato desu."]),
        ("そう…… 。はい！！！♪ うん", ["そう…… 。", "はい！！！♪", "うん"]),
        ("一行目\n二行目", ["一行目", "二行目"]),
        ("   \n\n ", []),
        ("", []),
    ],
)
def test_sentence_ends(text, expected):
    assert sentences(text) == expected


def test_the_pause_after_a_segment():
    segments = split_sentences("一つ。二つ\n三つ\n\n四つ。")
    assert [segment.pause for segment in segments] == ["sentence", "line", "paragraph", "sentence"]


def test_long_sentences_are_cut_at_a_comma_then_anywhere():
    text = "これは" + "長い文章で、" * 60 + "終わり"
    parts = split_sentences(text, 100)
    assert all(len(part.text) <= 100 for part in parts)
    assert {part.pause for part in parts[:-1]} == {"clause"}
    assert all(part.text.endswith("、") for part in parts[:-1])
    unbroken = split_sentences("漢" * 450, 200)
    assert [(len(part.text), part.pause) for part in unbroken] == [(200, "none"), (200, "none"), (50, "sentence")]
    without_commas = split_sentences("とても長い文章を書いて読点を打たないままどこまでも続けていく" * 3, 40)
    assert all(part.text[-1] in "をもいてく" for part in without_commas[:-1])


def test_an_open_quote_does_not_swallow_the_text():
    parts = split_sentences("「" + "終わらない。" * 100, 50)
    assert all(len(part.text) <= 50 for part in parts)
    assert all(part.text.endswith("。") for part in parts)


def test_places_point_into_the_text_and_nothing_is_lost():
    generator = random.Random(3)
    for _ in range(500):
        text = "".join(generator.choice('あ漢カa1。、！？!.?「」（）\n 　"…ー') for _ in range(60))
        segments = split_sentences(text, 12)
        assert all(text[segment.start : segment.end] == segment.text for segment in segments)
        assert all(0 < len(segment.text) <= 12 for segment in segments)
        assert "".join("".join(segment.text.split()) for segment in segments) == "".join(text.split())


def test_lines_are_read_only_as_they_are_needed():
    taken = []

    def lines():
        for number in range(1000):
            taken.append(number)
            yield f"これは{number}行目。次の文。\n"

    stream = iter_sentences(lines())
    first = [next(stream) for _ in range(4)]
    assert len(taken) <= 4
    assert first[2].text == "これは1行目。"
    text = "".join(f"これは{number}行目。次の文。\n" for number in range(3))
    assert text[first[3].start : first[3].end] == first[3].text


def test_segments_without_words_are_recognised():
    assert [segment.has_words for segment in split_sentences("＊＊＊\n100%\nはい")] == [False, True, True]


def test_a_limit_below_ten_characters_is_refused():
    with pytest.raises(ValueError, match="at least 10"):
        split_sentences("あ", limit=3)
