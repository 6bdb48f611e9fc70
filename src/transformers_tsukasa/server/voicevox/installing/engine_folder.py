# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A folder that VOICEVOX's editor takes as an engine: a manifest, what it refers to, and a command that serves."""

import json
import os
import shlex
import shutil
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ....utils.atomic_files import atomic_folder
from ....utils.file_lock import one_at_a_time
from ....version import __version__
from ..manifest import ENGINE_NAME, engine_manifest, engine_uuid
from ..pictures import draw


MANIFEST_NAME = "engine_manifest.json"

_RUN = "run"
_FEATURE_NAMES = {
    "adjust_mora_pitch": "モーラごとの音高の調整",
    "adjust_phoneme_length": "音素ごとの長さの調整",
    "adjust_speed_scale": "全体の話速の調整",
    "adjust_pitch_scale": "全体の音高の調整",
    "adjust_intonation_scale": "全体の抑揚の調整",
    "adjust_volume_scale": "全体の音量の調整",
    "adjust_pause_length": "句読点などの無音時間の調整",
    "interrogative_upspeak": "疑問文の自動調整",
    "synthesis_morphing": "2種類のスタイルでのモーフィング",
    "streaming_synthesis": "音声のストリーミング合成",
    "sing": "歌唱音声合成",
    "manage_library": "音声ライブラリのインストール・アンインストール",
    "return_resource_url": "キャラクター情報のリソースをURLで返送",
    "apply_katakana_english": "未知の英単語をカタカナ読みに変換",
}


def install_engine(folder: Path, model: str, sampling_rate: int, port: int, arguments: Sequence[str]) -> None:
    """Write the folder of an engine, completely or not at all; one of ours that is there is replaced.

    Args:
        folder: to write; the editor takes it as an engine that exists.
        model: id of the default model.
        sampling_rate: of that model, in Hz.
        port: on which the editor first tries to reach the engine.
        arguments: of `tsukasa serve`; the editor adds host and port.

    Raises:
        FileExistsError: when the folder holds something else.
        FileNotFoundError: when the folder it lies in does not exist.
        OSError: when it cannot be written.
    """
    folder = folder.absolute()
    _check_place(folder)
    taken = f"another process writes the folder '{folder}': wait for it"
    with one_at_a_time(folder.with_name(f".{folder.name}.lock"), taken), atomic_folder(folder) as staged:
        command = _write_command(staged, arguments)
        manifest = engine_manifest(model, sampling_rate)
        texts = {
            "terms_of_service": ("terms_of_service.md", manifest["terms_of_service"]),
            "update_infos": ("update_infos.json", _as_json(manifest["update_infos"])),
            "dependency_licenses": ("dependency_licenses.json", _as_json(manifest["dependency_licenses"])),
        }
        for name, text in texts.values():
            (staged / name).write_text(text, encoding="utf-8")
        (staged / "icon.png").write_bytes(draw(engine_uuid(model)))
        changes = {
            **{field: name for field, (name, _) in texts.items()},
            "icon": "icon.png",
            "command": command,
            "port": port,
            "version": __version__,
            "supported_features": _named(manifest["supported_features"]),
        }
        (staged / MANIFEST_NAME).write_text(_as_json({**manifest, **changes}), encoding="utf-8")


def _check_place(folder: Path) -> None:
    if not folder.parent.is_dir():
        raise FileNotFoundError(f"cannot write '{folder}': the folder '{folder.parent}' does not exist")
    if not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir())):
        return
    try:
        manifest = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
        is_ours = isinstance(manifest, dict) and manifest.get("brand_name") == ENGINE_NAME
    except (
        OSError,
        ValueError,
    ):  # of other content: a file, a folder without a manifest, a manifest of something else
        is_ours = False
    if not is_ours:
        raise FileExistsError(f"'{folder}' holds something else than this engine: name a new folder, or an empty one")


def _write_command(folder: Path, arguments: Sequence[str]) -> str:
    """Write what starts the server, and return it as the manifest names it.

    The editor splits a command as a shell does and starts programs alone: on Windows no scripts.
    """
    if sys.platform == "win32":
        launcher = Path(sysconfig.get_path("scripts")) / "tsukasa.exe"
        if not launcher.is_file():
            raise FileNotFoundError(
                f"there is no '{launcher}', which starts the engine: install this package with pip"
            )
        shutil.copyfile(launcher, folder / f"{_RUN}.exe")
        return shlex.join([f"{_RUN}.exe", "serve", *arguments])
    script = folder / _RUN
    served = shlex.join([sys.executable, "-m", "transformers_tsukasa", "serve", *arguments])
    script.write_text(f'#!/bin/sh\n# Written by tsukasa {__version__}.\nexec {served} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return _RUN


def _named(features: Mapping[str, bool]) -> dict[str, dict[str, Any]]:
    return {
        feature: {"type": "bool", "value": value, "name": _FEATURE_NAMES[feature]}
        for feature, value in features.items()
    }


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


__all__ = ["MANIFEST_NAME", "install_engine"]
