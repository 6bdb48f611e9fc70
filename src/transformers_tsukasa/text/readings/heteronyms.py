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
prevpos= nextpos=   its part of speech with details begins with one of these (名詞-数); also prev2pos=, next2pos=
wo= ga= ni= de=     the nearest noun before that has the particle を (が, に, で) ends with one of these; `*` is any
arg=                a noun before in the same clause, whatever its particle, ends with one of these
mod=                the noun that the word modifies (辛い|カレー, 汚れ|た|気持ち) begins with one of these
nextorig= prevorig= its base form
before= after= near= one of these stands in the text before, after, on either side
form= prevform=     the conjugation form, that of the word before, begins with one of these
read=               the present reading begins with one of these
pos=                the part of speech with the first detail begins with one of these
==================  =================================================================================================

Flags: `?` the evidence is thin, so `explain` marks the word; `!` the reading holds without conditions; `-` the line
only names a reading. A line without conditions is the usual reading and counts as thin evidence unless it has `!`.
A line `@name` with a list `a|b|c` in its second column names the list: `wo=@drink|汁` stands for all of them and 汁.

The accent of a chosen reading comes from `data/heteronym_accents.tsv` (scripts/build_heteronym_accents.py). How much
the rules bring on sentences that did not inspire them stands in docs/readings.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from ..tables import rows
from .njd_words import is_fixed, reread


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


_INFLECTED = ("動詞", "形容詞", "助動詞")
_CLAUSE_WORDS = 8
_CASES = {
    "wo": ("を",),
    "ga": ("が",),
    "ni": ("に",),
    "de": ("で",),
    "arg": ("を", "が", "は", "も", "に", "へ", "で", "と"),
}


def _has_argument(context: _Context, values: tuple[str, ...], particles: tuple[str, ...]) -> bool:
    """True where a noun before, in the same clause, has one of `particles` and ends with one of `values`."""
    njd = context.njd
    for place in range(context.index - 1, max(context.index - 1 - _CLAUSE_WORDS, 0), -1):
        word = njd[place]
        if word["pos"] == "記号":
            if word["string"] != "、":
                return False
            continue
        if word["pos"] == "助詞" and word["string"] in particles:
            noun = njd[place - 1]["string"]
            if values == ("*",) or noun.endswith(values):
                return True
            if len(particles) == 1:
                return False
    return False


def _modifies(context: _Context, values: tuple[str, ...]) -> bool:
    """True where the first noun after the word and its endings begins with one of `values`."""
    njd = context.njd
    for place in range(context.index + 1, min(context.index + 6, len(njd))):
        word = njd[place]
        if word["pos"] == "助動詞" or (word["pos"] == "動詞" and word["pos_group1"] in ("非自立", "接尾")):
            continue
        if word["string"] in ("て", "で"):
            continue
        return word["pos"] in ("名詞", "接頭詞") and word["string"].startswith(values)
    return False


def _condition(text: str, place: str, lists: dict[str, tuple[str, ...]]) -> Callable[[_Context], bool]:
    negated = text.startswith("!")
    key, equals, value = text.lstrip("!").partition("=")
    values = tuple(
        item for part in value.split("|") for item in (lists.get(part, ()) if part.startswith("@") else (part,))
    )
    if not equals or key not in _TESTS or not values or not all(values):
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
    "prev2start": lambda c, v: c.string(-2).startswith(v),
    "nextstart": lambda c, v: c.string(1).startswith(v),
    "prevpos": lambda c, v: c.part_of_speech(-1).startswith(v),
    "nextpos": lambda c, v: c.part_of_speech(1).startswith(v),
    "prevorig": lambda c, v: _base_form(c, -1) in v,
    "prev2pos": lambda c, v: c.part_of_speech(-2).startswith(v),
    "next2pos": lambda c, v: c.part_of_speech(2).startswith(v),
    "wo": lambda c, v: _has_argument(c, v, _CASES["wo"]),
    "ga": lambda c, v: _has_argument(c, v, _CASES["ga"]),
    "ni": lambda c, v: _has_argument(c, v, _CASES["ni"]),
    "de": lambda c, v: _has_argument(c, v, _CASES["de"]),
    "arg": lambda c, v: _has_argument(c, v, _CASES["arg"]),
    "mod": _modifies,
    "nextorig": lambda c, v: _base_form(c, 1) in v,
    "next2orig": lambda c, v: _base_form(c, 2) in v,
    "before": lambda c, v: any(x in c.before for x in v),
    "after": lambda c, v: any(x in c.after for x in v),
    "near": lambda c, v: any(x in c.before or x in c.after for x in v),
    "form": lambda c, v: c.njd[c.index]["cform"].startswith(v),
    "prevform": lambda c, v: (word := c.word(-1)) is not None and word["cform"].startswith(v),
    "read": lambda c, v: c.njd[c.index]["read"].startswith(v),
    "pos": lambda c, v: c.part_of_speech(0).startswith(v),
    "text": lambda c, v: c.njd[c.index]["string"] in v,
}


@lru_cache(maxsize=1)
def _rules() -> dict[str, tuple[tuple[_Rule, ...], tuple[str, ...]]]:
    """Word -> its rules in order, and all its readings, longest first."""
    collected: dict[str, list[_Rule]] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for number, (word, pos, reading, conditions, flags, note) in enumerate(rows("heteronyms.tsv", 6)):
        if word.startswith("@"):
            lists[word] = tuple(pos.split("|"))
            continue
        place = f"heteronyms.tsv, entry {number + 1} ({word})"
        tests = tuple(_condition(text, place, lists) for text in conditions.split())
        thin = "?" in flags or (not tests and "!" not in flags)
        if flags == "-":
            tests = (lambda context: False,)
        collected.setdefault(word, []).append(_Rule("" if pos == "*" else pos, reading, tests, thin, note))
    return {
        word: (tuple(rules), tuple(sorted({rule.reading for rule in rules}, key=len, reverse=True)))
        for word, rules in collected.items()
    }


@lru_cache(maxsize=1)
def _accents() -> dict[tuple[str, str], int]:
    """(Base form or word, reading) -> accent nucleus (scripts/build_heteronym_accents.py)."""
    return {(word, reading): int(accent) for word, reading, accent in rows("heteronym_accents.tsv", 3)}


def choose_readings(njd: list[dict]) -> None:
    """Chooses, in place, the reading of every word of `njd` that the table knows."""
    table = _rules()
    text = None
    offset = 0
    for index, word in enumerate(njd):
        length = len(word["string"])
        for key in (word["string"], word["orig"]):
            if key in table and not is_fixed(word) and word["string"][:1] == word["orig"][:1]:
                if text is None:
                    text = "".join(w["string"] for w in njd)
                context = _Context(njd, index, text[:offset], text[offset + length :])
                if _choose(context, *table[key], whole=key != word["orig"] or word["pos"] not in _INFLECTED):
                    break
        offset += length


def _choose(context: _Context, rules: tuple[_Rule, ...], readings: tuple[str, ...], *, whole: bool) -> bool:
    """Applies the first rule that holds; False where none is for the word's part of speech.

    `whole`: the readings of the rules are those of the word as it stands, not of the stem of a word that inflects.
    """
    word = context.njd[context.index]
    pos = context.part_of_speech(0)
    rules = tuple(rule for rule in rules if pos.startswith(rule.pos))
    present = next((reading for reading in readings if word["read"].startswith(reading)), None)
    if whole:
        present = word["read"]
    if not rules or present is None:
        return False
    rule = next((rule for rule in rules if all(test(context) for test in rule.conditions)), None)
    reading = present if rule is None else rule.reading
    tail = word["read"][len(present) :]
    word["tsukasa_alternatives"] = tuple(dict.fromkeys(r + tail for r in (present, *readings) if r != reading))
    word["tsukasa_confident"] = rule is not None and not rule.thin
    if reading != present:
        accent = _accents().get((word["orig"], reading + tail), _accents().get((word["string"], reading + tail)))
        reread(context.njd, context.index, reading + tail, accent=accent)
        word["tsukasa_source"] = "rule:heteronym"
        word["tsukasa_note"] = rule.note or f"{word['string']}: {reading}{tail} rather than {present}{tail} here"
    return True
