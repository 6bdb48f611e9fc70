# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The one entry point to pyopenjtalk-plus: an analyser per thread, its words as `NjdWord`s, and single characters as
its dictionary has them."""

import contextlib
import io
import re
import threading
import types
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast

from ..phonemes.morae import LONG_MARK, split_morae, to_katakana
from ..types import Piece, Word
from .njd_words import NjdWord, guess_accent


with contextlib.redirect_stdout(io.StringIO()):  # it prints a hint about ONNX Runtime, which nothing here uses
    import pyopenjtalk
    from pyopenjtalk.types import NJDFeature
    from pyopenjtalk.utils import normalize_unknown_itaiji


MAX_CHARACTERS = 1000
"""Most characters of one analysis: the library refuses more than about 2,700, and time grows with length."""

_KNOWN_COMMAS = 8  # an unknown word has eight values, a word of the dictionary twelve or more
# Between MeCab and NJD a word whose reading is known has a private character as its writing, by which it is found
# again. One analysis never has as many words as there are private characters (6,400).
_FIRST_PRIVATE = 0xE000
_JAPANESE = re.compile("[ぁ-ゖァ-ヺー々〆〇ヶ一-鿿㐀-䶿豈-龎𠀀-𲎯、。！？]")
_local = threading.local()
_lock = threading.Lock()


def _analyser() -> pyopenjtalk.OpenJTalk:
    """One analyser per thread: they share the dictionary's memory, and none has to wait for another."""
    analyser = getattr(_local, "analyser", None)
    if analyser is None:
        with _lock:
            analyser = pyopenjtalk.OpenJTalk(dn_mecab=pyopenjtalk.OPEN_JTALK_DICT_DIR)
        _local.analyser = analyser
    return analyser


def run_mecab(text: str) -> list[str]:
    """MeCab's words of `text`, each a line of comma separated features; spaces are left out."""
    return _analyser().run_mecab(text) if text else []


def surface_of(feature: str) -> str:
    """The writing of a word that `run_mecab` returned."""
    return feature.split(",", 1)[0]


def is_unknown(feature: str) -> bool:
    """Whether a word that `run_mecab` returned is not in the dictionary."""
    return feature.count(",") < _KNOWN_COMMAS


def read_words(features: Sequence[str], pieces: Sequence[Piece | None], text: str) -> list[NjdWord]:
    """MeCab's words with readings, accent phrases and accents, by NJD and the library's rules after it.

    Long vowels are spoken as the dictionary reads them (コウ, not コー), and 言う is イウ. The library's helpers by
    Sudachi and by a model for 何 stay off: they bring nothing measurable and cost time (docs/spec/readings.md);
    `disambiguation` takes their place.

    Args:
        features: words as `run_mecab` returns them for `text`.
        pieces: for each of them the piece whose reading it keeps, None for an ordinary word.
        text: the analysed text.

    Returns:
        Words; NJD may have cut or joined ordinary ones. A word with a piece has the writing of the piece.
    """
    named: dict[str, Piece] = {}
    prepared: list[str] = []
    for feature, piece in zip(features, pieces, strict=True):
        if piece is not None:
            name = chr(_FIRST_PRIVATE + len(named))
            named[name] = piece
            feature = _feature_of(name, piece)
        prepared.append(feature)
    njd = _analyser().run_njd_from_mecab(prepared, True, True)
    for entry in njd:
        if entry["string"] in named:
            entry["is_reading_protected"] = True
        elif entry["string"].startswith("十日") and entry["read"].startswith(_MISSPELT_TENTH):
            entry["read"] = _TENTH + entry["read"][len(_MISSPELT_TENTH) :]
    njd = _apply_postprocessing(
        text,
        njd,
        use_sudachi_kanji_yomi=False,
        predict_nani=False,
        revert_long_vowels=True,
        iu_pronunciation="Iu",
        jtalk=_analyser(),
    )
    unknown = {surface_of(feature) for feature in set(features) if is_unknown(feature)}
    return [_njd_word(entry, named.get(entry["string"]), entry["string"] not in unknown) for entry in njd]


_MISSPELT_TENTH, _TENTH = "トウカ", "トオカ"  # the library's rules for numerals, of a 十日 written in digits

_KANJI = re.compile("[一-鿿㐀-䶿々豈-龎𠀀-𲎯]")
_NUMERALS = re.compile("[〇一二三四五六七八九十百千万億兆]+")
_BESIDE_NUMERALS = frozenset({"しょ", "くん", "さん"})  # 一しょ, 六三四くん


_CONTEXT = 3  # words on both sides of one that may have another reading; farther away they change nothing


def _modify_context_reading(njd: list[NJDFeature]) -> list[NJDFeature]:
    """The library's rules for words whose reading depends on their neighbours, asked only where there may be one.

    All of them are about words in kanji, three about numerals. They cost as much as the rest of the library, for every
    word, which counts where a text is a row of digits or letters.
    """
    spans: list[list[int]] = []
    for place, entry in enumerate(njd):
        if _may_depend_on_context(entry):
            begin, end = max(place - _CONTEXT, 0), min(place + _CONTEXT + 1, len(njd))
            if spans and begin <= spans[-1][1]:
                spans[-1][1] = end
            else:
                spans.append([begin, end])
    for begin, end in spans:
        njd[begin:end] = pyopenjtalk.modify_context_reading(njd[begin:end])
    return njd


def _may_depend_on_context(entry: NJDFeature) -> bool:
    return _has_kanji_or_counts(entry["string"], entry["orig"])


@lru_cache(maxsize=16384)
def _has_kanji_or_counts(written: str, lemma: str) -> bool:
    if _KANJI.search(written) is not None:
        return _NUMERALS.fullmatch(written) is None
    return written in _BESIDE_NUMERALS or _KANJI.search(lemma) is not None


# The library's own function with that step for its one; what others of the process call stays as it is.
_apply_postprocessing = types.FunctionType(
    pyopenjtalk.apply_postprocessing.__code__,
    {**vars(pyopenjtalk), "modify_context_reading": _modify_context_reading},
    "_apply_postprocessing",
)
_apply_postprocessing.__kwdefaults__ = pyopenjtalk.apply_postprocessing.__kwdefaults__


def _feature_of(name: str, piece: Piece) -> str:
    """A line as MeCab writes it for a word of the dictionary, with the reading of `piece`."""
    kana, accent = _kana_and_accent(piece.kana or "", piece.accent)
    return f"{name},{','.join(piece.pos)},一般,*,*,*,{name},{kana},{kana},{accent},C1"


@lru_cache(maxsize=4096)
def _kana_and_accent(reading: str, accent: int | None) -> tuple[str, str]:
    """The katakana of a reading, and its nucleus and morae as MeCab's dictionary writes them."""
    kana = to_katakana(reading) or LONG_MARK
    morae = split_morae(kana)
    return kana, f"{guess_accent(morae) if accent is None else accent}/{len(morae)}"


class LabelledWord(NamedTuple):
    """A word to make labels of.

    Attributes:
        word: with its accent.
        morae: as it is spoken, with ー where a vowel is long.
        begins_phrase: whether an accent phrase begins with it.
    """

    word: Word
    morae: str
    begins_phrase: bool


def full_context_labels(words: Sequence[LabelledWord]) -> list[str]:
    """Open JTalk's full-context labels of words between two pauses, vowels that go silent included.

    Args:
        words: with a reading each.
    """
    return _analyser().make_label(_analyser().set_unvoiced_vowel([_feature_of_word(*word) for word in words]))


def _feature_of_word(word: Word, morae: str, begins_phrase: bool) -> NJDFeature:
    """A word as NJD describes it."""
    details = dict(zip(("pos_group1", "pos_group2", "pos_group3"), word.pos_details, strict=True))
    # です and ます end silently wherever they stand, which the dictionary marks and rules do not tell.
    spoken = f"{morae}’" if word.pos == "助動詞" and morae in ("デス", "マス") else morae
    feature = {
        "string": word.surface,
        "pos": word.pos,
        **details,
        "ctype": word.conjugation_type,
        "cform": word.conjugation_form,
        "orig": word.lemma,
        "read": morae,
        "pron": spoken,
        "acc": word.accent,
        "mora_size": len(split_morae(morae)),
        "chain_rule": "*",
        "chain_flag": 0 if begins_phrase else 1,
        "is_reading_protected": False,
        "is_reading_rewritten": False,
    }
    return cast(NJDFeature, feature)


def _njd_word(entry: NJDFeature, piece: Piece | None, is_known: bool) -> NjdWord:
    return NjdWord(
        surface=entry["string"] if piece is None else piece.text or piece.kana or "",
        pos=entry["pos"],
        pos_details=(entry["pos_group1"], entry["pos_group2"], entry["pos_group3"]),
        conjugation_type=entry["ctype"],
        conjugation_form=entry["cform"],
        lemma=entry["orig"],
        kana=entry["read"],
        pronunciation=entry["pron"],
        accent=entry["acc"],
        mora_count=entry["mora_size"],
        continues_phrase=entry["chain_flag"] == 1,
        piece=piece,
        is_known=is_known,
    )


@lru_cache(maxsize=16384)
def mecab_form(character: str) -> str:
    """How the library writes a character before the analysis (half width to full width; control characters vanish)."""
    if "\ud800" <= character <= "\udfff":  # half of a surrogate pair cannot be encoded
        return ""
    return _analyser().normalize_for_mecab(character)


class _KeepsForms:
    """The analyser for the library's search for variants, which asks for the form of a character many times."""

    def normalize_for_mecab(self, text: str) -> str:
        """The form of a text, kept for single characters."""
        return mecab_form(text) if len(text) == 1 else _analyser().normalize_for_mecab(text)

    def run_mecab_detailed(self, text: str) -> Any:
        """As the analyser does."""
        return _analyser().run_mecab_detailed(text)


@lru_cache(maxsize=16384)
def is_readable(character: str) -> bool:
    """Whether the analysis can read a character: kana, kanji, and characters of the dictionary."""
    return _JAPANESE.match(character) is not None or not any(is_unknown(word) for word in run_mecab(character))


def modern_kanji(text: str) -> str:
    """`text` with kanji variants that the dictionary lacks replaced by their common form, character by character."""
    modern = normalize_unknown_itaiji(text, inference_jtalk=cast(pyopenjtalk.OpenJTalk, _KeepsForms()))
    return modern if len(modern) == len(text) else text
