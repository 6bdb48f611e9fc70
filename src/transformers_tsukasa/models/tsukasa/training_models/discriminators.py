# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Discriminators of speech, used in training: on periods of the waveform, on STFT magnitudes, and on the hidden
states of a speech language model.

Multi-period: Kong et al. 2020 (HiFi-GAN), section 2.3. Multi-resolution: Jang et al. 2021 (UnivNet), section 2.3.
Speech language model: Li et al. 2023 (StyleTTS 2), section 3.2.4.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import nn

from ...layers.placement import parameter_dtype
from ...layers.reparametrization import weight_normed
from ..configuration_tsukasa import TsukasaDiscriminatorConfig
from ..modeling_utils import TsukasaPreTrainedModel


NEGATIVE_SLOPE = 0.1
PERIOD_KERNEL_SIZE = 5
PERIOD_STRIDE = 3
NUM_RESOLUTION_CONVS = 5
SLM_KERNEL_SIZE = 5


@dataclass
class TsukasaDiscriminatorOutput:
    """Scores and feature maps of several discriminators for a batch of waveforms.

    Attributes:
        scores (`list[torch.Tensor]`):
            (batch, places) of every discriminator; trained towards 1 for real speech and 0 for generated.
        feature_maps (`list[list[torch.Tensor]]`):
            For every discriminator the output of every convolution, (batch, channels, ...), the scores' own included.
    """

    scores: list[torch.Tensor] = field(default_factory=list)
    feature_maps: list[list[torch.Tensor]] = field(default_factory=list)

    def __add__(self, other: "TsukasaDiscriminatorOutput") -> "TsukasaDiscriminatorOutput":
        """The discriminators of both, one after the other."""
        return TsukasaDiscriminatorOutput(self.scores + other.scores, self.feature_maps + other.feature_maps)


def _discriminate(convs: Iterable[Callable], conv_out: Callable, states: torch.Tensor) -> TsukasaDiscriminatorOutput:
    """Runs convolutions, each followed by a leaky ReLU, and one that scores."""
    features = []
    for conv in convs:
        # In place: the backward pass needs only the result, and these maps are the largest of a training step.
        states = F.leaky_relu(conv(states), NEGATIVE_SLOPE, inplace=True)
        features.append(states)
    states = conv_out(states)
    features.append(states)
    return TsukasaDiscriminatorOutput([states.flatten(1).float()], [features])


def _check_waveform(waveform: torch.Tensor, shortest: int, discriminator: str) -> None:
    if waveform.ndim != 2:
        raise ValueError(f"{discriminator} takes waveforms of shape (batch, samples), got {tuple(waveform.shape)}")
    if waveform.shape[1] < shortest:
        raise ValueError(
            f"{discriminator} needs waveforms of at least {shortest} samples, got {waveform.shape[1]}: train on "
            "longer crops"
        )


class _ConvAlongLines(nn.Conv2d):
    """A convolution with a kernel (size, 1), but over (batch, channels, columns, places)."""

    def forward(self, lines: torch.Tensor) -> torch.Tensor:
        lines = F.conv2d(lines, self.weight.transpose(2, 3), self.bias, self.stride[::-1], self.padding[::-1])
        # The channels of a place lie side by side from the first convolution on, and stay so without a further copy.
        return lines.contiguous(memory_format=torch.channels_last)


class TsukasaPeriodDiscriminator(nn.Module):
    """Reads every `period`-th sample as a line of its own."""

    def __init__(self, period: int, channels: Iterable[int]):
        super().__init__()
        self.period = period
        widths = [1, *channels]
        self.convs = nn.ModuleList()
        for index, (width, next_width) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
            is_last = index == len(widths) - 2
            conv = _ConvAlongLines(
                width,
                next_width,
                (PERIOD_KERNEL_SIZE, 1),
                stride=(1 if is_last else PERIOD_STRIDE, 1),
                padding=(PERIOD_KERNEL_SIZE // 2, 0),
            )
            self.convs.append(weight_normed(conv))
        self.conv_out = weight_normed(_ConvAlongLines(widths[-1], 1, (3, 1), padding=(1, 0)))

    def forward(self, waveform: torch.Tensor) -> TsukasaDiscriminatorOutput:
        """waveform: (batch, samples), at least `period` of them"""
        _check_waveform(waveform, self.period, f"the discriminator of period {self.period}")
        missing = -waveform.shape[1] % self.period
        folded = F.pad(waveform[:, None], (0, missing), mode="reflect")
        # The convolved axis last: beside an axis of two to eleven columns, convolutions along the second one are slow.
        lines = folded.unflatten(2, (-1, self.period)).transpose(2, 3).contiguous().to(parameter_dtype(self))
        return _discriminate(self.convs, self.conv_out, lines)


class TsukasaMultiPeriodDiscriminator(nn.Module):
    """A `TsukasaPeriodDiscriminator` for every period of the config."""

    def __init__(self, config: TsukasaDiscriminatorConfig):
        super().__init__()
        self.discriminators = nn.ModuleList(
            TsukasaPeriodDiscriminator(period, config.period_channels) for period in config.periods
        )

    def forward(self, waveform: torch.Tensor) -> TsukasaDiscriminatorOutput:
        """waveform: (batch, samples), real ones only, nothing padded"""
        return sum((discriminator(waveform) for discriminator in self.discriminators), TsukasaDiscriminatorOutput())


class TsukasaResolutionDiscriminator(nn.Module):
    """Reads STFT magnitudes as an image of (frames, bins)."""

    def __init__(self, n_fft: int, hop_length: int, win_length: int, channels: int):
        super().__init__()
        self.n_fft, self.hop_length, self.win_length = n_fft, hop_length, win_length
        self.convs = nn.ModuleList()
        for index in range(NUM_RESOLUTION_CONVS):
            is_first, is_last = index == 0, index == NUM_RESOLUTION_CONVS - 1
            width = 3 if is_last else 9
            conv = nn.Conv2d(
                1 if is_first else channels,
                channels,
                (3, width),
                stride=(1, 1 if is_first or is_last else 2),
                padding=(1, width // 2),
            )
            self.convs.append(weight_normed(conv))
        self.conv_out = weight_normed(nn.Conv2d(channels, 1, 3, padding=1))

    def forward(self, waveform: torch.Tensor) -> TsukasaDiscriminatorOutput:
        """waveform: (batch, samples), more than half of `n_fft`"""
        _check_waveform(waveform, self.n_fft // 2 + 1, f"the discriminator of resolution {self.n_fft}")
        # Few channels over large images: convolutions are faster with the channels of a place side by side.
        image = self.magnitudes(waveform)[:, None].to(memory_format=torch.channels_last)
        return _discriminate(self.convs, self.conv_out, image.to(parameter_dtype(self)))

    def magnitudes(self, waveform: torch.Tensor) -> torch.Tensor:
        """(batch, samples) -> (batch, frames, n_fft // 2 + 1), in float32 inside autocast too"""
        with torch.autocast(waveform.device.type, enabled=False):
            window = torch.hann_window(self.win_length, device=waveform.device)
            spectrum = torch.stft(
                waveform.float(), self.n_fft, self.hop_length, self.win_length, window, return_complex=True
            )
            return spectrum.abs().transpose(1, 2)


class TsukasaMultiResolutionDiscriminator(nn.Module):
    """A `TsukasaResolutionDiscriminator` for every resolution of the config."""

    def __init__(self, config: TsukasaDiscriminatorConfig):
        super().__init__()
        self.discriminators = nn.ModuleList(
            TsukasaResolutionDiscriminator(n_fft, hop_length, win_length, config.resolution_channels)
            for n_fft, hop_length, win_length in config.resolutions
        )

    def forward(self, waveform: torch.Tensor) -> TsukasaDiscriminatorOutput:
        """waveform: (batch, samples), real ones only, nothing padded"""
        return sum((discriminator(waveform) for discriminator in self.discriminators), TsukasaDiscriminatorOutput())


def stack_hidden_states(hidden_states: Iterable[torch.Tensor]) -> torch.Tensor:
    """All hidden states of a speech language model as channels, layer after layer.

    (batch, frames, hidden_size) of every layer -> (batch, layers * hidden_size, frames)
    """
    return torch.cat(tuple(hidden_states), dim=-1).transpose(1, 2)


class TsukasaSpeechLanguageModelDiscriminator(nn.Module):
    """Scores the stacked hidden states of a frozen speech language model."""

    def __init__(self, config: TsukasaDiscriminatorConfig):
        super().__init__()
        size = config.slm_initial_channels
        self.in_channels = config.slm_hidden_size * config.slm_num_layers
        self.conv_in = weight_normed(nn.Conv1d(self.in_channels, size, 1))
        widths = [size, 2 * size, 4 * size, 4 * size]
        self.convs = nn.ModuleList(
            weight_normed(nn.Conv1d(width, next_width, SLM_KERNEL_SIZE, padding=SLM_KERNEL_SIZE // 2))
            for width, next_width in zip(widths[:-1], widths[1:], strict=True)
        )
        self.conv_out = weight_normed(nn.Conv1d(widths[-1], 1, 3, padding=1))

    def forward(self, stacked_states: torch.Tensor) -> TsukasaDiscriminatorOutput:
        """Scores real and generated speech.

        Args:
            stacked_states: (batch, layers * hidden_size, frames), see `stack_hidden_states`.

        Raises:
            ValueError: when the number of layers or their width differs from the config.
        """
        if stacked_states.ndim != 3 or stacked_states.shape[1] != self.in_channels:
            raise ValueError(
                f"the discriminator on the speech language model takes stacked states of shape (batch, "
                f"{self.in_channels}, frames), got {tuple(stacked_states.shape)}: slm_num_layers and slm_hidden_size "
                "of discriminator_config must be those of the speech language model"
            )
        return _discriminate(self.convs, self.conv_out, self.conv_in(stacked_states.to(parameter_dtype(self))))


class TsukasaDiscriminators(TsukasaPreTrainedModel):
    """All discriminators of a run, saved and loaded as one model.

    Args:
        config ([`TsukasaDiscriminatorConfig`]): periods, resolutions and widths.
    """

    config: TsukasaDiscriminatorConfig
    base_model_prefix = "discriminators"
    main_input_name = "waveform"
    input_modalities = ["audio"]
    supports_gradient_checkpointing = False
    _supports_sdpa = False

    def __init__(self, config: TsukasaDiscriminatorConfig):
        super().__init__(config)
        self.multi_period = TsukasaMultiPeriodDiscriminator(config)
        self.multi_resolution = TsukasaMultiResolutionDiscriminator(config)
        self.speech_language_model = TsukasaSpeechLanguageModelDiscriminator(config)
        self.post_init()

    def forward(
        self,
        waveform: torch.Tensor | tuple[torch.Tensor, ...] | None = None,
        stacked_states: torch.Tensor | tuple[torch.Tensor, ...] | None = None,
    ) -> TsukasaDiscriminatorOutput | tuple[TsukasaDiscriminatorOutput, ...]:
        """Scores waveforms, or the states of a speech language model for them.

        Pass recordings and generated speech as a pair: a wrapped module (DDP, FSDP) then runs forward once for both,
        and gradients for the generator flow back through the generated ones only.

        Args:
            waveform (`torch.Tensor` of shape `(batch, samples)` or a tuple of such, *optional*):
                Crops of one length, nothing padded; for the discriminators of periods, then of resolutions.
            stacked_states (`torch.Tensor` of shape `(batch, layers * hidden_size, frames)` or a tuple, *optional*):
                See `stack_hidden_states`.

        Returns:
            The output of the discriminators; for a tuple, a tuple of outputs.

        Raises:
            ValueError: unless exactly one of both is given, and on shapes that do not fit.
        """
        if stacked_states is not None and waveform is None:
            return _each(self.speech_language_model, stacked_states)
        if waveform is not None and stacked_states is None:
            return _each(lambda one: self.multi_period(one) + self.multi_resolution(one), waveform)
        raise ValueError("the discriminators take either waveform or stacked_states: give one of them")


def _each(
    discriminator: Callable[[torch.Tensor], TsukasaDiscriminatorOutput],
    speech: torch.Tensor | tuple[torch.Tensor, ...],
) -> TsukasaDiscriminatorOutput | tuple[TsukasaDiscriminatorOutput, ...]:
    """Applies a discriminator to a batch, or to every batch of a tuple."""
    return tuple(map(discriminator, speech)) if isinstance(speech, tuple) else discriminator(speech)


__all__ = [
    "TsukasaMultiPeriodDiscriminator",
    "TsukasaMultiResolutionDiscriminator",
    "TsukasaSpeechLanguageModelDiscriminator",
    "TsukasaDiscriminators",
    "TsukasaDiscriminatorOutput",
    "stack_hidden_states",
]
