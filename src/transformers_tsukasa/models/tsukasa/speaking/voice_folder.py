# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The named voices of a model on disk: listed, added, removed, renamed, and which of them is the default.

No network is loaded for it, and neither torch nor transformers, as long as the styles are given as arrays.

Voices are in one file and the name of the default in another. Each is written atomically, and in an order in which the
default names a voice at every moment.
"""

import json
import os
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....bundled import default_model
from ....hub import optional_model_file
from ....model_folders import CONFIG_NAME, GENERATION_CONFIG_NAME, check_holds_model, is_model_folder, is_same_folder
from ....utils.atomic_files import write_text
from ....utils.damaged_files import read_json
from ....utils.file_names import composed
from .voice_names import VOICES_NAME, check_voice_name
from .voices import RowsCount, TsukasaVoices


if TYPE_CHECKING:
    import numpy as np
    import torch

_COPY_AGAIN = "copy the model folder again from where it is complete"


def read_voices(model: str | os.PathLike) -> tuple[TsukasaVoices, str | None]:
    """The named voices of a model folder or hub model, and the name of its default; None when there is none.

    Raises:
        FileNotFoundError: when a folder holds no model.
        ValueError: when the model is of a kind without named voices, or a file is damaged.
    """
    if os.path.isdir(model):
        check_holds_model(model)
    files = {
        name: optional_model_file(model, name, "", {}) for name in (CONFIG_NAME, VOICES_NAME, GENERATION_CONFIG_NAME)
    }
    config, options = (
        {} if path is None else read_json(path, _COPY_AGAIN)
        for path in (files[CONFIG_NAME], files[GENERATION_CONFIG_NAME])
    )
    if "style_dim" not in config:
        raise ValueError(f"'{model}' holds a model of type '{config.get('model_type')}', which has no named voices")
    size, path = 2 * int(config["style_dim"]), files[VOICES_NAME]
    return TsukasaVoices(size) if path is None else TsukasaVoices.load(path, size), _default_of(options)


def _default_of(options: Mapping[str, Any]) -> Any:
    """The default in the options of a model: a name as voices keep it, a blend, or None."""
    voice = options.get("voice")
    return composed(voice) if isinstance(voice, str) else voice


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
        self.voices, _ = read_voices(self.folder)

    @property
    def default(self) -> str | None:
        """The voice that speaks when none is named; None when there is none."""
        return _default_of(self._generation_config())

    def add(
        self,
        name: str,
        style_vector: "torch.Tensor | np.ndarray",
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
        styles: "Mapping[str, torch.Tensor | np.ndarray]",
        description: str = "",
        replace: bool = False,
        rows_count: RowsCount | None = None,
    ) -> None:
        """Adds voices of one description at once, or none of them when one does not fit; see `add`."""
        voices = deepcopy(self.voices)
        for name, style in styles.items():
            self.check_new(name, replace)
            voices.add(name, style, description, rows_count)
        voices.save_or_remove(self.folder)
        self.voices = voices
        if self.default is None and len(voices) == len(styles):
            self._save_default(next(iter(styles)))

    def check_new(self, name: str, replace: bool = False) -> None:
        """Refuses a name that no new voice can have; see `add`.

        Raises:
            ValueError: for a bad name, and for one that is taken, unless `replace`.
        """
        if check_voice_name(name) in self.voices and not replace:
            raise ValueError(f"the model has a voice '{name}' already: take another name, or set `replace`")

    def remove(self, name: str) -> None:
        """Removes a voice.

        Raises:
            KeyError: when there is no such voice.
            ValueError: when it is the default and others could be.
        """
        self.voices.describe(name)  # raises for a name that is not there
        name = composed(name)
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
        self.add(new_name, self.voices.array(name), description, rows_count=self.voices.rows_count(name))
        if self.default == composed(name):
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
        values = {**self._generation_config(), "voice": None if name is None else composed(name)}
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


__all__ = ["VoiceFolder", "read_voices"]
