# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa voices`: list the named voices of a model, and change those of a model folder."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..utils.wording import counted
from .shared_options import add_model_argument, load_speaker
from .text_input import check_readable


if TYPE_CHECKING:
    from ..models.tsukasa.speaking.voice_folder import VoiceFolder
    from ..models.tsukasa.speaking.voices import TsukasaVoices

_EPILOG = """\
Changes need a model folder of your own, which speaks with its voices at once; no GPU is needed.

examples:
  tsukasa voices                                              the voices of the packaged model
  tsukasa voices --model mine/ --json
  tsukasa voices add narrator a.wav b.wav --model mine/       the mean style of the clips
  tsukasa voices add jf_alpha jm_kumo --from voices-v1.0.bin --model mine/   two voices of a pack (Kokoro's and others)
  tsukasa voices default narrator --model mine/               speaks when no voice is named
  tsukasa voices rename narrator reader --model mine/
  tsukasa voices remove reader --model mine/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = _EPILOG
    parser.usage = "tsukasa voices [ACTION NAME ...] [--model MODEL] [--json]"
    add_model_argument(parser)
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    parser.add_argument("--description", default="", help="add: of the new voice, for people")
    parser.add_argument("--replace", action="store_true", help="add: a voice of this name may be there already")
    parser.add_argument(
        "--from",
        dest="pack",
        metavar="PACK",
        type=Path,
        help="add: a voice pack (.pt, .npz, .bin, .json, or a folder of them) to add the named voices of, or all",
    )
    parser.add_argument(
        "action",
        metavar="ACTION",
        nargs="?",
        choices=("list", *_CHANGES),
        default="list",
        help="list; add NAME CLIP ...; add [NAME ...] --from PACK; remove NAME; rename NAME NEW_NAME; default NAME "
        "(default: %(default)s)",
    )
    parser.add_argument("words", metavar="NAME", nargs="*", help="the voice, then the clips or the new name")


def run(options: argparse.Namespace) -> int:
    """Print the voices of a model, or change those of a model folder and print what was done."""
    if options.pack is not None and options.action != "add":
        raise ValueError(f"`tsukasa voices {options.action}` takes no --from: voices are added from a pack")
    if options.action != "list":
        print(_change(options))
        return 0
    if options.words:
        raise ValueError(f"`tsukasa voices list` takes no name, got '{options.words[0]}'")
    from ..model_names import find_model
    from ..models.tsukasa.speaking.voice_folder import read_voices

    voices, default = read_voices(find_model(options.model))
    if options.json:
        listed = [_entry(voices, name, is_default=name == default) for name in voices]
        print(json.dumps(listed, ensure_ascii=False, indent=2))
        return 0
    if not voices:
        print("this model has no named voices: speak in the style of a clip with --reference")
    width = max((len(name) for name in voices), default=0)
    for name in voices:
        marks = [f"({len(voices.array(name))} rows)"] if voices.rows_count(name) else []
        marks += ["(default)"] if name == default else []
        print("  ".join([f"{name:{width}}  {voices.describe(name)}".rstrip(), *marks]))
    return 0


def _entry(voices: "TsukasaVoices", name: str, is_default: bool) -> dict[str, object]:
    """A voice of the list as JSON; only tables have rows."""
    entry: dict[str, object] = {"name": name, "description": voices.describe(name), "is_default": is_default}
    rows_count = voices.rows_count(name)
    return entry if rows_count is None else {**entry, "rows": len(voices.array(name)), "rows_count": rows_count}


def _change(options: argparse.Namespace) -> str:
    """Change the voices of a folder, and return a sentence on it."""
    fewest, most, usage, change = _FROM_PACK if options.pack is not None else _CHANGES[options.action]
    if not fewest <= len(options.words) <= most:
        raise ValueError(f"write `tsukasa voices {options.action} {usage} --model FOLDER`")
    from ..conversion.kokoro.cached_model import is_cached
    from ..model_names import find_model
    from ..models.tsukasa.speaking.voice_folder import VoiceFolder

    path = find_model(options.model)
    if is_cached(path):
        raise ValueError(
            f"the model '{options.model}' is made again for other versions of its packages, and would lose your "
            f"voices: copy the folder '{path}', and name the copy in `model`"
        )
    folder = VoiceFolder(path)
    sentence = change(folder, *options.words, options=options)
    return f"{sentence}; the default is {_quoted(folder.default)}"


def _quoted(name: str | None) -> str:
    return "none" if name is None else f"'{name}'"


def _add(folder: "VoiceFolder", name: str, *clips: str, options: argparse.Namespace) -> str:
    for clip in clips:
        check_readable(Path(clip))
    folder.check_new(name, options.replace)
    import numpy as np

    speaker = load_speaker(options.model)
    style = np.mean([speaker.style_of(clip) for clip in clips], axis=0)
    count = counted(len(clips), "clip")
    folder.add(name, style, options.description or f"from {count}", options.replace)
    return f"'{name}' is a voice of '{folder.folder}', from {count}"


def _add_from_pack(folder: "VoiceFolder", *names: str, options: argparse.Namespace) -> str:
    if not options.pack.is_dir():
        check_readable(options.pack)
    for name in names:
        folder.check_new(name, options.replace)
    from ..models.tsukasa.speaking.voice_packs import choose_voices, read_voice_pack

    pack = read_voice_pack(options.pack, folder.voices.style_size)
    chosen = choose_voices(pack, names, options.pack)
    folder.add_all(chosen, options.description or f"from {options.pack.name}", options.replace)
    quoted = ", ".join(f"'{name}'" for name in chosen)
    are = "is a voice" if len(chosen) == 1 else "are voices"
    return f"{quoted} {are} of '{folder.folder}', from {options.pack.name}"


def _remove(folder: "VoiceFolder", name: str, options: argparse.Namespace) -> str:
    folder.remove(name)
    return f"'{name}' is no longer a voice of '{folder.folder}'"


def _rename(folder: "VoiceFolder", name: str, new_name: str, options: argparse.Namespace) -> str:
    folder.rename(name, new_name)
    return f"'{name}' is now '{new_name}'"


def _default(folder: "VoiceFolder", name: str, options: argparse.Namespace) -> str:
    folder.make_default(name)
    return f"'{name}' speaks when no voice is named"


# Fewest and most words after `add`, those words, and what it does, with a pack.
_MANY = 10_000
_FROM_PACK = (0, _MANY, "[NAME ...] --from PACK", _add_from_pack)

# Action -> fewest and most words after it, those words, and what it does.
_CHANGES: dict[str, tuple[int, int, str, Callable[..., str]]] = {
    "add": (2, _MANY, "NAME CLIP ...", _add),
    "remove": (1, 1, "NAME", _remove),
    "rename": (2, 2, "NAME NEW_NAME", _rename),
    "default": (1, 1, "NAME", _default),
}
