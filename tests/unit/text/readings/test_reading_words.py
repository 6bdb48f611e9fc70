# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Verbs and adjectives of the tables: every form is read with the stem of the base form."""

import pytest

from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.phonemes.morae import comparable_morae, to_katakana
from transformers_tsukasa.text.tables import rows


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
