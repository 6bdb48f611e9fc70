# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Shapes of the answers about the engine and its speakers, for the description of the interface."""

from typing import Literal

from pydantic import BaseModel
from pydantic.json_schema import SkipJsonSchema


class SupportedFeatures(BaseModel):
    """Features that the editor offers."""

    adjust_mora_pitch: bool
    adjust_phoneme_length: bool
    adjust_speed_scale: bool
    adjust_pitch_scale: bool
    adjust_intonation_scale: bool
    adjust_volume_scale: bool
    adjust_pause_length: bool | SkipJsonSchema[None] = None
    interrogative_upspeak: bool
    synthesis_morphing: bool
    sing: bool | SkipJsonSchema[None] = None
    manage_library: bool | SkipJsonSchema[None] = None
    return_resource_url: bool | SkipJsonSchema[None] = None
    apply_katakana_english: bool | SkipJsonSchema[None] = None
    streaming_synthesis: bool | SkipJsonSchema[None] = None


class UpdateInfo(BaseModel):
    """Changes of a version."""

    version: str
    descriptions: list[str]
    contributors: list[str] | SkipJsonSchema[None] = None


class LicenseInfo(BaseModel):
    """The licence of a part."""

    name: str
    version: str | SkipJsonSchema[None] = None
    license: str | SkipJsonSchema[None] = None
    text: str


class EngineManifest(BaseModel):
    """The engine and its features."""

    manifest_version: str
    name: str
    brand_name: str
    uuid: str
    url: str
    icon: str
    default_sampling_rate: int
    frame_rate: float
    terms_of_service: str
    update_infos: list[UpdateInfo]
    dependency_licenses: list[LicenseInfo]
    supported_vvlib_manifest_version: str | SkipJsonSchema[None] = None
    supported_features: SupportedFeatures


class SupportedDevices(BaseModel):
    """Where models may run."""

    cpu: bool
    cuda: bool
    dml: bool


class SpeakerStyle(BaseModel):
    """A style of a speaker."""

    name: str
    id: int
    type: Literal["talk", "singing_teacher", "frame_decode", "sing"] = "talk"


class SpeakerFeatures(BaseModel):
    """Uses of the styles of a speaker."""

    permitted_synthesis_morphing: Literal["ALL", "SELF_ONLY", "NOTHING"] = "ALL"


class SpeakerEntry(BaseModel):
    """A speaker with its styles."""

    name: str
    speaker_uuid: str
    styles: list[SpeakerStyle]
    version: str
    supported_features: SpeakerFeatures = SpeakerFeatures()


class StyleInfo(BaseModel):
    """Pictures and samples of a style, in base64 or as addresses."""

    id: int
    icon: str
    portrait: str | SkipJsonSchema[None] = None
    voice_samples: list[str]


class SpeakerInfo(BaseModel):
    """Pictures, samples and terms of a speaker."""

    policy: str
    portrait: str
    style_infos: list[StyleInfo]


class MorphableTarget(BaseModel):
    """Whether two styles can be morphed."""

    is_morphable: bool


__all__ = [
    "EngineManifest",
    "MorphableTarget",
    "SpeakerEntry",
    "SpeakerInfo",
    "SupportedDevices",
]
