# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The one door to pyopenjtalk-plus: an analyser per thread, and what the dictionary makes of single characters."""

import contextlib
import io
import re
import threading
from functools import lru_cache
from typing import Any


with contextlib.redirect_stdout(io.StringIO()):  # it prints a hint about ONNX Runtime, which nothing here uses
    import pyopenjtalk
    from pyopenjtalk.utils import normalize_unknown_itaiji


MAX_CHARACTERS = 1000
"""What one analysis gets at most: the library refuses more than about 2,700 characters, and time grows with length."""

_KNOWN_COMMAS = 8  # an unknown word has eight values, a word of the dictionary twelve or more
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


def is_unknown(feature: str) -> bool:
    """Whether a word that `run_mecab` returned is not in the dictionary."""
    return feature.count(",") < _KNOWN_COMMAS


def run_njd(features: list[str]) -> list[dict[str, Any]]:
    """NJD's words: numbers read, accent phrases and accents set."""
    return _analyser().run_njd_from_mecab(features, True, True)


def apply_rules(text: str, njd: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The library's rules after NJD, with long vowels reverted (コウ, not コー) and 言う as イウ.

    Its helpers by Sudachi and by the 何 model stay off: they bring nothing measurable (g2p/README.md) and cost time;
    `disambiguation` takes their place.
    """
    return pyopenjtalk.apply_postprocessing(
        text,
        njd,
        use_sudachi_kanji_yomi=False,
        predict_nani=False,
        revert_long_vowels=True,
        iu_pronunciation="Iu",
        jtalk=_analyser(),
    )


@lru_cache(maxsize=16384)
def mecab_form(character: str) -> str:
    """How the library writes a character before the analysis (half width to full width; control characters vanish)."""
    if "\ud800" <= character <= "\udfff":  # half of a surrogate pair cannot be encoded
        return ""
    return _analyser().normalize_for_mecab(character)


@lru_cache(maxsize=16384)
def is_readable(character: str) -> bool:
    """Whether the analysis can do something with a character: kana and kanji, and what the dictionary has."""
    return _JAPANESE.match(character) is not None or not any(is_unknown(word) for word in run_mecab(character))


def modern_kanji(text: str) -> str:
    """`text` with kanji variants that the dictionary lacks replaced by their common form, character by character."""
    modern = normalize_unknown_itaiji(text, inference_jtalk=_analyser())
    return modern if len(modern) == len(text) else text
