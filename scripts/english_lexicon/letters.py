# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Train the table of `text/normalization/english_letters.py`: groups of letters, and their kana in context.

Words are cut together with their kana into groups of one to three letters and one or two morae by hard expectation
maximisation, started from what consonants usually mean; then groups are counted with their neighbours.
"""

import collections
import math
import random
import re

from transformers_tsukasa.text.normalization.english_letters import contexts


_MAX_LETTERS, _MAX_MORAE = 3, 2
_ROUNDS, _SAMPLE = 4, 15_000
_UNSEEN, _GROUP_GAIN = -14.0, 3.5  # log probability of a group never seen; a gain per group keeps groups small
_MIN_COUNTS = (4, 4, 3, 3, 3)  # of a context to be kept, from the most to the least particular
_SAME = 0.35  # a context that says the same as a wider one, within this log probability, is left out
_MORA = re.compile(".[ァィゥェォャュョ]?")
_USUAL = {
    "b": "バビブベボ",
    "c": "カキクケコサシスセソチ",
    "d": "ダディドデヂ",
    "f": "ファフ",
    "g": "ガギグゲゴジ",
    "h": "ハヒフヘホ",
    "j": "ジ",
    "k": "カキクケコ",
    "l": "ラリルレロ",
    "m": "マミムメモン",
    "n": "ナニヌネノン",
    "p": "パピプペポフ",
    "q": "クキ",
    "r": "ラリルレロー",
    "s": "サシスセソズザ",
    "t": "タチツテトティス",
    "v": "バビブベボ",
    "w": "ワウホ",
    "x": "クスグザ",
    "y": "ヤユヨイ",
    "z": "ザジズゼゾツ",
    "a": "アエ",
    "e": "イエ",
    "i": "アイ",
    "o": "オア",
    "u": "ウアユ",
}

Group = tuple[str, str]


def train(pairs: list[Group]) -> str:
    """The content of english_letters.tsv from words and their katakana."""
    words = [(re.sub("[^a-z]", "", word), _MORA.findall(kana)) for word, kana in pairs]
    words = [(word, morae) for word, morae in words if 2 <= len(word) <= 14 and 1 <= len(morae) <= 12]
    random.Random(0).shuffle(words)
    scores: dict[Group, float] = {}
    for _ in range(_ROUNDS):
        counts = collections.Counter(group for word, morae in words[:_SAMPLE] for group in _cut(word, morae, scores))
        total = sum(counts.values())
        scores = {group: math.log(count / total) for group, count in counts.items() if count > 1}
    return _table([groups for word, morae in words if (groups := _cut(word, morae, scores))])


def _score(letters: str, kana: str, scores: dict[Group, float]) -> float:
    prior = -2.5 - 0.25 * abs(len(letters) - 1.6 * len(_MORA.findall(kana)))
    prior += 1.5 if kana[0] in _USUAL.get(letters[0], "") else -1.5
    if not scores:
        return prior
    gain = _GROUP_GAIN if len(kana) <= 3 else 0.0
    return scores.get((letters, kana), _UNSEEN - len(letters) + min(prior, 0.0)) + gain


def _cut(word: str, morae: list[str], scores: dict[Group, float]) -> list[Group]:
    """The best cut of a word and its morae into groups; empty when there is none."""
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {(0, 0): (0.0, (0, 0))}
    for i in range(len(word)):
        for j in range(len(morae)):
            if (i, j) not in best:
                continue
            for a in range(i + 1, min(i + _MAX_LETTERS, len(word)) + 1):
                for b in range(j + 1, min(j + _MAX_MORAE, len(morae)) + 1):
                    score = best[i, j][0] + _score(word[i:a], "".join(morae[j:b]), scores)
                    if (a, b) not in best or score > best[a, b][0]:
                        best[a, b] = (score, (i, j))
    place = (len(word), len(morae))
    groups: list[Group] = []
    while place in best and place != (0, 0):
        before = best[place][1]
        groups.append((word[before[0] : place[0]], "".join(morae[before[1] : place[1]])))
        place = before
    return groups[::-1]


def _table(cuts: list[list[Group]]) -> str:
    occurrences: collections.Counter[str] = collections.Counter()
    as_group: collections.Counter[str] = collections.Counter()
    meanings: list[dict[str, collections.Counter[str]]] = [
        collections.defaultdict(collections.Counter) for _ in _MIN_COUNTS
    ]
    for groups in cuts:
        word = "".join(letters for letters, _ in groups)
        for length in range(1, _MAX_LETTERS + 1):
            occurrences.update(word[begin : begin + length] for begin in range(len(word) - length + 1))
        begin = 0
        for letters, kana in groups:
            end = begin + len(letters)
            as_group[letters] += 1
            for level, key in enumerate(contexts(word, begin, end)):
                meanings[level][key][kana] += 1
            begin = end
    together = {
        letters: math.log(count / occurrences[letters])
        for letters, count in as_group.items()
        if count >= 3 or len(letters) == 1
    }
    lines = [
        "# Letters to katakana (english_letters.py): how willingly letters stand together (log probability); after"
    ]
    lines += ['# the line "=", left|letters|right, the kana most often meant there, and its log probability.']
    lines += [f"{letters}\t{score:.1f}" for letters, score in sorted(together.items())] + ["="]
    lines += [f"{key}\t{kana}\t{math.log(chance):.1f}" for key, (kana, chance) in sorted(_pruned(meanings).items())]
    return "\n".join(lines) + "\n"


def _pruned(meanings: list[dict[str, collections.Counter[str]]]) -> dict[str, tuple[str, float]]:
    """The most frequent kana of every context that says something its wider contexts do not."""
    table: dict[str, tuple[str, float]] = {}
    for level in (4, 3, 2, 1, 0):
        for key, counts in meanings[level].items():
            total = sum(counts.values())
            if total < _MIN_COUNTS[level]:
                continue
            kana, count = counts.most_common(1)[0]
            wider = next((table[other] for other in _wider(key, level) if other in table), None)
            if wider is None and level != 4:
                continue
            if wider and wider[0] == kana and abs(math.log(wider[1]) - math.log(count / total)) < _SAME:
                continue
            table[key] = (kana, count / total)
    return table


def _wider(key: str, level: int) -> list[str]:
    left, letters, right = key.split("|")
    alone, after, before = f"|{letters}|", f"|{letters}|{right[:1]}", f"{left}|{letters}|"
    both = f"{left}|{letters}|{right[:1]}"
    return {4: [], 3: [alone], 2: [alone], 1: [after, before, alone], 0: [both, after, before, alone]}[level]
