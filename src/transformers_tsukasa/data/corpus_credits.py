# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The card of a prepared corpus: whose recordings it holds, as far as the source tells, for the models trained on it.

Edit the card of a corpus whose source tells nothing: every model that is trained on it repeats the card.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from ..models.tsukasa.model_card import CARD_NAME, Ingredient, write_card


RECORDINGS = "recordings"

_CARDS = ("readme.md", "readme.txt", "readme")
_LICENCES = tuple(
    f"{stem}{ending}" for stem in ("license", "licence", "copying", "notice") for ending in ("", ".txt", ".md")
)
_LONGEST = 20_000  # characters of a file that are repeated


def folder_credits(folder: Path) -> Ingredient:
    """Recordings in a folder, with what its README tells, and its licence where there is a file of it."""
    name = folder.resolve().name
    files = {path.name.lower(): path for path in sorted(folder.iterdir()) if path.is_file()}
    card = next((files[wanted] for wanted in _CARDS if wanted in files), None)
    credited = Ingredient.with_card(RECORDINGS, name, card)
    texts, licence = [credited.card] if credited.card else [], credited.licence
    for path in (files[wanted] for wanted in _LICENCES if wanted in files):
        texts.append(f"{path.name}:\n\n{path.read_text(encoding='utf-8', errors='replace').strip()}")
        licence = licence or f"see {path.name}"
    return Ingredient(RECORDINGS, name, licence, "\n\n".join(_shortened(text) for text in texts))


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]} ... (the rest is in the original)"


def write_corpus_card(folder: str | os.PathLike, ingredients: Sequence[Ingredient]) -> None:
    """Write the card of a prepared corpus, unless its folder has one that somebody wrote.

    Args:
        folder: of the corpus.
        ingredients: whose recordings it holds.
    """
    head = ["# A corpus to train text-to-speech with\n", "Prepared by transformers-tsukasa.\n"]
    write_card(folder, {}, head, ingredients)


def corpus_credits(folder: str | os.PathLike) -> Ingredient:
    """A prepared corpus as something that a model is made from, with its card."""
    return Ingredient.with_card("corpus", Path(folder).resolve().name, Path(folder, CARD_NAME))


__all__ = ["RECORDINGS", "corpus_credits", "folder_credits", "write_corpus_card"]
