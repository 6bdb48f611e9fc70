# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Letters to katakana for English words that no list has, learned from the words that the lists have.

A word is cut into groups of one to three letters, each standing for one or two morae; a group's kana depends on its
neighbours as far as the training words show (`data/english_letters.tsv`, made by scripts/english_lexicon/build.py).
The best cut is found by dynamic programming over the sum of log probabilities.
"""

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
    best: list[tuple[float, str] | None] = [(0.0, "")] + [None] * len(word)
    for begin in range(len(word)):
        state = best[begin]
        if state is None:
            continue
        for end in range(begin + 1, min(begin + _MAX_GROUP, len(word)) + 1):
            cut = groups.get(word[begin:end])
            found = next((sounds[key] for key in contexts(word, begin, end) if key in sounds), None)
            if cut is None or found is None:
                continue
            score = state[0] + cut + found[1]
            rival = best[end]
            if rival is None or score > rival[0]:
                best[end] = (score, state[1] + found[0])
    final = best[len(word)]
    return final[1] if final else ""
