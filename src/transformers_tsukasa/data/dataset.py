# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A prepared corpus as a torch data set: everything that a training step reads of one utterance."""

import logging
import os
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from ..audio.silence import padding_samples
from .corpus import PreparedCorpus, reference_pools
from .corpus_alignments import read_durations
from .corpus_columns import float_column, log_mel_column, token_ids
from .preparation.encoded_audio import decode_audio
from .preparation.features import pad_waveform


logger = logging.getLogger(__name__)

_TRAINING_SPLIT = "train"

MAX_REFERENCE_FRAMES = 192
"""Longest reference crop in mel frames (docs/spec/training.md, Data)."""


class TsukasaDataset(Dataset):
    """Utterances of a split of a prepared corpus.

    Everything that is drawn for an utterance (its reference, the crop of it, the out-of-domain text) depends on
    `(seed, epoch, index)` and on nothing else: not on the order, the number of workers, or the step that a run resumes
    from.

    Args:
        corpus: the corpus, or its folder.
        split: "train" or "validation".
        seed: of everything that is drawn.
        max_reference_frames: longest reference crop, in mel frames.
        min_reference_frames: shortest reference that the style encoders take; utterances with less speech serve as
            references only of speakers without longer ones, and are then repeated.

    Raises:
        FileNotFoundError, ValueError: see `PreparedCorpus`.
    """

    def __init__(
        self,
        corpus: PreparedCorpus | str | os.PathLike,
        split: str = "train",
        seed: int = 0,
        max_reference_frames: int = MAX_REFERENCE_FRAMES,
        min_reference_frames: int = 80,
    ) -> None:
        if not 0 < min_reference_frames <= max_reference_frames:
            raise ValueError(
                f"min_reference_frames ({min_reference_frames}) must be above 0 and at most max_reference_frames "
                f"({max_reference_frames})"
            )
        self.corpus = corpus if isinstance(corpus, PreparedCorpus) else PreparedCorpus(corpus)
        self.split, self.seed = split, seed
        self.max_reference_frames, self.min_reference_frames = max_reference_frames, min_reference_frames
        table = self.corpus.open(split)
        self._rows = table.with_format("arrow")
        self.frame_counts: np.ndarray = np.asarray(table.data.column("num_frames"))
        """(utterances,): mel frames of every utterance, padding included, for the batch sampler."""
        self.token_counts: np.ndarray = np.asarray(table.data.column("num_tokens"))
        """(utterances,): phoneme symbols and two pads."""
        self.speaker_ids: np.ndarray = np.asarray(table.data.column("speaker_id"))
        self.durations = read_durations(self.corpus, split)
        audio = self.corpus.audio_config
        self._padding_frames = padding_samples(audio.sampling_rate) // audio.hop_length
        # Validation may have one utterance of a speaker: its references are those of training.
        self._references = self.corpus.open(_TRAINING_SPLIT).with_format("arrow")
        columns = self._references.data
        speech_frames = np.asarray(columns.column("num_frames")) - 2 * self._padding_frames
        self._pools = reference_pools(columns.column("speaker_id"), speech_frames, min_reference_frames)
        # In shared memory, so that persistent worker processes see the next epoch too.
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()
        self._warn_of_lonely_speakers()

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next items are drawn for."""
        self._epoch.fill_(epoch)

    def __len__(self) -> int:
        return len(self.frame_counts)

    def _warn_of_lonely_speakers(self) -> None:
        # In training, an utterance does not serve as its own reference.
        fewest = 2 if self.split == _TRAINING_SPLIT else 1
        present = [int(speaker) for speaker in np.unique(self.speaker_ids)]
        lonely = [self.corpus.speakers[speaker] for speaker in present if len(self._pools.get(speaker, ())) < fewest]
        if lonely:
            logger.warning(
                "%d speaker(s) have a single utterance to train with, which is then its own reference: %s",
                len(lonely),
                ", ".join(lonely[:5]),
            )

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Read an utterance.

        Returns:
            `index`, `speaker_id`; `input_ids` (tokens,) with a pad at both ends; `mel` (num_mel_bins, frames),
            normalised, `f0` (frames,) in Hz and `energy` (frames,), all float32; `waveform` (frames * hop_length,);
            `input_features` (num_mel_bins, at most max_reference_frames), the reference, of another utterance of the
            speaker; `text` and `description`, the row's own strings; and where there are any, `ood_input_ids`, and
            `durations` (tokens,) in text frames.
        """
        index = int(index)
        random = np.random.default_rng((self.seed, int(self._epoch), index))
        row = self._rows[index]
        audio = self.corpus.audio_config
        samples, _ = decode_audio(row["audio"][0]["bytes"].as_py())
        item: dict[str, Any] = {
            "index": index,
            "speaker_id": int(self.speaker_ids[index]),
            "input_ids": token_ids(row["phonemes"][0].as_py(), self.corpus.profile),
            "mel": self._mel(row),
            "f0": float_column(row, "f0"),
            "energy": float_column(row, "energy"),
            "waveform": torch.from_numpy(pad_waveform(samples[0], audio.sampling_rate, audio.hop_length)),
            "input_features": self._reference(index, random),
            "text": row["text"][0].as_py(),
            "description": row["description"][0].as_py(),
        }
        if self.corpus.out_of_domain_texts:
            texts = self.corpus.out_of_domain_texts
            item["ood_input_ids"] = token_ids(texts[int(random.integers(len(texts)))], self.corpus.profile)
        if self.durations is not None:
            item["durations"] = torch.from_numpy(self.durations[index].astype(np.int64))
        return item

    def _mel(self, row: Any) -> torch.Tensor:
        """(num_mel_bins, frames) float32"""
        return log_mel_column(row, self.corpus.audio_config.num_mel_bins).T

    def _reference(self, index: int, random: np.random.Generator) -> torch.Tensor:
        """A crop of the speech of another utterance of the same speaker; of this one when there is no other."""
        others = self._pools.get(int(self.speaker_ids[index]), np.zeros(0, np.int64))
        if self.split == _TRAINING_SPLIT:
            others = others[others != index]
        if len(others):
            mel = self._mel(self._references[int(others[random.integers(len(others))])])
        else:
            mel = self._mel(self._rows[index])
        # The clips that styles are taken from later have no padding (docs/spec/model.md, Style): leave it out.
        speech = mel[:, self._padding_frames : mel.shape[1] - self._padding_frames]
        length = min(speech.shape[1], self.max_reference_frames)
        start = int(random.integers(speech.shape[1] - length + 1))
        crop = speech[:, start : start + length]
        if length < self.min_reference_frames:
            crop = crop.repeat(1, -(-self.min_reference_frames // length))[:, : self.min_reference_frames]
        return crop.contiguous()


__all__ = ["MAX_REFERENCE_FRAMES", "TsukasaDataset"]
