#!/usr/bin/env python3
# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""How fast a model of a preset speaks: real-time factor, time per stage, peak memory and share of the matmul rate.

    python benchmarks/benchmark_synthesis.py [--preset configs/tsukasa.yaml] [--check]

Random weights; every token lasts 6 text frames; the style is sampled by diffusion around a given one, as by default.
The operations of convolutions and matrix products are counted, and their rate is set against that of one large square
product, measured between the cases of the same run. Run it on a quiet machine. With `--check` the exit code is 1 when
float32 stays under 45 % of that rate, or bfloat16 takes more than half of float32's time, in the largest case.
"""

import argparse
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from transformers_tsukasa.models.tsukasa.configuration_tsukasa import read_preset
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration


FRAMES_PER_TOKEN = 6
MATMUL_SIZE = 2048
LEAST_SHARE, MOST_BFLOAT16 = 0.45, 0.5
# Modules by the stage that they belong to; what is left is everything between them.
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
    """One case: tokens and batch size, seconds of speech and of work, operations, MiB, and seconds by stage."""

    tokens: int
    batch_size: int
    speech: float
    seconds: float
    operations: float
    peak_mib: float
    stages: dict[str, float]


class Stopwatch:
    """Adds up the time spent inside the modules of each stage."""

    def __init__(self, model: torch.nn.Module):
        self.seconds: dict[str, float] = defaultdict(float)
        for stage, names in STAGES.items():
            for name in names:
                module = model.get_submodule(name)
                for part in module if isinstance(module, torch.nn.ModuleList) else [module]:
                    self._watch(stage, part)

    def _watch(self, stage: str, module: torch.nn.Module) -> None:
        # Some stages are entered through methods of their own, which hooks do not see.
        entry = "denoise" if hasattr(module, "denoise") else "forward"
        inner = getattr(module, entry)

        def timed(*args, **kwargs):
            started = time.perf_counter()
            output = inner(*args, **kwargs)
            self.seconds[stage] += time.perf_counter() - started
            return output

        setattr(module, entry, timed)


def matmul_rate(
    dtype: torch.dtype, repeats: int = 5, device: torch.device | str = "cpu", size: int = MATMUL_SIZE
) -> float:
    """Operations per second of a square product, best of `repeats`."""
    factor = torch.randn(size, size, device=device).to(dtype)
    best = float("inf")
    for _ in range(repeats):
        started = time.perf_counter()
        # Reading one value waits for the device.
        (factor @ factor)[0, 0].item()
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best


@contextmanager
def peak_memory(into: list[float]):
    """Appends the peak resident size in MiB while inside (Linux; elsewhere nan)."""
    status = Path("/proc/self/status")
    if not status.exists():
        yield
        into.append(float("nan"))
        return
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    yield
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    into.append(int(peak.split()[1]) / 1024)


def speak(model: TsukasaModelForConditionalGeneration, tokens: int, batch_size: int) -> float:
    """Speaks texts of `tokens` tokens; returns the seconds of speech."""
    draw = torch.Generator().manual_seed(0)
    ids = torch.randint(1, model.config.vocab_size, (batch_size, tokens), generator=draw)
    style = 0.1 * torch.randn(2 * model.config.style_dim, generator=draw)
    durations = torch.full_like(ids, FRAMES_PER_TOKEN)
    speech = model.generate(input_ids=ids, style_vector=style, durations=durations, seed=0)
    return speech.waveform.numel() / model.config.sampling_rate


def measure(model, watch: Stopwatch, tokens: int, batch_size: int, repeats: int) -> Result:
    """Best of `repeats` after a first call that is not timed but counted."""
    with FlopCounterMode(display=False) as counter:
        speech = speak(model, tokens, batch_size)
    best, stages, peaks = float("inf"), {}, []
    with peak_memory(peaks):
        for _ in range(repeats):
            watch.seconds.clear()
            started = time.perf_counter()
            speak(model, tokens, batch_size)
            elapsed = time.perf_counter() - started
            if elapsed < best:
                best, stages = elapsed, dict(watch.seconds)
    stages["rest"] = best - sum(stages.values())
    return Result(tokens, batch_size, speech, best, counter.get_total_flops(), peaks[0], stages)


def report(dtype: torch.dtype, results: list[Result], rate: float) -> None:
    """Prints one table."""
    name = str(dtype).removeprefix("torch.")
    print(f"\n{name}: matrix product {rate / 1e9:.0f} GFLOP/s on {torch.get_num_threads()} threads")
    stages = [*STAGES, "rest"]
    print(f"| tokens | batch | speech s | time s | RTF | GFLOP/s | share | peak MiB | {' | '.join(stages)} |")
    print("|" + "---:|" * (8 + len(stages)))
    for result in results:
        achieved = result.operations / result.seconds
        shares = " | ".join(f"{result.stages.get(stage, 0.0) / result.seconds:.1%}" for stage in stages)
        print(
            f"| {result.tokens} | {result.batch_size} | {result.speech:.1f} | {result.seconds:.2f} "
            f"| {result.seconds / result.speech:.3f} | {achieved / 1e9:.0f} | {achieved / rate:.1%} "
            f"| {result.peak_mib:.0f} | {shares} |",
            flush=True,
        )
    per_second = results[-1].operations / results[-1].speech
    print(f"{per_second / 1e9:.1f} GFLOP per second of speech")


def main() -> int:
    presets = Path(__file__).resolve().parents[1] / "configs"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", type=Path, default=presets / "tsukasa.yaml", help="a file of configs/")
    parser.add_argument("--tokens", type=int, nargs="+", default=[20, 60, 150])
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--dtypes", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--repeats", type=int, default=3, help="the best of so many counts")
    parser.add_argument("--check", action="store_true", help="exit code 1 when the targets are missed")
    options = parser.parse_args()

    torch.manual_seed(0)
    model = TsukasaModelForConditionalGeneration(read_preset(options.preset)).eval()
    watch = Stopwatch(model)
    shares, times = {}, {}
    for name in options.dtypes:
        dtype = getattr(torch, name)
        model.to(dtype)
        for module_name, module in model.named_modules():
            if any(kept in module_name for kept in model._keep_in_fp32_modules_strict):
                module.float()
        results, rates = [], [matmul_rate(dtype)]
        for batch_size in options.batch_sizes:
            for tokens in options.tokens:
                results.append(measure(model, watch, tokens, batch_size, options.repeats))
                rates.append(matmul_rate(dtype))
        report(dtype, results, max(rates))
        shares[name] = results[-1].operations / results[-1].seconds / max(rates)
        times[name] = results[-1].seconds
    ratio = times["bfloat16"] / times["float32"] if {"float32", "bfloat16"} <= times.keys() else None
    if ratio is not None:
        print(f"\nbfloat16 takes {ratio:.0%} of float32's time in the largest case")
    missed = shares.get("float32", 1.0) < LEAST_SHARE or (ratio is not None and ratio > MOST_BFLOAT16)
    return int(options.check and missed)


if __name__ == "__main__":
    sys.exit(main())
