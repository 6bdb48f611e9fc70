# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The models of a server: loaded when they are first used, dropped when memory is short."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import PurePath
from threading import Lock
from typing import TYPE_CHECKING

from .problems import ServerProblem


if TYPE_CHECKING:
    from ..synthesis.speaker import Speaker

logger = logging.getLogger(__name__)


def model_ids(names: Sequence[str]) -> dict[str, str]:
    """Ids of models, by which requests name them, with the names by which they are loaded.

    An id is the last part of a path or of a hub id.

    Raises:
        ValueError: when two models would have the same.
    """
    ids: dict[str, str] = {}
    for name in names:
        identifier = PurePath(name).name or name
        if identifier in ids:
            raise ValueError(
                f"the models '{ids[identifier]}' and '{name}' would both be called '{identifier}': rename a folder"
            )
        ids[identifier] = name
    return ids


class ModelPool:
    """Models by their ids.

    Args:
        names: names by ids, see `model_ids`; the first is the default one.
        load: loads a model by its id and name, in any thread.
        max_memory: bytes that weights may take together, or `None`. One model is always kept, and a model that still
            speaks stays in memory until it has finished, although it is dropped here.
    """

    def __init__(
        self, names: dict[str, str], load: "Callable[[str, str], Speaker]", max_memory: float | None = None
    ) -> None:
        self.names = names
        self._load, self._max_memory = load, max_memory
        self._lock = Lock()
        self._loading = {identifier: Lock() for identifier in names}
        self._loaded: dict[str, Speaker] = {}  # the least recently used first

    @property
    def default(self) -> str:
        """Id of the model that speaks when a request names none."""
        return next(iter(self.names))

    @property
    def loaded(self) -> tuple[str, ...]:
        """Ids of the models in memory, the least recently used first."""
        with self._lock:
            return tuple(self._loaded)

    @property
    def memory(self) -> int:
        """Bytes of the weights in memory."""
        with self._lock:
            return self._bytes()

    def speaker(self, identifier: str) -> "Speaker":
        """Return a model, loaded when it is not in memory; other threads that ask for it wait.

        Raises:
            ServerProblem: 404 for an unknown id, 500 when the model cannot be loaded.
        """
        if identifier not in self.names:
            known = ", ".join(self.names)
            message = f"there is no model '{identifier}' on this server; it has {known}"
            raise ServerProblem(404, "model_not_found", message, param="model")
        with self._loading[identifier]:
            if (loaded := self._used(identifier)) is not None:
                return loaded
            speaker = self._loaded_now(identifier)
            with self._lock:
                self._loaded[identifier] = speaker
                self._drop()
            return speaker

    def _used(self, identifier: str) -> "Speaker | None":
        with self._lock:
            speaker = self._loaded.pop(identifier, None)
            if speaker is not None:
                self._loaded[identifier] = speaker
            return speaker

    def _loaded_now(self, identifier: str) -> "Speaker":
        start = time.monotonic()
        try:
            speaker = self._load(identifier, self.names[identifier])
        except Exception as error:
            logger.error("the model '%s' cannot be loaded: %s", identifier, error)
            message = f"the model '{identifier}' cannot be loaded: the log of the server has the reason"
            raise ServerProblem(500, None, message, retry=False) from error
        logger.info("loaded the model '%s' in %.1f s", identifier, time.monotonic() - start)
        return speaker

    def _drop(self) -> None:
        while self._max_memory is not None and len(self._loaded) > 1 and self._bytes() > self._max_memory:
            identifier = next(iter(self._loaded))
            del self._loaded[identifier]
            logger.info("dropped the model '%s' to save memory", identifier)

    def _bytes(self) -> int:
        return sum(weight_bytes(speaker) for speaker in self._loaded.values())


def weight_bytes(speaker: "Speaker") -> int:
    """Bytes of the weights of a model."""
    return sum(weight.numel() * weight.element_size() for weight in speaker.model.parameters())


__all__ = ["ModelPool", "model_ids", "weight_bytes"]
