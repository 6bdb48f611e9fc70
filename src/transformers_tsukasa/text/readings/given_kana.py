# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Readings as writers give them: in hiragana or katakana of any width, with spaces or ・ between the parts."""

import re

from ..normalization.character_folding import fold
from ..phonemes.morae import LONG_MARK, is_kana, to_katakana


_SEPARATORS = re.compile(r"[\s・]")
_LONG = re.compile("(?<=[ぁ-ゖァ-ヺー])[-‐‑–—―−─〜～~]")  # what stands for ー in ラ―メン, す〜ぱ〜


def given_kana(reading: str) -> str | None:
    """The katakana of a reading that is given for a word; None where it is not kana, or nothing but ー."""
    kana = _LONG.sub(LONG_MARK, _SEPARATORS.sub("", fold(reading).text))
    return to_katakana(kana) if is_kana(kana) and kana.strip(LONG_MARK) else None
