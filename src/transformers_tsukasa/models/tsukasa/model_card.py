# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The card of a model folder (`README.md`), which carries on the licences and credits of what the model was made from.

A card that somebody wrote or changed is never touched: one of ours ends with a digest of its text.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from ...utils.atomic_files import write_text


CARD_NAME = "README.md"

_FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)
_MARK = re.compile(r"\n<!-- written by transformers-tsukasa: ([0-9a-f]{16}) -->\n\Z")

_USAGE = """\
```python
import transformers_tsukasa
from transformers import pipeline

pipeline("text-to-speech", model="path/of/this/folder")("{text}")
```
"""
_LANGUAGES = {"ja": "Japanese", "en": "English"}
_PHONEMES = "həlˈoʊ"  # models of other languages are given phonemes


@dataclass(frozen=True)
class Ingredient:
    """Something that a model was made from: weights, or a corpus.

    Args:
        kind: the part that it played, such as "weights".
        name: a hub id, or the name of a folder or file.
        licence: as its own card states it, `None` where none is stated.
        card: the text of its own card, without the front matter.
    """

    kind: str
    name: str
    licence: str | None = None
    card: str = ""

    @classmethod
    def with_card(cls, kind: str, name: str, card: str | os.PathLike | None) -> "Ingredient":
        """An ingredient with what the file of its card states, if there is one."""
        if card is None or not Path(card).is_file():
            return cls(kind, name)
        text = _MARK.sub("", Path(card).read_text(encoding="utf-8", errors="replace"))
        return cls(kind, name, _licence(text), _FRONT_MATTER.sub("", text).strip())

    @classmethod
    def weights(cls, place: str, card: str | os.PathLike | None) -> "Ingredient":
        """The weights in a folder, of which only the name is told, or of a hub id."""
        name = Path(place).resolve().name if os.path.isdir(place) else place
        return cls.with_card("weights", name, card)

    @classmethod
    def of_model(cls, name_or_path: str) -> "Ingredient":
        """A model by the folder or hub id that it was loaded from; only a folder's card is read."""
        return cls.weights(name_or_path, Path(name_or_path, CARD_NAME) if os.path.isdir(name_or_path) else None)


def write_model_card(
    folder: str | os.PathLike, made_by: str, ingredients: Sequence[Ingredient], language: str | None = "ja"
) -> None:
    """Write the card of a model, unless its folder has one that is not ours.

    Args:
        folder: of the model.
        made_by: how it was made, as a sentence.
        ingredients: what it was made from.
        language: code of the language that it speaks; `None` when it is not known.
    """
    path = Path(folder, CARD_NAME)
    if _is_by_somebody(path):
        return
    text = _card(made_by, ingredients, language)
    write_text(path, f"{text}\n<!-- written by transformers-tsukasa: {_digest(text)} -->\n")


def keep_written_card(folder: str | os.PathLike, new_folder: str | os.PathLike) -> None:
    """Copy the card of a folder, if somebody wrote it, into the folder that takes its place."""
    path = Path(folder, CARD_NAME)
    if _is_by_somebody(path):
        shutil.copyfile(path, Path(new_folder, CARD_NAME))


def _card(made_by: str, ingredients: Sequence[Ingredient], language: str | None) -> str:
    licences = {ingredient.licence for ingredient in ingredients}
    front = {"library_name": "transformers", "pipeline_tag": "text-to-speech"}
    if language is not None:
        front["language"] = language
    if len(licences) == 1 and (licence := next(iter(licences))) is not None:
        front["license"] = licence
    title = f"A {_LANGUAGES[language]} text-to-speech model" if language in _LANGUAGES else "A text-to-speech model"
    usage = _USAGE.replace("{text}", "こんにちは" if language == "ja" else _PHONEMES)
    parts = [f"---\n{yaml.safe_dump(front)}---\n", f"# {title}\n", f"{made_by}\n", usage]
    parts += ["## Licence and credits\n", _credits(ingredients)]
    for ingredient in ingredients:
        if ingredient.card:
            quoted = "\n".join(f"> {line}".rstrip() for line in ingredient.card.splitlines())
            parts.append(f"The card of the {ingredient.kind} '{ingredient.name}':\n\n{quoted}\n")
    return "\n".join(parts)


def _credits(ingredients: Sequence[Ingredient]) -> str:
    if not ingredients:
        return "Nothing is known here of what the model was made from: add the licences and credits of its data.\n"
    rows = [f"| {one.kind} | {one.name} | {one.licence or 'not stated'} |" for one in ingredients]
    advice = "Name them when you pass on the model or speech made with it. "
    if any(one.licence is None for one in ingredients):
        advice += "Where no licence is stated, ask the authors before you pass anything on. "
    return "\n".join(["| made from | name | licence |", "|---|---|---|", *rows, "", advice.strip(), ""])


def _licence(card: str) -> str | None:
    """The licence in the front matter of a card."""
    matter = _FRONT_MATTER.match(card)
    try:
        values = yaml.safe_load(matter[1]) if matter else None
    except yaml.YAMLError:  # a broken card states nothing, and is quoted all the same
        return None
    licence = values.get("license_name") or values.get("license") if isinstance(values, dict) else None
    return None if licence is None else str(licence)


def _is_by_somebody(path: Path) -> bool:
    """Whether there is a card that is not, or no longer, one of ours."""
    return path.is_file() and not _is_ours(path.read_text(encoding="utf-8", errors="replace"))


def _is_ours(text: str) -> bool:
    mark = _MARK.search(text)
    return mark is not None and mark[1] == _digest(text[: mark.start()])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


__all__ = ["CARD_NAME", "Ingredient", "keep_written_card", "write_model_card"]
