# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Kokoro's tensors from its ONNX file, also one in 8 bits, by their published names and with norms folded.

The exporter names nodes after the modules that they come from, and keeps the names of biases and tables; weights that
it computes (folded norms) or transposes (linear maps, LSTMs) lose theirs, and are named after the node that uses them.
onnxruntime's quantizer stores a weight W as integers `W_quantized`, with a factor `W_scale` for the tensor, or one for
each of its output channels: W = (W_quantized - zero point) * W_scale. The zero point is an input of the node.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from ..checkpoint_reading import StateDict, StoredModules
from ..errors import ConversionError
from .onnx_graph import Node, OnnxGraph


_MODULES = ("bert", "bert_encoder", "predictor", "decoder", "text_encoder")
_HALVES = ("encoder.", "decoder.")  # of the exported program: up to the expanded states, and from there
_QUANTIZED = "_quantized"
_COMPUTED = re.compile(r"_quantized\w*$|_(scale|zero_point)$")
_TRANSFORM = re.compile(r"decoder\.generator\.stft\.")  # cosines and sines, which no network learns
_CONVOLUTIONS = ("Conv", "ConvTranspose", "ConvInteger")
_PRODUCTS = ("MatMul", "MatMulInteger")
_LSTMS = ("LSTM", "DynamicQuantizeLSTM")
_POOLER = "pooler"  # of ALBERT, which nothing reads and exporters leave out


def read_onnx_modules(path: Path) -> StoredModules:
    """Read the five modules of a Kokoro model from an ONNX file.

    Raises:
        ConversionError: when it is no ONNX file, or damaged, or holds another model.
        ImportError: when the package `onnx` is not installed.
    """
    graph = OnnxGraph(path)
    modules: dict[str, StateDict] = {module: {} for module in _MODULES}
    for name, value in _tensors(graph, path):
        module, _, key = name.partition(".")
        if module not in modules or key in modules[module]:
            raise ConversionError(f"{path} is no ONNX file of Kokoro, or one of a form that is not known: '{name}'")
        modules[module][key] = torch.from_numpy(np.array(value, dtype=np.float32))
    empty = [module for module, state in modules.items() if not state]
    if empty:
        raise ConversionError(f"{path} is an ONNX file of another model: Kokoro's {', '.join(empty)} are not in it")
    notes = []
    if any(name.endswith(_QUANTIZED) for name in graph.constants):
        notes.append("the weights were stored in 8 bits: they differ from the published ones by up to half a step")
    if not any(key.startswith(_POOLER) for key in modules["bert"]):
        modules["bert"] |= _missing_pooler(modules["bert"], path)
        notes.append("the file has no pooler of PL-BERT, which nothing reads: zeros take its place")
    return StoredModules(modules, is_wrapped=False, notes=notes)


def _missing_pooler(bert: StateDict, path: Path) -> StateDict:
    query = "encoder.albert_layer_groups.0.albert_layers.0.attention.query.bias"
    if query not in bert:
        raise ConversionError(f"{path} is an ONNX file of another model: its PL-BERT has no {query}")
    width = len(bert[query])
    return {"pooler.weight": torch.zeros(width, width), "pooler.bias": torch.zeros(width)}


def _tensors(graph: OnnxGraph, path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """All tensors of the model by the names that they have in a published checkpoint, after the module's own."""
    for name in graph.constants:
        half = next((half for half in _HALVES if name.startswith(half)), None)
        published = name.removeprefix(half or "")
        if half is None or _COMPUTED.search(published) or _TRANSFORM.match(published):
            continue
        yield published, graph.array(name)
    for weight, node in _weights(graph).items():
        try:
            yield from _tensors_of(graph, node, weight)
        except (KeyError, ValueError, IndexError, StopIteration) as error:
            raise ConversionError(f"{path}: the weight of '{node.name}' has a form that is not known") from error


def _weights(graph: OnnxGraph) -> dict[str, Node]:
    """The node that names each weight which has no name of its own.

    A layer that is run several times is exported as often, with a number after its name: the shortest name is its own.
    """
    weights: dict[str, Node] = {}
    for node in graph.nodes:
        weight = node.input(0 if node.kind == "Gather" else 1)
        if not graph.has(weight) or (weight.startswith(_HALVES) and not weight.endswith(_QUANTIZED)):
            continue  # computed from other values, or taken by its own name already
        is_table = node.kind == "Gather" and weight.endswith(_QUANTIZED)
        if not is_table and node.kind not in (*_CONVOLUTIONS, *_PRODUCTS, *_LSTMS):
            continue
        if weight not in weights or len(node.name) < len(weights[weight].name):
            weights[weight] = node
    return weights


def _tensors_of(graph: OnnxGraph, node: Node, weight: str) -> Iterator[tuple[str, np.ndarray]]:
    module = module_path(node.name)
    if node.kind in _LSTMS:
        yield from _lstm(graph, node, module)
    elif node.kind == "Gather":
        users = (user for user in graph.nodes if user.kind == "DequantizeLinear")
        dequantize = next(user for user in users if user.input(0) == node.outputs[0])
        yield f"{module}.weight", _plain(graph, weight, dequantize.input(2))
    else:
        value = _plain(graph, weight, node.input(3) if node.kind.endswith("Integer") else "")
        yield f"{module}.weight", value.T if node.kind in _PRODUCTS else value


def _plain(graph: OnnxGraph, weight: str, zero_point: str) -> np.ndarray:
    """A weight as numbers, from whatever form it is stored in; factors belong to the last axis of a product's."""
    value = graph.array(weight).astype(np.float32)
    if not weight.endswith(_QUANTIZED):
        return value
    if zero_point:
        value = value - graph.array(zero_point).astype(np.float32)
    return value * graph.array(weight.removesuffix(_QUANTIZED) + "_scale")


def _lstm(graph: OnnxGraph, node: Node, module: str) -> Iterator[tuple[str, np.ndarray]]:
    """The tensors of a bidirectional LSTM.

    ONNX orders gates as input, output, forget, cell and torch as input, forget, cell, output. Quantized matrices are
    transposed, with a factor and a zero point for each direction (the contributed operator DynamicQuantizeLSTM).
    """
    matrices = {}
    for name, place, zero_point in (("ih", 1, 9), ("hh", 2, 11)):
        value = graph.array(node.input(place)).astype(np.float32)
        if node.kind == "DynamicQuantizeLSTM":
            scale = graph.array(node.input(zero_point - 1)).reshape(2, 1, -1)
            zero = graph.array(node.input(zero_point)).astype(np.float32).reshape(2, 1, -1)
            value = ((value - zero) * scale).transpose(0, 2, 1)
        matrices[name] = value
    rows = matrices["hh"].shape[1]
    biases = graph.array(node.input(3))
    for direction, ending in enumerate(("", "_reverse")):
        for name, matrix in matrices.items():
            yield f"{module}.weight_{name}_l0{ending}", _torch_order(matrix[direction])
        for name, bias in (("ih", biases[direction, :rows]), ("hh", biases[direction, rows:])):
            yield f"{module}.bias_{name}_l0{ending}", _torch_order(bias)


def _torch_order(gates: np.ndarray) -> np.ndarray:
    entry, output, forget, cell = np.split(gates, 4)
    return np.concatenate([entry, forget, cell, output])


def module_path(node_name: str) -> str:
    """The published path of the module that a node comes from: `/encoder/F0.0/conv1/Conv_quant` is of
    `predictor.F0.0.conv1`.

    A path begins with the half of the exported program, a member of a list repeats the list's name
    (`asr_res/asr_res.0`), and what the program calls out of the predictor lacks the predictor's name.
    """
    parts = node_name.strip("/").split("/")[:-1]
    parts = [part for part, after in zip(parts, [*parts[1:], ""], strict=True) if not after.startswith(f"{part}.")]
    if parts[0] == "encoder" or parts[:2] == ["decoder", "decoder"]:
        parts = parts[1:]
    path = ".".join(parts)
    return path if f"{path}.".startswith(tuple(f"{module}." for module in _MODULES)) else f"predictor.{path}"


__all__ = ["module_path", "read_onnx_modules"]
