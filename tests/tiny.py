# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The tiny model of the tests: every room in place, random weights from a fixed seed."""

from pathlib import Path

import torch

from transformers_tsukasa.model.configuration_tsukasa import TsukasaConfig, read_preset
from transformers_tsukasa.model.modeling_tsukasa import TsukasaModelForConditionalGeneration


CONFIGS = Path(__file__).resolve().parents[1] / "configs"


def tiny_config(**changes) -> TsukasaConfig:
    """The preset `tiny`, with top-level values changed."""
    config = read_preset(CONFIGS / "tiny.yaml")
    for name, value in changes.items():
        setattr(config, name, value)
    return config


def tiny_model(seed: int = 0, config: TsukasaConfig | None = None) -> TsukasaModelForConditionalGeneration:
    """A model with audible random weights, in evaluation mode."""
    torch.manual_seed(seed)
    model = TsukasaModelForConditionalGeneration(config or tiny_config()).eval()
    with torch.no_grad():
        # About four text frames a token: with fresh weights every token lasts half of max_duration.
        model.prosody_predictor.duration_projection.bias.fill_(-2.5)
    return model


def tokens(*texts: str) -> dict[str, torch.Tensor]:
    """Padded ids and mask of phoneme texts."""
    from transformers_tsukasa.text.symbols import SYMBOL_TO_ID

    rows = [[0, *(SYMBOL_TO_ID[symbol] for symbol in text)] for text in texts]
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return {"input_ids": ids, "attention_mask": mask}
