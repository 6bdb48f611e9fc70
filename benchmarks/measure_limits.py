#!/usr/bin/env python3
# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measures the peak memory of the longest inputs: a text of 5,000 tokens and an utterance of 20,000 text frames.

    python benchmarks/measure_limits.py [--preset configs/tsukasa.yaml] [--limit-gib 8]

Each case runs in its own process with random weights; exit code 1 when one needs more than the limit. `--scale`
divides the lengths, for a quick look.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from collections.abc import Sequence
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import NamedTuple

import torch

from transformers_tsukasa.models.tsukasa.configuration_tsukasa import read_preset
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration


CASES = ((5000, 1), (400, 50))
"""Tokens, and text frames per token."""


class Measured(NamedTuple):
    """Figures of one case: whether all samples are finite, seconds of speech, seconds taken, peak memory in GiB."""

    is_finite: bool
    speech: float
    seconds: float
    peak: float


def measure(preset: Path, tokens: int, frames: int, results: "SimpleQueue[Measured]") -> None:
    """Speaks in one piece and puts the figures into `results`."""
    torch.manual_seed(0)
    model = TsukasaModelForConditionalGeneration(read_preset(preset)).eval()
    ids = torch.randint(1, model.config.vocab_size, (1, tokens))
    style = 0.1 * torch.randn(2 * model.config.style_dim)
    started = time.monotonic()
    speech = model.generate(input_ids=ids, style_vector=style, seed=0, durations=torch.full((1, tokens), frames))
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    length = speech.waveform.shape[1] / model.config.sampling_rate
    results.put(Measured(bool(speech.waveform.isfinite().all()), length, seconds, peak))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the cases and returns the exit code."""
    presets = Path(__file__).resolve().parents[1] / "configs"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", type=Path, default=presets / "tsukasa.yaml", help="a file of configs/")
    parser.add_argument("--limit-gib", type=float, default=8.0, help="(%(default)s)")
    parser.add_argument("--case", type=int, choices=range(len(CASES)), help="run only this case, counted from 0")
    parser.add_argument("--scale", type=int, default=1, help="divide the number of tokens by this (%(default)s)")
    options = parser.parse_args(arguments)
    context, has_failed = multiprocessing.get_context("spawn"), False
    for tokens, frames in CASES if options.case is None else CASES[options.case : options.case + 1]:
        tokens //= options.scale
        results = context.SimpleQueue()
        process = context.Process(target=measure, args=(options.preset, tokens, frames, results))
        process.start()
        process.join()
        case = f"{tokens:,} tokens, {frames} text frames each"
        if process.exitcode != 0:
            print(f"{case}: FAILED (exit code {process.exitcode})")
            has_failed = True
            continue
        measured = results.get()
        fits = measured.is_finite and measured.peak <= options.limit_gib
        has_failed |= not fits
        print(
            f"{case}: {measured.speech:.0f} s of speech in {measured.seconds:.0f} s, "
            f"peak {measured.peak:.2f} GiB {'ok' if fits else 'TOO MUCH'}"
        )
    return int(has_failed)


if __name__ == "__main__":
    sys.exit(main())
