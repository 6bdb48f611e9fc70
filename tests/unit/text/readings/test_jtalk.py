# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The words of pyopenjtalk as our typed words."""

import copy
import random
import re

import pyopenjtalk
import pytest

from support.analysed_words import analysed
from transformers_tsukasa.text.readings import jtalk
from transformers_tsukasa.text.readings.jtalk import (
    is_readable,
    mecab_form,
    modern_kanji,
    read_words,
    run_mecab,
    surface_of,
)
from transformers_tsukasa.text.types import Piece


def test_words_carry_what_the_library_returns():
    cat, particle, verb, auxiliary = analysed("猫は鳴いた")
    assert (cat.surface, cat.pos, cat.pos_details, cat.kana, cat.accent) == (
        "猫",
        "名詞",
        ("一般", "*", "*"),
        "ネコ",
        1,
    )
    assert (particle.kana, particle.pronunciation, particle.continues_phrase) == ("ハ", "ワ", True)
    assert (verb.lemma, verb.conjugation_type, verb.conjugation_form) == ("鳴く", "五段・カ行イ音便", "連用タ接続")
    assert auxiliary.detail == "*"
    assert all(word.is_known and word.is_confident and not word.source and word.piece is None for word in (cat, verb))


def test_a_piece_keeps_its_reading_and_writing_among_other_words():
    features = run_mecab("猫は鳴いた")
    piece = Piece(0, 1, "猫", "user", "キャット", 2)
    words = read_words(features, [piece, *[None] * (len(features) - 1)], "猫は鳴いた")
    assert words[0].piece is piece and words[0].is_fixed
    assert (words[0].surface, words[0].pronunciation, words[0].accent) == ("猫", "キャット", 2)
    assert [word.surface for word in words[1:]] == ["は", "鳴い", "た"]


def test_long_vowels_are_spoken_as_the_dictionary_reads_them():
    assert [word.pronunciation for word in analysed("高校で言う")] == ["コウコウ", "デ", "イウ"]


def test_words_without_an_entry_are_told():
    assert [(word.surface, word.is_known) for word in analysed("ホゲフガを")][-1] == ("を", True)
    assert not all(word.is_known for word in analysed("ホゲフガを"))


@pytest.mark.parametrize(("character", "form"), [("ｶ", "カ"), ("A", "Ａ"), ("\0", ""), ("\ud800", "")])
def test_characters_as_the_library_writes_them(character, form):
    assert mecab_form(character) == form


def test_what_the_analysis_can_read():
    assert is_readable("猫") and is_readable("ん") and not is_readable("한")
    assert modern_kanji("髙橋と青空") == "高橋と青空"
    assert surface_of(run_mecab("猫")[0]) == "猫"
    assert run_mecab("") == []


_KANA = "あ/ふぁ/えっ/は/が/を/に/で/と/も/や/から/まで/さん/くん/しょ/もの/こと/よう/いう/すぎる/はたち/つ/ア/スコア"
_KANA_WORDS = re.split("/", _KANA)
_NUMBERS = [*"一二三四六九十百千〇", "九つ", "ひとつ"]
_KANJI_WORDS = [*"月日分割人後前中時年他上下方行", "その他", "一しょ", "学位", "博士", "先生", "水面"]


@pytest.mark.parametrize(
    "written",
    [
        list("0123456789abcdef"),
        ["６", "３", "４", "２", "０", *_KANA_WORDS],
        [*_NUMBERS, *_KANA_WORDS],
        [*_KANA_WORDS, "、", "。"],
        [*"12345．、％", *_NUMBERS, *_KANA_WORDS, *_KANJI_WORDS],
    ],
)
def test_where_the_library_s_rules_of_context_are_not_asked_they_would_change_nothing(written):
    source = random.Random(4)
    for _ in range(60):
        text = mecab_text("".join(source.choices(written, k=30)))
        njd = pyopenjtalk.OpenJTalk.run_njd_from_mecab(jtalk._analyser(), run_mecab(text), True, True)
        assert jtalk._modify_context_reading(copy.deepcopy(njd)) == pyopenjtalk.modify_context_reading(njd), text


@pytest.mark.parametrize("text", ["九つ、十", "一しょに", "二十を過ぎる", "山や川", "その他に"])
def test_the_library_s_rules_of_context_are_asked_for_words_in_kanji_and_numerals_beside_kana(text):
    njd = jtalk._analyser().run_njd_from_mecab(run_mecab(text), True, True)
    assert any(map(jtalk._may_depend_on_context, njd))


def mecab_text(text: str) -> str:
    return "".join(map(mecab_form, text))
