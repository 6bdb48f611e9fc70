# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Named voices of a model folder, from reference clips."""

from collections.abc import Mapping
from pathlib import Path

import torch

from ..models.tsukasa.feature_extraction_tsukasa import TsukasaFeatureExtractor
from ..models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..models.tsukasa.speaking.voice_folder import VoiceFolder
from ..models.tsukasa.speaking.voices import TsukasaVoices
from .errors import ConversionError


_ENDINGS = (".wav", ".flac", ".mp3", ".ogg")


def clips_in_folder(folder: Path) -> dict[str, Path]:
    """Clips by the names of their voices: the files' names without their endings.

    Raises:
        ConversionError: when there is no such folder, or it has no clips, or two of the same name.
    """
    if not folder.is_dir():
        raise ConversionError(f"{folder}: there is no such folder of clips")
    clips: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _ENDINGS:
            if path.stem in clips:
                raise ConversionError(
                    f"{clips[path.stem]} and {path} would both be the voice '{path.stem}': rename one"
                )
            clips[path.stem] = path
    if not clips:
        raise ConversionError(f"{folder} has no clips ({', '.join(_ENDINGS)})")
    return clips


@torch.inference_mode()
def save_voices(clips: Mapping[str, Path], folder: Path) -> tuple[list[str], list[str]]:
    """Write the style of every clip as a voice of the model in `folder`, the first one as the default.

    Args:
        clips: by the names of the voices.
        folder: of the model.

    Returns:
        The names of the voices, and notes on clips that are left out since they are damaged, silent or too short.
    """
    if not clips:
        return [], []
    notes: list[str] = []
    model = TsukasaModelForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    extractor = TsukasaFeatureExtractor.from_audio_config(model.config.audio_config)
    voices = TsukasaVoices(2 * model.config.style_dim)
    for name, path in sorted(clips.items()):
        try:
            features = extractor(path, return_tensors="pt")
            style = model.encode_reference(features["input_features"], features["input_features_mask"])[0]
            voices.add(name, style, f"from the reference clip {path.name}")
        except (ValueError, OSError, RuntimeError) as error:
            notes.append(f"no voice from {path.name}: {error}")
    if len(voices):
        voices.save(folder)
        VoiceFolder(folder).make_default(next(iter(voices)))
    return list(voices), notes
