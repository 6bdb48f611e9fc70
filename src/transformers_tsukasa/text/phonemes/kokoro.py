# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words to the phoneme strings of Kokoro v1.0's Japanese voices.

The voices learned what another front end (cutlet, with UniDic's pronunciations) writes. The readings here are this
project's, the symbols those that the voices know: every mora as measured (data/kokoro_morae.tsv), long vowels with ː,
ン by the sound after it, ッ as ʔ (docs/spec/phonemes.md, Kokoro).
"""

from collections.abc import Sequence
from functools import lru_cache

from ..tables import rows
from ..types import Word
from .morae import GEMINATE, LONG_MARK, is_kana, split_morae, to_katakana, vowel_of
from .phoneme_text import TIDY_RULES, PhonemeText, rules
from .units import PUNCTUATION, Marks, Mora, Unit, is_iu, lay_out, write


_QUOTES = {**dict.fromkeys("「『｢“〝«", "“"), **dict.fromkeys("」』｣”〟»", "”")}
_BRACKETS = {**dict.fromkeys("（(〔［[【〈", "("), **dict.fromkeys("）)〕］]】〉", ")")}
_MARKS = Marks(
    {**PUNCTUATION, **_QUOTES, **_BRACKETS},
    opening=frozenset(mark for mark, symbol in (_QUOTES | _BRACKETS).items() if symbol in "“("),
    closing=frozenset(mark for mark, symbol in (_QUOTES | _BRACKETS).items() if symbol in "”)"),
)

# ッ holds on to the words beside it; brackets with nothing between them are not spoken.
_RULES = rules(
    (r"(?<=\w) +ʔ", "ʔ"),
    (r"ʔ +(?=\w)", "ʔ"),
    (r"(?<=[“(]) +| +(?=[”)])", ""),
    (r"“”|\(\)", ""),
)

# ン in front of these symbols; ɴ elsewhere and at the end of a word.
_NASALS = {**dict.fromkeys("mpb", "m"), **dict.fromkeys("kɡ", "ŋ"), **dict.fromkeys("ɲʨʥ", "ɲ")}
_NASALS |= dict.fromkeys("ntdɾz", "n")

# Vowel and kana that are one long vowel inside a word.
_LENGTHENED = {("a", "ア"), ("i", "イ"), ("ɯ", "ウ"), ("e", "エ"), ("o", "オ"), ("e", "イ"), ("o", "ウ")}


def render_kokoro(words: Sequence[Word]) -> PhonemeText:
    """The phonemes of analysed words in the symbols of Kokoro v1.0."""
    units = lay_out(words, lambda index, _: [(mora, False) for mora in lengthened_morae(words, index)])
    text = write(units, _plain_symbols(), lambda place: _nasal(units, place), _MARKS)
    text.rewrite(_RULES)
    text.rewrite(TIDY_RULES)
    return text


@lru_cache(maxsize=1)
def _sounds() -> dict[str, str]:
    """Mora in katakana to its symbols."""
    return dict(rows("kokoro_morae.tsv", 2))


def lengthened_morae(words: Sequence[Word], index: int) -> tuple[str, ...]:
    """The morae of a word, with ー for every vowel that only lengthens the one before."""
    word = words[index]
    if is_iu(word):
        return split_morae(word.pronunciation[:-2] + "ユー")
    if word.lengthened:
        return split_morae(word.lengthened)
    vowel = ""
    if index and word.joined and words[index - 1].pronunciation and words[index - 1].pos != "接頭詞":
        vowel = vowel_of(split_morae(words[index - 1].pronunciation)[-1])
    return _lengthened(word, vowel)


def _lengthened(word: Word, vowel: str) -> tuple[str, ...]:
    """The morae of a word whose long vowels no dictionary tells, with ー for every vowel that lengthens another.

    The final ウ of a verb is a mora of its own (思う, 吸う), and so is イ after エ in katakana (メイン).

    Args:
        word: with its reading as it is written (コウ, セイ).
        vowel: the one before the word, where both are written as one.
    """
    morae = split_morae(word.pronunciation)
    is_ending = word.pos == "助動詞"
    result: list[str] = []
    for place, mora in enumerate(morae):
        is_joint = place == 0
        merges = (vowel, mora) in _LENGTHENED
        if mora == "ウ" and word.pos == "動詞" and place == len(morae) - 1:
            merges = False
        elif is_joint and not is_ending:
            merges = merges and vowel == vowel_of(mora)
        elif (vowel, mora) == ("e", "イ") and _is_foreign(word):
            merges = False
        result.append(LONG_MARK if merges else mora)
        vowel = "" if merges else vowel_of(mora)
    return tuple(result)


def _is_foreign(word: Word) -> bool:
    """Whether a word is of a foreign language, and read as its katakana is written."""
    return word.source == "english" or (is_kana(word.surface) and to_katakana(word.surface) == word.surface)


@lru_cache(maxsize=1)
def _plain_symbols() -> dict[str, str]:
    """Mora in katakana to its symbols, for all but ン, which are the same everywhere."""
    return {**_sounds(), LONG_MARK: "ː", GEMINATE: "ʔ"}


def _nasal(units: Sequence[Unit], position: int) -> str:
    """The symbol of ン at a place."""
    following = units[position + 1] if position + 1 < len(units) else None
    sound = _sounds().get(following.text, "") if isinstance(following, Mora) else ""
    return _NASALS.get(sound[:1], "ɴ")


__all__ = ["lengthened_morae", "render_kokoro"]
