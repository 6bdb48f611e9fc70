# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Better readings than the analysis gives: words that it does not know, and words whose reading depends on context.

Decimals lose their drawl (ニーテンゴー); katakana is read as it is written; endings and particles are cut off words
that the analysis glued them to, and okurigana that it cut off is joined; `reading_words` corrects readings that are
wrong in any context; `onyomi_compounds` reads compounds that no dictionary has; `heteronyms` chooses among several
readings by rules of the language. All on frozen tables in `data/`.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from ..phonemes.morae import to_katakana
from ..tables import rows
from .heteronyms import choose_readings
from .njd_words import NjdWord, count_morae, merge, phrase_start, reread
from .onyomi_compounds import read_unknown_compounds
from .reading_words import read_known_words
from .short_units import split_units


_KATAKANA_WORD = re.compile("[ァ-ヴー・]{3,}")
_LONG_VOWEL = re.compile("(?<=[ァ-ヴ])[ーアイウエオ]")
_ENDS_IN_KANJI = re.compile("[一-鿿㐀-䶿].*[一-鿿㐀-䶿]$")  # two at least: a single kanji may be a noun of its own
_TOPIC_AND_VERB = ("はい", "はいら", "はいれ", "はいり", "はいる", "はいく", "はおり", "はおら")
_SHORT_DIGITS = {"ニー": "ニ", "ゴー": "ゴ"}
_DECIMAL_POINTS = frozenset({"．", "点"})
_DIGITS = frozenset("〇一二三四五六七八九０")


def disambiguate(words: Sequence[NjdWord]) -> list[NjdWord]:
    """The words with readings that fit their context.

    Fixed words are never touched. The joined surfaces stay the same, but words may be joined or cut. A changed word
    has a `source` ("rule:word", "rule:heteronym", "model" ...) and a `note`; long vowels are spoken as a dictionary
    writes them (コウ, not コー). `alternatives` and `is_confident` (False where the evidence is thin) are set on words
    that keep their reading too.
    """
    result = _shorten_decimals(words)
    result = _keep_katakana(result)
    result = _join_okurigana(result)
    result = _cut_glued_words(result)
    result = _cut_topic_particle(result)
    result = read_known_words(result)
    result = read_unknown_compounds(result)
    return choose_readings(result)


def _shorten_decimals(words: Sequence[NjdWord]) -> list[NjdWord]:
    """The words with 二 and 五 of one mora around a decimal point: NJD reads ニーテンゴー, many say ニテンゴ."""
    result = list(words)
    for index, word in enumerate(words):
        if index == 0 or word.surface not in _DECIMAL_POINTS or word.pronunciation != "テン" or word.is_fixed:
            continue
        result = _shorten_digit(result, index - 1)
        following = index + 1
        while following < len(words) and words[following].surface in _DIGITS and not words[following].is_fixed:
            result = _shorten_digit(result, following)
            following += 1
    return result


def _shorten_digit(words: list[NjdWord], index: int) -> list[NjdWord]:
    """The words with a digit of one mora at `index`; a nucleus on the lost mora or after it moves along."""
    word = words[index]
    if word.surface not in _DIGITS or word.pronunciation not in _SHORT_DIGITS or word.is_fixed:
        return words
    head = phrase_start(words, index)
    end = sum(part.mora_count for part in words[head : index + 1])
    result = list(words)
    result[index] = word._replace(pronunciation=_SHORT_DIGITS[word.pronunciation], mora_count=word.mora_count - 1)
    if words[head].accent >= end:
        result[head] = result[head]._replace(accent=words[head].accent - 1)
    return result


def _keep_katakana(words: list[NjdWord]) -> list[NjdWord]:
    """Foreign words and names read as they are written: the dictionary has them in older forms (スイーパー)."""
    result = words
    for index, word in enumerate(words):
        written = word.surface.replace("・", "")
        if not written or not _KATAKANA_WORD.fullmatch(word.surface) or written[-1] in "ハヘ" or word.is_fixed:
            continue
        if _LONG_VOWEL.sub("", word.kana) != _LONG_VOWEL.sub("", written):
            result = reread(result, index, written)
            result[index] = result[index]._replace(
                source="rule:katakana", note=f"read as written; the dictionary has {word.kana}"
            )
    return result


@lru_cache(maxsize=1)
def _glued_words() -> dict[str, str]:
    """Word of one kana and one kanji -> reading of the kanji."""
    return dict(rows("glued_words.tsv", 2))


def _cut_glued_words(words: list[NjdWord]) -> list[NjdWord]:
    """Words of one kana and one kanji cut where they are an ending or a particle and a noun: 選ばれ|し者, 生|と死."""
    result = words[:1]
    for before, word in zip(words, words[1:], strict=False):
        reading = _glued_words().get(word.surface)
        if reading is None or word.is_fixed:
            result.append(word)
            continue
        kana, kanji = word.surface[0], word.surface[1]
        is_ending = kana == "し"
        if before.pos not in (("動詞", "形容詞", "助動詞") if is_ending else ("名詞", "接頭詞")):
            result.append(word)
            continue
        ending = word._replace(
            surface=kana,
            lemma=kana,
            kana=to_katakana(kana),
            pronunciation="ワ" if kana == "は" else to_katakana(kana),
            mora_count=1,
            accent=0,
            continues_phrase=True,
            pos="助動詞" if is_ending else "助詞",
            pos_details=("*" if is_ending else "格助詞", "*", "*"),
            source="rule:particle",
            note=f"{kana} belongs to the word before it",
        )
        noun = word._replace(
            surface=kanji,
            lemma=kanji,
            kana=reading,
            pronunciation=reading,
            mora_count=count_morae(reading),
            accent=0,
            continues_phrase=False,
            pos="名詞",
            pos_details=("一般", *word.pos_details[1:]),
        )
        result += [ending, noun]
    return result


def _join_okurigana(words: list[NjdWord]) -> list[NjdWord]:
    """Words that the dictionary has without their okurigana joined with it: 飢え死|に is ウエジニ and no ニ more."""
    result = words
    index = 0
    while index + 1 < len(result):
        word, kana = result[index], result[index + 1].surface
        may_lack = len(kana) == 1 and word.kana[-1:] == to_katakana(kana) and _ENDS_IN_KANJI.search(word.surface)
        if may_lack and not word.is_fixed and not result[index + 1].is_fixed:
            units = split_units(word.surface + kana)
            if [unit.reading for unit in units] == [word.kana]:
                result = merge(result, index, index + 2, word.kana)
                result[index] = result[index]._replace(source="rule:word", note=f"{units[0].surface} is one word")
        index += 1
    return result


def _cut_topic_particle(words: list[NjdWord]) -> list[NjdWord]:
    """は cut off a verb that the analysis glued it to: して|はいら|れない is して|は|いら|れない."""
    result = words[:1]
    for before, word in zip(words, words[1:], strict=False):
        follows_te = before.surface in ("て", "で") and before.detail == "接続助詞"
        if not follows_te or word.surface not in _TOPIC_AND_VERB or word.pos != "動詞" or word.is_fixed:
            result.append(word)
            continue
        particle = word._replace(
            surface="は",
            lemma="は",
            kana="ハ",
            pronunciation="ワ",
            mora_count=1,
            accent=0,
            continues_phrase=True,
            pos="助詞",
            pos_details=("係助詞", "*", word.pos_details[2]),
            conjugation_type="*",
            conjugation_form="*",
            source="rule:particle",
            note="は after て is the particle",
        )
        rest = word.surface[1:]
        verb = word._replace(
            surface=rest,
            lemma="いる",
            kana=to_katakana(rest),
            pronunciation=to_katakana(rest),
            pos_details=("非自立", *word.pos_details[1:]),
            conjugation_type="一段",
            mora_count=len(rest),
            accent=min(word.accent, len(rest)),
            continues_phrase=False,
        )
        result += [particle, verb]
    return result
