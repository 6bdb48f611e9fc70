# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Named voices of a model folder, from reference clips and voice packs."""

from collections.abc import Mapping
from pathlib import Path

import torch

from ..models.tsukasa.configuration_tsukasa import TsukasaConfig
from ..models.tsukasa.feature_extraction_tsukasa import TsukasaFeatureExtractor
from ..models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..models.tsukasa.speaking.voice_folder import VoiceFolder
from ..models.tsukasa.speaking.voice_packs import read_voice_pack
from ..models.tsukasa.speaking.voices import TsukasaVoices
from ..utils.file_names import composed
from .errors import ConversionError
from .source import PublishedVoices


AUDIO_ENDINGS = (".wav", ".flac", ".mp3", ".ogg")
_PACK_ENDINGS = (".pt", ".npz", ".bin", ".json")


def given_voices(place: Path, config: TsukasaConfig) -> PublishedVoices:
    """The voices of a folder of clips, or of voice packs (a folder or a file).

    Raises:
        ConversionError: when there are none, or two of the same name, or the model cannot use them.
    """
    if not place.exists():
        raise ConversionError(f"{place}: there is no such folder of clips or voice pack")
    clips = _clips_in(place) if place.is_dir() else {}
    if clips:
        return PublishedVoices(clips=clips)
    if place.is_file() or any(path.suffix.lower() in _PACK_ENDINGS for path in place.iterdir()):
        return PublishedVoices(styles=read_styles([place], config))
    raise ConversionError(f"{place} has no clips ({', '.join(AUDIO_ENDINGS)}) and no voice packs")


def read_styles(packs: list[Path], config: TsukasaConfig) -> dict[str, torch.Tensor]:
    """The styles in voice packs, by the names of the voices.

    Raises:
        ConversionError: when a pack is damaged or does not fit the model, or two have a voice of the same name.
    """
    styles: dict[str, torch.Tensor] = {}
    for pack in packs:
        try:
            found = read_voice_pack(pack, 2 * config.style_dim)
        except ValueError as error:
            raise ConversionError(str(error)) from error
        twice = next((name for name in found if name in styles), None)
        if twice is not None:
            raise ConversionError(f"{pack} has a voice '{twice}', which another pack has too: leave one out")
        styles |= found
    return styles


def _clips_in(folder: Path) -> dict[str, Path]:
    """Clips by the names of their voices: the files' names without their endings."""
    clips: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in AUDIO_ENDINGS:
            name = composed(path.stem)
            if name in clips:
                raise ConversionError(f"{clips[name]} and {path} would both be the voice '{name}': rename one")
            clips[name] = path
    return clips


def save_voices(voices: PublishedVoices, folder: Path, config: TsukasaConfig) -> tuple[list[str], list[str]]:
    """Write the voices of the model in `folder`, and which of them is the default.

    Args:
        voices: of the source.
        folder: of the model.
        config: of the model.

    Returns:
        The names of the voices, and notes on clips that are left out since they are damaged, silent or too short.

    Raises:
        ConversionError: for clips when the model has no style encoders.
    """
    named = TsukasaVoices(2 * config.style_dim)
    for name, style in voices.styles.items():
        named.add(name, style, voices.descriptions.get(name, ""))
    notes = _encode_clips(voices.clips, named, folder) if voices.clips else []
    if len(named):
        named.save(folder)
        VoiceFolder(folder).make_default(voices.default or next(iter(named)))
    return list(named), notes


@torch.inference_mode()
def _encode_clips(clips: Mapping[str, Path], voices: TsukasaVoices, folder: Path) -> list[str]:
    """Add the styles of clips to voices; return notes on the clips that are left out."""
    model = TsukasaModelForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    if model.config.style_encoder_config is None:
        raise ConversionError(
            "the checkpoint has no style encoders, without which no voice is made of a clip: give voice packs in "
            "`voices`"
        )
    extractor = TsukasaFeatureExtractor.from_audio_config(model.config.audio_config)
    notes: list[str] = []
    for name, path in sorted(clips.items()):
        try:
            features = extractor(path, return_tensors="pt")
            style = model.encode_reference(features["input_features"], features["input_features_mask"])[0]
            voices.add(name, style, f"from the reference clip {path.name}")
        except (ValueError, OSError, RuntimeError) as error:
            notes.append(f"no voice from {path.name}: {error}")
    return notes


__all__ = ["AUDIO_ENDINGS", "given_voices", "read_styles", "save_voices"]
