# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A tiny checkpoint in the published format, and a folder laid out like the published repository."""

from pathlib import Path
from typing import Any

import yaml

from support.original_format import original_checkpoint, original_plbert_yaml, original_yaml, save, tiny_config
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaConfig


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
