# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Presets: a style with scales under a name, kept as VOICEVOX's engine keeps them, in a list of YAML."""

from pathlib import Path
from threading import Lock
from typing import Annotated

import yaml
from pydantic import Field, TypeAdapter
from pydantic.json_schema import SkipJsonSchema

from ...utils.atomic_files import write_text
from ..problems import ServerProblem
from .queries import Scales, Seconds
from .refusals import invalid


PRESETS_NAME = "presets.yaml"

_HIGHEST_ID = 2**53  # which programs in JavaScript still tell from its neighbours
_LONGEST = 1000  # characters of a name
_MOST_PRESETS = 10_000


class Preset(Scales):
    """A style and scales under a name.

    Args:
        id: 0 or more.
        name: for people.
        speaker_uuid: of the style's speaker.
        style_id: of the style.
    """

    id: Annotated[int, Field(ge=-_HIGHEST_ID, le=_HIGHEST_ID)]
    name: Annotated[str, Field(max_length=_LONGEST)]
    speaker_uuid: Annotated[str, Field(max_length=_LONGEST)]
    style_id: Annotated[int, Field(ge=-_HIGHEST_ID, le=_HIGHEST_ID)]
    pauseLength: Seconds | SkipJsonSchema[None] = None  # is described without null, as in VOICEVOX


_PRESETS = TypeAdapter(list[Preset])


class Presets:
    """The presets of a server. The file is read for every call, since people edit it.

    Args:
        folder: the state folder, which is made when a preset is added.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / PRESETS_NAME
        self._lock = Lock()

    def all(self) -> list[Preset]:
        """All presets in the order of the file.

        Raises:
            ServerProblem: 500 when the file is damaged.
            OSError: when it cannot be read.
        """
        if not self._path.exists():
            return []
        try:
            presets = _PRESETS.validate_python(yaml.safe_load(self._path.read_bytes()) or [])
            if len({preset.id for preset in presets}) < len(presets):
                raise ValueError("two presets have the same id")
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            reason = " ".join(str(error).split())[:200]
            message = f"プリセットのファイルが壊れています: {PRESETS_NAME} of the state folder is damaged; repair it"
            raise ServerProblem(500, None, f"{message} ({reason})", retry=False) from error
        return presets

    def get(self, identifier: int) -> Preset:
        """The preset with an id.

        Raises:
            ServerProblem: 422 when there is none, and as of `all`.
        """
        for preset in self.all():
            if preset.id == identifier:
                return preset
        raise _unknown(identifier)

    def add(self, preset: Preset) -> int:
        """Keep a preset, and return its id: its own, or the next one where that is in use or less than 0.

        Raises:
            ServerProblem: 422 when there are too many, and as of `all`.
            OSError: when the file cannot be written.
        """
        with self._lock:
            presets = self.all()
            if len(presets) >= _MOST_PRESETS:
                raise invalid(f"プリセットが多すぎます: there are {_MOST_PRESETS} presets already; delete some first")
            taken = {own.id for own in presets}
            if preset.id < 0 or preset.id in taken:
                following = max({0, *taken}) + 1
                if following > _HIGHEST_ID:
                    raise invalid("使える id がありません: no id is left after the highest; delete that preset first")
                preset = preset.model_copy(update={"id": following})
            self._write([*presets, preset])
        return preset.id

    def update(self, preset: Preset) -> int:
        """Put a preset in the place of the one with its id, which is returned.

        Raises:
            ServerProblem: 422 when there is none, and as of `all`.
            OSError: as of `add`.
        """
        with self._lock:
            presets = self.all()
            if preset.id not in {own.id for own in presets}:
                raise _unknown(preset.id)
            self._write([preset if own.id == preset.id else own for own in presets])
        return preset.id

    def delete(self, identifier: int) -> None:
        """Forget a preset; raises as `update` does."""
        with self._lock:
            presets = self.all()
            kept = [own for own in presets if own.id != identifier]
            if len(kept) == len(presets):
                raise _unknown(identifier)
            self._write(kept)

    def _write(self, presets: list[Preset]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self._path, yaml.safe_dump(_PRESETS.dump_python(presets), allow_unicode=True, sort_keys=False))


def _unknown(identifier: int) -> ServerProblem:
    return invalid(f"プリセット {identifier} はありません: there is no preset {identifier}; GET /presets lists all")


__all__ = ["PRESETS_NAME", "Preset", "Presets"]
