# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From Kokoro's config.json to values for a `TsukasaConfig`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ConversionError
from ..styletts2.config_translation import MODEL_PARAMS, put, put_decoder, put_plbert


# Of parts that are not published; `multispeaker` is true, and means nothing without them.
_UNPUBLISHED = ("dim_in", "max_conv_dim", "multispeaker")
_PARAMS = {
    **{name: (place,) for name, place in MODEL_PARAMS.items() if name not in _UNPUBLISHED},
    "n_layer": (MODEL_PARAMS["n_layer"], ("text_encoder_config", "num_conv_layers")),
    "text_encoder_kernel_size": (("text_encoder_config", "conv_kernel_size"),),
}


def read_config(path: Path) -> dict[str, Any]:
    """Read a config.json.

    Raises:
        ConversionError: when it is missing, not JSON, or not Kokoro's.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConversionError(f"{path}: there is no such config file") from error
    except ValueError as error:
        raise ConversionError(f"{path} is not a JSON file, as Kokoro's config is: {error}") from error
    if not isinstance(content, dict) or _decoder_of(content) is None or "n_token" not in content:
        raise ConversionError(
            f"{path} is not a config of Kokoro (it has no 'istftnet' or no 'n_token'): give the config.json that was "
            "published with the checkpoint in `config`"
        )
    return content


def json_values(original: Mapping[str, Any]) -> dict[str, Any]:
    """Nested values for `TsukasaConfig` from a config.json; none from an empty one."""
    values: dict[str, Any] = {}
    for name, places in _PARAMS.items():
        for place in places if name in original else ():
            put(values, place, original[name])
    decoder = _decoder_of(original)
    if decoder is not None:
        put_decoder(values, {"type": "istftnet", **decoder})
    put_plbert(values, original.get("plbert") or {})
    return values


def _decoder_of(original: Mapping[str, Any]) -> dict[str, Any] | None:
    """The decoder's section: v0.19 names it as StyleTTS 2 does."""
    section = original.get("istftnet", original.get("decoder"))
    return section if isinstance(section, dict) else None


__all__ = ["json_values", "read_config"]
