# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Katakana and morae, and the phoneme symbols of every mora, generated from the rows of the kana table.

Two forms exist of the few morae that the strings of the published checkpoints write with a loss (ディ without its
vowel, ウィ without its glide): `legacy` is what those checkpoints were trained on, `clean` keeps all that is spoken.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast


_Function = TypeVar("_Function", bound=Callable[..., Any])
LONGEST_KEPT = 64
"""The longest word, in characters, whose readings are kept: words repeat, and longer texts would fill the memory."""

_MOST_WORDS = 65536

LONG_MARK = "ー"
MORAIC_NASAL = "ン"
GEMINATE = "ッ"

_VOWELS = ("a", "i", "ɯ", "e", "o")
KANA_ROWS = {
    "": "アイウエオ",
    "k": "カキクケコ",
    "g": "ガギグゲゴ",
    "s": "サシスセソ",
    "z": "ザジズゼゾ",
    "t": "タチツテト",
    "d": "ダヂヅデド",
    "n": "ナニヌネノ",
    "h": "ハヒフヘホ",
    "b": "バビブベボ",
    "p": "パピプペポ",
    "m": "マミムメモ",
    "j": "ヤ ユ ヨ",
    "ɽ": "ラリルレロ",
    "w": "ワヰ ヱ ",
}
"""Onset -> the kana of its row, in the order of the vowels a i u e o; a space where there is none."""

# Onsets that differ from the rest of their row.
_OWN_ONSETS = {
    "シ": "ɕ",
    "ジ": "dʑ",
    "チ": "tɕ",
    "ツ": "ts",
    "ヂ": "dʑ",
    "ヅ": "z",
    "ヒ": "ç",
    "フ": "f",
    "ル": "r",
    "ヴ": "v",
}
# Onset of kana + ャ ュ ョ. The last column of the syllabary is written Cʲ, but hj, pj, tj, vj, sj.
_PALATAL_ONSETS = {
    **dict.fromkeys("キク", "kʲ"),
    **dict.fromkeys("ギグ", "gʲ"),
    **dict.fromkeys("ビブ", "bʲ"),
    **dict.fromkeys("ミム", "mʲ"),
    **dict.fromkeys("ピプ", "pj"),
    "ニ": "nʲ",
    "リ": "rʲ",
    "シ": "ɕ",
    "チ": "tɕ",
    "ジ": "dʑ",
    "ヂ": "dʑ",
    "ヒ": "hj",
    "テ": "tj",
    "デ": "dʲ",
    "フ": "fʲ",
    "ヴ": "vj",
    "ス": "sj",
}
_SMALL_Y = {"ャ": "a", "ュ": "ɯ", "ョ": "o", "ェ": "e"}
SMALL_VOWELS = dict(zip("ァィゥェォ", _VOWELS, strict=True))
_SMALL_KANA = "ァィゥェォャュョヮヵヶ"
_ENLARGED = str.maketrans(_SMALL_KANA, "アイウエオヤユヨワカケ")

# Onsets of kana + ァ ィ ゥ ェ ォ as loanwords use them, for the vowels named.
_LOAN_ONSETS = {
    "シ": ("ɕ", "ェ"),
    "ジ": ("dʑ", "ェ"),
    "ヂ": ("dʑ", "ェ"),
    "チ": ("tɕ", "ェ"),
    "ツ": ("ts", "ァェォ"),
    "フ": ("f", "ァェォ"),
    "ヴ": ("v", "ァィェォ"),
    "テ": ("t", "ィ"),
    "ト": ("t", "ゥ"),
    "ド": ("d", "ゥ"),
    "ホ": ("h", "ゥ"),
    "ス": ("s", "ェ"),
    "ズ": ("z", "ィェ"),
    "ヅ": ("z", "ィェ"),
}
# Written with a loss in the published strings: onset and vowel there, onset and vowel as spoken.
_LOSSY = {
    "ディ": (("dʲ", ""), ("dʲ", "i")),
    "フィ": (("fʲ", ""), ("fʲ", "i")),
    "スィ": (("sʲ", ""), ("sʲ", "i")),
    "ツィ": (("tsʲ", ""), ("tsʲ", "i")),
    "ウィ": (("", "i"), ("ɯ", "i")),
    "ウェ": (("", "e"), ("ɯ", "e")),
    "ウォ": (("", "o"), ("ɯ", "o")),
    "ウァ": (("", "a"), ("w", "a")),
    "イェ": (("i", "e"), ("j", "e")),  # the published strings rewrite it as two morae
    "クィ": (("k", "i"), ("kɯ", "i")),
    "クェ": (("k", "e"), ("kɯ", "e")),
    "クォ": (("k", "o"), ("kɯ", "o")),
    "グィ": (("g", "i"), ("gɯ", "i")),
    "グェ": (("g", "e"), ("gɯ", "e")),
    "グォ": (("g", "o"), ("gɯ", "o")),
    "クァ": (("k", "a"), ("kw", "a")),
    "グァ": (("g", "a"), ("gw", "a")),
    "ニェ": (("n", "e"), ("nʲ", "e")),
    "ヒェ": (("h", "e"), ("hj", "e")),
    "ミェ": (("m", "e"), ("mʲ", "e")),
    "リェ": (("ɽ", "e"), ("rʲ", "e")),
    "キェ": (("k", "e"), ("kʲ", "e")),
    "ギェ": (("g", "e"), ("gʲ", "e")),
    "ビェ": (("b", "e"), ("bʲ", "e")),
    "ピェ": (("p", "e"), ("pj", "e")),
    "ヂャ": (("dʑj", "a"), ("dʑ", "a")),
    "ヂュ": (("dʑj", "ɯ"), ("dʑ", "ɯ")),
    "ヂョ": (("dʑj", "o"), ("dʑ", "o")),
}


@dataclass(frozen=True)
class MoraSound:
    """Onset and vowel of one mora; the vowel is empty where the published strings lose it."""

    onset: str
    vowel: str


def _build_sounds(clean: bool) -> dict[str, MoraSound]:
    sounds = {}
    for onset, row in KANA_ROWS.items():
        for kana, vowel in zip(row, _VOWELS, strict=False):
            if kana != " ":
                sounds[kana] = MoraSound(_OWN_ONSETS.get(kana, onset), vowel)
    sounds["ヲ"] = MoraSound("", "o")
    sounds["ヴ"] = MoraSound("v", "ɯ")
    for kana, onset in _PALATAL_ONSETS.items():
        for small in "ャュョ":
            sounds[kana + small] = MoraSound(onset, _SMALL_Y[small])
    for kana, (onset, smalls) in _LOAN_ONSETS.items():
        for small in smalls:
            sounds[kana + small] = MoraSound(onset, SMALL_VOWELS[small])
    sounds["クヮ"] = MoraSound("kɯw", "a")
    sounds["グヮ"] = MoraSound("gɯw", "a")
    for kana, (legacy, spoken) in _LOSSY.items():
        sounds[kana] = MoraSound(*(spoken if clean else legacy))
    return sounds


LEGACY_SOUNDS: dict[str, MoraSound] = _build_sounds(clean=False)
"""Mora in katakana to its sound, as the published checkpoints write it (189 morae, without ン ッ ー)."""

CLEAN_SOUNDS: dict[str, MoraSound] = _build_sounds(clean=True)
"""The same without a loss."""

_MORA_PATTERN = re.compile(
    "|".join(sorted(map(re.escape, LEGACY_SOUNDS), key=len, reverse=True)) + f"|[{MORAIC_NASAL}{GEMINATE}{LONG_MARK}]"
)
_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
_KANA_TEXT = re.compile("[゛゜]*[ぁ-ゖァ-ヺー][ぁ-ゖァ-ヺー゛゜]*")
_KATAKANA_LETTERS = str.maketrans({"ヷ": "ヴァ", "ヸ": "ヴィ", "ヹ": "ヴェ", "ヺ": "ヴォ", "゛": "", "゜": ""})


class _Kept(dict[str, Any]):
    """The results of a function for short texts; the lookup of a dict is the fastest that there is."""

    def __init__(self, function: Callable[[str], Any]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, text: str) -> Any:
        result = self._function(text)
        if len(text) <= LONGEST_KEPT:
            if len(self) >= _MOST_WORDS:
                self.clear()
            self[text] = result
        return result


def cached_for_words(function: _Function) -> _Function:
    """Keep the results of a function of a text for short ones; the argument is then given by place."""
    return cast(_Function, _Kept(function).__getitem__)


@cached_for_words
def to_katakana(text: str) -> str:
    """`text` with hiragana turned into katakana; everything else as it is."""
    return text.translate(_HIRAGANA_TO_KATAKANA).translate(_KATAKANA_LETTERS)


@cached_for_words
def is_kana(text: str) -> bool:
    """Whether `text` is one or more hiragana, katakana or ー, and nothing else."""
    return _KANA_TEXT.fullmatch(text) is not None


@cached_for_words
def split_written_morae(kana: str) -> tuple[str, ...]:
    """The morae of a reading, a small kana that stands alone (ネェ, ちぁ) as it is written.

    Args:
        kana: hiragana or katakana.

    Raises:
        ValueError: when a character is not kana.
    """
    text = to_katakana(kana)
    morae = []
    position = 0
    while position < len(text):
        match = _MORA_PATTERN.match(text, position)
        mora = match.group() if match else text[position]
        if match is None and mora not in _SMALL_KANA:
            raise ValueError(f"{kana!r} is not a reading: {mora!r} is not kana; write it in hiragana or katakana")
        morae.append(mora)
        position += len(mora)
    return tuple(morae)


@cached_for_words
def split_morae(kana: str) -> tuple[str, ...]:
    """The morae of a reading; a small kana that stands alone (ネェ, ちぁ) is a mora of its own, in full size.

    Args:
        kana: hiragana or katakana.

    Raises:
        ValueError: when a character is not kana.
    """
    return tuple(mora.translate(_ENLARGED) if len(mora) == 1 else mora for mora in split_written_morae(kana))


def vowel_of(mora: str) -> str:
    """The vowel a mora ends in (a i ɯ e o), "" for ン ッ ー."""
    sound = CLEAN_SOUNDS.get(mora)
    return sound.vowel if sound else ""


_VOWEL_KANA = dict(zip(_VOWELS, "アイウエオ", strict=True))
_SPOKEN_LONG = {("e", "イ"), ("o", "ウ"), *((vowel, kana) for vowel, kana in _VOWEL_KANA.items())}
_SAME_SOUND = str.maketrans("ヂヅヲ", "ジズオ")


@cached_for_words
def comparable_morae(kana: str) -> tuple[str, ...]:
    """The morae of a reading with every way to write a long vowel made one, to compare two readings.

    エイ, エー and エエ are the same, so are オウ, オー and オオ, ヂ and ジ, ヅ and ズ, イウ and ユー
    (docs/spec/readings.md).
    """
    text = "".join(split_morae(kana)).translate(_SAME_SOUND).replace("イウ", "ユウ")
    morae: list[str] = []
    vowel = ""
    for mora in split_morae(text):
        if (mora == LONG_MARK and vowel) or (vowel, mora) in _SPOKEN_LONG:
            morae.append(LONG_MARK)
            continue
        morae.append(mora)
        vowel = vowel_of(mora)
    return tuple(morae)
