# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The words of the user: kept in one file, and applied to every model of a server."""

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from pydantic import TypeAdapter

from ....text.dictionary import UserDictionary
from ....utils.atomic_files import write_text
from ..refusals import invalid
from .words import UserDictWord, compiled


if TYPE_CHECKING:
    from ....synthesis.speaker import Speaker

USER_DICTIONARY_NAME = "user_dict.json"

_MOST_WORDS = 100_000
_WORDS = TypeAdapter(dict[str, UserDictWord])


class UserWords:
    """The words of the user by their uuids. Methods may be called in any thread.

    A change is on the disk before it is applied, so that a killed server has either all or nothing of it.

    Args:
        folder: the state folder, which is made when a word is added.

    Raises:
        ValueError: when the file there is damaged.
        OSError: when it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / USER_DICTIONARY_NAME
        self._lock = Lock()
        self._words = _read(self._path)
        self._compiled = compiled(self._words.values())
        # Models with the dictionary of their folder, as long as somebody uses them.
        self._own: WeakKeyDictionary[Speaker, UserDictionary | None] = WeakKeyDictionary()

    def all(self) -> dict[str, UserDictWord]:
        """All words, the oldest first."""
        with self._lock:
            return dict(self._words)

    def put_into(self, speaker: "Speaker") -> None:
        """Let a model that was loaded read texts with the words, now and after every change; they overrule its own."""
        with self._lock:
            self._own[speaker] = speaker.processor.tokenizer.user_dictionary
            self._apply(speaker)

    def add(self, word: UserDictWord) -> str:
        """Keep a word, and return its uuid.

        Raises:
            ServerProblem: 422 when there are too many words.
            OSError: when the file cannot be written.
        """
        identifier = str(uuid.uuid4())
        with self._lock:
            self._change({**self._words, identifier: word})
        return identifier

    def rewrite(self, identifier: str, word: UserDictWord) -> None:
        """Put another word in the place of one.

        Raises:
            ServerProblem: 422 for an unknown uuid.
            OSError: as of `add`.
        """
        with self._lock:
            self._change({**self._words, self._known(identifier): word})

    def delete(self, identifier: str) -> None:
        """Forget a word; raises as `rewrite` does."""
        with self._lock:
            known = self._known(identifier)
            self._change({own: word for own, word in self._words.items() if own != known})

    def merge(self, words: Mapping[str, UserDictWord], override: bool) -> None:
        """Keep words with their uuids.

        Args:
            words: by uuids.
            override: whether they win over words with the same uuids.

        Raises:
            ServerProblem: 422 for what is no uuid, and as of `add`.
            OSError: as of `add`.
        """
        given = {_uuid(identifier): word for identifier, word in words.items()}
        with self._lock:
            self._change({**self._words, **given} if override else {**given, **self._words})

    def _known(self, identifier: str) -> str:
        identifier = identifier.lower()
        if identifier not in self._words:
            raise invalid(f"単語 {identifier[:100]} はありません: there is no such word; GET /user_dict lists all")
        return identifier

    def _change(self, words: dict[str, UserDictWord]) -> None:
        if len(words) > _MOST_WORDS:
            raise invalid(f"単語が多すぎます: there would be more than {_MOST_WORDS} words; delete some first")
        if words == self._words:
            return
        applied = compiled(words.values())
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self._path, json.dumps(_WORDS.dump_python(words), ensure_ascii=False, indent=1))
        self._words, self._compiled = words, applied
        for speaker in list(self._own):
            self._apply(speaker)

    def _apply(self, speaker: "Speaker") -> None:
        own = self._own[speaker]
        dictionary = self._compiled if own is None else own.merged(self._compiled)
        speaker.processor.tokenizer.user_dictionary = dictionary if len(dictionary) else own


def _read(path: Path) -> dict[str, UserDictWord]:
    if not path.exists():
        return {}
    try:
        return _WORDS.validate_json(path.read_bytes())
    except ValueError as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"the user dictionary '{path}' is damaged ({reason}): repair it, or move it away") from error


def _uuid(identifier: str) -> str:
    try:
        return str(uuid.UUID(identifier))
    except ValueError as error:
        raise invalid(
            f"UUID ではありません: '{identifier[:100]}' is no UUID; use those that other engines gave"
        ) from error


__all__ = ["USER_DICTIONARY_NAME", "UserWords"]
