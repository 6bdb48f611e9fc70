# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Several candidates of one sentence, scored against its text, of which the best is spoken.

Candidate k is what the seed plus k gives alone, so that number 0 is the speech without a choice, bit for bit.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol, TypeVar

import torch
from transformers.utils import logging

from ....utils.numbers import plain_number
from .option_ranges import TsukasaSpeechOptions


logger = logging.get_logger(__name__)

_SCORED_TOGETHER = 4  # waveforms in memory at a time, besides the best one

_Speech = TypeVar("_Speech", bound="_HasWaveform")


class _HasWaveform(Protocol):
    @property
    def waveform(self) -> torch.Tensor: ...


class Reranker(Protocol):
    """Scores candidates of a sentence against its text."""

    def __call__(self, waveforms: list[torch.Tensor], input_ids: torch.Tensor) -> Any:
        """A score for every candidate, the higher the better.

        Args:
            waveforms: of every candidate, (samples,) float32 at the model's rate, without the pause after it.
            input_ids: the phonemes that were to be spoken, (tokens,), pads included.

        Returns:
            (candidates,), a tensor, an array or a sequence of numbers; minus infinity is allowed, NaN is not.
        """


@dataclass(frozen=True)
class CandidateOptions:
    """How many candidates are drawn, and what chooses.

    Attributes:
        count: most candidates of every sentence.
        reranker: scores them; `None` only for one candidate, which then has no score.
        stop_score: a candidate that reaches it is taken, and no further one is drawn; `None` draws all of them.
        keeps_all: whether the waveforms of all candidates are kept.
    """

    count: int = 1
    reranker: Reranker | None = None
    stop_score: float | None = None
    keeps_all: bool = False

    @property
    def chunk(self) -> int:
        """Candidates that are scored together."""
        return 1 if self.stop_score is not None else _SCORED_TOGETHER


@dataclass(frozen=True)
class CandidateChoice:
    """The candidates of a sentence.

    Attributes:
        scores: (count,) float32; NaN for those that were not drawn.
        index: the one that was taken.
        waveforms: of all, (samples,) each, empty for those that were not drawn; `None` when they are not kept.
    """

    scores: torch.Tensor
    index: int
    waveforms: list[torch.Tensor] | None


def read_stop_score(stop_score: Any) -> float | None:
    """The score that ends drawing.

    Raises:
        ValueError: for anything but a number.
    """
    number = plain_number(stop_score)
    if stop_score is not None and (number is None or math.isnan(number)):
        raise ValueError(f"stop_score must be a number, got {stop_score!r}")
    return None if number is None else float(number)


def check_candidates(
    candidates: CandidateOptions, *, is_streamed: bool, streams_candidates: bool, is_decoded: bool
) -> None:
    """Refuses what candidates cannot be combined with.

    Args:
        candidates: that are asked for.
        is_streamed: whether sentences are returned one by one.
        streams_candidates: whether that was asked for although the first sentence takes as long as all its candidates.
        is_decoded: whether waveforms are computed.

    Raises:
        ValueError: naming the argument.
    """
    if candidates.count > 1 and is_streamed and not streams_candidates:
        raise ValueError(
            f"the first sentence of a stream comes when all its {candidates.count} candidates are spoken: leave the "
            "stream or num_candidates out, or pass stream_candidates=True"
        )
    if candidates.reranker is not None and not is_decoded:
        raise ValueError("candidates are scored by their waveforms, which return_waveform=False leaves out")
    if candidates.keeps_all and candidates.reranker is None:
        raise ValueError("return_candidates=True needs candidates: pass num_candidates or a reranker")


def check_that_candidates_differ(count: int, options: TsukasaSpeechOptions, has_reference: bool) -> None:
    """Refuses several candidates where nothing is drawn, and warns where only the noise of the source is.

    Raises:
        ValueError: when all candidates would be the same speech.
    """
    if count == 1 or not has_reference or options.alpha > 0 or options.beta > 0:
        return
    if options.noise_scale == 0:
        raise ValueError(
            f"all {count} candidates would be the same speech, as nothing is drawn: set alpha, beta or noise_scale "
            "above 0, or num_candidates to 1"
        )
    logger.warning_once(
        "with alpha and beta of 0 candidates differ in the noise of the source alone, which hardly changes what is "
        "said: choose among them with alpha or beta above 0"
    )


def choose_candidate(
    draw: Callable[[int], _Speech], input_ids: torch.Tensor, options: CandidateOptions
) -> tuple[_Speech, CandidateChoice | None]:
    """The best candidate of a sentence by its score, the earliest of equals, and how it was chosen.

    Args:
        draw: speaks the candidate of a number.
        input_ids: of the sentence, (1, tokens).
        options: how many, and what scores them. Without a reranker number 0 is returned without a choice.

    Raises:
        ValueError: when the reranker does not return a score for every candidate.
    """
    if options.reranker is None:
        return draw(0), None
    best: _Speech | None = None
    scores: list[float] = []
    kept: list[torch.Tensor] = []
    index, numbers = 0, iter(range(options.count))
    while chunk := [draw(number) for number in islice(numbers, options.chunk)]:
        waveforms = [one.waveform[0] for one in chunk]
        for one, score in zip(chunk, _scores(options.reranker, waveforms, input_ids[0]), strict=True):
            if best is None or score > scores[index]:
                best, index = one, len(scores)
            scores.append(score)
        kept += waveforms if options.keeps_all else ()
        if options.stop_score is not None and scores[index] >= options.stop_score:
            break
    assert best is not None  # there is at least one candidate
    missing = options.count - len(scores)
    empty = [best.waveform.new_zeros(0)] * missing
    choice = CandidateChoice(
        torch.tensor(scores + [math.nan] * missing), index, kept + empty if options.keeps_all else None
    )
    return best, choice


def _scores(reranker: Reranker, waveforms: list[torch.Tensor], input_ids: torch.Tensor) -> Iterator[float]:
    returned = reranker(waveforms, input_ids)
    try:
        scores = torch.as_tensor(returned, dtype=torch.float32).cpu()
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"the reranker must return a number for every candidate, got {type(returned).__name__}"
        ) from error
    if tuple(scores.shape) != (len(waveforms),):
        raise ValueError(
            f"the reranker must return {len(waveforms)} scores, one for every candidate, got {tuple(scores.shape)}"
        )
    if bool(scores.isnan().any()):
        raise ValueError("the reranker returned NaN for a candidate: its weights or its input are damaged")
    return iter(scores.tolist())


__all__ = [
    "CandidateChoice",
    "CandidateOptions",
    "Reranker",
    "check_candidates",
    "check_that_candidates_differ",
    "choose_candidate",
    "read_stop_score",
]
