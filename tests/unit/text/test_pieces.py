# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A reading that is given is the one that is spoken, in every notation and width, whatever stands beside it."""

import random

import pytest

from transformers_tsukasa.text import UserDictionary, phonemize
from transformers_tsukasa.text.pieces import split_pieces


_KANJI_WORDS = ["東京", "本", "運命", "龍", "二十歳", "十", "点", "者", "生"]
_KANA_WORDS = ["は", "へ", "を", "ガキ", "スーパー", "ん", "ゃ", "っ", "し"]
_WORDS = [
    *_KANJI_WORDS,
    *_KANA_WORDS,
    "辛い",
    "開く",
    "行った",
    "食べ物",
    "取り扱い",
    "お母さん",
    "AI",
    "GPT",
    "3人",
    "々",
]
_BEFORE = ["", "私は", "「", "3", "二", "その", "、", "生", "アイ", "b", "\n", "言って"]
_AFTER = ["", "は", "が好き", "。", "、は", "った", "ゃん", "本", "4", "点五", "」", "者", "ー", "む"]
_KANA = "アイウカガキクケサシジスタチツテトナニハバパヒフヘホマミムヤユヨラリルワンヲ"


def _narrow(kana: str) -> str:
    """Katakana in half width."""
    wide = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワンヲー"
    table = dict(zip(wide, "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝｦｰ", strict=True))
    table |= {"ガ": "ｶﾞ", "ジ": "ｼﾞ", "バ": "ﾊﾞ", "パ": "ﾊﾟ"}
    return "".join(table[character] for character in kana)


def _hiragana(kana: str) -> str:
    return "".join(chr(ord(character) - 0x60) for character in kana)


_WIDTHS = [str, _hiragana, _narrow, lambda kana: "・".join(kana), lambda kana: " ".join(_hiragana(kana))]
_NOTATIONS = [
    "｜{}《{}》",
    "|{}《{}》",
    "｜{}≪{}≫",
    "<ruby>{}<rt>{}</rt></ruby>",
    "<RUBY lang='ja'><RB>{}</RB><RP>(</RP><RT>{}</RT><RP>)</RP></RUBY>",
    "[[rb:{} > {}]]",
    "{{{}|{}}}",
]
_READ_WORDS = {
    "東京": "トウキョウ",
    "食べ物": "タベモノ",
    "取り扱い": "トリアツカイ",
    "お母さん": "オカアサン",
    "彼": "カレ",
}
_READ_WORDS |= {
    "3人": "サンニン",
    "二十歳": "ハタチ",
    "憂鬱": "ユウウツ",
    "龍": "リュウ",
    "辛い": "ツライ",
    "運命": "ウンメイ",
}


def _given(text: str) -> list[tuple[str, str | None]]:
    return [(piece.text, piece.kana) for piece in split_pieces(text, None) if piece.source == "ruby"]


@pytest.mark.parametrize("seed", range(60))
def test_a_reading_in_markup_is_spoken(seed):
    generator = random.Random(seed)
    for _ in range(5):
        word, kana = generator.choice(_WORDS), "".join(generator.choices(_KANA, k=generator.randint(1, 6)))
        marked = generator.choice(_NOTATIONS).format(word, generator.choice(_WIDTHS)(kana))
        before, after = generator.choice(_BEFORE), generator.choice(_AFTER)
        text = f"{before}{marked}{after}"
        result = phonemize(text)
        (given,) = (one for one in result.words if one.source == "ruby")
        assert given.pronunciation.startswith(kana), text
        assert given.pronunciation[len(kana) :] in ("", "ャ"), text  # a small kana after it joins its last mora
        assert text[given.start : given.end].startswith(marked), text


@pytest.mark.parametrize("seed", range(30))
def test_a_reading_after_a_run_of_kanji_is_spoken(seed):
    generator = random.Random(seed)
    for _ in range(5):
        word = generator.choice(_KANJI_WORDS)
        kana = "".join(generator.choices(_KANA, k=generator.randint(1, 6)))
        text = f"「{word}《{generator.choice(_WIDTHS)(kana)}》{generator.choice(_AFTER)}"
        assert _given(text) == [(word, kana)], text


@pytest.mark.parametrize("brackets", ["({})", "（{}）", "（{})", "《{}》"])
@pytest.mark.parametrize("width", _WIDTHS[:2])
@pytest.mark.parametrize("word", _READ_WORDS)
def test_the_reading_of_a_word_in_brackets_is_spoken_once(word, width, brackets):
    kana = _READ_WORDS[word]
    for before, after in (("", ""), ("その", "を"), ("「", "」"), ("見た", "。")):
        text = f"{before}{word}{brackets.format(width(kana))}{after}"
        assert _given(text) == [(word, kana)], text


@pytest.mark.parametrize("seed", range(30))
def test_a_reading_of_the_user_is_spoken(seed):
    generator = random.Random(seed)
    for _ in range(5):
        word, kana = generator.choice(_WORDS), "".join(generator.choices(_KANA, k=generator.randint(1, 6)))
        dictionary = UserDictionary.from_mapping({word: generator.choice(_WIDTHS)(kana)})
        written = word if generator.random() < 0.5 else word.translate({ord(c): ord(c) + 0xFEE0 for c in "AIGPT3"})
        text = f"「{written}」{generator.choice(_AFTER)}"
        assert {one.kana for one in split_pieces(text, dictionary) if one.source == "user"} == {kana}, text
        assert kana in phonemize(text, user_dictionary=dictionary).kana, text


def test_the_order_of_given_readings():
    dictionary = UserDictionary.from_mapping({"東京": "イチ", "憂鬱": "ニ"})
    assert (
        phonemize("東京と｜東京《トウケイ》と憂鬱（ゆううつ）と憂鬱", user_dictionary=dictionary).kana
        == "イチトトウケイトユウウツトニ"
    )


def test_the_user_dictionary_finds_words_across_markup():
    dictionary = UserDictionary.from_mapping({"月代雪": "ツキシロユキ"})
    assert phonemize("｜月代《・・》雪が", user_dictionary=dictionary).kana == "ツキシロユキガ"


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("大人しい（おとなしい）人", "オトナシイヒト"),
        ("｜辛《つら》い人", "ツライヒト"),
        ("｜辛《から》い", "カライ"),
        ("どこで生《うま》れたか", "ドコデウマレタカ"),
        ("彼《かれ》は言《い》った", "カレワイッタ"),
        ("行《い》った", "イッタ"),
        ("行《おこな》った", "オコナッタ"),
        ("市場《しじょう》と市場《いちば》", "シジョウトイチバ"),
    ],
)
def test_words_beside_a_given_reading_are_read_in_its_context(text, spoken):
    assert phonemize(text).kana == spoken


def test_ruby_that_agrees_with_the_dictionary_keeps_its_accent():
    for marked in ("東京《とうきょう》に", "東京（とうきょう）に"):
        assert phonemize(marked, "clean", accent=True).phonemes == phonemize("東京に", "clean", accent=True).phonemes
