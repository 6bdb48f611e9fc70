# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Clips to what the synthesizer reads of them: the log-mel of a prompt, padded audio of a source, and F0."""

from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence
from transformers.audio_utils import mel_filter_bank
from transformers.feature_extraction_sequence_utils import SequenceFeatureExtractor
from transformers.feature_extraction_utils import BatchFeature

from ...audio.clip_forms import as_clips
from ...audio.clips import load_clip
from ..layers.masking import lengths_to_mask
from .configuration_hierspeech import F0_PER_FRAME, HierSpeechConfig


_FLOOR = 0.001
_BLOCK_FRAMES = 4
"""A source is padded to a multiple of so many frames, so that trackers and features agree on its length."""


class HierSpeechFeatureExtractor(SequenceFeatureExtractor):
    r"""
    Log-mels of reference clips, of any rate and number of channels.

    Args:
        feature_size (`int`, *optional*, defaults to 80):
            Bands of the log-mel.
        sampling_rate (`int`, *optional*, defaults to 16000):
            Samples per second that the model reads.
        padding_value (`float`, *optional*, defaults to 0.0):
            Value that fills up the shorter clips of a batch.
        n_fft (`int`, *optional*, defaults to 1280):
            Length of the Fourier transform and its Hann window, in samples.
        hop_length (`int`, *optional*, defaults to 320):
            Samples of a frame.
    """

    model_input_names = ["prompt_mel", "prompt_mask"]

    def __init__(
        self,
        feature_size: int = 80,
        sampling_rate: int = 16000,
        padding_value: float = 0.0,
        n_fft: int = 1280,
        hop_length: int = 320,
        **kwargs: Any,
    ) -> None:
        super().__init__(feature_size, sampling_rate, padding_value, **kwargs)
        self.n_fft, self.hop_length = n_fft, hop_length

    @classmethod
    def from_config(cls, config: HierSpeechConfig) -> "HierSpeechFeatureExtractor":
        """The extractor that belongs to a model."""
        return cls(config.num_mel_bins, config.sampling_rate, n_fft=config.n_fft, hop_length=config.hop_length)

    def __call__(
        self, audio: Any, sampling_rate: int | None = None, return_tensors: str | None = "pt"
    ) -> BatchFeature:
        """Prepares one prompt or several.

        Args:
            audio: a clip or a list of them, in any form that `audio.clips.load_clip` takes.
            sampling_rate: in Hz, of clips without a rate of their own; the model's without it.
            return_tensors: `"pt"` or `"np"`.

        Returns:
            `prompt_mel` (batch, frames, num_mel_bins) and `prompt_mask` (batch, frames).

        Raises:
            ValueError: for what is no audio, silent, not finite or shorter than half of `n_fft`.
            OSError: for a file that cannot be read.
        """
        clips = [load_clip(clip, sampling_rate, self.sampling_rate) for clip in as_clips(audio)]
        mels = [self.log_mel(torch.from_numpy(clip)) for clip in clips]
        padded = pad_sequence(mels, batch_first=True, padding_value=self.padding_value)
        mask = lengths_to_mask(torch.tensor([len(mel) for mel in mels]), padded.shape[1]).long()
        values = {"prompt_mel": padded, "prompt_mask": mask}
        if return_tensors == "pt":
            return BatchFeature(values)
        return BatchFeature({name: value.numpy() for name, value in values.items()})

    def log_mel(self, waveform: torch.Tensor) -> torch.Tensor:
        """Logarithm of the mel powers plus 0.001.

        Bands are HTK's from 0 Hz to half the rate, without normalisation by their width. The frame that is centred on
        the end is left out, so there is one for every full `hop_length`.

        Args:
            waveform: (samples,), more than half of `n_fft`.

        Returns:
            (samples // hop_length, num_mel_bins) float32.

        Raises:
            ValueError: for a clip that is too short.
        """
        shortest = self.n_fft // 2 + 1
        if len(waveform) < shortest:
            raise ValueError(
                f"the clip lasts {len(waveform) / self.sampling_rate:.3f} s, but a voice is read from at least "
                f"{shortest / self.sampling_rate:.3f} s: give a longer recording"
            )
        window = torch.hann_window(self.n_fft)
        spectrum = torch.stft(waveform.float(), self.n_fft, self.hop_length, window=window, return_complex=True)
        bands = mel_filter_bank(
            self.n_fft // 2 + 1, self.feature_size, 0.0, self.sampling_rate / 2, self.sampling_rate, mel_scale="htk"
        )
        powers = spectrum.abs().square().T @ torch.from_numpy(bands).float()
        return torch.log(powers + _FLOOR)[: len(waveform) // self.hop_length]

    def pad_source(self, waveform: np.ndarray) -> np.ndarray:
        """A source with silence up to the next multiple of four frames, at least a sample of it: (samples,)"""
        block = _BLOCK_FRAMES * self.hop_length
        return np.pad(waveform, (0, block - len(waveform) % block))


def match_f0(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """F0 of a source in the register of a target: mean and deviation over voiced values become the target's.

    Args:
        source, target: F0 in Hz, 0 where unvoiced, of any length.

    Returns:
        F0 in Hz like `source`; the same where one of both has no voiced value.
    """
    voiced, register = source[source > 0], target[target > 0]
    if len(voiced) == 0 or len(register) == 0:
        return source
    deviation = voiced.std()
    stretched = (source - voiced.mean()) * (register.std() / deviation if deviation > 0 else 0.0) + register.mean()
    return np.where(source > 0, np.maximum(stretched, 0.0), 0.0).astype(source.dtype)


def log_f0(f0: np.ndarray) -> np.ndarray:
    """The synthesizer's form of F0 in Hz: the logarithm of F0 plus 1, so that unvoiced is 0."""
    return np.log1p(f0)


__all__ = ["F0_PER_FRAME", "HierSpeechFeatureExtractor", "log_f0", "match_f0"]
