# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The files of a folder laid out like the published repositories of StyleTTS 2 and Tsukasa.

Models/NAME/*.pth            the main checkpoint, config.yml beside it (or Configs/config.yml)
Utils/ASR/*.pth              text aligner
Utils/JDC/*.t7               pitch extractor
Utils/PLBERT/step_*.t7       phoneme language model, config.yml beside it
vocab.json                   symbol table, where it is another than StyleTTS 2's
reference_sample_wavs/*.wav  clips that become named voices
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..errors import ConversionError, shorten
from ..source_files import matching
from ..voices import AUDIO_ENDINGS


_SYMBOLS = "vocab.json"


@dataclass(frozen=True)
class Layout:
    """Names of the files that a conversion reads, relative to the source.

    Args:
        config: the checkpoint's YAML file.
        auxiliary: file by module, for `text_aligner`, `pitch_extractor` and `bert`.
        plbert_config: YAML file of the phoneme language model.
        symbols: JSON file of the symbol table.
        clips: reference clips.
    """

    config: str | None
    auxiliary: Mapping[str, str]
    plbert_config: str | None
    symbols: str | None
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
    plbert = latest(matching(names, "Utils/PLBERT/*.t7") + matching(names, "Utils/PLBERT/*.pth"))
    found = {"text_aligner": aligner, "pitch_extractor": pitch, "bert": plbert}
    folder = PurePosixPath(checkpoint).parent
    tables = (str(folder / _SYMBOLS), _SYMBOLS)
    return Layout(
        config=_find_config(names, checkpoint) if look_for_config else None,
        auxiliary={module: name for module, name in found.items() if name and name != checkpoint},
        plbert_config=next(iter(matching(names, "Utils/PLBERT/*.y*ml")), None),
        symbols=next((name for name in tables if name in names), None),
        clips=[n for n in names if n.lower().endswith(AUDIO_ENDINGS) and not n.startswith("Utils/")],
    )


def latest(names: Sequence[str]) -> str | None:
    """The name with the highest last number, which is the step or epoch of a training script."""
    return max(names, key=_number, default=None)


def _number(name: str) -> int:
    numbers = re.findall(r"\d+", PurePosixPath(name).stem)
    return int(numbers[-1]) if numbers else -1


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
