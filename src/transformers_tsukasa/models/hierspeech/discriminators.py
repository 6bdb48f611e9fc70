# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Discriminators of waveforms, used in training: on complex spectra and on periods.

Spectra: Défossez et al. 2022 (EnCodec), section 3.4. Periods: Kong et al. 2020 (HiFi-GAN), section 2.3.
"""

import torch
import torch.nn.functional as F
from huggingface_hub.dataclasses import strict
from torch import nn
from transformers.configuration_utils import PreTrainedConfig
from transformers.utils.type_validators import positive_int_field

from ..layers.configuration_mlstm import require
from ..layers.placement import parameter_dtype
from ..layers.reparametrization import weight_normed
from ..layers.strict_model import StrictPreTrainedModel


_SLOPE = 0.1
_DILATIONS = (1, 2, 4)
_PERIOD_KERNEL, _PERIOD_STRIDE = 5, 3

Scored = tuple[torch.Tensor, list[torch.Tensor]]
"""Scores (batch, places), and the result of every convolution, those of the scores included."""


@strict
class HierSpeechDiscriminatorConfig(PreTrainedConfig):
    r"""The discriminators of HierSpeech++ and SpeechSR.

    Args:
        spectrum_sizes (`list[int]`, *optional*, defaults to `[2048, 1024, 512, 256, 128]`):
            Length of the Fourier transform and its window, for every discriminator of spectra.
        spectrum_channels (`int`, *optional*, defaults to 32):
            Channels of their convolutions.
        periods (`list[int]`, *optional*, defaults to `[2, 3, 5, 7, 11]`):
            Samples of a line, for every discriminator of periods.
        period_channels (`list[int]`, *optional*, defaults to `[32, 128, 512, 1024, 1024]`):
            Channels of their convolutions.
        weight_norm (`bool`, *optional*, defaults to `False`):
            Whether weights are stored with weight norm on, as during training.
    """

    model_type = "hierspeech_discriminators"

    spectrum_sizes: list[int] | tuple[int, ...] = (2048, 1024, 512, 256, 128)
    spectrum_channels: int = positive_int_field(default=32)
    periods: list[int] | tuple[int, ...] = (2, 3, 5, 7, 11)
    period_channels: list[int] | tuple[int, ...] = (32, 128, 512, 1024, 1024)
    weight_norm: bool = False

    def validate_architecture(self):
        """Refuses transforms without a hop of a quarter, and lines of no sample."""
        require(
            all(size > 0 and size % 4 == 0 for size in self.spectrum_sizes), "spectrum_sizes must be multiples of 4"
        )
        require(all(period > 0 for period in self.periods), "periods must be at least 1 sample")
        require(len(self.period_channels) > 0, "period_channels must name at least one convolution")


class HierSpeechSpectrumDiscriminator(nn.Module):
    """Reads real and imaginary parts of a spectrum as an image of two channels.

    Args:
        n_fft: length of the transform and its window; the hop is a quarter.
        channels: of the convolutions.
    """

    def __init__(self, n_fft: int, channels: int) -> None:
        super().__init__()
        self.n_fft = n_fft
        convs = [nn.Conv2d(2, channels, (3, 9), padding=(1, 4))]
        for dilation in _DILATIONS:
            convs.append(nn.Conv2d(channels, channels, (3, 9), (1, 2), padding=(dilation, 4), dilation=(dilation, 1)))
        convs.append(nn.Conv2d(channels, channels, 3, padding=1))
        self.convs = nn.ModuleList(map(weight_normed, convs))
        self.output_conv = weight_normed(nn.Conv2d(channels, 1, 3, padding=1))

    def forward(self, waveform: torch.Tensor) -> Scored:
        """waveform: (batch, samples), at least `n_fft` of them"""
        if waveform.shape[1] < self.n_fft:
            raise ValueError(
                f"waveforms of {waveform.shape[1]} samples are too short for a spectrum of {self.n_fft}: train on "
                "longer crops"
            )
        with torch.autocast(waveform.device.type, enabled=False):
            window = torch.hann_window(self.n_fft, device=waveform.device)
            spectrum = torch.stft(
                waveform.float(), self.n_fft, self.n_fft // 4, window=window, center=False, return_complex=True
            )
            image = torch.view_as_real(spectrum / window.square().sum().sqrt()).permute(0, 3, 2, 1)
        return _scored(self.convs, self.output_conv, image.to(parameter_dtype(self)))


class HierSpeechPeriodDiscriminator(nn.Module):
    """Reads every `period`-th sample as a line of its own.

    Args:
        period: samples between neighbours of a line.
        channels: of the convolutions.
    """

    def __init__(self, period: int, channels: tuple[int, ...] | list[int]) -> None:
        super().__init__()
        self.period = period
        widths = (1, *channels)
        self.convs = nn.ModuleList()
        for number, (before, after) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
            stride = 1 if number == len(channels) - 1 else _PERIOD_STRIDE
            conv = nn.Conv2d(before, after, (_PERIOD_KERNEL, 1), (stride, 1), padding=(_PERIOD_KERNEL // 2, 0))
            self.convs.append(weight_normed(conv))
        self.output_conv = weight_normed(nn.Conv2d(widths[-1], 1, (3, 1), padding=(1, 0)))

    def forward(self, waveform: torch.Tensor) -> Scored:
        """waveform: (batch, samples), at least `period` of them"""
        if waveform.shape[1] < self.period:
            raise ValueError(f"waveforms of {waveform.shape[1]} samples are shorter than the period {self.period}")
        padded = F.pad(waveform[:, None], (0, -waveform.shape[1] % self.period), mode="reflect")
        return _scored(self.convs, self.output_conv, padded.unflatten(2, (-1, self.period)).to(parameter_dtype(self)))


def _scored(convs: nn.ModuleList, output_conv: nn.Module, states: torch.Tensor) -> Scored:
    """Runs convolutions, each followed by a leaky ReLU, and one that scores."""
    maps = []
    for conv in convs:
        states = F.leaky_relu(conv(states), _SLOPE)
        maps.append(states)
    scores = output_conv(states)
    return scores.flatten(1), [*maps, scores]


class HierSpeechDiscriminators(StrictPreTrainedModel):
    """All discriminators of a run.

    Args:
        config ([`HierSpeechDiscriminatorConfig`]): transforms, periods and widths.
    """

    config: HierSpeechDiscriminatorConfig
    config_class = HierSpeechDiscriminatorConfig
    base_model_prefix = "hierspeech_discriminators"
    main_input_name = "waveform"
    input_modalities = ["audio"]

    def __init__(self, config: HierSpeechDiscriminatorConfig) -> None:
        super().__init__(config)
        self.discriminators = nn.ModuleList(
            HierSpeechSpectrumDiscriminator(size, config.spectrum_channels) for size in config.spectrum_sizes
        )
        for period in config.periods:
            self.discriminators.append(HierSpeechPeriodDiscriminator(period, config.period_channels))
        self.post_init()

    def forward(self, waveform: torch.Tensor) -> list[Scored]:
        """Scores crops (batch, samples) of one length; one result for every discriminator.

        Raises:
            ValueError: for another shape, and for crops that are too short.
        """
        if waveform.ndim != 2:
            raise ValueError(f"waveforms must be (batch, samples), got {tuple(waveform.shape)}")
        return [discriminator(waveform) for discriminator in self.discriminators]


__all__ = [
    "HierSpeechDiscriminatorConfig",
    "HierSpeechDiscriminators",
    "HierSpeechPeriodDiscriminator",
    "HierSpeechSpectrumDiscriminator",
]
