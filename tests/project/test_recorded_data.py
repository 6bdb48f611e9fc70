# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The data under tests/data: what it is made of, and that a public clone needs nothing else."""

import hashlib
import json

import pytest
from safetensors import safe_open

from support import shared_data
from support.shared_data import DATA, recorded_path
from support.synthetic_checkpoint import checksum, draw_state_dict


MANIFESTS = {
    module: entry
    for path in sorted((DATA / "parity").glob("manifest_*.json"))
    for module, entry in json.loads(path.read_text(encoding="utf-8")).items()
}
CHECKSUMS = json.loads((DATA / "parity" / "checksums.json").read_text(encoding="utf-8"))
# With tensors of every rule. The larger ones are drawn, and compared with recorded results, by the tests of equality.
DRAWN = ("bert", "bert_encoder", "text_encoder", "text_aligner", "pitch_extractor", "msd", "wd")


def test_every_module_has_a_checksum():
    assert MANIFESTS.keys() == CHECKSUMS.keys() and len(MANIFESTS) == 16


@pytest.mark.parametrize("module", DRAWN)
def test_drawn_weights_are_those_of_the_recording(module):
    assert checksum(draw_state_dict(module, MANIFESTS[module])) == CHECKSUMS[module]


def test_every_file_is_described_and_small():
    folders = {path.parent for path in DATA.rglob("*") if path.is_file()}
    for path in DATA.rglob("*"):
        if path.is_file():
            assert path.stat().st_size < 2_000_000, f"{path} is too large for the repository"
            assert path.suffix not in (".pth", ".pt", ".bin", ".onnx"), f"{path} looks like weights"
    described = (DATA / "README.md").read_text(encoding="utf-8")
    missing = [folder.name for folder in folders - {DATA} if f"{folder.name}/" not in described]
    assert not missing


def test_speechsr_numbers_are_those_that_were_recorded():
    about = json.loads((DATA / "speechsr" / "golden_speechsr.json").read_text(encoding="utf-8"))["tensors"]
    with safe_open(DATA / "speechsr" / "golden_speechsr.safetensors", "np") as file:
        assert set(file.keys()) == set(about)
        for name, entry in about.items():
            tensor = file.get_tensor(name)
            assert list(tensor.shape) == entry["shape"]
            assert hashlib.sha256(tensor.astype("<f4").tobytes()).hexdigest() == entry["sha256_le_f32"]


def test_the_repository_comes_before_the_folder_beside_it(tmp_path, monkeypatch):
    monkeypatch.setenv("TSUKASA_SHARED", str(tmp_path))
    (tmp_path / "parity").mkdir()
    assert recorded_path("parity") == shared_data.DATA / "parity"
    (tmp_path / "more.txt").touch()
    assert recorded_path("more.txt") == tmp_path / "more.txt"
    with pytest.raises(pytest.skip.Exception, match="absent.bin is neither in tests/data nor in '.*TSUKASA_SHARED"):
        recorded_path("absent.bin")
