# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words to the phoneme strings of Tsukasa's checkpoints, in two profiles.

`legacy` writes the strings that the published checkpoints were trained on: a romanisation turned into phonemes by
rules over strings, whose habits (docs/spec/phonemes.md) are kept, because a model has learned them. `clean` writes
every mora in one way and may mark the accent; it is for new training.
"""

from collections.abc import Sequence
from functools import lru_cache

from ..types import Word
from .morae import (
    CLEAN_SOUNDS,
    GEMINATE,
    LEGACY_SOUNDS,
    LONG_MARK,
    LONGEST_KEPT,
    MORAIC_NASAL,
    SMALL_VOWELS,
    MoraSound,
    is_kana,
    split_morae,
    split_written_morae,
    vowel_of,
)
from .phoneme_text import TIDY_RULES, PhonemeText, rules
from .symbols import ACCENT_FALL, ACCENT_RISE
from .units import (
    PUNCTUATION,
    AccentMarks,
    Marks,
    Mora,
    Space,
    Unit,
    accent_phrases,
    is_iu,
    lay_out,
    mora_places,
    write,
)


_MARKS = Marks(PUNCTUATION, opening=frozenset("「『｢“〝«"), closing=frozenset("」』｣”〟»"))


def render_legacy(words: Sequence[Word]) -> PhonemeText:
    """The phonemes of analysed words as the published checkpoints learned them."""
    units = lay_out(words, lambda _, word: _legacy_morae(word))
    text = write(units, _LEGACY_SYMBOLS, lambda place: _symbols(units, place, LEGACY_SOUNDS, clean=False), _MARKS)
    text.rewrite(_LEGACY_RULES)
    text.rewrite(TIDY_RULES)
    return text


def render_clean(words: Sequence[Word], accent: bool = False) -> PhonemeText:
    """The phonemes of analysed words for new training; with `accent`, ↑ and ↓ mark where the pitch rises and falls."""
    units = lay_out(words, lambda _, word: [(mora, False) for mora in map(_full_size, _spoken_morae(word))])
    accents = _accent_marks(words) if accent else {}
    text = write(
        units, _CLEAN_SYMBOLS, lambda place: _symbols(units, place, CLEAN_SOUNDS, clean=True), _MARKS, accents
    )
    text.rewrite(_CLEAN_RULES)
    text.rewrite(TIDY_RULES)
    return text


def _legacy_morae(word: Word) -> Sequence[tuple[str, bool]]:
    """The morae of a word, and whether each is a small vowel of its writing that the published strings leave out."""
    morae_of = _kept_legacy_morae if len(word.surface) <= LONGEST_KEPT else _legacy_morae_of
    return morae_of(word.surface, word.pronunciation)


def _legacy_morae_of(surface: str, pronunciation: str) -> tuple[tuple[str, bool], ...]:
    morae = []
    vowel = ""
    for mora in _written_morae(surface, pronunciation):
        full = _full_size(mora)
        morae.append((full, SMALL_VOWELS.get(mora) == vowel and mora in surface))
        vowel = vowel_of(full) or vowel
    return tuple(morae)


_kept_legacy_morae = lru_cache(maxsize=65536)(_legacy_morae_of)


def _full_size(mora: str) -> str:
    return split_morae(mora)[0]


def _written_morae(surface: str, pronunciation: str) -> tuple[str, ...]:
    """The morae of a word, with the small kana of its writing where it is spoken as written (グゥ, not グウ)."""
    # A word may be one of many that a long piece was cut into, each with all of its writing.
    is_near = len(surface) <= 2 * len(pronunciation)
    if is_near and is_kana(surface) and split_morae(surface) == split_morae(pronunciation):
        return split_written_morae(surface)
    return split_written_morae(pronunciation)


def _spoken_morae(word: Word) -> tuple[str, ...]:
    """The morae of a word as it is spoken: 言う is ユウ, which the published strings write iɯ."""
    return split_written_morae(word.pronunciation[:-2] + "ユウ" if is_iu(word) else word.pronunciation)


def _plain_symbols(sounds: dict[str, MoraSound]) -> dict[str, str]:
    """Mora to its symbols, for those that are written alike everywhere."""
    return {LONG_MARK: "ː", **{mora: sound.onset + sound.vowel for mora, sound in sounds.items()}}


_LEGACY_SYMBOLS, _CLEAN_SYMBOLS = _plain_symbols(LEGACY_SOUNDS), _plain_symbols(CLEAN_SOUNDS)


def _symbols(units: Sequence[Unit], position: int, sounds: dict[str, MoraSound], clean: bool) -> str:
    """The symbols of ン or ッ at a place."""
    unit = units[position]
    assert isinstance(unit, Mora) and unit.text in (MORAIC_NASAL, GEMINATE)
    if unit.text == MORAIC_NASAL:
        return _nasal(_sound_at(units, position + 1, sounds), clean)
    following = position + 1
    if following < len(units) and isinstance(units[following], Space):
        following += 1
    return "ʔ" if clean else _geminate(_sound_at(units, following, sounds))


def _sound_at(units: Sequence[Unit], position: int, sounds: dict[str, MoraSound]) -> MoraSound | None:
    unit = units[position] if position < len(units) else None
    return sounds.get(unit.text) if isinstance(unit, Mora) else None


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


def _accent_marks(words: Sequence[Word]) -> AccentMarks:
    """(word, mora of the word) to the marks before and after that mora.

    An accent phrase rises after its first mora, or before it when the nucleus is the first mora, and falls after the
    nucleus; a flat phrase only rises.
    """
    marks: AccentMarks = {}
    for phrase in accent_phrases(words):
        places = mora_places(words, phrase)
        nucleus = min(words[phrase[0]].accent, len(places))
        rise = 0 if nucleus == 1 else 1
        if rise < len(places):
            marks[places[rise]] = (ACCENT_RISE, "")
        if nucleus:
            before, _ = marks.get(places[nucleus - 1], ("", ""))
            marks[places[nucleus - 1]] = (before, ACCENT_FALL)
    return marks


# Rewriting of every romanised string of the published checkpoints, in order. Found from recorded pairs
# (docs/spec/readings.md); each pair below is a habit of the strings, not of the language.
_LEGACY_RULES = rules(
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

_CLEAN_RULES = rules((r"([aiɯeo])\1", r"\1ː"))
