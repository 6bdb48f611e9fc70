# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The named voices of a model folder on disk: added, removed, renamed, and which of them is the default.

Voices are in one file and the name of the default in another. Each is written atomically, and in an order in which the
default names a voice at every moment.
"""

import json
import os
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from transformers.utils import CONFIG_NAME, GENERATION_CONFIG_NAME

from ....bundled import default_model
from ....utils.atomic_files import write_text
from ....utils.damaged_files import read_json
from ...strict_loading import is_model_folder, is_same_folder
from .voices import VOICES_NAME, RowsCount, TsukasaVoices


_COPY_AGAIN = "copy the model folder again from where it is complete"


class VoiceFolder:
    """The voices of a model folder, which every method changes on disk.

    Args:
        folder: the model folder.

    Raises:
        FileNotFoundError: when it is no model folder on this machine.
        ValueError: when it is the packaged model, which belongs to the package, or when a file is damaged.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder)
        if not is_model_folder(self.folder):
            raise FileNotFoundError(
                f"'{folder}' is no model folder on this machine (it has no {CONFIG_NAME}), and voices are changed in "
                "one: name it in `model`"
            )
        _refuse_packaged(self.folder)
        config = read_json(self.folder / CONFIG_NAME, _COPY_AGAIN)
        if "style_dim" not in config:
            held = config.get("model_type")
            raise ValueError(f"'{folder}' holds a model of type '{held}', which has no named voices")
        path = self.folder / VOICES_NAME
        size = 2 * int(config["style_dim"])
        self.voices = TsukasaVoices.load(path, size) if path.is_file() else TsukasaVoices(size)

    @property
    def default(self) -> str | None:
        """The voice that speaks when none is named; None when there is none."""
        return self._generation_config().get("voice")

    def add(
        self,
        name: str,
        style_vector: torch.Tensor,
        description: str = "",
        replace: bool = False,
        rows_count: RowsCount | None = None,
    ) -> None:
        """Adds a voice. The first one of a model becomes its default.

        Args:
            name: of the voice.
            style_vector: (2 * style_dim,), or a table (rows, 2 * style_dim).
            description: for people.
            replace: whether a voice of this name may be there already.
            rows_count: of a table, which row a text takes; see `TsukasaVoices.add`.

        Raises:
            ValueError: when there is one, for a bad name, and for a style that does not fit.
        """
        self.add_all({name: style_vector}, description, replace, rows_count)

    def add_all(
        self,
        styles: Mapping[str, torch.Tensor],
        description: str = "",
        replace: bool = False,
        rows_count: RowsCount | None = None,
    ) -> None:
        """Adds voices of one description at once, or none of them when one does not fit; see `add`."""
        voices = deepcopy(self.voices)
        for name, style in styles.items():
            if name in voices and not replace:
                raise ValueError(f"the model has a voice '{name}' already: take another name, or set `replace`")
            voices.add(name, style, description, rows_count)
        voices.save_or_remove(self.folder)
        self.voices = voices
        if self.default is None and len(voices) == len(styles):
            self._save_default(next(iter(styles)))

    def remove(self, name: str) -> None:
        """Removes a voice.

        Raises:
            KeyError: when there is no such voice.
            ValueError: when it is the default and others could be.
        """
        self.voices.describe(name)  # raises for a name that is not there
        if name == self.default:
            others = [other for other in self.voices if other != name]
            if others:
                raise ValueError(
                    f"'{name}' is the default voice: make another one the default first (`tsukasa voices default "
                    f"NAME`); the model has {', '.join(others)}"
                )
            self._save_default(None)
        self.voices.remove(name)
        self.voices.save_or_remove(self.folder)

    def rename(self, name: str, new_name: str) -> None:
        """Gives a voice another name; the default stays the default.

        Raises:
            KeyError: when there is no such voice.
            ValueError: when the new name is taken or bad.
        """
        description = self.voices.describe(name)
        self.add(new_name, self.voices[name], description, rows_count=self.voices.rows_count(name))
        if self.default == name:
            self._save_default(new_name)
        self.voices.remove(name)
        self.voices.save_or_remove(self.folder)

    def make_default(self, name: str) -> None:
        """Lets this voice speak when none is named.

        Raises:
            KeyError: when there is no such voice.
        """
        self.voices.describe(name)  # raises for a name that is not there
        self._save_default(name)

    def _generation_config(self) -> dict[str, Any]:
        path = self.folder / GENERATION_CONFIG_NAME
        return read_json(path, _COPY_AGAIN) if path.is_file() else {}

    def _save_default(self, name: str | None) -> None:
        values = {**self._generation_config(), "voice": name}
        write_text(self.folder / GENERATION_CONFIG_NAME, json.dumps(values, indent=2, sort_keys=True) + "\n")


def _refuse_packaged(folder: Path) -> None:
    try:
        packaged = Path(default_model())
    except FileNotFoundError:  # this copy of the package has none
        return
    if is_same_folder(folder, packaged):
        raise ValueError(
            "the packaged model is part of the package, and its next version would replace your voices: copy the "
            f"folder '{packaged}' first, and name the copy in `model`"
        )


__all__ = ["VoiceFolder"]
