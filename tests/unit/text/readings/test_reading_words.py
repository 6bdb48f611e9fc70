# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words of the tables: every form is read with the stem of the base form, and given readings are left alone."""

import pytest

from support.analysed_words import njd_word
from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.phonemes.morae import comparable_morae, to_katakana
from transformers_tsukasa.text.readings.reading_words import read_known_words
from transformers_tsukasa.text.tables import rows
from transformers_tsukasa.text.types import Piece


@pytest.mark.parametrize(("stem", "reading"), [("啓", "ヒラ"), ("審", "サバ"), ("慨", "ナゲ")])
def test_an_ending_with_a_given_reading_stays_a_word_of_its_own(stem, reading):
    ending = njd_word("く", "メ", piece=Piece(1, 2, "く", "ruby", "メ"))
    assert [word.pronunciation for word in read_known_words([njd_word(stem, "ケイ"), ending])] == [reading, "メ"]


ROWS = {
    "う": ("わない", "います", "えば", "おう"),
    "く": ("かない", "きます", "けば", "こう"),
    "ぐ": ("がない", "ぎます", "げば", "ごう"),
    "す": ("さない", "します", "せば", "そう"),
    "ぶ": ("ばない", "びます", "べば", "ぼう"),
    "む": ("まない", "みます", "めば", "もう"),
    "る": ("らない", "ります", "れば", "ろう"),
}
ADJECTIVE = ("くない", "かった", "ければ")


@pytest.fixture(scope="module")
def phonemizer():
    return Phonemizer()


def test_verbs_that_the_analysis_mixes_up_keep_their_stem_in_every_form(phonemizer):
    known = [row for row in rows("reading_verbs.tsv", 3) if row[2].endswith("*")]
    assert len(known) > 50
    wrong = {}
    for base, reading, conjugation in known:
        for ending in ROWS[base[-1]] if conjugation == "5*" else ADJECTIVE:
            got = phonemizer("それを" + base[:-1] + ending).kana
            expected = "ソレヲ" + reading[:-1] + to_katakana(ending)
            if comparable_morae(got) != comparable_morae(expected):
                wrong[base[:-1] + ending] = got
    assert not wrong


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("彼を嗤った", "カレヲワラッタ"),
        ("彼を嗤って、去る", "カレヲワラッテサル"),
        ("嗤わずにいる", "ワラワズニイル"),
        ("星が煌いた", "ホシガキラメイタ"),  # 煌く and 煌る share their stem
        ("目が煌らない", "メガヒカラナイ"),
        ("道を渉った", "ミチヲワタッタ"),
        ("恐怖に慄けば", "キョウフニオノノケバ"),
        ("痒くない", "カユクナイ"),
    ],
)
def test_forms_of_rare_verbs(phonemizer, text, kana):
    assert phonemizer(text).kana == kana


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("試合に勝って帰る", "シアイニカッテカエル"),  # of 勝つ, not 勝る
        ("髪が白けた", "カミガシラケタ"),
        ("焦れったい", "ジレッタイ"),
        ("懐かしい味って何", "ナツカシイアジッテナニ"),
        ("味ってわかる", "アジッテワカル"),
    ],
)
def test_words_that_share_a_stem_stay(phonemizer, text, kana):
    assert phonemizer(text).kana == kana
