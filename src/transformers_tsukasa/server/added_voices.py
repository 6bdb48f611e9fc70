# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Voices that clients add to a model: a file each in the state folder, and voices like others in the model."""

import json
import logging
import re
import time
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from ..utils.atomic_files import write_text
from ..utils.file_names import composed
from .problems import ServerProblem


if TYPE_CHECKING:
    from ..synthesis.speaker import Speaker

logger = logging.getLogger(__name__)

_NAME = re.compile(r"[\w.\-ぁ-ゖァ-ヺー一-鿿々〆]{1,64}")
_FOLDER = "voices"


@dataclass(frozen=True)
class AddedVoice:
    """A voice that a client added.

    Args:
        id: "voice_" and 12 hexadecimal digits.
        name: by which it is used, too.
        model: id of the model it belongs to.
        type: "audio_sample", "prompt" or "blend".
        created_at: seconds since 1970.
        style: its style vector.
        about: the prompt or the blend.
        consent: what the client sent with the sample.
    """

    id: str
    name: str
    model: str
    type: str
    created_at: int
    style: list[float]
    about: str = ""
    consent: str = ""

    @classmethod
    def new(
        cls, name: str, model: str, kind: str, style: np.ndarray, about: str = "", consent: str = ""
    ) -> "AddedVoice":
        """Make a voice with a new id."""
        identifier = f"voice_{uuid.uuid4().hex[:12]}"
        return cls(identifier, name or identifier, model, kind, int(time.time()), style.tolist(), about, consent)


class AddedVoices:
    """The added voices of all models.

    Args:
        state: the state folder; it is made when a voice is added.
    """

    def __init__(self, state: Path) -> None:
        self._folder = state / _FOLDER
        self._lock = Lock()
        self._voices = {voice.id: voice for voice in self._read()}

    def of_model(self, model: str) -> list[AddedVoice]:
        """Voices of a model, the oldest first."""
        with self._lock:
            voices = [voice for voice in self._voices.values() if voice.model == model]
        return sorted(voices, key=lambda voice: (voice.created_at, voice.id))

    def get(self, identifier: str) -> AddedVoice | None:
        """The voice with an id, or `None`."""
        with self._lock:
            return self._voices.get(identifier)

    def put_into(self, model: str, speaker: "Speaker") -> None:
        """Give a model that was loaded the voices that were added to it; its own win."""
        for voice in self.of_model(model):
            if voice.name in speaker.voices:
                logger.warning("the added voice '%s' is left out: the model has one of this name now", voice.name)
            elif len(voice.style) != speaker.voices.style_size:
                logger.warning("the added voice '%s' is left out: the model has other styles now", voice.name)
            else:
                _put(voice, speaker)

    def add(self, voice: AddedVoice, speaker: "Speaker") -> None:
        """Keep a voice, first in its file.

        Raises:
            ServerProblem: 409 when the name is in use.
            OSError: when the file cannot be written.
        """
        with self._lock:
            if voice.name in speaker.voices:
                message = f"the voice '{voice.name}' exists already: choose another name"
                raise ServerProblem(409, "voice_exists", message, param="name", retry=False)
            self._folder.mkdir(parents=True, exist_ok=True)
            write_text(self._path(voice.id), json.dumps(asdict(voice), ensure_ascii=False))
            _put(voice, speaker)
            self._voices[voice.id] = voice

    def remove(self, voice: AddedVoice, speaker: "Speaker") -> None:
        """Delete a voice, first its file."""
        with self._lock:
            self._path(voice.id).unlink(missing_ok=True)
            self._voices.pop(voice.id, None)
            if voice.name in speaker.voices:
                speaker.voices.remove(voice.name)

    def _path(self, identifier: str) -> Path:
        return self._folder / f"{identifier}.json"

    def _read(self) -> list[AddedVoice]:
        voices = []
        for path in sorted(self._folder.glob("voice_*.json")):
            try:
                voices.append(AddedVoice(**json.loads(path.read_text(encoding="utf-8"))))
            except (OSError, ValueError, TypeError) as error:
                logger.warning("the added voice '%s' is left out: its file is damaged (%s)", path, error)
        return voices


def check_added_name(name: str) -> str:
    """Return the name of a voice that is to be added, in the form in which voices keep it.

    Raises:
        ServerProblem: 400 for a name that could not be written in a blend or a path.
    """
    name = composed(name)
    if _NAME.fullmatch(name) is None or name in (".", ".."):
        message = "`name` must be 1 to 64 letters, digits, kana, kanji or _ . -"
        raise ServerProblem(400, None, message, param="name")
    return name


def _put(voice: AddedVoice, speaker: "Speaker") -> None:
    import torch

    speaker.voices.add(voice.name, torch.tensor(voice.style), voice.about)


__all__ = ["AddedVoice", "AddedVoices", "check_added_name"]
