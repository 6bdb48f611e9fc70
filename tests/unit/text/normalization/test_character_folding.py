# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Characters fold to their usual form, with their places in the original text."""

import pytest

from transformers_tsukasa.text.normalization.character_folding import fold, fold_widths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ﾊﾟｿｺﾝﾃﾞｽ", "パソコンデス"),
        ("か\u3099くせい", "がくせい"),
        ("は゜ん", "ぱん"),
        ("あ゛", "あ"),
        ("世\u200b界\ufeff", "世界"),
        ("Ａ１", "A1"),
        ("㌔", "キロ"),
        ("㍻", "平成"),
        ("㈱", "株式会社"),
        ("Ⅲ", "3"),
        ("٣", "3"),
        ("…", "…"),
        ("\u3000", " "),
        ("圖書館の學生", "図書館の学生"),
        ("学习", "学習"),
        ("ジャン＝リュック", "ジャン・リュック"),
        ("は～い、う～～ん、そ~だね", "はーい、うーん、そーだね"),
        ("ラ〜メン、ス～パ～だ、ヤバ～イ、ﾊ~ｲ", "ラーメン、スーパーだ、ヤバーイ、ハーイ"),
        ("パリ～ロンドン、月〜金、ね～。", "パリ～ロンドン、月〜金、ね～。"),
    ],
)
def test_fold_gives_the_usual_form(text, expected):
    assert fold(text).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("こゝろ", "こころ"),
        ("すゞ", "すず"),
        ("ほゞ", "ほぼ"),
        ("バナヽ", "バナナ"),
        ("いろ〳〵".replace("〳〵", "〳〵"), "いろいろ"),
        ("しみ〴〵", "しみじみ"),
        ("いよ〱", "いよいよ"),
        ("人々", "人々"),
        ("部分々々", "部分部分"),
    ],
)
def test_iteration_marks_repeat_the_characters_before(text, expected):
    assert fold(text).text == expected


def test_places_of_folded_characters_point_into_the_original():
    folded = fold("ｶﾞ\u200b㌔a")
    assert folded.text == "ガキロa"
    assert list(folded.starts) == [0, 3, 3, 4]
    assert list(folded.ends) == [2, 4, 4, 5]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ｶﾞｷだ", "ガキだ"),
        ("ＧＰＴ", "GPT"),
        ("ﾊﾟﾋﾟ", "パピ"),
        ("か\u3099", "が"),
        ("葛\U000e0100城", "葛城"),
        ("a\u3000b", "a b"),
        ("Ⅱ①㌔…", "Ⅱ①㌔…"),  # another writing, not another width
        ("𝐀", "𝐀"),
        ("゛", "゛"),
    ],
)
def test_widths_are_folded_and_nothing_else(text, folded):
    result = fold_widths(text)
    assert result.text == folded
    assert len(result.starts) == len(result.ends) == len(folded)
    assert result.ends[-1] == len(text)


def test_folded_widths_know_their_places():
    result = fold_widths("あｶﾞｷ")
    assert [(result.starts[i], result.ends[i]) for i in range(3)] == [(0, 1), (1, 3), (3, 4)]
