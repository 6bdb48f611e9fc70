# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The accent model in PyTorch: texts as tensors, the loss over all paths of borders and nuclei, and the updates.

It computes what `text/accents/network.py` does, in floating point. Texts of a batch lie one after the other with zeros
between them, so that a convolution never sees two at once.
"""

import math
import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from transformers_tsukasa.text.accents.features import positions, word_names
from transformers_tsukasa.text.accents.network import MOST_STEPS, STEPS_PER_UNIT
from transformers_tsukasa.text.accents.paths import AFTER, BEFORE, NUCLEUS
from transformers_tsukasa.text.types import Word

from .labels import Accents, accents_of


DILATIONS = (1, 1, 2, 3)
TAPS = 5
MARGIN = max(DILATIONS) * (TAPS // 2)
"""Rows of zeros between the texts of a batch: as far as a convolution reaches."""

OUTPUTS = 3
"""That a phrase begins, that a mora is the nucleus, that it lies after the fall; for the last two against neither."""

_IMPOSSIBLE = -1e4
_OF_A_WORD_ALONE = ("lemma=", "surface=", "unit_lemma=", "first=", "last=")


@dataclass(frozen=True)
class Settings:
    """How a model is trained."""

    size: int = 96
    epochs: int = 8
    rate: float = 3e-3
    batch: int = 32  # texts
    dropout: float = 0.3
    feature_dropout: float = 0.1
    name_dropout: float = 0.3  # of features that name a single word or character
    weight_decay: float = 0.03
    rarest: int = 3  # texts that a feature must be in
    seed: int = 0


@dataclass
class Example:
    """A text: its features by name, and where its borders and nuclei are."""

    style: str
    words: list[list[str]]  # features of its words
    word_of: list[int]  # of every position, into `words`; -1 for a mark
    names: list[list[str]]  # features of its positions
    morae: list[int]  # the positions that are morae
    may_begin: list[bool]  # whether a phrase may begin with a mora, and whether it must
    must_begin: list[bool]
    begins: list[bool]  # by the label
    states: list[int]


def make_example(words: Sequence[Word], style: str, label: Accents | None = None) -> Example | None:
    """The example of an analysed text; None when its label has other morae.

    A label may differ in a tenth of the morae as long as it has as many: how they sound matters little here.
    """
    spoken = [index for index, word in enumerate(words) if word.pronunciation]
    number = {index: place for place, index in enumerate(spoken)}
    found = positions(words)
    morae = [place for place, position in enumerate(found) if position.mora >= 0]
    starts = [found[place].mora == 0 for place in morae]
    forced = [count == 0 or place - morae[count - 1] > 1 for count, place in enumerate(morae)]
    begins, states = [False] * len(morae), [BEFORE] * len(morae)
    if label is not None:
        own = accents_of(words)
        others = sum(a != b for a, b in zip(label.morae, own.morae, strict=False))
        if not len(label.levels) == len(morae) == len(own.levels) or others > max(2, len(morae) // 10):
            return None
        begins, states = _targets(label, forced)
    return Example(
        style=style,
        words=[word_names(words[index]) for index in spoken],
        word_of=[number[position.word] if position.mora >= 0 else -1 for position in found],
        names=[position.names for position in found],
        morae=morae,
        may_begin=[one or other for one, other in zip(starts, begins, strict=True)],
        must_begin=forced,
        begins=begins,
        states=states,
    )


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
        counts.update({name for names in (*example.words, *example.names) for name in names})
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


def _joined(bags: Sequence[Bags]) -> Bags:
    starts = torch.tensor([0, *(len(bag.rows) for bag in bags)]).cumsum(0)
    offsets = [bag.offsets + start for bag, start in zip(bags, starts, strict=False)]
    return Bags(torch.cat([bag.rows for bag in bags]), torch.cat(offsets))


@dataclass
class Tensors:
    """An example as tensors."""

    style: int
    words: Bags
    word_of: torch.Tensor  # 0 for a mark, else the word counted from 1
    names: Bags
    morae: torch.Tensor
    may_begin: torch.Tensor
    must_begin: torch.Tensor
    begins: torch.Tensor
    states: torch.Tensor


def as_tensors(example: Example, vocabulary: dict[str, int], styles: Sequence[str]) -> Tensors:
    """The tensors of an example."""
    return Tensors(
        style=styles.index(example.style),
        words=_bags(example.words, vocabulary),
        word_of=torch.tensor(example.word_of) + 1,
        names=_bags(example.names, vocabulary),
        morae=torch.tensor(example.morae),
        may_begin=torch.tensor(example.may_begin),
        must_begin=torch.tensor(example.must_begin),
        begins=torch.tensor(example.begins),
        states=torch.tensor(example.states),
    )


class AccentNetwork(nn.Module):
    """Scores of borders and nuclei from features."""

    def __init__(self, vocabulary: dict[str, int], styles: int, settings: Settings) -> None:
        super().__init__()
        size = settings.size
        self.settings = settings
        self.vectors = nn.EmbeddingBag(len(vocabulary) + 1, size, mode="sum")
        names = ["", *vocabulary]
        dropped = [
            settings.name_dropout if name.startswith(_OF_A_WORD_ALONE) else settings.feature_dropout for name in names
        ]
        self.register_buffer("dropped", torch.tensor(dropped))
        self.style = nn.Embedding(styles, size)
        self.layers = nn.ModuleList(nn.Linear(TAPS * size, size, bias=False) for _ in DILATIONS)
        self.biases = nn.ModuleList(nn.Embedding(styles, size) for _ in DILATIONS)
        self.out = nn.Linear(size, OUTPUTS, bias=False)
        self.out_bias = nn.Embedding(styles, OUTPUTS)
        for table in (self.vectors, self.style):
            nn.init.normal_(table.weight, std=0.1)
        for table in (*self.biases, self.out_bias):
            nn.init.zeros_(table.weight)

    def _sums(self, bags: Bags) -> torch.Tensor:
        kept = torch.ones(len(bags.rows))
        if self.training:
            kept = (torch.rand(len(bags.rows)) >= self.dropped[bags.rows]).float()
        return self.vectors(bags.rows, bags.offsets, per_sample_weights=kept)

    def forward(self, texts: Sequence[Tensors]) -> list[torch.Tensor]:
        """The scores of the morae of every text: (morae, outputs)."""
        words, names = (
            self._sums(_joined([text.words for text in texts])),
            self._sums(_joined([t.names for t in texts])),
        )
        table = functional.pad(words, (0, 0, 1, 0))
        word_of, styles, morae, inner = [], [], [], []
        word_count = place = 0
        for text in texts:
            word_of.append(torch.where(text.word_of > 0, text.word_of + word_count, 0))
            styles += [text.style] * (len(text.word_of) + MARGIN)
            morae.append(text.morae + place)
            inner.append(torch.arange(place, place + len(text.word_of)))
            word_count += len(text.words.offsets)
            place += len(text.word_of) + MARGIN
        places, style = torch.cat(inner), torch.tensor(styles)
        mask = torch.zeros(place, 1)
        mask[places] = 1
        hidden = torch.zeros(place, self.settings.size).index_copy(0, places, names + table[torch.cat(word_of)])
        scores = self._score(hidden, style, mask)
        return [scores[own] for own in morae]

    def _score(self, hidden: torch.Tensor, style: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        dropout, most = self.settings.dropout, MOST_STEPS / STEPS_PER_UNIT
        hidden = functional.dropout(functional.relu(hidden + self.style(style)), dropout, self.training) * mask
        for layer, bias, dilation in zip(self.layers, self.biases, DILATIONS, strict=True):
            reach = TAPS // 2 * dilation
            read = functional.pad(hidden.clamp(max=most), (0, 0, reach, reach))
            windows = [read[tap * dilation : tap * dilation + len(hidden)] for tap in range(TAPS)]
            change = functional.relu(layer(torch.cat(windows, dim=1)) + bias(style))
            hidden = (hidden + functional.dropout(change, dropout, self.training)) * mask
        return self.out(hidden.clamp(max=most)) + self.out_bias(style)


def path_loss(scores: Sequence[torch.Tensor], texts: Sequence[Tensors]) -> torch.Tensor:
    """Minus the log likelihood of the labels' paths among all paths, a text on average."""
    pad = nn.utils.rnn.pad_sequence
    of = pad(list(scores), batch_first=True)
    exists = pad([torch.ones(len(text.morae), dtype=torch.bool) for text in texts], batch_first=True)
    may, must, begins, states = (
        pad([getattr(text, name) for text in texts], batch_first=True)
        for name in ("may_begin", "must_begin", "begins", "states")
    )
    begin = of[..., 0].masked_fill(~may, _IMPOSSIBLE)
    stay = torch.zeros_like(begin).masked_fill(must, _IMPOSSIBLE)
    nucleus, after = of[..., 1], of[..., 2]
    own = torch.where(begins, begin, stay) + nucleus * (states == NUCLEUS) + after * (states == AFTER)
    totals = [begin[:, 0], begin[:, 0] + nucleus[:, 0], torch.full_like(begin[:, 0], _IMPOSSIBLE)]
    for mora in range(1, of.shape[1]):
        new = torch.logaddexp(totals[BEFORE], totals[AFTER]) + begin[:, mora]
        high = torch.logaddexp(totals[BEFORE] + stay[:, mora], new)
        fallen = torch.logaddexp(totals[NUCLEUS], totals[AFTER]) + stay[:, mora] + after[:, mora]
        following = (high, high + nucleus[:, mora], fallen)
        totals = [torch.where(exists[:, mora], b, a) for a, b in zip(totals, following, strict=True)]
    return (torch.logaddexp(totals[BEFORE], totals[AFTER]) - (own * exists).sum(1)).mean()


def train(examples: Sequence[Tensors], network: AccentNetwork, settings: Settings, report=print) -> None:
    """Trains a network on examples; the learning rate rises for a sixth of the time and falls to nothing."""
    generator = random.Random(settings.seed)
    steps = settings.epochs * math.ceil(len(examples) / settings.batch)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=settings.rate, betas=(0.9, 0.98), weight_decay=settings.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, settings.rate, total_steps=steps + 1, pct_start=0.15)
    began = time.process_time()
    for epoch in range(1, settings.epochs + 1):
        network.train()
        total = 0.0
        for texts in _batches(examples, settings.batch, generator):
            loss = path_loss(network(texts), texts)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(texts)
        report(f"epoch {epoch}: loss {total / len(examples):.3f}, {time.process_time() - began:.0f} s of CPU time")
    network.eval()


def _batches(examples: Sequence[Tensors], size: int, generator: random.Random) -> list[list[Tensors]]:
    """The examples in batches of about the same length, in random order."""
    order = list(examples)
    generator.shuffle(order)
    batches = []
    for start in range(0, len(order), size * 16):
        group = sorted(order[start : start + size * 16], key=lambda text: len(text.morae))
        batches += [group[begin : begin + size] for begin in range(0, len(group), size)]
    generator.shuffle(batches)
    return batches
