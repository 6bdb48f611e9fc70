# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""How many candidates there may be, and where a model folder has what chooses among them, without torch."""

from typing import Any

from ....utils.numbers import plain_integer


MOST_CANDIDATES = 256

RERANKER_FOLDERS = {"clvp": "reranker", "aligner": "text_aligner"}
"""Kind of a reranker -> sub-folder of a model folder with its network; the first that is there is the default."""


def check_count(num_candidates: Any) -> int:
    """Return the number of candidates.

    Raises:
        ValueError: for anything but an integer from 1 to 256.
    """
    count = plain_integer(num_candidates)
    if count is None or not 1 <= count <= MOST_CANDIDATES:
        raise ValueError(f"`num_candidates` must be an integer from 1 to {MOST_CANDIDATES}, got {num_candidates!r}")
    return count


__all__ = ["MOST_CANDIDATES", "RERANKER_FOLDERS", "check_count"]
