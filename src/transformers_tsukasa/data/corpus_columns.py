# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Phonemes to the token ids of a training step."""

import torch

from ..text.phonemes.symbols import PAD_ID, SYMBOL_TO_ID, is_in_inventory


def token_ids(phonemes: str) -> torch.Tensor:
    """(tokens,) int64: the ids of phonemes, with a pad at both ends (spec/training.md, Data).

    Raises:
        ValueError: on a symbol that no checkpoint knows, which preparation lets into no corpus.
    """
    if not is_in_inventory(phonemes):
        unknown = sorted(set(phonemes) - SYMBOL_TO_ID.keys())
        raise ValueError(
            f"the model knows no symbol for {' '.join(unknown)} in '{phonemes}': prepare the corpus again"
        )
    return torch.tensor([PAD_ID, *(SYMBOL_TO_ID[symbol] for symbol in phonemes), PAD_ID])
