# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words with readings to phoneme strings in both profiles."""

import pytest

from transformers_tsukasa.text.phonemes.rendering import render
from transformers_tsukasa.text.types import Word


def word(kana: str, *, joined: bool = False, accent: int = 0, starts: bool = True, surface: str | None = None) -> Word:
    return Word(surface or kana, 0, len(surface or kana), kana, kana, accent, starts, joined=joined)


def phonemes_of(*words: Word, profile: str = "legacy", accent: bool = False) -> str:
    return render(words, profile, accent).symbols


@pytest.mark.parametrize(
    ("kana", "legacy", "clean"),
    [
        ("サンポ", "sampo", "sampo"),
        ("センタク", "sentakɯ", "sentakɯ"),
        ("マンガ", "maŋga", "maŋga"),
        ("シンシャ", "ɕiɴɕa", "ɕiɴɕa"),
        ("ホンヤ", "hoɴ'ja", "hoɴja"),
        ("シンニュウ", "ɕiʔnʲɯɯ", "ɕinnʲɯː"),
        ("キッテ", "kiʔte", "kiʔte"),
        ("エッジ", "edʑdʑi", "eʔdʑi"),
        ("アッラー", "arɽaː", "aʔɽaː"),
        ("コーヒー", "koːçiː", "koːçiː"),
        ("クウキ", "kɯɯki", "kɯːki"),
        ("オウ", "oɯ", "oɯ"),
        ("トケイ", "tokei", "tokei"),
        ("ディスク", "dʲsɯkɯ", "dʲisɯkɯ"),
        ("ティー", "tiː", "tiː"),
        ("ウェブ", "ebɯ", "ɯebɯ"),
        ("リョコウ", "rʲokoɯ", "rʲokoɯ"),
        ("グアム", "gwamɯ", "gɯamɯ"),
    ],
)
def test_words_in_both_profiles(kana, legacy, clean):
    assert phonemes_of(word(kana)) == legacy
    assert phonemes_of(word(kana), profile="clean") == clean


def test_nasal_does_not_assimilate_across_a_space():
    assert phonemes_of(word("ホン"), word("バコ")) == "hoɴ bako"
    assert phonemes_of(word("ホン"), word("バコ", joined=True)) == "hombako"


def test_habits_of_the_published_strings_are_only_in_legacy():
    pairs = [
        ((word("コノ"), word("ヌノ")), "kononɯno", "kono nɯno"),
        ((word("ウミワ"), word("アオイ")), "ɯmiwaːoi", "ɯmiwa aoi"),
        ((word("メニ"), word("イル")), "meni irɯ", "meni irɯ"),
        ((word("カアト"),), "ka ato", "kaːto"),
        ((word("ヴィーナス"),), "bɯiːnasɯ", "viːnasɯ"),
    ]
    for words, legacy, clean in pairs:
        assert phonemes_of(*words) == legacy
        assert phonemes_of(*words, profile="clean") == clean


def test_marks_and_spaces():
    def mark(character: str) -> Word:
        return word("", surface=character)._replace(pos="記号")

    assert phonemes_of(word("ハイ"), mark("、"), word("ソウ"), mark("？"), mark("！")) == "hai, soɯ?!"
    assert phonemes_of(mark("「"), word("ハイ"), mark("」"), word("ト")) == '"hai" to'
    assert phonemes_of(word("ア"), mark("（"), word("イ"), mark("）"), mark("。")) == "a i."
    assert phonemes_of(word("アッ"), mark("！")) == "a!!"
    assert phonemes_of(word("アッ"), mark("、"), word("イ")) == "aʔ, i"


def test_accent_marks_rise_and_fall():
    assert phonemes_of(word("カレ", accent=1), profile="clean", accent=True) == "↑ka↓ɽe"
    assert phonemes_of(word("ココロ", accent=2), profile="clean", accent=True) == "ko↑ko↓ɽo"
    assert phonemes_of(word("サクラ", accent=0), profile="clean", accent=True) == "sa↑kɯɽa"
    phrase = (word("ハナ", accent=2), word("ガ", starts=False, joined=True))
    assert phonemes_of(*phrase, profile="clean", accent=True) == "ha↑na↓ga"
