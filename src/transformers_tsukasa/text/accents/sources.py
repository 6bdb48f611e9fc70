# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where accents may come from."""

LEARNED, RULES = "learned", "rules"
"""The accent model over the rules, and the dictionary's rules alone."""


def accent_source_of(has_marks: bool, source: str | None) -> str:
    """The source of a model's accents, `LEARNED` or `RULES`.

    Args:
        has_marks: whether the model learned accent marks. Those of a model that names no source were the rules'.
        source: that the model or the user names, if any.

    Raises:
        ValueError: for an unknown source.
    """
    if source not in (None, LEARNED, RULES):
        raise ValueError(f'unknown source of accents {source!r}; choose "{LEARNED}" or "{RULES}"')
    return source or (RULES if has_marks else LEARNED)


__all__ = ["LEARNED", "RULES", "accent_source_of"]
