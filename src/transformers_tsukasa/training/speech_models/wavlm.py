# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Hidden states of WavLM (Chen et al. 2021), and of HuBERT and wav2vec 2.0 of the same build, at 16 kHz."""

import torch
from torch import nn
from transformers import HubertModel, Wav2Vec2Model, WavLMModel

from ...models.layers.masking import lengths_to_mask, masked_moments


class PaddedChannelNorm(nn.GroupNorm):
    """The norm over time after the first convolution of the base models, with padding kept out of its statistics.

    `nn.GroupNorm` with a group for every channel includes padding, so that the states of a clip would depend on the
    other clips of its batch.

    It owns the weights, so that hooks on it and weights that are kept elsewhere work as with the norm in its place.

    Args:
        norm: whose weights and epsilon are taken.
    """

    def __init__(self, norm: nn.GroupNorm) -> None:
        super().__init__(norm.num_groups, norm.num_channels, norm.eps, device="meta")
        self.weight, self.bias = norm.weight, norm.bias
        self.lengths: torch.Tensor | None = None
        """(batch,), real places; set before each call. None: all are."""

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """(batch, channels, places) -> the same"""
        if self.lengths is None:
            return super().forward(hidden_states)
        mask = lengths_to_mask(self.lengths, hidden_states.shape[-1])[:, None].float()
        mean, variance = masked_moments(hidden_states.float(), mask)
        centred = (hidden_states.float() - mean) * mask
        normed = (centred * torch.rsqrt(variance + self.eps)).to(hidden_states.dtype)
        return normed * self.weight[:, None] + self.bias[:, None]


class WavLMStates(nn.Module):
    """All hidden states of a model that reads waveforms through strided convolutions.

    Args:
        encoder: transformers' `WavLMModel`, `HubertModel` or `Wav2Vec2Model`.
        normalizes: whether clips are brought to mean 0 and variance 1 first, as its feature extractor does.
    """

    hidden_size: int
    num_hidden_states: int

    def __init__(self, encoder: WavLMModel | HubertModel | Wav2Vec2Model, normalizes: bool) -> None:
        super().__init__()
        self.encoder, self.normalizes = encoder, normalizes
        self.hidden_size = encoder.config.hidden_size
        self.num_hidden_states = encoder.config.num_hidden_layers + 1
        strides = list(zip(encoder.config.conv_kernel, encoder.config.conv_stride, strict=True))
        self.min_samples = 1
        for kernel, stride in reversed(strides):
            self.min_samples = (self.min_samples - 1) * stride + kernel
        self._first_kernel, self._first_stride = strides[0]
        first = encoder.feature_extractor.conv_layers[0]
        self._norm: PaddedChannelNorm | None = None
        norm = getattr(first, "layer_norm", None)
        if isinstance(norm, nn.GroupNorm):
            self._norm = first.layer_norm = PaddedChannelNorm(norm)

    def forward(self, waveform: torch.Tensor, lengths: torch.Tensor | None) -> tuple[list[torch.Tensor], torch.Tensor]:
        """See `SpeechLanguageModel.forward`, at 16 kHz."""
        real = None if lengths is None else lengths_to_mask(lengths, waveform.shape[1])
        if self.normalizes:
            waveform = _standardize(waveform.float(), real)
        if self._norm is not None:
            self._norm.lengths = None if lengths is None else (lengths - self._first_kernel) // self._first_stride + 1
        waveform = waveform.to(next(self.encoder.feature_extractor.parameters()).dtype)
        output = self.encoder(waveform, attention_mask=real, output_hidden_states=True, return_dict=True)
        states = list(output.hidden_states)
        frames = states[0].shape[1]
        if lengths is None:
            return states, torch.ones(states[0].shape[:2], dtype=torch.bool, device=waveform.device)
        # Annotated as taking a LongTensor, which no tensor is to a type checker.
        counts = self.encoder._get_feat_extract_output_lengths(lengths)  # type: ignore[arg-type]
        return states, lengths_to_mask(counts, frames)


def _standardize(waveform: torch.Tensor, real: torch.Tensor | None) -> torch.Tensor:
    """Mean 0 and variance 1 over the real samples of every clip, zero after them."""
    if real is None:
        real = torch.ones_like(waveform, dtype=torch.bool)
    mean, variance = masked_moments(waveform, real)
    return (waveform - mean) * real * torch.rsqrt(variance + 1e-7)


__all__ = ["WavLMStates"]
