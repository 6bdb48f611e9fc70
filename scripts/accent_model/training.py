# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The accent model in PyTorch: the network, the loss over all paths of borders and nuclei, and the updates.

It computes what `text/accents/network.py` does, in floating point. Texts of a batch lie one after the other with zeros
between them, so that a convolution never sees two at once.
"""

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
    epochs: int = 10
    rate: float = 3e-3
    batch: int = 32  # texts
    dropout: float = 0.25
    feature_dropout: float = 0.35
    name_dropout: float = 0.6  # of features that name a single word or character
    weight_decay: float = 0.03
    rarest: int = 3  # texts that a feature must be in
    seed: int = 0


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
            dropped = self.dropped[bags.rows]
            kept = (torch.rand(len(bags.rows)) >= dropped) / (1 - dropped)  # the sum stays as it is on average
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


def path_loss(scores: Sequence[torch.Tensor], texts: Sequence[Tensors]) -> torch.Tensor:
    """Minus the log likelihood of the labels' paths among all paths, a text on average."""
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
    own = torch.stack([(one * text.label).sum() for one, text in zip(scores, texts, strict=True)])
    return (torch.logaddexp(totals[BEFORE], totals[AFTER]) - own).mean()


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
