# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The published discriminators of HierSpeech++."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedConfig

from ...models.hierspeech.discriminators import HierSpeechDiscriminatorConfig, HierSpeechDiscriminators
from ..checkpoint_reading import StateDict
from ..errors import ConversionError
from ..single_network import PublishedNetwork
from ..source import Leftover, ModulePlace, Shapes
from .synthesizer import LICENCE


_WINDOW = "spec_transform.window"


def _recognizes(state: StateDict) -> bool:
    return f"discriminators.0.{_WINDOW}" in state


def _key(name: str) -> str:
    return name.replace(".conv_post.", ".output_conv.")


def _configure(shapes: Shapes, config: Mapping[str, Any] | None) -> HierSpeechDiscriminatorConfig:
    """The config from shapes; periods have none, and are those of the published training."""
    sizes = [shape[0] for name, shape in shapes.items() if name.endswith(_WINDOW)]
    place = f"discriminators.{len(sizes)}.convs"
    try:
        channels = shapes["discriminators.0.convs.0.weight"][0]
        widths = [shapes[f"{place}.{number}.weight"][0] for number in range(5)]
    except (KeyError, IndexError) as error:
        raise ConversionError(f"the tensors are not those of HierSpeech++'s discriminators ({error})") from error
    return HierSpeechDiscriminatorConfig(
        spectrum_sizes=tuple(sizes), spectrum_channels=channels, period_channels=tuple(widths)
    )


def _save_nothing(config: PreTrainedConfig, folder: Path) -> None:
    """A discriminator reads waveforms as they are."""


DISCRIMINATORS = PublishedNetwork(
    system="HierSpeech++'s discriminators",
    module="model",
    model_class=HierSpeechDiscriminators,
    recognizes=_recognizes,
    configure=_configure,
    place=ModulePlace(_key, leftovers=(Leftover(rf".*\.{_WINDOW}", "windows, which are computed"),)),
    buffers={_WINDOW: torch.hann_window},
    save_companions=_save_nothing,
    licence=LICENCE,
)

__all__ = ["DISCRIMINATORS"]
