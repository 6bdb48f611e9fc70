#!/usr/bin/env python3
# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measures training steps: how many times as fast as plain ones, time per part, peak memory, share of the matmul rate.

    python benchmarks/benchmark_training.py [--cases stage1-adversarial ...] [--device cuda|cpu]

On a GPU the published model at full size in bfloat16, on a CPU a smaller one (`configs/mini.yaml`) in float32; random
weights, synthetic speech. Every step is compared with the plain one of `training_yardstick.py`. First both must
compute the same losses (1e-4, in float64, without dropout); then they take turns, and the median of the ratios counts.
Times of parts come from further steps, because waiting for the device after each part takes time itself. Exit code 1
when losses differ, or a step is less than 2 times (CPU: 1.5 times) as fast as the plain one; the joint phase's extra
update, one in ten, may take any time. Run it on a quiet machine.
"""

import argparse
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from measuring import Stopwatch, count_operations, matmul_rate, peak_memory
from training_cases import CASES, RARE, Case


PRESETS = Path(__file__).resolve().parents[1] / "configs"
NEEDED = {"cuda": 2.0, "cpu": 1.5}
LOSS_TOLERANCE = 1e-4
PARTS = (
    *("data", "features", "aligner", "text", "style", "prosody", "diffusion", "decoder"),
    *("losses", "discriminators", "backward", "optimizers"),
)


@contextmanager
def without_dropout(*modules: torch.nn.Module) -> Iterator[None]:
    """Switches dropout off: both steps draw from the same generator, but in different shapes."""
    dropouts = [part for module in modules for part in module.modules() if isinstance(part, torch.nn.Dropout)]
    kept = [part.p for part in dropouts]
    for part in dropouts:
        part.p = 0.0
    yield
    for part, p in zip(dropouts, kept, strict=True):
        part.p = p


def losses_differ(case: Case) -> bool:
    """Takes two updates with each step and compares the losses.

    In float64: in float32, the rounding of F0 turns the phase of the decoder's source after some thousand samples
    (docs/decisions/0003), and one utterance rounds differently from a batch.
    """
    differ = False
    trainer = case.ours.trainer
    for models in (trainer.model, case.plain.models, trainer.speech_language_model):
        if models is not None:
            models.double()
    with without_dropout(trainer.model, *case.plain.modules.values()):
        for seed in range(2):
            torch.manual_seed(seed)
            case.ours(case.items)
            ours = defaultdict(lambda: float("nan"), case.ours.losses())
            torch.manual_seed(seed)
            plain = case.plain(case.items)
            for name, value in plain.items():
                if not abs(value - ours[name]) <= LOSS_TOLERANCE * max(1.0, abs(value)):
                    print(f"{case.name}, update {seed}: {name} is {ours[name]:.6f}, plain {value:.6f}")
                    differ = True
    return differ


def compare_speed(
    calls: Sequence[Callable[[], object]], watches: Sequence[Stopwatch], repeats: int
) -> tuple[float, float, float]:
    """Median seconds of both calls, and the median of their ratio; the first turn is not counted."""
    turns = [[watch.time(call) for call, watch in zip(calls, watches, strict=True)] for _ in range(repeats + 1)][1:]
    ours, plain = (statistics.median(turn) for turn in zip(*turns, strict=True))
    # Of neighbours in time: a busy machine slows both alike.
    return ours, plain, statistics.median(turn[1] / turn[0] for turn in turns)


def measure(case: Case, watches: tuple[Stopwatch, Stopwatch], options: argparse.Namespace) -> float:
    """Prints the figures of one case, and returns how many times as fast as the plain step ours is."""
    calls = (lambda: case.ours(case.items), lambda: case.plain(case.items))
    for watch in watches:
        watch.reset(is_on=False)
    ours, plain, gain = compare_speed(calls, watches, options.repeats)
    rate = matmul_rate(torch.bfloat16 if options.bf16 else torch.float32, device=options.device)
    share = count_operations(calls[0]) / ours / rate
    peaks = [peak_memory(call, options.device) for call in calls]
    print(f"\n{case.name}: {1 / ours:.3f} steps/s, plain {1 / plain:.3f}: {gain:.2f} times as fast")
    print(
        f"  peak memory {peaks[0]:.0f} MiB, plain {peaks[1]:.0f}; {share:.1%} of the matmul rate, "
        f"{rate / 1e9:.0f} GFLOP/s"
    )
    for label, call, watch in zip(("ours", "plain"), calls, watches, strict=True):
        watch.reset()
        total = sum(watch.time(call) for _ in range(options.repeats)) / options.repeats
        parts = {name: watch.seconds[name] / options.repeats for name in PARTS}
        parts["rest"] = total - sum(parts.values())
        print(f"  {label:5s} " + ", ".join(f"{name} {1000 * taken:.0f}" for name, taken in parts.items()) + " ms")
    return gain


def check(name: str, options: argparse.Namespace) -> list[str]:
    """Compares the losses of one case, measures it, and returns what it fails."""
    make, phase = CASES[name]
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        options.bf16 = False
        if losses_differ(make(options, phase, (Stopwatch(options.device), Stopwatch(options.device)), folder)):
            failed.append(f"{name}: the losses differ")
        options.bf16 = options.device.type == "cuda" and not options.float32
        watches = Stopwatch(options.device), Stopwatch(options.device)
        gain = measure(make(options, phase, watches, folder), watches, options)
    if name not in RARE and gain < options.needed:
        failed.append(f"{name}: {gain:.2f} times as fast, {options.needed} needed")
    return failed


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line, with what depends on the device filled in."""
    default = "cuda" if torch.cuda.is_available() else "cpu"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--device", type=torch.device, default=torch.device(default))
    parser.add_argument("--preset", type=Path, help="default: tsukasa.yaml on a GPU, mini.yaml on a CPU")
    parser.add_argument("--batch-size", type=int, help="default: 16 on a GPU, 4 on a CPU")
    parser.add_argument("--frames", type=int, default=560, help="mel frames of the longest utterance (%(default)s)")
    parser.add_argument("--crop-frames", type=int, help="default: 280 on a GPU, 80 on a CPU")
    parser.add_argument("--repeats", type=int, default=9, help="turns of both steps (%(default)s)")
    parser.add_argument("--needed", type=float, help="times as fast that pass (default: 2 on a GPU, 1.5 on a CPU)")
    parser.add_argument("--float32", action="store_true", help="no bfloat16 on a GPU")
    parser.add_argument("--compile", action="store_true", help="our step with compile_parts")
    options = parser.parse_args(arguments)
    is_gpu = options.device.type == "cuda"
    options.preset = options.preset or PRESETS / ("tsukasa.yaml" if is_gpu else "mini.yaml")
    options.batch_size = options.batch_size or (16 if is_gpu else 4)
    options.crop_frames = options.crop_frames or (280 if is_gpu else 80)
    options.needed = NEEDED[options.device.type] if options.needed is None else options.needed
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures the cases and returns the exit code."""
    options = parse(arguments)
    failed = [failure for name in options.cases for failure in check(name, options)]
    print("\n" + ("; ".join(failed) or "every step is fast enough and computes the losses of the plain one"))
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
