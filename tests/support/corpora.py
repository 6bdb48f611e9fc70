# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Small corpora of synthetic tones for the tests of preparation: hummed syllables with harmonics, and a transcript."""

from pathlib import Path

import numpy as np
import soundfile


RATE = 24000
# 13 symbols each, which fit a second of sound.
PHONEMES = ("koɴnitɕiwa ne.", "sajoːnaɽa ne.", "ohajoː masu.", "aɽigatoː ne.")


def hum(seconds: float = 1.0, f0: float = 150.0, rate: int = RATE, seed: int = 0) -> np.ndarray:
    """`(samples,)` float32: syllables of a voice-like tone with a gliding pitch, and a little noise."""
    random = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(f0 * (1 + 0.05 * np.sin(2 * np.pi * 1.3 * time))) / rate
    sound = sum(np.cos(k * phase) / k for k in range(1, 12) if k * f0 < 0.4 * rate)
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 5 * time)
    return (0.12 * sound * syllables + 0.001 * random.standard_normal(len(time))).astype(np.float32)


def prepare_tones(folder: Path, speakers: dict[str, int], seconds: float, *options: str) -> Path:
    """Write tones and prepare them for the tiny model; return the corpus."""
    from support.tiny import CONFIGS
    from transformers_tsukasa.cli.main import main

    write_tones(folder / "source", speakers, seconds)
    command = ["prepare", str(folder / "source"), str(folder / "corpus"), "--config", str(CONFIGS / "tiny.yaml")]
    assert main([*command, *options, "--quiet", "--workers", "1"]) == 0
    return folder / "corpus"


def prepared_nothing(folder: Path) -> Path:
    """Make a folder that looks like a prepared corpus to checks of places, and is none; return it."""
    folder.mkdir()
    (folder / "preparation.json").write_text("{}", encoding="utf-8")
    return folder


def write_tones(folder: Path, speakers: dict[str, int], seconds: float = 1.0, rate: int = RATE) -> Path:
    """Write so many hummed recordings of every speaker and a list `file|phonemes|speaker`; return the list's path."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for place, (speaker, count) in enumerate(speakers.items()):
        for number in range(count):
            name = f"{speaker}-{number:03d}.wav"
            length = seconds * (1 + 0.1 * (number % 5))
            sound = hum(length, 110.0 * 1.4**place + 3 * number, rate, seed=100 * place + number)
            soundfile.write(folder / name, sound, rate)
            lines.append(f"{name}|{PHONEMES[number % len(PHONEMES)]}|{speaker}")
    transcript = folder / "list.txt"
    transcript.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return transcript
