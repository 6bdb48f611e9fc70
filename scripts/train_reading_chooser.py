# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Train the model that chooses readings (`text/readings/learned`), and check it on sources that it has not seen.

    python scripts/train_reading_chooser.py FILE.jsonl[.gz] [...] --cache FOLDER [--check JSUT ...] [--out FILE]

The files hold labelled words or sentences with readings (`labelled_words.py`). `--check SOURCE` trains without the
source, then counts what the model repairs and breaks in it, for several margins; what it writes is trained on all.
`--only SOURCE ...` leaves all other sources out, for a model without those under CC BY-SA.

The same files and seed give the same model. Each step is AdaGrad on the logarithm of the probability of the right
reading among those offered. Words of old books have every feature twice, once shared with the others and once of their
own, which takes what is old about them; the second half is never used to read.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np

from build_heteronym_accents import read_dictionary
from labelled_words import LabelledWord, cached_words, is_labelled_by_convention
from transformers_tsukasa.text.phonemes.morae import comparable_morae, is_kana, to_katakana
from transformers_tsukasa.text.readings.learned.reading_model import PRESENT, ReadingModel, places
from transformers_tsukasa.text.readings.reading_variants import reading_variants
from transformers_tsukasa.text.unidic import unidic_folder
from transformers_tsukasa.utils.atomic_files import atomic_file


DATA = Path(__file__).resolve().parents[1] / "src" / "transformers_tsukasa" / "text" / "data" / "learned"
BITS = 18
EPOCHS = 3
RATE = 0.05
DECAY = 0.01
FIRST_SQUARE = 0.1
LEAST_SEEN = 3  # labelled words that a reading must have to be offered
MARGINS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
OLD = "aozora"
_PART_OF_SPEECH, _SUBCLASS, _WRITTEN, _KANA = 0, 2, 8, 17  # columns of UniDic 2.1.2

Readings = Mapping[tuple[str, str], tuple[str, ...]]


class Sample(NamedTuple):
    """A labelled word with the readings that are offered: the present one first."""

    word: LabelledWord
    offered: list[str]
    right: int  # index among those offered, -1 for none
    places: np.ndarray  # (offered, features)


def known_readings(words: Iterable[LabelledWord], entries: Iterable[tuple[int, list[str]]]) -> Readings:
    """Core and tail -> readings of the core that UniDic has and that were seen often enough, if there are several."""
    seen = Counter((word.core, word.gold) for word in words if not is_labelled_by_convention(word))
    cores = {core for core, _ in seen}
    found: dict[tuple[str, str], dict[str, str]] = {}
    for _, features in entries:
        if len(features) <= _KANA or features[_SUBCLASS] == "人名" or features[_PART_OF_SPEECH] == "記号":
            continue
        written, kana = features[_WRITTEN], features[_KANA]
        core = written.rstrip("".join(map(chr, range(0x3041, 0x3097))))
        tail = to_katakana(written[len(core) :])
        if core not in cores or not is_kana(kana) or not kana.endswith(tail) or kana == tail:
            continue
        reading = kana.removesuffix(tail)
        if seen[core, _sound(reading)] >= LEAST_SEEN:
            found.setdefault((core, written[len(core) :]), {})[_sound(reading)] = reading
    return {key: tuple(sorted(kana.values())) for key, kana in sorted(found.items()) if len(kana) > 1}


def _sound(kana: str) -> str:
    return "".join(comparable_morae(kana))


def make_samples(words: Iterable[LabelledWord], known: Readings) -> list[Sample]:
    """Labelled words for which there is a choice."""
    samples = []
    for word in words:
        tail = to_katakana(word.tail)
        present = word.kana.removesuffix(tail)
        variants = {_sound(kana) for kana in reading_variants(word.surface, word.lemma, word.kana)}
        others = [
            kana
            for kana in known.get((word.core, word.tail), ())
            if _sound(kana) != _sound(present) and _sound(kana + tail) not in variants
        ]
        if others and not is_labelled_by_convention(word):
            offered = [present, *others]
            sounds = [_sound(kana) for kana in offered]
            right = sounds.index(word.gold) if word.gold in sounds else -1
            features = word.features
            if word.source.startswith(OLD):
                features += tuple(f"old:{feature}" for feature in features)
            samples.append(Sample(word, offered, right, places(features, word.core, offered, BITS)))
    return samples


def train(samples: Iterable[Sample], seed: int) -> np.ndarray:
    """Weights: (2 ** BITS,) float64."""
    weights = np.zeros(1 << BITS)
    squares = np.full(1 << BITS, FIRST_SQUARE)
    order = [sample for sample in samples if sample.right >= 0]
    generator = random.Random(seed)
    for _ in range(EPOCHS):
        generator.shuffle(order)
        for sample in order:
            scores = weights[sample.places].sum(axis=1)
            scores[0] += PRESENT
            odds = np.exp(scores - scores.max())
            slope = odds / odds.sum()
            slope[sample.right] -= 1
            gradient = slope[:, None] + DECAY * weights[sample.places]
            squares[sample.places] += gradient**2
            weights[sample.places] -= RATE * gradient / np.sqrt(squares[sample.places])
    return weights


def packed(weights: np.ndarray, margin: float, known: Readings) -> ReadingModel:
    """The model with weights of eight bits."""
    scale = max(float(np.abs(weights).max()) / 127, 1e-9)
    return ReadingModel(np.round(weights / scale).astype(np.int8), scale, margin, known)


def count_changes(model: ReadingModel, samples: Iterable[Sample]) -> dict[float, tuple[int, int]]:
    """Margin -> how many words the model repairs, and how many it breaks."""
    counts = dict.fromkeys(MARGINS, (0, 0))
    for sample in samples:
        scores = model.scores(sample.word.features, sample.word.core, sample.offered)
        scores[0] += PRESENT
        best = 1 + int(np.argmax(scores[1:]))
        for margin, (repaired, broken) in counts.items():
            if scores[best] - scores[0] > margin:
                counts[margin] = repaired + (best == sample.right), broken + (sample.right == 0)
    return counts


def write_model(path: Path, model: ReadingModel) -> None:
    """Write the packed model; the same model gives the same bytes."""
    words = "\n".join("\t".join((*key, *readings)) for key, readings in sorted(model.readings.items()))
    content = BytesIO()
    np.savez_compressed(
        content,
        weights=model.weights,
        scale=np.float64(model.scale),
        margin=np.float64(model.margin),
        words=np.frombuffer(words.encode("utf-8"), dtype=np.uint8),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as part:
        part.write_bytes(content.getvalue())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--cache", type=Path, required=True, help="where the analysed words are kept")
    parser.add_argument("--check", nargs="*", default=[], metavar="SOURCE", help="sources to leave out and score")
    parser.add_argument("--only", nargs="*", metavar="SOURCE", help="beginnings of the names of the sources to use")
    parser.add_argument("--margin", type=float, default=0.5, help="lead by which the model must be sure")
    parser.add_argument("--out", type=Path, default=DATA / "readings.npz")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    for path in options.files:
        if not path.is_file():
            parser.error(f"{path} does not exist; name files of labelled words or of sentences with readings")
    words = [word for path in options.files for word in cached_words(path, options.cache)]
    known = known_readings(words, read_dictionary(unidic_folder()))
    samples = make_samples(words, known)
    used = [sample for sample in samples if options.only is None or sample.word.source.startswith(tuple(options.only))]
    print(f"{len(words)} labelled words, {len(used)} with a choice, {len(known)} forms with several readings")
    for source in options.check:
        model = packed(train((one for one in used if one.word.source != source), options.seed), options.margin, known)
        counts = count_changes(model, (one for one in samples if one.word.source == source))
        print(
            f"{source}, not seen: " + ", ".join(f"margin {key:g}: +{up} -{down}" for key, (up, down) in counts.items())
        )
    write_model(options.out, packed(train(used, options.seed), options.margin, known))
    print(f"{options.out}: {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
