# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""User dictionaries: readings that the user sets."""

import pytest

from transformers_tsukasa.text import DictionaryError, UserDictionary, load_user_dictionary, phonemize


def readings(text: str, **options) -> list[tuple[str, str, str]]:
    result = phonemize(text, **options)
    return [(w.surface, w.pronunciation, w.source) for w in result.words if w.pronunciation]


def test_dictionary_from_csv_and_tsv(tmp_path):
    (tmp_path / "a.csv").write_text(
        "surface,reading,accent,pos\n# 人\n月代雪,ツキシロユキ,0,人名\n\n", encoding="utf-8"
    )
    (tmp_path / "b.tsv").write_text("月代雪\tつきしろゆき\n", encoding="utf-8-sig")
    for name in ("a.csv", "b.tsv"):
        assert readings("月代雪が歩く", user_dictionary=tmp_path / name)[0] == ("月代雪", "ツキシロユキ", "user")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("東京", "expected 2 to 4 values .* found 1"),
        ("東京,トウキョウ,0,名詞,x", "found 5"),
        (",トウキョウ", "surface is empty"),
        ("東京,tokyo", "'tokyo' of '東京' is not kana"),
        ("東京,", "is not kana"),
        ("東京,トウキョウ,5", "accent '5' .* from 0 .* to 4"),
        ("東京,トウキョウ,-1", "accent '-1'"),
        ("東京,トウキョウ,0,なんとか", "unknown part of speech 'なんとか'"),
        ("東,アズマ\n東,ヒガシ", "line 2.*differs from line 1"),
    ],
)
def test_wrong_lines_are_named(tmp_path, line, why):
    path = tmp_path / "words.csv"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(DictionaryError, match=why) as raised:
        UserDictionary.from_file(path)
    assert "words.csv, line " in str(raised.value)


def test_unreadable_dictionary_files_are_named(tmp_path):
    with pytest.raises(DictionaryError, match=r"missing\.csv"):
        UserDictionary.from_file(tmp_path / "missing.csv")
    (tmp_path / "sjis.csv").write_bytes("東京,トウキョウ\n".encode("shift_jis"))
    with pytest.raises(DictionaryError, match="UTF-8"):
        UserDictionary.from_file(tmp_path / "sjis.csv")


@pytest.mark.parametrize(
    ("surface", "text", "found"),
    [
        ("京都", "京都へ行く", True),
        ("京都", "東京都へ行く", False),
        ("ハル", "ハルヒコが来た", False),
        ("ハル", "ハルが来た", True),
        ("GPT", "GPTで書く", True),
        ("GPT", "ＧＰＴで書く", True),
        ("GPT", "GPTSで書く", False),
        ("はな", "はなしを聞く", False),
        ("東京都庁", "東京都庁に行く", True),
        ("ガキ", "ｶﾞｷだ", True),
        ("ｶﾞｷ", "ガキだ", True),
        ("ガキ", "か\u3099き", False),
        ("ガキ", "カ\u3099キだ", True),
        ("キ", "ｶﾞｷだ", False),
        ("ａｉ", "aiが", True),
        ("葛城", "葛\U000e0100城へ", True),
        ("Ⅱ", "2つ", False),
        ("は", "私は学生", True),
        ("へ", "東京へ行く", True),
        ("辛い", "辛いカレー", True),
        ("開い", "窓が開いた", True),
    ],
)
def test_words_are_not_found_inside_other_words(surface, text, found):
    dictionary = UserDictionary.from_mapping({surface: "テスト"})
    assert any(source == "user" for _, _, source in readings(text, user_dictionary=dictionary)) is found


def test_the_longest_word_wins():
    dictionary = UserDictionary.from_mapping({"東京": "イチ", "東京都庁": "ニ"})
    assert readings("東京都庁", user_dictionary=dictionary) == [("東京都庁", "ニ", "user")]


def test_user_accent_reaches_the_phonemes():
    dictionary = UserDictionary.from_lines(["月代雪,ツキシロ,2"])
    assert phonemize("月代雪", "clean", True, dictionary).phonemes == "tsɯ↑ki↓ɕiɽo"


def test_dictionary_survives_saving_and_lies_in_a_model_folder(tmp_path):
    dictionary = UserDictionary.from_lines(["月代雪,ツキシロユキ,0,人名", "齋藤,サイトウ"])
    assert load_user_dictionary(tmp_path) is None
    dictionary.save(tmp_path / "user_dictionary.csv")
    assert list(load_user_dictionary(tmp_path)) == list(dictionary)
    assert [path.name for path in tmp_path.iterdir()] == ["user_dictionary.csv"]


def test_merged_dictionaries_prefer_the_second():
    merged = UserDictionary.from_mapping({"東": "ヒガシ"}).merged(UserDictionary.from_mapping({"東": "アズマ"}))
    assert [entry.kana for entry in merged] == ["アズマ"]


@pytest.mark.parametrize(
    ("line", "text", "spoken"),
    [
        ("は,ハ", "私は学生", "ワタシハガクセイ"),
        ("は,ワ,,助詞", "は、私は", "ワワタシワ"),
        ("へ,ヘ,,助詞", "東京へ行く", "トウキョウヘイク"),
        ("を,ウォ,,助詞", "本を読む", "ホンウォヨム"),
        ("額,ガク", "額がいい", "ガクガイイ"),
        ("辛い,ツライ,,形容詞", "辛いカレー", "ツライカレー"),
        ("開い,ヒライ,,動詞", "店が開いた", "ミセガヒライタ"),
        ("行っ,オコナッ,,動詞", "彼が行って", "カレガオコナッテ"),
        ("本,モト,,接尾辞", "3本です", "サンモトデス"),
        ("ｶﾞｷ,ﾜﾗｼ", "ガキだ", "ワラシダ"),
        ("月代,ﾂｷ ｼﾛ", "月代だ", "ツキシロダ"),
    ],
)
def test_the_reading_of_the_user_is_spoken(line, text, spoken):
    assert phonemize(text, user_dictionary=UserDictionary.from_lines([line])).kana == spoken


def test_matches_in_half_width_know_their_places():
    (match,) = UserDictionary.from_mapping({"ガキ": "ワラシ"}).find("あのｶﾞｷだ")
    assert (match.start, match.end) == (2, 5)


def test_a_surface_of_characters_without_width_is_empty():
    with pytest.raises(DictionaryError, match="surface is empty"):
        UserDictionary.from_mapping({"\u200b": "ア"})


def test_a_file_that_cannot_be_read_is_told_without_numbers_of_the_system(tmp_path):
    with pytest.raises(DictionaryError, match="there is no user dictionary '.*missing.csv': check the path$"):
        UserDictionary.from_file(tmp_path / "missing.csv")
    with pytest.raises(DictionaryError, match="cannot be read: Is a directory$"):
        UserDictionary.from_file(tmp_path)
