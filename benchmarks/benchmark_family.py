#!/usr/bin/env python3
# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measures a Kokoro model against its original package and against onnxruntime, in turns within one process.

    python benchmarks/benchmark_family.py MODEL [--checkpoint FOLDER] [--onnx FILE] [--threads 1 2] [--check]

MODEL is a folder that `tsukasa convert` wrote. FOLDER holds the original's config.json and weights (*.pth), spoken by
the package kokoro; FILE is the int8 export, spoken by onnxruntime. What is not given is left out. All speak the same
ids with the same style ("ids"), and ours and the package also speak text, reading included ("text"). In every
repetition each speaks once, in a new order: what else the machine does then slows all of them. A figure is the median
of seconds per second of speech. With `--check` the exit code is 1 when ours is less than 1.5 times as fast as the
package or slower than onnxruntime, from ids, in any case. Run it on a quiet machine.
"""

import argparse
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from measuring import Stopwatch
from transformers_tsukasa import Speaker


SAMPLING_RATE = 24000
OURS, PACKAGE, ONNX = "ours", "package", "onnxruntime"
NEEDED = {PACKAGE: 1.5, ONNX: 1.0}
"""How many times as fast ours has to be."""
TEXT = (
    "駅前の喫茶店で、温かい紅茶を一杯飲みました。窓を開けると、冷たい風が部屋に入ってきた。"
    "電車が遅れているので、少しお待ちください。昨日買った本を、もう全部読んでしまった。"
    "山の上から見る夕焼けは、本当に美しい。雪の降る夜に、二人は静かに歩いていた。"
)

Speak = Callable[[], int]
"""Speaks once and returns the number of samples."""


@dataclass(frozen=True)
class Case:
    """One text: so many symbols of `TEXT` as ids, and so many characters of it that have about as many symbols."""

    ids: torch.Tensor
    text: str
    style: torch.Tensor


def read_case(speaker: Speaker, tokens: int, voice: str | None) -> Case:
    """The case of a number of tokens, pads included, and the style in which the voice speaks it."""
    ids = speaker.processor(text=TEXT, split_sentences=False, return_tensors="pt")["input_ids"]
    if ids.shape[1] < tokens:
        raise ValueError(f"the text of this benchmark has {ids.shape[1]} tokens; measure at most so many")
    text = TEXT[: max(1, len(TEXT) * tokens // ids.shape[1])]
    ids = torch.cat([ids[:, : tokens - 1], ids[:, -1:]], dim=1)
    style = speaker.model.generate(input_ids=ids, voice=voice, seed=0).style_vector
    return Case(ids, text, style)


def our_engines(speaker: Speaker, case: Case, voice: str | None) -> dict[str, Speak]:
    """Ours, from ids and from text."""

    def from_ids() -> int:
        return speaker.model.generate(input_ids=case.ids, style_vector=case.style, seed=0).waveform.shape[-1]

    def from_text() -> int:
        return len(speaker.speak(case.text, voice=voice, split_sentences=False, seed=0).waveform)

    return {f"{OURS}, ids": from_ids, f"{OURS}, text": from_text}


class Package:
    """The package kokoro with the weights of a folder."""

    def __init__(self, folder: Path) -> None:
        from kokoro import KModel, KPipeline

        (weights,) = folder.glob("*.pth")
        name = "hexgrad/Kokoro-82M"  # it asks for one although nothing is fetched
        self._model = KModel(repo_id=name, config=str(folder / "config.json"), model=str(weights)).eval()
        self._pipeline = KPipeline("j", repo_id=name, model=self._model)

    def engines(self, case: Case) -> dict[str, Speak]:
        """From ids and from text; the table of the voice is one style in every row."""
        table = case.style.expand(510, 1, -1).contiguous()

        def from_ids() -> int:
            return self._model.forward_with_tokens(case.ids, case.style)[0].shape[-1]

        def from_text() -> int:
            return sum(piece.audio.shape[-1] for piece in self._pipeline(case.text, voice=table))

        return {f"{PACKAGE}, ids": from_ids, f"{PACKAGE}, text": from_text}


class OnnxFile:
    """An exported model with the inputs tokens, style and speed."""

    def __init__(self, path: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def engines(self, case: Case) -> dict[str, Speak]:
        """From ids."""
        inputs = {"tokens": case.ids.numpy(), "style": case.style.numpy(), "speed": torch.ones(1).numpy()}
        return {f"{ONNX}, ids": lambda: self._session.run(None, inputs)[0].shape[-1]}


def measure(engines: dict[str, Speak], repeats: int, draw: random.Random) -> dict[str, float]:
    """Median seconds per second of speech of each, after one call that is not counted."""
    watch = Stopwatch()
    factors: dict[str, list[float]] = {name: [] for name in engines}
    for speak in engines.values():
        speak()
    for _ in range(repeats):
        for name in draw.sample(list(engines), len(engines)):
            started = watch.now()
            samples = engines[name]()
            factors[name].append((watch.now() - started) * SAMPLING_RATE / samples)
    return {name: statistics.median(values) for name, values in factors.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a row for every case and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a converted model folder")
    parser.add_argument("--voice", help="one of its voices (its default)")
    parser.add_argument("--checkpoint", type=Path, help="a folder with the original's config.json and weights")
    parser.add_argument("--onnx", type=Path, help="the int8 export")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--tokens", type=int, nargs="+", default=[20, 60, 150])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--check", action="store_true", help="exit code 1 when ours is not fast enough")
    options = parser.parse_args(arguments)

    speaker = Speaker.load(options.model)
    package = Package(options.checkpoint) if options.checkpoint else None
    draw = random.Random(0)
    is_missed = False
    for threads in options.threads:
        torch.set_num_threads(threads)
        exported = OnnxFile(options.onnx, threads) if options.onnx else None
        for tokens in options.tokens:
            case = read_case(speaker, tokens, options.voice)
            engines = our_engines(speaker, case, options.voice)
            for other in filter(None, (package, exported)):
                engines |= other.engines(case)
            medians = measure(engines, options.repeats, draw)
            print(f"{threads} threads, {tokens:3d} tokens:", end="")
            for name, median in medians.items():
                engine, start = name.split(", ")
                ratio = median / medians[f"{OURS}, {start}"]
                is_missed |= start == "ids" and ratio < NEEDED.get(engine, 0.0)
                print(f"  {name} {median:.3f}" + (f" ({ratio:.2f} x)" if engine != OURS else ""), end="")
            print(flush=True)
    return int(options.check and is_missed)


if __name__ == "__main__":
    sys.exit(main())
