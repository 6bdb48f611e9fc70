# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""An ONNX file: its constants, and the nodes that use them. The package `onnx` is imported when a file is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...utils.wording import install_hint
from ..errors import ConversionError


@dataclass(frozen=True)
class Node:
    """An operation.

    Args:
        name: its path, as the exporter wrote it.
        kind: of the operation, such as "Conv".
        inputs: names of its inputs; empty for one that is left out.
        outputs: names of its outputs.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def input(self, place: int) -> str:
        """The name of an input, empty where there is none."""
        return self.inputs[place] if place < len(self.inputs) else ""


class OnnxGraph:
    """The nodes of an ONNX file in their order, and its constants, which are computed when they are asked for.

    Args:
        path: of the file.

    Raises:
        ConversionError: when it is no ONNX file, or damaged, or keeps its weights in another file.
        ImportError: when the package `onnx` is not installed.
    """

    def __init__(self, path: Path) -> None:
        onnx, damage = _onnx()
        try:
            model = onnx.load(path, load_external_data=False)
        except damage as error:
            raise ConversionError(_not_onnx(path)) from error
        if not model.graph.node or not model.graph.initializer:
            raise ConversionError(_not_onnx(path))
        self._to_array = onnx.numpy_helper.to_array
        self._constants: Mapping[str, Any] = {constant.name: constant for constant in model.graph.initializer}
        if any(constant.data_location for constant in self._constants.values()):
            raise ConversionError(f"{path} keeps its weights in another file: give the ONNX file that holds them")
        self.nodes = [
            Node(node.name, node.op_type, tuple(node.input), tuple(node.output)) for node in model.graph.node
        ]

    @property
    def constants(self) -> list[str]:
        """Names of the constants."""
        return list(self._constants)

    def has(self, name: str) -> bool:
        """Whether there is a constant of this name."""
        return name in self._constants

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a constant."""
        return tuple(self._constants[name].dims)

    def array(self, name: str) -> np.ndarray:
        """A constant."""
        return self._to_array(self._constants[name])


def _not_onnx(path: Path) -> str:
    return f"{path} is no ONNX file, or a truncated one ({path.stat().st_size} bytes): download or copy it again"


def _onnx() -> tuple[Any, type[Exception]]:
    """The package, and what it raises for a file of another form."""
    try:
        import onnx
        import onnx.numpy_helper
        from google.protobuf.message import DecodeError
    except ModuleNotFoundError as error:
        raise ImportError(f"reading an ONNX file needs the package onnx: {install_hint('kokoro')}") from error
    return onnx, DecodeError
