# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Letters to katakana for English words that no list has, learned from the words that the lists have.

A word is cut into groups of one to three letters, each standing for one or two morae; a group's kana depends on its
neighbours as far as the training words show (`data/english_letters.tsv`, made by scripts/english_lexicon/build.py).
The best cut is found by dynamic programming over the sum of log probabilities.
"""

import math
from functools import lru_cache

from ..tables import rows


_MAX_GROUP = 3
_START, _END = "^", "$"


@lru_cache(maxsize=1)
def _model() -> tuple[dict[str, float], dict[str, tuple[str, float]]]:
    """Group of letters -> log probability; group in its context -> kana and their log probability."""
    groups: dict[str, float] = {}
    sounds: dict[str, tuple[str, float]] = {}
    in_sounds = False
    for first, second, third in rows("english_letters.tsv", 3):
        if first == "=":
            in_sounds = True
        elif in_sounds:
            sounds[first] = (second, float(third))
        else:
            groups[first] = float(second)
    return groups, sounds


def contexts(word: str, begin: int, end: int) -> tuple[str, ...]:
    """Keys of the group `word[begin:end]` with its neighbours, from the most to the least particular."""
    group = word[begin:end]
    left = word[begin - 1] if begin else _START
    right = word[end] if end < len(word) else _END
    further = word[end + 1] if end + 1 < len(word) else _END
    return (
        f"{left}|{group}|{right}{further}",
        f"{left}|{group}|{right}",
        f"|{group}|{right}",
        f"{left}|{group}|",
        f"|{group}|",
    )


def spell_out(word: str) -> str:
    """Katakana for a word in lower case letters; letters that cannot be read in any group are left out."""
    groups, sounds = _model()
    word = "".join(letter for letter in word if "a" <= letter <= "z")
    scores = [0.0] + [-math.inf] * len(word)
    last_groups = [(0, "")] * (len(word) + 1)  # of the best cut up to a place: where it begins, and its kana
    for begin in range(len(word)):
        for end in range(begin + 1, min(begin + _MAX_GROUP, len(word)) + 1):
            cut = groups.get(word[begin:end])
            found = next((sounds[key] for key in contexts(word, begin, end) if key in sounds), None)
            if cut is None or found is None:
                continue
            score = scores[begin] + cut + found[1]
            if score > scores[end]:
                scores[end], last_groups[end] = score, (begin, found[0])
    return _joined_kana(last_groups) if math.isfinite(scores[-1]) else ""


def _joined_kana(last_groups: list[tuple[int, str]]) -> str:
    """The kana of the groups that end with the word, from the last to the first."""
    kana: list[str] = []
    place = len(last_groups) - 1
    while place:
        place, sound = last_groups[place]
        kana.append(sound)
    return "".join(reversed(kana))
