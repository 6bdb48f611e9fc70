# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""NJD's words to `Word`s: place in the original text, reading, where it came from, cuts between short units."""

import dataclasses
import re
from functools import lru_cache
from typing import Any

from ..phonemes.morae import LONG_MARK, comparable_morae, is_kana, split_morae, to_katakana
from ..types import Piece, Word
from .layout import STAND_IN, UNREADABLE, Layout
from .short_units import Unit, cut_reading, reading_alone, split_units
from .spacing import is_joined, is_multiplied


_REWRITTEN_CHARACTERS = "\u3000０１２３４５６７８９，．〇々ゝゞヽヾ〻"
_DIGIT_RUN = re.compile("[０-９]+(?:[，．][０-９]+)*")
_KANJI_DIGITS = "０１２３４５６７８９〇零一二三四五六七八九十百千万億兆京．"
_MAX_SKIPPED = 8
_SILENT = frozenset({"", "*", "、", "。", "？", "！", "?", "!"})  # how NJD writes the reading of a mark
_PARTICLE_SOUNDS = {"ハ": "ワ", "ヘ": "エ"}
_SOUNDS_OF_PARTICLES = frozenset({"は", "へ", "ハ", "ヘ"})
_SMALL_KANA = tuple("ぁぃぅぇぉゃゅょゎァィゥェォャュョヮ")
_NEVER_FIRST = frozenset("ぁぃぅぇぉゃゅょゎァィゥェォャュョヮーんンっッ")
_VOICED = dict(
    zip("カキクケコサシスセソタチツテトハヒフヘホ", "ガギグゲゴザジズゼゾダジズデドバビブベボ", strict=True)
)
_VOICELESS = {voiced: voiceless for voiceless, voiced in _VOICED.items()} | dict(
    zip("パピプペポ", "ハヒフヘホ", strict=True)
)
_NO_READING = "no reading is known for this writing"
_SPOKEN = re.compile(r"[^\W_]")
_LETTER = re.compile(r"[^\W\d_]")


def build_words(njd: list[dict[str, Any]], layout: Layout) -> list[Word]:
    """Words in order, cut where short units meet, each knowing whether it is written onto the word before."""
    units = _Units(split_units(layout.text))
    words: list[Word] = []
    before, previous_begin = "", -1
    for entry, (begin, end) in zip(njd, _places(njd, layout), strict=True):
        word = _word(entry, layout, begin, end)
        if word.surface in _SOUNDS_OF_PARTICLES and not units.is_particle(begin, end):
            word = dataclasses.replace(word, pronunciation=to_katakana(word.surface))
        word = _with_second_opinion(word, units.reading(begin, end, layout.text))
        cuts = [place for place in units.starts_between(begin, end) if layout.text[place] not in _NEVER_FIRST]
        if cuts and word.pronunciation and "tsukasa_piece" not in entry and word.surface == layout.text[begin:end]:
            words.extend(_cut_word(word, [begin, *cuts, end], units, layout))
        else:
            joined = units.joined_at(begin) if begin < end else False
            if begin == previous_begin < end:  # two words of one number in digits
                joined = is_multiplied(before, entry["string"])
            words.append(dataclasses.replace(word, joined=True) if joined else word)
        before, previous_begin = entry["string"], begin
    return _with_whole_words(words)


def _with_whole_words(words: list[Word]) -> list[Word]:
    """Joins what belongs together: characters that cannot be read (한국어), and a small kana with what it follows."""
    whole: list[Word] = []
    for word in words:
        last = whole[-1] if whole and whole[-1].end == word.start else None
        if last and _is_unread(word) and _is_unread(last):
            whole[-1] = dataclasses.replace(last, surface=last.surface + word.surface, end=word.end)
        elif last and word.surface.startswith(_SMALL_KANA) and is_kana(word.surface) and is_kana(last.surface[-1:]):
            whole[-1] = _with_tail(last, word)
        else:
            whole.append(word)
    return whole


def _with_tail(word: Word, tail: Word) -> Word:
    """A word and the rest of its last mora, which the analysis took for another word (もくひ + ょう)."""
    return dataclasses.replace(
        word,
        surface=word.surface + tail.surface,
        end=tail.end,
        kana=word.kana + to_katakana(tail.surface),
        pronunciation=word.pronunciation + to_katakana(tail.surface),
    )


def _is_unread(word: Word) -> bool:
    return word.source == "unknown" and not word.pronunciation


class _Units:
    """Short units by their place."""

    def __init__(self, units: list[Unit]) -> None:
        self._units = units
        self._index = {unit.start: index for index, unit in enumerate(units)}

    def starts_between(self, begin: int, end: int) -> list[int]:
        """Where units start inside a stretch."""
        return [place for place in range(begin + 1, end) if place in self._index]

    def joined_at(self, place: int) -> bool:
        """Whether no space may stand before `place`: inside a unit, or between two that are written together."""
        index = self._index.get(place)
        return index is None or (index > 0 and is_joined(self._units[index - 1], self._units[index]))

    def is_particle(self, begin: int, end: int) -> bool:
        """Whether a stretch is a particle for the short units too, and not the beginning of はいる."""
        index = self._index.get(begin)
        return index is not None and self._units[index].end == end and self._units[index].pos in ("助詞", "接続詞")

    def reading(self, begin: int, end: int, text: str) -> str:
        """What `text[begin:end]` is read as by itself, "" when unknown."""
        index = self._index.get(begin)
        if index is not None and self._units[index].end == end:
            return reading_alone(self._units[index])
        return to_katakana(text[begin:end]) if is_kana(text[begin:end]) else ""


def _with_second_opinion(word: Word, reading: str) -> Word:
    """Marks a word that the dictionary of short units reads in another way; one voiced at its start is the same."""
    if word.source != "dictionary" or word.alternatives or not reading or is_kana(word.surface):
        return word
    other, own = comparable_morae(reading), comparable_morae(word.pronunciation)
    if other == own or (other[1:] == own[1:] and _VOICELESS.get(own[0], own[0]) == _VOICELESS.get(other[0], other[0])):
        return word
    return dataclasses.replace(word, alternatives=(reading,), confident=False, note="dictionaries differ")


def _cut_word(word: Word, edges: list[int], units: _Units, layout: Layout) -> list[Word]:
    """A word of the dictionary cut at `edges`, its reading shared out among the parts."""
    spans = list(zip(edges, edges[1:], strict=False))
    spoken_spans = [span for span in spans if _SPOKEN.search(layout.text, *span)]  # the others are marks, as ・
    readings = [units.reading(begin, end, layout.text) for begin, end in spoken_spans]
    spoken = cut_reading(word.pronunciation, readings)
    kana = cut_reading(word.kana, readings)
    if spoken is None or kana is None:
        return [dataclasses.replace(word, joined=units.joined_at(edges[0]))]
    shares = dict(zip(spoken_spans, zip(kana, spoken, strict=True), strict=True))
    parts = []
    for begin, end in spans:
        start, stop = layout.original_place(begin, end)
        part_kana, part_spoken = shares.get((begin, end), ("", ""))
        part = dataclasses.replace(
            word,
            surface=word.surface[begin - edges[0] : end - edges[0]],
            start=start,
            end=stop,
            kana=part_kana,
            pronunciation=part_spoken,
            joined=units.joined_at(begin),
        )
        if parts:
            part = dataclasses.replace(part, starts_accent_phrase=False, accent=0)
        parts.append(part)
    return parts


def _places(njd: list[dict[str, Any]], layout: Layout) -> list[tuple[int, int]]:
    """Place of every NJD word in the analysed text.

    Words are looked for in order. NJD writes numbers in digits as words in kanji (1人 as 一人, 23 as 二 十 三): all of
    them share the place of the digits. Where other rules have rewritten the writing, the words between two that are
    found share the text between them.
    """
    text = layout.text
    found: list[tuple[int, int] | None] = []
    digits: re.Match[str] | None = None
    position = 0
    for entry in njd:
        string = STAND_IN if "tsukasa_piece" in entry else entry["string"]
        digits = _DIGIT_RUN.match(text, position) or (digits if digits and digits.end() == position else None)
        written = text.startswith(string, position)
        place = _place_of_number(string, text, digits) if digits and not written else None
        if place is None:
            place = _place_of_word(string, text, position, anywhere=bool(found) and found[-1] is None)
        found.append(place)
        position = place[1] if place else position
    return _without_gaps(found, len(text))


def _place_of_number(string: str, text: str, digits: re.Match[str]) -> tuple[int, int] | None:
    """Where a number word stands that is written in digits, with a counter that NJD has joined to it."""
    rest = string.lstrip(_KANJI_DIGITS)
    if rest == string or not text.startswith(rest, digits.end()):
        return None
    return digits.start(), digits.end() + len(rest)


def _place_of_word(string: str, text: str, position: int, anywhere: bool) -> tuple[int, int] | None:
    place = text.find(string, position, position + len(string) + _MAX_SKIPPED)
    if place < 0 or not (anywhere or not text[position:place].strip(_REWRITTEN_CHARACTERS)):
        return None
    return place, place + len(string)


def _without_gaps(found: list[tuple[int, int] | None], length: int) -> list[tuple[int, int]]:
    places: list[tuple[int, int]] = []
    for index, place in enumerate(found):
        if place is None and index and found[index - 1] is None:
            place = places[-1]
        elif place is None:
            following = next((later for later in found[index + 1 :] if later is not None), None)
            place = (places[-1][1] if places else 0, following[0] if following else length)
        places.append(place)
    return places


def _word(entry: dict[str, Any], layout: Layout, begin: int, end: int) -> Word:
    piece: Piece | None = entry.get("tsukasa_piece")
    surface = entry["string"]
    spoken = "" if piece is None and entry["pron"] in _SILENT else _kana_of(entry["pron"])
    if UNREADABLE in surface and begin < end:
        surface = layout.written[begin:end]
    source, note, confident = _origin(entry, surface, spoken)
    converted = layout.converted.get(begin) if begin < end else None
    if converted and source in ("dictionary", "kana"):
        source, note = converted.source, converted.note
    if piece is None and spoken and is_kana(surface):
        spoken = _as_written(surface, spoken)
    start, stop = layout.original_place(begin, end)
    return Word(
        surface=surface,
        start=start,
        end=stop,
        kana=_kana_of(entry["read"]) or spoken if spoken else "",
        pronunciation=spoken,
        accent=max(entry["acc"], 0),
        starts_accent_phrase=entry["chain_flag"] != 1,
        pos=entry["pos"] if spoken else "記号",
        pos_details=(entry["pos_group1"], entry["pos_group2"], entry["pos_group3"]),
        conjugation_type=entry["ctype"],
        conjugation_form=entry["cform"],
        lemma=entry["orig"],
        source=source,
        note=note,
        alternatives=piece.alternatives if piece else tuple(entry.get("tsukasa_alternatives", ())),
        confident=confident,
    )


@lru_cache(maxsize=65536)
def _kana_of(reading: str) -> str:
    """The kana of a reading, without the library's marks of devoicing and what it could not read."""
    return "".join(character for character in reading if is_kana(character))


def _origin(entry: dict[str, Any], surface: str, spoken: str) -> tuple[str, str, bool]:
    """Source, note and confidence of a reading."""
    piece: Piece | None = entry.get("tsukasa_piece")
    confident = bool(entry.get("tsukasa_confident", True))
    if piece is not None:
        return piece.source, piece.note, not piece.alternatives
    if not spoken:
        return ("unknown", _NO_READING, False) if _LETTER.search(surface) else ("symbol", "", True)
    if "tsukasa_source" in entry:
        return entry["tsukasa_source"], entry.get("tsukasa_note", ""), confident
    if not entry.get("tsukasa_unknown"):
        return "dictionary", "", confident
    if is_kana(surface):
        return "kana", "", confident
    return "unknown", "not in the dictionary: read by its characters", False


def _as_written(surface: str, spoken: str) -> str:
    """A word in kana is spoken as written; only the particles は and へ, alone or inside こんにちは, differ."""
    written = to_katakana(surface)
    if split_morae(written) == split_morae(spoken):
        return spoken
    if comparable_morae(written) == comparable_morae(spoken):
        return written if LONG_MARK in spoken and LONG_MARK not in written else spoken
    if len(written) == len(spoken) and all(
        left == right or _PARTICLE_SOUNDS.get(left) == right for left, right in zip(written, spoken, strict=True)
    ):
        return spoken
    return written
