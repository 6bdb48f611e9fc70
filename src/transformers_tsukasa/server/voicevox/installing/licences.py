# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Licences of this package and of the packages that it speaks with, as they are installed."""

import re
from functools import lru_cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePath


_PACKAGE = "transformers-tsukasa"
# A requirement of an extra other than that of the server, and the name of a package.
_OTHER_EXTRA = re.compile(r"""extra\s*==\s*['"](?!serve['"])""")
_NAME = re.compile(r"[\w.-]+", re.ASCII)
_LICENCE_FILE = re.compile(r"(?:licen[cs]e|copying|notice)", re.IGNORECASE)
_LONGEST_NAME = 100  # characters; some packages write the full text where its name belongs
_NO_TEXT = "The package was installed without the text of its licence."


@lru_cache(maxsize=1)
def dependency_licences() -> list[dict[str, str]]:
    """Name, version, licence and its text of every package, this one first."""
    try:
        own = distribution(_PACKAGE)
    except PackageNotFoundError:  # runs from a checkout
        return []
    needed = {_name(line) for line in own.requires or () if _OTHER_EXTRA.search(line) is None}
    found = [own]
    for name in sorted(needed, key=str.lower):
        try:
            found.append(distribution(name))
        except PackageNotFoundError:
            continue  # what is not installed is not used
    return [_licence(each) for each in found]


def _name(requirement: str) -> str:
    match = _NAME.match(requirement)
    assert match is not None, requirement
    return match[0]


def _licence(package: Distribution) -> dict[str, str]:
    stated = package.metadata.json
    written = str(stated.get("license") or "")
    name = str(stated.get("license_expression") or written)
    if not name or len(name) > _LONGEST_NAME:
        classifiers = stated.get("classifier") or []
        name = ", ".join(line.split(" :: ")[-1] for line in classifiers if line.startswith("License ::"))
    files = [Path(str(path.locate())) for path in package.files or () if _is_licence(path)]
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in files if path.is_file()]
    return {
        "name": package.metadata["Name"],
        "version": package.version,
        "license": name,
        "text": "\n\n".join(texts) or written or _NO_TEXT,
    }


def _is_licence(path: PurePath) -> bool:
    """Whether a file of a package is its own licence, and not that of a part of it."""
    is_metadata = any(part.endswith(".dist-info") for part in path.parts)
    return is_metadata and _LICENCE_FILE.match(path.name) is not None


__all__ = ["dependency_licences"]
