# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The columns of a prepared corpus: how they are declared, and how a training step reads them."""

from typing import Any

import numpy as np
import torch

from ..text.phonemes.symbols import PAD_ID, symbol_table
from .corpus import import_datasets


def corpus_features() -> Any:
    """The columns of a prepared corpus, as `datasets.Features`.

    `audio` is FLAC at the model's rate, without the silent padding. `log_mel` (frames x bins, one row after the other,
    float16), `f0` (Hz, 0 is unvoiced) and `energy` are those of the padded waveform, `num_frames` its mel frames.
    `num_tokens` counts the phoneme symbols and a pad at both ends.
    """
    datasets = import_datasets()
    value, many = datasets.Value, datasets.List
    return datasets.Features(
        {
            "id": value("string"),
            "audio": datasets.Audio(decode=False),
            "text": value("string"),
            "phonemes": value("string"),
            "speaker": value("string"),
            "speaker_id": value("int32"),
            "description": value("string"),
            "num_frames": value("int32"),
            "num_tokens": value("int32"),
            "seconds": value("float32"),
            "log_mel": many(value("float16")),
            "f0": many(value("float32")),
            "energy": many(value("float32")),
        }
    )


def token_ids(phonemes: str, profile: str = "legacy") -> torch.Tensor:
    """Token ids of phonemes of a profile, with a pad at both ends (docs/spec/training.md, Data).

    Returns:
        `(tokens,)` int64.

    Raises:
        ValueError: on a symbol that no checkpoint knows, which preparation lets into no corpus.
    """
    table = symbol_table(profile)
    unknown = sorted(set(phonemes) - table.keys())
    if unknown:
        raise ValueError(
            f"the model knows no symbol for {' '.join(unknown)} in '{phonemes}': prepare the corpus again"
        )
    return torch.tensor([PAD_ID, *(table[symbol] for symbol in phonemes), PAD_ID])


def float_column(row: Any, name: str) -> torch.Tensor:
    """A column of numbers, `(values,)` float32, of one row in the format "arrow" of `datasets`."""
    return torch.from_numpy(row[name][0].values.to_numpy().astype(np.float32))


def log_mel_column(row: Any, num_mel_bins: int) -> torch.Tensor:
    """The log-mel, `(frames, num_mel_bins)` float32, of one row in the format "arrow" of `datasets`."""
    return float_column(row, "log_mel").view(-1, num_mel_bins)
