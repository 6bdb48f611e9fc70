# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words that the analysis misreads in any context, with their readings (frozen tables).

Three tables in `data/`, tab separated, `#` begins a comment:

- `reading_words.tsv` (surface, readings, accent): nouns and other words without inflection whose reading by
  pyopenjtalk-plus agrees with neither UniDic nor SudachiDict, while those two agree (or only one has the word).
- `reading_verbs.tsv` (base form, readings, class 5/1/i): the same for verbs and adjectives; 5* and i* for those whose
  base form the analysis may read right, but not all other forms.
- `reading_extra.tsv` (as the first): written by hand: literary words, four-character idioms, rendaku compounds.

A reading `=` only joins the words (十|分), so that `heteronyms` can choose; never inside a number (二|十|分).
The readings of one line are separated by `/`, the usual one first: a word that already has one of them is left alone.
A word counts only where it begins and ends with words of the analysis, so it never cuts another word in two.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..phonemes.morae import to_katakana
from ..tables import rows
from .njd_words import INFLECTED, NjdWord, merge, reread


_INFLECTED_OR_ENDING = (*INFLECTED, "助動詞")
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
# Endings that no noun can have after it, by the way in which a word inflects. A verb of five rows writes the kana of
# its row there ({a}, {i}, {e}, {o}), or the sound of its euphonic form ({te}).
_CLEAR_ENDINGS = {
    "5": "{a}(?:な[いかくけき]|ね[えぇー]|ず|ぬ|れ[るたてばなまずよら]|せ[るたてばなまずよら]|さ[れせ])"
    "|{i}(?:ま[すしせ]|た[いかくけ]|ながら|つつ|そう[だでに]|すぎ|やす|にく)|{e}(?:ば|る|た|ま[すしせ]|な[いかく])|{o}う|{te}",
    "1": "[たて]|ま[すしせ]|られ|れば|ながら|そう[だでに]|すぎ",
    "i": "かっ|けれ|く(?:な[いかくるりっ]|て)|そう[だでに]",
    # Without forms that another verb may share (勝って of 勝つ and 勝る, 焦れる of its own).
    "5*": "{a}(?:な[いかくけき]|ず|ぬ)|{i}(?:ま[すしせ]|た[いかくけ]|ながら|つつ)|{e}ば|{o}う",
    "i*": "かっ|けれ|く(?:な[いかくるりっ]|て)",
}
_EUPHONIC = {
    # って may quote a noun, too, unless a verb follows that makes a phrase with it.
    **dict.fromkeys(
        "うつる",
        "っ(?:た|ちゃ|と[いくけ]"
        "|て(?:い[るたてまなれ]|しま|き[たて]|く[るれだ]|み[るたて]|お[くいけり]|や[るっり]|から))",
    ),
    **dict.fromkeys("ぬぶむ", "ん(?:だ|で)"),
    "く": "い(?:た|て|ちゃ|と[いくけ])",
    "ぐ": "い(?:だ|で)",
    "す": "し(?:た|て|ちゃ)",
}
_BARE_ONE_ROW_ENDINGS = "るれろよたてなまら"  # of a one-row verb written without any kana of its stem
_ADJECTIVE_ENDINGS = "いくかけさそきし"
_SAME_SOUND = str.maketrans({"ヂ": "ジ", "ヅ": "ズ", "ヲ": "オ"})


@dataclass(frozen=True)
class _Stem:
    """Readings of the stem of a verb or adjective, the usual one first, and the kana that may follow it.

    `clear` matches endings by which it is certainly none of a noun. Of a verb or adjective that the analysis has too
    (`is_known`), only clear endings count.
    """

    readings: tuple[str, ...]
    endings: str
    clear: re.Pattern[str]
    is_known: bool


@dataclass(frozen=True)
class _Tables:
    """All three tables."""

    words: dict[str, tuple[tuple[str, ...], int | None]]  # surface -> readings, accent
    verbs: dict[str, _Stem]  # by base form
    stems: dict[str, list[_Stem]]  # by written stem, which several may share (煌く, 煌る)
    first_characters: frozenset[str]  # of the words
    stem_lengths: dict[str, list[int]]  # first character -> lengths of its stems, the longest first


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    words = {
        surface: (tuple(readings.split("/")), int(accent) if accent.isdigit() else None)
        for name in ("reading_words.tsv", "reading_extra.tsv")
        for surface, readings, accent in rows(name, 3)
    }
    verbs = {
        base: _Stem(
            tuple(reading[:-1] for reading in readings.split("/")),
            _endings(base, conjugation.rstrip("*")),
            _clear_endings(base[-1], conjugation),
            is_known=conjugation.endswith("*"),
        )
        for base, readings, conjugation in rows("reading_verbs.tsv", 3)
    }
    stems: dict[str, list[_Stem]] = {}
    for base, stem in verbs.items():
        stems.setdefault(base[:-1], []).append(stem)
    lengths: dict[str, set[int]] = {}
    for written in stems:
        lengths.setdefault(written[0], set()).add(len(written))
    return _Tables(
        words,
        verbs,
        stems,
        frozenset(surface[0] for surface in words),
        {first: sorted(of_first, reverse=True) for first, of_first in lengths.items()},
    )


def _endings(base: str, conjugation: str) -> str:
    """The kana that can follow the stem of a verb or adjective, "" for any."""
    endings = {"5": _ROWS.get(base[-1], ""), "i": _ADJECTIVE_ENDINGS}.get(conjugation, "")
    is_bare = not "ぁ" <= base[-2] <= "ゖ"
    return endings or (_BARE_ONE_ROW_ENDINGS if is_bare else "")


@lru_cache(maxsize=64)
def _clear_endings(last: str, conjugation: str) -> re.Pattern[str]:
    """Return a pattern for the clear endings of a word whose base form ends with `last`; nothing matches none."""
    pattern = _CLEAR_ENDINGS.get(conjugation, "(?!)")
    if conjugation.startswith("5"):
        row = _ROWS.get(last, "     ")
        pattern = pattern.format(a=row[0], i=row[1], e=row[3], o=row[4], te=_EUPHONIC.get(last, "(?!)"))
    return re.compile(pattern)


def is_known_word(surface: str) -> bool:
    """Whether the tables have `surface` as a word without inflection."""
    return surface in _tables().words


def read_known_words(words: Sequence[NjdWord]) -> list[NjdWord]:
    """The words with those corrected that the tables know; each of them has a source and a note."""
    tables = _tables()
    result = list(words)
    index = 0
    while index < len(result):
        first = result[index].surface[:1]
        if first in tables.first_characters:
            result = _read_word(result, index)
        if first in tables.stem_lengths and not result[index].is_fixed:
            result = _read_verb(result, index)
        index += 1
    return result


def _read_word(words: list[NjdWord], index: int) -> list[NjdWord]:
    """The words with the longest word of the tables that begins at `index` read as the tables have it."""
    end = _longest_word_end(words, index)
    if end is None:
        return words
    surface, present = _joined(words[index:end])
    readings, accent = _tables().words[surface]
    if readings == (_JOIN,):
        follows_number = index > 0 and words[index - 1].detail == "数"
        return words if follows_number or end == index + 1 else merge(words, index, end, present)
    if any(_sounds_same(present, reading) for reading in readings):
        return words
    if end == index + 1:
        corrected = reread(words, index, readings[0], accent=accent)
    else:
        corrected = merge(words, index, end, readings[0], accent=accent)
    corrected[index] = _noted(corrected[index], surface, present, readings)
    return corrected


def _longest_word_end(words: list[NjdWord], index: int) -> int | None:
    """One past the last part of the longest word of the tables that begins at `index`."""
    known = _tables().words
    surface = ""
    longest = None
    for end, word in enumerate(words[index : index + _MAX_WORDS], index + 1):
        if word.is_fixed:
            break
        surface += word.surface
        if surface in known and (end == index + 1 or word.lemma != "する"):
            longest = end
    return longest


def _read_verb(words: list[NjdWord], index: int) -> list[NjdWord]:
    """The words with a verb or adjective of the tables at `index` read as the tables have it."""
    word = words[index]
    known = _tables().verbs.get(word.lemma) if word.pos in INFLECTED else None
    if known is not None and word.surface.startswith(word.lemma[:-1]):
        return _reread_verb(words, index, known)
    text = "".join(part.surface for part in words[index : index + _MAX_WORDS])
    for length in _tables().stem_lengths[word.surface[0]]:
        for stem in _fitting_stems(text, length):
            is_clear = stem.clear.match(text, length) is not None
            end = _stem_end(words, index, length, is_clear=is_clear, is_known=stem.is_known)
            if end is not None:
                return _merge_verb(words, index, end, length, stem)
    return words


def _fitting_stems(text: str, length: int) -> list[_Stem]:
    """The stems written `text[:length]` that the text after them can continue."""
    stems = _tables().stems.get(text[:length], ())
    return [stem for stem in stems if _fits(stem, text, length)]


def _fits(stem: _Stem, text: str, length: int) -> bool:
    if stem.is_known:
        return stem.clear.match(text, length) is not None
    return not stem.endings or _can_follow(text[length : length + 2], stem.endings)


def _reread_verb(words: list[NjdWord], index: int, stem: _Stem) -> list[NjdWord]:
    """The words with the reading of `stem` for a verb or adjective that the analysis knows as one."""
    word = words[index]
    tail = to_katakana(word.surface[len(word.lemma) - 1 :])
    if any(_sounds_same(word.kana, reading + tail) for reading in stem.readings):
        return words
    corrected = reread(words, index, stem.readings[0] + tail)
    corrected[index] = _noted(corrected[index], word.lemma, word.kana, stem.readings)
    return corrected


def _can_follow(text: str, endings: str) -> bool:
    """Whether `text` can continue a stem: い, っ and ん of the euphonic forms want た, て, だ or で after them."""
    if not text or text[0] not in endings:
        return False
    euphonic = text[0] in "っん" or (text[0] == "い" and endings[-1] == "い")
    return not euphonic or text[1:] in tuple("たてだでとちじ")


def _stem_end(words: list[NjdWord], index: int, length: int, *, is_clear: bool, is_known: bool) -> int | None:
    """One past the word in which a stem of `length` characters ends, or None where the words speak against a verb.

    `is_clear`: the ending after the stem shows that it is none of a noun. `is_known`: the word may be one of another
    verb, with which the analysis has mixed up the one meant.
    """
    end, size = index, 0
    while size < length and end < len(words):
        if words[end].is_fixed:
            return None
        size += len(words[end].surface)
        end += 1
    last = words[end - 1].surface
    tail = last[len(last) - (size - length) :] if size > length else ""
    if not all("ぁ" <= kana <= "ゖ" for kana in tail):
        return None
    if is_clear and (size == length or (is_known and words[index].pos in INFLECTED)):
        return end
    if end == index + 1 and (words[index].pos in _INFLECTED_OR_ENDING or size > length):
        return None  # the dictionary knows it as another word
    following = words[end] if end < len(words) else None
    is_quoted = words[index].is_known or following is None or following.surface != "って"
    if size == length and is_quoted and _is_noun_before(following, length):
        return None
    return end


def _is_noun_before(following: NjdWord | None, length: int) -> bool:
    """Whether the word after a stem of `length` characters, which should be its ending, shows that it is a noun."""
    if length == 1 and (following is None or following.pos in ("助詞", "記号")):
        return True
    return following is not None and following.pos in ("助詞", "助動詞") and following.surface in "がをにでとはもだな"


def _merge_verb(words: list[NjdWord], index: int, end: int, length: int, stem: _Stem) -> list[NjdWord]:
    """The words with `words[index:end]`, and an ending of one kana after them, made one verb."""
    following = words[end] if end < len(words) and not words[end].is_fixed else None
    surface, _ = _joined(words[index:end])
    ending = following.surface if following is not None and following.pos not in ("助詞", "助動詞") else ""
    if len(surface) == length and len(ending) == 1 and ending in stem.endings:
        end += 1
    surface, present = _joined(words[index:end])
    kana = stem.readings[0] + to_katakana(surface[length:])
    if any(_sounds_same(present, reading + to_katakana(surface[length:])) for reading in stem.readings):
        return words
    corrected = reread(words, index, kana) if end == index + 1 else merge(words, index, end, kana)
    verb = corrected[index]._replace(pos="動詞", pos_details=("自立", "*", "*"))
    corrected[index] = _noted(verb, surface, present, stem.readings)
    return corrected


def _joined(words: Sequence[NjdWord]) -> tuple[str, str]:
    """The joined writing and reading of words."""
    return "".join(word.surface for word in words), "".join(word.kana for word in words)


def _sounds_same(first: str, second: str) -> bool:
    """Whether two readings differ only in how ジ/ヂ, ズ/ヅ and ヲ/オ are written."""
    return first.translate(_SAME_SOUND) == second.translate(_SAME_SOUND)


def _noted(word: NjdWord, surface: str, present: str, readings: tuple[str, ...]) -> NjdWord:
    return word._replace(
        source="rule:word",
        note=f"{surface} is not read {present}",
        alternatives=readings[1:],
        is_confident=True,
    )
