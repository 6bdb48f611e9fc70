# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Ruby: readings that the text sets."""

import pytest

from transformers_tsukasa.text import phonemize
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
        '<ruby class="x" lang=ja><span>山田太郎</span><rp>(</rp><rt style="">ﾔﾏﾀﾞﾉﾀﾛｳ</rt><rp>)</rp></ruby>が',
        "<ruby>山田太郎<rt>やまだの&#12383;ろう</rt></ruby>が",
        "｜山田太郎《ﾔﾏﾀﾞﾉﾀﾛｳ》が",
        "｜山田太郎《やまだ・の・たろう》が",
        "｜山田太郎《やまだのたろう！》が",
        "｜山田太郎≪やまだのたろう≫が",
        "{山田太郎|やまだ|の|た|ろう}が",
        "{山田太郎｜やまだのたろう}が",
        "[[rb:山田太郎 > やまだのたろう]]が",
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


def test_ruby_keeps_the_context_of_its_neighbours():
    words = phonemize("｜倫敦《ロンドン》は雨だ").words
    assert [(w.surface, w.pronunciation) for w in words] == [
        ("倫敦", "ロンドン"),
        ("は", "ワ"),
        ("雨", "アメ"),
        ("だ", "ダ"),
    ]


@pytest.mark.parametrize(
    "dots",
    [
        "・",
        "・・・・",
        "･･",
        "●●●●",
        "○",
        "◎◎",
        "﹅﹅﹅﹅",
        "﹆",
        "、、",
        "ヽヽ",
        "丶",
        "…",
        "〇〇",
        "☆",
        "＊",
        "ーー",
        "･ ･",
    ],
)
@pytest.mark.parametrize(
    "form", ["｜完全《{}》に怒った", "完全《{}》に怒った", "<ruby>完全<rt>{}</rt></ruby>に怒った"]
)
def test_emphasis_changes_no_reading(form, dots, caplog):
    result = phonemize(form.format(dots))
    assert result.kana == "カンゼンニオコッタ"
    assert result.unreadable == ()
    assert not caplog.records


def test_words_are_found_across_emphasis():
    assert phonemize("｜遅《・》｜い《・》").kana == "オソイ"
    assert phonemize("｜1《・》｜0《・》円").kana == "ジュウエン"
    assert phonemize("<ruby>東京<rt>Tokyo</rt></ruby>都").kana == "トウキョウト"


@pytest.mark.parametrize(
    ("text", "spoken", "left_out"),
    [
        ("あ、｜東京《Tokyo》へ", "アトウキョウエ", "Tokyo"),
        ("｜運命《宿命》を", "ウンメイヲ", "宿命"),
        ("[[rb:運命 > Destiny]]を", "ウンメイヲ", "Destiny"),
    ],
)
def test_ruby_that_is_not_kana_is_left_out_with_a_warning(text, spoken, left_out, caplog):
    result = phonemize(text)
    assert result.kana == spoken
    assert any(left_out in word.surface for word in result.unreadable)
    assert any(repr(left_out) in record.getMessage() for record in caplog.records)


def test_one_odd_ruby_leaves_the_others():
    assert phonemize("｜A《?x》と｜倫敦《ロンドン》と｜本《》").kana == "エートロンドントホン"


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("完全に［＃「完全に」に傍点］怒った", "カンゼンニオコッタ"),
        ("［＃ここから２字下げ］雨", "アメ"),
        ("※［＃「口＋亞」、第3水準1-15-8］と言う", "トイウ"),
        ("※［＃「魚＋師のつくり」、第4水準2-93-37］《ぶり》と", "ブリト"),
        ("《《完全に》》怒った", "カンゼンニオコッタ"),
        ("｜《かんじ》", "カンジ"),
        ("{a|b}です", "エービーデス"),
    ],
)
def test_other_marks_of_books(text, spoken):
    assert phonemize(text).kana == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("｜は《わ》し", "ワシ"),
        ("｜へ《え》", "エ"),
        ("<ruby>は<rt>わ</rt></ruby>", "ワ"),
        ("私｜は《ハ》", "ワタシハ"),
        ("か｜ゃ《ヤ》", "カヤ"),
    ],
)
def test_ruby_of_particles_and_small_kana(text, spoken):
    assert phonemize(text).kana == spoken


def test_places_of_words_around_markup():
    text = "あ｜完全《・・》に{東京|とうきょう}へ"
    places = [(text[w.start : w.end], w.pronunciation) for w in phonemize(text).words if w.pronunciation]
    assert places == [
        ("あ", "ア"),
        ("完全", "カンゼン"),
        ("に", "ニ"),
        ("{東京|とうきょう}", "トウキョウ"),
        ("へ", "エ"),
    ]
