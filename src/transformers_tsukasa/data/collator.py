# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Padding of utterances to one batch, with masks that are 1 where a value is real."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ..text.phonemes.symbols import PAD_ID


@dataclass
class TsukasaDataCollator:
    """Pads items of `TsukasaDataset` to one batch.

    Args:
        pad_token_id: id in the padding of tokens; the pads at both ends of a text are real tokens.
    """

    pad_token_id: int = PAD_ID

    def __call__(self, items: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Pad items to a batch.

        Returns:
            `input_ids`, `attention_mask` (batch, tokens) int64;
            `mel` (batch, num_mel_bins, mel_frames) float32, `mel_attention_mask` (batch, mel_frames) int64;
            `f0`, `energy` (batch, mel_frames) float32;
            `waveform` (batch, mel_frames * hop_length) float32, `waveform_lengths` (batch,) int64;
            `input_features` (batch, num_mel_bins, reference_frames), `input_features_mask`;
            `speaker_ids`, `indices` (batch,) int64;
            and where the data set has them `ood_input_ids`, `ood_attention_mask` (batch, ood_tokens), and `durations`
            (batch, tokens) int64 in text frames. Padding is zero, of tokens `pad_token_id`.

        Raises:
            ValueError: when there are no items.
        """
        if not items:
            raise ValueError("a batch needs at least one utterance")
        frames = max(item["mel"].shape[-1] for item in items)  # even, as those of every utterance are
        hop_length = items[0]["waveform"].shape[-1] // items[0]["mel"].shape[-1]
        batch = {
            "input_ids": _stack([item["input_ids"] for item in items], value=self.pad_token_id),
            "attention_mask": _mask([item["input_ids"] for item in items]),
            "mel": _stack([item["mel"] for item in items], frames),
            "mel_attention_mask": _mask([item["mel"] for item in items], frames),
            "f0": _stack([item["f0"] for item in items], frames),
            "energy": _stack([item["energy"] for item in items], frames),
            "waveform": _stack([item["waveform"] for item in items], frames * hop_length),
            "waveform_lengths": torch.tensor([item["waveform"].shape[-1] for item in items]),
            "input_features": _stack([item["input_features"] for item in items]),
            "input_features_mask": _mask([item["input_features"] for item in items]),
            "speaker_ids": torch.tensor([item["speaker_id"] for item in items]),
            "indices": torch.tensor([item["index"] for item in items]),
        }
        if "ood_input_ids" in items[0]:
            batch["ood_input_ids"] = _stack([item["ood_input_ids"] for item in items], value=self.pad_token_id)
            batch["ood_attention_mask"] = _mask([item["ood_input_ids"] for item in items])
        if "durations" in items[0]:
            batch["durations"] = _stack([item["durations"] for item in items])
        return batch


def _stack(values: Sequence[torch.Tensor], length: int | None = None, value: float = 0) -> torch.Tensor:
    """(..., own length) each -> (batch, ..., length), padded at the end."""
    length = length or max(tensor.shape[-1] for tensor in values)
    stacked = values[0].new_full((len(values), *values[0].shape[:-1], length), value)
    for row, tensor in zip(stacked, values, strict=True):
        row[..., : tensor.shape[-1]] = tensor
    return stacked


def _mask(values: Sequence[torch.Tensor], length: int | None = None) -> torch.Tensor:
    """(batch, length) int64, 1 where a value is real."""
    lengths = torch.tensor([tensor.shape[-1] for tensor in values])
    return (torch.arange(length or int(lengths.max())) < lengths[:, None]).long()
