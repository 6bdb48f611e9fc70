# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Folding of characters: width, kana marks, iteration marks, invisible characters, old kanji.

`fold` rewrites characters one by one into the forms the rest of the front-end knows, and remembers for every
resulting character where it came from. It is not NFKC: that would turn `…` into three full stops, `½` into `1⁄2`
without saying where the number before it ends (`3½` -> `31⁄2`), `ﾟ` into a stray combining mark and `ª` into `a`.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache


# Text made only of these needs no folding at all.
_PLAIN = re.compile(r"[ぁ-ゖァ-ヺー一-鿿、。！？「」『』…・ 〜!?,.0-9A-Za-z]*")

_HALFWIDTH_KANA = dict(
    zip(
        "｡｢｣､･ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ",
        "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン",
        strict=True,
    )
)
_VOICED_MARKS = "\u3099\u309b\uff9e"  # combining, spacing, half-width
_SEMIVOICED_MARKS = "\u309a\u309c\uff9f"


@dataclass(frozen=True)
class Folded:
    """`text` with, for each of its characters, the offsets `starts[i]:ends[i]` in the original string."""

    text: str
    starts: tuple[int, ...] | range
    ends: tuple[int, ...] | range


def fold(text: str) -> Folded:
    """Fold `text`; characters that cannot be spoken (controls, zero width, variation selectors) disappear."""
    if _PLAIN.fullmatch(text):
        return Folded(text, range(len(text)), range(1, len(text) + 1))
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for index, char in enumerate(text):
        if char in _VOICED_MARKS or char in _SEMIVOICED_MARKS:
            if out:
                out[-1] = _add_mark(out[-1], voiced=char in _VOICED_MARKS)
                ends[-1] = index + 1
            continue
        for produced in _fold_char(char):
            out.append(produced)
            starts.append(index)
            ends.append(index + 1)
    return Folded("".join(out), tuple(starts), tuple(ends))


def _add_mark(kana: str, voiced: bool) -> str:
    composed = unicodedata.normalize("NFC", kana + ("\u3099" if voiced else "\u309a"))
    return composed if len(composed) == 1 else kana


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char in _HALFWIDTH_KANA:
        return _HALFWIDTH_KANA[char]
    if "\uff01" <= char <= "\uff5e":
        return unicodedata.normalize("NFKC", char)
    category = unicodedata.category(char)
    if char in "\t\n\r\u3000" or category in ("Zs", "Zl", "Zp"):
        return " "
    if category in ("Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"):
        return ""
    return char
