# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words with several readings: rules of the language choose one by the words around them (`data/heteronyms.tsv`).

A line: word (as written, or the base form of a word that inflects), part of speech, reading, conditions, flags, note.
For a word that inflects the reading is that of the unchanging part (辛い: カラ, ツラ). The lines of one word are tried
in order and the first whose conditions all hold decides; its readings are all those that its lines name. Conditions
are separated by spaces, alternatives by `|`, a leading `!` negates:

==================  =================================================================================================
prev= prev2= prev3= the word before (two, three before) is one of these; `^` stands for the start or a symbol
next= next2= next3= the word after; `$` stands for the end or a symbol
prevend= nextstart= the word before ends, the word after begins with one of these
prevpos= nextpos=   its part of speech with the first detail begins with one of these (名詞-数)
nextorig= prevorig= its base form
before= after= near= one of these stands in the text before, after, on either side
form=               the conjugation form begins with one of these
read=               the present reading begins with one of these
pos=                the part of speech with the first detail begins with one of these
==================  =================================================================================================

Flags: `?` the evidence is thin, so `explain` marks the word. A line without conditions is the usual reading, and
counts as thin evidence too unless it has the flag `!`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from .njd_words import is_fixed, reread
from .reading_words import rows


@dataclass
class _Context:
    """One word of a sentence: the list, its index, and the text before and after it."""

    njd: list[dict]
    index: int
    before: str
    after: str

    def word(self, offset: int) -> dict | None:
        """The word `offset` places away, or None at the edge or at a symbol."""
        place = self.index + offset
        if not 0 <= place < len(self.njd) or self.njd[place]["pos"] == "記号":
            return None
        return self.njd[place]

    def string(self, offset: int) -> str:
        word = self.word(offset)
        if word is None:
            return "^" if offset < 0 else "$"
        return word["string"]

    def part_of_speech(self, offset: int) -> str:
        word = self.word(offset)
        return "" if word is None else f"{word['pos']}-{word['pos_group1']}-{word['pos_group2']}"


@dataclass(frozen=True)
class _Rule:
    pos: str
    reading: str
    conditions: tuple[Callable[[_Context], bool], ...]
    thin: bool
    note: str


def _condition(text: str, place: str) -> Callable[[_Context], bool]:
    negated = text.startswith("!")
    key, equals, value = text.lstrip("!").partition("=")
    values = tuple(value.split("|"))
    if not equals or key not in _TESTS or not all(values):
        raise ValueError(f"{place}: the condition {text!r} is none of {', '.join(sorted(_TESTS))}, like prev=の|が")
    test = _TESTS[key]
    if negated:
        return lambda context: not test(context, values)
    return lambda context: test(context, values)


def _base_form(context: _Context, offset: int) -> str:
    word = context.word(offset)
    return "" if word is None else word["orig"]


_TESTS: dict[str, Callable[[_Context, tuple[str, ...]], bool]] = {
    "prev": lambda c, v: c.string(-1) in v,
    "prev2": lambda c, v: c.string(-2) in v,
    "prev3": lambda c, v: c.string(-3) in v,
    "next": lambda c, v: c.string(1) in v,
    "next2": lambda c, v: c.string(2) in v,
    "next3": lambda c, v: c.string(3) in v,
    "prevend": lambda c, v: c.string(-1).endswith(v),
    "nextstart": lambda c, v: c.string(1).startswith(v),
    "prevpos": lambda c, v: c.part_of_speech(-1).startswith(v),
    "nextpos": lambda c, v: c.part_of_speech(1).startswith(v),
    "prevorig": lambda c, v: _base_form(c, -1) in v,
    "nextorig": lambda c, v: _base_form(c, 1) in v,
    "next2orig": lambda c, v: _base_form(c, 2) in v,
    "before": lambda c, v: any(x in c.before for x in v),
    "after": lambda c, v: any(x in c.after for x in v),
    "near": lambda c, v: any(x in c.before or x in c.after for x in v),
    "form": lambda c, v: c.njd[c.index]["cform"].startswith(v),
    "read": lambda c, v: c.njd[c.index]["read"].startswith(v),
    "pos": lambda c, v: c.part_of_speech(0).startswith(v),
    "text": lambda c, v: c.njd[c.index]["string"] in v,
}


@lru_cache(maxsize=1)
def _rules() -> dict[str, tuple[tuple[_Rule, ...], tuple[str, ...]]]:
    """Word -> its rules in order, and all its readings, longest first."""
    collected: dict[str, list[_Rule]] = {}
    for number, (word, pos, reading, conditions, flags, note) in enumerate(rows("heteronyms.tsv", 6)):
        place = f"heteronyms.tsv, entry {number + 1} ({word})"
        tests = tuple(_condition(text, place) for text in conditions.split())
        thin = "?" in flags or (not tests and "!" not in flags)
        collected.setdefault(word, []).append(_Rule("" if pos == "*" else pos, reading, tests, thin, note))
    return {
        word: (tuple(rules), tuple(sorted({rule.reading for rule in rules}, key=len, reverse=True)))
        for word, rules in collected.items()
    }


def choose_readings(njd: list[dict]) -> None:
    """Chooses, in place, the reading of every word of `njd` that the table knows."""
    table = _rules()
    text = None
    offset = 0
    for index, word in enumerate(njd):
        length = len(word["string"])
        entry = table.get(word["string"]) or table.get(word["orig"])
        if entry is not None and not is_fixed(word) and word["string"][0] == word["orig"][0]:
            if text is None:
                text = "".join(w["string"] for w in njd)
            _choose(_Context(njd, index, text[:offset], text[offset + length :]), *entry)
        offset += length


def _choose(context: _Context, rules: tuple[_Rule, ...], readings: tuple[str, ...]) -> None:
    word = context.njd[context.index]
    present = next((reading for reading in readings if word["read"].startswith(reading)), None)
    if present is None:
        return
    pos = context.part_of_speech(0)
    for rule in rules:
        if pos.startswith(rule.pos) and all(test(context) for test in rule.conditions):
            break
    else:
        word.setdefault("tsukasa_alternatives", tuple(r for r in readings if r != present))
        word.setdefault("tsukasa_confident", False)
        return
    tail = word["read"][len(present) :]
    word["tsukasa_alternatives"] = tuple(r + tail for r in readings if r != rule.reading)
    word["tsukasa_confident"] = not rule.thin
    if rule.reading != present:
        reread(context.njd, context.index, rule.reading + tail)
        word["tsukasa_source"] = "rule:heteronym"
        word["tsukasa_note"] = rule.note or f"{word['string']}: {rule.reading}{tail} rather than {present}{tail} here"
