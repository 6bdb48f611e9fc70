# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The accent model in PyTorch: texts as tensors, the loss over all paths of borders and nuclei, and the updates.

It computes what `text/accents/network.py` does, in floating point. Texts of a batch lie one after the other with zeros
between them, so that a convolution never sees two at once.
"""

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn import functional

from transformers_tsukasa.text.accents.network import MOST_STEPS, STEPS_PER_UNIT
from transformers_tsukasa.text.accents.paths import AFTER, BEFORE, NUCLEUS

from .examples import Bags, Tensors, joined_bags


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

    size: int = 64
    epochs: int = 8
    rate: float = 3e-3
    batch: int = 32  # texts
    dropout: float = 0.15
    feature_dropout: float = 0.1
    name_dropout: float = 0.2  # of features that name a single word or character
    weight_decay: float = 0.03
    rarest: int = 3  # texts that a feature must be in
    seed: int = 0
    teachers: int = 3  # networks whose decisions the model learns beside the labels; 0 for the labels alone
    trust: float = 0.5  # the share of the teachers in the targets of a labelled text

    def of_teacher(self, number: int) -> "Settings":
        """The settings of one of the teachers, which are larger and see less of a text in every update."""
        return replace(self, size=self.size * 3 // 2, dropout=0.3, name_dropout=0.3, seed=self.seed + 1 + number)


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
        items, names = (
            self._sums(joined_bags([getattr(text, name) for text in texts])) for name in ("items", "names")
        )
        item_of, styles, morae, inner = [], [], [], []
        count = place = 0
        for text in texts:
            item_of.append(text.item_of + count)
            styles += [text.style] * (len(text.item_of) + MARGIN)
            morae.append(text.morae + place)
            inner.append(torch.arange(place, place + len(text.item_of)))
            count += len(text.items.offsets)
            place += len(text.item_of) + MARGIN
        places, style = torch.cat(inner), torch.tensor(styles)
        mask = torch.zeros(place, 1)
        mask[places] = 1
        hidden = torch.zeros(place, self.settings.size).index_copy(0, places, names + items[torch.cat(item_of)])
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


def path_sums(scores: Sequence[torch.Tensor], texts: Sequence[Tensors]) -> torch.Tensor:
    """Of every text the logarithm of the sum over all its paths of the exponentials of their scores."""
    pad = nn.utils.rnn.pad_sequence
    of = pad(list(scores), batch_first=True)
    exists = pad([torch.ones(len(text.morae), dtype=torch.bool) for text in texts], batch_first=True)
    may, must = (
        pad([getattr(text, name) for text in texts], batch_first=True) for name in ("may_begin", "must_begin")
    )
    begin = of[..., 0].masked_fill(~may, _IMPOSSIBLE)
    stay = torch.zeros_like(begin).masked_fill(must, _IMPOSSIBLE)
    nucleus, after = of[..., 1], of[..., 2]
    totals = [begin[:, 0], begin[:, 0] + nucleus[:, 0], torch.full_like(begin[:, 0], _IMPOSSIBLE)]
    for mora in range(1, of.shape[1]):
        new = torch.logaddexp(totals[BEFORE], totals[AFTER]) + begin[:, mora]
        high = torch.logaddexp(totals[BEFORE] + stay[:, mora], new)
        fallen = torch.logaddexp(totals[NUCLEUS], totals[AFTER]) + stay[:, mora] + after[:, mora]
        following = (high, high + nucleus[:, mora], fallen)
        totals = [torch.where(exists[:, mora], b, a) for a, b in zip(totals, following, strict=True)]
    return torch.logaddexp(totals[BEFORE], totals[AFTER])


def path_loss(scores: Sequence[torch.Tensor], texts: Sequence[Tensors]) -> torch.Tensor:
    """The cross entropy between the targets' paths and those of the scores, a text on average.

    A path has the sum of the scores of its morae, so that the targets of morae are all that counts. With those of a
    label it is minus the log likelihood of its path among all paths.
    """
    own = torch.stack([(one * text.targets).sum() for one, text in zip(scores, texts, strict=True)])
    return (path_sums(scores, texts) - own).mean()


def path_shares(scores: Sequence[torch.Tensor], texts: Sequence[Tensors]) -> list[torch.Tensor]:
    """Targets as scores give them: for every mora the share of all paths that begin a phrase there, and so on."""
    given = [one.detach().requires_grad_() for one in scores]
    return list(torch.autograd.grad(path_sums(given, texts).sum(), given))


def taught(
    examples: Sequence[Tensors], teachers: Sequence[AccentNetwork], trust: float, size: int = 64
) -> list[Tensors]:
    """The texts with targets that are mixed of their own and those of several networks together.

    Args:
        examples: texts.
        teachers: networks that have been trained, whose scores are averaged.
        trust: the share of the teachers, 1 for texts without a label.
        size: texts at once.
    """
    found = []
    for start in range(0, len(examples), size):
        texts = examples[start : start + size]
        with torch.no_grad():
            scores = [torch.stack(one).mean(0) for one in zip(*(network(texts) for network in teachers), strict=True)]
        for text, shares in zip(texts, path_shares(scores, texts), strict=True):
            found.append(replace(text, targets=torch.lerp(text.targets, shares, trust)))
    return found


def trained_network(
    examples: Sequence[Tensors],
    vocabulary: dict[str, int],
    styles: int,
    settings: Settings,
    report: Callable[[str], None],
) -> AccentNetwork:
    """A network that has learned from texts; the learning rate rises for a sixth of the time and falls to nothing."""
    torch.manual_seed(settings.seed)
    network = AccentNetwork(vocabulary, styles, settings)
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
    return network.eval()


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
