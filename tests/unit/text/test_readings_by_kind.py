# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Kinds of words and numbers that are easily misread: many inputs of each, their readings written down beforehand."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.phonemes.morae import comparable_morae


PATH = Path(__file__).parents[2] / "data" / "hard_inputs_words.jsonl"
KNOWN_FAULTS: set[str] = set()


def inputs_by_kind():
    kinds = defaultdict(list)
    for line in PATH.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        kinds[row["id"].partition("_")[0]].append(row)
    return kinds


INPUTS = inputs_by_kind()


@pytest.fixture(scope="module")
def phonemizer():
    return Phonemizer()


@pytest.mark.parametrize("kind", sorted(INPUTS))
def test_every_input_of_a_kind_is_read_right(kind, phonemizer):
    wrong = {}
    for row in INPUTS[kind]:
        got = phonemizer(row["text"]).kana
        readings = [row["human_kana"], *row.get("also", ())]
        if comparable_morae(got) not in [comparable_morae(reading) for reading in readings]:
            wrong[row["text"]] = got
    assert wrong.keys() == KNOWN_FAULTS & {row["text"] for row in INPUTS[kind]}, wrong


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("番号は101、102、103です。", "バンゴウワヒャクイチヒャクニヒャクサンデス"),
        ("部屋の番号は201・202", "ヘヤノバンゴウワニヒャクイチニヒャクニ"),
        ("当選番号は7 12 25です", "トウセンバンゴウワナナジュウニニジュウゴデス"),
        ("暗証番号は1234です", "アンショウバンゴウワイチニーサンヨンデス"),
        ("オタ充だ", "オタジュウダ"),
        ("佐藤充さん", "サトウミツルサン"),
        ("なろう厨", "ナロウチュウ"),
        ("陽キャラ", "ヨウキャラ"),
        ("BANされた", "バンサレタ"),
        ("え～っと、は～い", "エーットハーイ"),
        # a day in every month, and a date
        ("月1日だけ", "ツキイチニチダケ"),
        ("月一日だけ", "ツキイチニチダケ"),
        ("月1日からOK", "ツキイチニチカラオーケー"),
        ("1か月1日だけ", "イッカゲツイチニチダケ"),
        ("5月1日だけ", "ゴガツツイタチダケ"),
        ("5月10日", "ゴガツトオカ"),
        ("・・・え、・・・・", "エ"),
        ("10日ぶりの雨", "トオカブリノアメ"),
        ("10日間と十日間", "トオカカントトオカカン"),
        ("毎月1日に", "マイツキツイタチニ"),
        ("その月1日に", "ソノツキツイタチニ"),
        ("月1回、週1日", "ツキイッカイシュウイチニチ"),
        # so much in every year, and a year
        ("年1日だけ", "ネンイチニチダケ"),
        ("年2回の点検", "ネンニカイノテンケン"),
        ("会費は年3000円", "カイヒワネンサンゼンエン"),
        ("年に1回", "ネンニイッカイ"),
        ("その年1位になった", "ソノトシイチイニナッタ"),
        ("年は十八だ", "トシワジュウハチダ"),
        # doubled words
        ("時々刻々と変わる", "ジジコッコクトカワル"),
        ("時々刻々", "ジジコッコク"),
        ("在々所々", "ザイザイショショ"),
    ],
)
def test_sisters_of_the_kinds(phonemizer, text, kana):
    assert phonemizer(text).kana == kana
