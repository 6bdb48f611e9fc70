# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The log-mel spectrogram that every part of the system works on, and the energy curve read from it."""

import math
from functools import lru_cache
from typing import Protocol

import numpy as np
import torch


LOG_OFFSET = 1e-5
"""Added to the mel powers before the logarithm."""

LOG_MEAN = -4.0
LOG_STD = 4.0
"""A normalised log-mel is `(log(mel + LOG_OFFSET) - LOG_MEAN) / LOG_STD` (docs/spec/model.md, Features)."""


class MelLayout(Protocol):
    """The numbers that a log-mel is made with: a model's `config.audio_config`, or a feature extractor."""

    @property
    def n_fft(self) -> int: ...

    @property
    def win_length(self) -> int: ...

    @property
    def hop_length(self) -> int: ...

    @property
    def num_mel_bins(self) -> int: ...

    @property
    def mel_sampling_rate(self) -> int: ...


def mel_filters(num_mel_bins: int, n_fft: int, mel_sampling_rate: int) -> np.ndarray:
    """Triangular mel filters on the HTK scale (`2595 log10(1 + f / 700)`), not normalised by their area.

    Args:
        num_mel_bins: number of bands.
        n_fft: length of the Fourier transform, in samples.
        mel_sampling_rate: rate in Hz for which the bands are laid out, from 0 Hz to its half. The published
            checkpoints lay them out for 16 kHz although their audio is 24 kHz.

    Returns:
        float32 array `(n_fft // 2 + 1, num_mel_bins)`.
    """
    # In float32 throughout, as the published features were: exact filters differ by 4e-6, and what that changes in a
    # style grows a thousandfold on the way to the pitch.
    nyquist = mel_sampling_rate / 2
    highest = 2595.0 * math.log10(1.0 + nyquist / 700.0)
    frequencies = torch.linspace(0.0, nyquist, n_fft // 2 + 1, dtype=torch.float32, device="cpu")
    mel_edges = torch.linspace(0.0, highest, num_mel_bins + 2, dtype=torch.float32, device="cpu")
    edges = 700.0 * (10.0 ** (mel_edges / 2595.0) - 1.0)
    widths = edges.diff()
    above = edges - frequencies[:, None]
    rising, falling = -above[:, :-2] / widths[:-1], above[:, 2:] / widths[1:]
    return torch.minimum(rising, falling).clamp(min=0.0).numpy()


@lru_cache(maxsize=32)
def _constants(
    num_mel_bins: int, n_fft: int, win_length: int, mel_sampling_rate: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """The filters `(bins, n_fft // 2 + 1)` and the window `(win_length,)`, once per layout and device."""
    # Tensors made in inference mode could not take part in a later training step.
    with torch.inference_mode(False):
        filters = torch.from_numpy(mel_filters(num_mel_bins, n_fft, mel_sampling_rate).T.copy())
        window = torch.hann_window(win_length, periodic=True, dtype=torch.float32)
        return filters.to(device), window.to(device)


def mel_frame_count(num_samples: int, hop_length: int) -> int:
    """Frames of the log-mel of `num_samples` samples: frames are centred on 0, hop, 2 hop, ..."""
    return num_samples // hop_length + 1


def log_mel_for(waveform: torch.Tensor, layout: MelLayout, *, normalize: bool = True) -> torch.Tensor:
    """The log-mel of a waveform as a model's `config.audio_config` lays it out; see `log_mel_spectrogram`."""
    return log_mel_spectrogram(
        waveform,
        n_fft=layout.n_fft,
        win_length=layout.win_length,
        hop_length=layout.hop_length,
        num_mel_bins=layout.num_mel_bins,
        mel_sampling_rate=layout.mel_sampling_rate,
        normalize=normalize,
    )


def log_mel_spectrogram(
    waveform: torch.Tensor,
    *,
    n_fft: int = 2048,
    win_length: int = 1200,
    hop_length: int = 300,
    num_mel_bins: int = 80,
    mel_sampling_rate: int = 16000,
    normalize: bool = True,
) -> torch.Tensor:
    """Log-mel powers of mono audio, differentiable, computed in float32 on the waveform's device.

    The Hann window lies in the middle of a transform of `n_fft` samples; frames are centred, and the ends are
    mirrored (docs/spec/model.md, Features).

    Args:
        waveform: `(batch, samples)` or `(samples,)`, nominally in [-1, 1].
        n_fft: length of the Fourier transform, in samples.
        win_length: length of the window, in samples.
        hop_length: samples per frame.
        num_mel_bins: number of bands.
        mel_sampling_rate: rate in Hz for which the bands are laid out, see `mel_filters`.
        normalize: `(log + 4) / 4`; otherwise the bare logarithm.

    Returns:
        `(batch, num_mel_bins, frames)` or `(num_mel_bins, frames)`; frames = samples // hop_length + 1.

    Raises:
        ValueError: when the waveform has another rank, or is too short to be mirrored (n_fft // 2 samples or less).
    """
    if waveform.ndim not in (1, 2):
        raise ValueError(
            f"a waveform must be (samples,) or (batch, samples), got shape {tuple(waveform.shape)}: mix its channels"
        )
    if waveform.shape[-1] <= n_fft // 2:
        raise ValueError(
            f"a waveform of {waveform.shape[-1]} samples is too short for a log-mel: it takes more than {n_fft // 2}"
        )
    filters, window = _constants(num_mel_bins, n_fft, win_length, mel_sampling_rate, waveform.device)
    # The transform stays in float32 whatever the caller's autocast says.
    with torch.autocast(waveform.device.type, enabled=False):
        spectrum = torch.stft(
            waveform.float(),
            n_fft,
            hop_length=hop_length,
            win_length=win_length,
            window=window,
            center=True,
            pad_mode="reflect",
            return_complex=True,
        )
        power = spectrum.real.square() + spectrum.imag.square()  # `abs` would cost a root and its gradient
        log_mel = torch.log(filters @ power + LOG_OFFSET)
    return (log_mel - LOG_MEAN) / LOG_STD if normalize else log_mel


def energy_from_mel(log_mel: torch.Tensor) -> torch.Tensor:
    """Energy of every frame: the logarithm of the Euclidean norm of its mel powers over the bands.

    Args:
        log_mel: normalised log-mel `(..., num_mel_bins, frames)`.

    Returns:
        `(..., frames)`, `log || exp(4 x - 4) ||_2` (docs/spec/model.md, Features).
    """
    # log ||exp(y)|| = logsumexp(2 y) / 2, which neither overflows nor loses its gradient in silence.
    return torch.logsumexp(2.0 * (LOG_STD * log_mel + LOG_MEAN), dim=-2) / 2.0
