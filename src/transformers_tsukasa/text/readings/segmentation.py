# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words of a text by MeCab, with those cut again that end or begin in the wrong place.

The dictionary of the analysis has compounds with the last kanji written in kana (左は for 左派, 山や for 山野). In
ordinary text the kana is a particle nearly always, so such an entry swallows it. Other entries take the last kanji of
the noun before them (彼|女らしい), or leave a mark of repetition alone (声高|々).

Where that has happened, the noun that should stand there is known. The text is analysed once more with another noun in
its place, so that the words around it are read in their context, and the noun itself by itself. Both is linear in the
length of the text.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from ..phonemes.morae import to_katakana
from .jtalk import is_unknown, run_mecab, surface_of
from .layout import STAND_IN
from .onyomi_compounds import has_on_reading


_KANJI = re.compile("[一-鿿㐀-䶿々]+")
_NOUN_AND_PARTICLE = re.compile("([一-鿿㐀-䶿]+)([はがをにへとやもで])")
_ADJECTIVE_OF_NOUN = re.compile("([一-鿿㐀-䶿])(?:らし|っぽ|くさ)[いくかけさ]")
_PARTICLE_SOUNDS = {"は": "ワ", "へ": "エ"}
_NEVER_OF_A_NOUN = frozenset("はがを")  # no noun has these as the rest of its reading (okurigana)


class MecabWord(NamedTuple):
    """A word of MeCab's with its place in the text."""

    feature: str
    surface: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.surface)

    @property
    def pos(self) -> str:
        return self.feature.split(",", 2)[1]

    @property
    def kana(self) -> str:
        return "" if is_unknown(self.feature) else self.feature.split(",")[8]

    @property
    def is_kanji_noun(self) -> bool:
        """Whether it can be a part of a compound noun in kanji."""
        return self.pos in ("名詞", "接頭詞") and _KANJI.fullmatch(self.surface) is not None


def segment(text: str) -> list[str]:
    """MeCab's words of `text`, each a line of comma separated features as `run_mecab` returns them."""
    features = run_mecab(text)
    if _KANJI.search(text) is None:
        return features
    nouns = list(_swallowed_nouns(placed(features, text), text))
    return _cut_again(text, nouns) or features if nouns else features


def placed(features: Sequence[str], text: str) -> list[MecabWord]:
    """The words of `text`, each of a line that `run_mecab` returned for it."""
    words = []
    position = 0
    for feature in features:
        surface = surface_of(feature)
        position = max(text.find(surface, position), position)
        words.append(MecabWord(feature, surface, position))
        position += len(surface)
    return words


def _swallowed_nouns(words: Sequence[MecabWord], text: str) -> Iterator[tuple[int, int]]:
    """Places of nouns that the analysis has cut wrongly, in order and apart from each other."""
    done = 0
    for index in range(len(words)):
        place = (
            _before_particle(words, index) or _before_ending(words, index) or _before_repetition(words, index, text)
        )
        if place is not None and place[0] >= done:
            yield place
            done = place[1]


def _before_particle(words: Sequence[MecabWord], index: int) -> tuple[int, int] | None:
    """The noun in 左は, 山や: kanji and a kana that is a particle, though the dictionary has them as one noun."""
    word = words[index]
    match = _NOUN_AND_PARTICLE.fullmatch(word.surface)
    if match is None or word.pos != "名詞":
        return None
    noun, particle = match.groups()
    own = _kana_alone(noun)
    if not own or own + _PARTICLE_SOUNDS.get(particle, to_katakana(particle)) == word.kana:
        return None
    is_mixed_writing = has_on_reading(noun, word.kana[:-1]) or particle in _NEVER_OF_A_NOUN
    if particle == "や":
        is_native_noun = len(noun) == 1 and not has_on_reading(noun, own)  # 母や父, but 冷や飯
        is_mixed_writing = (is_mixed_writing or is_native_noun) and _begins_phrase(words, index + 1)
    if not is_mixed_writing:
        return None
    first = index
    while first > 0 and words[first - 1].end == words[first].start and words[first - 1].is_kanji_noun:
        first -= 1
    return words[first].start, word.end - 1


def _begins_phrase(words: Sequence[MecabWord], index: int) -> bool:
    """Whether a word follows that can be the next item of an enumeration."""
    return index < len(words) and words[index].pos in ("名詞", "接頭詞", "連体詞", "形容詞", "副詞", "動詞")


def _before_ending(words: Sequence[MecabWord], index: int) -> tuple[int, int] | None:
    """The noun in 彼|女らしい: the adjective begins with the last kanji of a noun that the dictionary has."""
    word = words[index]
    match = _ADJECTIVE_OF_NOUN.match(word.surface)
    if match is None or index == 0 or words[index - 1].end != word.start or not words[index - 1].is_kanji_noun:
        return None
    noun = words[index - 1].surface + match[1]
    return (words[index - 1].start, word.start + 1) if _is_one_noun(noun) else None


def _before_repetition(words: Sequence[MecabWord], index: int, text: str) -> tuple[int, int] | None:
    """The word in 声高|々: the dictionary has 高々, and the word before has more kanji than the one repeated."""
    word = words[index]
    if word.surface != "々" or index == 0 or words[index - 1].end != word.start:
        return None
    before = words[index - 1]
    repeated = text[word.start - 1 : word.end]
    if len(before.surface) == 1 or len(run_mecab(repeated)) != 1:
        return None
    return word.start - 1, word.end


@lru_cache(maxsize=4096)
def _kana_alone(noun: str) -> str:
    """The reading of a noun by itself, "" when the dictionary lacks a part of it."""
    words = placed(run_mecab(noun), noun)
    return "" if any(is_unknown(word.feature) for word in words) else "".join(word.kana for word in words)


@lru_cache(maxsize=4096)
def _is_one_noun(surface: str) -> bool:
    words = placed(run_mecab(surface), surface)
    return len(words) == 1 and not is_unknown(words[0].feature) and words[0].pos == "名詞"


def _cut_again(text: str, nouns: Sequence[tuple[int, int]]) -> list[str]:
    """The words of `text` with `nouns` as words of their own; none when a stand-in grew together with a neighbour."""
    rewritten = ""
    waiting: dict[int, str] = {}
    position = 0
    for start, end in nouns:
        rewritten += text[position:start]
        waiting[len(rewritten)] = text[start:end]
        rewritten += STAND_IN
        position = end
    rewritten += text[position:]
    features: list[str] = []
    for word in placed(run_mecab(rewritten), rewritten):
        is_stand_in = word.surface == STAND_IN and word.start in waiting
        features += run_mecab(waiting.pop(word.start)) if is_stand_in else [word.feature]
    return [] if waiting else features
