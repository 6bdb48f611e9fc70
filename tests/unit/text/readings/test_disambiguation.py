# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Readings that depend on context, and words that the analysis misreads: each sentence has its reading beside it."""

import json
import re
import unicodedata

import pytest

from support.analysed_words import analysed, kana_of, njd_word
from support.shared_data import recorded_path
from transformers_tsukasa.text.readings.disambiguation import disambiguate
from transformers_tsukasa.text.readings.njd_words import count_morae
from transformers_tsukasa.text.types import Piece


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
    ("三つ目の角", "ミッツメノカド"),
    ("後に、社長になった", "ノチニシャチョウニナッタ"),
    ("後にする", "アトニスル"),
    ("食べた後に寝る", "タベタアトニネル"),
    ("四つ目と八つ目", "ヨッツメトヤッツメ"),
    ("三つ目小僧が出た", "ミツメコゾウガデタ"),
    ("飢え死にするくらいだ", "ウエジニスルクライダ"),
    ("乗り捨て料金", "ノリステリョウキン"),
    ("蟹に触る", "カニニサワル"),
    ("ダ・ヴィンチの絵", "ダヴィンチノエ"),
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
    assert kana_of(disambiguate(analysed(text))) == reading


@pytest.mark.parametrize("text", [text for text, _ in CONTEXT + WORDS])
def test_words_stay_consistent(text):
    words = analysed(text)
    given = list(words)
    result = disambiguate(words)
    assert words == given, "the input is left as it was"
    assert "".join(word.surface for word in result) == text
    for word in result:
        if word.source:
            assert word.mora_count == count_morae(word.pronunciation)
            assert word.source.startswith(("rule:", "model"))
            assert word.note
    starts = [index for index, word in enumerate(result) if not word.continues_phrase]
    for start, end in zip(starts, [*starts[1:], len(result)], strict=True):
        if result[start].source:
            assert result[start].accent <= sum(word.mora_count for word in result[start:end])


@pytest.mark.parametrize(
    ("text", "index", "piece"),
    [
        ("味に拘る", 2, Piece(2, 4, "拘る", "user", "カカワル")),
        ("スイーパーで掃く", 0, Piece(0, 5, "スウィーパー", "user", "スイーパー")),
        ("エレン・イェーガーと辛い", -1, Piece(0, 2, "辛い", "ruby", "ツライ")),
    ],
)
def test_fixed_words_are_never_touched(text, index, piece):
    words = analysed(text)
    words[index] = words[index]._replace(surface=piece.text, piece=piece)
    assert disambiguate(words)[index] == words[index]
    assert disambiguate([words[index]._replace(piece=None)]) != [words[index]]


def test_decimals_lose_their_drawl_and_the_nucleus_moves_along():
    digits = {"pos_details": ("数", "*", "*"), "continues_phrase": True}
    number = [
        njd_word("二", "ニー", accent=4, pos_details=("数", "*", "*")),
        njd_word("．", "テン", **digits),
        njd_word("五", "ゴー", **digits),
    ]
    short = disambiguate(number)
    assert [word.pronunciation for word in short] == ["ニ", "テン", "ゴ"]
    assert [word.mora_count for word in short] == [1, 2, 1]
    assert short[0].accent == 3
    assert [word.pronunciation for word in disambiguate(number[:1] + number[2:])] == ["ニー", "ゴー"]


def test_a_number_that_is_read_already_keeps_its_long_digits():
    piece = Piece(0, 1, "点", "user", "テン")
    words = [njd_word("二", "ニー"), njd_word("点", "テン", piece=piece), njd_word("五", "ゴー")]
    assert [word.pronunciation for word in disambiguate(words)] == ["ニー", "テン", "ゴー"]


def test_a_reading_that_stays_open_is_marked():
    by_surface = {word.surface: word for word in disambiguate(analysed("辛いと彼は言い、絵を描く"))}
    assert not by_surface["辛い"].is_confident
    assert "カライ" in by_surface["辛い"].alternatives
    assert by_surface["描く"].is_confident


def comparable(kana):
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
        words = analysed(sentence["text"])
        expected = comparable(sentence["human_kana"])
        before, after = (
            comparable("".join(word.pronunciation for word in read if word.pos != "記号"))
            for read in (words, disambiguate(words))
        )
        right_before += before == expected
        right_after += after == expected
    assert right_after - right_before > 0.03 * len(sentences)
