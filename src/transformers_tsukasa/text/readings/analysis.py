# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Pieces of text to words with reading and accent, by pyopenjtalk's dictionary and rules.

Pieces whose reading is already known take part in the analysis as a noun, so that the words around them are read in
their context. Every word knows its place in the original text.
"""

from collections.abc import Sequence
from typing import Any

from ..phonemes.morae import LONG_MARK, MORAIC_NASAL, split_morae, to_katakana
from ..types import Piece, Word
from .compounds import read_compounds
from .decimal_digits import shorten_decimals
from .disambiguation import disambiguate
from .jtalk import apply_rules, is_unknown, run_mecab, run_njd
from .layout import STAND_IN, Layout, chunked, lay_out
from .word_building import build_words


# Between MeCab and NJD a stand-in has a private character as its writing, by which it is found again.
_FIRST_PRIVATE = 0xE000
_PRIVATE_COUNT = 6400


def analyze(pieces: Sequence[Piece]) -> list[Word]:
    """The words of `pieces` in order, marks included.

    Args:
        pieces: contiguous pieces, as `normalization.normalize` returns them.

    Returns:
        Words with places in the original text. What cannot be read at all is a word with an empty pronunciation and
        the source "unknown": nothing is dropped.
    """
    return [word for chunk in chunked(pieces) for word in _analyze_chunk(chunk)]


def _analyze_chunk(pieces: list[Piece]) -> list[Word]:
    layout = lay_out(pieces)
    features = run_mecab(layout.text)
    places = _stand_in_places(features, layout)
    if len(set(places) & set(layout.stand_ins)) < len(layout.stand_ins):
        layout = lay_out(pieces, spaced=True)  # a stand-in grew together with its neighbours: keep it apart
        features = run_mecab(layout.text)
        places = _stand_in_places(features, layout)
    return build_words(_read(features, places, layout), layout)


def _stand_in_places(features: list[str], layout: Layout) -> list[int]:
    """For each of MeCab's words: its place in the text where it is a stand-in, else -1."""
    places = []
    position = 0
    for feature in features:
        surface = feature.split(",", 1)[0]
        position = max(layout.text.find(surface, position), position)
        places.append(position if surface == STAND_IN and position in layout.stand_ins else -1)
        position += len(surface)
    return places


def _read(features: list[str], places: list[int], layout: Layout) -> list[dict[str, Any]]:
    """NJD's words after all rules; known readings are protected from them.

    Keys of ours: `tsukasa_piece` holds the piece of a stand-in, `tsukasa_unknown` marks words without an entry.
    """
    known: dict[str, Piece] = {}
    prepared = []
    for feature, place in zip(features, places, strict=True):
        if place >= 0:
            surface = chr(_FIRST_PRIVATE + len(known) % _PRIVATE_COUNT)
            known[surface] = layout.stand_ins[place]
            feature = _stand_in_feature(surface, known[surface])
        prepared.append(feature)
    njd = run_njd(prepared)
    for entry in njd:
        if entry["string"] in known:
            entry["tsukasa_piece"] = known[entry["string"]]
            entry["is_reading_protected"] = True
    njd = shorten_decimals(apply_rules(layout.text, njd))
    unknown = {feature.split(",", 1)[0] for feature in features if is_unknown(feature)}
    for entry in njd:
        if entry["string"] in unknown:
            entry["tsukasa_unknown"] = True
        piece = entry.get("tsukasa_piece")
        if piece is not None:
            entry["string"] = piece.text or piece.kana
    return read_compounds(disambiguate(njd, layout.text), layout.text)


def _stand_in_feature(surface: str, piece: Piece) -> str:
    """A line as MeCab writes it for a word of the dictionary."""
    kana = to_katakana(piece.kana or "") or LONG_MARK
    morae = split_morae(kana)
    accent = piece.accent if piece.accent is not None else guess_accent(morae)
    return f"{surface},{','.join(piece.pos)},一般,*,*,*,{surface},{kana},{kana},{accent}/{len(morae)},C1"


def guess_accent(morae: Sequence[str]) -> int:
    """The usual accent of a noun that no dictionary knows: the third mora from the end, as loanwords have it.

    The nucleus moves one mora to the left from ン, ッ or ー (Kubozono, "The phonology of Japanese", 2015).
    """
    nucleus = max(len(morae) - 2, 1)
    while nucleus > 1 and morae[nucleus - 1] in (MORAIC_NASAL, "ッ", LONG_MARK):
        nucleus -= 1
    return nucleus if morae else 0
