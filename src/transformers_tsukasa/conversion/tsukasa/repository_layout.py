# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The files of a folder laid out like the published repository.

Models/NAME/*.pth            the main checkpoint, config.yml beside it (or Configs/config.yml)
Utils/ASR/*.pth              text aligner
Utils/JDC/*.t7               pitch extractor
Utils/PLBERT/step_*.t7       phoneme language model, config.yml beside it
Utils/KTD/prompt_enc/checkpoint-N, Utils/KTD/text_enc/checkpoint-N      Kotodama encoders (Trainer checkpoints)
reference_sample_wavs/*.wav  clips that become named voices
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath

from ..errors import ConversionError, shorten
from ..source_files import matching


_AUDIO_ENDINGS = (".wav", ".flac", ".mp3", ".ogg")
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_KOTODAMA_PARTS = ("prompt_enc", "text_enc")


@dataclass(frozen=True)
class Layout:
    """Names of the files that a conversion reads, relative to the source.

    Args:
        config: the checkpoint's YAML file.
        auxiliary: file by module, for `text_aligner`, `pitch_extractor` and `bert`.
        plbert_config: YAML file of the phoneme language model.
        kotodama: files of the checkpoint folder by part, `prompt_enc` and `text_enc`.
        clips: reference clips.
    """

    config: str | None
    auxiliary: Mapping[str, str]
    plbert_config: str | None
    kotodama: Mapping[str, Sequence[str]]
    clips: Sequence[str]


def find_layout(names: Sequence[str], checkpoint: str, look_for_config: bool = True) -> Layout:
    """The layout of a source with these files.

    Args:
        names: all files, relative to the source, with forward slashes.
        checkpoint: the main checkpoint among them.
        look_for_config: whether the checkpoint's YAML file is looked for.

    Raises:
        ConversionError: when several files could be the same thing.
    """
    aligner = _only(matching(names, "Utils/ASR/*.pth") + matching(names, "Utils/ASR/*.t7"), "text aligner")
    pitch = _only(matching(names, "Utils/JDC/*.t7") + matching(names, "Utils/JDC/*.pth"), "pitch extractor")
    plbert = _latest(matching(names, "Utils/PLBERT/*.t7") + matching(names, "Utils/PLBERT/*.pth"))
    found = {"text_aligner": aligner, "pitch_extractor": pitch, "bert": plbert}
    folders = {part: _kotodama_folder(names, part) for part in _KOTODAMA_PARTS}
    return Layout(
        config=_find_config(names, checkpoint) if look_for_config else None,
        auxiliary={module: name for module, name in found.items() if name and name != checkpoint},
        plbert_config=next(iter(matching(names, "Utils/PLBERT/*.y*ml")), None),
        kotodama={
            part: [name for name in names if PurePosixPath(name).parent.as_posix() == folder]
            for part, folder in folders.items()
            if folder is not None
        },
        clips=[n for n in names if n.lower().endswith(_AUDIO_ENDINGS) and not n.startswith("Utils/")],
    )


def _number(name: str) -> int:
    """The last number in a name: the step or epoch of a training script."""
    numbers = re.findall(r"\d+", name)
    return int(numbers[-1]) if numbers else -1


def _latest(names: list[str]) -> str | None:
    return max(names, key=lambda name: _number(PurePosixPath(name).stem), default=None)


def _only(names: list[str], part: str) -> str | None:
    if len(names) > 1:
        raise ConversionError(f"several files could be the {part}: {shorten(names)}; leave only the right one there")
    return names[0] if names else None


def _find_config(names: Sequence[str], checkpoint: str) -> str | None:
    folder = PurePosixPath(checkpoint).parent.as_posix()
    beside = matching(names, "*.y*ml" if folder == "." else f"{folder}/*.y*ml")
    for candidates in (beside, matching(names, "Configs/*.y*ml")):
        plain = [name for name in candidates if PurePosixPath(name).stem == "config"]
        if plain or len(candidates) == 1:
            return (plain or candidates)[0]
        if candidates:
            raise ConversionError(
                f"several files could be the checkpoint's config: {shorten(candidates)}; name one in `config`"
            )
    return None


def _kotodama_folder(names: Sequence[str], part: str) -> str | None:
    """The checkpoint folder of the highest step, or the part's own folder if it holds the weights."""
    folders = {PurePosixPath(n).parent.as_posix() for n in names if PurePosixPath(n).name in _WEIGHTS}
    below = [folder for folder in folders if fnmatch(folder, f"Utils/KTD/{part}/checkpoint-*")]
    if below:
        return _latest(below)
    return f"Utils/KTD/{part}" if f"Utils/KTD/{part}" in folders else None
