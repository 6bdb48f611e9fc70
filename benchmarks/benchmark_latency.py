#!/usr/bin/env python3
# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measures the packaged model as a user meets it: loading, first sound, seconds of speech per second, memory.

    python benchmarks/benchmark_latency.py [--model FOLDER] [--threads 2] [--check]

Everything is measured in one fresh process: loading of model and processor, from a short text to its first samples
(reading included), and a minute of text, streamed. With `--check` the exit code is 1 when a target is missed. Run it
on a quiet machine.
"""

import argparse
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from transformers_tsukasa import Speaker


SHORT = "こんにちは。"
LONG = 3 * (
    "駅前の喫茶店で、温かい紅茶を一杯飲みました。窓を開けると、冷たい風が部屋に入ってきた。"
    "電車が遅れているので、少しお待ちください。昨日買った本を、もう全部読んでしまった。"
    "山の上から見る夕焼けは、本当に美しい。雪の降る夜に、二人は静かに歩いていた。"
)


@dataclass(frozen=True)
class Figure:
    """A measured value and its target.

    Args:
        name: with unit.
        value: measured.
        target: the most that is good, or the least.
        more_is_better: whether `target` is the least.
    """

    name: str
    value: float
    target: float
    more_is_better: bool = False

    @property
    def is_met(self) -> bool:
        return self.value >= self.target if self.more_is_better else self.value <= self.target

    def __str__(self) -> str:
        return f"{self.name:32s} {self.value:9.2f}   target {self.target:g}{'' if self.is_met else '   MISSED'}"


def seconds_to_first_sound(speaker: Speaker, text: str) -> float:
    """Seconds from a text to the first of its speech."""
    started = time.perf_counter()
    next(iter(speaker.stream(text, seed=0)))
    return time.perf_counter() - started


def speed(speaker: Speaker, text: str) -> float:
    """Seconds of speech per second, streamed."""
    started = time.perf_counter()
    speech = sum(len(piece.waveform) for piece in speaker.stream(text, seed=0)) / speaker.sampling_rate
    return speech / (time.perf_counter() - started)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="default", help="a model folder (default: the packaged model)")
    parser.add_argument("--threads", type=int, default=2, help="of torch (%(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="of the long text, the best counts (%(default)s)")
    parser.add_argument("--check", action="store_true", help="exit code 1 when a target is missed")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)

    started = time.perf_counter()
    speaker = Speaker.load(options.model)
    load = time.perf_counter() - started
    first = [seconds_to_first_sound(speaker, SHORT) for _ in range(2)]
    fastest = max(speed(speaker, LONG) for _ in range(options.repeats))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts KiB

    figures = (
        Figure("load, s", load, 2.0),
        Figure("first sound of a short text, s", first[0], 0.5),
        Figure("first sound of the next one, s", first[1], 0.5),
        Figure("seconds of speech per second", fastest, 8.0, more_is_better=True),
        Figure("peak memory, MiB", peak, 1024),
    )
    print(*figures, sep="\n")
    return int(options.check and not all(figure.is_met for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
