# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Training examples for Kotodama's encoders: texts, each with the style of its recording as the target."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from ..text.kotodama.kotodama_tokenizer import prompt_input, text_sampler_input


logger = logging.getLogger(__name__)

PROMPT, TEXT = "prompt", "text"
"""Names of the two encoders' inputs: the prompt encoder's and the text sampler's."""

_ENCODERS = {PROMPT: "prompt encoder", TEXT: "text sampler"}


@dataclass(frozen=True)
class StyleRow:
    """The text columns of an utterance; a string may be empty."""

    text: str
    description: str = ""
    speaker: str = ""


@dataclass(frozen=True)
class Reader:
    """How an encoder reads: its tokenizer, and the number of tokens that it has positions for (None: no limit)."""

    tokenizer: Any
    maximum_length: int | None = None

    def __call__(self, text: str) -> tuple[list[int], bool]:
        """Token ids, and whether they were cut to the encoder's length."""
        ids = self.tokenizer(text)["input_ids"]
        if self.maximum_length is None or len(ids) <= self.maximum_length:
            return ids, False
        return [*ids[: self.maximum_length - 1], ids[-1]], True


class StyleTexts(Dataset):
    """Descriptions and texts as token ids, each with the style of its recording.

    Args:
        rows: the text columns.
        styles: (utterances, style_size), of the recordings.
        readers: by `PROMPT` and `TEXT`, those of the encoders that are trained.
        to_kana: turns a romaji text into kana, as in speech synthesis.
        seed: of everything that is drawn, which depends on `(seed, epoch, index)` alone.
        speaker_share: how often the text sampler reads the speaker's name with the text.

    Raises:
        ValueError: when no row has anything to read for any of the encoders.
    """

    def __init__(
        self,
        rows: Sequence[StyleRow],
        styles: torch.Tensor,
        readers: Mapping[str, Reader],
        to_kana: Callable[[str], str] | None = None,
        seed: int = 0,
        speaker_share: float = 0.0,
    ) -> None:
        self.seed, self.speaker_share = seed, speaker_share
        # For every utterance that can be read: its index, and by encoder the inputs that may be made of it.
        self._indices: list[int] = []
        self._readings: list[dict[str, list[list[int]]]] = []
        cut = 0
        for index, row in enumerate(rows):
            readings = {}
            for name, reader in readers.items():
                read = [reader(text) for text in inputs_of(name, row, to_kana, with_speaker=speaker_share > 0)]
                cut += any(is_cut for _, is_cut in read)
                if read:
                    readings[name] = [ids for ids, _ in read]
            if readings:
                self._indices.append(index)
                self._readings.append(readings)
        if cut:
            logger.warning("%d texts are longer than their encoder reads, and are cut", cut)
        self._styles = styles[self._indices]
        self.counts = {name: sum(name in readings for readings in self._readings) for name in readers}
        """How many utterances each encoder learns from."""
        for name, count in self.counts.items():
            if count < len(rows):
                what = "have no text or no description" if name == PROMPT else "have no text"
                logger.warning("%d of %d rows %s, for the %s", len(rows) - count, len(rows), what, _ENCODERS[name])
        if not self._readings:
            encoders = " or ".join(_ENCODERS[name] for name in readers)
            raise ValueError(f"none of {len(rows)} utterances has the text that the {encoders} reads")
        self.token_counts = np.asarray(
            [max(len(ids) for inputs in readings.values() for ids in inputs) for readings in self._readings]
        )
        """(utterances,): tokens of the longest input of each."""
        # In shared memory, so that persistent worker processes see the next epoch too.
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()

    @property
    def mean_style(self) -> torch.Tensor:
        """(style_size,)"""
        return self._styles.mean(dim=0)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next items are drawn for."""
        self._epoch.fill_(epoch)

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """`index` in the corpus, `style` (style_size,), and token ids by the encoder that has something to read."""
        index = int(index)
        random = np.random.default_rng((self.seed, int(self._epoch), index))
        item: dict[str, Any] = {"index": self._indices[index], "style": self._styles[index]}
        for name, readings in self._readings[index].items():
            item[name] = torch.tensor(readings[-1 if random.random() < self.speaker_share else 0])
        return item


def inputs_of(
    name: str, row: StyleRow, to_kana: Callable[[str], str] | None = None, with_speaker: bool = False
) -> list[str]:
    """The inputs that an encoder may read of a row: none, one, or a text both alone and with its speaker's name."""
    if not row.text.strip():
        return []
    if name == PROMPT:
        return [prompt_input(row.description, row.text, to_kana)] if row.description.strip() else []
    speakers: list[str | None] = [None, row.speaker] if with_speaker and row.speaker else [None]
    return [text_sampler_input(row.text, speaker, to_kana) for speaker in speakers]


def inputs_to_learn(name: str, rows: Sequence[StyleRow], to_kana: Callable[[str], str] | None = None) -> list[str]:
    """All inputs that an encoder may read of rows.

    Raises:
        ValueError: when there are none, with what to do.
    """
    inputs = [text for row in rows for text in inputs_of(name, row, to_kana, with_speaker=True)]
    if not inputs:
        other = (
            "descriptions and texts: prepare the corpus with a column 'description', or train the text sampler alone "
            "(encoders=text)"
            if name == PROMPT
            else "texts, and not phonemes alone: prepare the corpus with a column 'text'"
        )
        raise ValueError(
            f"the {_ENCODERS[name]} has nothing to learn from in {len(rows)} utterances; it needs {other}"
        )
    return inputs


@dataclass
class StyleTextCollator:
    """Pads items of `StyleTexts` to a batch.

    Args:
        pad_token_ids: by encoder.
    """

    pad_token_ids: Mapping[str, int]

    def __call__(self, items: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Pad items to `indices` (batch,), and for every encoder with something to read `NAME_input_ids` and
        `NAME_attention_mask` (rows, tokens), and `NAME_styles` (rows, style_size) of those rows."""
        batch = {"indices": torch.tensor([item["index"] for item in items])}
        for name, pad_token_id in self.pad_token_ids.items():
            readable = [item for item in items if name in item]
            if readable:
                ids = [item[name] for item in readable]
                batch[f"{name}_input_ids"] = pad_sequence(ids, batch_first=True, padding_value=pad_token_id)
                batch[f"{name}_attention_mask"] = pad_sequence([torch.ones_like(row) for row in ids], batch_first=True)
                batch[f"{name}_styles"] = torch.stack([item["style"] for item in readable])
        return batch
