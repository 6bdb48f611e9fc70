# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A tiny Kokoro checkpoint as an ONNX file of the form that onnxruntime's quantizer gives the published one.

The graph holds the constants, and the nodes that name and use them; it computes nothing.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from transformers_tsukasa.conversion.norm_folding import fold


_FIRST_HALF = ("bert", "bert_encoder", "predictor", "text_encoder")
_LIST_MEMBERS = ("asr_res.", "cnn.")  # whose nodes' paths repeat the list's name


def write_onnx(path: Path, modules: Mapping[str, Mapping[str, torch.Tensor]]) -> dict[str, np.ndarray]:
    """Write the modules of a Kokoro checkpoint as a quantized ONNX file.

    Returns:
        Half a step of every quantized tensor, by its published name.
    """
    import onnx
    from onnx import helper

    form = _Form()
    for module, state in modules.items():
        tensors = {name: stored.make().numpy() for name, stored in fold(state).items()}
        form.add_module(module, {name: value for name, value in tensors.items() if not name.startswith("pooler")})
    form.constant("decoder.decoder.generator.stft.window_sum", np.ones(4, np.float32))
    graph = helper.make_graph(form.nodes, "kokoro", [], [], form.constants)
    onnx.save(helper.make_model(graph), path)
    return form.half_steps


class _Form:
    def __init__(self):
        from onnx import helper, numpy_helper

        self._helper, self._to_constant = helper, numpy_helper.from_array
        self.nodes, self.constants, self.half_steps = [], [], {}

    def constant(self, name, value):
        self.constants.append(self._to_constant(np.ascontiguousarray(value), name))

    def node(self, kind, name, inputs):
        self.nodes.append(self._helper.make_node(kind, inputs, [f"{name}_output"], name=name))

    def add_module(self, module, tensors):
        for name in [name for name in tensors if name.endswith("weight_ih_l0")]:
            self._lstm(module, name.removesuffix(".weight_ih_l0"), tensors)
        for name, value in tensors.items():
            if "_l0" not in name:
                self._tensor(module, name, value)

    def _tensor(self, module, name, value):
        half = "encoder" if module in _FIRST_HALF else "decoder"
        full = f"{half}.{module}.{name}"
        stem = name.removesuffix("weight").removesuffix(".")
        path = _node_path(module, stem)
        table = "embedding" in name and name.endswith("weight") and "LayerNorm" not in name and "mapping" not in name
        if not name.endswith("weight") or "LayerNorm" in name or "layer_norm" in name:
            self.constant(full, value)  # biases, slopes and norms keep their names
        elif table:
            self._quantized(full, f"{module}.{name}", value, per_row=False)
            self.node("Gather", f"{path}/Gather_quant", [f"{full}_quantized", "ids"])
            inputs = [f"{path}/Gather_quant_output", f"{full}_scale", f"{full}_zero_point"]
            self.node("DequantizeLinear", f"{path}/Gather_quant_DequantizeLinear", inputs)
        elif "l_linear" in name:
            self.constant("onnx::MatMul_1", value.T)
            self.node("MatMul", f"{path}/MatMul", ["x", "onnx::MatMul_1"])
        elif "ups." in name or "pool" in name or "conv_post" in name:
            self.constant(f"{path}/Mul_output_0", value)
            kind = "Conv" if "conv_post" in name else "ConvTranspose"
            self.node(kind, f"{path}/{kind}", ["x", f"{path}/Mul_output_0", f"{full[:-6]}bias"])
        elif value.ndim == 3:
            self._quantized(f"{path}/Mul_output_0", f"{module}.{name}", value, per_row=False)
            weight = f"{path}/Mul_output_0"
            self.node("ConvInteger", f"{path}/Conv_quant", ["x", f"{weight}_quantized", "z", f"{weight}_zero_point"])
        else:
            weight = f"onnx::MatMul_{path}"
            self._quantized(weight, f"{module}.{name}", value, per_row=True, transposed=True)
            inputs = ["x", f"{weight}_quantized", "z", f"{weight}_zero_point"]
            for again in ("_1", "") if "albert" in name else ("",):  # a layer that is run twice
                self.node("MatMulInteger", f"{path}{again}/MatMul_quant", inputs)

    def _quantized(self, name, published, value, per_row, transposed=False):
        """Store a weight in 8 bits: unsigned with a zero point, or signed with a factor for each row."""
        if per_row:
            scale = (np.abs(value).max(axis=1) / 127).astype(np.float32)
            zero, integers = np.zeros(len(value), np.int8), np.round(value / scale[:, None]).astype(np.int8)
        else:
            low, high = min(value.min(), 0.0), max(value.max(), 0.0)
            scale = np.array((high - low) / 255, np.float32)
            zero = np.array(np.round(-low / scale), np.uint8)
            integers = np.clip(np.round(value / scale) + zero, 0, 255).astype(np.uint8)
        self.constant(f"{name}_quantized", integers.T if transposed else integers)
        self.constant(f"{name}_scale", scale)
        self.constant(f"{name}_zero_point", zero)
        self.half_steps[published] = scale.max() / 2

    def _lstm(self, module, stem, tensors):
        path = _node_path(module, stem)
        inputs = ["x"]
        scales = []
        for part in ("ih", "hh"):
            both = [_onnx_order(tensors[f"{stem}.weight_{part}_l0{end}"]) for end in ("", "_reverse")]
            value = np.stack(both).transpose(0, 2, 1)
            scale = (np.abs(value).max(axis=(1, 2)) / 127).astype(np.float32)
            name = f"onnx::LSTM_{path}_{part}"
            self.constant(f"{name}_quantized", np.round(value / scale[:, None, None]).astype(np.int8))
            self.constant(f"{name}_scale", scale)
            self.constant(f"{name}_zero_point", np.zeros(2, np.int8))
            inputs.append(f"{name}_quantized")
            scales += [f"{name}_scale", f"{name}_zero_point"]
            for end in ("", "_reverse"):
                self.half_steps[f"{module}.{stem}.weight_{part}_l0{end}"] = scale.max() / 2
        biases = [
            np.concatenate([_onnx_order(tensors[f"{stem}.bias_{part}_l0{end}"]) for part in ("ih", "hh")])
            for end in ("", "_reverse")
        ]
        self.constant(f"onnx::LSTM_{path}_bias", np.stack(biases))
        inputs += [f"onnx::LSTM_{path}_bias", "", "", "", ""]
        self.node("DynamicQuantizeLSTM", f"{path}/LSTM_quant", [*inputs, *scales])


def _onnx_order(gates: np.ndarray) -> np.ndarray:
    entry, forget, cell, output = np.split(gates, 4)
    return np.concatenate([entry, output, forget, cell])


def _node_path(module: str, stem: str) -> str:
    """The path of a module's nodes, as the exporter writes it."""
    if module == "decoder":
        parts = ["decoder", "decoder"]
    elif module == "predictor" and not stem.startswith(("text_encoder", "lstm", "duration_proj")):
        parts = ["encoder"]  # called from outside the predictor
    else:
        parts = ["encoder", module]
    for prefix in _LIST_MEMBERS:
        if stem.startswith(prefix):  # cnn.0.0 is /cnn.0/cnn.0.0, asr_res.0 is /asr_res/asr_res.0
            return "/" + "/".join([*parts, stem.rpartition(".")[0], stem])
    return "/" + "/".join([*parts, *(_members(stem) if stem else [])])


def _members(stem: str) -> list[str]:
    """`generator.resblocks.0.convs1.2` is `generator`, `resblocks.0`, `convs1.2`."""
    members: list[str] = []
    for part in stem.split("."):
        if part.isdigit() and members:
            members[-1] += f".{part}"
        else:
            members.append(part)
    return members
