# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Every step of the front-end takes time linear in the length of its input, whatever is written there."""

import contextlib

import pytest

from support.cost import cpu_seconds, repeated, takes_linear_time
from transformers_tsukasa import TsukasaTokenizer
from transformers_tsukasa.text import NothingToReadError, Phonemizer, UserDictionary, split_sentences
from transformers_tsukasa.text.accents.learned_accents import with_accent_origins
from transformers_tsukasa.text.explanation import explain_word
from transformers_tsukasa.text.normalization.character_folding import fold
from transformers_tsukasa.text.normalization.english import read_word
from transformers_tsukasa.text.normalization.normalization import normalize
from transformers_tsukasa.text.phonemes.morae import is_kana, to_katakana
from transformers_tsukasa.text.phonemes.rendering import PROFILES, render
from transformers_tsukasa.text.phonemization import Phonemization
from transformers_tsukasa.text.pieces import split_pieces
from transformers_tsukasa.text.readings.short_units import cut_reading
from transformers_tsukasa.text.timing import time_words
from transformers_tsukasa.text.types import Word
from transformers_tsukasa.text.utterances import iter_utterances


# What repeats: one character, pairs, words; scripts, digits, marks, brackets, markup, invisible characters.
_WRITINGS = """
え ア ー っ ん あっ 々 ゝ ｶﾞ か\u3099 \u3099 あ゙ 漢 鬱 東京都 月華 今日は
1 0 1, 1. 1- 1: 1/ 1万 12,345 １ ① ½ ² 〇 一 一・ 二三 割一分
a A sushi a- a' a. A& é love qz www. a@ a% http://a.com/ .com
。 、 ！ … . ! " ・ 〜 「 」 「」 ( （ [ 《 》 ｜ | < { ＊ /
｜漢《かん》 漢《 <ruby> <ruby>漢<rt> </ruby> {漢|かん} ［＃ [pause: <break/> (^^) × ○
😀 👩\u200d👧 \u200d \u200b \ufe0f e\u0301 한 ا я α αあ ไ 𠮷 \ue000 \x00 \ud800
はい。 けふやう やう すもももももももものうち 家にいます
"""
_WITH_SPACES = (" ", "　", "\n", "あ ", "1 ", "the ")
_NORMALIZED = """
1: 1万 1万1億 ○ × αあ яあ やう うへ 二・三あ a% a+ .com a.com% 1; a- 月・ (1 ^2 〇一 R1.1.1 1,234, ａ ｱﾞ 々々 。 「
"""
_MARKUP = "漢 か ー 漢《 《 ｜漢 {漢 [[rb: <ruby> <ruby ［＃ ※［＃ 漢（"
_SENTENCES = 'はい。 。 " 「 「。 」 ！？ a.b? www.a? あ、 漢'


@pytest.fixture(scope="module")
def phonemizer():
    reader = Phonemizer()
    reader("今日は東京で 3 個の sushi を食べた。")  # loads the tables
    return reader


def _read(phonemizer, text):
    with contextlib.suppress(NothingToReadError):
        reading = phonemizer(text)
        time_words(reading, range(len(reading.phonemes) + 1), range(1, len(reading.phonemes) + 2))
        # What accents and explanations do after the same analysis, once.
        words, origins = with_accent_origins(reading.words)
        render(words, "clean", accent=True)
        assert all(explain_word(word, text, origins.get(index)) for index, word in enumerate(words))


@pytest.mark.slow
@pytest.mark.parametrize("unit", [*_WRITINGS.split(), *_WITH_SPACES])
def test_reading_takes_linear_time(phonemizer, unit):
    assert takes_linear_time(lambda text: _read(phonemizer, text), repeated(unit), 400)


def test_whether_a_text_is_kana_shows_at_its_first_characters():
    """Each of the words of a long number asks for all of its digits."""
    row = "0" * 100_000
    once = cpu_seconds(to_katakana, row)
    assert cpu_seconds(lambda text: [is_kana(text) for _ in range(100)], row) < once


@pytest.mark.parametrize("unit", [*_NORMALIZED.split(), "000 ", "I have 3 cats ", "no "])
def test_normalization_takes_linear_time(unit):
    assert takes_linear_time(normalize, repeated(unit), 1000)
    assert takes_linear_time(fold, repeated(unit), 4000)


def test_numbers_that_end_in_another_number_are_read_in_linear_time():
    assert takes_linear_time(normalize, lambda size: "111 " * (size // 4) + "1111", 2000)
    assert takes_linear_time(normalize, lambda size: "1:" * (size // 2) + "あ", 2000)


@pytest.mark.parametrize("unit", _MARKUP.split())
def test_markup_is_found_in_linear_time(unit):
    assert takes_linear_time(lambda text: split_pieces(text, None), lambda size: repeated(unit)(size) + "《", 1000)


@pytest.mark.parametrize("unit", [*_SENTENCES.split(), "あ。 ", "\n", " ", "＊\n"])
def test_splitting_takes_linear_time(unit):
    assert takes_linear_time(split_sentences, repeated(unit), 3000)
    assert takes_linear_time(lambda text: list(iter_utterances([text])), repeated(unit), 3000)


@pytest.mark.parametrize("unit", ["a", "qz", "shi", "thequickbrownfox", "camelCase"])
def test_long_latin_words_are_read_in_linear_time(unit):
    assert takes_linear_time(read_word, repeated(unit), 2000)


def test_a_reading_is_cut_in_linear_time():
    def cut(parts):
        assert cut_reading("".join(parts), parts) == parts
        assert cut_reading("".join(parts), ["イ", *parts[1:]]) is None  # too long to be compared

    assert takes_linear_time(cut, lambda size: ["エ", "アカ"] * size, 2000)


@pytest.mark.parametrize("mark", ["【", "＊", "～", "！"])
@pytest.mark.parametrize("profile", PROFILES)
def test_marks_are_written_in_linear_time(mark, profile):
    def words(size):
        kana = {"kana": "ッ", "pronunciation": "ッ", "accent": 0, "starts_accent_phrase": True}
        silent = {**kana, "kana": "", "pronunciation": ""}
        end = 1 + size
        return [Word("ッ", 0, 1, **kana), Word(mark * size, 1, end, **silent), Word("ッ", end, end + 1, **kana)]

    assert takes_linear_time(lambda given: render(given, profile), words, 4000)


def test_a_word_of_many_morae_is_timed_in_linear_time():
    def phonemization(size):
        word = Word("あか" * size, 0, 2 * size, "アカ" * size, "アカ" * size, 0, True)
        phonemes = render([word], "clean")
        return Phonemization(word.surface, phonemes.symbols, (word,), tuple(phonemes.owners))

    def time(reading):
        count = len(reading.phonemes) + 1
        (timed,) = time_words(reading, range(count), range(1, count + 1))
        assert len(timed.morae) == len(reading.morae)

    assert takes_linear_time(time, phonemization, 1000)


def test_a_dictionary_is_searched_in_a_time_that_does_not_grow_with_its_entries():
    text = "亜" * 1000
    dictionaries = {size: UserDictionary.from_mapping(_entries(size)) for size in (500, 4000)}

    def seconds(size):
        return min(cpu_seconds(dictionaries[size].find, text) for _ in range(3))

    assert seconds(4000) < 3 * seconds(500)
    assert takes_linear_time(dictionaries[4000].find, repeated("亜"), 1000)


def _entries(count):
    return {f"亜{chr(0x5000 + place)}": "ア" for place in range(count)}


def test_unknown_symbols_are_dropped_in_linear_time():
    tokenizer = TsukasaTokenizer(phonemize=False, unknown="drop")
    assert takes_linear_time(tokenizer, repeated("aж"), 2000)


@pytest.mark.parametrize(("sign", "kana"), [("1", "イチ"), ("Q", "キュー"), ("バ", "バ")])
def test_nothing_of_a_long_reading_is_lost(phonemizer, sign, kana):
    assert phonemizer(sign * 400).kana == kana * 400
