# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The weights that the recorded results in `tests/data/parity` belong to.

The published weights are gigabytes and not ours to pass on. Equality with the original needs the same numbers on both
sides and nothing else, so every tensor is drawn from a random generator that its own name seeds. How large the values
are depends on the name and the shape: all signals stay alive and finite, and speech has a natural length and level.
`tests/data/parity/checksums.json` holds the SHA-256 of every module as it was when the results were recorded.
"""

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch.nn import functional as F


_POWER_ITERATIONS = 20


def _scaled(factor: float) -> Callable[[np.ndarray], np.ndarray]:
    """Keeps the variance of what the weight multiplies, apart from the factor."""
    return lambda normal: factor * normal / np.sqrt(math.prod(normal.shape[1:]))


# The first pattern that is found in "module.key" decides, from standard normal values of the tensor's shape.
_BY_NAME: tuple[tuple[str, Callable[[np.ndarray], np.ndarray]], ...] = (
    (r"\.running_var$", lambda normal: 1.0 + 0.1 * np.abs(normal)),
    (r"\.running_mean$", lambda normal: 0.1 * normal),
    # Brings the waveform near full scale.
    (r"generator\.conv_post\.weight_g$", lambda normal: 0.2 * (1.0 + 0.1 * normal)),
    (r"\.(weight_g|gamma)$", lambda normal: 1.0 + 0.1 * normal),
    (r"unshared\.weight$", _scaled(20.0)),
    (r"\.alpha[12]\.", lambda normal: 1.0 + 0.2 * np.abs(normal)),
    (r"fgate\.bias$", lambda normal: np.linspace(3.0, 6.0, len(normal)) + 0.1 * normal),
    # About four text frames a token.
    (r"duration_proj\.linear_layer\.bias$", lambda normal: -2.5 + 0.3 * normal),
    # An F0 around 200 Hz that moves with the text.
    (r"predictor\.F0_proj\.bias$", lambda normal: 200.0 + normal),
    (r"predictor\.F0_proj\.weight$", _scaled(20.0)),
    (r"\.(bias|bias_[^.]*|beta)$", lambda normal: 0.02 * normal),
)


def draw_tensor(name: str, shape: Sequence[int], dtype: str) -> torch.Tensor:
    """One tensor by its full name ("module.key"); tensors of integers are zeros."""
    if dtype.startswith("int"):
        return torch.zeros(list(shape), dtype=getattr(torch, dtype))
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
    normal = np.random.Generator(np.random.PCG64(seed)).standard_normal(shape)
    rule = next((rule for pattern, rule in _BY_NAME if re.search(pattern, name)), None)
    if rule is not None:
        values = rule(normal)
    elif len(shape) <= 1:  # gains of norms and of skip connections
        values = 1.0 + 0.1 * normal
    elif "embedding" in name:
        values = 0.5 * normal
    else:
        values = _scaled(1.0)(normal)
    return torch.from_numpy(np.ascontiguousarray(values)).to(getattr(torch, dtype))


def draw_state_dict(module: str, manifest: Mapping[str, Sequence]) -> dict[str, torch.Tensor]:
    """All tensors of one module of the original.

    Args:
        module: its name in the original's checkpoint.
        manifest: shape and dtype of every key, in the module's order.
    """
    state = {key: draw_tensor(f"{module}.{key}", shape, dtype) for key, (shape, dtype) in manifest.items()}
    for key in manifest:
        stem, left, _ = key.rpartition("weight_u")
        if left:
            state[key], state[f"{stem}weight_v"] = _singular_vectors(state[f"{stem}weight_orig"])
    return state


def checksum(state: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 over names and bytes of the tensors, in their order."""
    digest = hashlib.sha256()
    for name, tensor in state.items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensor.numpy()).tobytes())
    return digest.hexdigest()


def _singular_vectors(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Left and right singular vectors of a weight, which spectral norm keeps as buffers, by power iteration."""
    matrix = weight.double().flatten(1)
    left = torch.ones(len(matrix), dtype=torch.float64)
    for _ in range(_POWER_ITERATIONS):
        right = F.normalize(matrix.T @ left, dim=0)
        left = F.normalize(matrix @ right, dim=0)
    return left.to(weight.dtype), right.to(weight.dtype)
