# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Normalisation: pieces cover every input, characters fold to what is meant, signs are read or left out."""

import random

import pytest

from transformers_tsukasa.text.normalization.character_folding import fold
from transformers_tsukasa.text.normalization.normalization import normalize
from transformers_tsukasa.text.phonemes.morae import is_kana


def written(text: str) -> str:
    """What the analysis sees, with fixed readings in place of the writing."""
    return "".join(piece.kana or piece.text for piece in normalize(text))


def assert_covers(text: str) -> None:
    position = 0
    for piece in normalize(text):
        assert piece.start == position and piece.end >= piece.start, (text, piece)
        assert piece.kana is None or is_kana(piece.kana), (text, piece)
        position = piece.end
    assert position == len(text), text


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
def test_iteration_marks_repeat_what_is_before(text, expected):
    assert fold(text).text == expected


def test_places_of_folded_characters_point_into_the_original():
    folded = fold("ｶﾞ\u200b㌔a")
    assert folded.text == "ガキロa"
    assert list(folded.starts) == [0, 3, 3, 4]
    assert list(folded.ends) == [2, 4, 4, 5]


def test_plain_japanese_is_one_piece():
    (piece,) = normalize("今日はいい天気ですね。")
    assert (piece.start, piece.end, piece.text, piece.kana) == (0, 11, "今日はいい天気ですね。", None)


def test_empty_input_has_no_pieces():
    assert normalize("") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Q&A", "キューアンドエー"),
        ("C#とC++", "シーシャープとシープラスプラス"),
        ("3×4=12", "3カケル4イコール12"),
        ("○×", "マルバツ"),
        ("-5度", "マイナス5度"),
        ("±3", "プラスマイナス3"),
        ("2^10", "2の10乗"),
        ("x²", "エックスの2乗"),
        ("½", "2分の1"),
        ("①②", "1、2"),
        ("#花見", "ハッシュタグ花見"),
        ("α波", "アルファ波"),
        ("Ελλάδα", "エラダ"),
        ("Москва", "モスクヴァ"),
        ("〇〇さん", "マルマルさん"),
        ("東京～大阪", "東京から大阪"),
        ("待って～", "待って～"),
        ("月〜金", "ゲツからキン"),
    ],
)
def test_signs_are_read(text, expected):
    assert written(text) == expected


@pytest.mark.parametrize(
    "text", ["😊", "👨‍👩‍👧‍👦", "(^^)", "(´；ω；`)", "m(_ _)m", "＼(^o^)／", "→", "★", "한국", "สวัส", "مرحبا"]
)
def test_what_is_not_read_leaves_a_note(text):
    pieces = normalize(text)
    assert "".join(piece.text for piece in pieces) == ""
    assert all(piece.note for piece in pieces)


def test_laughter_is_not_read_after_a_word_and_spelled_alone():
    assert written("まじかよwww") == "まじかよ"
    assert written("www") == "ダブリュー" * 3


def test_brackets_with_words_are_no_face():
    assert written("（小声で）") == "（小声で）"
    assert written("(笑)") == "(笑)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.com/", "エグザンプルドットコム"),
        ("info@example.com", "インフォアットマークエグザンプルドットコム"),
        ("report.pdf", "レポートドットピーディーエフ"),
        ("www.nhk.or.jp", "ダブリューダブリューダブリュードットエヌエイチケードットオーアールドットジェーピー"),
    ],
)
def test_addresses_are_read_as_a_person_says_them(text, expected):
    assert written(text) == expected
    assert all(piece.source == "url" for piece in normalize(text))


_ALPHABET = (
    "0123456789,.:/-+¥$%〜~–−×÷=<>#&@() abcdeiouknstmyzwWAHN'’"
    "からは日月時分円本人年一二三百々ゝゞ〳〵ｶﾞﾟ゛\u3099\u200b\ufeff①Ⅲ½㎞²³Åéō"
    "Яα안ไ😊🇯🇵☃️★→^_;・（）《》\ud800\x00\u202e"
)


def test_random_strings_are_covered_without_exceptions():
    chance = random.Random(20)
    for _ in range(3000):
        length = chance.randint(0, 25)
        if chance.random() < 0.6:
            text = "".join(chance.choice(_ALPHABET) for _ in range(length))
        else:
            text = "".join(
                chr(chance.choice([chance.randrange(0x3000), chance.randrange(0x110000)])) for _ in range(length)
            )
        assert_covers(text)


@pytest.mark.slow
def test_a_hundred_thousand_random_strings():
    chance = random.Random(21)
    for _ in range(100_000):
        assert_covers("".join(chr(chance.randrange(0x110000)) for _ in range(chance.randint(0, 12))))
