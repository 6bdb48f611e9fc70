#!/usr/bin/env python3
# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measures how fast a preset speaks: real-time factor, time per stage, peak memory, share of the matmul rate.

    python benchmarks/benchmark_synthesis.py [--preset configs/tsukasa.yaml] [--check]

Random weights; every token lasts 6 text frames; diffusion samples the style around a given one, as by default. The
operations of convolutions and matrix products are counted, and their rate is compared with that of one large square
product, which is measured between the cases of the same run. Run it on a quiet machine. With `--check` the exit code
is 1 when float32 stays below 45 % of that rate, or bfloat16 takes more than half of float32's time, in the last case.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from measuring import Stopwatch, count_operations, matmul_rate, peak_memory
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import read_preset
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration


FRAMES_PER_TOKEN = 6
LEAST_SHARE, MOST_BFLOAT16 = 0.45, 0.5
# Modules by the stage that they belong to; "rest" is everything between them.
STAGES = {
    "text encoder": ("text_encoder",),
    "PL-BERT": ("plbert",),
    "diffusion": ("style_diffusion",),
    "durations": ("prosody_predictor.duration_encoder", "prosody_predictor.duration_mlstm"),
    "F0, energy": (
        "prosody_predictor.contour_mlstm",
        "prosody_predictor.f0_contour",
        "prosody_predictor.energy_contour",
    ),
    "decoder": ("decoder.input_block", "decoder.blocks"),
    "generator": ("decoder.generator",),
}


@dataclass(frozen=True)
class Result:
    """Figures of one case.

    Args:
        tokens: of each text.
        batch_size: texts spoken at once.
        speech: seconds of speech.
        seconds: taken, the best of all repeats.
        operations: floating-point operations.
        peak_mib: peak memory in MiB.
        stages: seconds by stage.
    """

    tokens: int
    batch_size: int
    speech: float
    seconds: float
    operations: int
    peak_mib: float
    stages: dict[str, float]

    @property
    def rate(self) -> float:
        """Operations per second."""
        return self.operations / self.seconds


def watch_stages(model: torch.nn.Module, watch: Stopwatch) -> None:
    """Lets the stopwatch count the modules of every stage."""
    for stage, names in STAGES.items():
        for name in names:
            module = model.get_submodule(name)
            for part in module if isinstance(module, torch.nn.ModuleList) else [module]:
                # The style sampler is called by a method of its own.
                watch.watch(part, "denoise" if hasattr(part, "denoise") else "forward", stage)


def speak(model: TsukasaModelForConditionalGeneration, tokens: int, batch_size: int) -> float:
    """Speaks texts of `tokens` tokens; returns the seconds of speech."""
    draw = torch.Generator().manual_seed(0)
    ids = torch.randint(1, model.config.vocab_size, (batch_size, tokens), generator=draw)
    style = 0.1 * torch.randn(2 * model.config.style_dim, generator=draw)
    durations = torch.full_like(ids, FRAMES_PER_TOKEN)
    speech = model.generate(input_ids=ids, style_vector=style, durations=durations, seed=0)
    return speech.waveform.numel() / model.config.sampling_rate


def measure(
    model: TsukasaModelForConditionalGeneration, watch: Stopwatch, tokens: int, batch_size: int, repeats: int
) -> Result:
    """Measures one case: counts operations in a first call, times `repeats` further ones and keeps the best."""
    operations = count_operations(lambda: speak(model, tokens, batch_size))
    speech, taken = 0.0, []

    def speak_once() -> None:
        nonlocal speech
        speech = speak(model, tokens, batch_size)

    def speak_repeatedly() -> None:
        for _ in range(repeats):
            watch.reset()
            taken.append((watch.time(speak_once), dict(watch.seconds)))

    peak = peak_memory(speak_repeatedly)
    seconds, stages = min(taken, key=lambda one: one[0])
    stages["rest"] = seconds - sum(stages.values())
    return Result(tokens, batch_size, speech, seconds, operations, peak, stages)


def measure_all(
    model: TsukasaModelForConditionalGeneration, dtype: torch.dtype, options: argparse.Namespace
) -> tuple[list[Result], float]:
    """All cases in one dtype, and the best rate of the matrix product before, between and after them."""
    watch = options.watch
    model.to(dtype)
    for name, module in model.named_modules():
        if any(kept in name for kept in model._keep_in_fp32_modules_strict):
            module.float()
    results, rates = [], [matmul_rate(dtype)]
    for batch_size in options.batch_sizes:
        for tokens in options.tokens:
            results.append(measure(model, watch, tokens, batch_size, options.repeats))
            rates.append(matmul_rate(dtype))
    return results, max(rates)


def print_table(dtype: torch.dtype, results: list[Result], rate: float) -> None:
    """Prints the results in one dtype."""
    name = str(dtype).removeprefix("torch.")
    print(f"\n{name}: matrix product {rate / 1e9:.0f} GFLOP/s on {torch.get_num_threads()} threads")
    stages = [*STAGES, "rest"]
    print(f"| tokens | batch | speech s | time s | RTF | GFLOP/s | share | peak MiB | {' | '.join(stages)} |")
    print("|" + "---:|" * (8 + len(stages)))
    for result in results:
        shares = " | ".join(f"{result.stages.get(stage, 0.0) / result.seconds:.1%}" for stage in stages)
        print(
            f"| {result.tokens} | {result.batch_size} | {result.speech:.1f} | {result.seconds:.2f} "
            f"| {result.seconds / result.speech:.3f} | {result.rate / 1e9:.0f} | {result.rate / rate:.1%} "
            f"| {result.peak_mib:.0f} | {shares} |",
            flush=True,
        )
    print(f"{results[-1].operations / results[-1].speech / 1e9:.1f} GFLOP per second of speech")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a table for every dtype and returns the exit code."""
    presets = Path(__file__).resolve().parents[1] / "configs"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", type=Path, default=presets / "tsukasa.yaml", help="a file of configs/")
    parser.add_argument("--tokens", type=int, nargs="+", default=[20, 60, 150])
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--dtypes", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--repeats", type=int, default=3, help="timed calls of each case, of which the best counts")
    parser.add_argument("--check", action="store_true", help="exit code 1 when a target is missed")
    options = parser.parse_args(arguments)

    torch.manual_seed(0)
    model = TsukasaModelForConditionalGeneration(read_preset(options.preset)).eval()
    options.watch = Stopwatch()
    watch_stages(model, options.watch)
    shares, seconds = {}, {}
    for name in options.dtypes:
        dtype = getattr(torch, name)
        results, rate = measure_all(model, dtype, options)
        print_table(dtype, results, rate)
        shares[name], seconds[name] = results[-1].rate / rate, results[-1].seconds
    is_missed = shares.get("float32", 1.0) < LEAST_SHARE
    if {"float32", "bfloat16"} <= seconds.keys():
        ratio = seconds["bfloat16"] / seconds["float32"]
        print(f"\nbfloat16 takes {ratio:.0%} of float32's time in the last case")
        is_missed |= ratio > MOST_BFLOAT16
    return int(options.check and is_missed)


if __name__ == "__main__":
    sys.exit(main())
