# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Better readings than the analysis gives: words that it does not know, and words whose reading depends on context.

Four steps over pyopenjtalk's NJD list: katakana is read as it is written; `reading_words` corrects what the analysis
misreads whatever stands around it; `onyomi_compounds` reads compounds that no dictionary has; `heteronyms` chooses
among several readings by rules of the language. All on frozen tables in `data/`.
"""

import re
from functools import lru_cache

from ..tables import rows
from .heteronyms import choose_readings
from .njd_words import count_morae, is_fixed, katakana, reread
from .onyomi_compounds import read_unknown_compounds
from .reading_words import read_known_words


_KATAKANA_WORD = re.compile("[ァ-ヴー]{3,}")
_LONG_VOWEL = re.compile("(?<=[ァ-ヴ])[ーアイウエオ]")
_TOPIC_AND_VERB = ("はい", "はいら", "はいれ", "はいり", "はいる", "はいく", "はおり", "はおら")


def disambiguate(njd: list[dict], text: str | None = None) -> list[dict]:
    """The words of `njd` with readings that fit their context.

    Args:
        njd: words as pyopenjtalk's `run_frontend` returns them. Words with `is_reading_protected`, `tsukasa_fixed`
            or `tsukasa_piece` are never touched.
        text: the sentence; not needed, the words' strings tell it.

    Returns:
        A new list of new dicts. `string`s joined are the same as before, but words can be joined. A changed word has
        `read` and `pron` (equal, long vowels as written in a dictionary: コウ, not コー), `mora_size`, `acc`, and
        `tsukasa_source` ("rule:word", "rule:heteronym"), `tsukasa_note`. `tsukasa_alternatives` (other possible
        readings) and `tsukasa_confident` (False where the evidence is thin) stand on unchanged words too.
    """
    del text
    result = [dict(word) for word in njd]
    _keep_katakana(result)
    _cut_glued_words(result)
    _cut_topic_particle(result)
    read_known_words(result)
    read_unknown_compounds(result)
    choose_readings(result)
    return result


def _keep_katakana(njd: list[dict]) -> None:
    """Foreign words and names are read as they are written: the dictionary has them in older forms (スイーパー)."""
    for index, word in enumerate(njd):
        written = word["string"]
        if not _KATAKANA_WORD.fullmatch(written) or written[-1] in "ハヘ" or is_fixed(word):
            continue
        if _LONG_VOWEL.sub("", word["read"]) != _LONG_VOWEL.sub("", written):
            old = word["read"]
            reread(njd, index, written)
            word["tsukasa_source"] = "rule:katakana"
            word["tsukasa_note"] = f"read as written; the dictionary has {old}"


@lru_cache(maxsize=1)
def _glued_words() -> dict[str, str]:
    return dict(rows("glued_words.tsv", 2))


def _cut_glued_words(njd: list[dict]) -> None:
    """Cuts a word of mixed kana and kanji where it is an ending or a particle and a noun: 選ばれ|し者, 生|と死."""
    glued = _glued_words()
    for index in range(len(njd) - 1, 0, -1):
        word = njd[index]
        reading = glued.get(word["string"])
        if reading is None or is_fixed(word):
            continue
        kana, kanji = word["string"]
        before = njd[index - 1]["pos"]
        if before not in (("動詞", "形容詞", "助動詞") if kana == "し" else ("名詞", "接頭詞")):
            continue
        sound = "ワ" if kana == "は" else katakana(kana)
        ending = dict(word, string=kana, orig=kana, read=katakana(kana), pron=sound, mora_size=1, acc=0, chain_flag=1)
        pos = ("助動詞", "*") if kana == "し" else ("助詞", "格助詞")
        ending.update(pos=pos[0], pos_group1=pos[1], pos_group2="*", pos_group3="*", chain_rule="*")
        ending.update(tsukasa_source="rule:particle", tsukasa_note=f"{kana} belongs to the word before it")
        noun = dict(word, string=kanji, orig=kanji, read=reading, pron=reading, mora_size=len(reading), chain_flag=0)
        noun.update(pos="名詞", pos_group1="一般", mora_size=count_morae(reading), acc=0)
        njd[index : index + 1] = [ending, noun]


def _cut_topic_particle(njd: list[dict]) -> None:
    """Cuts は off a verb that the analysis has glued it to: して|はいら|れない is して|は|いら|れない."""
    for index in range(len(njd) - 1, 0, -1):
        word = njd[index]
        if word["string"] not in _TOPIC_AND_VERB or word["pos"] != "動詞" or is_fixed(word):
            continue
        before = njd[index - 1]
        if not (before["string"] in ("て", "で") and before["pos_group1"] == "接続助詞"):
            continue
        particle = dict(word, string="は", orig="は", read="ハ", pron="ワ", mora_size=1, acc=0, chain_flag=1)
        particle.update(pos="助詞", pos_group1="係助詞", pos_group2="*", ctype="*", cform="*")
        particle.update(tsukasa_source="rule:particle", tsukasa_note="は after て is the particle")
        rest = word["string"][1:]
        verb = dict(word, string=rest, orig="いる", read=katakana(rest), pron=katakana(rest), pos_group1="非自立")
        verb.update(ctype="一段", mora_size=len(rest), acc=min(word["acc"], len(rest)), chain_flag=0)
        njd[index : index + 1] = [particle, verb]
