#!/usr/bin/env python3

"""Measures SpeechSR with random weights: speed, share of the matmul rate, and peak memory by the length of the signal.

    python benchmarks/benchmark_upsampling.py [--seconds 10 60] [--threads 2] [--check]

Every line is one rate and one length. Real time is seconds of speech per second of work; the share is that of the
operations of convolutions and matrix products, sines not counted, in the rate of a matrix product of the same run.
With `--check` the exit code is 1 when memory grows from the shortest to the longest signal by more than the signal and
the result themselves take, or the share stays below 25 %. Run it on a quiet machine.
"""

import argparse
import sys

import torch

from measuring import Stopwatch, count_operations, matmul_rate, peak_memory
from transformers_tsukasa.models.speechsr.configuration_speechsr import SpeechSRConfig
from transformers_tsukasa.models.speechsr.modeling_speechsr import SpeechSRModel


RATES = (24000, 48000)
_NEEDED_SHARE = 0.25
_BLOCK = 1_600
_MIB = 2**20


@torch.inference_mode()
def measure(rate: int, seconds: float, repeats: int, matmul: float) -> tuple[float, float, float]:
    """Times real time, share of the matmul rate, and peak memory in MiB of a stream of so many seconds."""
    model = SpeechSRModel(SpeechSRConfig(output_sampling_rate=rate)).eval()
    block = 0.1 * torch.randn(1, _BLOCK)
    blocks = max(round(seconds * model.config.sampling_rate / _BLOCK), 1)
    length = blocks * _BLOCK / model.config.sampling_rate

    def raise_all() -> None:
        for _ in model.stream(block for _ in range(blocks)):
            pass

    operations = count_operations(lambda: [*model.stream([block])]) / (_BLOCK / model.config.sampling_rate)
    watch = Stopwatch()
    best = min(watch.time(raise_all) for _ in range(repeats))
    return length / best, operations * length / best / matmul, peak_memory(raise_all)


def main(arguments: list[str] | None = None) -> int:
    """Prints the table and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0, 60.0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    rate_of_products = matmul_rate(torch.float32)
    print(f"{options.threads} threads, matrix products {rate_of_products / 1e9:.0f} GFLOP per second")
    holds = True
    for rate in RATES:
        rows = [measure(rate, seconds, options.repeats, rate_of_products) for seconds in sorted(options.seconds)]
        for seconds, (speed, share, memory) in zip(sorted(options.seconds), rows, strict=True):
            print(f"{rate} Hz, {seconds:g} s: {speed:.2f} times real time, {share:.0%} of matmul, {memory:.0f} MiB")
        grown = max(options.seconds) * rate * 4 / _MIB
        holds = holds and rows[-1][2] <= rows[0][2] + grown and max(share for _, share, _ in rows) >= _NEEDED_SHARE
    return 0 if holds or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
