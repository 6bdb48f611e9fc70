# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The card of a folder (`README.md`), which carries on licences and credits of what a model or corpus was made from.

A card that somebody wrote or changed is never touched: one of ours ends with a digest of its text.
"""

import hashlib
import logging
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from ...utils.atomic_files import write_text


logger = logging.getLogger(__name__)

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
_LICENCE_CODE = re.compile(r"[\w.+-]+")
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
        language: code of the language, as its own card states it.
    """

    kind: str
    name: str
    licence: str | None = None
    card: str = ""
    language: str | None = None

    @classmethod
    def with_card(cls, kind: str, name: str, card: str | os.PathLike | None) -> "Ingredient":
        """An ingredient with what the file of its card states, if there is one."""
        if card is None or not Path(card).is_file():
            return cls(kind, name)
        text = _MARK.sub("", Path(card).read_text(encoding="utf-8", errors="replace"))
        language = _stated(text, "language")
        return cls(kind, name, _licence(text), _FRONT_MATTER.sub("", text).strip(), language)

    @classmethod
    def weights(cls, place: str, card: str | os.PathLike | None) -> "Ingredient":
        """The weights in a folder, of which only the name is told, or of a hub id."""
        name = Path(place).resolve().name if os.path.isdir(place) else place
        return cls.with_card("weights", name, card)

    @classmethod
    def of_model(cls, name_or_path: str) -> "Ingredient":
        """A model by the folder or hub id that it was loaded from; only a folder's card is read."""
        return cls.weights(name_or_path, Path(name_or_path, CARD_NAME) if os.path.isdir(name_or_path) else None)


@dataclass(frozen=True)
class Origin:
    """How something was made, for its card.

    Args:
        made_by: a sentence.
        ingredients: what it was made from.
    """

    made_by: str
    ingredients: tuple[Ingredient, ...] = ()

    @classmethod
    def of_saved(cls, name_or_path: str | None) -> "Origin":
        """A model that is saved as it was loaded, by the folder or hub id; `None` for one that was not loaded."""
        return cls("Saved by transformers-tsukasa.", (Ingredient.of_model(name_or_path),) if name_or_path else ())


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
    front = {"library_name": "transformers", "pipeline_tag": "text-to-speech"}
    if language is not None:
        front["language"] = language
    title = f"A {_LANGUAGES[language]} text-to-speech model" if language in _LANGUAGES else "A text-to-speech model"
    usage = _USAGE.replace("{text}", "こんにちは" if language == "ja" else _PHONEMES)
    write_card(folder, front, [f"# {title}\n", f"{made_by}\n", usage], ingredients)


def write_card(
    folder: str | os.PathLike, front: dict[str, str], head: Sequence[str], ingredients: Sequence[Ingredient]
) -> None:
    """Write the card of a folder, unless it has one that is not ours, which is logged where credits are missing there.

    Args:
        folder: of a model or corpus.
        front: values of the front matter, to which the licence is added, if it is the same of all ingredients.
        head: parts of the text before the credits.
        ingredients: what it was made from.
    """
    path = Path(folder, CARD_NAME)
    if _is_by_somebody(path):
        _warn_of_missing(path, ingredients)
        return
    text = _card(front, head, ingredients)
    write_text(path, f"{text}\n<!-- written by transformers-tsukasa: {_digest(text)} -->\n")


def keep_written_card(folder: str | os.PathLike, new_folder: str | os.PathLike) -> None:
    """Copy the card of a folder, if somebody wrote it, into the folder that takes its place."""
    path = Path(folder, CARD_NAME)
    if _is_by_somebody(path):
        shutil.copyfile(path, Path(new_folder, CARD_NAME))


def _warn_of_missing(path: Path, ingredients: Sequence[Ingredient]) -> None:
    text = path.read_text(encoding="utf-8", errors="replace")
    missing = [ingredient.name for ingredient in ingredients if ingredient.name not in text]
    if missing:
        logger.warning("'%s' is a card of your own and stays: add the credits of %s", path, ", ".join(missing))


def _card(front: dict[str, str], head: Sequence[str], ingredients: Sequence[Ingredient]) -> str:
    licences = {ingredient.licence for ingredient in ingredients}
    if len(licences) == 1 and (licence := next(iter(licences))) is not None and _LICENCE_CODE.fullmatch(licence):
        front = {**front, "license": licence}
    parts = [f"---\n{yaml.safe_dump(front)}---\n" if front else "", *head]
    parts += ["## Licence and credits\n", _credits(ingredients)]
    for ingredient in ingredients:
        if ingredient.card:
            quoted = "\n".join(f"> {line}".rstrip() for line in ingredient.card.splitlines())
            parts.append(f"The card of the {ingredient.kind} '{ingredient.name}':\n\n{quoted}\n")
    return "\n".join(part for part in parts if part)


def _credits(ingredients: Sequence[Ingredient]) -> str:
    if not ingredients:
        return "Nothing is known here of what this was made from: add the licences and credits of its data.\n"
    licences = [one.licence or ("see its card below" if one.card else "not stated") for one in ingredients]
    rows = [f"| {one.kind} | {one.name} | {licence} |" for one, licence in zip(ingredients, licences, strict=True)]
    advice = "Name them when you pass this on, or speech made with it. "
    if any(one.licence is None for one in ingredients):
        advice += "Where no licence is stated, ask the authors before you pass anything on. "
    return "\n".join(["| made from | name | licence |", "|---|---|---|", *rows, "", advice.strip(), ""])


def _licence(card: str) -> str | None:
    """The licence in the front matter of a card."""
    return _stated(card, "license_name") or _stated(card, "license")


def _stated(card: str, key: str) -> str | None:
    """A value in the front matter of a card, the first where it is a list."""
    matter = _FRONT_MATTER.match(card)
    try:
        values = yaml.safe_load(matter[1]) if matter else None
    except yaml.YAMLError:  # a broken card states nothing, and is quoted all the same
        return None
    value = values.get(key) if isinstance(values, dict) else None
    if isinstance(value, list):
        value = next(iter(value), None)
    return None if value is None else str(value)


def _is_by_somebody(path: Path) -> bool:
    """Whether there is a card that is not, or no longer, one of ours."""
    return path.is_file() and not _is_ours(path.read_text(encoding="utf-8", errors="replace"))


def _is_ours(text: str) -> bool:
    mark = _MARK.search(text)
    return mark is not None and mark[1] == _digest(text[: mark.start()])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


__all__ = ["CARD_NAME", "Ingredient", "Origin", "keep_written_card", "write_card", "write_model_card"]
