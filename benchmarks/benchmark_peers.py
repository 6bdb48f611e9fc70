#!/usr/bin/env python3
# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measures the packaged model and Kokoro beside other ways to speak Japanese on a CPU, from text to samples.

    python benchmarks/benchmark_peers.py [--engines NAME ...] [--checkpoint FOLDER] [--threads 2] [--repeats 5]

Engines: `ours` (the packaged model), `ours-kokoro` and `onnxruntime` (the same weights, in 8 bits, by onnxruntime;
both need the extra kokoro), `kokoro` (the package of that name with the weights of FOLDER), `openjtalk` (pyopenjtalk's
HMM voice). Each runs in a process of its own, which holds nothing else; those that are not installed are named and
left out. In every repetition each speaks the same sentences once, in a new order: what else the machine does then
slows all of them. Printed are medians: seconds per second of speech, milliseconds to the first audio of a text of
three sentences, and the peak of the resident memory. Ours streams; the others give audio when a sentence or text is
complete. Run it on a quiet machine.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np


SENTENCES = (
    "駅前の喫茶店で、温かい紅茶を一杯飲みました。",
    "電車が遅れているので、少しお待ちください。",
    "山の上から見る夕焼けは、本当に美しい。",
)
TEXT = "".join(SENTENCES)
ENGINES = ("ours", "ours-kokoro", "onnxruntime", "kokoro", "openjtalk")

Speak = Callable[[str], Iterator[tuple[np.ndarray, int]]]
"""Speaks a text: pieces of samples as they are ready, each with its sampling rate."""


def load_ours(model: str, threads: int) -> Speak:
    """A model of this package."""
    import torch

    from transformers_tsukasa import Speaker

    torch.set_num_threads(threads)
    speaker = Speaker.load(model)
    return lambda text: ((piece.waveform, piece.sampling_rate) for piece in speaker.stream(text, seed=0))


def load_onnxruntime(threads: int) -> Speak:
    """Kokoro's ONNX file in 8 bits, with the readings and the voice that ours has."""
    import onnxruntime

    from transformers_tsukasa.conversion.kokoro.installed_packages import installed_kokoro
    from transformers_tsukasa.text import phonemize
    from transformers_tsukasa.text.phonemes.symbols import KOKORO_SYMBOL_TO_ID, PAD_ID

    packages = installed_kokoro()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(packages.fetch("kokoro-v1.0.int8.onnx")), options)
    voices = np.load(packages.fetch("voices-ja.npz"))
    table = voices[voices.files[0]].reshape(-1, 256).astype(np.float32)

    def speak(text: str) -> Iterator[tuple[np.ndarray, int]]:
        ids = [KOKORO_SYMBOL_TO_ID[symbol] for symbol in phonemize(text, profile="kokoro").phonemes]
        style = table[min(len(ids), len(table)) - 1][None]
        inputs = {"tokens": [[PAD_ID, *ids, PAD_ID]], "style": style, "speed": np.ones(1, np.float32)}
        yield session.run(None, inputs)[0].reshape(-1), 24000

    return speak


def load_kokoro(checkpoint: Path, threads: int) -> Speak:
    """The package kokoro with the weights and a Japanese voice (voices/j*.pt) of a folder."""
    import torch
    from kokoro import KModel, KPipeline

    torch.set_num_threads(threads)
    (weights,), voice = checkpoint.glob("*.pth"), sorted(checkpoint.glob("voices/j*.pt"))[0]
    name = "hexgrad/Kokoro-82M"  # it asks for one although nothing is fetched
    model = KModel(repo_id=name, config=str(checkpoint / "config.json"), model=str(weights)).eval()
    pipeline = KPipeline("j", repo_id=name, model=model)
    return lambda text: ((piece.audio.numpy(), 24000) for piece in pipeline(text, voice=str(voice)))


def load_openjtalk() -> Speak:
    """pyopenjtalk with the HMM voice that it brings."""
    import pyopenjtalk

    return lambda text: iter([pyopenjtalk.tts(text)])


def load(engine: str, checkpoint: Path | None, threads: int) -> Speak:
    """Load an engine by its name.

    Raises:
        ImportError: when it is not installed, or has no weights.
    """
    if engine == "openjtalk":
        return load_openjtalk()
    if engine == "onnxruntime":
        return load_onnxruntime(threads)
    if engine == "kokoro":
        if checkpoint is None:
            raise ImportError("it needs a folder with weights (--checkpoint)")
        return load_kokoro(checkpoint, threads)
    return load_ours("kokoro" if engine == "ours-kokoro" else "default", threads)


def measure_once(speak: Speak) -> dict[str, float]:
    """Speak every sentence and the text of all, and return the figures."""
    begin, seconds = time.perf_counter(), 0.0
    for sentence in SENTENCES:
        seconds += sum(len(samples) / rate for samples, rate in speak(sentence))
    factor = (time.perf_counter() - begin) / seconds
    begin = time.perf_counter()
    next(speak(TEXT))
    first = 1000 * (time.perf_counter() - begin)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return {"factor": factor, "first": first, "memory": memory}


def serve(engine: str, checkpoint: Path | None, threads: int) -> None:
    """Measure once for every line of standard input, in a process of its own; the first answer tells of loading."""
    try:
        speak = load(engine, checkpoint, threads)
    except ImportError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return
    print(json.dumps({}), flush=True)
    for _ in sys.stdin:
        print(json.dumps(measure_once(speak)), flush=True)


class EngineProcess:
    """An engine in a process of its own."""

    def __init__(self, engine: str, options: argparse.Namespace) -> None:
        command = [sys.executable, __file__, "--serve", engine, "--threads", str(options.threads)]
        command += [] if options.checkpoint is None else ["--checkpoint", str(options.checkpoint)]
        environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads)}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
        )
        self.error = self._answer().get("error")

    def measure(self) -> dict[str, float]:
        """The figures of one repetition."""
        assert self._process.stdin is not None
        print(file=self._process.stdin, flush=True)
        return self._answer()

    def end(self) -> None:
        """End the process."""
        self._process.communicate()

    def _answer(self) -> dict:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"an engine has failed with exit code {self._process.wait()}; its message is above")
        return json.loads(line)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a row for every engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--checkpoint", type=Path, help="a folder with Kokoro's config.json, weights and voices")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--serve", choices=ENGINES, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        serve(options.serve, options.checkpoint, options.threads)
        return 0
    started = {engine: EngineProcess(engine, options) for engine in options.engines}
    for engine, process in started.items():
        if process.error:
            print(f"{engine:12s} left out: {process.error}")
    engines = {engine: process for engine, process in started.items() if not process.error}
    figures: dict[str, list[dict[str, float]]] = {engine: [] for engine in engines}
    draw = random.Random(0)
    for repetition in range(options.repeats + 1):
        for engine in draw.sample(list(engines), len(engines)):
            measured = engines[engine].measure()
            if repetition > 0:  # the first one warms up
                figures[engine].append(measured)
    for process in started.values():
        process.end()
    print_table(figures)
    return 0


def print_table(figures: dict[str, list[dict[str, float]]]) -> None:
    """Print the medians of every engine, and how many times the seconds of the first one it takes."""
    medians = {
        engine: {name: statistics.median(one[name] for one in rows) for name in rows[0]}
        for engine, rows in figures.items()
    }
    first = next(iter(medians.values()), None)
    for engine, row in medians.items():
        assert first is not None
        print(
            f"{engine:12s} {row['factor']:.4f} s per second of speech ({row['factor'] / first['factor']:.2f} x)  "
            f"first audio {row['first']:.0f} ms  memory {row['memory']:.0f} MiB"
        )


if __name__ == "__main__":
    sys.exit(main())
