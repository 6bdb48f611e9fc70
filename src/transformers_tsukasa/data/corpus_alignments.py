# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Durations of every phoneme of a prepared corpus, kept beside it: found by a trained aligner, or by a model's own
speech of the texts."""

import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedConfig

from ..models.strict_loading import is_model_folder, load_complete
from ..models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME, TsukasaConfig
from ..models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..models.tsukasa.training_models.alignment_search import (
    best_path_symbols,
    durations_from_alignment,
    search_monotonic_alignment,
)
from ..models.tsukasa.training_models.text_aligner import TsukasaTextAligner, load_aligner
from ..text.edit_distance import edit_distance
from ..text.phonemes.symbols import symbol_table
from ..utils.atomic_files import atomic_file, write_text
from ..utils.damaged_files import reading
from ..utils.file_lock import one_at_a_time
from ..utils.full_disk import full_disk_explained
from .corpus import PreparedCorpus
from .corpus_columns import log_mel_column, token_ids
from .spoken_alignments import SpokenAligner


logger = logging.getLogger(__name__)

Align = Callable[[Sequence[torch.Tensor], Sequence[torch.Tensor]], list[np.ndarray]]
"""Durations of utterances, by token ids `(tokens,)` and log-mels `(mel_frames, bins)` of each."""

ALIGNMENTS_FOLDER = "alignments"
_ABOUT_FILE = "alignments.json"
_ALIGN_AGAIN = "add the alignments again with `overwrite=True`"
# Mel frames of a batch for the aligner.
_FRAMES_PER_BATCH = 4000
# An aligner is tested on so many utterances, and may make so many errors in 100 phonemes.
_RECOGNISED_UTTERANCES = 16
_MOST_ERRORS = 60.0


class Durations:
    """Text frames of every token of every utterance of a split, in one array."""

    def __init__(self, values: np.ndarray, ends: np.ndarray) -> None:
        self._values, self._ends = values, ends

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: int) -> np.ndarray:
        """(tokens,), the pads at both ends included; they sum to half the mel frames."""
        return self._values[self._ends[index - 1] if index else 0 : self._ends[index]]


def read_durations(corpus: PreparedCorpus, split: str) -> Durations | None:
    """The durations of a split; None when it has not been aligned.

    Raises:
        ValueError: when they do not belong to the corpus as it is, or are damaged.
    """
    path = corpus.folder / ALIGNMENTS_FOLDER / f"{split}.npz"
    if not path.is_file():
        return None
    with reading(path, _ALIGN_AGAIN), np.load(path) as arrays:
        durations = Durations(arrays["values"], arrays["ends"])
    if len(durations) != len(corpus.open(split)):
        raise ValueError(f"'{path}' does not belong to this corpus: {_ALIGN_AGAIN}")
    return durations


def add_alignments(
    folder: str | os.PathLike,
    aligner: str | os.PathLike,
    *,
    voice: str | None = None,
    device: str = "cpu",
    overwrite: bool = False,
    progress: Callable[[int, int], Callable[[int], None]] | None = None,
) -> Path:
    """Align a prepared corpus, and keep the best monotonic alignment of every utterance.

    Args:
        folder: the prepared corpus.
        aligner: a folder that `TsukasaTextAligner.from_pretrained` loads; or a model folder, whose `text_aligner/` is
            taken, or without one the model's own speech of the texts, see `SpokenAligner`.
        voice: of the model, where its own speech is taken.
        device: where it runs.
        overwrite: replace alignments that exist.
        progress: see `prepare`.

    Returns:
        The folder with the alignments.

    Raises:
        FileExistsError: when there are alignments already.
        KeyError: when the model has no such voice.
        ValueError: when the aligner or the model does not fit the corpus, or a voice is named for an aligner.
        BlockingIOError: when another process adds some.
    """
    corpus = PreparedCorpus(folder)
    target = corpus.folder / ALIGNMENTS_FOLDER
    if (target / _ABOUT_FILE).is_file() and not overwrite:
        raise FileExistsError(f"'{folder}' has alignments already: replace them with `overwrite=True`")
    align, origin = _load(corpus, Path(aligner), voice, device)
    total = sum(len(corpus.open(split)) for split in corpus.splits)
    advance = progress(total, 0) if progress else lambda rows: None
    incomplete = f"the alignments in '{target}' are incomplete; free some space and give the same command again"
    busy = f"another process is adding alignments to '{folder}': wait until it ends"
    with full_disk_explained(incomplete), one_at_a_time(corpus.folder / ".alignments.lock", busy):
        target.mkdir(exist_ok=True)
        (target / _ABOUT_FILE).unlink(missing_ok=True)
        for split in corpus.splits:
            _write_durations(target / f"{split}.npz", _align_split(align, corpus, split, advance))
        write_text(target / _ABOUT_FILE, json.dumps(origin))
    return target


def _load(corpus: PreparedCorpus, folder: Path, voice: str | None, device: str) -> tuple[Align, dict[str, str]]:
    """An aligner of either kind on its device, and the note about it that is kept beside the alignments."""
    model_type = PreTrainedConfig.get_config_dict(folder)[0].get("model_type") if is_model_folder(folder) else None
    is_model = model_type == TsukasaConfig.model_type
    if is_model and is_model_folder(folder / "text_aligner") and voice is None:
        folder, is_model = folder / "text_aligner", False
    if is_model:
        tts = load_complete(TsukasaModelForConditionalGeneration, folder).eval().to(device)
        corpus.check_fits(tts.config)
        spoken = SpokenAligner(tts, symbol_table(corpus.profile), voice)
        speaks = "the style of every clip" if spoken.voice is None else f"the voice '{spoken.voice}'"
        logger.info("recordings are aligned with the model's own speech of their texts, with %s", speaks)
        return spoken, {"model": str(folder), "voice": spoken.voice or ""}
    if voice is not None:
        raise ValueError(f"'{folder}' is no model that speaks, so that it has no voice '{voice}': leave `voice` out")
    model = load_aligner(folder, corpus.audio_config).eval().to(device)
    _warn_of_many_errors(model, corpus)
    return partial(_align_batch, model), {"aligner": str(folder)}


@torch.no_grad()
def _warn_of_many_errors(model: TsukasaTextAligner, corpus: PreparedCorpus) -> None:
    """Warn of an aligner that does not recognise the corpus: it aligns everything, and its durations mean nothing."""
    rows = corpus.open("train").select_columns(["phonemes", "log_mel"]).with_format("arrow")
    errors, symbols = 0, 0
    for index in range(min(len(rows), _RECOGNISED_UTTERANCES)):
        row = rows[index]
        mel = log_mel_column(row, corpus.audio_config.num_mel_bins).T[None].to(model.device)
        written = row["phonemes"][0].as_py()
        errors += edit_distance(best_path_symbols(model.ctc_logits(model.encode(mel))), written)
        symbols += len(written)
    share = 100 * errors / max(symbols, 1)
    if share > _MOST_ERRORS:
        logger.warning(
            "the aligner does not recognise this corpus (%.0f errors in 100 phonemes), so that its durations mean "
            "little: train it longer or with this corpus, or take another one",
            share,
        )


def _align_split(align: Align, corpus: PreparedCorpus, split: str, advance: Callable[[int], None]) -> list[np.ndarray]:
    """(tokens,) int32 of every utterance, in their order."""
    rows = corpus.open(split).select_columns(["phonemes", "log_mel", "num_frames"]).with_format("arrow")
    durations: list[np.ndarray] = [np.zeros(0, np.int32)] * len(rows)
    for indices in _batches(np.asarray(rows.data.column("num_frames"))):
        batch = [rows[index] for index in indices]
        ids = [token_ids(row["phonemes"][0].as_py(), corpus.profile) for row in batch]
        mels = [log_mel_column(row, corpus.audio_config.num_mel_bins) for row in batch]
        for index, aligned in zip(indices, align(ids, mels), strict=True):
            durations[index] = aligned
        advance(len(indices))
    return durations


def _batches(frame_counts: np.ndarray) -> Iterator[list[int]]:
    batch: list[int] = []
    for index in np.argsort(-frame_counts, kind="stable").tolist():
        # The first of a batch is its longest.
        if batch and (len(batch) + 1) * frame_counts[batch[0]] > _FRAMES_PER_BATCH:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


@torch.no_grad()
def _align_batch(
    model: TsukasaTextAligner, ids: Sequence[torch.Tensor], mels: Sequence[torch.Tensor]
) -> list[np.ndarray]:
    """The best monotonic paths by a trained aligner, see `SpokenAligner.__call__`."""
    mel_lengths = torch.tensor([len(mel) for mel in mels], device=model.device)
    token_lengths = torch.tensor([len(row) for row in ids], device=model.device)
    mel = pad_sequence(list(mels), batch_first=True).transpose(1, 2).to(model.device)
    input_ids = pad_sequence(list(ids), batch_first=True).to(model.device)
    mask = (torch.arange(input_ids.shape[1], device=model.device) < token_lengths[:, None]).long()
    scores = model.token_scores(mel, mel_lengths, input_ids, mask)
    path = search_monotonic_alignment(scores, token_lengths, mel_lengths // MEL_FRAMES_PER_TEXT_FRAME)
    durations = durations_from_alignment(path).cpu().numpy().astype(np.int32)
    return [row[:length] for row, length in zip(durations, token_lengths.tolist(), strict=True)]


def _write_durations(path: Path, durations: list[np.ndarray]) -> None:
    with atomic_file(path) as unfinished, unfinished.open("wb") as file:
        np.savez(file, values=np.concatenate(durations), ends=np.cumsum([len(row) for row in durations]))
