# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Test sets: sentences of a prepared corpus, or of recordings with a transcript."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..audio.clips import mix_down
from ..audio.files import to_mono
from ..data.corpus import PREPARATION_FILE, PreparedCorpus, reference_pools
from ..data.corpus_alignments import read_durations
from ..data.preparation.audio_names import without_audio_suffix
from ..data.preparation.corpus_rows import RowRejected, SourceRow
from ..data.preparation.encoded_audio import decode_audio
from ..data.preparation.row_preparation import PreparationSettings, RowPreparer
from ..data.sources import Source, open_source
from ..model_folders import is_model_folder
from ..models.tsukasa.configuration_tsukasa import (
    MEL_FRAMES_PER_TEXT_FRAME,
    TsukasaConfig,
    read_config,
)
from ..utils.file_names import split_path
from ..utils.resumable import files_digest
from .sentences import Clip, Sentence, sentence_seed


logger = logging.getLogger(__name__)

_SHORTEST_REFERENCE = 1.0
"""Seconds; shorter utterances hold little of a style, and are references only for a speaker without longer ones."""


class Sentences:
    """The sentences of a test set, by name; subclasses read them.

    Args:
        speakers: name of the sentence -> its speaker.
        audio_config: fields of the features of the corpus.
        seed: of everything that is drawn.
        about: plain values that distinguish this test set from others.
    """

    def __init__(
        self, speakers: dict[str, str], audio_config: dict[str, Any], seed: int, about: dict[str, Any]
    ) -> None:
        self.speakers, self.audio_config, self.seed, self.about = speakers, audio_config, seed, about

    def choose(self, count: int | None, wanted: Sequence[str] | None) -> list[str]:
        """Choose sentences, in the order of the corpus.

        Args:
            count: sentences of every speaker, drawn by the seed; all of them for None.
            wanted: names of speakers; all of them for None.

        Raises:
            ValueError: when a wanted speaker has none.
        """
        known = sorted(set(self.speakers.values()))
        for speaker in wanted or ():
            if speaker not in known:
                raise ValueError(f"there is no sentence of '{speaker}'; the speakers are {', '.join(known)}")
        chosen: set[str] = set()
        for speaker in wanted or known:
            own = [name for name in self.speakers if self.speakers[name] == speaker]
            own.sort(key=lambda name: sentence_seed(self.seed, name))
            chosen.update(own[:count])
        return [name for name in self.speakers if name in chosen]

    def take_turns(self, names: Sequence[str]) -> list[str]:
        """Order names in rounds: a sentence of every speaker, another one of every speaker, ..."""
        turns: dict[str, int] = {}
        keys = {}
        for name in names:
            turns[self.speakers[name]] = turn = turns.get(self.speakers[name], 0) + 1
            keys[name] = turn
        return sorted(names, key=keys.__getitem__)

    def read(self, name: str) -> Sentence:
        """Read a sentence by its name."""
        raise NotImplementedError

    def _draw(self, name: str, others: Sequence[Any]) -> Any:
        return others[int(np.random.default_rng(sentence_seed(self.seed, name)).integers(len(others)))]


class CorpusSentences(Sentences):
    """Sentences of a split of a prepared corpus; references come from its training split, if it has one."""

    def __init__(self, corpus: PreparedCorpus, split: str, seed: int) -> None:
        self._rows = corpus.open(split)
        self._references = corpus.open("train") if "train" in corpus.splits else self._rows
        self._frame_seconds = (
            MEL_FRAMES_PER_TEXT_FRAME * corpus.audio_config.hop_length / corpus.audio_config.sampling_rate
        )
        self._durations = read_durations(corpus, split)
        self._places = {name: place for place, name in enumerate(_names(list(self._rows["id"])))}
        self._reference_names = _names(list(self._references["id"]))
        speakers = dict(zip(self._places, list(self._rows["speaker"]), strict=True))
        about = {
            "split": split,
            "corpus": files_digest([corpus.folder / PREPARATION_FILE]),
            "has_durations": self._durations is not None,
        }
        super().__init__(speakers, corpus.audio_config.features, seed, about)
        self._pools = reference_pools(self._references["speaker"], self._references["seconds"], _SHORTEST_REFERENCE)

    def read(self, name: str) -> Sentence:
        """Read a sentence as the corpus stores it."""
        place = self._places[name]
        row = self._rows[place]
        reference, reference_name = self._reference(name, row)
        durations = None
        if self._durations is not None:
            durations = self._durations[place][1:-1] * self._frame_seconds
        return Sentence(
            name,
            row["speaker"],
            row["text"],
            row["phonemes"],
            _clip(row),
            _clip(reference),
            reference_name,
            durations,
        )

    def _reference(self, name: str, row: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """Draw another utterance of the speaker, and its name; the sentence itself where there is no other."""
        if row["speaker"] not in self._pools:
            return row, name
        pool = self._pools[row["speaker"]].tolist()
        place = self._draw(name, [other for other in pool if self._reference_names[other] != name] or pool)
        return self._references[place], self._reference_names[place]


class RecordedSentences(Sentences):
    """Sentences of recordings with a transcript; references are other recordings of the speaker."""

    def __init__(self, source: Source, config: TsukasaConfig, seed: int) -> None:
        audio_config = config.audio_config.features
        settings = PreparationSettings(
            audio=audio_config,
            profile=config.text_profile,
            accent=config.text_accent,
            accent_source=config.accent_source,
        )
        self._preparer = RowPreparer(source, settings)
        self._texts: dict[str, tuple[SourceRow, str]] = {}
        for name, row in zip(_names([row.audio for row in source.rows]), source.rows, strict=True):
            try:
                source.audio_size(row)
                self._texts[name] = row, self._preparer.phonemes_of(row)
            except RowRejected as error:
                logger.warning("'%s' is left out: %s", row.audio, error)
        if not self._texts:
            raise ValueError(f"{source.description} has no sentence that can be read")
        speakers = {name: row.speaker or "speaker" for name, (row, _) in self._texts.items()}
        left_out = len(source.rows) - len(self._texts) + len(source.rejected)
        super().__init__(speakers, audio_config, seed, {"corpus": source.fingerprint, "left_out": left_out})

    def read(self, name: str) -> Sentence:
        """Read a sentence and its recording."""
        row, phonemes = self._texts[name]
        speaker = self.speakers[name]
        others = [other for other in self._texts if other != name and self.speakers[other] == speaker]
        reference = self._draw(name, others or [name])
        return Sentence(
            name,
            speaker,
            row.text,
            phonemes,
            recording=self._clip(row),
            reference=self._clip(self._texts[reference][0]),
            reference_name=reference,
        )

    def _clip(self, row: SourceRow) -> Clip:
        try:
            samples, rate = self._preparer.source.load(row)
            return Clip(mix_down(samples), rate)
        except ValueError as error:
            raise ValueError(f"the recording '{row.audio}' cannot be evaluated with: {error}") from error


def open_sentences(
    data: str, *, split: str, transcript: str | None, config: str | None, model: str, seed: int
) -> Sentences:
    """Open the sentences of a prepared corpus, or of recordings with a transcript.

    Args:
        data: folder of the corpus or of the recordings.
        split: of a prepared corpus.
        transcript: name of the transcript of recordings, where their folder has several.
        config: of recordings, a preset or model folder with the features and the profile of phonemes to prepare them
            with; those of the model without it.
        model: the model that is evaluated, or a folder with speech.
        seed: of everything that is drawn.

    Raises:
        FileNotFoundError, ValueError: when there is none at `data`, or nothing in it can be read.
    """
    folder = Path(data)
    if (folder / PREPARATION_FILE).is_file():
        if config is not None:
            raise ValueError(f"the corpus '{data}' was prepared with a config of its own: leave `config` out")
        return CorpusSentences(PreparedCorpus(folder), split, seed)
    source = open_source(data, transcript=transcript)
    return RecordedSentences(source, read_config(config or (model if is_model_folder(model) else None)), seed)


def _clip(row: dict[str, Any]) -> Clip:
    samples, rate = decode_audio(row["audio"]["bytes"], row["id"])
    return Clip(to_mono(samples), rate)


def _names(paths: Sequence[str]) -> list[str]:
    """Name every recording so that the name can be a path: without suffix, leading number, and `..`."""
    names: list[str] = []
    seen: set[str] = set()
    for place, path in enumerate(paths):
        number, _, rest = path.partition(":")
        written = without_audio_suffix(rest if number.isdigit() else path)
        parts = [part for part in split_path(written) if part not in ("/", "..", ".") and not part.endswith(":")]
        name = "/".join(parts) or str(place)
        name = f"{name}-{place}" if name in seen else name
        seen.add(name)
        names.append(name)
    return names
