# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Pieces of text to words with reading and accent, by pyopenjtalk's dictionary and NJD rules (pyopenjtalk-plus).

Pieces whose reading is already known take part in the analysis as a noun, so that the words around them are read in
their context. Every word knows its place in the original text. The library's own helpers by Sudachi and by the 何
model are switched off: they bring nothing measurable (g2p/README.md) and cost time; `disambiguation` takes their place.
"""

import contextlib
import dataclasses
import io
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .morae import LONG_MARK, comparable_morae, is_kana, split_morae, to_katakana
from .spacing import is_joined
from .units import cut_reading, reading_alone, split_units
from .words import Piece, Word


with contextlib.redirect_stdout(io.StringIO()):  # it prints a hint about ONNX Runtime, which nothing here uses
    import pyopenjtalk
    from pyopenjtalk.utils import normalize_unknown_itaiji


# One analysis gets at most this much: the library refuses more than about 2,700 characters, and time grows with length.
_MAX_CHARACTERS = 1000
_CHUNK_ENDS = "。！？!?\n"
_CHUNK_PAUSES = "、，,　 "
# A word of the dictionary that stands in for a piece with a known reading: a noun that joins with nothing.
_STAND_IN = "ＩＢＭ"
# A mark without a sound that stands for characters of other scripts, so that they do not spoil the words beside them.
_UNREADABLE = "〓"
_JAPANESE = re.compile("[ぁ-ゖァ-ヺー々〆〇ヶ一-鿿㐀-䶿豈-龎𠀀-𲎯、。！？]")
_FIRST_PRIVATE_CHARACTER = (
    0xE000  # surfaces of stand-ins between MeCab and NJD; normalisation removes private characters
)
_MAX_STAND_INS = 6400
_UNKNOWN_FEATURE_COUNT = 8  # a word of the dictionary has 12 or more
_PARTICLE_SOUNDS = {"ハ": "ワ", "ヘ": "エ", "ヲ": "ヲ"}
_REWRITTEN_CHARACTERS = "\u3000０１２３４５６７８９，．〇々ゝゞヽヾ〻"  # NJD writes these in other words
_MAX_REWRITTEN = 32
_SYMBOL_READINGS = frozenset({"", "*", "、", "。", "？", "！", "?", "!"})
_NO_READING = "no reading is known for this writing"
_LETTER = re.compile(r"[^\W\d_]")


@dataclass
class _Analysed:
    """The text that the dictionary sees; `starts`/`ends` give the original place of each of its characters."""

    text: str
    written: str  # the same before unreadable characters were replaced
    starts: list[int]
    ends: list[int]
    stand_ins: dict[int, Piece]  # place in `text` -> piece

    def write(self, text: str, written: str, start: int, end: int) -> None:
        self.text += text
        self.written += written
        self.starts += [start] * len(text)
        self.ends += [end] * len(text)


try:
    from .disambiguation import disambiguate
except ImportError:  # not written yet

    def disambiguate(njd, text):
        return njd


_local = threading.local()
_shared_lock = threading.Lock()


def _jtalk() -> pyopenjtalk.OpenJTalk:
    """One analyser per thread: they share the dictionary's memory, and an analyser of its own needs no waiting."""
    jtalk = getattr(_local, "jtalk", None)
    if jtalk is None:
        with _shared_lock:
            jtalk = pyopenjtalk.OpenJTalk(dn_mecab=pyopenjtalk.OPEN_JTALK_DICT_DIR)
        _local.jtalk = jtalk
    return jtalk


def analyze(pieces: Sequence[Piece]) -> list[Word]:
    """The words of `pieces` in order, symbols included.

    Args:
        pieces: contiguous pieces, as `normalization.normalize` returns them.

    Returns:
        Words with places in the original text. What cannot be read at all is a word with an empty pronunciation and
        the source "unknown": nothing is dropped.
    """
    words: list[Word] = []
    for chunk in _chunks(pieces):
        words.extend(_analyze_chunk(chunk))
    return words


def _chunks(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces in groups that one analysis can take, cut after sentences where possible."""
    if sum(len(piece.text) for piece in pieces) <= _MAX_CHARACTERS:
        return [list(pieces)] if pieces else []
    groups: list[list[Piece]] = []
    group: list[Piece] = []
    size = 0
    for piece in pieces:
        for part in _cut_long_piece(piece):
            if group and size + len(part.text) > _MAX_CHARACTERS:
                groups.append(group)
                group, size = [], 0
            group.append(part)
            size += len(part.text) if part.kana is None else 1
    return [*groups, group] if group else groups


def _cut_long_piece(piece: Piece) -> list[Piece]:
    """A piece cut so that no part is longer than the analysis takes; parts of it keep its places."""
    if piece.kana is not None or len(piece.text) <= _MAX_CHARACTERS // 4:
        return [piece]
    in_step = len(piece.text) == piece.end - piece.start
    parts = []
    begin = 0
    while begin < len(piece.text):
        end = _cut_position(piece.text, begin)
        start_offset, end_offset = (piece.start + begin, piece.start + end) if in_step else (piece.start, piece.end)
        parts.append(Piece(start_offset, end_offset, piece.text[begin:end], piece.source))
        begin = end
    return parts


def _cut_position(text: str, begin: int) -> int:
    limit = begin + _MAX_CHARACTERS // 4
    if limit >= len(text):
        return len(text)
    for marks in (_CHUNK_ENDS, _CHUNK_PAUSES):
        position = max(text.rfind(mark, begin, limit) for mark in marks)
        if position > begin:
            return position + 1
    return limit


def _analyze_chunk(pieces: list[Piece]) -> list[Word]:
    analysed = _lay_out(pieces, spaced=False)
    features = _jtalk().run_mecab(analysed.text) if analysed.text else []
    places = _feature_places(features, analysed)
    if places is None:  # a stand-in grew together with its neighbours: keep it apart with spaces
        analysed = _lay_out(pieces, spaced=True)
        features = _jtalk().run_mecab(analysed.text)
        places = _feature_places(features, analysed)
        if places is None:
            raise RuntimeError(f"the analysis lost a reading in {analysed.text!r}")
    njd = _run_njd(features, places, analysed)
    return _build_words(njd, analysed)


@lru_cache(maxsize=16384)
def _mecab_form(character: str) -> str:
    """How the library writes a character before the analysis (half width to full width; control characters vanish)."""
    if "\ud800" <= character <= "\udfff":  # half of a surrogate pair cannot be encoded
        return ""
    return _jtalk().normalize_for_mecab(character)


@lru_cache(maxsize=16384)
def _is_readable(character: str) -> bool:
    """Whether the analysis may see a character: kana and kanji, and what the dictionary has an entry for."""
    if _JAPANESE.match(character):
        return True
    features = _jtalk().run_mecab(character)
    return all(feature.count(",") >= _UNKNOWN_FEATURE_COUNT for feature in features)


def _lay_out(pieces: list[Piece], spaced: bool) -> _Analysed:
    """The text to analyse, and where each of its characters comes from."""
    analysed = _Analysed("", "", [], [], {})
    for piece in pieces:
        if piece.kana is not None:
            if spaced:
                analysed.write("\u3000", "\u3000", piece.start, piece.start)
            analysed.stand_ins[len(analysed.starts)] = piece
            analysed.write(_STAND_IN, _STAND_IN, piece.start, piece.end)
            if spaced:
                analysed.write("\u3000", "\u3000", piece.end, piece.end)
            continue
        in_step = len(piece.text) == piece.end - piece.start
        for offset, character in enumerate(piece.text):
            start, end = (piece.start + offset, piece.start + offset + 1) if in_step else (piece.start, piece.end)
            form = _mecab_form(character)
            analysed.write("".join(one if _is_readable(one) else _UNREADABLE for one in form), form, start, end)
    modern = normalize_unknown_itaiji(analysed.text, inference_jtalk=_jtalk())
    if len(modern) == len(analysed.text):
        analysed.text = modern
    return analysed


def _feature_places(features: list[str], analysed: _Analysed) -> list[int] | None:
    """Where each MeCab word begins in the analysed text; None when a stand-in is not a word of its own."""
    places = []
    position = 0
    found = 0
    for feature in features:
        surface = feature.split(",", 1)[0]
        position = max(analysed.text.find(surface, position), position)
        places.append(position)
        if position in analysed.stand_ins and surface == _STAND_IN:
            found += 1
        position += len(surface)
    return places if found == len(analysed.stand_ins) else None


def _run_njd(features: list[str], places: list[int], analysed: _Analysed) -> list[dict[str, Any]]:
    """NJD features after all rules; readings that are known are protected from them."""
    prepared = []
    for feature, place in zip(features, places, strict=True):
        piece = analysed.stand_ins.get(place)
        prepared.append(feature if piece is None else _stand_in_feature(piece, len(prepared)))
    njd: list[dict[str, Any]] = _jtalk().run_njd_from_mecab(prepared, True, True)
    pieces = iter(analysed.stand_ins[place] for place in places if place in analysed.stand_ins)
    for entry in njd:
        if _is_private(entry["string"]):
            entry["tsukasa_piece"] = next(pieces)
            entry["is_reading_protected"] = True
    njd = pyopenjtalk.apply_postprocessing(
        analysed.text,
        njd,
        use_sudachi_kanji_yomi=False,
        predict_nani=False,
        revert_long_vowels=True,
        iu_pronunciation="Iu",
        jtalk=_jtalk(),
    )
    unknown = {feature.split(",", 1)[0] for feature in features if feature.count(",") < _UNKNOWN_FEATURE_COUNT}
    for entry in njd:
        if entry["string"] in unknown:
            entry["tsukasa_unknown"] = True
        if "tsukasa_piece" in entry:
            entry["string"] = entry["tsukasa_piece"].text or entry["tsukasa_piece"].kana
    return disambiguate(njd, analysed.text)


def _is_private(surface: str) -> bool:
    return len(surface) == 1 and 0 <= ord(surface) - _FIRST_PRIVATE_CHARACTER < _MAX_STAND_INS


def _stand_in_feature(piece: Piece, index: int) -> str:
    surface = chr(_FIRST_PRIVATE_CHARACTER + index % _MAX_STAND_INS)
    kana = to_katakana(piece.kana or "") or LONG_MARK
    morae = split_morae(kana)
    accent = piece.accent if piece.accent is not None else guess_accent(morae)
    return f"{surface},{','.join(piece.pos)},一般,*,*,*,{surface},{kana},{kana},{accent}/{len(morae)},C1"


def guess_accent(morae: Sequence[str]) -> int:
    """The usual accent of a noun that no dictionary knows: the third mora from the end, as loanwords have it.

    The nucleus moves one mora to the left from ン, ッ or ー (Kubozono, "The phonology of Japanese", 2015).
    """
    nucleus = max(len(morae) - 2, 1)
    while nucleus > 1 and morae[nucleus - 1] in ("ン", "ッ", LONG_MARK):
        nucleus -= 1
    return nucleus if morae else 0


def _build_words(njd: list[dict[str, Any]], analysed: _Analysed) -> list[Word]:
    units = split_units(analysed.text)
    unit_starts = {unit.start: index for index, unit in enumerate(units)}
    words: list[Word] = []
    for entry, (begin, end) in zip(njd, _entry_places(njd, analysed), strict=True):
        if begin < end:
            start, stop = analysed.starts[begin], max(analysed.ends[begin:end])
        else:  # a word the rules put in between, such as 十 in 12
            start = stop = analysed.ends[begin - 1] if begin else 0
        word = _word(entry, start, stop)
        if _UNREADABLE in word.surface and begin < end:
            word = dataclasses.replace(word, surface=analysed.written[begin:end])
            if not word.pronunciation and _LETTER.search(word.surface):
                word = dataclasses.replace(word, source="unknown", note=_NO_READING, confident=False)
        index = unit_starts.get(begin)
        joined = index is None or (index > 0 and is_joined(units[index - 1], units[index]))
        if begin == end:
            joined = False
        word = dataclasses.replace(word, joined=joined)
        inner = [unit for unit in units if begin < unit.start < end]
        if inner and "tsukasa_piece" not in entry and word.pronunciation and len(word.surface) == end - begin:
            words.extend(_split_word(word, begin, end, inner, units, unit_starts, analysed))
        else:
            words.append(word)
    return words


def _split_word(word, begin, end, inner, units, unit_starts, analysed) -> list[Word]:
    """A word of the dictionary cut where its short units meet."""
    first = unit_starts.get(begin)
    parts = []
    cuts = [begin, *(unit.start for unit in inner), end]
    readings = []
    for left, right in zip(cuts, cuts[1:], strict=False):
        unit = units[unit_starts[left]] if left in unit_starts else None
        readings.append(
            reading_alone(unit)
            if unit is not None and unit.end == right
            else (to_katakana(analysed.text[left:right]) if is_kana(analysed.text[left:right]) else "")
        )
    spoken = cut_reading(word.pronunciation, readings)
    kana = cut_reading(word.kana, readings)
    if spoken is None or kana is None:
        return [word]
    for number, (left, right) in enumerate(zip(cuts, cuts[1:], strict=False)):
        unit_index = unit_starts.get(left)
        joined = word.joined if number == 0 else is_joined(units[unit_index - 1], units[unit_index])
        parts.append(
            dataclasses.replace(
                word,
                surface=word.surface[left - begin : right - begin],
                start=analysed.starts[left],
                end=max(analysed.ends[left:right]),
                kana=kana[number],
                pronunciation=spoken[number],
                joined=joined,
                starts_accent_phrase=word.starts_accent_phrase and number == 0,
                accent=word.accent if number == 0 else 0,
            )
        )
    return parts


def _entry_places(njd: list[dict[str, Any]], analysed: _Analysed) -> list[tuple[int, int]]:
    """Place of every NJD word in the analysed text.

    Words are looked for in order. Where the rules have rewritten the writing (numbers, 々), the words between two that
    are found share the text between them.
    """
    text = analysed.text
    places: list[tuple[int, int] | None] = []
    position = 0
    for entry in njd:
        string = _STAND_IN if "tsukasa_piece" in entry else entry["string"]
        found = text.find(string, position, position + len(string) + _MAX_REWRITTEN)
        if found < 0 or text[position:found].strip(_REWRITTEN_CHARACTERS):
            places.append(None)
            continue
        places.append((found, found + len(string)))
        position = found + len(string)
    return _fill_gaps(places, text)


def _fill_gaps(places: list[tuple[int, int] | None], text: str) -> list[tuple[int, int]]:
    filled: list[tuple[int, int]] = []
    for index, place in enumerate(places):
        if place is None:
            if index and places[index - 1] is None:
                place = filled[-1]
            else:
                following = next((later for later in places[index + 1 :] if later is not None), None)
                place = (filled[-1][1] if filled else 0, following[0] if following else len(text))
        filled.append(place)
    return filled


def _word(entry: dict[str, Any], start: int, end: int) -> Word:
    piece: Piece | None = entry.get("tsukasa_piece")
    surface = entry["string"]
    spoken = "" if piece is None and entry["pron"] in _SYMBOL_READINGS else _kana_of(entry["pron"])
    reading = "" if not spoken else _kana_of(entry["read"]) or spoken
    source, note, confident = _origin(entry, spoken)
    if piece is None and spoken and is_kana(surface):
        spoken = _as_written(surface, spoken, entry["pos"])
    return Word(
        surface=surface,
        start=start,
        end=end,
        kana=reading,
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


def _kana_of(reading: str) -> str:
    """The kana of a reading, without the library's marks of devoicing; words with odd characters keep them there."""
    return "".join(character for character in reading if is_kana(character))


def _origin(entry: dict[str, Any], spoken: str) -> tuple[str, str, bool]:
    """Source, note and confidence of a reading."""
    piece: Piece | None = entry.get("tsukasa_piece")
    if piece is not None:
        return piece.source, piece.note, not piece.alternatives
    if "tsukasa_source" in entry:
        return entry["tsukasa_source"], entry.get("tsukasa_note", ""), bool(entry.get("tsukasa_confident", True))
    confident = bool(entry.get("tsukasa_confident", True))
    surface = entry["string"]
    if not spoken:
        if _LETTER.search(surface):
            return "unknown", _NO_READING, False
        return "symbol", "", True
    if is_kana(surface):
        return "dictionary" if not entry.get("tsukasa_unknown") else "kana", "", confident
    if entry.get("tsukasa_unknown"):
        return "unknown", "not in the dictionary: read by its characters", False
    return "dictionary", "", confident


def _as_written(surface: str, spoken: str, pos: str) -> str:
    """A word in kana is spoken as written; only particles (は へ) and words that hold one (こんにちは) differ."""
    written = to_katakana(surface)
    if comparable_morae(written) == comparable_morae(spoken):
        return written if LONG_MARK in spoken and LONG_MARK not in written else spoken
    if len(written) == len(spoken) and all(
        left == right or _PARTICLE_SOUNDS.get(left) == right for left, right in zip(written, spoken, strict=True)
    ):
        return spoken
    return written
