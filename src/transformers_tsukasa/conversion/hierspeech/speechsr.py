# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""SpeechSR's published checkpoints, 16 to 24 and 16 to 48 kHz."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from huggingface_hub.errors import StrictDataclassError
from transformers import PreTrainedConfig

from ...models.speechsr.configuration_speechsr import SpeechSRConfig
from ...models.speechsr.feature_extraction_speechsr import SpeechSRFeatureExtractor
from ...models.speechsr.modeling_speechsr import SpeechSRModel
from ..checkpoint_reading import StateDict
from ..errors import ConversionError
from ..single_network import PublishedNetwork, published_values
from ..source import ModulePlace, Shapes
from .amp_keys import FILTERS, block_key, filter_taps


LICENCE = (
    "The licence of SpeechSR's published weights is unclear (CC BY-NC 2.0 and CC BY-NC-SA 4.0 were named at different "
    "times, and part of the training data is CC BY-NC 4.0): use them for yourself, and do not pass them on."
)

_ROOT = "dec."
_SINGLE = {
    "conv_pre.weight": "input_conv.weight",
    "conv_pre.bias": "input_conv.bias",
    "activation_post.act.alpha": "activation.alpha",
    "activation_post.act.beta": "activation.beta",
    "conv_post.weight": "output_conv.weight",
}
_BLOCKS = 3
_block = block_key(_BLOCKS, lambda stage: "stage")


def _key(name: str) -> str:
    inner = name.removeprefix(_ROOT)
    return _block(inner) or _SINGLE[inner]


def _recognizes(state: StateDict) -> bool:
    first = state.get("dec.conv_pre.weight_v")
    has_activations = "dec.resblocks.0.activations.0.act.alpha" in state
    return has_activations and first is not None and first.shape[1] == 1


def _configure(shapes: Shapes, config: Mapping[str, Any] | None) -> SpeechSRConfig:
    if config is None:
        raise ConversionError(
            "the tensors of SpeechSR do not tell whether it makes 24 or 48 kHz: give the checkpoint's config.json in "
            "`config`"
        )
    data, model = published_values(config, "data"), published_values(config, "model")
    try:
        return SpeechSRConfig(
            output_sampling_rate=int(data["sampling_rate"]),
            hidden_size=shapes["dec.conv_pre.weight"][0],
            input_kernel_size=shapes["dec.conv_pre.weight"][2],
            output_kernel_size=shapes["dec.conv_post.weight"][2],
            resblock_kernel_sizes=tuple(
                shapes[f"dec.resblocks.{block}.convs1.0.weight"][2] for block in range(_BLOCKS)
            ),
            resblock_dilations=tuple(model["resblock_dilation_sizes"][0]),
        )
    except (KeyError, TypeError, ValueError, IndexError, StrictDataclassError) as error:
        raise ConversionError(
            f"the config is none of SpeechSR ({error}): give the checkpoint's config.json"
        ) from error


def _save_companions(config: PreTrainedConfig, folder: Path) -> None:
    SpeechSRFeatureExtractor(sampling_rate=config.sampling_rate).save_pretrained(folder)


SPEECHSR = PublishedNetwork(
    system="SpeechSR",
    module="model",
    model_class=SpeechSRModel,
    recognizes=_recognizes,
    configure=_configure,
    place=ModulePlace(_key, leftovers=(FILTERS,)),
    buffers={".filter": filter_taps},
    save_companions=_save_companions,
    licence=LICENCE,
)

__all__ = ["LICENCE", "SPEECHSR"]
