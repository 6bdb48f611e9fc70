# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Historical kana spelling (けふ, 使ふ, でせう, 言つた) as it is written today, so that the dictionary knows it.

Some spellings cannot be modern Japanese (けふ, でせう, 使ふ): they are always rewritten. Others can (つ before た,
やう, うへ): they are rewritten only in a text that has one of the former. ゐ and ゑ are folded into い and え
everywhere, which is how they sound. The rules are those of the reform of 1946 (現代かなづかい): ハ行 of verbs to ワ行,
あう and えう to おう and よう, っ written small.
"""

import re
from functools import lru_cache

from ..types import Piece
from .rules import rewritten


# Kanji of verbs with the endings は ひ ふ へ, and of verbs in -える that were written with へ.
_VERBS = "思言云使笑問失払習違願歌唄買会逢遭食向迷救誘襲争従匂舞酔縫追負沿装奪養扱繕慕漂疑吸拾洗祝伺慣厭請乞"
_E_VERBS = "考教伝迎与加答数備植換替変覚控抑堪衰蓄訴唱讃据構越燃絶栄肥癒見聞"
_WORDS = {
    "けふ": "きょう",
    "きのふ": "きのう",
    "てふてふ": "ちょうちょう",
    "でせう": "でしょう",
    "ませう": "ましょう",
    "だらう": "だろう",
    "なからう": "なかろう",
    "ありがたう": "ありがとう",
    "おめでたう": "おめでとう",
    "あはれ": "あわれ",
    "をかし": "おかし",
    "をとこ": "おとこ",
    "をんな": "おんな",
    "をとめ": "おとめ",
    "をさな": "おさな",
    "にほひ": "におい",
    "思ひ出": "思い出",
}
_POSSIBLE_WORDS = {
    "やうやう": "ようよう",
    "やう": "よう",
    "さう": "そう",
    "かう": "こう",
    "らう": "ろう",
    "をり": "おり",
    "をる": "おる",
    "いふ": "いう",
    "いへ": "いえ",
    "うへ": "うえ",
    "まへ": "まえ",
    "なほ": "なお",
    "かほ": "かお",
    "おもふ": "おもう",
    "おもひ": "おもい",
    "ちひさ": "ちいさ",
}
_CERTAIN = "|".join(
    [
        *_WORDS,
        rf"(?<=[{_VERBS}])ふ",
        rf"(?<=[{_VERBS}])ひ(?=[またてつ]|なが)",
        rf"(?<=[{_E_VERBS}])へ(?=[たてずまるられ])",
    ]
)
_POSSIBLE = "|".join(
    [rf"(?<=[{_VERBS}])[はひへ](?=[れせなずばにのを])", "(?<=[一-鿿なあだか])つ(?=[たて])", *_POSSIBLE_WORDS]
)
_LETTERS = str.maketrans("はひふへつ", "わいうえっ")

PATTERN = f"{_CERTAIN}|{_POSSIBLE}"
"""Places where `read` may apply."""

_CERTAIN_HERE = re.compile(_CERTAIN)
_COMPILED = re.compile(PATTERN)


def read(text: str, position: int) -> list[Piece] | None:
    """The modern spelling of the writing at `position`, or None where it may be modern already."""
    match = _COMPILED.match(text, position)
    if match is None or not (_CERTAIN_HERE.match(text, position) or _is_old(text)):
        return None
    written = match.group()
    modern = _WORDS.get(written) or _POSSIBLE_WORDS.get(written) or written.translate(_LETTERS)
    return [rewritten(len(written), modern, "rule:old spelling", note=f"historical spelling of {modern}")]


@lru_cache(maxsize=8)  # every place of a text asks
def _is_old(text: str) -> bool:
    """Whether a text has a spelling that cannot be modern."""
    return _CERTAIN_HERE.search(text) is not None
