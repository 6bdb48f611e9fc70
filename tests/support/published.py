# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Tiny checkpoints in the published formats, and folders laid out like the published repositories."""

import json
from pathlib import Path
from typing import Any

import torch
import yaml

from support.original_format import (
    LSTMS,
    kokoro_checkpoint,
    kokoro_json,
    original_checkpoint,
    original_plbert_yaml,
    original_yaml,
    save,
    tiny_config,
)
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaConfig
from transformers_tsukasa.text.phonemes.symbols import KOKORO_SYMBOL_TO_ID, PAD


CONFIG = tiny_config()
CHECKPOINT = original_checkpoint(CONFIG)
"""Shared by tests, which must not change it: see `checkpoint_copy`."""


def checkpoint_copy(modules: set[str] | None = None) -> dict[str, Any]:
    """A copy of the tiny checkpoint, or of some of its modules, that a test may change."""
    net = {name: dict(state) for name, state in CHECKPOINT["net"].items() if modules is None or name in modules}
    return {"net": net, "epoch": 1, "iters": 2}


def publish(folder: Path, content: dict[str, Any], config: TsukasaConfig = CONFIG) -> Path:
    """Write a checkpoint into a folder laid out like the published repository; return the folder."""
    save(content, folder / "Models" / "Tiny" / "tiny.pth")
    (folder / "Models" / "Tiny" / "config.yml").write_text(yaml.safe_dump(original_yaml(config)))
    (folder / "Utils" / "PLBERT").mkdir(parents=True)
    (folder / "Utils" / "PLBERT" / "config.yml").write_text(yaml.safe_dump(original_plbert_yaml(config)))
    return folder


# The text encoder has as many layers as the prosody predictor: the published config has one number for both.
KOKORO_CONFIG = tiny_config(**(LSTMS | {"text_encoder_config": {"recurrence": "lstm", "num_conv_layers": 2}}))
KOKORO_SYMBOLS = {symbol: index for symbol, index in KOKORO_SYMBOL_TO_ID.items() if symbol != PAD}
"""As published: id 0 has no symbol."""


def publish_kokoro(folder: Path, voices: dict[str, torch.Tensor] | None = None) -> Path:
    """Write a tiny checkpoint and voice packs as Kokoro v1.0 is published; return the folder."""
    save(kokoro_checkpoint(KOKORO_CONFIG), folder / "kokoro-v1_0.pth")
    content = kokoro_json(KOKORO_CONFIG, KOKORO_SYMBOLS)
    (folder / "config.json").write_text(json.dumps(content), encoding="utf-8")
    for name, table in (voices or {}).items():
        save(table, folder / "voices" / f"{name}.pt")
    return folder


def voice_pack(rows: int = 510, seed: int = 0) -> torch.Tensor:
    """A table of styles for the tiny model, as a published voice pack holds it, (rows, 1, style size)."""
    return torch.randn(rows, 1, 2 * KOKORO_CONFIG.style_dim, generator=torch.Generator().manual_seed(seed)) * 0.2
