# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Morae as clients of VOICEVOX write them: katakana with the symbols of a consonant and a vowel."""

import re
from typing import NamedTuple

from ....text.phonemes.morae import CLEAN_SOUNDS, GEMINATE, LONG_MARK, MORAIC_NASAL


VOWELS = "aiueo"
_MISSING = "-"
# Consonant to the kana with the vowels a i u e o.
_ROWS = {
    "": "ア イ ウ エ オ",
    "y": "ヤ - ユ イェ ヨ",
    "w": "ワ ウィ ウゥ ウェ ウォ",
    "k": "カ キ ク ケ コ",
    "g": "ガ ギ グ ゲ ゴ",
    "ky": "キャ キィ キュ キェ キョ",
    "gy": "ギャ ギィ ギュ ギェ ギョ",
    "kw": "クヮ クィ クゥ クェ クォ",
    "gw": "グヮ グィ グゥ グェ グォ",
    "s": "サ スィ ス セ ソ",
    "z": "ザ ズィ ズ ゼ ゾ",
    "sh": "シャ シ シュ シェ ショ",
    "j": "ジャ ジ ジュ ジェ ジョ",
    "t": "タ ティ トゥ テ ト",
    "d": "ダ ディ ドゥ デ ド",
    "ch": "チャ チ チュ チェ チョ",
    "ts": "ツァ ツィ ツ ツェ ツォ",
    "ty": "テャ - テュ テェ テョ",
    "dy": "デャ - デュ デェ デョ",
    "n": "ナ ニ ヌ ネ ノ",
    "ny": "ニャ ニィ ニュ ニェ ニョ",
    "h": "ハ ヒ - ヘ ホ",
    "b": "バ ビ ブ ベ ボ",
    "p": "パ ピ プ ペ ポ",
    "hy": "ヒャ ヒィ ヒュ ヒェ ヒョ",
    "by": "ビャ ビィ ビュ ビェ ビョ",
    "py": "ピャ ピィ ピュ ピェ ピョ",
    "f": "ファ フィ フ フェ フォ",
    "m": "マ ミ ム メ モ",
    "my": "ミャ ミィ ミュ ミェ ミョ",
    "r": "ラ リ ル レ ロ",
    "ry": "リャ リィ リュ リェ リョ",
    "v": "ヴァ ヴィ ヴ ヴェ ヴォ",
}
# Kana that is read, but not written from symbols: the kana that has its sound.
_READ_AS = {
    **dict(zip("ァィゥェォャュョヮヰヱヲヶ", "アイウエオヤユヨワイエオケ", strict=True)),
    "クァ": "クヮ",
    "グァ": "グヮ",
    "ヂ": "ジ",
    "ヂェ": "ジェ",
    "ヂャ": "ジャ",
    "ヂュ": "ジュ",
    "ヂョ": "ジョ",
    "ヅ": "ズ",
    "ヴャ": "ビャ",
    "ヴュ": "ビュ",
    "ヴョ": "ビョ",
}


class Symbols(NamedTuple):
    """The symbols of a mora: its consonant, or None, and its vowel, `N` or `cl`."""

    consonant: str | None
    vowel: str


def _table() -> dict[str, Symbols]:
    table = {MORAIC_NASAL: Symbols(None, "N"), GEMINATE: Symbols(None, "cl")}
    for consonant, row in _ROWS.items():
        for kana, vowel in zip(row.split(), VOWELS, strict=True):
            if kana != _MISSING:
                table[kana] = Symbols(consonant or None, vowel)
    return table | {kana: table[same] for kana, same in _READ_AS.items()}


SYMBOLS: dict[str, Symbols] = _table()
"""The symbols of every mora that a query can have."""

_LONGEST_FIRST = re.compile("|".join(sorted(SYMBOLS, key=len, reverse=True)))
VOWEL_KANA = dict(zip(VOWELS, "アイウエオ", strict=True))
"""Kana of the vowels."""


def mora_at(kana: str, place: int) -> str | None:
    """The longest mora that begins at a place of katakana, if any."""
    match = _LONGEST_FIRST.match(kana, place)
    return None if match is None else match.group()


def query_morae(mora: str, vowel: str) -> list[str]:
    """A mora of our readings as the morae of a query: mostly one, in the kana of its sound.

    Args:
        mora: katakana.
        vowel: that of the mora before it, which ー lengthens; "" at a beginning, where ー is nothing.
    """
    if mora == LONG_MARK:
        return [VOWEL_KANA[vowel]] if vowel in VOWEL_KANA else []
    found = [part for part in ([mora] if mora in SYMBOLS else list(mora)) if part in SYMBOLS]
    return [_READ_AS.get(part, part) for part in found]


def speakable(mora: str) -> str:
    """A mora of a query in kana that every profile can speak: a small kana that stands alone or that it lacks is full
    size, キィ as キイ."""
    if mora in CLEAN_SOUNDS or mora in (MORAIC_NASAL, GEMINATE):
        return mora
    return "".join(_READ_AS.get(kana, kana) for kana in mora)


__all__ = ["SYMBOLS", "VOWELS", "VOWEL_KANA", "Symbols", "mora_at", "query_morae", "speakable"]
