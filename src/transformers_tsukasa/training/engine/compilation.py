# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Compiles the parts of the models that are many small operations.

On a GPU a step is thousands of operations that take longer to start than to run. The parts here are the ones that
repeat most, each a graph that all its copies share, whatever the lengths of a batch are; what is around them stays as
it is. A whole model would ask for another graph with every length and every phase.
"""

import torch
from torch import nn

from ...models.layers.mlstm import MLSTMLayer
from ...models.tsukasa.vocoder.generator_stage import TsukasaNormedSnake


PARTS = (TsukasaNormedSnake, MLSTMLayer)
_MOST_GRAPHS = 64


def compile_parts(model: nn.Module, backend: str = "inductor") -> int:
    """Marks the parts for compilation, which happens when they first run; on a CPU it needs a C++ compiler.

    Returns:
        How many parts there are.
    """
    parts = [module for module in model.modules() if isinstance(module, PARTS)]
    for part in parts:
        part.compile(dynamic=True, backend=backend)
    # Every width, in each type, with gradients and without, is a graph of its own; torch gives up after eight.
    torch._dynamo.config.recompile_limit = max(torch._dynamo.config.recompile_limit, _MOST_GRAPHS)
    return len(parts)


__all__ = ["PARTS", "compile_parts"]
