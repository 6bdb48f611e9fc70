# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Resumable work: what a result depends on, by name, in a record beside the result.

A later run takes over finished work only where its identity is the same: the same settings, the same content of the
files that were read, the same version. A difference can be named, since an identity is a dictionary of plain values.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .atomic_files import write_text
from .damaged_files import read_json


def identity_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as JSON gives them back, so that a stored identity equals one that is made again."""
    return json.loads(json.dumps(dict(values)))


def identity_digest(identity: dict[str, Any]) -> str:
    """Hash an identity, for results that keep it in a field of their own."""
    return hashlib.blake2b(json.dumps(identity, sort_keys=True).encode(), digest_size=16).hexdigest()


def files_digest(paths: Iterable[str | os.PathLike]) -> str:
    """Hash the content of files, in their order; their names do not count.

    Raises:
        OSError: when one cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    for path in paths:
        content = hashlib.blake2b()
        with Path(path).open("rb") as file:
            while piece := file.read(1 << 20):
                content.update(piece)
        digest.update(content.digest())
    return digest.hexdigest()


@dataclass(frozen=True)
class WorkRecord:
    """A JSON file beside resumable work, with the identity of the work and what else a later run needs.

    Args:
        path: of the file.
        identity: of the work that is to be done now, from `identity_of`.
        advice: what to do when the file is damaged.
    """

    path: Path
    identity: dict[str, Any]
    advice: str

    def read(self) -> dict[str, Any] | None:
        """Return the record if it has this identity; None where there is no record, or that of other work.

        Raises:
            ValueError: when the file is damaged.
        """
        record = self._stored()
        return record if record is not None and record["identity"] == self.identity else None

    def differences(self) -> list[str]:
        """Return the names of the values in which the recorded work differs; empty when there is no record.

        Raises:
            ValueError: when the file is damaged.
        """
        record = self._stored()
        if record is None:
            return []
        stored = record["identity"]
        return sorted(name for name in stored | self.identity if stored.get(name) != self.identity.get(name))

    def refuse_other(self, work: str, remedy: str) -> None:
        """Refuse to continue other work.

        Args:
            work: what the folder of the record holds, e.g. "a corpus".
            remedy: what to do.

        Raises:
            FileExistsError: when the record is that of other work, naming what differs.
            ValueError: when the file is damaged.
        """
        different = self.differences()
        if different:
            raise FileExistsError(
                f"'{self.path.parent}' holds {work} that differs in: {', '.join(different)}; {remedy}"
            )

    def write(self, **content: Any) -> None:
        """Write the record, with JSON values beside the identity."""
        write_text(self.path, json.dumps({"identity": self.identity, **content}, ensure_ascii=False, indent=1))

    def _stored(self) -> dict[str, Any] | None:
        return read_json(self.path, self.advice) if self.path.is_file() else None


__all__ = ["WorkRecord", "files_digest", "identity_digest", "identity_of"]
