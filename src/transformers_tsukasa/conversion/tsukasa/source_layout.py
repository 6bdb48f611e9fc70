# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Which file is which in a folder laid out like the published repository.

Models/NAME/*.pth            the checkpoint, config.yml beside it (or Configs/config.yml)
Utils/ASR/*.pth              text aligner
Utils/JDC/*.t7               pitch extractor
Utils/PLBERT/step_*.t7       phoneme language model, config.yml beside it
Utils/KTD/prompt_enc/checkpoint-N, Utils/KTD/text_enc/checkpoint-N      Kotodama encoders (Trainer checkpoints)
reference_sample_wavs/*.wav  clips that become named voices
"""

import re
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import PurePosixPath

from ..errors import ConversionError, shorten


_AUDIO_ENDINGS = (".wav", ".flac", ".mp3", ".ogg")
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")


@dataclass
class Layout:
    """Names of the files that a conversion reads, relative to the source.

    Attributes:
        checkpoint (`str`): the main checkpoint.
        config (`str`, *optional*): its YAML file.
        auxiliary (`dict[str, str]`): file by module, for `text_aligner`, `pitch_extractor` and `bert`.
        plbert_config (`str`, *optional*): YAML file of the phoneme language model.
        kotodama (`dict[str, list[str]]`): files of the checkpoint folder by part, `prompt_enc` and `text_enc`.
        clips (`list[str]`): reference clips.
    """

    checkpoint: str
    config: str | None = None
    auxiliary: dict[str, str] = field(default_factory=dict)
    plbert_config: str | None = None
    kotodama: dict[str, list[str]] = field(default_factory=dict)
    clips: list[str] = field(default_factory=list)


def find_layout(names: list[str], checkpoint: str | None = None, look_for_config: bool = True) -> Layout:
    """The layout of a source with these files.

    Args:
        names (`list[str]`): all files, relative to the source, with forward slashes.
        checkpoint (`str`, *optional*): which checkpoint to take: its name, the end of its name, or a pattern.
        look_for_config (`bool`, *optional*, defaults to `True`): whether the checkpoint's YAML file is looked for.

    Raises:
        ConversionError: when there is no checkpoint, or several and none is named.
    """
    main = _choose_checkpoint(names, checkpoint)
    layout = Layout(checkpoint=main, config=_find_config(names, main) if look_for_config else None)
    aligner = _only(_matching(names, "Utils/ASR/*.pth") + _matching(names, "Utils/ASR/*.t7"), "text aligner")
    pitch = _only(_matching(names, "Utils/JDC/*.t7") + _matching(names, "Utils/JDC/*.pth"), "pitch extractor")
    plbert = _latest(_matching(names, "Utils/PLBERT/*.t7") + _matching(names, "Utils/PLBERT/*.pth"))
    found = {"text_aligner": aligner, "pitch_extractor": pitch, "bert": plbert}
    layout.auxiliary = {module: name for module, name in found.items() if name and name != main}
    layout.plbert_config = next(iter(_matching(names, "Utils/PLBERT/*.y*ml")), None)
    for part in ("prompt_enc", "text_enc"):
        folder = _kotodama_folder(names, part)
        if folder:
            layout.kotodama[part] = [name for name in names if PurePosixPath(name).parent.as_posix() == folder]
    layout.clips = [name for name in names if name.lower().endswith(_AUDIO_ENDINGS) and not name.startswith("Utils/")]
    return layout


def _matching(names: list[str], pattern: str) -> list[str]:
    """Names that match, where `*` does not reach into sub-folders."""
    depth = pattern.count("/")
    return [name for name in names if name.count("/") == depth and fnmatch(name, pattern)]


def _number(name: str) -> int:
    """The last number in a name: the step or epoch of a training script."""
    numbers = re.findall(r"\d+", name)
    return int(numbers[-1]) if numbers else -1


def _latest(names: list[str]) -> str | None:
    return max(names, key=lambda name: _number(PurePosixPath(name).stem), default=None)


def _only(names: list[str], what: str) -> str | None:
    if len(names) > 1:
        raise ConversionError(f"several files could be the {what}: {shorten(names)}; leave only the right one there")
    return names[0] if names else None


def _choose_checkpoint(names: list[str], wanted: str | None) -> str:
    candidates = _matching(names, "Models/*/*.pth") or _matching(names, "Models/*.pth") or _matching(names, "*.pth")
    if wanted is not None:
        known = [name for name in names if name == wanted or name.endswith("/" + wanted) or fnmatch(name, wanted)]
        if len(known) == 1:
            return known[0]
        raise ConversionError(
            f"the checkpoint '{wanted}' names {len(known)} files of the source; there are: "
            f"{shorten(candidates) or 'none'}"
        )
    if not candidates:
        raise ConversionError(
            "the source has no checkpoint: expected Models/NAME/*.pth as in the published repository, or a .pth file"
        )
    if len(candidates) > 1:
        raise ConversionError(
            f"the source has {len(candidates)} checkpoints: {shorten(candidates)}; name one with --checkpoint"
        )
    return candidates[0]


def _find_config(names: list[str], checkpoint: str) -> str | None:
    folder = PurePosixPath(checkpoint).parent.as_posix()
    beside = _matching(names, "*.y*ml" if folder == "." else f"{folder}/*.y*ml")
    for candidates in (beside, _matching(names, "Configs/*.y*ml")):
        plain = [name for name in candidates if PurePosixPath(name).stem == "config"]
        if plain or len(candidates) == 1:
            return (plain or candidates)[0]
        if candidates:
            raise ConversionError(
                f"several files could be the checkpoint's config: {shorten(candidates)}; name one with --config"
            )
    return None


def _kotodama_folder(names: list[str], part: str) -> str | None:
    """The checkpoint folder of the highest step, or the part's own folder if the weights lie there."""
    folders = {PurePosixPath(n).parent.as_posix() for n in names if PurePosixPath(n).name in _WEIGHTS}
    below = [folder for folder in folders if fnmatch(folder, f"Utils/KTD/{part}/checkpoint-*")]
    if below:
        return _latest(below)
    return f"Utils/KTD/{part}" if f"Utils/KTD/{part}" in folders else None
