# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measures how near speech in the style of a clip comes to the person of the clip, by a network of others.

    python scripts/measure_cloning.py CLIP ... [--model MODEL] [--texts FILE] [--count N] [--json FILE]

CLIPs are recordings of people that the model never saw, one of each. The model speaks N sentences in the style of
every clip, and the same sentences by each of its own voices. Resemblyzer turns all of it into vectors; cosines are
printed: to the person, to the nearest of the other people, and to the nearest voice of the model, which is the mean of
its sentences. A sentence is won when it is nearer to the person than to every voice, and told when it is nearer to the
person than to every other person.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from transformers_tsukasa.synthesis.speaker import Speaker
from transformers_tsukasa.utils.atomic_files import write_text
from voice_rating.clips import Clip, Text


SENTENCES = (
    "昨日の夜は、遅くまで本を読んでいました。",
    "この道をまっすぐ行くと、大きな橋が見えてきます。",
    "みんなで集まって、新しい計画について話し合いました。",
)

Embed = Callable[[np.ndarray, int], np.ndarray]
"""From samples and their rate to a vector of length 1."""


def main(arguments: Sequence[str] | None = None, embed: Embed | None = None) -> int:
    """Measures, prints a line for every clip, and returns an exit code; `embed` takes the place of Resemblyzer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, nargs="+", help="recordings, one of each person")
    parser.add_argument("--model", default="default", help="a model with style encoders (the packaged one)")
    parser.add_argument("--texts", type=Path, help="sentences, one a line (three of our own)")
    parser.add_argument("--count", type=int, default=3, help="sentences (%(default)s)")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args(arguments)
    if len(options.clips) < 2:
        parser.error("name two clips or more, of different people")
    texts = SENTENCES if options.texts is None else options.texts.read_text(encoding="utf-8").split("\n")
    chosen = [text for text in texts if text.strip()][: options.count]
    if embed is None:
        from voice_rating.raters import SpeakerEmbedder

        embed = SpeakerEmbedder().of_samples
    results = measure(Speaker.load(options.model), options.clips, chosen, embed)
    for result in results:
        shown = "  ".join(f"{name} {value:.3f}" for name, value in result.items() if isinstance(value, float))
        print(f"{result['clip']:32s} {shown}")
    if options.json is not None:
        write_text(options.json, json.dumps(results, ensure_ascii=False, indent=1) + "\n")
    return 0


def measure(speaker: Speaker, clips: Sequence[Path], texts: Sequence[str], embed: Embed) -> list[dict]:
    """The figures of every clip, and their means under the name "all".

    Args:
        speaker: of a model with style encoders.
        clips: of different people.
        texts: that are spoken.
        embed: the network.
    """

    def vectors(**style) -> np.ndarray:
        waves = [speaker.speak(text, seed=0, **style).waveform for text in texts]
        return np.stack([embed(wave, speaker.sampling_rate) for wave in waves])

    people = {path.stem: embed(*Clip("", Text(path.stem, "", ()), path).read()) for path in clips}
    voices = {name: _unit(vectors(voice=name).mean(axis=0)) for name in tqdm(speaker.voices, file=sys.stderr)}
    results = []
    for path in tqdm(clips, file=sys.stderr):
        spoken = vectors(style_vector=speaker.style_of(path))
        others = {name: vector for name, vector in people.items() if name != path.stem}
        results.append({"clip": path.stem, **figures(spoken, people[path.stem], others, voices)})
    names = [name for name in results[0] if name != "clip"]
    return [*results, {"clip": "all", **{name: float(np.mean([row[name] for row in results])) for name in names}}]


def figures(
    spoken: np.ndarray, person: np.ndarray, others: Mapping[str, np.ndarray], voices: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Mean cosines of sentences `(sentences, size)` to the person, and shares of sentences won and told."""
    own = spoken @ person
    nearest_person = np.max([spoken @ vector for vector in others.values()], axis=0)
    nearest_voice = np.max([spoken @ vector for vector in voices.values()], axis=0)
    return {
        "person": float(own.mean()),
        "other person": float(nearest_person.mean()),
        "voice": float(nearest_voice.mean()),
        "won": float(np.mean(own > nearest_voice)),
        "told": float(np.mean(own > nearest_person)),
    }


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


if __name__ == "__main__":
    sys.exit(main())
