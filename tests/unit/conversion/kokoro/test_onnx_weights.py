# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import sys

import numpy as np
import pytest
import torch

from support.onnx_form import write_onnx
from support.original_format import KOKORO_MODULES, original_checkpoint
from support.published import KOKORO_CONFIG
from transformers_tsukasa.conversion.errors import ConversionError
from transformers_tsukasa.conversion.kokoro.onnx_weights import module_path, read_onnx_modules
from transformers_tsukasa.conversion.norm_folding import fold


onnx = pytest.importorskip("onnx", reason="the package onnx is not installed (extra kokoro)")

NET = original_checkpoint(KOKORO_CONFIG, list(KOKORO_MODULES))["net"]


@pytest.mark.parametrize(
    ("node", "module"),
    [
        ("/encoder/F0.0/conv1/Conv_quant", "predictor.F0.0.conv1"),
        ("/encoder/shared/LSTM_quant", "predictor.shared"),
        ("/encoder/predictor/text_encoder/lstms.2/LSTM_quant", "predictor.text_encoder.lstms.2"),
        ("/encoder/text_encoder/cnn.0/cnn.0.0/Conv_quant", "text_encoder.cnn.0.0"),
        ("/encoder/bert_encoder/MatMul_quant", "bert_encoder"),
        ("/decoder/decoder/asr_res/asr_res.0/Conv_quant", "decoder.asr_res.0"),
        ("/decoder/decoder/generator/ups.0/ConvTranspose", "decoder.generator.ups.0"),
    ],
)
def test_a_nodes_name_tells_its_module(node, module):
    assert module_path(node) == module


def test_every_tensor_is_read_within_half_a_step(tmp_path):
    half_steps = write_onnx(tmp_path / "k.onnx", NET)
    stored = read_onnx_modules(tmp_path / "k.onnx")
    assert set(stored.modules) == set(KOKORO_MODULES)
    assert stored.is_wrapped is False and len(stored.notes) == 2 and "8 bits" in stored.notes[0]
    assert len(half_steps) > 60
    for module, state in NET.items():
        expected = {name: tensor.make() for name, tensor in fold(state).items()}
        assert stored.modules[module].keys() == expected.keys()
        for name, tensor in stored.modules[module].items():
            if name.startswith("pooler"):
                assert not tensor.any()  # which exporters leave out
                continue
            assert tensor.shape == expected[name].shape, (module, name)
            difference = (tensor - expected[name]).abs().max().item()
            assert difference <= half_steps.get(f"{module}.{name}", 0.0) * 1.001, (module, name)


def _without(net, module):
    return {name: state for name, state in net.items() if name != module}


def _save_other(path):
    weight = onnx.numpy_helper.from_array(np.ones((2, 2), np.float32), "dense.weight")
    node = onnx.helper.make_node("MatMul", ["x", "dense.weight"], ["y"], name="/dense/MatMul")
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([node], "other", [], [], [weight])), path)


def _truncate(path):
    write_onnx(path, NET)
    path.write_bytes(path.read_bytes()[:20_000])


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda path: path.write_bytes(b""), "no ONNX file, or a truncated one"),
        (lambda path: path.write_bytes(b"<html>not found</html>" * 9), "no ONNX file, or a truncated one"),
        (_truncate, "no ONNX file, or a truncated one"),
        (_save_other, "is an ONNX file of another model"),
        (lambda path: write_onnx(path, _without(NET, "text_encoder")), "another model: .*text_encoder are not in it"),
    ],
    ids=["empty", "text", "truncated", "other", "a module missing"],
)
def test_another_file_is_refused_in_one_sentence(tmp_path, write, sentence):
    path = tmp_path / "k.onnx"
    write(path)
    with pytest.raises(ConversionError, match=sentence) as error:
        read_onnx_modules(path)
    assert "k.onnx" in str(error.value) and "\n" not in str(error.value)


def test_without_the_package_the_error_tells_how_to_install_it(tmp_path, monkeypatch):
    write_onnx(tmp_path / "k.onnx", NET)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"needs the package onnx: pip install '.\[kokoro\]'"):
        read_onnx_modules(tmp_path / "k.onnx")


def test_tensors_are_float32(tmp_path):
    write_onnx(tmp_path / "k.onnx", NET)
    kinds = {
        value.dtype for state in read_onnx_modules(tmp_path / "k.onnx").modules.values() for value in state.values()
    }
    assert kinds == {torch.float32}
