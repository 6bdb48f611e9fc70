# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Readings after a word, in brackets of every form; the readings here were written before the rule ran."""

import pytest

from transformers_tsukasa.text import phonemize
from transformers_tsukasa.text.furigana import find_furigana


def found(text: str) -> list[tuple[str, str | None]]:
    return [(text[one.start : one.stop], one.kana) for one in find_furigana(text)]


@pytest.mark.parametrize(
    ("text", "word", "kana"),
    [
        # read so by a dictionary
        ("彼（かれ）", "彼", "カレ"),
        ("彼は憂鬱（ゆううつ）な気分だった。", "憂鬱", "ユウウツ"),
        ("東京（とうきょう）へ", "東京", "トウキョウ"),
        ("私の故郷(こきょう)は", "故郷", "コキョウ"),
        ("漢字（カンジ）を", "漢字", "カンジ"),
        ("漢字(ｶﾝｼﾞ)を", "漢字", "カンジ"),
        ("漢字（かんじ)を", "漢字", "カンジ"),
        ("鬼灯（ほおずき）市", "鬼灯", "ホオズキ"),
        ("本気（マジ）で", "本気", "マジ"),
        ("永遠（とわ）。", "永遠", "トワ"),
        # with the kana after the brackets
        ("貶（おとし）めた", "貶", "オトシ"),
        ("彼は躊躇(ためら)った。", "躊躇", "タメラ"),
        ("五月蝿（うるさ）い", "五月蝿", "ウルサ"),
        ("目を瞬（またた）く", "瞬", "マタタ"),
        # with kana in the word
        ("彼は頷く（うなずく）", "頷く", "ウナズク"),
        ("この取り扱い（とりあつかい）は", "取り扱い", "トリアツカイ"),
        ("その男の子（おとこのこ）が", "男の子", "オトコノコ"),
        ("お母さん（おかあさん）", "お母さん", "オカアサン"),
        ("辛い（つらい）", "辛い", "ツライ"),
        # numbers, letters, names with a space
        ("全部で3人（さんにん）", "3人", "サンニン"),
        ("１０月１日（ついたち）に", "１日", "ツイタチ"),
        ("二十歳（はたち）", "二十歳", "ハタチ"),
        ("このAI（エーアイ）は", "AI", "エーアイ"),
        ("佐々木 翔（ささき しょう）", "佐々木 翔", "ササキショウ"),
        ("佐々木翔（ささき・しょう）", "佐々木翔", "ササキショウ"),
        # kana that may be left out of the word
        ("申込（み）は", "申込", "モウシコミ"),
        ("商品の受付（け）", "受付", "ウケツケ"),
        ("申し込（み）は", "申し込", "モウシコミ"),
        # after a closing quote
        ("「憂鬱」（ゆううつ）な", "憂鬱", "ユウウツ"),
        ("『銀河鉄道の夜』（ぎんがてつどうのよる）は", "銀河鉄道の夜", "ギンガテツドウノヨル"),
        ("「本気」（マジ）で", "本気", "マジ"),
        # names by the ends of their usual readings
        ("山田大翔（やまだひろと）", "山田大翔", "ヤマダヒロト"),
        ("大輝（ひろき）", "大輝", "ヒロキ"),
        # synonyms that writers give as readings, also at the end and in katakana
        ("運命（さだめ）を", "運命", "サダメ"),
        ("これも運命（さだめ）。", "運命", "サダメ"),
        ("強敵（ライバル）が", "強敵", "ライバル"),
        ("彼女の瞳（め）は", "瞳", "メ"),
        ("あの大宇宙（ほし）に", "宇宙", "ホシ"),
        ("彼女（ひと）の", "彼女", "ヒト"),
        # hiragana in the middle of a sentence: names, and what is no word by itself
        ("心愛（ここあ）を", "心愛", "ココア"),
        ("月（るな）は", "月", "ルナ"),
        ("結城（ゆうき）の", "結城", "ユウキ"),
        # a noun in kana after a single kanji that names no kind of things; before an honorific
        ("星（あかり）", "星", "アカリ"),
        ("星（あかり）が好き", "星", "アカリ"),
        ("月（らいと）が", "月", "ライト"),
        ("愛（めぐみ）が", "愛", "メグミ"),
        ("碧（あおい）が", "碧", "アオイ"),
        ("月見里（やまなし）くん", "月見里", "ヤマナシ"),
        # the last kanji of a compound
        ("この一撃（げき）で", "撃", "ゲキ"),
        ("笑い声（ごえ）が", "声", "ゴエ"),
    ],
)
def test_furigana_in_round_brackets(text, word, kana):
    assert found(text) == [(word, kana)]


@pytest.mark.parametrize(
    "text",
    [
        "私（男）は",
        "お疲れ様（笑）",
        "うん（うなずく）",
        "そうですね。（にっこり）",
        "「行くぞ」（こくり）",
        "私は元気（にっこり）。",
        "彼は社長（びっくり）！",
        "（ためいき）行こう",
        "犬（チワワ）を飼う",
        "社長（リーダー）が",
        "日本（ジャパン）の",
        "彼女（カップル）が",
        "味は最高（さっぱり）。",
        "果物、（りんご）を",
        "「了解」（うなずく）",
        "「行く」（にやり）と",
        "果物（りんご、みかん）を",
        "明日（あす、あした）は",
        "果物（りんご）を",
        "飲み物（おちゃ）を",
        "国産果物（りんご）を",
        "魚（サケ）を",
        "彼女（さくら）は",
        "動物（しろいねこ）が",
        "昆虫（かぶとむし）を",
        "服（あかい）が",
        "学生（たち）が",
        "子供（ら）が",
        "必要事項（を）記入",
        "彼（も）は",
        "三時（ごろ）に",
        "駅（ちかく）で",
        "駅（ちかく）",
        "東京（にほん）",
        "東京（にほん）の",
        "花（さくら）を",
        "木（まつ）を",
        "妹（さくら）は",
        "味（あまい）が",
        "声（わあ）が",
        "東京（Tokyo）へ",
        "東京（）へ",
        "会議（10時）",
        "それ（これ）は",
        "パソコン（ぱそこん）は",  # kana need no reading
    ],
)
def test_what_is_spoken_stays_in_its_brackets(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "word", "kana"),
    [
        ("東京《とうけい》へ", "東京", "トウケイ"),
        ("今日《ｷｮｳ》は", "今日", "キョウ"),
        ("ｶﾞｷ《わらし》が", "ｶﾞｷ", "ワラシ"),
        ("超電磁砲《レールガン》を", "超電磁砲", "レールガン"),
        ("運命≪さだめ≫を", "運命", "サダメ"),
        ("この取り扱い《とりあつかい》は", "取り扱い", "トリアツカイ"),
        ("食べ物《たべもの》", "食べ物", "タベモノ"),
        ("食べ物《もの》", "物", "モノ"),
        ("敵から走る《にげる》", "走る", "ニゲル"),
        ("ねえ、あなた《おまえ》は", "あなた", "オマエ"),
        ("東京都《みやこ》", "東京都", "ミヤコ"),
        ("葛\U000e0100城《かつらぎ》", "葛\U000e0100城", "カツラギ"),
        ("※［＃「魚＋師のつくり」、第4水準2-93-37］《ぶり》", "※［＃「魚＋師のつくり」、第4水準2-93-37］", "ブリ"),
        ("完全《﹅﹅》に", "完全", None),
        ("完全《●●》に", "完全", None),
    ],
)
def test_ruby_after_a_word(text, word, kana):
    assert found(text) == [(word, kana)]


@pytest.mark.parametrize(
    "text",
    [
        "《かんじ》",
        "。《かんじ》",
        "本と《重要》",
        "《《完全に》》怒った",
        "本《》",
        "彼は《たすけて》と言った",
        "聞こえた《にげろ》",
    ],
)
def test_double_brackets_after_no_word_or_around_words(text):
    assert found(text) == []


_BRACKETS = ["（）", "()", "［］", "[]", "【】", "〈〉", "＜＞", "<>", "〔〕", "｛｝", "{}"]


@pytest.mark.parametrize("brackets", _BRACKETS)
@pytest.mark.parametrize(
    ("word", "reading", "rest"),
    [
        ("憂鬱", "ゆううつ", "な日"),
        ("貶", "おとし", "めた"),
        ("3人", "さんにん", "で"),
        ("本気", "マジ", "だ"),
        ("申込", "み", "は"),
    ],
)
def test_brackets_of_every_form_hold_readings(brackets, word, reading, rest):
    once = phonemize(f"{word}（{reading}）{rest}").kana
    assert phonemize(f"{word}{brackets[0]}{reading}{brackets[1]}{rest}").kana == once


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("【おしらせ】明日は休み", "オシラセアシタワヤスミ"),
        ("［もくじ］一章", "モクジイッショウ"),
        ("今日の予定\n【よてい】一章", "キョウノヨテイヨテイイッショウ"),
        ("歌手【あいみょん】が", "カシュアイミョンガ"),
        ("新曲〈ゆめ〉を", "シンキョクユメヲ"),
        ("果物［りんご］を", "クダモノリンゴヲ"),
    ],
)
def test_headings_and_titles_in_brackets_are_spoken(text, kana):
    assert phonemize(text).kana == kana


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("｜星（ライト）だ", "ライトダ"),
        ("｜憂鬱な私【これ】だ", "コレダ"),
        ("漢字｜（かんじ）を", "カンジカンジヲ"),  # a bar before the bracket: no reading
    ],
)
def test_a_bar_marks_the_word_of_brackets_of_every_form(text, kana):
    assert phonemize(text).kana == kana


def test_brackets_with_a_reading_are_spoken_once():
    assert phonemize("貶（おとし）めた憂鬱（ゆううつ）な彼（かれ）").kana == "オトシメタユウウツナカレ"


def test_each_reading_has_its_own_word():
    assert found("東（ひがし）京（みやこ）へ") == [("東", "ヒガシ"), ("京", "ミヤコ")]


def test_quotes_between_a_word_and_its_reading_stay():
    result = phonemize("「本気」（マジ）で")
    assert result.kana == "マジデ"
    assert [word.surface for word in result.words][:3] == ["「", "本気", "」"]
    assert result.unreadable == ()
