# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`Word`s from the words of the analysis: reading and its origin, cuts between short units."""

import re
from collections.abc import Sequence
from functools import lru_cache

from ..accents.dictionary_entries import DictionaryEntries
from ..phonemes.morae import LONG_MARK, comparable_morae, is_kana, split_morae, to_katakana
from ..types import RUBY, DictionaryEntry, Word
from .layout import UNREADABLE, Layout
from .njd_words import NjdWord
from .particles import is_particle_after_mark
from .segmentation import MecabWord
from .short_units import cut_reading
from .spacing import ShortUnits, is_multiplied
from .word_places import find_places


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


def build_words(njd_words: Sequence[NjdWord], layout: Layout, tokens: Sequence[MecabWord]) -> list[Word]:
    """Words in order, cut where short units meet, each knowing whether it is written onto the word before.

    Args:
        njd_words: of the analysis.
        layout: the text that was analysed.
        tokens: MeCab's words of it.
    """
    units = ShortUnits(layout.text)
    entries = DictionaryEntries(tokens, units)
    words: list[Word] = []
    before, previous_begin = "", -1
    places = find_places(njd_words, layout.text)
    for index, (njd_word, (begin, end)) in enumerate(zip(njd_words, places, strict=True)):
        joined = begin < end and units.is_joined_at(begin)
        if begin == previous_begin < end:  # two words of one number in digits
            joined = is_multiplied(before, njd_word.surface)
        before, previous_begin = njd_word.surface, begin
        is_fixed = njd_word.is_fixed
        spoken = _spoken(njd_word)
        if not is_fixed and njd_word.surface in _SOUNDS_OF_PARTICLES:
            told = None if begin in layout.after_signs else is_particle_after_mark(njd_words, index)
            spoken = _as_particle(njd_word.surface, units.is_particle(begin, end) if told is None else told)
        lengthened = units.lengthened(begin, end, spoken)
        entry = None if is_fixed else entries.at(begin, end)
        word = _word(njd_word, spoken, layout, begin, end, joined, lengthened, entry)
        word = _with_second_opinion(word, units, begin, end)
        may_cut = end - begin > 1 and spoken and not is_fixed and word.surface == layout.text[begin:end]
        starts = units.starts_between(begin, end) if may_cut else []
        cuts = [place for place in starts if layout.text[place] not in _NEVER_FIRST]
        if cuts:
            words.extend(_cut_word(word, [begin, *cuts, end], units, entries, layout))
        else:
            words.append(word)
    return _with_fragments_joined(words)


def _as_particle(surface: str, is_particle: bool) -> str:
    """The sound that は or へ has as a particle, or as it is written."""
    written = to_katakana(surface)
    return _PARTICLE_SOUNDS[written] if is_particle else written


def _with_fragments_joined(words: list[Word]) -> list[Word]:
    """The words with fragments joined: characters that cannot be read (한국어), small kana with the word before."""
    joined: list[Word] = []
    for word in words:
        last = joined[-1] if joined and joined[-1].end == word.start else None
        if last and _is_unread(word) and _is_unread(last):
            joined[-1] = last._replace(surface=last.surface + word.surface, end=word.end)
        elif last and _continues_mora(last, word):
            joined[-1] = _with_tail(last, word)
        else:
            joined.append(word)
    return joined


def _with_tail(word: Word, tail: Word) -> Word:
    """A word and the rest of its last mora, which the analysis took for another word (もくひ + ょう)."""
    return word._replace(
        surface=word.surface + tail.surface,
        end=tail.end,
        kana=word.kana + to_katakana(tail.surface),
        pronunciation=word.pronunciation + to_katakana(tail.surface),
        lengthened="",
    )


def _continues_mora(word: Word, tail: Word) -> bool:
    """Whether `tail` begins with a small kana that belongs to the last kana of `word`, and has no given reading."""
    is_small = tail.surface.startswith(_SMALL_KANA) and tail.source not in (RUBY, "user")
    return is_small and is_kana(tail.surface) and is_kana(word.surface[-1:])


def _is_unread(word: Word) -> bool:
    return word.source == "unknown" and not word.pronunciation


def _with_second_opinion(word: Word, units: ShortUnits, begin: int, end: int) -> Word:
    """Marks a word that the dictionary of short units reads in another way; one voiced at its start is the same."""
    if word.source != "dictionary" or word.alternatives or is_kana(word.surface):
        return word
    reading = units.reading(begin, end)
    if not reading or reading == word.pronunciation:
        return word
    other, own = comparable_morae(reading), comparable_morae(word.pronunciation)
    if other == own or (other[1:] == own[1:] and _VOICELESS.get(own[0], own[0]) == _VOICELESS.get(other[0], other[0])):
        return word
    return word._replace(alternatives=(reading,), confident=False, note="dictionaries differ")


def _cut_word(
    word: Word, edges: list[int], units: ShortUnits, entries: DictionaryEntries, layout: Layout
) -> list[Word]:
    """A word of the dictionary cut at `edges`, its reading shared out among the parts."""
    spans = list(zip(edges, edges[1:], strict=False))
    spoken_spans = [span for span in spans if _SPOKEN.search(layout.text, *span)]  # the others are marks, as ・
    readings = [units.reading(begin, end) for begin, end in spoken_spans]
    spoken = cut_reading(word.pronunciation, readings)
    kana = spoken if word.kana == word.pronunciation else cut_reading(word.kana, readings)
    if spoken is None or kana is None:
        lengthened = units.lengthened(edges[0], edges[-1], word.pronunciation)
        entry = entries.at(edges[0], edges[-1])
        return [word._replace(joined=units.is_joined_at(edges[0]), lengthened=lengthened, entry=entry)]
    shares = dict(zip(spoken_spans, zip(kana, spoken, strict=True), strict=True))
    parts: list[Word] = []
    for begin, end in spans:
        start, stop = layout.original_place(begin, end)
        part_kana, part_spoken = shares.get((begin, end), ("", ""))
        part = word._replace(
            surface=word.surface[begin - edges[0] : end - edges[0]],
            start=start,
            end=stop,
            kana=part_kana,
            pronunciation=part_spoken,
            joined=units.is_joined_at(begin),
            lengthened=units.lengthened(begin, end, part_spoken),
            entry=entries.at(begin, end),
        )
        if parts:
            part = part._replace(starts_accent_phrase=False, accent=0)
        parts.append(part)
    return parts


def _spoken(word: NjdWord) -> str:
    """The kana of a word as it is spoken, "" for a mark."""
    if word.piece is not None:
        return _kana_of(word.pronunciation)
    spoken = "" if word.pronunciation in _SILENT else _kana_of(word.pronunciation)
    return _as_written(word.surface, spoken) if spoken and is_kana(word.surface) else spoken


def _word(
    njd_word: NjdWord,
    spoken: str,
    layout: Layout,
    begin: int,
    end: int,
    joined: bool,
    lengthened: str,
    entry: DictionaryEntry | None,
) -> Word:
    """An analysed word that stands at `layout.text[begin:end]`, in the terms of the original text."""
    surface = njd_word.surface
    if UNREADABLE in surface and begin < end:
        surface = layout.written[begin:end]
    source, note, confident = _origin(njd_word, surface, spoken)
    converted = layout.converted.get(begin) if begin < end else None
    if converted and source in ("dictionary", "kana"):
        source, note = converted.source, converted.note
    start, stop = layout.original_place(begin, end)
    return Word(
        surface=surface,
        start=start,
        end=stop,
        kana=_kana_of(njd_word.kana) or spoken if spoken else "",
        pronunciation=spoken,
        accent=max(njd_word.accent, 0),
        starts_accent_phrase=not njd_word.continues_phrase,
        pos=njd_word.pos if spoken else "記号",
        pos_details=njd_word.pos_details,
        conjugation_type=njd_word.conjugation_type,
        conjugation_form=njd_word.conjugation_form,
        lemma=njd_word.lemma,
        source=source,
        note=note,
        alternatives=njd_word.alternatives if njd_word.piece is None else njd_word.piece.alternatives,
        confident=confident,
        joined=joined,
        lengthened=lengthened,
        entry=entry,
    )


@lru_cache(maxsize=65536)
def _kana_of(reading: str) -> str:
    """The kana of a reading, without the library's marks of devoicing and of what it could not read."""
    return "".join(character for character in reading if is_kana(character))


def _origin(word: NjdWord, surface: str, spoken: str) -> tuple[str, str, bool]:
    """Source, note and confidence of a reading."""
    if word.piece is not None:
        return word.piece.source, word.piece.note, not word.piece.alternatives
    if not spoken:
        return ("unknown", _NO_READING, False) if _LETTER.search(surface) else ("symbol", "", True)
    if word.source:
        return word.source, word.note, word.is_confident
    if word.is_known:
        return "dictionary", "", word.is_confident
    if is_kana(surface):
        return "kana", "", word.is_confident
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
