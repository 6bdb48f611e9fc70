# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words to the phoneme string of the checkpoints, in two profiles.

`legacy` writes the strings that the published checkpoints were trained on: a romanisation turned into phonemes by
rules over strings, whose habits (docs/spec/phonemes.md) are kept, because a model has learned them. `clean` writes
every mora in one way and may mark the accent; it is for new training.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..types import UNSPOKEN, Word
from .morae import (
    CLEAN_SOUNDS,
    GEMINATE,
    LEGACY_SOUNDS,
    LONG_MARK,
    MORAIC_NASAL,
    SMALL_VOWELS,
    MoraSound,
    is_kana,
    split_morae,
    split_written_morae,
    vowel_of,
)
from .symbols import ACCENT_FALL, ACCENT_RISE, SPACE


PROFILES = ("legacy", "clean")

PUNCTUATION = {
    **dict.fromkeys("、，,､", ","),
    **dict.fromkeys("。．.｡", "."),
    **dict.fromkeys("？?⁇❓❔", "?"),
    **dict.fromkeys("！!‼♪♫♬♩❗❕", "!"),
    **dict.fromkeys('「」『』｢｣＂"“”〝〟«»', '"'),
    **dict.fromkeys("：:", ":"),
    **dict.fromkeys("；;", ";"),
    **dict.fromkeys("～—―–", "—"),
    "…": "...",
    "‥": "..",
    "⁈": "?!",
    "⁉": "!?",
}
"""Mark to symbols. Any other mark becomes a space; normalisation has removed the marks that must vanish."""

_OPENING = frozenset("「『｢“〝«")
_CLOSING = frozenset("」』｣”〟»")
_SENTENCE_MARKS = ".,?!:;"
_NO_OWNER = -1


class Owner(NamedTuple):
    """Origin of a phoneme symbol: the index of its word, and of its mora among all of the text (or -1)."""

    word: int
    mora: int


class PhonemeText:
    """Phoneme symbols, each with its owner, which stay together under rewriting rules."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.owners: list[Owner] = []

    @property
    def symbols(self) -> str:
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    @property
    def last(self) -> str:
        """The last symbol, "" at the beginning."""
        return self._parts[-1][-1] if self._parts else ""

    def append(self, symbols: str, owner: Owner) -> None:
        if symbols:
            self._parts.append(symbols)
            self.owners += [owner] * len(symbols)

    def rewrite(self, pattern: re.Pattern[str], replacement: str) -> None:
        """Replaces every match; `_inherit` tells whose the new symbols are."""
        before = self.symbols
        if pattern.search(before) is None:
            return
        symbols: list[str] = []
        owners: list[Owner] = []
        position = 0
        for match in pattern.finditer(before):
            new = match.expand(replacement)
            old = self.owners[match.start() : match.end()]
            symbols += [before[position : match.start()], new]
            owners += self.owners[position : match.start()]
            owners += [old[place] for place in _inherit(match.group(), new)]
            position = match.end()
        self._parts = [part for part in (*symbols, before[position:]) if part]
        self.owners = owners + self.owners[position:]


def _inherit(old: str, new: str) -> list[int]:
    """For every symbol of `new`, the place of the symbol of `old` whose owner it gets.

    Symbols that stay at either end keep theirs. Between these, the last ones match: where two morae become one long
    vowel (i i to iː), the length mark is the second one's.
    """
    longest = min(len(old), len(new))
    head = next((place for place in range(longest) if old[place] != new[place]), longest)
    tail = next((size for size in range(longest - head) if old[-1 - size] != new[-1 - size]), longest - head)
    changed = range(head, len(new) - tail)
    shift = len(old) - len(new)
    places = [min(max(place + shift, head), len(old) - tail - 1) for place in changed]
    return [*range(head), *(max(place, 0) for place in places), *range(len(old) - tail, len(old))]


class _Mora(NamedTuple):
    text: str
    word: int
    sound: MoraSound | None  # None for ン, ッ and ー
    silent: bool = False  # a small vowel that the published strings do not write


class _Space(NamedTuple):
    word: int


class _Mark(NamedTuple):
    text: str
    word: int


_Unit = _Mora | _Space | _Mark


def check_profile(profile: str, accent: bool) -> None:
    """Raises a ValueError for an unknown profile, and for accent marks in "legacy"."""
    if profile not in PROFILES:
        raise ValueError(f"unknown profile {profile!r}; choose one of {', '.join(PROFILES)}")
    if accent and profile == "legacy":
        raise ValueError('the published checkpoints know no accent marks; use profile="clean" with accent=True')


def render(words: Sequence[Word], profile: str = "legacy", accent: bool = False) -> PhonemeText:
    """The phonemes of analysed words.

    Args:
        words: as `analysis.analyze` returns them.
        profile: "legacy" for the published checkpoints, "clean" for new training.
        accent: mark where the pitch rises (↑) and falls (↓); only with "clean".

    Raises:
        ValueError: on an unknown profile, or accent marks asked of "legacy".
    """
    check_profile(profile, accent)
    clean = profile == "clean"
    units = _lay_out(words, CLEAN_SOUNDS if clean else LEGACY_SOUNDS, clean)
    marks = _accent_marks(words) if accent else {}
    text = _write(units, clean, marks)
    for pattern, replacement in _CLEAN_RULES if clean else _LEGACY_RULES:
        text.rewrite(pattern, replacement)
    for pattern, replacement in _TIDY_RULES:
        text.rewrite(pattern, replacement)
    return text


def _lay_out(words: Sequence[Word], sounds: dict[str, MoraSound], clean: bool) -> list[_Unit]:
    """Morae, spaces and marks in order."""
    units: list[_Unit] = []
    for index, word in enumerate(words):
        if word.pos == UNSPOKEN:
            continue
        if not word.pronunciation:
            units.append(_Mark(word.surface, index))
            continue
        if units and isinstance(units[-1], _Mora) and not word.joined:
            units.append(_Space(index))
        vowel = ""
        for mora in _spoken_morae(word) if clean else _written_morae(word):
            silent = not clean and SMALL_VOWELS.get(mora) == vowel and mora in word.surface
            full = split_morae(mora)[0]
            units.append(_Mora(full, index, sounds.get(full), silent))
            vowel = vowel_of(full) or vowel
    return units


def _written_morae(word: Word) -> tuple[str, ...]:
    """The morae of a word, with the small kana of its writing where it is spoken as written (グゥ, not グウ)."""
    # A word may be one of many that a long piece was cut into, each with all of its writing.
    is_near = len(word.surface) <= 2 * len(word.pronunciation)
    if is_near and is_kana(word.surface) and split_morae(word.surface) == split_morae(word.pronunciation):
        return split_written_morae(word.surface)
    return split_written_morae(word.pronunciation)


def _spoken_morae(word: Word) -> tuple[str, ...]:
    """The morae of a word as it is spoken: 言う is ユウ, which the published strings write iɯ."""
    if word.pronunciation.endswith("イウ") and word.lemma.endswith(("言う", "いう", "云う")):
        return split_written_morae(word.pronunciation[:-2] + "ユウ")
    return split_written_morae(word.pronunciation)


def _write(units: list[_Unit], clean: bool, accents: dict[tuple[int, int], tuple[str, str]]) -> PhonemeText:
    text = PhonemeText()
    mora_count = 0
    mora_of_word = 0
    word = _NO_OWNER
    for position, unit in enumerate(units):
        if isinstance(unit, _Space):
            text.append(SPACE, Owner(unit.word, _NO_OWNER))
        elif isinstance(unit, _Mark):
            _write_mark(text, unit)
        else:
            mora_of_word = mora_of_word + 1 if unit.word == word else 0
            word = unit.word
            if text.last and text.last in _SENTENCE_MARKS:
                text.append(SPACE, Owner(unit.word, _NO_OWNER))
            owner = Owner(unit.word, mora_count)
            before, after = accents.get((word, mora_of_word), ("", ""))
            text.append(before + _mora_symbols(unit, units, position, clean) + after, owner)
            mora_count += 1
    return text


def _mora_symbols(unit: _Mora, units: list[_Unit], position: int, clean: bool) -> str:
    if unit.silent:
        return ""
    if unit.text == LONG_MARK:
        return "ː"
    if unit.text == MORAIC_NASAL:
        return _nasal(_sound_at(units, position + 1), clean)
    if unit.text == GEMINATE:
        following = position + 1
        if following < len(units) and isinstance(units[following], _Space):
            following += 1
        return "ʔ" if clean else _geminate(_sound_at(units, following))
    return "" if unit.sound is None else unit.sound.onset + unit.sound.vowel


def _sound_at(units: list[_Unit], position: int) -> MoraSound | None:
    unit = units[position] if position < len(units) else None
    return unit.sound if isinstance(unit, _Mora) else None


def _nasal(following: MoraSound | None, clean: bool) -> str:
    """ン takes the place of articulation of the sound after it, inside a word."""
    if following is None:
        return "ɴ"
    if not clean and (following.onset == "nʲ" or (following.onset, following.vowel) == ("n", "ɯ")):
        return "ʔ"
    first = (following.onset + following.vowel)[0]
    for nasal, onsets in (("m", "mbp"), ("n", "tdnszɽ"), ("ŋ", "kg")):
        if first in onsets:
            return nasal
    return "ɴ" if clean or first not in "aiɯeoj" else "ɴ'"


def _geminate(following: MoraSound | None) -> str:
    """ッ as the published strings have it: ʔ, but some consonants are written twice."""
    if following is None:
        return "ʔ"
    if following.onset.startswith("dʑ"):
        return "dʑ"
    if following.onset in ("n", "j") and following.vowel != "ɯ":
        return following.onset
    return {"ç": "h", "ɽ": "r"}.get(following.onset, "ʔ")


def _write_mark(text: PhonemeText, mark: _Mark) -> None:
    owner = Owner(mark.word, _NO_OWNER)
    for character in mark.text:
        symbols = PUNCTUATION.get(character, SPACE)
        if symbols == SPACE or character in _OPENING:
            text.append(SPACE, owner)
        if symbols != SPACE:
            text.append(symbols, owner)
        if character in _CLOSING:
            text.append(SPACE, owner)


def _accent_marks(words: Sequence[Word]) -> dict[tuple[int, int], tuple[str, str]]:
    """(word, mora of the word) to the marks before and after that mora.

    An accent phrase rises after its first mora, or before it when the nucleus is the first mora, and falls after the
    nucleus; a flat phrase only rises.
    """
    marks: dict[tuple[int, int], tuple[str, str]] = {}
    for phrase in _accent_phrases(words):
        places = [
            (index, mora) for index in phrase for mora in range(len(split_written_morae(words[index].pronunciation)))
        ]
        nucleus = min(words[phrase[0]].accent, len(places))
        rise = 0 if nucleus == 1 else 1
        if rise < len(places):
            marks[places[rise]] = (ACCENT_RISE, "")
        if nucleus:
            before, _ = marks.get(places[nucleus - 1], ("", ""))
            marks[places[nucleus - 1]] = (before, ACCENT_FALL)
    return marks


def _accent_phrases(words: Sequence[Word]) -> Iterator[list[int]]:
    phrase: list[int] = []
    for index, word in enumerate(words):
        if phrase and (word.starts_accent_phrase or not word.pronunciation):
            yield phrase
            phrase = []
        if word.pronunciation:
            phrase.append(index)
    if phrase:
        yield phrase


def _rules(*pairs: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), replacement) for pattern, replacement in pairs)


# Rewriting of every romanised string of the published checkpoints, in order. Found from recorded pairs
# (docs/spec/readings.md); each pair below is a habit of the strings, not of the language.
_LEGACY_RULES = _rules(
    # Long vowels: the first of two equal vowels in a word gets ː, further ones a dash; ɯɯ stays.
    (r"(dʲ|fʲ|sʲ|tsʲ)ː", r"\1i"),
    (r"([aeo])(?:\1|ː)(?:\1|ː)+", r"\1ː—"),
    (r"([aieo])\1", r"\1ː"),
    (r"ɯː", "ɯɯ"),
    # ッ holds on to the word after it, lengthens a vowel before a vowel, and doubles a mark.
    (r"ʔ ?(?=[aiɯeo])", "ː "),
    (r"ʔ +", "ʔ"),
    (r"(?<! ) +ʔ", "ʔ"),
    (r"ʔ([!?.])", r"\1\1"),
    # Some words stick to the word before them.
    (r" (nɯ|nʲ)", r"\1"),
    (r"[ɴn](nɯ|nʲ)", r"ʔ\1"),
    (r"i tɕi", "itɕi"),
    (r"ka i(?!i)", "kai"),
    # Vowels that meet.
    (r"ɯa", "wa"),
    (r"a a", "aː"),
    (r"i i", "iː"),
    (r"aːː?(?=[trɽ])", "a a"),
    (r"aːja", "aː aja"),
    (r"niː(?=kɯ|rɯ|ta|ʔt|ɯ)", "ni i"),
    (r"viː", "bɯiː"),
    (r" mina ", " miɴna "),
)  # fmt: skip

_CLEAN_RULES = _rules((r"([aiɯeo])\1", r"\1ː"))

# A space never stands at an end, twice, or before a mark.
_TIDY_RULES = _rules((r" {2,}", " "), (r" +(?=[.,?!:;—])", ""), (r"^ +| +$", ""))
