# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Errors as the sentence that a user reads."""

import errno


_EXPECTED = (ValueError, LookupError, OSError, ArithmeticError, ImportError, MemoryError, RuntimeError)

_HUB_PACKAGES = frozenset({"huggingface_hub", "httpx", "httpx2", "requests", "urllib3"})
"""Packages whose exceptions tell of the hub; which of them the hub's client uses depends on its version."""

_FILE_TROUBLES = {
    errno.ENOENT: "there is no '{}'",
    errno.EACCES: "there is no permission for '{}': choose another place, or change its permissions",
    errno.EPERM: "there is no permission for '{}': choose another place, or change its permissions",
    errno.EISDIR: "'{}' is a folder: name a file",
    errno.ENOTDIR: "'{}' lies in a file, not in a folder: check the path",
    errno.ENAMETOOLONG: "'{}' is a longer name than the file system takes: shorten it",
    errno.EROFS: "'{}' is on a file system that cannot be written to: choose another place",
    errno.ELOOP: "'{}' is a link that leads to itself: remove it, or name another file",
}


def error_sentence(error: Exception) -> str | None:
    """Return the sentence of an error, in one line, without the decoration of its class.

    Returns:
        `None` for an error that only a fault of the program raises, whose traceback is needed.
    """
    if type(error).__module__.partition(".")[0] in _HUB_PACKAGES and not isinstance(error, ValueError):
        reason = _one_line(str(error)) or type(error).__name__
        return f"the hub did not do what was asked ({reason}): check the name, the connection and your access"
    if not isinstance(error, _EXPECTED):
        return None
    if isinstance(error, KeyError) and error.args:
        return _one_line(str(error.args[0]))
    if isinstance(error, OSError) and error.strerror:
        return _one_line(_file_trouble(error))
    return _one_line(str(error)) or f"stopped by {type(error).__name__}; `tsukasa --debug` shows where"


def _file_trouble(error: OSError) -> str:
    """The sentence of an error of the operating system, without its number."""
    if error.filename is None:
        return str(error.strerror)
    sentence = _FILE_TROUBLES.get(error.errno or 0)
    return f"{error.strerror}: '{error.filename}'" if sentence is None else sentence.format(error.filename)


def _one_line(text: str) -> str:
    return " ".join(text.split())


__all__ = ["error_sentence"]
