# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A prepared corpus on disk, as `tsukasa prepare` leaves it."""

import os
from functools import cached_property
from pathlib import Path

from ..models.tsukasa.configuration_tsukasa import TsukasaAudioConfig, TsukasaConfig
from ..utils.damaged_files import read_json, reading
from .datasets_package import import_datasets


PREPARATION_FILE = "preparation.json"
SPEAKERS_FILE = "speakers.json"
REPORT_FILE = "report.json"
OUT_OF_DOMAIN_FILE = "out_of_domain.txt"

DAMAGED_CORPUS = "remove the corpus and prepare it again, or copy it again from where it is whole"
"""What to do when a file of a corpus cannot be read."""


class PreparedCorpus:
    """A folder made by `tsukasa prepare`.

    Args:
        folder: where it is.

    Raises:
        FileNotFoundError: when the folder is not there, or preparation has not finished.
        ValueError: when it is something else, or damaged.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder)
        if not (self.folder / PREPARATION_FILE).is_file():
            unfinished = self.folder.absolute().with_name(self.folder.absolute().name + ".preparing")
            if unfinished.is_dir():
                raise FileNotFoundError(
                    f"the corpus '{folder}' is not prepared to the end: give the same `tsukasa prepare` command again"
                )
            if not self.folder.is_dir():
                raise FileNotFoundError(f"there is no prepared corpus at '{folder}': make one with `tsukasa prepare`")
            raise ValueError(f"'{folder}' is no prepared corpus: make one of it with `tsukasa prepare`")
        self._preparation = self._read(PREPARATION_FILE)

    @cached_property
    def audio_config(self) -> TsukasaAudioConfig:
        """For which model features it was prepared."""
        return TsukasaAudioConfig(**self._preparation["audio_config"])

    @property
    def profile(self) -> str:
        """How its phonemes are written."""
        return self._preparation["profile"]

    @property
    def accent(self) -> bool:
        """Whether they mark accents."""
        return self._preparation.get("accent", False)  # earlier versions did not write it

    @cached_property
    def speakers(self) -> list[str]:
        """Names of the speakers; a `speaker_id` counts in them."""
        return self._read(SPEAKERS_FILE)

    @cached_property
    def out_of_domain_texts(self) -> list[str]:
        """Texts, as phonemes, that no recording goes with; may be empty."""
        with reading(self.folder / OUT_OF_DOMAIN_FILE, DAMAGED_CORPUS):
            return (self.folder / OUT_OF_DOMAIN_FILE).read_text(encoding="utf-8").splitlines()

    @property
    def report(self) -> dict:
        """What became of the rows."""
        return self._read(REPORT_FILE)

    @property
    def splits(self) -> list[str]:
        """Names of its splits."""
        return self._read("dataset_dict.json")["splits"]

    def open(self, split: str):
        """A split as a `datasets.Dataset`, mapped into memory.

        Raises:
            ValueError: when there is no such split, or it is damaged.
        """
        if split not in self.splits:
            remedy = (
                "; the usual share of a speaker with fewer than ten rows is none: prepare with e.g. --validation 0.2, "
                "or train without evaluation (eval_strategy=no)"
            )
            raise ValueError(
                f"the corpus '{self.folder}' has no split '{split}'; it has {', '.join(self.splits)} (prepare keeps a "
                f"part for validation with --validation){remedy if split == 'validation' else ''}"
            )
        datasets = import_datasets()
        with reading(self.folder / split, DAMAGED_CORPUS):
            return datasets.load_from_disk(str(self.folder / split))

    def _read(self, name: str):
        return read_json(self.folder / name, DAMAGED_CORPUS)

    def check_fits(self, config: TsukasaConfig) -> None:
        """Refuses a model for which the corpus was not prepared.

        Raises:
            ValueError: naming what differs.
        """
        for name, own in self.audio_config.features.items():
            wanted = getattr(config.audio_config, name)
            if own != wanted:
                raise ValueError(
                    f"the corpus '{self.folder}' was prepared with {name} {own}, but the model has {wanted}: "
                    "prepare it again with --config of this model"
                )
        own, wanted = (self.profile, self.accent), (config.text_profile, config.text_accent)
        if own != wanted:
            described = [f"'{name}' {'with' if accent else 'without'} accent marks" for name, accent in (own, wanted)]
            raise ValueError(
                f"the corpus '{self.folder}' has phonemes of the profile {described[0]}, but the model reads "
                f"{described[1]}: prepare it again with --config of this model, and without --profile and --accent"
            )
