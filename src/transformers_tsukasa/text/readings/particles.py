# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""は and へ after a mark: a particle belongs to a word before it, so one that opens speech is a stammer or a cry."""

from collections.abc import Sequence

from .njd_words import NjdWord


_OPENING = frozenset("「『（(【《〈［[｛{“〔〝")
_CLOSING = frozenset("」』）)】》〉］]｝}”〕〟")
_SENTENCE_ENDS = frozenset("。．.！？!?♪")
_QUESTIONS = frozenset("！？!?")
_PAUSES = frozenset("、，,…‥・―—─〜～~")


def is_particle_after_mark(words: Sequence[NjdWord], index: int) -> bool | None:
    """Whether は or へ, word `index`, is a particle by the marks around it; None where they do not tell.

    It is none at the start, after the end of a sentence and at the start of a quote. After a pause it is one where the
    pause follows a noun (俺、は……行く), unless it repeats the beginning of the next word (先生、は、はい) or is
    asked or shouted (先生、は？). A quote of nothing else (「は」) and signs tell nothing.
    """
    before = index - 1
    while before >= 0 and words[before].surface in _PAUSES:
        before -= 1
    mark = words[before].surface if before >= 0 else ""
    following = words[index + 1].surface if index + 1 < len(words) else ""
    if before < 0 or mark in _SENTENCE_ENDS:
        return False
    if mark in _OPENING:
        return None if following in _CLOSING else False
    if before == index - 1 or _is_mark(words[before]):
        return None
    return words[before].pos == "名詞" and following not in _QUESTIONS and not _is_stammer(words, index)


def _is_stammer(words: Sequence[NjdWord], index: int) -> bool:
    """Whether word `index` is the beginning of the word after the pause that follows it."""
    after = index + 1
    while after < len(words) and words[after].surface in _PAUSES:
        after += 1
    return index + 1 < after < len(words) and words[after].kana.startswith(words[index].kana)


def _is_mark(word: NjdWord) -> bool:
    return word.pos == "記号" and word.detail != "アルファベット"
