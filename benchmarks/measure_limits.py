#!/usr/bin/env python3
# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Peak memory of the longest input at full size: a text of 5,000 tokens and an utterance of 20,000 text frames.

    python benchmarks/measure_limits.py [--preset configs/tsukasa.yaml] [--limit-gib 8]

Each case runs in a process of its own with random weights; exit code 1 when one needs more than the limit.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from pathlib import Path

import torch

from transformers_tsukasa.models.tsukasa.configuration_tsukasa import read_preset
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration


CASES = {"5,000 tokens, one text frame each": (5000, 1), "20,000 text frames (500 s), 50 a token": (400, 50)}


def measure(preset: Path, tokens: int, frames: int, results) -> None:
    """Speaks in one piece and puts (finite, seconds of speech, seconds taken, peak GiB) into `results`."""
    torch.manual_seed(0)
    model = TsukasaModelForConditionalGeneration(read_preset(preset)).eval()
    ids = torch.randint(1, model.config.vocab_size, (1, tokens))
    style = 0.1 * torch.randn(2 * model.config.style_dim)
    started = time.monotonic()
    speech = model.generate(input_ids=ids, style_vector=style, seed=0, durations=torch.full((1, tokens), frames))
    taken = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    seconds = speech.waveform.shape[1] / model.config.sampling_rate
    results.put((bool(speech.waveform.isfinite().all()), seconds, taken, peak))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--preset", type=Path, default=Path(__file__).resolve().parents[1] / "configs" / "tsukasa.yaml"
    )
    parser.add_argument("--limit-gib", type=float, default=8.0)
    parser.add_argument("--case", type=int, help="only this case, counted from 0")
    options = parser.parse_args()
    context, failed = multiprocessing.get_context("spawn"), False
    for index, (name, (tokens, frames)) in enumerate(CASES.items()):
        if options.case not in (None, index):
            continue
        results = context.SimpleQueue()
        process = context.Process(target=measure, args=(options.preset, tokens, frames, results))
        process.start()
        process.join()
        if process.exitcode != 0:
            print(f"{name}: FAILED (exit code {process.exitcode})")
            failed = True
            continue
        finite, seconds, taken, peak = results.get()
        fits = finite and peak <= options.limit_gib
        failed |= not fits
        print(
            f"{name}: {seconds:.0f} s of speech in {taken:.0f} s, peak {peak:.2f} GiB {'ok' if fits else 'TOO MUCH'}"
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
