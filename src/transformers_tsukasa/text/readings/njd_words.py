# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words of the morphological analysis, and the two edits they get: another reading, or several words made one."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from ..phonemes.morae import LONG_MARK, MORAIC_NASAL
from ..types import Piece


INFLECTED = ("動詞", "形容詞")
"""Parts of speech with a stem and endings."""

_SMALL_KANA = re.compile("[ァィゥェォャュョヮ’]")


class NjdWord(NamedTuple):
    """One word as NJD, the text analysis of Open JTalk, describes it, and where its reading comes from.

    The nucleus of an accent phrase stands in `accent` of the phrase's first word. A text has many words: a tuple is
    made in a third of the time of a frozen dataclass, and copied with a change in a quarter.
    """

    surface: str
    pos: str
    pos_details: tuple[str, str, str]
    conjugation_type: str
    conjugation_form: str
    lemma: str
    kana: str  # reading of the dictionary in katakana: ハ for the particle は
    pronunciation: str  # as spoken: ワ for the particle は; ’ marks a devoiced mora
    accent: int  # nucleus in morae, 0 is flat
    mora_count: int
    continues_phrase: bool  # belongs to the accent phrase of the word before
    piece: Piece | None = None  # read by normalisation, ruby or the user: no rule may change it
    is_known: bool = True  # whether the dictionary has it
    source: str = ""  # the rule that chose the reading, "" for the dictionary
    note: str = ""
    alternatives: tuple[str, ...] = ()
    is_confident: bool = True

    @property
    def is_fixed(self) -> bool:
        """Whether the user, ruby or normalisation chose the reading."""
        return self.piece is not None

    @property
    def detail(self) -> str:
        """The first detail of the part of speech: 数 of a numeral, 接尾 of a suffix."""
        return self.pos_details[0]


def count_morae(kana: str) -> int:
    """The number of morae of a katakana reading; small vowels and the mark of a devoiced mora count nothing."""
    return len(_SMALL_KANA.sub("", kana))


def guess_accent(morae: Sequence[str]) -> int:
    """The usual accent of a noun that no dictionary knows: the third mora from the end, as in loanwords.

    The nucleus moves one mora to the left from ン, ッ or ー (Kubozono, "The phonology of Japanese", 2015).
    """
    nucleus = max(len(morae) - 2, 1)
    while nucleus > 1 and morae[nucleus - 1] in (MORAIC_NASAL, "ッ", LONG_MARK):
        nucleus -= 1
    return nucleus if morae else 0


def phrase_start(words: Sequence[NjdWord], index: int) -> int:
    """The index of the first word of the accent phrase that word `index` belongs to."""
    while index > 0 and words[index].continues_phrase:
        index -= 1
    return index


def reread(words: Sequence[NjdWord], index: int, kana: str, *, accent: int | None = None) -> list[NjdWord]:
    """The words with the katakana reading `kana` for word `index`; the nucleus of its accent phrase moves along.

    Long vowels are spoken as the reading writes them. `accent` is the nucleus of the word by itself; it is used when
    the word begins its phrase and the nucleus lay within it, or only particles follow.
    """
    word, size, head = words[index], count_morae(kana), phrase_start(words, index)
    result = list(words)
    result[index] = word._replace(
        kana=kana,
        pronunciation=kana,
        mora_count=size,
        accent=word.accent if index == head else min(word.accent, size),
    )
    result[head] = result[head]._replace(accent=_moved_nucleus(words, head, index, size, accent))
    return result


def _moved_nucleus(words: Sequence[NjdWord], head: int, index: int, size: int, accent: int | None) -> int:
    """The nucleus of the phrase that starts at `head` once word `index` has `size` morae."""
    nucleus = words[head].accent
    before = sum(word.mora_count for word in words[head:index])
    old_size = words[index].mora_count
    if nucleus > before + old_size:
        return nucleus + size - old_size
    is_inside = nucleus > before
    if accent is not None and head == index and (is_inside or _only_particles_follow(words, index)):
        return accent
    return min(nucleus, before + size) if is_inside else nucleus


def _only_particles_follow(words: Sequence[NjdWord], index: int) -> bool:
    """Whether the rest of the accent phrase leaves the nucleus of an accented word in its place."""
    for word in words[index + 1 :]:
        if not word.continues_phrase:
            return True
        if word.pos != "助詞" and word.surface not in ("た", "だ"):
            return False
    return True


def merge(words: Sequence[NjdWord], start: int, end: int, kana: str, *, accent: int | None = None) -> list[NjdWord]:
    """The words with `words[start:end]` made one word that is read `kana`; the first accent phrase stays.

    The part of speech is that of the last word when it inflects (so that the conjugation stays known), else a noun's.
    """
    parts = words[start:end]
    last = parts[-1]
    merged = last if last.pos in INFLECTED else parts[0]
    if merged.pos not in INFLECTED:
        merged = merged._replace(
            pos="名詞", pos_details=("一般", "*", "*"), conjugation_type="*", conjugation_form="*"
        )
    size = count_morae(kana)
    merged = merged._replace(
        surface="".join(part.surface for part in parts),
        lemma="".join(part.surface for part in parts[:-1]) + last.lemma,
        continues_phrase=parts[0].continues_phrase,
        kana=kana,
        pronunciation=kana,
        mora_count=size,
        accent=_merged_nucleus(parts, size) if accent is None else accent,
    )
    return [*words[:start], merged, *words[end:]]


def _merged_nucleus(parts: Sequence[NjdWord], size: int) -> int:
    """The nucleus of the last joined phrase, shifted to its place in a word of `size` morae."""
    last_head = max(index for index, part in enumerate(parts) if index == 0 or not part.continues_phrase)
    nucleus = parts[last_head].accent
    if nucleus == 0:
        return 0
    old_before = sum(part.mora_count for part in parts[:last_head])
    old_size = sum(part.mora_count for part in parts)
    return max(1, min(nucleus + old_before + size - old_size, size + max(0, nucleus + old_before - old_size)))
