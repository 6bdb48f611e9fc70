# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words to the phoneme string of the checkpoints."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .morae import CLEAN_SOUNDS, GEMINATE, LEGACY_SOUNDS, LONG_MARK, MORAIC_NASAL, MoraSound, split_morae
from .words import Word


_PUNCTUATION = {
    "、": ",", "，": ",", ",": ",", "､": ",",
    "。": ".", "．": ".", ".": ".", "｡": ".",
    "？": "?", "?": "?", "！": "!", "!": "!", "♪": "!", "♫": "!", "♬": "!",
    "「": '"', "」": '"', "『": '"', "』": '"', "＂": '"', '"': '"', "“": '"', "”": '"',
    "…": "...", "‥": "..", "：": ":", ":": ":", "；": ";", ";": ";",
    "～": "—", "—": "—", "―": "—", "–": "—",
}  # fmt: skip
_OPENING = "「『“（(【［[〈《〔｛{"
_SPACED_AFTER = ".,?!:;"


@dataclass(frozen=True)
class Owner:
    """Where a phoneme symbol comes from: its word, and its mora in the whole text (-1 for spaces and marks)."""

    word: int
    mora: int


class PhonemeText:
    """Phoneme symbols, each with its owner, under rewriting rules."""

    def __init__(self) -> None:
        self.symbols = ""
        self.owners: list[Owner] = []

    def append(self, symbols: str, owner: Owner) -> None:
        self.symbols += symbols
        self.owners.extend([owner] * len(symbols))

    def rewrite(self, pattern: str, replacement: str | Callable[[re.Match], str]) -> None:
        """Replaces every match; a new symbol belongs to whom the symbol at the same place of the match belonged."""
        symbols: list[str] = []
        owners: list[Owner] = []
        position = 0
        for match in re.finditer(pattern, self.symbols):
            new = replacement(match) if callable(replacement) else match.expand(replacement)
            old = self.owners[match.start() : match.end()]
            symbols += [self.symbols[position : match.start()], new]
            owners += self.owners[position : match.start()]
            owners += [old[min(index, len(old) - 1)] for index in range(len(new))]
            position = match.end()
        self.symbols = "".join([*symbols, self.symbols[position:]])
        self.owners = owners + self.owners[position:]


def nasal_before(onset: str, vowel: str) -> str:
    first = (onset + vowel)[:1]
    if first in ("m", "b", "p"):
        return "m"
    if first in ("t", "d", "n", "s", "z", "ɽ"):
        return "n"
    if first in ("k", "g"):
        return "ŋ"
    if first in ("a", "i", "ɯ", "e", "o", "j"):
        return "ɴ'"
    return "ɴ"


def _legacy_nasal(sound: MoraSound) -> str:
    if sound.onset == "nʲ" or (sound.onset == "n" and sound.vowel == "ɯ"):
        return "ʔ"
    return nasal_before(sound.onset, sound.vowel)


def _legacy_geminate(sound: MoraSound) -> str:
    if sound.onset.startswith("dʑ"):
        return "dʑ"
    if sound.onset == "n" and sound.vowel != "ɯ":
        return "n"
    if sound.onset == "ç":
        return "h"
    if sound.onset == "ɽ":
        return "r"
    if sound.onset == "j" and sound.vowel != "ɯ":
        return "j"
    return "ʔ"


def render(words: Sequence[Word], profile: str = "legacy", accent: bool = False) -> PhonemeText:
    clean = profile == "clean"
    sounds = CLEAN_SOUNDS if clean else LEGACY_SOUNDS
    text = PhonemeText()
    mora_count = 0
    units = []  # (kind, value, word)
    for index, word in enumerate(words):
        if not word.pronunciation:
            units.append(("mark", word.surface, index))
            continue
        if units and units[-1][0] == "mora" and not word.joined:
            units.append(("space", "", index))
        units.extend(("mora", mora, index) for mora in split_morae(word.pronunciation))
    for position, (kind, value, index) in enumerate(units):
        if kind == "space":
            text.append(" ", Owner(index, -1))
            continue
        if kind == "mark":
            _append_mark(text, value, index, clean)
            continue
        owner = Owner(index, mora_count)
        mora_count += 1
        following = units[position + 1] if position + 1 < len(units) else ("end", "", -1)
        if text.symbols and text.symbols[-1] in _SPACED_AFTER:
            text.append(" ", Owner(index, -1))
        if value == LONG_MARK:
            text.append("ː", owner)
        elif value == MORAIC_NASAL:
            sound = sounds.get(following[1]) if following[0] == "mora" else None
            nasal = "ɴ" if sound is None else (_legacy_nasal(sound) if not clean else nasal_before(sound.onset, sound.vowel))
            text.append(nasal, owner)
        elif value == GEMINATE:
            nxt = following
            if nxt[0] == "space" and position + 2 < len(units):
                nxt = units[position + 2]
            sound = sounds.get(nxt[1]) if nxt[0] == "mora" else None
            text.append("ʔ" if sound is None or clean else _legacy_geminate(sound), owner)
        else:
            sound = sounds[value]
            text.append(sound.onset + sound.vowel, owner)
    if not clean:
        _apply_legacy_habits(text)
    text.rewrite(r" +$|^ +", "")
    return text


def _append_mark(text: PhonemeText, surface: str, index: int, clean: bool) -> None:
    owner = Owner(index, -1)
    for character in surface:
        symbol = _PUNCTUATION.get(character)
        if symbol is None:
            if text.symbols and text.symbols[-1] != " ":
                text.append(" ", owner)
        elif character in _OPENING:
            if text.symbols and text.symbols[-1] != " ":
                text.append(" ", owner)
            text.append(symbol, owner)
        else:
            if text.symbols.endswith(" "):
                text.rewrite(" $", "")
            text.append(symbol, owner)


def _apply_legacy_habits(text: PhonemeText) -> None:
    # Equal vowels of one word become one long vowel; ɯɯ stays.
    text.rewrite(r"([aieo])\1", r"\1ː")
    text.rewrite(r"ɯː", "ɯɯ")
    text.rewrite(r"(dʲ|fʲ|sʲ|tsʲ)ː", r"\1i")
    text.rewrite(r"ʔ ", "ʔ")
    text.rewrite(r"ʔ([!?.])", r"\1\1")
    text.rewrite(r" (nɯ|nʲ)", r"\1")
    text.rewrite(r"ɯa", "wa")
    text.rewrite(r"a a", "aː")
    text.rewrite(r"i i", "iː")
    text.rewrite(r"aːt", "a at")
    text.rewrite(r"aːr", "a ar")
    text.rewrite(r"viː", "bɯiː")
    text.rewrite(r" mina ", " miɴna ")
