# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measure whether the states of the character model tell how a word with several readings is read.

    python scripts/character_model/measure.py MODEL FILE.jsonl[.gz] [...] [--margins 0 0.5 1 2]

MODEL is `characters.pt` of `train.py`, the files hold labelled words or sentences with readings
(`labelled_words.py`). Readings that are offered and the rules' reading are those of `train_reading_chooser.py`. The
frozen states of a word's kanji, their mean, are read by a linear layer for every pair of core and reading, which adds
to the lead that the rules' reading has. Each source is left out of the training in turn, and printed is how many of
its words are repaired and broken where another reading leads by a margin. The same seed gives the same figures.
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch


sys.path.append(str(Path(__file__).resolve().parents[1]))

from build_heteronym_accents import read_dictionary
from character_model.network import CharacterModel
from character_model.texts import EDGE, Characters
from character_model.train import load_model
from labelled_words import LabelledWord, described, labelled_texts
from train_reading_chooser import Sample, known_readings, make_samples
from transformers_tsukasa.text.readings.analysis import read_by_rules
from transformers_tsukasa.text.readings.learned.reading_model import PRESENT
from transformers_tsukasa.text.readings.word_places import find_places
from transformers_tsukasa.text.unidic import unidic_folder


RATE = 0.1
DECAY = 0.01
EPOCHS = 5


class Place(NamedTuple):
    """A labelled word, its text, and where its kanji are."""

    word: LabelledWord
    text: str
    start: int
    end: int


def labelled_places(path: Path) -> Iterator[Place]:
    """The labelled words of a file, with their places in the text of the analysis."""
    for text in labelled_texts(path):
        words, layout, _ = read_by_rules(text.pieces)
        places = find_places(words, layout.text)
        for index, gold in text.labels(words, layout):
            word = described(words, index, gold, text.source)
            start = places[index][0]
            yield Place(word, layout.text, start, start + len(word.core))


def state_of(place: Place, model: CharacterModel, characters: Characters) -> np.ndarray:
    """The mean state of a word's kanji in as much of the text as the model reads: (width,), of length 1."""
    size = model.shape.positions - 1
    first = max(0, min(place.start - size // 2, len(place.text) - size))
    numbers = [EDGE, *characters.encode(place.text[first : first + size])]
    begin, end = (min(1 + where - first, len(numbers)) for where in (place.start, place.end))
    with torch.no_grad():
        states = model(torch.tensor([numbers]))[0, begin : max(end, begin + 1)]
    mean = states.mean(dim=0).numpy()
    return mean / max(float(np.linalg.norm(mean)), 1e-6)


class Head:
    """A linear layer for every core and reading, over states and a one; AdaGrad on the log probability."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.weights: dict[tuple[str, str], np.ndarray] = {}
        self.squares: dict[tuple[str, str], np.ndarray] = {}

    def scores(self, sample: Sample, state: np.ndarray) -> np.ndarray:
        """Of every offered reading, that of the rules first: (offered,)."""
        zero = np.zeros(self.size)
        keys = ((sample.word.core, kana) for kana in sample.offered)
        found = np.array([self.weights.get(key, zero) @ state for key in keys])
        found[0] += PRESENT
        return found

    def learn(self, sample: Sample, state: np.ndarray) -> None:
        """One step towards the right reading."""
        scores = self.scores(sample, state)
        odds = np.exp(scores - scores.max())
        slope = odds / odds.sum()
        slope[sample.right] -= 1
        for kana, value in zip(sample.offered, slope, strict=True):
            key = sample.word.core, kana
            weights = self.weights.setdefault(key, np.zeros(self.size))
            squares = self.squares.setdefault(key, np.full(self.size, 0.1))
            gradient = value * state + DECAY * weights
            squares += gradient**2
            weights -= RATE * gradient / np.sqrt(squares)


def left_out(
    samples: Sequence[Sample], states: Sequence[np.ndarray], source: str, margins: Sequence[float], seed: int
) -> dict[float, tuple[int, int]]:
    """Margin -> words repaired and broken in a source that the head has not seen."""
    head = Head(len(states[0]))
    seen = [place for place, one in enumerate(samples) if one.word.source != source and one.right >= 0]
    generator = random.Random(seed)
    for _ in range(EPOCHS):
        generator.shuffle(seen)
        for place in seen:
            head.learn(samples[place], states[place])
    counts = dict.fromkeys(margins, (0, 0))
    for sample, state in zip(samples, states, strict=True):
        if sample.word.source == source:
            scores = head.scores(sample, state)
            best = 1 + int(np.argmax(scores[1:]))
            for margin, (repaired, broken) in counts.items():
                if scores[best] - scores[0] > margin:
                    counts[margin] = repaired + (best == sample.right), broken + (sample.right == 0)
    return counts


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, metavar="MODEL.pt")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--margins", nargs="+", type=float, default=[0.0, 0.5, 1.0, 2.0])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    for path in (options.model, *options.files):
        if not path.is_file():
            parser.error(f"{path} does not exist; name a model of `train.py` and files of labels")
    torch.set_num_threads(1)
    model, characters = load_model(options.model)
    places = [place for path in options.files for place in labelled_places(path)]
    known = known_readings((place.word for place in places), read_dictionary(unidic_folder()))
    pairs = [(sample, place) for place in places for sample in make_samples([place.word], known)]
    samples = [sample for sample, _ in pairs]
    states = [np.append(state_of(place, model, characters), 1.0) for _, place in pairs]
    print(f"{len(places)} labelled words, {len(samples)} with a choice", flush=True)
    for source in dict.fromkeys(sample.word.source for sample in samples):
        own = [sample for sample in samples if sample.word.source == source]
        counts = left_out(samples, states, source, options.margins, options.seed)
        changes = ", ".join(f"margin {margin:g}: +{up} -{down}" for margin, (up, down) in counts.items())
        wrong = sum(sample.right > 0 for sample in own)
        print(f"{source}, left out ({len(own)} words, {wrong} to repair): {changes}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
