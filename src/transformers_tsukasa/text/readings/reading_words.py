# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words that the analysis misreads whatever stands around them, with their readings (frozen tables).

Three tables in `data/`, tab separated, `#` begins a comment:

- `reading_words.tsv` (surface, readings, accent): nouns and other words without inflection whose reading by
  pyopenjtalk-plus agrees with neither UniDic nor SudachiDict, while those two agree (or only one has the word).
- `reading_verbs.tsv` (base form, readings, class 5/1/i): the same for verbs and adjectives.
- `reading_extra.tsv` (as the first): written by hand: literary words, four-character idioms, rendaku compounds.

A reading `=` only joins the words (十|分), so that `heteronyms` can choose; never inside a number (二|十|分).
The readings of one line are separated by `/`, the usual one first: a word that already has one of them is left alone.
A word counts only where it begins and ends with words of the analysis, so it never cuts another word in two.
"""

from functools import lru_cache

from ..tables import rows
from .njd_words import is_fixed, katakana, merge, reread


_MAX_WORDS = 6
_JOIN = "="
# The kana that can follow the stem of a five-row verb, by the last kana of its base form.
_ROWS = {
    "う": "わいうえおっ",
    "く": "かきくけこい",
    "ぐ": "がぎぐげごい",
    "す": "さしすせそ",
    "つ": "たちつてとっ",
    "ぬ": "なにぬねのん",
    "ぶ": "ばびぶべぼん",
    "む": "まみむめもん",
    "る": "らりるれろっ",
}
_BARE_ONE_ROW_ENDINGS = "るれろよたてなまら"  # of a one-row verb written without any kana of its stem
_ADJECTIVE_ENDINGS = "いくかけさそきし"
_SAME_SOUND = str.maketrans({"ヂ": "ジ", "ヅ": "ズ", "ヲ": "オ"})


class _Table:
    """All three tables, indexed by the first character."""

    def __init__(self) -> None:
        self.words: dict[str, tuple[tuple[str, ...], int | None]] = {}
        self.verbs: dict[str, tuple[tuple[str, ...], str]] = {}  # base form -> stem readings, kana that may follow
        self.stems: dict[str, tuple[tuple[str, ...], str]] = {}  # written stem -> the same
        self.first: set[str] = set()
        self.stem_lengths: dict[str, list[int]] = {}
        for name in ("reading_words.tsv", "reading_extra.tsv"):
            for surface, readings, accent in rows(name, 3):
                self.words[surface] = (tuple(readings.split("/")), int(accent) if accent.isdigit() else None)
                self.first.add(surface[0])
        for base, readings, conjugation in rows("reading_verbs.tsv", 3):
            stem = base[:-1]
            follow = {"5": _ROWS.get(base[-1], ""), "i": _ADJECTIVE_ENDINGS}.get(conjugation, "")
            if not follow and not "ぁ" <= stem[-1] <= "ゖ":
                follow = _BARE_ONE_ROW_ENDINGS
            self.verbs[base] = self.stems[stem] = (tuple(r[:-1] for r in readings.split("/")), follow)
            lengths = self.stem_lengths.setdefault(stem[0], [])
            if len(stem) not in lengths:
                lengths.append(len(stem))
                lengths.sort(reverse=True)


@lru_cache(maxsize=1)
def _table() -> _Table:
    return _Table()


def read_known_words(njd: list[dict]) -> None:
    """Corrects, in place, the words of `njd` that the tables know; each is marked with source and note."""
    table = _table()
    index = 0
    while index < len(njd):
        word = njd[index]
        first = word["string"][:1]
        if first in table.first:
            _read_word(njd, index, table)
        if first in table.stem_lengths:
            _read_verb(njd, index, table)
        index += 1


def is_known_word(surface: str) -> bool:
    """Whether the tables have `surface` as a word without inflection."""
    return surface in _table().words


def _read_word(njd: list[dict], index: int, table: _Table) -> None:
    surface = ""
    best = None
    for end in range(index, min(index + _MAX_WORDS, len(njd))):
        if is_fixed(njd[end]):
            break
        surface += njd[end]["string"]
        if surface in table.words and (end == index or njd[end]["orig"] != "する"):
            best = (end + 1, surface)
    if best is None:
        return
    end, surface = best
    readings, accent = table.words[surface]
    if readings == (_JOIN,):
        if not (index > 0 and njd[index - 1]["pos_group1"] == "数") and end > index + 1:
            merge(njd, index, end, "".join(word["read"] for word in njd[index:end]))
        return
    present = "".join(word["read"] for word in njd[index:end])
    if any(_same(present, reading) for reading in readings):
        return
    if end == index + 1:
        reread(njd, index, readings[0], accent=accent)
    else:
        merge(njd, index, end, readings[0], accent=accent)
    _mark(njd[index], surface, present, readings)


def _read_verb(njd: list[dict], index: int, table: _Table) -> None:
    word = njd[index]
    if is_fixed(word):
        return
    if word["pos"] in ("動詞", "形容詞"):
        known = table.verbs.get(word["orig"])
        if known is not None and word["string"].startswith(word["orig"][:-1]):
            tail = katakana(word["string"][len(word["orig"]) - 1 :])
            present = word["read"]
            if not any(_same(present, stem + tail) for stem in known[0]):
                reread(njd, index, known[0][0] + tail)
                _mark(njd[index], word["orig"], present, known[0])
            return
    text = "".join(w["string"] for w in njd[index : index + _MAX_WORDS])
    for length in table.stem_lengths[word["string"][0]]:
        known = table.stems.get(text[:length])
        if known is None:
            continue
        if known[1] and not _can_follow(text[length : length + 2], known[1]):
            continue
        end = _stem_end(njd, index, length)
        if end is not None:
            _merge_verb(njd, index, end, length, known)
            return


def _can_follow(text: str, follow: str) -> bool:
    """True where `text` can continue a stem: い, っ and ん of the euphonic forms want た, て, だ or で after them."""
    if not text or text[0] not in follow:
        return False
    euphonic = text[0] in "っん" or (text[0] == "い" and follow[-1] == "い")
    return not euphonic or text[1:] in tuple("たてだでとちじ")


def _stem_end(njd: list[dict], index: int, length: int) -> int | None:
    """One past the word in which a stem of `length` characters ends, or None where the words speak against a verb."""
    end, size = index, 0
    while size < length and end < len(njd):
        if is_fixed(njd[end]):
            return None
        size += len(njd[end]["string"])
        end += 1
    tail = njd[end - 1]["string"][len(njd[end - 1]["string"]) - (size - length) :] if size > length else ""
    if tail and not all("ぁ" <= kana <= "ゖ" for kana in tail):
        return None
    single = end == index + 1
    if single and (njd[index]["pos"] in ("動詞", "形容詞", "助動詞") or size > length):
        return None  # the dictionary knows it as another word
    if size == length:  # the ending is the next word: a particle there means that this is a noun
        following = njd[end] if end < len(njd) else None
        if length == 1 and (following is None or following["pos"] in ("助詞", "記号")):
            return None
        if (
            following is not None
            and following["pos"] in ("助詞", "助動詞")
            and following["string"] in "がをにでとはもだな"
        ):
            return None
    return end


def _merge_verb(njd: list[dict], index: int, end: int, length: int, known: tuple[tuple[str, ...], str]) -> None:
    following = njd[end] if end < len(njd) else None
    surface = "".join(word["string"] for word in njd[index:end])
    ending = following["string"] if following is not None and following["pos"] not in ("助詞", "助動詞") else ""
    if len(surface) == length and len(ending) == 1 and ending in known[1]:
        end += 1
        surface += ending
    tail = katakana(surface[length:])
    present = "".join(word["read"] for word in njd[index:end])
    if any(_same(present, stem + tail) for stem in known[0]):
        return
    if end == index + 1:
        reread(njd, index, known[0][0] + tail)
    else:
        merge(njd, index, end, known[0][0] + tail)
    njd[index].update(pos="動詞", pos_group1="自立", pos_group2="*", pos_group3="*")
    _mark(njd[index], surface, present, known[0])


def _same(first: str, second: str) -> bool:
    """True where two readings differ only in how ジ/ヂ, ズ/ヅ and ヲ/オ are written."""
    return first.translate(_SAME_SOUND) == second.translate(_SAME_SOUND)


def _mark(word: dict, surface: str, present: str, readings: tuple[str, ...]) -> None:
    word["tsukasa_source"] = "rule:word"
    word["tsukasa_note"] = f"{surface} is not read {present}"
    word["tsukasa_alternatives"] = tuple(readings[1:])
    word["tsukasa_confident"] = True
