# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A prepared corpus on disk, as `tsukasa prepare` leaves it, and which of its utterances serve as references."""

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np

from ..models.tsukasa.configuration_tsukasa import TsukasaAudioConfig, TsukasaConfig
from ..text.accents.sources import LEARNED, accent_source_of
from ..utils.damaged_files import read_json, reading
from ..utils.wording import install_hint
from .places import PREPARATION_FILE, check_prepared


SPEAKERS_FILE = "speakers.json"
REPORT_FILE = "report.json"
OUT_OF_DOMAIN_FILE = "out_of_domain.txt"

TextUse = Literal["readings", "symbols", "nothing"]
"""What a training takes from the texts of a corpus."""

DAMAGED_CORPUS = "remove the corpus and prepare it again, or copy it again from where it is complete"
"""What to do when a file of a corpus cannot be read."""


def import_datasets() -> ModuleType:
    """The optional package `datasets`, which only training needs.

    Raises:
        ImportError: with how to install it.
    """
    try:
        import datasets
    except ImportError as error:
        raise ImportError(f"corpora need the package datasets: {install_hint('train')}") from error
    return datasets


def reference_pools(
    speakers: Sequence[Any] | np.ndarray, lengths: Sequence[float] | np.ndarray, shortest: float
) -> dict[Any, np.ndarray]:
    """The utterances of every speaker that serve as references for the others.

    Args:
        speakers: `(utterances,)`, names or ids.
        lengths: `(utterances,)`, of their speech.
        shortest: length, in the same unit, that a reference should have.

    Returns:
        By speaker, the indices of the utterances that are long enough, or of all of them when fewer than two are.
    """
    speakers, long_enough = np.asarray(speakers), np.asarray(lengths) >= shortest
    pools = {}
    for speaker in np.unique(speakers):
        members = speakers == speaker
        good = np.flatnonzero(members & long_enough)
        pools[speaker.item()] = good if len(good) > 1 else np.flatnonzero(members)
    return pools


class PreparedCorpus:
    """A folder made by `tsukasa prepare`.

    Args:
        folder: the folder.

    Raises:
        FileNotFoundError: when the folder does not exist, or its preparation has not finished.
        ValueError: when it is no corpus, or damaged.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder)
        check_prepared(folder)
        self._preparation = self._read(PREPARATION_FILE)

    @cached_property
    def audio_config(self) -> TsukasaAudioConfig:
        """Audio features for which it was prepared."""
        return TsukasaAudioConfig(**self._preparation["audio_config"])

    @property
    def profile(self) -> str:
        """Profile of its phonemes, see `Phonemizer`."""
        return self._preparation["profile"]

    @property
    def accent(self) -> bool:
        """Whether its phonemes mark accents."""
        return self._preparation.get("accent", False)  # earlier versions did not write it

    @property
    def accent_source(self) -> str | None:
        """Where the accents that its phonemes mark are from, see `Phonemizer`; None where they mark none."""
        return accent_source_of(True, self._preparation.get("accent_source")) if self.accent else None

    @cached_property
    def speakers(self) -> list[str]:
        """Names of the speakers; a `speaker_id` is an index into them."""
        return self._read(SPEAKERS_FILE)

    @cached_property
    def out_of_domain_texts(self) -> list[str]:
        """Texts without recordings, as phonemes; may be empty."""
        with reading(self.folder / OUT_OF_DOMAIN_FILE, DAMAGED_CORPUS):
            return (self.folder / OUT_OF_DOMAIN_FILE).read_text(encoding="utf-8").splitlines()

    @property
    def report(self) -> dict[str, Any]:
        """The report of the preparation, see `PreparationReport`."""
        return self._read(REPORT_FILE)

    @property
    def splits(self) -> list[str]:
        """Names of its splits."""
        return self._read("dataset_dict.json")["splits"]

    def open(self, split: str) -> Any:
        """Open a split as a `datasets.Dataset`, mapped into memory.

        Raises:
            ValueError: when there is no such split, or it is damaged.
        """
        if split not in self.splits:
            remedy = (
                ". Preparation keeps the share `validation` of every speaker's rows, at least one of two in all: "
                "prepare it again with a share such as 0.2, or train without evaluation (eval_strategy=no)"
            )
            raise ValueError(
                f"the corpus '{self.folder}' has no split '{split}'; it has {', '.join(self.splits)}"
                f"{remedy if split == 'validation' else ''}"
            )
        datasets = import_datasets()
        with reading(self.folder / split, DAMAGED_CORPUS):
            return datasets.load_from_disk(str(self.folder / split))

    def _read(self, name: str) -> Any:
        return read_json(self.folder / name, DAMAGED_CORPUS)

    def check_fits(self, config: TsukasaConfig, text: TextUse = "readings") -> None:
        """Refuse a model for which the corpus was not prepared.

        Args:
            config: of the model.
            text: what the training takes from texts: "readings", or only their "symbols", which accents of another
                source leave as they are, or "nothing".

        Raises:
            ValueError: naming what differs.
        """
        for name, own in self.audio_config.features.items():
            wanted = getattr(config.audio_config, name)
            if own != wanted:
                raise ValueError(
                    f"the corpus '{self.folder}' was prepared with {name} {own}, but the model has {wanted}: "
                    "prepare it again for this model"
                )
        written = self.profile, self.accent, self.accent_source
        read = config.text_profile, config.text_accent, config.accent_source if config.text_accent else None
        compared = {"readings": 3, "symbols": 2, "nothing": 0}[text]
        if written[:compared] != read[:compared]:
            raise ValueError(
                f"the corpus '{self.folder}' has phonemes of the profile {_described(*written)}, but the model reads "
                f"{_described(*read)}: prepare it again for this model, without a `profile` and `accent` of its own"
            )


def _described(profile: str, accent: bool, source: str | None) -> str:
    marks = f"with {source} accent marks" if source == LEARNED else f"{'with' if accent else 'without'} accent marks"
    return f"'{profile}' {marks}"
