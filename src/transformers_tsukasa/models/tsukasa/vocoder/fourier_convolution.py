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
from torch.nn import functional as F
from torch.nn.utils import parametrize


# Shorter kernels and fewer channels gain nothing over a direct convolution.
_FEWEST_TAPS, _FEWEST_CHANNELS = 7, 128
_FEWEST_PIECES = 4
_PIECES_ALONE, _PIECES_OF_THREADS = 64, 1024  # at once: what fits in a core's cache; few enough waits for each other


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
        outputs = samples.new_empty(len(samples), self._spectrum.shape[2])
        for phase in range(dilation):
            self._convolve_rows(samples[phase::dilation], bias, outputs[phase::dilation])
        return outputs.T[None, :, None]

    def _convolve_rows(self, rows: torch.Tensor, bias: torch.Tensor | None, outputs: torch.Tensor) -> None:
        """Convolves (samples, in_channels) into `outputs` (samples, out_channels)."""
        padding = self._transforms.taps.shape[1] // 2
        step = self._transforms.synthesis.shape[0]
        at_once = step * (_PIECES_ALONE if torch.get_num_threads() == 1 else _PIECES_OF_THREADS)
        for begin in range(0, len(rows), at_once):
            end = min(begin + at_once, len(rows))
            num_pieces = -(-(end - begin) // step)
            first, last = begin - padding, begin + num_pieces * step + padding
            piece = rows[max(first, 0) : last]
            convolved = self._convolve_pieces(
                F.pad(piece, (0, 0, max(-first, 0), max(last - len(rows), 0))), num_pieces
            )
            if bias is not None:
                torch.add(convolved[: end - begin], bias, out=outputs[begin:end])
            else:
                outputs[begin:end] = convolved[: end - begin]

    def _convolve_pieces(self, rows: torch.Tensor, num_pieces: int) -> torch.Tensor:
        """Overlapping pieces of (samples, in_channels) to (num_pieces * outputs, out_channels)."""
        analysis, synthesis = self._transforms.analysis, self._transforms.synthesis
        rows = rows.contiguous()
        channels, step = rows.shape[1], synthesis.shape[0]
        pieces = rows.as_strided((num_pieces, analysis.shape[1], channels), (step * channels, channels, 1))
        products = torch.bmm(torch.matmul(analysis, pieces).transpose(0, 1), self._spectrum)
        return torch.matmul(synthesis, products.transpose(0, 1)).flatten(0, 1)


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
