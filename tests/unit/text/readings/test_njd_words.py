# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words of the analysis: another reading, several words made one, the accent of unknown nouns."""

import pytest

from support.analysed_words import analysed, njd_word
from transformers_tsukasa.text.phonemes.morae import split_morae
from transformers_tsukasa.text.readings.njd_words import count_morae, guess_accent, merge, reread


def phrase(*sizes: int, accent: int) -> list:
    """Words of one accent phrase with so many morae, its nucleus at `accent`."""
    return [
        njd_word("語" * size, "ア" * size, accent=accent if index == 0 else 0, continues_phrase=index > 0)
        for index, size in enumerate(sizes)
    ]


@pytest.mark.parametrize(
    ("accent", "index", "size", "nucleus"),
    [
        (5, 0, 4, 7),  # after the word: it moves with what follows
        (5, 1, 1, 3),  # inside the word: as far as the word is long enough
        (4, 1, 2, 4),
        (1, 1, 5, 1),  # before the word: it stays
        (0, 0, 5, 0),
    ],
)
def test_rereading_moves_the_nucleus_of_the_phrase(accent, index, size, nucleus):
    words = phrase(2, 3, 2, accent=accent)
    given = list(words)
    result = reread(words, index, "カ" * size)
    assert words == given
    assert result[0].accent == nucleus
    assert (result[index].kana, result[index].pronunciation, result[index].mora_count) == ("カ" * size,) * 2 + (size,)
    assert [word for place, word in enumerate(result) if place not in (0, index)] == [
        word for place, word in enumerate(words) if place not in (0, index)
    ]


@pytest.mark.parametrize(
    ("accent", "follower", "nucleus"),
    [(1, "名詞", 2), (0, "助詞", 2), (0, "名詞", 0), (3, "名詞", 4)],
)
def test_the_accent_of_a_reading_counts_where_the_word_rules_its_phrase(accent, follower, nucleus):
    words = [njd_word("心", "ココ", accent=accent), njd_word("が", "ガガ", pos=follower, continues_phrase=True)]
    assert reread(words, 0, "シンゾ", accent=2)[0].accent == nucleus


def test_merging_joins_surfaces_and_keeps_the_phrase():
    words = analysed("月華が")
    given = list(words)
    merged = merge(words, 0, len(words) - 1, "ゲッカ")
    assert words == given
    assert [word.surface for word in merged] == ["月華", "が"]
    assert (merged[0].mora_count, merged[0].pos, merged[0].pos_details) == (3, "名詞", ("一般", "*", "*"))
    assert merged[0].continues_phrase == words[0].continues_phrase


def test_merging_keeps_the_conjugation_of_a_verb():
    verb = njd_word("上がら", "アガラ", pos="動詞", conjugation_form="未然形", lemma="上がる")
    (merged,) = merge([njd_word("起", "キ"), verb], 0, 2, "オキアガラ")
    assert (merged.pos, merged.conjugation_form, merged.lemma) == ("動詞", "未然形", "起上がる")


@pytest.mark.parametrize(("accents", "nucleus"), [((0, 0), 0), ((1, 2), 4), ((1, 0), 0)])
def test_a_merged_word_has_the_nucleus_of_its_last_phrase(accents, nucleus):
    words = [njd_word("月" * 2, "ツキ", accent=accents[0]), njd_word("花" * 3, "ハナビ", accent=accents[1])]
    (merged,) = merge(words, 0, 2, "ツキハナビ")
    assert merged.accent == nucleus
    assert merge(words, 0, 2, "ツキハナビ", accent=5)[0].accent == 5


def test_small_kana_and_devoicing_marks_are_no_morae():
    assert [count_morae(kana) for kana in ("キョウ", "ファッション", "ク’サ", "")] == [2, 4, 2, 0]


def test_words_cannot_be_changed():
    with pytest.raises(AttributeError):
        njd_word("花", "ハナ").kana = "カ"


@pytest.mark.parametrize(
    ("kana", "nucleus"), [("トマト", 1), ("バナナ", 1), ("オレンジ", 2), ("サッカー", 1), ("ア", 1), ("", 0)]
)
def test_accent_of_unknown_nouns(kana, nucleus):
    assert guess_accent(split_morae(kana)) == nucleus
