# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Readings that depend on context, and words that the analysis misreads: each sentence has its reading beside it."""

import json
import re
import unicodedata

import pyopenjtalk
import pytest

from support.shared_data import recorded_path
from transformers_tsukasa.text.readings import heteronyms
from transformers_tsukasa.text.readings.disambiguation import disambiguate
from transformers_tsukasa.text.readings.njd_words import count_morae, merge, reread
from transformers_tsukasa.text.readings.onyomi_compounds import join_on
from transformers_tsukasa.text.tables import rows


def _analyse(text):
    return pyopenjtalk.run_frontend(
        text, use_sudachi_kanji_yomi=False, predict_nani=False, revert_long_vowels=True, iu_pronunciation="Iu"
    )


def _reading(words):
    return "".join(word["read"] for word in words if word["pos"] != "記号")


CONTEXT = [
    ("彼は辛いカレーが好きだ", "カレハカライカレーガスキダ"),
    ("別れは辛かった", "ワカレハツラカッタ"),
    ("法律の下では平等だ", "ホウリツノモトデハビョウドウダ"),
    ("机の下に猫がいる", "ツクエノシタニネコガイル"),
    ("身体中が痛い", "カラダジュウガイタイ"),
    ("あの方は誰ですか", "アノカタハダレデスカ"),
    ("食べた方がいい", "タベタホウガイイ"),
    ("他の追随を許さない", "タノツイズイヲユルサナイ"),
    ("調査を行っている", "チョウサヲオコナッテイル"),
    ("学校へ行った", "ガッコウヘイッタ"),
    ("人気のない道", "ヒトケノナイミチ"),
    ("人気のある歌手", "ニンキノアルカシュ"),
    ("舞台の上手から登場する", "ブタイノカミテカラトウジョウスル"),
    ("絵が上手だ", "エガジョウズダ"),
    ("何ですか", "ナンデスカ"),
    ("何を言うか", "ナニヲイウカ"),
    ("涙を堪える", "ナミダヲコラエル"),
    ("聞くに堪えない", "キクニタエナイ"),
    ("味に拘る", "アジニコダワル"),
    ("不安を抱いている", "フアンヲイダイテイル"),
    ("赤ん坊を抱いて歩く", "アカンボウヲダイテアルク"),
    ("お腹が空いた", "オナカガスイタ"),
    ("席が空いている", "セキガアイテイル"),
    ("蓋が開かない", "フタガアカナイ"),
    ("本を開いた", "ホンヲヒライタ"),
    ("酒を注いでもらう", "サケヲツイデモラウ"),
    ("愛情を注いだ", "アイジョウヲソソイダ"),
    ("煙草を止める", "タバコヲヤメル"),
    ("車を止める", "クルマヲトメル"),
    ("帽子を被る", "ボウシヲカブル"),
    ("損害を被る", "ソンガイヲコウムル"),
    ("心が汚れている", "ココロガケガレテイル"),
    ("手が汚れる", "テガヨゴレル"),
    ("絵を描いている", "エヲカイテイル"),
    ("弧を描いて飛ぶ", "コヲエガイテトブ"),
    ("門を潜る", "モンヲクグル"),
    ("海に潜る", "ウミニモグル"),
    ("指で弾く", "ユビデハジク"),
    ("ピアノを弾く", "ピアノヲヒク"),
    ("靴紐を解いた", "クツヒモヲホドイタ"),
    ("謎を解いた", "ナゾヲトイタ"),
    ("枕に顔を埋める", "マクラニカオヲウズメル"),
    ("傍から見れば変だ", "ハタカラミレバヘンダ"),
    ("窓の側に立つ", "マドノソバニタツ"),
    ("反対の側に座る", "ハンタイノガワニスワル"),
    ("床に就く", "トコニツク"),
    ("額に手を当てる", "ヒタイニテヲアテル"),
    ("損害の額は一億円だ", "ソンガイノガクハイチオクエンダ"),
    ("市場で魚を買う", "イチバデサカナヲカウ"),
    ("大人気ない態度", "オトナゲナイタイド"),
    ("一目見て気に入った", "ヒトメミテキニイッタ"),
    ("木の根本に座る", "キノネモトニスワル"),
    ("声の主は誰だ", "コエノヌシハダレダ"),
    ("金の指輪", "キンノユビワ"),
    ("お金を払う", "オカネヲハラウ"),
    ("間を置いて答える", "マヲオイテコタエル"),
    ("空の箱", "カラノハコ"),
    ("空に浮かぶ", "ソラニウカブ"),
    ("逃げる術もない", "ニゲルスベモナイ"),
    ("夜が明ける", "ヨガアケル"),
    ("十分使える", "ジュウブンツカエル"),
    ("嘘を吐く", "ウソヲツク"),
    ("血を吐く", "チヲハク"),
]

WORDS = [
    ("敗着になる", "ハイチャクニナル"),  # in no dictionary
    ("乙女心が分からない", "オトメゴコロガワカラナイ"),
    ("焼き蟹を食べる", "ヤキガニヲタベル"),
    ("スィーパーで掃く", "スィーパーデハク"),  # the dictionary has it in an older form
    ("選ばれし者", "エラバレシモノ"),  # the dictionary has し者, a way to write 死者
    ("飄々としてはいられない", "ヒョウヒョウトシテハイラレナイ"),
    ("起上がる", "オキアガル"),
    ("病を顕わした", "ヤマイヲアラワシタ"),
]


@pytest.mark.parametrize(("text", "reading"), CONTEXT + WORDS)
def test_reading_fits_the_context(text, reading):
    assert _reading(disambiguate(_analyse(text), text)) == reading


@pytest.mark.parametrize("text", [text for text, _ in CONTEXT + WORDS])
def test_words_stay_consistent(text):
    njd = _analyse(text)
    copy = json.loads(json.dumps(njd))
    result = disambiguate(njd, text)
    assert njd == copy, "the input is left as it was"
    assert "".join(word["string"] for word in result) == "".join(word["string"] for word in njd)
    for word in result:
        if "tsukasa_source" in word:
            assert word["mora_size"] == count_morae(word["pron"])
            assert word["tsukasa_source"].startswith(("rule:", "model"))
            assert word["tsukasa_note"]
    phrase_size, head = 0, None
    for word in [*result, {"chain_flag": 0, "mora_size": 0}]:
        if word["chain_flag"] != 1:
            if head is not None and "tsukasa_source" in head:
                assert head["acc"] <= phrase_size
            head, phrase_size = word, 0
        phrase_size += word["mora_size"]


@pytest.mark.parametrize("mark", ["is_reading_protected", "tsukasa_fixed", "tsukasa_piece"])
def test_fixed_words_are_never_touched(mark):
    njd = _analyse("味に拘る")
    njd[2][mark] = True
    assert disambiguate(njd)[2] == njd[2]


def test_a_reading_that_stays_open_is_marked():
    by_word = {word["string"]: word for word in disambiguate(_analyse("辛いと彼は言い、絵を描く"))}
    assert by_word["辛い"]["tsukasa_confident"] is False
    assert "カライ" in by_word["辛い"]["tsukasa_alternatives"]
    assert by_word["描く"]["tsukasa_confident"] is True


def test_rereading_moves_the_nucleus_of_the_phrase():
    njd = _analyse("心が汚れました")
    head = next(index for index, word in enumerate(njd) if word["string"] == "汚れ")
    before = njd[head]["acc"]
    size = njd[head]["mora_size"]
    reread(njd, head, "ヨゴレヨゴレ")
    assert njd[head]["mora_size"] == 6
    assert njd[head]["acc"] == (before + 6 - size if before > size else before)


def test_merging_joins_strings_and_keeps_the_phrase():
    njd = _analyse("月華が")
    total = "".join(word["string"] for word in njd)
    merge(njd, 0, len(njd) - 1, "ゲッカ")
    assert [word["string"] for word in njd] == [total[:-1], "が"]
    assert njd[0]["mora_size"] == 3
    assert njd[0]["pos"] == "名詞"


def test_joined_on_readings_change_their_sounds():
    assert join_on(["ハツ", "ケイ"]) == "ハッケイ"
    assert join_on(["サン", "ホ"]) == "サンポ"
    assert join_on(["ガク", "コウ"]) == "ガッコウ"
    assert join_on(["カ", "ホウ"]) == "カホウ"


@pytest.mark.parametrize("condition", ["prev", "prev=", "beside=の", "prev=の|"])
def test_a_wrong_condition_says_where(condition):
    with pytest.raises(ValueError, match="heteronyms.tsv, entry 3"):
        heteronyms._condition(condition, "heteronyms.tsv, entry 3", {})


@pytest.mark.parametrize("name", ["reading_words.tsv", "reading_extra.tsv", "reading_verbs.tsv", "heteronyms.tsv"])
def test_tables_hold_kana_readings_and_no_word_twice(name):
    entries = [row for row in rows(name, 3) if not row[0].startswith("@")]
    column = 2 if name == "heteronyms.tsv" else 1
    wrong = [row for row in entries if not re.fullmatch("(=|[ァ-ヴー]+(/[ァ-ヴー]+)*)", row[column])]
    assert not wrong
    if name != "heteronyms.tsv":
        assert len({row[0] for row in entries}) == len(entries)


def _comparable(kana):
    text = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in unicodedata.normalize("NFKC", kana))
    text = re.sub("[^ァ-ヴー]", "", text).translate(str.maketrans("ヂヅヲ", "ジズオ"))
    text = re.sub("(?<=[エケセテネヘメレゲゼデベペ])イ", "ー", text).replace("イウ", "ユー").replace("ユウ", "ユー")
    return re.sub("(?<=[オコソトノホモヨロゴゾドボポョ])[ウオ]", "ー", text)


@pytest.mark.slow
def test_better_than_the_library_on_recorded_readings():
    with recorded_path("g2p", "golden_dev.jsonl").open(encoding="utf-8") as file:
        sentences = [line for line in map(json.loads, file) if line["source"] in ("ITA", "ROHAN")]
    right_before = right_after = 0
    for sentence in sentences:
        njd = _analyse(sentence["text"])
        wanted = _comparable(sentence["human_kana"])
        spoken = [
            _comparable("".join(word["pron"] for word in words if word["pos"] != "記号"))
            for words in (njd, disambiguate(njd, sentence["text"]))
        ]
        right_before += spoken[0] == wanted
        right_after += spoken[1] == wanted
    assert right_after - right_before > 0.03 * len(sentences)
