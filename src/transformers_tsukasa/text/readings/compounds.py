# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Compound nouns and names that pyopenjtalk's dictionary lacks, read as Sudachi's dictionary has them.

Where the analysis puts a word together from its characters (乙女 + 心, 声 + 道), each part has a reading of its own
and the whole is often wrong. Sudachi's dictionary, which comes with pyopenjtalk-plus, has many such words as a whole.
Only words that do not inflect: whole verbs of the other dictionary are as often wrong as right.
"""

import re
import threading
from typing import Any

import sudachipy

from ..phonemes.morae import comparable_morae, is_kana, split_morae


_KANJI = re.compile("[一-鿿㐀-䶿々]")
_PARTS_OF_SPEECH = frozenset({"名詞", "形状詞", "副詞"})
_MIN_KANJI = 2
_MAX_WORDS = 6
_local = threading.local()
_dictionaries: list[sudachipy.Dictionary] = []
_lock = threading.Lock()


def sudachi_tokenizer(mode: sudachipy.SplitMode) -> sudachipy.Tokenizer:
    """Sudachi's analyser for this thread; the dictionary is shared."""
    tokenizers = _local.__dict__.setdefault("tokenizers", {})
    key = str(mode)
    if key not in tokenizers:
        with _lock:
            if not _dictionaries:
                _dictionaries.append(sudachipy.Dictionary(dict="core"))
        tokenizers[key] = _dictionaries[0].tokenizer(mode=mode)
    return tokenizers[key]


def read_compounds(njd: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """The words of `njd`, those together that Sudachi's dictionary has as one noun with another reading.

    Args:
        njd: NJD words whose `string`s make up `text`, save for spaces.
        text: what was analysed.

    Returns:
        The list, with joined words marked by `tsukasa_source` "rule:compound". Words with a reading that is protected,
        or that another rule has chosen, are left alone, and so are numbers.
    """
    if not _has_candidates(njd):
        return njd
    starts, ends = _edges(njd, text)
    result = list(njd)
    for morpheme in reversed(list(sudachi_tokenizer(sudachipy.SplitMode.C).tokenize(text))):
        first, last = starts.get(morpheme.begin()), ends.get(morpheme.end())
        if first is None or last is None or last < first or not _is_compound(morpheme, njd[first : last + 1]):
            continue
        if first > 0 and njd[first - 1].get("pos_group1") == "数":  # 七人前 is seven of something, not 七 and 人前
            continue
        result[first : last + 1] = [_joined(njd[first : last + 1], morpheme.reading_form())]
    return result


def _has_candidates(njd: list[dict[str, Any]]) -> bool:
    """Whether two words with kanji stand side by side, or one is unknown."""
    kanji = [_KANJI.search(entry["string"]) is not None for entry in njd]
    pairs = zip(kanji, kanji[1:], strict=False)
    return any(left and right for left, right in pairs) or any(entry.get("tsukasa_unknown") for entry in njd)


def _edges(njd: list[dict[str, Any]], text: str) -> tuple[dict[int, int], dict[int, int]]:
    """Place where a word starts, and where it ends, to its index."""
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    position = 0
    for index, entry in enumerate(njd):
        place = text.find(entry["string"], position)
        if place < 0:
            continue
        starts[place] = index
        position = place + len(entry["string"])
        ends[position] = index
    return starts, ends


def _is_compound(morpheme: sudachipy.Morpheme, words: list[dict[str, Any]]) -> bool:
    pos, detail = morpheme.part_of_speech()[:2]
    if pos not in _PARTS_OF_SPEECH or detail == "数詞" or morpheme.is_oov():
        return False
    if len(words) > _MAX_WORDS or len(_KANJI.findall(morpheme.surface())) < _MIN_KANJI:
        return False
    if len(words) == 1 and not words[0].get("tsukasa_unknown"):
        return False
    if "".join(word["string"] for word in words) != morpheme.surface():
        return False
    if any(_is_settled(word) for word in words):
        return False
    reading = morpheme.reading_form()
    spoken = "".join(character for word in words for character in word["pron"] if is_kana(character))
    return is_kana(reading) and comparable_morae(reading) != comparable_morae(spoken)


def _is_settled(word: dict[str, Any]) -> bool:
    return (
        "tsukasa_piece" in word
        or "tsukasa_source" in word
        or bool(word.get("is_reading_protected"))
        or word["pos_group1"] == "数"
        or word["pos"] == "記号"
    )


def _joined(words: list[dict[str, Any]], reading: str) -> dict[str, Any]:
    """One word for several; the accent of its phrase stays where it is, as far as the word is long enough."""
    whole = dict(words[0])
    size = len(split_morae(reading))
    whole.update(
        string="".join(word["string"] for word in words),
        orig="".join(word["string"] for word in words),
        read=reading,
        pron=reading,
        mora_size=size,
        acc=min(words[0]["acc"], size),
        pos=words[-1]["pos"],
        tsukasa_source="rule:compound",
        tsukasa_note="a compound that the second dictionary has as a whole",
        tsukasa_alternatives=("".join(word["read"] for word in words),),
    )
    whole.pop("tsukasa_unknown", None)
    return whole
