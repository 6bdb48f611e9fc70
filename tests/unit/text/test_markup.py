# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Ruby: readings that the text sets."""

import pytest

from transformers_tsukasa.text import ReadingError, phonemize
from transformers_tsukasa.text.markup import parse_ruby


def readings(text: str, **options) -> list[tuple[str, str, str]]:
    result = phonemize(text, **options)
    return [(w.surface, w.pronunciation, w.source) for w in result.words if w.pronunciation]


@pytest.mark.parametrize(
    "text",
    [
        "｜山田太郎《やまだのたろう》が",
        "|山田太郎《ヤマダノタロウ》が",
        "<ruby>山田太郎<rt>やまだのたろう</rt></ruby>が",
        "<ruby>山田太郎<rp>（</rp><rt>やまだのたろう</rt><rp>）</rp></ruby>が",
        "<ruby><rb>山田太郎</rb><rt>やまだのたろう</ruby>が",
        "<RUBY>山田太郎<RT>やまだ の たろう</RT></RUBY>が",
    ],
)
def test_ruby_sets_the_reading(text):
    assert readings(text) == [("山田太郎", "ヤマダノタロウ", "ruby"), ("が", "ガ", "dictionary")]


def test_ruby_without_a_bar_belongs_to_the_kanji_before_it():
    assert readings("この東京《とうけい》へ")[1] == ("東京", "トウケイ", "ruby")


def test_ruby_in_pieces():
    words = readings("<ruby>東<rt>ひがし</rt>京<rt>みやこ</rt></ruby>")
    assert [(surface, kana) for surface, kana, _ in words] == [("東", "ヒガシ"), ("京", "ミヤコ")]


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("<ruby>東京", "トウキョウ"),
        ("<ruby>東京<rt>とうきょう", "トウキョウ"),
        ("<ruby>北京<rt>Běijīng</rt></ruby>", "ペキン"),
        ("<ruby><ruby>東京<rt>ひがし</rt></ruby></ruby>", "ヒガシ"),
        ("<ruby></ruby>東京", "トウキョウ"),
        ("本《ほん》《》と《重要》", "ホントジュウヨウ"),
    ],
)
def test_broken_ruby_is_read_for_what_it_holds(text, spoken):
    assert phonemize(text).kana == spoken


def test_ruby_covers_the_text_without_gaps():
    text = "a<ruby>東<rt>ひがし</rt>京<rt>きょう</rt></ruby>b漢字《かんじ》。<ruby>x"
    segments = parse_ruby(text)
    assert [segment.start for segment in segments[1:]] == [segment.end for segment in segments[:-1]]
    assert (segments[0].start, segments[-1].end) == (0, len(text))


def test_ruby_that_is_not_kana_is_an_error():
    with pytest.raises(ReadingError, match="'Tokyo' of '東京' at character 3"):
        phonemize("あ、｜東京《Tokyo》")


def test_ruby_keeps_the_context_of_its_neighbours():
    words = phonemize("｜倫敦《ロンドン》は雨だ").words
    assert [(w.surface, w.pronunciation) for w in words] == [
        ("倫敦", "ロンドン"),
        ("は", "ワ"),
        ("雨", "アメ"),
        ("だ", "ダ"),
    ]
