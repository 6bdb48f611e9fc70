# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A log-linear model of readings: the score of a reading is the sum of the weights of what stands around the word.

Every pair of a feature (`context_features`) and a reading of a core has a place in one table of weights of eight bits.
Pairs that share a place by chance are told apart by the many others. The difference of two scores is the logarithm of
how much likelier one reading is than the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from ...phonemes.morae import comparable_morae, is_kana
from .context_features import hashed


PRESENT = 3.0
"""Score that the present reading has before anything is learned: e³ to 1 that the rules are right."""

_FEATURE, _READING, _MIX = (np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x9E3779B97F4A7C15))


def places(features: Sequence[str], core: str, readings: Sequence[str], table_bits: int) -> np.ndarray:
    """Where the weights of each reading stand in a table of 2 ** `table_bits`: (readings, features), int64."""
    of_features = np.array([hashed(feature) for feature in features], dtype=np.uint64)
    of_readings = np.array(
        [hashed(f"{core}\t{''.join(comparable_morae(kana))}") for kana in readings], dtype=np.uint64
    )
    mixed = ((of_features * _FEATURE)[None, :] ^ (of_readings * _READING)[:, None]) * _MIX
    return (mixed >> np.uint64(64 - table_bits)).astype(np.int64)


@dataclass(frozen=True)
class ReadingModel:
    """Weights, the words that they are about, and how sure the model must be to speak.

    Attributes:
        weights: (2 ** n,) int8.
        scale: what a weight of 1 adds to a score.
        margin: how much higher than the present reading another must score to be chosen.
        readings: core and tail of a word -> readings of the core, katakana.
    """

    weights: np.ndarray
    scale: float
    margin: float
    readings: Mapping[tuple[str, str], tuple[str, ...]]

    def scores(self, features: Sequence[str], core: str, readings: Sequence[str]) -> np.ndarray:
        """The score of every reading of a core: (readings,) float64."""
        table_bits = len(self.weights).bit_length() - 1
        found = self.weights[places(features, core, readings, table_bits)]
        return found.sum(axis=1, dtype=np.int64) * self.scale


@lru_cache(maxsize=1)
def packaged_model() -> ReadingModel:
    """The model of the package."""
    path = files("transformers_tsukasa.text") / "data" / "learned" / "readings.npz"
    with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
        words = content["words"].tobytes().decode("utf-8")
        return ReadingModel(
            content["weights"], float(content["scale"]), float(content["margin"]), _parsed_words(words.splitlines())
        )


def _parsed_words(lines: Sequence[str]) -> dict[tuple[str, str], tuple[str, ...]]:
    parsed = {}
    for line in lines:
        core, tail, *readings = line.split("\t")
        if not core or len(readings) < 2 or not all(map(is_kana, readings)):
            raise ValueError(f"the packed readings have the line {line!r}; train the model again")
        parsed[core, tail] = tuple(readings)
    return parsed
