#!/usr/bin/env python3
# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""How fast the voice of the package is there and speaks: load, first sound, seconds of speech per second, memory.

    python benchmarks/benchmark_voice.py [--model FOLDER] [--threads 2] [--check]

Everything is counted in one fresh process, as a user meets it: from the libraries to the loaded model, from a
short sentence as text to its first samples (readings included), and over a minute of text, streamed. With `--check`
the exit code is 1 when a target is missed. Run it on a quiet machine.
"""

import argparse
import resource
import sys
import time

import torch

from transformers_tsukasa import TsukasaModelForConditionalGeneration, TsukasaProcessor, default_model


SHORT = "こんにちは。"
LONG = (
    "駅前の喫茶店で、温かい紅茶を一杯飲みました。窓を開けると、冷たい風が部屋に入ってきた。"
    "電車が遅れているので、少しお待ちください。昨日買った本を、もう全部読んでしまった。"
    "山の上から見る夕焼けは、本当に美しい。雪の降る夜に、二人は静かに歩いていた。"
)
MOST_LOAD_SECONDS, MOST_FIRST_SECONDS, LEAST_SPEED, MOST_MIB = 2.0, 0.5, 8.0, 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=None, help="a model folder (the voice of the package)")
    parser.add_argument("--threads", type=int, default=2, help="of torch (%(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="the long text is spoken so often, the best counts")
    parser.add_argument("--check", action="store_true", help="exit code 1 when a target is missed")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    folder = options.model or default_model()

    started = time.perf_counter()
    model = TsukasaModelForConditionalGeneration.from_pretrained(folder).eval()
    processor = TsukasaProcessor.from_pretrained(folder)
    load = time.perf_counter() - started

    first = [_seconds_to_first_sound(model, processor, SHORT) for _ in range(2)]
    speeds = [_speed(model, processor, LONG * 3) for _ in range(options.repeats)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts KiB

    rows = (
        ("load, s", load, MOST_LOAD_SECONDS, load <= MOST_LOAD_SECONDS),
        ("first sound of a short text, s", first[0], MOST_FIRST_SECONDS, first[0] <= MOST_FIRST_SECONDS),
        ("first sound of the next one, s", first[1], MOST_FIRST_SECONDS, first[1] <= MOST_FIRST_SECONDS),
        ("seconds of speech per second", max(speeds), LEAST_SPEED, max(speeds) >= LEAST_SPEED),
        ("peak memory, MiB", peak, MOST_MIB, peak <= MOST_MIB),
    )
    for name, value, target, is_met in rows:
        print(f"{name:32s} {value:9.2f}   target {target:g}{'' if is_met else '   MISSED'}")
    return int(options.check and not all(row[-1] for row in rows))


def _seconds_to_first_sound(model, processor, text: str) -> float:
    started = time.perf_counter()
    next(iter(model.generate(**processor([text], return_tensors="pt"), seed=0, stream=True)))
    return time.perf_counter() - started


def _speed(model, processor, text: str) -> float:
    started = time.perf_counter()
    inputs = processor([text], return_tensors="pt", split_sentences=True)
    samples = sum(int(one.waveform_lengths[0]) for one in model.generate(**inputs, seed=0, stream=True))
    return samples / model.config.sampling_rate / (time.perf_counter() - started)


if __name__ == "__main__":
    sys.exit(main())
