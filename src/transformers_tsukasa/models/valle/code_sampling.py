# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Drawing of codes: temperature and top-k, ends, and seeds that mean the same in every batch and on every machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import cast

import torch
from transformers import LogitsProcessor, LogitsProcessorList, TemperatureLogitsWarper, TopKLogitsWarper

from .configuration_valle import VallEConfig


@dataclass(frozen=True)
class SamplingOptions:
    """How codes are drawn.

    Args:
        top_k: likeliest tokens of which one is drawn (ties included); 0 for all, 1 always takes the likeliest.
        temperature: by which logits are divided before that.
        best_of: rows drawn for every text, of which the best scored one is kept.
        worst_of: whether the worst one is kept instead, to compare.
        length_penalty: exponent of the number of tokens (prompt and start token included) by which the sum of a row's
            log-probabilities is divided for its score.
        min_frames: frames before which speech cannot end.
        max_frames: frames after which it is ended; `max_frames_per_token` of the config for every token of the text at
            most, in any case.
    """

    top_k: int = 0
    temperature: float = 1.0
    best_of: int = 1
    worst_of: bool = False
    length_penalty: float = 1.0
    min_frames: int = 1
    max_frames: int | None = None

    def check(self) -> None:
        """Refuses values out of range.

        Raises:
            ValueError: naming the option.
        """
        if not self.temperature > 0:
            raise ValueError(f"temperature must be greater than 0, got {self.temperature} (top_k=1 draws nothing)")
        for name, least in (("top_k", 0), ("best_of", 1), ("min_frames", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        if self.max_frames is not None and self.max_frames < max(self.min_frames, 1):
            raise ValueError(
                f"max_frames must be at least min_frames ({self.min_frames}) and 1, got {self.max_frames}"
            )


class CodeSampler(LogitsProcessor):
    """Draws the next token of every row, and leaves only that one possible; keeps the log-probabilities of draws.

    As a logits processor it serves transformers' generation, which then takes the likeliest token.

    Args:
        config: of the model.
        prompt_width: tokens of `input_ids` before the first draw.
        limits: frames after which a row is ended, (rows,).
        options: how to draw.
        generators: one for every row, or one that draws for all rows in turn with `torch.multinomial`, one draw a
            step, as the original does with torch's global generator.

    Attributes:
        all_draws: what was drawn in every step, (rows,) each, after the end of a row and in place of it too.
        all_log_probabilities: of these, after temperature and top-k.
    """

    def __init__(
        self,
        config: VallEConfig,
        prompt_width: int,
        limits: torch.Tensor,
        options: SamplingOptions,
        generators: list[torch.Generator] | torch.Generator,
    ):
        self._end, self._ends_at_argmax = config.codebook_size, config.stop_at_argmax
        self._prompt_width, self._limits, self._options, self._generators = prompt_width, limits, options, generators
        self._warpers = LogitsProcessorList()
        if options.temperature != 1.0:
            self._warpers.append(TemperatureLogitsWarper(float(options.temperature)))
        if options.top_k > 0:
            self._warpers.append(TopKLogitsWarper(options.top_k))
        self.all_draws: list[torch.Tensor] = []
        self.all_log_probabilities: list[torch.Tensor] = []
        self._total = torch.zeros(len(limits), device=limits.device)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """input_ids (rows, tokens so far), logits (rows, vocab_size) -> 0 for the chosen token, else -inf"""
        step = input_ids.shape[1] - self._prompt_width
        if step < self._options.min_frames:
            scores = scores.clone()
            scores[:, self._end] = -torch.inf
        warped = self._warpers(cast(torch.LongTensor, input_ids), scores)
        drawn = self._draw(warped.softmax(dim=-1))
        has_ended = input_ids[:, -1] == self._end if step else torch.zeros_like(drawn, dtype=torch.bool)
        log_probability = warped.log_softmax(dim=-1).gather(1, drawn[:, None])[:, 0]
        self.all_draws.append(drawn)
        self.all_log_probabilities.append(log_probability)
        self._total = self._total + torch.where(has_ended, 0.0, log_probability)
        ends = has_ended | (step >= self._limits)
        if self._ends_at_argmax:
            ends = ends | (scores.argmax(dim=-1) == self._end)
        token = torch.where(ends, self._end, drawn)
        return torch.full_like(scores, -torch.inf).scatter(1, token[:, None], 0.0)

    def log_probabilities(self) -> torch.Tensor:
        """The sum for every row of the log-probabilities of its draws, that of its end included; (rows,)."""
        return self._total

    def _draw(self, probabilities: torch.Tensor) -> torch.Tensor:
        """One token for every row; (rows, vocab_size) -> (rows,)."""
        if isinstance(self._generators, torch.Generator):
            given = probabilities.to(self._generators.device)
            return torch.multinomial(given, 1, generator=self._generators)[:, 0].to(probabilities.device)
        # A uniform number in the cumulated probabilities: torch draws uniform numbers alike on every machine.
        uniform = torch.stack([torch.rand((), generator=each, dtype=torch.float64) for each in self._generators])
        cumulated = probabilities.double().cumsum(dim=-1)
        threshold = uniform.to(cumulated.device)[:, None] * cumulated[:, -1:]
        return (cumulated <= threshold).sum(dim=-1)


def row_generators(seed: int | Sequence[int] | None, texts: int, best_of: int) -> list[torch.Generator]:
    """A generator for every row of every text.

    Rows of one text differ; row k of a text depends on its seed and k alone, not on the batch nor on `best_of`.

    Args:
        seed: one for all texts or one each; drawn when left out.
        texts: how many there are.
        best_of: rows of every text.

    Raises:
        ValueError: when seeds do not fit the texts, or are no integers.
    """
    if seed is None:
        seed = torch.randint(2**31, (texts,)).tolist()
    seeds = list(seed) if isinstance(seed, Sequence) else [seed] * texts
    if len(seeds) != texts:
        raise ValueError(f"{texts} texts need one seed or {texts} of them, got {len(seeds)}")
    for each in seeds:
        if not isinstance(each, Integral):
            raise ValueError(f"a seed must be an integer, got {each!r}")
    mixed = [(int(each) * 1_000_003 + row) % 2**63 for each in seeds for row in range(best_of)]
    return [torch.Generator().manual_seed(each) for each in mixed]


__all__ = ["CodeSampler", "SamplingOptions", "row_generators"]
