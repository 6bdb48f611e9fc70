# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""SpeechSR: a convolution, interpolation to the higher rate, residual blocks with anti-aliased activations.

Everything that a sample of the output depends on lies within about a hundred samples, so that a signal of any length
is computed in pieces with context, which give the same samples as all at once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil

import torch
import torch.nn.functional as F
from transformers.utils import ModelOutput

from ..layers.amp_blocks import AMPStage, StepsConv1d, stage_reach
from ..layers.placement import parameter_dtype
from ..layers.reparametrization import weight_normed
from ..layers.snake_beta import REACH, AntiAliasedSnakeBeta
from ..layers.strict_model import StrictPreTrainedModel
from .configuration_speechsr import SpeechSRConfig
from .interpolation import interpolate


# Output samples of a piece: on a CPU as many as leave the states of a layer in its cache, on others as fill them.
_CPU_PIECE, _DEVICE_PIECE = 3_072, 2**17


@dataclass
class SpeechSROutput(ModelOutput):
    """Speech at the higher rate.

    Attributes:
        waveform (`torch.Tensor` of shape `(batch, samples)`):
            In [-1, 1], zero past the end of an item.
        waveform_lengths (`torch.Tensor` of shape `(batch,)`):
            Samples of every item.
    """

    waveform: torch.Tensor | None = None
    waveform_lengths: torch.Tensor | None = None


class SpeechSRModel(StrictPreTrainedModel):
    """Raises the sampling rate of speech.

    Args:
        config ([`SpeechSRConfig`]): rates and sizes.
    """

    config: SpeechSRConfig
    config_class = SpeechSRConfig
    base_model_prefix = "speechsr"
    main_input_name = "input_values"
    input_modalities = ["audio"]
    output_modalities = ("audio",)

    def __init__(self, config: SpeechSRConfig) -> None:
        super().__init__(config)
        size = config.hidden_size
        self.input_conv = weight_normed(StepsConv1d(1, size, config.input_kernel_size))
        self.stage = AMPStage(size, config.resblock_kernel_sizes, config.resblock_dilations)
        self.activation = AntiAliasedSnakeBeta(size)
        self.output_conv = weight_normed(StepsConv1d(size, 1, config.output_kernel_size, bias=False))
        self.post_init()

    @property
    def context(self) -> int:
        """Input samples to either side that a sample of the output depends on at most, a multiple of the ratio's
        denominator."""
        config, stride = self.config, self.config.ratio.denominator
        inner = stage_reach(config.resblock_kernel_sizes, config.resblock_dilations)
        outer = REACH + config.output_kernel_size // 2
        reach = ceil((inner + outer) / config.ratio) + 1 + config.input_kernel_size // 2
        return -(-reach // stride) * stride

    def forward(
        self, input_values: torch.Tensor, attention_mask: torch.Tensor | None = None, return_dict: bool | None = None
    ) -> SpeechSROutput | tuple[torch.Tensor, torch.Tensor]:
        """Raises a batch of signals, each as if it were alone. Without gradients, memory is that of one piece.

        Args:
            input_values (`torch.Tensor` of shape `(batch, samples)`):
                In [-1, 1], at `config.sampling_rate`.
            attention_mask (`torch.Tensor` of shape `(batch, samples)`, *optional*):
                1 for real samples, which come first; all are real without it.
            return_dict (`bool`, *optional*):
                False for a tuple.

        Raises:
            ValueError: for another shape, or an item without samples.
        """
        if input_values.ndim != 2 or input_values.shape[1] == 0:
            raise ValueError(f"input_values must be (batch, samples), got {tuple(input_values.shape)}")
        lengths = [input_values.shape[1]] * input_values.shape[0]
        if attention_mask is not None:
            lengths = attention_mask.bool().sum(dim=1).tolist()
        if not all(lengths):
            raise ValueError("an item of the batch has no real samples: leave it out")
        if len(set(lengths)) == 1:
            rows = [self._raise_rate(input_values[:, : lengths[0]])]
        else:
            rows = [self._raise_rate(item[None, :length]) for item, length in zip(input_values, lengths, strict=True)]
        longest = max(row.shape[1] for row in rows)
        output = SpeechSROutput(
            waveform=torch.cat([F.pad(row, (0, longest - row.shape[1])) for row in rows]),
            waveform_lengths=torch.tensor(
                [self.config.output_length(length) for length in lengths], device=input_values.device
            ),
        )
        return output if return_dict in (None, True) else output.to_tuple()

    def stream(self, blocks: Iterable[torch.Tensor], piece_length: int | None = None) -> Iterator[torch.Tensor]:
        """Raises a signal that comes in blocks of any size, in constant memory.

        Args:
            blocks: (channels, samples) each; every channel is raised for itself.
            piece_length: input samples that are computed at once; by default as many as suit the device.

        Yields:
            (channels, samples) float32, together the same as of the entire signal.

        Raises:
            ValueError: for a config with drifting interpolation, whose pieces differ.
        """
        if self.config.interpolation != "exact":
            raise ValueError(
                "with interpolation='drifting' pieces differ from the entire signal: set config.interpolation='exact'"
            )
        ratio, context, piece = self.config.ratio, self.context, self._piece(piece_length)
        held: torch.Tensor | None = None
        done = 0  # samples at the beginning of `held` that were raised already, and serve as context
        for block in blocks:
            held = block if held is None else torch.cat([held, block], dim=1)
            while held.shape[1] >= done + piece + context:
                raised = self.raise_piece(held[:, : done + piece + context])
                yield raised[:, int(done * ratio) : int((done + piece) * ratio)]
                dropped = max(done + piece - context, 0)
                held, done = held[:, dropped:], done + piece - dropped
        if held is not None and held.shape[1] > done:
            yield self.raise_piece(held)[:, int(done * ratio) :]

    def raise_piece(self, waveform: torch.Tensor) -> torch.Tensor:
        """(batch, samples) -> (batch, floor(samples * ratio)) float32, all at once"""
        states = self.input_conv(waveform[..., None].to(parameter_dtype(self)))
        states = self.interpolate(states)
        states = self.output_conv(self.activation(self.stage(states)))
        return torch.tanh(states.squeeze(2).float())

    def interpolate(self, states: torch.Tensor) -> torch.Tensor:
        """(batch, samples, channels) -> (batch, floor(samples * ratio), channels), as the config asks"""
        if self.config.interpolation == "exact":
            return interpolate(states, self.config.ratio)
        scaled = F.interpolate(states.transpose(1, 2), scale_factor=float(self.config.ratio), mode="linear")
        return scaled.transpose(1, 2).contiguous()

    def _raise_rate(self, waveform: torch.Tensor) -> torch.Tensor:
        if torch.is_grad_enabled() or self.config.interpolation != "exact":
            return self.raise_piece(waveform)
        return torch.cat(list(self.stream([waveform])), dim=1)

    def _piece(self, piece_length: int | None) -> int:
        """Input samples of a piece: a multiple of the ratio's denominator, and at least the context."""
        ratio = self.config.ratio
        if piece_length is None:
            piece_length = int((_CPU_PIECE if self.device.type == "cpu" else _DEVICE_PIECE) / ratio)
        elif piece_length < 1:
            raise ValueError(f"piece_length must be at least 1 sample, got {piece_length}")
        return max(-(-piece_length // ratio.denominator) * ratio.denominator, self.context)


__all__ = ["SpeechSRModel", "SpeechSROutput"]
