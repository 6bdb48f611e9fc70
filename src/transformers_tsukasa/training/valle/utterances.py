# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Utterances as phones and codes, and batches of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from ...models.valle.configuration_valle import VallEConfig
from ..engine.batches import Batch


@dataclass(frozen=True)
class CodedUtterance:
    """Phones and codes of a recording.

    Args:
        text_ids: of the complete text, with the marks around it.
        codes: (frames, num_codebooks).
        speaker: of the recording; prompts of prefix mode 4 are taken from the same one.
        language_ids: of every token, for models with languages.
    """

    text_ids: Sequence[int]
    codes: torch.Tensor
    speaker: str = ""
    language_ids: Sequence[int] | None = None


class CodedUtterances(Dataset):
    """Utterances of a corpus, all of which a model can learn.

    Args:
        utterances: in a fixed order.
        config: of the model.

    Raises:
        ValueError: when there is none, and for one without phones, with too few frames, or with codes, ids or
            languages that are not the model's.
    """

    def __init__(self, utterances: Sequence[CodedUtterance], config: VallEConfig) -> None:
        if not utterances:
            raise ValueError("there is no utterance to learn from")
        for index, utterance in enumerate(utterances):
            problem = _problem(utterance, config)
            if problem:
                raise ValueError(f"utterance {index} {problem}")
        self.utterances = list(utterances)
        self.lengths = [len(utterance.codes) for utterance in utterances]
        self.of_speaker: dict[str, list[int]] = {}
        for index, utterance in enumerate(utterances):
            self.of_speaker.setdefault(utterance.speaker, []).append(index)

    def __len__(self) -> int:
        return len(self.utterances)

    def __getitem__(self, index: int) -> tuple[int, CodedUtterance]:
        return index, self.utterances[index]


FEWEST_FRAMES = 4
"""Frames of an utterance: of fewer, prefix mode 1 can take no prompt."""


def _problem(utterance: CodedUtterance, config: VallEConfig) -> str | None:
    """Why an utterance cannot be learned from, as the end of a sentence; None when it can."""
    codes, ids, languages = utterance.codes, utterance.text_ids, utterance.language_ids
    if not ids:
        return "has no phones"
    if not 0 <= min(ids) <= max(ids) < config.text_vocab_size:
        return f"has ids of phones outside 0 to {config.text_vocab_size - 1}"
    if codes.ndim != 2 or codes.shape[1] != config.num_codebooks:
        return f"has codes of shape {tuple(codes.shape)}, but the model was made for {config.num_codebooks} codebooks"
    if len(codes) < FEWEST_FRAMES:
        return f"has {len(codes)} frames, but at least {FEWEST_FRAMES} are needed"
    if not 0 <= int(codes.min()) <= int(codes.max()) < config.codebook_size:
        return f"has codes outside 0 to {config.codebook_size - 1}: they are of another codec"
    if (languages is not None) != bool(config.num_languages) or (languages and len(languages) != len(ids)):
        return "needs a language for every phone in a model with languages, and none in one without"
    return None


def collate_utterances(rows: Sequence[tuple[int, CodedUtterance]]) -> Batch:
    """A padded batch: `indices` (batch,), `codes` (batch, frames, codebooks), `lengths` (batch,), and the texts."""
    utterances = [utterance for _, utterance in rows]
    texts = [torch.tensor(list(utterance.text_ids)) for utterance in utterances]
    batch = {
        "indices": torch.tensor([index for index, _ in rows]),
        "codes": pad_sequence([utterance.codes.long() for utterance in utterances], batch_first=True),
        "lengths": torch.tensor([len(utterance.codes) for utterance in utterances]),
        "text_ids": pad_sequence(texts, batch_first=True),
        "text_mask": pad_sequence([torch.ones_like(text) for text in texts], batch_first=True),
    }
    if utterances[0].language_ids is not None:
        languages = [torch.tensor(list(utterance.language_ids or ())) for utterance in utterances]
        batch["language_ids"] = pad_sequence(languages, batch_first=True)
    return batch


__all__ = ["CodedUtterance", "CodedUtterances", "FEWEST_FRAMES", "collate_utterances"]
