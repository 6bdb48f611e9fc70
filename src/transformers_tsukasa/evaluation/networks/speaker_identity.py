# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Similarity of the speakers of two utterances, and how well the voices of a model can be told apart."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from ...audio.files import resample


def cosine_similarity(left: np.ndarray, right: np.ndarray) -> float:
    """Return the cosine of the angle between two vectors, -1 to 1.

    Raises:
        ValueError: when they differ in shape, or one is zero.
    """
    left, right = np.asarray(left, dtype=np.float64).ravel(), np.asarray(right, dtype=np.float64).ravel()
    if left.shape != right.shape:
        raise ValueError(f"vectors of {left.size} and {right.size} values cannot be compared")
    norms = np.linalg.norm(left) * np.linalg.norm(right)
    if not norms > 0:
        raise ValueError("a vector is zero or not finite and has no direction to compare")
    return float(left @ right / norms)


class XVectorEmbedder:
    """Speaker embeddings by a network of transformers with an x-vector head, such as WavLM's (Chen et al. 2022,
    arXiv:2110.13900; x-vectors: Snyder et al. 2018).

    Args:
        folder: a folder that `AutoModelForAudioXVector` and `AutoFeatureExtractor` load.
        device: where it runs.

    Raises:
        OSError, ValueError: when there is no such network in it.
    """

    def __init__(self, folder: str | os.PathLike, device: str = "cpu") -> None:
        from transformers import AutoFeatureExtractor, AutoModelForAudioXVector

        if not Path(folder).is_dir():
            raise FileNotFoundError(f"there is no folder '{folder}' with a speaker network")
        self._extractor = AutoFeatureExtractor.from_pretrained(folder)
        self._model = AutoModelForAudioXVector.from_pretrained(folder).eval().to(device)

    @torch.no_grad()
    def __call__(self, waveform: np.ndarray, sampling_rate: int) -> np.ndarray:
        """Return the embedding `(size,)` float32 of `(samples,)`."""
        rate = self._extractor.sampling_rate
        audio = resample(np.asarray(waveform, dtype=np.float32), sampling_rate, rate)
        inputs = self._extractor(audio, sampling_rate=rate, return_tensors="pt").to(self._model.device)
        return self._model(**inputs).embeddings[0].float().cpu().numpy()


def centroids(vectors: Sequence[np.ndarray], labels: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the mean vector of every label."""
    members: dict[str, list[np.ndarray]] = {}
    for vector, label in zip(vectors, labels, strict=True):
        members.setdefault(label, []).append(np.asarray(vector, dtype=np.float64))
    return {label: np.mean(own, axis=0) for label, own in members.items()}


def nearest(vector: np.ndarray, known: Mapping[str, np.ndarray]) -> str:
    """Return the label of `known` whose vector is most like `vector`: by the cosine, with the mean of `known` removed.

    All styles of a model share a large part of that mean, which does not depend on the voice.

    Raises:
        ValueError: with fewer than two labels.
    """
    if len(known) < 2:
        raise ValueError(f"telling voices apart needs at least two of them, got {len(known)}")
    middle = np.mean([np.asarray(value, dtype=np.float64) for value in known.values()], axis=0)
    offset = np.asarray(vector, dtype=np.float64) - middle
    return max(known, key=lambda label: cosine_similarity(offset, known[label] - middle))
