# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest
import torch

from support.original_format import (
    original_checkpoint,
    save,
    tiny_config,
)
from transformers_tsukasa.conversion.checkpoint_reading import modules_in, read_checkpoint, read_module
from transformers_tsukasa.conversion.errors import ConversionError


def read_modules(path):
    return modules_in(read_checkpoint(path), path)


@pytest.mark.parametrize("zipped", [True, False])
def test_both_formats_of_torch_files_are_read(tmp_path, zipped):
    content = {"net": {"decoder": {"module.weight": torch.arange(6.0)}}, "epoch": 3}
    torch.save(content, tmp_path / "x.pth", _use_new_zipfile_serialization=zipped)
    modules = read_modules(tmp_path / "x.pth").modules
    assert list(modules) == ["decoder"]
    assert torch.equal(modules["decoder"]["weight"], torch.arange(6.0))


@pytest.mark.parametrize("wrapper", ["net", "model", None])
def test_a_modules_own_file_is_unwrapped(tmp_path, wrapper):
    state = {"module.weight": torch.ones(2)}
    torch.save({wrapper: state, "epoch": 1} if wrapper else state, tmp_path / "x.t7")
    assert list(read_module(tmp_path / "x.t7")) == ["weight"]


def _write_truncated(path, zipped):
    torch.save({"net": {"a": {"weight": torch.randn(5000)}}}, path, _use_new_zipfile_serialization=zipped)
    path.write_bytes(path.read_bytes()[:9000])


class NotATensor:
    """Something that a checkpoint must not hold."""


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_bytes(b"<html>Not found</html>" * 50), "not a PyTorch checkpoint"),
        (lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"),
        (lambda path: _write_truncated(path, True), "truncated or damaged"),
        (lambda path: _write_truncated(path, False), "truncated"),
        (lambda path: torch.save([1, 2], path), "not a dictionary of tensors"),
        (lambda path: torch.save({"net": {"a": {"w": NotATensor()}}}, path), "NotATensor"),
        (lambda path: torch.save({"net": {}, "epoch": 2}, path), "not a main checkpoint"),
    ],
)
def test_a_file_that_is_not_a_checkpoint_is_refused_in_one_sentence(tmp_path, write, sentence):
    path = tmp_path / "x.pth"
    write(path)
    with pytest.raises(ConversionError) as error:
        read_modules(path)
    assert sentence in str(error.value) and "x.pth" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_damaged_safetensors_file_is_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{}")
    with pytest.raises(ConversionError, match="not a complete safetensors file"):
        read_checkpoint(tmp_path / "model.safetensors")


def test_every_tensor_of_a_published_checkpoint_is_read(tmp_path):
    content = original_checkpoint(tiny_config())
    modules = read_modules(save(content, tmp_path / "x.pth")).modules
    assert {name: list(state) for name, state in modules.items()} == {
        name: list(state) for name, state in content["net"].items()
    }
