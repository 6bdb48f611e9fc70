# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words with readings to the phoneme strings of Kokoro's Japanese voices."""

import csv

import pytest

from support.shared_data import recorded_path
from transformers_tsukasa.text.phonemes.morae import CLEAN_SOUNDS
from transformers_tsukasa.text.phonemes.rendering import render
from transformers_tsukasa.text.phonemes.symbols import KOKORO_SYMBOL_TO_ID
from transformers_tsukasa.text.types import Word


def word(kana: str, **settings) -> Word:
    surface = settings.pop("surface", kana)
    return Word(surface, 0, len(surface), kana, kana, 0, True)._replace(**settings)


def mark(character: str) -> Word:
    return word("", surface=character, pos="記号")


def phonemes_of(*words: Word) -> str:
    return render(words, "kokoro").symbols


# The recorded ヴュ and ヴョ are written with b, but ン before them as before v.
_ODD_NASALS = {"ヴュ", "ヴョ"}


def test_every_mora_is_written_as_the_voices_learned_it():
    with recorded_path("family", "phonemes", "kokoro_morae.tsv").open(encoding="utf-8") as file:
        recorded = list(csv.DictReader(file, delimiter="\t"))
    assert len(recorded) == 192
    for row in recorded:
        mora = row["mora"]
        assert phonemes_of(word(mora)) == row["cutlet"]
        assert phonemes_of(word("ッ" + mora)) == row["geminate"]
        if mora not in _ODD_NASALS:
            assert phonemes_of(word("ン" + mora)) == row["after_N"]


def test_every_mora_has_symbols_of_the_table():
    for mora in (*CLEAN_SOUNDS, "ン", "ッ", "ー"):
        symbols = phonemes_of(word(mora))
        assert symbols and set(symbols) <= KOKORO_SYMBOL_TO_ID.keys(), mora


@pytest.mark.parametrize(
    ("kana", "settings", "expected"),
    [
        ("コウエン", {}, "koːeɴ"),
        ("センセイ", {}, "seɴseː"),
        ("イイ", {}, "iː"),
        ("オオサカ", {}, "oːsaka"),
        ("オモウ", {"pos": "動詞"}, "omoɯ"),
        ("スウ", {"pos": "動詞"}, "sɨɯ"),
        ("メイン", {"surface": "メイン"}, "meiɴ"),
        ("メイシ", {"surface": "名刺"}, "meːɕi"),
        ("バアイ", {"lengthened": "バアイ"}, "baai"),
        ("コウシ", {"lengthened": "コウシ"}, "koɯɕi"),
        ("トウキョウ", {"lengthened": "トーキョー"}, "toːkʲoː"),
        ("イウ", {"lemma": "言う", "lengthened": "イウ", "pos": "動詞"}, "jɯː"),
        ("アアアア", {}, "aːaː"),
        ("コーヒー", {}, "koːçiː"),
    ],
)
def test_long_vowels(kana, settings, expected):
    assert phonemes_of(word(kana, surface=settings.pop("surface", "字"), **settings)) == expected


def test_long_vowels_across_words_that_are_written_together():
    assert phonemes_of(word("イコ"), word("ウ", joined=True, pos="助動詞")) == "ikoː"
    assert phonemes_of(word("ネ"), word("エサン", joined=True)) == "neːsaɴ"
    assert phonemes_of(word("オ", pos="接頭詞"), word("オキ", joined=True)) == "ookʲi"
    assert phonemes_of(word("コ"), word("ウシ", joined=True)) == "koɯɕi"
    assert phonemes_of(word("ソノ"), word("オト")) == "sono oto"


def test_the_nasal_and_the_geminate_at_the_joints_of_words():
    assert phonemes_of(word("ヨン"), word("デ")) == "joɴ de"
    assert phonemes_of(word("ヨン"), word("デ", joined=True)) == "jonde"
    assert phonemes_of(word("サンビャッ"), word("キロ")) == "sambʲaʔkʲiɾo"
    assert phonemes_of(word("コト"), word("ッテ")) == "kotoʔte"
    assert phonemes_of(word("エッ"), mark("、"), word("ソウ")) == "eʔ, soː"
    assert phonemes_of(word("ハイ"), mark("。"), word("ッテ")) == "hai. ʔte"


def test_marks_and_brackets():
    assert phonemes_of(mark("「"), word("ハイ"), mark("」"), word("ト")) == "“hai” to"
    assert (
        phonemes_of(word("ア"), mark("、"), mark("『"), word("イ"), mark("！"), mark("』"), mark("。")) == "a, “i!”."
    )
    assert phonemes_of(word("ア"), mark("（"), word("イ"), mark("）"), word("ウ")) == "a (i) ɯ"
    assert phonemes_of(word("ア"), mark("（"), mark("★"), mark("）"), word("ウ")) == "a ɯ"
    assert phonemes_of(word("ア"), mark("…"), word("イ"), mark("？")) == "a... i?"
