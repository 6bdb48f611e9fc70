# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Accent levels of tokens in rows as long as those of ids."""

from collections.abc import Iterable, Sequence

from ....text.accent_levels import NO_MORA


def rows_like(
    levels: Iterable[Sequence[int]],
    ids: Iterable[Sequence[int]],
    pads: tuple[int, int] = (0, 0),
    padding_side: str = "right",
    truncation_side: str = "right",
) -> list[list[int]]:
    """Rows of levels in which each stands where the id of its token does.

    Args:
        levels: of every text, without pads.
        ids: rows of the same texts, padded or cut off.
        pads: how many pads belong to each text in front and at its end.
        padding_side, truncation_side: of the ids.
    """
    rows = []
    for own, row in zip(levels, ids, strict=True):
        kept = max(len(row) - sum(pads), 0)
        inner = list(own[-kept:] if truncation_side == "left" and kept else own[:kept])
        filled = [NO_MORA] * pads[0] + inner + [NO_MORA] * pads[1]
        padding = [NO_MORA] * (len(row) - len(filled))
        rows.append(padding + filled if padding_side == "left" else filled + padding)
    return rows


__all__ = ["rows_like"]
