# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech raised to 24 or 48 kHz by a converted SpeechSR, in constant memory."""

import os
from collections.abc import Iterable, Iterator

import numpy as np
import torch

from ..audio.files import resample
from ..models.speechsr.modeling_speechsr import SpeechSRModel
from ..utils.devices import check_device


NEEDS_UPSAMPLER = (
    "needs a converted SpeechSR, whose weights cannot be part of this package: fetch SpeechSR's checkpoint with its "
    "config.json, run `tsukasa convert G_100000.pth FOLDER`, and name the folder in `upsampler`"
)


class Upsampler:
    """Raises speech to a higher rate.

    Args:
        model: in evaluation mode, on its device.
    """

    def __init__(self, model: SpeechSRModel) -> None:
        self.model = model

    @classmethod
    def load(cls, folder: str | os.PathLike, device: str | torch.device = "cpu") -> "Upsampler":
        """Load a model folder that `tsukasa convert` has written.

        Raises:
            OSError, ValueError: when there is no such folder, or it holds another model.
        """
        return cls(SpeechSRModel.from_pretrained(folder).eval().to(check_device(device)))

    @property
    def input_rate(self) -> int:
        """Samples per second that the model reads."""
        return self.model.config.sampling_rate

    @property
    def output_rate(self) -> int:
        """Samples per second that it makes."""
        return self.model.config.output_sampling_rate

    def check_rate(self, wanted: int | None) -> None:
        """Refuse another rate than the model's, with a ValueError."""
        if wanted is not None and wanted != self.output_rate:
            raise ValueError(
                f"the `upsampler` makes {self.output_rate} Hz, not {wanted}: name the folder of another SpeechSR, or "
                f"ask for {self.output_rate}"
            )

    @torch.inference_mode()
    def __call__(self, waveform: np.ndarray, sampling_rate: int) -> np.ndarray:
        """Raise `(samples,)` at a rate in Hz; returns `(samples,)` float32 at `output_rate`."""
        if len(waveform) == 0:
            return np.zeros(0, dtype=np.float32)
        samples = resample(waveform, sampling_rate, self.input_rate)
        return np.concatenate(list(self.stream([samples[None]])), axis=1)[0]

    @torch.inference_mode()
    def stream(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Raise blocks `(channels, samples)` at `input_rate`, of any size; yields blocks at `output_rate`."""
        tensors = (torch.from_numpy(block).float().to(self.model.device) for block in blocks)
        for raised in self.model.stream(tensors):
            yield raised.float().cpu().numpy()


__all__ = ["NEEDS_UPSAMPLER", "Upsampler"]
