# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The accent model: scores of borders and nuclei for the morae of a text, from a file of the package."""

import io
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from importlib.resources import files

import numpy as np

from .features import (
    END,
    NEAR,
    SpokenWord,
    TextView,
    class_names,
    class_of,
    group_names,
    mark_names,
    mora_names,
    phrase_names,
    word_names,
)
from .network import Layer, Network


PACKED_MODEL = "accents.npz"
"""The model of the package, in `text/data/`; `scripts/accent_model/train.py` writes it."""

_MOST_KEPT = 8192  # sums of vectors
_LONGEST_KEPT = 32  # morae


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
        self._near = [
            {name.removeprefix(f"{far}:"): row for name, row in vocabulary.items() if name.startswith(f"{far}:")}
            for far in NEAR
        ]
        self._kept: dict[Hashable, np.ndarray] = {}

    def scores(self, view: TextView, style: str | None = None) -> list[list[float]]:
        """The scores of all morae of a text in order, whole numbers.

        They are of a phrase that begins with the mora, of the mora as a nucleus, and of one after the fall; for the
        last two against neither.

        Args:
            view: of the text (`features.view_of`).
            style: whose accents, the first of `styles` without it.

        Raises:
            ValueError: for a style that the model has not learned.
        """
        style = style or self.styles[0]
        if style not in self.styles:
            raise ValueError(f"unknown style {style!r}; the accent model has learned {', '.join(self.styles)}")
        if not view.phrases:
            return []
        features, is_mora = self._features(view)
        return self.network(features, self.styles.index(style))[is_mora].tolist()

    def _features(self, view: TextView) -> tuple[np.ndarray, np.ndarray]:
        """(positions, size) sums of the vectors of all features, and (positions,) which positions are morae."""
        items = [self._item_sums(item) for item in view.items]
        end = self._end_sums()
        sizes = [len(sums) - len(NEAR) for sums in items]
        features = np.concatenate([sums[len(NEAR) :] for sums in items])
        for place, far in enumerate(NEAR):
            near = [sums[place] for sums in items]
            shifted = [end[place]] * -far + near[: len(near) + far] if far < 0 else near[far:] + [end[place]] * far
            features += np.repeat(shifted, sizes, axis=0)
        is_mora = np.repeat([not isinstance(item, str) for item in view.items], sizes)
        by_phrase = np.concatenate([self._phrase_sums(phrase.size, phrase.nucleus) for phrase in view.phrases])
        by_phrase += np.concatenate([self._group_sums(size) for size in view.groups])
        features[is_mora] += by_phrase
        return features, is_mora

    def _item_sums(self, item: SpokenWord | str) -> np.ndarray:
        """Rows of sums: for the neighbours of a word or mark, as `NEAR` has them, and for each of its positions."""

        def make() -> np.ndarray:
            if isinstance(item, str):
                names = mark_names(item)
                return self._sums([*self._near_rows(names), self._rows(names)])
            names = word_names(item)
            own = [self._rows(names) for names in mora_names(item)]
            sums = self._sums([*self._near_rows(names), *own])
            shared = self._class_sums(class_of(item.word))
            sums[: len(NEAR)] += shared[: len(NEAR)]
            sums[len(NEAR) :] += self.vectors.take(self._rows(names), axis=0).sum(axis=0) + shared[len(NEAR)]
            return sums

        return self._keep(item if isinstance(item, str) else _key(item), make)

    def _class_sums(self, word_class: tuple[str, ...]) -> np.ndarray:
        """Rows of sums for the neighbours of a word of a class, and for its own positions."""

        def make() -> np.ndarray:
            names = class_names(word_class)
            return self._sums([*self._near_rows(names), self._rows(names)])

        return self._keep(word_class, make)

    def _end_sums(self) -> np.ndarray:
        """Rows of sums for the neighbours of an end of the text."""
        return self._keep((END,), lambda: self._sums(self._near_rows([END])))

    def _phrase_sums(self, size: int, nucleus: int) -> np.ndarray:
        def make() -> np.ndarray:
            return self._sums(map(self._rows, phrase_names(size, nucleus)))

        return self._keep(("phrase", size, nucleus), make)

    def _group_sums(self, size: int) -> np.ndarray:
        return self._keep(("group", size), lambda: self._sums(map(self._rows, group_names(size))))

    def _rows(self, names: Sequence[str]) -> list[int]:
        find = self.vocabulary.get
        return [find(name, 0) for name in names]

    def _near_rows(self, names: Sequence[str]) -> list[list[int]]:
        """The rows that a word, mark or end with these features gives its neighbours, in the order of `NEAR`."""
        return [[0, *(near[name] for name in names if name in near)] for near in self._near]

    def _sums(self, bags: Iterable[Sequence[int]]) -> np.ndarray:
        """The sum of the vectors of each bag of rows, none of which is empty."""
        rows: list[int] = []
        starts = []
        for bag in bags:
            starts.append(len(rows))
            rows += bag
        return np.add.reduceat(self.vectors.take(rows, axis=0), starts, axis=0)

    def _keep(self, key: Hashable, make: Callable[[], np.ndarray]) -> np.ndarray:
        """The sums of `key`, which are kept unless they are of something long: words and phrases repeat."""
        known = self._kept.get(key)
        if known is None:
            known = make()
            if len(known) <= _LONGEST_KEPT:
                if len(self._kept) >= _MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = known
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


def _key(spoken: SpokenWord) -> Hashable:
    """All of a word that its features depend on."""
    word = spoken.word
    return (
        word.surface,
        word.pronunciation,
        word.lemma,
        word.source,
        word.pos,
        word.pos_details,
        word.conjugation_type,
        word.conjugation_form,
        word.entry,
        spoken.in_token,
        spoken.in_unit,
    )


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


__all__ = ["PACKED_MODEL", "AccentModel", "packed_model", "unpack_model"]
