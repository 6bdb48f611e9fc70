# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Convolutions with long kernels by short Fourier transforms, which need a third of the operations.

The samples are cut into overlapping pieces of 16 or 32 (overlap-save). In the spectrum of a piece a convolution is one
product for each bin, and a complex product is three real ones (Winograd 1980, Arithmetic complexity of computations).
With 11 taps 47 products give 22 outputs, instead of 242 (Mathieu et al. 2013, arXiv:1312.5851, use it for pictures).
Each product is a matrix over channels: the transforms cost little beside it. Results are as exact as direct ones
(docs/decisions/0030).
"""

import math
from dataclasses import dataclass
from functools import cache

import torch
from torch import nn
from torch.nn.utils import parametrize


# Shorter kernels and fewer channels gain nothing over a direct convolution.
_FEWEST_TAPS, _FEWEST_CHANNELS = 7, 128
_FEWEST_PIECES = 4


@dataclass(frozen=True)
class Transforms:
    """A correlation of some samples with some taps as products: `outputs = synthesis((taps t) * (analysis s))`.

    Args:
        analysis: (products, samples).
        taps: (products, taps).
        synthesis: (outputs, products).
    """

    analysis: torch.Tensor
    taps: torch.Tensor
    synthesis: torch.Tensor


@cache
def real_transforms(length: int, num_taps: int) -> Transforms:
    """Transforms for pieces of `length` samples, whose `length - num_taps + 1` first outputs are not circular."""
    turns = 2 * math.pi / length * torch.arange(length, dtype=torch.float64, device="cpu")
    num_outputs = length - num_taps + 1
    analysis, taps, synthesis = [], [], []
    for bin in range(length // 2 + 1):
        cosine, sine = torch.cos(bin * turns), torch.sin(bin * turns)
        # Samples (a + ib), conjugate of the taps (c + id), and what a bin and its mirror image add to the outputs.
        a, b, c, d = cosine, -sine, cosine[:num_taps], sine[:num_taps]
        if bin in (0, length - bin):
            analysis.append(a)
            taps.append(c)
            synthesis.append(cosine[:num_outputs] / length)
            continue
        real, imaginary = 2 * cosine[:num_outputs] / length, -2 * sine[:num_outputs] / length
        # Real part c(a + b) - b(c + d), imaginary part c(a + b) + a(d - c).
        analysis += [a + b, a, b]
        taps += [c, d - c, c + d]
        synthesis += [real + imaginary, imaginary, -real]
    return Transforms(torch.stack(analysis).float(), torch.stack(taps).float(), torch.stack(synthesis, 1).float())


class TapSpectrum:
    """The transformed kernel of a convolution.

    Args:
        weight: (out_channels, in_channels, taps), float32 on the CPU.
    """

    def __init__(self, weight: torch.Tensor) -> None:
        self._weight = weight.detach()  # holds the memory, so that no other weight can lie at its address
        self._version, self._sum_of_bits = weight._version, _sum_of_bits(weight)
        num_taps = weight.shape[2]
        self._transforms = real_transforms(16 if num_taps <= 8 else 32, num_taps)
        self._spectrum = torch.einsum("pt,oit->pio", self._transforms.taps, self._weight).contiguous()

    def is_of(self, weight: torch.Tensor) -> bool:
        """Whether this is the spectrum of a weight as it is now.

        torch does not count what is done to `weight.data`, as when an adapter is merged; the bits tell.
        """
        return (
            weight.data_ptr() == self._weight.data_ptr()
            and weight._version == self._version
            and _sum_of_bits(weight) == self._sum_of_bits
        )

    def convolve(self, states: torch.Tensor, bias: torch.Tensor | None, dilation: int) -> torch.Tensor:
        """Convolves with as many zeros on both sides as keep the length.

        Args:
            states: (1, in_channels, 1, samples), channels last.
            bias: (out_channels,).
            dilation: samples from tap to tap. Every such sample is a signal of its own, convolved without gaps.

        Returns:
            (1, out_channels, 1, samples), channels last.
        """
        samples = states[0, :, 0].T
        taps, step = self._transforms.taps.shape[1], self._transforms.synthesis.shape[0]
        # The signals follow each other, with zeros before, between and after them.
        phases = [samples[phase::dilation] for phase in range(dilation)]
        pieces_of_phase = -(-(len(phases[0]) + taps - 1) // step)
        begins = range(0, dilation * pieces_of_phase * step, pieces_of_phase * step)
        signal = samples.new_empty(begins.stop + taps - 1, samples.shape[1])
        end = 0
        for begin, phase in zip(begins, phases, strict=True):
            signal[end : begin + taps // 2] = 0
            end = begin + taps // 2 + len(phase)
            signal[end - len(phase) : end] = phase
        signal[end:] = 0
        convolved = self._convolve_signal(signal, bias)
        if dilation == 1:
            outputs = convolved[: len(samples)]
        else:
            outputs = convolved.new_empty(len(samples), convolved.shape[1])
            for index, (begin, phase) in enumerate(zip(begins, phases, strict=True)):
                outputs[index::dilation] = convolved[begin:][: len(phase)]
        return outputs.T[None, :, None]

    def _convolve_signal(self, signal: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """(pieces * step + taps - 1, in_channels) -> (pieces * step, out_channels)"""
        analysis, synthesis = self._transforms.analysis, self._transforms.synthesis
        (step, _), (in_channels, out_channels) = synthesis.shape, self._spectrum.shape[1:]
        pieces = signal.unfold(0, analysis.shape[1], step).transpose(1, 2)  # (pieces, samples, in_channels)
        convolved = signal.new_empty(len(pieces), step, out_channels)
        for begin in range(0, len(pieces), at_once := _pieces_at_once(len(pieces), in_channels)):
            spectrum = torch.matmul(analysis, pieces[begin : begin + at_once])
            products = torch.bmm(spectrum.transpose(0, 1), self._spectrum).transpose(0, 1)
            some = convolved[begin : begin + at_once]
            torch.matmul(synthesis, products, out=some)
            if bias is not None:
                some += bias
        return convolved.flatten(0, 1)


def _pieces_at_once(num_pieces: int, channels: int) -> int:
    """Pieces that are transformed together: equal shares that fit in a core's cache, and few waits between threads."""
    most = max(64, channels**2 // 256) if torch.get_num_threads() == 1 else 1024
    return -(-num_pieces // -(-num_pieces // most))


def _sum_of_bits(weight: torch.Tensor) -> int:
    return int(weight.detach().flatten().view(torch.int32).sum())


def is_faster_by_transform(conv: nn.Conv1d, states: torch.Tensor) -> bool:
    """Whether `TapSpectrum` computes a convolution of these states, and sooner than a direct one.

    Args:
        conv: the convolution.
        states: (batch, in_channels, 1, samples).
    """
    if torch.is_grad_enabled() or torch.compiler.is_compiling() or torch.jit.is_tracing() or states.shape[0] != 1:
        return False
    (taps,), (dilation,) = conv.kernel_size, conv.dilation
    return (
        taps >= _FEWEST_TAPS
        and min(conv.in_channels, conv.out_channels) >= _FEWEST_CHANNELS
        and states.shape[-1] >= _FEWEST_PIECES * dilation * 32
        and (conv.stride, conv.groups, conv.padding) == ((1,), 1, (taps // 2 * dilation,))
        and taps % 2 == 1
        and states.device.type == "cpu"
        and states.dtype == torch.float32
        and states.is_contiguous(memory_format=torch.channels_last)
        and not parametrize.is_parametrized(conv)  # its weight is another tensor every time
        and conv.weight.dtype == torch.float32
        and not conv.weight.is_inference()  # those do not count their changes
    )
