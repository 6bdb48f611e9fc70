# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Texts as the accent model learns from them: features by name, labels, and both as tensors."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch

from transformers_tsukasa.text.accents.features import (
    END,
    NEAR,
    TextView,
    class_names,
    class_of,
    group_names,
    mark_names,
    mora_names,
    names_for_neighbour,
    phrase_names,
    view_of,
    word_names,
)
from transformers_tsukasa.text.accents.paths import AFTER, BEFORE, NUCLEUS
from transformers_tsukasa.text.types import Word

from .labels import Accents, accents_of


@dataclass
class Example:
    """A text: its features by name, and where its borders and nuclei are.

    Attributes:
        style: whose accents.
        items: features of its words and marks.
        item_of: of every position, its word or mark in `items`.
        names: features of its positions.
        morae: the positions that are morae.
        may_begin, must_begin: whether a phrase may begin with a mora, and whether it must.
        begins: whether one does, by the label.
        states: of its morae, by the label.
    """

    style: str
    items: list[list[str]]
    item_of: list[int]
    names: list[list[str]]
    morae: list[int]
    may_begin: list[bool]
    must_begin: list[bool]
    begins: list[bool]
    states: list[int]


def make_example(words: Sequence[Word], style: str, label: Accents | None = None) -> Example | None:
    """The example of an analysed text; None when its label has other morae.

    A label may differ in a tenth of the morae as long as it has as many: how they sound matters little here.
    """
    view = view_of(words)
    sizes = [1 if isinstance(item, str) else len(item.morae) for item in view.items]
    item_of = [number for number, size in enumerate(sizes) for _ in range(size)]
    morae = [place for place, number in enumerate(item_of) if not isinstance(view.items[number], str)]
    forced = [count == 0 or place - morae[count - 1] > 1 for count, place in enumerate(morae)]
    starts = [number == 0 for spoken in view.words for number in range(len(spoken.morae))]
    begins, states = [False] * len(morae), [BEFORE] * len(morae)
    if label is not None:
        own = accents_of(words)
        others = sum(a != b for a, b in zip(label.morae, own.morae, strict=False))
        if not len(label.levels) == len(morae) == len(own.levels) or others > max(2, len(morae) // 10):
            return None
        begins, states = _targets(label, forced)
    return Example(
        style=style,
        items=_names_of_items(view),
        item_of=item_of,
        names=_names_of_positions(view),
        morae=morae,
        may_begin=[one or other for one, other in zip(starts, begins, strict=True)],
        must_begin=forced,
        begins=begins,
        states=states,
    )


def _names_of_items(view: TextView) -> list[list[str]]:
    """The features that all positions of a word or mark have: a word's own, and those by their neighbours."""
    own = [
        mark_names(item) if isinstance(item, str) else class_names(class_of(item.word)) + word_names(item)
        for item in view.items
    ]
    found = []
    for place, item in enumerate(view.items):
        names = [] if isinstance(item, str) else list(own[place])
        for far in NEAR:
            is_inside = 0 <= place + far < len(own)
            names += names_for_neighbour(own[place + far] if is_inside else [END], far)
        found.append(names)
    return found


def _names_of_positions(view: TextView) -> list[list[str]]:
    by_phrase = (names for phrase in view.phrases for names in phrase_names(phrase.size, phrase.nucleus))
    by_group = (names for size in view.groups for names in group_names(size))
    names = []
    for item in view.items:
        if isinstance(item, str):
            names.append(mark_names(item))
        else:
            names += [own + next(by_phrase) + next(by_group) for own in mora_names(item)]
    return names


def _targets(label: Accents, forced: Sequence[bool]) -> tuple[list[bool], list[int]]:
    """Whether a phrase begins with each mora, and its state; a mark of the text is a border in any case."""
    begins = [mora in label.begins or forced[mora] for mora in range(len(forced))]
    states, fallen = [], False
    for mora, starts in enumerate(begins):
        fallen = fallen and not starts
        is_last = mora + 1 == len(begins) or begins[mora + 1]
        falls = mora in label.falls and not fallen and not is_last
        states.append(AFTER if fallen else NUCLEUS if falls else BEFORE)
        fallen = fallen or falls
    return begins, states


def make_vocabulary(examples: Iterable[Example], rarest: int) -> dict[str, int]:
    """The features that are in so many texts, numbered from 1."""
    counts: Counter[str] = Counter()
    for example in examples:
        counts.update({name for names in (*example.items, *example.names) for name in names})
    return {name: row for row, name in enumerate(sorted(name for name in counts if counts[name] >= rarest), start=1)}


@dataclass
class Bags:
    """Rows of the table of vectors, those of each bag one after the other."""

    rows: torch.Tensor
    offsets: torch.Tensor


def _bags(groups: Iterable[list[str]], vocabulary: dict[str, int]) -> Bags:
    known = [[vocabulary[name] for name in names if name in vocabulary] for names in groups]
    sizes = torch.tensor([len(rows) for rows in known])
    return Bags(torch.tensor([row for rows in known for row in rows], dtype=torch.long), sizes.cumsum(0) - sizes)


def joined_bags(bags: Sequence[Bags]) -> Bags:
    """The bags of several texts in one."""
    starts = torch.tensor([0, *(len(bag.rows) for bag in bags)]).cumsum(0)
    offsets = [bag.offsets + start for bag, start in zip(bags, starts, strict=False)]
    return Bags(torch.cat([bag.rows for bag in bags]), torch.cat(offsets))


@dataclass
class Tensors:
    """An example as tensors.

    Attributes:
        style: its number.
        items, item_of: as in the example.
        names: the features of its positions.
        morae, may_begin, must_begin: as in the example.
        label: (morae, 3) 1 where a phrase begins, for a nucleus, and for a mora after it; the rest is 0.
    """

    style: int
    items: Bags
    item_of: torch.Tensor
    names: Bags
    morae: torch.Tensor
    may_begin: torch.Tensor
    must_begin: torch.Tensor
    label: torch.Tensor


def as_tensors(example: Example, vocabulary: dict[str, int], styles: Sequence[str]) -> Tensors:
    """The tensors of an example."""
    label = [
        (begins, state == NUCLEUS, state == AFTER)
        for begins, state in zip(example.begins, example.states, strict=True)
    ]
    return Tensors(
        style=styles.index(example.style),
        items=_bags(example.items, vocabulary),
        item_of=torch.tensor(example.item_of),
        names=_bags(example.names, vocabulary),
        morae=torch.tensor(example.morae),
        may_begin=torch.tensor(example.may_begin),
        must_begin=torch.tensor(example.must_begin),
        label=torch.tensor(label, dtype=torch.float32),
    )


__all__ = ["Bags", "Example", "Tensors", "as_tensors", "joined_bags", "make_example", "make_vocabulary"]
