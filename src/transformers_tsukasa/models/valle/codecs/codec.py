# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The interface of audio codecs."""

import os
import shutil
from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
import torch

from ..configuration_valle import VallEConfig


class AudioCodec(ABC):
    """Waveforms to codes and back.

    Attributes:
        folder: where it was loaded from.
        sampling_rate: samples per second.
        frame_rate: frames per second.
        num_codebooks: codes of a frame.
        codebook_size: entries of every codebook.
    """

    folder: Path
    sampling_rate: int
    frame_rate: float
    num_codebooks: int
    codebook_size: int

    @abstractmethod
    def encode(self, waveform: np.ndarray) -> torch.Tensor:
        """Codes of a waveform; (samples,) -> (frames, num_codebooks), int64"""

    @abstractmethod
    def decode(self, codes: torch.Tensor) -> np.ndarray:
        """The waveform of codes; (frames, num_codebooks) -> (samples,), float32"""

    def save_pretrained(self, folder: str | os.PathLike) -> None:
        """Copies the files of the codec into a folder."""
        if Path(folder).resolve() != self.folder.resolve():
            shutil.copytree(self.folder, folder, dirs_exist_ok=True)

    def check_codes(self, codes: torch.Tensor) -> None:
        """Refuses codes of another codec.

        Raises:
            ValueError: for another shape, and codes out of range.
        """
        if codes.ndim != 2 or codes.shape[1] != self.num_codebooks:
            raise ValueError(f"codes must be (frames, {self.num_codebooks}), got shape {tuple(codes.shape)}")
        if codes.numel() and not 0 <= int(codes.min()) <= int(codes.max()) < self.codebook_size:
            raise ValueError(
                f"codes must be 0 to {self.codebook_size - 1}, got {int(codes.min())} to {int(codes.max())}: they are "
                "of another codec"
            )

    def check_fits(self, config: VallEConfig) -> None:
        """Refuses a model that was trained on other codes.

        Raises:
            ValueError: telling both sides.
        """
        ours = (self.num_codebooks, self.codebook_size, self.frame_rate, self.sampling_rate)
        theirs = (config.num_codebooks, config.codebook_size, config.frame_rate, config.sampling_rate)
        if ours != theirs:
            raise ValueError(
                f"the codec in '{self.folder}' has {_described(*ours)}, but the model was trained on "
                f"{_described(*theirs)}: open the codec that it was trained with"
            )


def _described(codebooks: int, size: int, frame_rate: float, sampling_rate: int) -> str:
    return f"{codebooks} codebooks of {size} at {frame_rate:g} frames a second of {sampling_rate} Hz"


__all__ = ["AudioCodec"]
