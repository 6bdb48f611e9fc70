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
arg=                a noun before in the same clause, with any particle, ends with one of these
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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..tables import rows
from .njd_words import INFLECTED, NjdWord, reread


@dataclass(frozen=True)
class _Context:
    """One word of a sentence: all words, its index, and the text before and after it."""

    words: list[NjdWord]
    index: int
    before: str
    after: str

    @property
    def here(self) -> NjdWord:
        return self.words[self.index]

    def word(self, offset: int) -> NjdWord | None:
        """The word `offset` places away, or None at the edge or at a symbol."""
        place = self.index + offset
        if not 0 <= place < len(self.words) or self.words[place].pos == "記号":
            return None
        return self.words[place]

    def surface(self, offset: int) -> str:
        word = self.word(offset)
        if word is None:
            return "^" if offset < 0 else "$"
        return word.surface

    def lemma(self, offset: int) -> str:
        word = self.word(offset)
        return "" if word is None else word.lemma

    def part_of_speech(self, offset: int) -> str:
        word = self.word(offset)
        return "" if word is None else f"{word.pos}-{word.pos_details[0]}-{word.pos_details[1]}"


@dataclass(frozen=True)
class Rule:
    """A line of the table.

    Attributes:
        number: of the entry in the table, from 1.
        pos: the part of speech that it is about, "" for any.
        reading: the one that it chooses.
        conditions: all hold where it decides.
        thin: whether the evidence is.
        note: for `explain`.
    """

    number: int
    pos: str
    reading: str
    conditions: tuple[Callable[[_Context], bool], ...]
    thin: bool
    note: str


@dataclass(frozen=True)
class Entry:
    """The rules of a word in order, and all its readings: the longest first, then in the order of the table."""

    rules: tuple[Rule, ...]
    readings: tuple[str, ...]


Table = Mapping[str, Entry]
"""Word, as written or in its base form -> its rules and readings."""


_INFLECTED_OR_ENDING = (*INFLECTED, "助動詞")
_CLAUSE_WORDS = 8
_CASES = {
    "wo": ("を",),
    "ga": ("が",),
    "ni": ("に",),
    "de": ("で",),
    "arg": ("を", "が", "は", "も", "に", "へ", "で", "と"),
}


def _has_argument(context: _Context, values: tuple[str, ...], particles: tuple[str, ...]) -> bool:
    """Whether a noun before, in the same clause, has one of `particles` and ends with one of `values`."""
    words = context.words
    for place in range(context.index - 1, max(context.index - 1 - _CLAUSE_WORDS, 0), -1):
        word = words[place]
        if word.pos == "記号":
            if word.surface != "、" or _ends_clause(words[place - 1]):
                return False
            continue
        if word.pos == "助詞" and word.surface in particles:
            if values == ("*",) or words[place - 1].surface.endswith(values):
                return True
            if len(particles) == 1:
                return False
    return False


def _ends_clause(word: NjdWord) -> bool:
    """Whether a comma after a word separates two clauses: 窓を開けたら、…, 本を読んで、…."""
    return word.pos in _INFLECTED_OR_ENDING or word.detail == "接続助詞"


def _modifies(context: _Context, values: tuple[str, ...]) -> bool:
    """Whether the first noun after the word and its endings begins with one of `values`."""
    for word in context.words[context.index + 1 : context.index + 6]:
        is_ending = word.pos == "助動詞" or (word.pos == "動詞" and word.detail in ("非自立", "接尾"))
        if not is_ending and word.surface not in ("て", "で"):
            return word.pos in ("名詞", "接頭詞") and word.surface.startswith(values)
    return False


def parse_condition(text: str, place: str, lists: dict[str, tuple[str, ...]]) -> Callable[[_Context], bool]:
    """The test that one condition of the table stands for.

    Args:
        text: the condition, as `!prev=の|@drink`.
        place: where it stands, for the error.
        lists: the named lists of the table.

    Raises:
        ValueError: when the condition has no known name or no value.
    """
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


_TESTS: dict[str, Callable[[_Context, tuple[str, ...]], bool]] = {
    "prev": lambda c, v: c.surface(-1) in v,
    "prev2": lambda c, v: c.surface(-2) in v,
    "prev3": lambda c, v: c.surface(-3) in v,
    "next": lambda c, v: c.surface(1) in v,
    "next2": lambda c, v: c.surface(2) in v,
    "next3": lambda c, v: c.surface(3) in v,
    "prevend": lambda c, v: c.surface(-1).endswith(v),
    "prev2start": lambda c, v: c.surface(-2).startswith(v),
    "nextstart": lambda c, v: c.surface(1).startswith(v),
    "prevpos": lambda c, v: c.part_of_speech(-1).startswith(v),
    "nextpos": lambda c, v: c.part_of_speech(1).startswith(v),
    "prevorig": lambda c, v: c.lemma(-1) in v,
    "prev2pos": lambda c, v: c.part_of_speech(-2).startswith(v),
    "next2pos": lambda c, v: c.part_of_speech(2).startswith(v),
    "wo": lambda c, v: _has_argument(c, v, _CASES["wo"]),
    "ga": lambda c, v: _has_argument(c, v, _CASES["ga"]),
    "ni": lambda c, v: _has_argument(c, v, _CASES["ni"]),
    "de": lambda c, v: _has_argument(c, v, _CASES["de"]),
    "arg": lambda c, v: _has_argument(c, v, _CASES["arg"]),
    "mod": _modifies,
    "nextorig": lambda c, v: c.lemma(1) in v,
    "next2orig": lambda c, v: c.lemma(2) in v,
    "before": lambda c, v: any(x in c.before for x in v),
    "after": lambda c, v: any(x in c.after for x in v),
    "near": lambda c, v: any(x in c.before or x in c.after for x in v),
    "form": lambda c, v: c.here.conjugation_form.startswith(v),
    "prevform": lambda c, v: (word := c.word(-1)) is not None and word.conjugation_form.startswith(v),
    "read": lambda c, v: c.here.kana.startswith(v),
    "pos": lambda c, v: c.part_of_speech(0).startswith(v),
    "text": lambda c, v: c.here.surface in v,
}


@lru_cache(maxsize=1)
def heteronym_table() -> Table:
    """The table of the package, read once."""
    collected: dict[str, list[Rule]] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for number, (word, pos, reading, conditions, flags, note) in enumerate(rows("heteronyms.tsv", 6)):
        if word.startswith("@"):
            lists[word] = tuple(pos.split("|"))
            continue
        place = f"heteronyms.tsv, entry {number + 1} ({word})"
        tests = tuple(parse_condition(text, place, lists) for text in conditions.split())
        thin = "?" in flags or (not tests and "!" not in flags)
        if flags == "-":
            tests = (lambda context: False,)
        collected.setdefault(word, []).append(Rule(number + 1, "" if pos == "*" else pos, reading, tests, thin, note))
    return {
        word: Entry(tuple(rules), tuple(sorted(dict.fromkeys(rule.reading for rule in rules), key=len, reverse=True)))
        for word, rules in collected.items()
    }


@lru_cache(maxsize=1)
def _accents() -> dict[tuple[str, str], int]:
    """(Base form or word, reading) -> accent nucleus (scripts/build_heteronym_accents.py)."""
    return {(word, reading): int(accent) for word, reading, accent in rows("heteronym_accents.tsv", 3)}


def accent_of(word: NjdWord, kana: str) -> int | None:
    """The accent nucleus of a word that is read `kana`, None where the table has none."""
    return _accents().get((word.lemma, kana), _accents().get((word.surface, kana)))


def choose_readings(
    words: Sequence[NjdWord], table: Table | None = None, on_rule: Callable[[Rule], None] | None = None
) -> list[NjdWord]:
    """The words with the reading chosen that fits the context, for every word that the table has.

    Args:
        words: after the rules that hold in any context.
        table: the package's where it is None.
        on_rule: called with every rule that decides.
    """
    entries = heteronym_table() if table is None else table
    text = "".join(word.surface for word in words)
    result = list(words)
    offset = 0
    for index, word in enumerate(words):
        end = offset + len(word.surface)
        if not word.is_fixed and word.surface[:1] == word.lemma[:1]:
            for key in (word.surface, word.lemma):
                if key in entries:
                    context = _Context(result, index, text[:offset], text[end:])
                    has_full_readings = key != word.lemma or word.pos not in _INFLECTED_OR_ENDING
                    chosen = _choose(context, entries[key], has_full_readings, on_rule)
                    if chosen is not None:
                        result = chosen
                        break
        offset = end
    return result


def _choose(
    context: _Context, entry: Entry, has_full_readings: bool, on_rule: Callable[[Rule], None] | None
) -> list[NjdWord] | None:
    """The words after the first rule that holds, or None where the entry has none for the word's part of speech.

    `has_full_readings`: the readings of the entry are those of the word as it stands, not of the stem of a word that
    inflects.
    """
    word = context.here
    pos = context.part_of_speech(0)
    rules = [rule for rule in entry.rules if pos.startswith(rule.pos)]
    if has_full_readings:
        present: str | None = word.kana
    else:
        present = next((reading for reading in entry.readings if word.kana.startswith(reading)), None)
    if not rules or present is None:
        return None
    rule = next((rule for rule in rules if all(test(context) for test in rule.conditions)), None)
    if rule is not None and on_rule is not None:
        on_rule(rule)
    reading = present if rule is None else rule.reading
    tail = word.kana[len(present) :]
    words = list(context.words)
    if rule is not None and reading != present:
        words = reread(words, context.index, reading + tail, accent=accent_of(word, reading + tail))
        note = rule.note or f"{word.surface}: {reading}{tail} rather than {present}{tail} here"
        words[context.index] = words[context.index]._replace(source="rule:heteronym", note=note)
    words[context.index] = words[context.index]._replace(
        alternatives=tuple(dict.fromkeys(other + tail for other in (present, *entry.readings) if other != reading)),
        is_confident=rule is not None and not rule.thin,
    )
    return words
