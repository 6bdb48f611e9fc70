# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The accent model: scores of borders and nuclei for the morae of a text, from a file of the package."""

import io
from collections.abc import Hashable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from ..types import Word
from .features import positions, word_names
from .network import Layer, Network


PACKED_MODEL = "accents.npz"
"""The model of the package, in `text/data/`; `scripts/accent_model/train.py` writes it."""

_MOST_WORDS = 8192  # whose vectors are kept


class MoraScores(NamedTuple):
    """The scores of a mora of a text: that a phrase begins with it, that it is the nucleus, that it lies after one;
    for the last two against neither."""

    word: int
    mora: int
    begins: float
    nucleus: float
    after: float


class AccentModel:
    """Scores of borders and nuclei.

    Args:
        vocabulary: features by name, with their rows in `vectors`.
        vectors: (features + 1, size) whole numbers; the first row is of no feature.
        network: see there.
        styles: names of the annotators that it has learned from; the first is written where none is named.
        scale: how many steps of its scores are one (in natural logarithms).
    """

    def __init__(
        self, vocabulary: dict[str, int], vectors: np.ndarray, network: Network, styles: Sequence[str], scale: float
    ) -> None:
        self.vocabulary = vocabulary
        self.vectors = vectors.astype(np.float32)
        self.network = network
        self.styles = tuple(styles)
        self.scale = scale
        self._words: dict[Hashable, np.ndarray] = {}

    def scores(self, words: Sequence[Word], style: str | None = None) -> list[MoraScores]:
        """The scores of all morae of analysed words in order, whole numbers.

        Args:
            words: of one text.
            style: whose accents, the first of `styles` without it.

        Raises:
            ValueError: for a style that the model has not learned.
        """
        style = style or self.styles[0]
        if style not in self.styles:
            raise ValueError(f"unknown style {style!r}; the accent model has learned {', '.join(self.styles)}")
        found = positions(words)
        if not found:
            return []
        features = self._sums([position.names for position in found])
        for place, position in enumerate(found):
            if position.mora >= 0:
                features[place] += self._word(words[position.word])
        scores = self.network(features, self.styles.index(style)).tolist()
        return [
            MoraScores(position.word, position.mora, *row)
            for position, row in zip(found, scores, strict=True)
            if position.mora >= 0
        ]

    def _sums(self, groups: Sequence[Sequence[str]]) -> np.ndarray:
        """The sum of the vectors of each group of names."""
        find = self.vocabulary.get
        rows: list[int] = []
        starts = []
        for names in groups:
            starts.append(len(rows))
            rows += [find(name, 0) for name in names]
        return np.add.reduceat(self.vectors[rows], starts, axis=0)

    def _word(self, word: Word) -> np.ndarray:
        """The sum of the vectors of the features of a word, which is kept: words repeat."""
        key = (
            word.surface,
            word.pronunciation,
            word.lemma,
            word.source,
            word.pos,
            word.pos_details,
            word.conjugation_type,
            word.conjugation_form,
            word.entry,
        )
        known = self._words.get(key)
        if known is None:
            known = self._sums([word_names(word)])[0]
            if len(self._words) >= _MOST_WORDS:
                self._words.clear()
            self._words[key] = known
        return known

    def packed(self) -> bytes:
        """The content of a file from which `unpack_model` makes the model again."""
        network = self.network
        arrays = {
            "names": _text_array(self.vocabulary),
            "styles": _text_array(self.styles),
            "vectors": self.vectors.astype(np.int8),
            "scale": np.array(self.scale),
            "style": network.style.astype(np.int16),
            "out": network.out.astype(np.int16),
            "out_bias": network.out_bias.astype(np.int32),
            "shifts": np.array([layer.shift for layer in network.layers]),
            "dilations": np.array([layer.dilation for layer in network.layers]),
        }
        for number, layer in enumerate(network.layers):
            arrays |= {
                f"weight{number}": layer.weight.astype(np.int8),
                f"bias{number}": layer.bias.astype(np.int32),
            }
        file = io.BytesIO()
        np.savez_compressed(file, allow_pickle=False, **arrays)
        return file.getvalue()


def _text_array(names: Sequence[str] | dict[str, int]) -> np.ndarray:
    return np.frombuffer("\n".join(names).encode("utf-8"), np.uint8)


def _names(array: np.ndarray) -> list[str]:
    return array.tobytes().decode("utf-8").split("\n")


def unpack_model(content: bytes) -> AccentModel:
    """The model of a file that `AccentModel.packed` has written."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        layers = [
            Layer(
                arrays[f"weight{number}"].astype(np.float32),
                arrays[f"bias{number}"].astype(np.float32),
                int(shift),
                int(dilation),
            )
            for number, (shift, dilation) in enumerate(zip(arrays["shifts"], arrays["dilations"], strict=True))
        ]
        network = Network(
            arrays["style"].astype(np.float32),
            layers,
            arrays["out"].astype(np.float32),
            arrays["out_bias"].astype(np.float32),
        )
        vocabulary = {name: row for row, name in enumerate(_names(arrays["names"]), start=1)}
        return AccentModel(vocabulary, arrays["vectors"], network, _names(arrays["styles"]), float(arrays["scale"]))


@lru_cache(maxsize=1)
def packed_model() -> AccentModel:
    """The model of the package, loaded once."""
    return unpack_model((files("transformers_tsukasa.text") / "data" / PACKED_MODEL).read_bytes())


__all__ = ["PACKED_MODEL", "AccentModel", "MoraScores", "packed_model", "unpack_model"]
