# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The description of an engine by itself."""

import base64
import uuid
from typing import Any

from ...version import __version__
from .installing.licences import dependency_licences
from .pictures import draw


ENGINE_NAME = "Tsukasa Speech"
"""Name and brand of every engine of ours."""

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "transformers-tsukasa")
_SUPPORTED = (
    "adjust_mora_pitch",
    "adjust_phoneme_length",
    "adjust_speed_scale",
    "adjust_pitch_scale",
    "adjust_intonation_scale",
    "adjust_volume_scale",
    "adjust_pause_length",
    "interrogative_upspeak",
    "synthesis_morphing",
    "return_resource_url",
    "apply_katakana_english",
    "streaming_synthesis",
)
_UNSUPPORTED = ("sing", "manage_library")
_FRAMES_PER_SECOND = 40.0  # text frames of 25 ms


def engine_uuid(model: str) -> str:
    """The id of an engine, the same on every machine."""
    return str(uuid.uuid5(_NAMESPACE, f"engine {model}"))


def engine_manifest(model: str, sampling_rate: int) -> dict[str, Any]:
    """The manifest of a model as an engine.

    Args:
        model: its id.
        sampling_rate: in Hz.
    """
    identifier = engine_uuid(model)
    return {
        "manifest_version": "0.13.1",
        "name": ENGINE_NAME,
        "brand_name": ENGINE_NAME,
        "uuid": identifier,
        "version": __version__,
        "url": "",
        "icon": base64.b64encode(draw(identifier)).decode(),
        "default_sampling_rate": sampling_rate,
        "frame_rate": _FRAMES_PER_SECOND,
        "terms_of_service": "transformers-tsukasa: Apache License 2.0. 声の利用条件は各モデルの説明をご覧ください。",
        "update_infos": [{"version": __version__, "descriptions": [], "contributors": []}],
        "dependency_licenses": dependency_licences(),
        "supported_vvlib_manifest_version": None,
        "supported_features": {**dict.fromkeys(_SUPPORTED, True), **dict.fromkeys(_UNSUPPORTED, False)},
    }


__all__ = ["ENGINE_NAME", "engine_manifest", "engine_uuid"]
