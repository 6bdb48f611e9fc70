# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Judges of speech, used in training: by periods of the waveform, by STFT magnitudes, and by what a speech language
model hears in it.

Multi-period: Kong et al. 2020 (HiFi-GAN), section 2.3. Multi-resolution: Jang et al. 2021 (UnivNet), section 2.3.
Speech language model: Li et al. 2023 (StyleTTS 2), section 3.2.4.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from ...layers.reparametrization import weight_normed
from ..configuration_tsukasa import TsukasaDiscriminatorConfig
from ..modeling_utils import TsukasaPreTrainedModel


NEGATIVE_SLOPE = 0.1
PERIOD_KERNEL_SIZE = 5
PERIOD_STRIDE = 3
NUM_RESOLUTION_CONVS = 5
SLM_KERNEL_SIZE = 5


@dataclass
class TsukasaJudgement:
    """What several discriminators say of a batch of waveforms.

    Attributes:
        scores (`list[torch.Tensor]`):
            (batch, places) of every discriminator; 1 is meant to be real, 0 generated.
        feature_maps (`list[list[torch.Tensor]]`):
            For every discriminator the output of every convolution, (batch, channels, ...), the scores' own included.
    """

    scores: list[torch.Tensor] = field(default_factory=list)
    feature_maps: list[list[torch.Tensor]] = field(default_factory=list)

    def __add__(self, other: "TsukasaJudgement") -> "TsukasaJudgement":
        """The discriminators of both, one after the other."""
        return TsukasaJudgement(self.scores + other.scores, self.feature_maps + other.feature_maps)


def _judge(convs: Iterable[Callable], conv_out: Callable, states: torch.Tensor) -> TsukasaJudgement:
    """Convolutions with leaky ReLUs behind them, and one that scores."""
    features = []
    for conv in convs:
        # In place: the backward pass asks for the result alone, and these maps are the largest of a training step.
        states = F.leaky_relu(conv(states), NEGATIVE_SLOPE, inplace=True)
        features.append(states)
    states = conv_out(states)
    features.append(states)
    return TsukasaJudgement([states.flatten(1).float()], [features])


def _check_waveform(waveform: torch.Tensor, shortest: int, what: str) -> None:
    if waveform.ndim != 2:
        raise ValueError(f"{what} judges waveforms of shape (batch, samples), got {tuple(waveform.shape)}")
    if waveform.shape[1] < shortest:
        raise ValueError(
            f"{what} needs waveforms of at least {shortest} samples, got {waveform.shape[1]}: train on longer crops"
        )


class PeriodDiscriminator(nn.Module):
    """Sees every `period`-th sample as a line of its own."""

    def __init__(self, period: int, channels: Iterable[int]):
        super().__init__()
        self.period = period
        widths = [1, *channels]
        self.convs = nn.ModuleList()
        for index, (width, next_width) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
            is_last = index == len(widths) - 2
            conv = nn.Conv2d(
                width,
                next_width,
                (PERIOD_KERNEL_SIZE, 1),
                stride=(1 if is_last else PERIOD_STRIDE, 1),
                padding=(PERIOD_KERNEL_SIZE // 2, 0),
            )
            self.convs.append(weight_normed(conv))
        self.conv_out = weight_normed(nn.Conv2d(widths[-1], 1, (3, 1), padding=(1, 0)))

    def forward(self, waveform: torch.Tensor) -> TsukasaJudgement:
        """waveform: (batch, samples), at least `period` of them"""
        _check_waveform(waveform, self.period, f"the discriminator of period {self.period}")
        missing = -waveform.shape[1] % self.period
        folded = F.pad(waveform[:, None], (0, missing), mode="reflect")
        # The convolved axis last: as the second one beside two to eleven columns it would be slow to go along.
        lines = folded.unflatten(2, (-1, self.period)).transpose(2, 3).contiguous().to(self.conv_out.weight.dtype)
        convs = [partial(_along_lines, conv) for conv in (*self.convs, self.conv_out)]
        return _judge(convs[:-1], convs[-1], lines)


def _along_lines(conv: nn.Conv2d, lines: torch.Tensor) -> torch.Tensor:
    """A convolution with a kernel (size, 1), but over (batch, channels, columns, places)."""
    lines = F.conv2d(lines, conv.weight.transpose(2, 3), conv.bias, conv.stride[::-1], conv.padding[::-1])
    # The channels of a place lie side by side from the first convolution on, and stay so without a further copy.
    return lines.contiguous(memory_format=torch.channels_last)


class MultiPeriodDiscriminator(nn.Module):
    """A `PeriodDiscriminator` for every period of the config."""

    def __init__(self, config: TsukasaDiscriminatorConfig):
        super().__init__()
        self.discriminators = nn.ModuleList(
            PeriodDiscriminator(period, config.period_channels) for period in config.periods
        )

    def forward(self, waveform: torch.Tensor) -> TsukasaJudgement:
        """waveform: (batch, samples), real ones only, nothing padded"""
        return sum((discriminator(waveform) for discriminator in self.discriminators), TsukasaJudgement())


class ResolutionDiscriminator(nn.Module):
    """Sees STFT magnitudes as a picture of (frames, bins)."""

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

    def forward(self, waveform: torch.Tensor) -> TsukasaJudgement:
        """waveform: (batch, samples), more than half of `n_fft`"""
        _check_waveform(waveform, self.n_fft // 2 + 1, f"the discriminator of resolution {self.n_fft}")
        # Few channels over large pictures: convolutions are faster with the channels of a place side by side.
        picture = self.magnitudes(waveform)[:, None].to(memory_format=torch.channels_last)
        return _judge(self.convs, self.conv_out, picture.to(self.conv_out.weight.dtype))

    def magnitudes(self, waveform: torch.Tensor) -> torch.Tensor:
        """(batch, samples) -> (batch, frames, n_fft // 2 + 1), in float32 whatever the caller's autocast says"""
        with torch.autocast(waveform.device.type, enabled=False):
            window = torch.hann_window(self.win_length, device=waveform.device)
            spectrum = torch.stft(
                waveform.float(), self.n_fft, self.hop_length, self.win_length, window, return_complex=True
            )
            return spectrum.abs().transpose(1, 2)


class MultiResolutionDiscriminator(nn.Module):
    """A `ResolutionDiscriminator` for every resolution of the config."""

    def __init__(self, config: TsukasaDiscriminatorConfig):
        super().__init__()
        self.discriminators = nn.ModuleList(
            ResolutionDiscriminator(*resolution, config.resolution_channels) for resolution in config.resolutions
        )

    def forward(self, waveform: torch.Tensor) -> TsukasaJudgement:
        """waveform: (batch, samples), real ones only, nothing padded"""
        return sum((discriminator(waveform) for discriminator in self.discriminators), TsukasaJudgement())


def stack_hidden_states(hidden_states: Iterable[torch.Tensor]) -> torch.Tensor:
    """All hidden states of a speech language model as channels, layer after layer.

    (batch, frames, hidden_size) of every layer -> (batch, layers * hidden_size, frames)
    """
    return torch.cat(tuple(hidden_states), dim=-1).transpose(1, 2)


class SpeechLanguageModelDiscriminator(nn.Module):
    """Judges the stacked hidden states of a frozen speech language model."""

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

    def forward(self, stacked_states: torch.Tensor) -> TsukasaJudgement:
        """
        Args:
            stacked_states: (batch, layers * hidden_size, frames), see `stack_hidden_states`.

        Raises:
            ValueError: when the number of layers or their width is another than the config's.
        """
        if stacked_states.ndim != 3 or stacked_states.shape[1] != self.in_channels:
            raise ValueError(
                f"the discriminator on the speech language model takes stacked states of shape (batch, "
                f"{self.in_channels}, frames), got {tuple(stacked_states.shape)}: slm_num_layers and slm_hidden_size "
                "of discriminator_config must be those of the speech language model"
            )
        return _judge(self.convs, self.conv_out, self.conv_in(stacked_states.to(self.conv_in.weight.dtype)))


class TsukasaDiscriminators(TsukasaPreTrainedModel):
    """All discriminators of a run, saved and loaded as one model."""

    config: TsukasaDiscriminatorConfig
    base_model_prefix = "discriminators"
    main_input_name = "waveform"
    input_modalities = ("audio",)
    supports_gradient_checkpointing = False
    _supports_sdpa = False

    def __init__(self, config: TsukasaDiscriminatorConfig):
        super().__init__(config)
        self.multi_period = MultiPeriodDiscriminator(config)
        self.multi_resolution = MultiResolutionDiscriminator(config)
        self.speech_language_model = SpeechLanguageModelDiscriminator(config)
        self.post_init()

    def forward(
        self,
        waveform: torch.Tensor | tuple[torch.Tensor, ...] | None = None,
        stacked_states: torch.Tensor | tuple[torch.Tensor, ...] | None = None,
    ) -> TsukasaJudgement | tuple[TsukasaJudgement, ...]:
        """Judges waveforms, or what a speech language model heard in them.

        Give recordings and generated speech as a pair: a wrapped module then goes forward once for both, and what is
        told to the generator is sent back through the generated ones alone.

        Args:
            waveform (`torch.Tensor` of shape `(batch, samples)` or a tuple of such, *optional*):
                Crops of one length, nothing padded. Judged by periods, then by resolutions.
            stacked_states (`torch.Tensor` of shape `(batch, layers * hidden_size, frames)` or a tuple, *optional*):
                See `stack_hidden_states`.

        Returns:
            A judgement; of a tuple, a tuple of them.

        Raises:
            ValueError: unless exactly one of both is given, and on shapes that do not fit.
        """
        if (waveform is None) == (stacked_states is None):
            raise ValueError("the discriminators judge either waveform or stacked_states: give one of them")
        if stacked_states is not None:
            return _of_each(self.speech_language_model, stacked_states)
        return _of_each(lambda one: self.multi_period(one) + self.multi_resolution(one), waveform)


def _of_each(judge: Callable, heard: torch.Tensor | tuple[torch.Tensor, ...]):
    return tuple(map(judge, heard)) if isinstance(heard, tuple) else judge(heard)


__all__ = [
    "MultiPeriodDiscriminator",
    "MultiResolutionDiscriminator",
    "SpeechLanguageModelDiscriminator",
    "TsukasaDiscriminators",
    "TsukasaJudgement",
    "stack_hidden_states",
]
