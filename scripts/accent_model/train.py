# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Train the accent model, and measure it on texts that it has not seen.

    python scripts/accent_model/train.py jsut=jsut.jsonl rohan=rohan.jsonl --output accents.npz --held-out 5
    python scripts/accent_model/train.py jsut=jsut.jsonl rohan=rohan.jsonl --folds 5 --left-out

Each argument names a style (the first is written where none is named) and a file of labels (`labels.py`): one JSON
object a line with `id`, `text`, `label`. The same seed gives the same model on the same machine. A model takes a
minute and a half of one core; `--held-out 5` keeps a fifth of the texts out of it and measures it on them, `--folds`
trains a model for every part of the texts that is kept back, and `--left-out` one for every style that is. The
licences of the labels are in text/data/NOTICE.txt.
"""

import argparse
import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch


sys.path.append(str(Path(__file__).resolve().parents[1]))

from accent_model.examples import as_tensors, make_example, make_vocabulary
from accent_model.labels import Agreement, LabelledText, accents_of, read_labels
from accent_model.packing import packed_network
from accent_model.training import Settings, trained_network
from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.accents.accent_model import AccentModel
from transformers_tsukasa.text.accents.learned_accents import with_learned_accents
from transformers_tsukasa.text.types import Word
from transformers_tsukasa.utils.atomic_files import atomic_file


class Labelled(NamedTuple):
    """A text of a style, its label, and its words with the accents of the rules."""

    style: str
    label: LabelledText
    words: list[Word]

    def fold(self, count: int) -> int:
        """The part that the text belongs to, by its name."""
        return int(hashlib.sha256(self.label.name.encode("utf-8")).hexdigest(), 16) // 7 % count


def read_texts(arguments: Sequence[str]) -> list[Labelled]:
    """The labelled texts of arguments such as `jsut=FILE`, analysed.

    Raises:
        ValueError: for an argument without a style, and for a damaged file.
    """
    phonemizer = Phonemizer(profile="clean")
    texts = []
    for argument in arguments:
        style, _, path = argument.partition("=")
        if not path:
            raise ValueError(f"{argument!r} has no style: write jsut={argument}")
        texts += [Labelled(style, label, phonemizer.words(label.text)) for label in read_labels(Path(path))]
    return texts


def train_model(texts: Sequence[Labelled], settings: Settings, report: Callable[[str], None]) -> AccentModel:
    """A model that has learned from texts."""
    styles = list(dict.fromkeys(text.style for text in texts))
    made = [make_example(text.words, text.style, text.label.accents) for text in texts]
    examples = [example for example in made if example is not None]
    vocabulary = make_vocabulary(examples, settings.rarest)
    report(f"{len(examples)} of {len(texts)} texts are read as they were spoken; {len(vocabulary)} features")
    known = [as_tensors(example, vocabulary, styles) for example in examples]
    return packed_network(trained_network(known, vocabulary, len(styles), settings, report), vocabulary, styles)


def measure(texts: Sequence[Labelled], model: AccentModel | None) -> dict[str, Agreement]:
    """How a model's accents, or without one those of the rules, agree with the labels of every style.

    A style that the model has not learned is written in the first that it has.
    """
    found: dict[str, Agreement] = {}
    for text in texts:
        words = text.words
        if model is not None:
            style = text.style if text.style in model.styles else model.styles[0]
            words = with_learned_accents(words, style, model)
        found.setdefault(text.style, Agreement()).add(text.label.accents, accents_of(words))
    return found


def figure_lines(title: str, found: dict[str, Agreement]) -> list[str]:
    """A line for every style."""
    return [
        f"{title}, {style} ({agreement.texts}): "
        + "  ".join(f"{name} {value:.2f}" for name, value in agreement.figures().items())
        for style, agreement in found.items()
    ]


def print_figures(title: str, found: dict[str, Agreement]) -> None:
    print("\n".join(figure_lines(title, found)), flush=True)


def cross_validate(
    texts: Sequence[Labelled], folds: int, settings: Settings, report: Callable[[str], None]
) -> dict[str, Agreement]:
    """How models agree with texts that they have not seen, all folds together; each fold is reported."""
    together: dict[str, Agreement] = {}
    for fold in range(folds):
        model = train_model([text for text in texts if text.fold(folds) != fold], settings, report)
        found = measure([text for text in texts if text.fold(folds) == fold], model)
        for line in figure_lines(f"fold {fold + 1} of {folds}", found):
            report(line)
        for style, agreement in found.items():
            total = together.setdefault(style, Agreement())
            total.texts += agreement.texts
            total.counts += agreement.counts
    return together


def _is_kept(text: Labelled, parts: int) -> bool:
    """Whether a text is of the part that is held out; of 0 parts none is."""
    return parts > 0 and text.fold(parts) == 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", nargs="+", metavar="STYLE=FILE.jsonl")
    parser.add_argument("--output", type=Path, help="train on the texts and write the model to this file")
    parser.add_argument("--held-out", type=int, default=0, help="keep one of so many parts out of that model")
    parser.add_argument("--folds", type=int, default=0, help="keep back one of so many parts of the texts in turn")
    parser.add_argument("--left-out", action="store_true", help="keep back one style in turn")
    parser.add_argument("--epochs", type=int, default=Settings.epochs)
    parser.add_argument("--size", type=int, default=Settings.size, help="values for every mora")
    parser.add_argument("--seed", type=int, default=Settings.seed)
    parser.add_argument("--quiet", action="store_true", help="print figures alone")
    options = parser.parse_args(arguments)
    settings = replace(Settings(), epochs=options.epochs, size=options.size, seed=options.seed)

    def report(line: str) -> None:
        if not options.quiet:
            print(line, flush=True)

    try:
        texts = read_texts(options.labels)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    torch.set_num_threads(1)
    print_figures("rules", measure(texts, None))
    if options.folds:
        print_figures(f"all {options.folds} folds", cross_validate(texts, options.folds, settings, report))
    for style in dict.fromkeys(text.style for text in texts) if options.left_out else ():
        model = train_model([text for text in texts if text.style != style], settings, report)
        print_figures(f"without {style}", measure([text for text in texts if text.style == style], model))
    if options.output:
        kept = [text for text in texts if _is_kept(text, options.held_out)]
        model = train_model([text for text in texts if not _is_kept(text, options.held_out)], settings, report)
        with atomic_file(options.output) as file:
            file.write_bytes(model.packed())
        for title, part in (("rules, held out", None), ("held out", model)) if kept else ():
            print_figures(title, measure(kept, part))
        print(f"{options.output}: {options.output.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
