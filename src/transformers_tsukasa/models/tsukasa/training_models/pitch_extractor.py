# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""F0 of recordings from their log-mels: the joint detection and classification net of Kum & Nam (2019).

Convolutional blocks that shrink the bands and never the frames, then a bidirectional LSTM over frames. A second head
detects voiced frames from the states of every block; only training the extractor needs it.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn
from transformers import initialization as init
from transformers.utils import ModelOutput
from transformers.utils.generic import can_return_tuple

from ...layers.masking import MaskedLSTM
from ...layers.placement import parameter_dtype
from ..configuration_tsukasa import TsukasaPitchExtractorConfig
from ..modeling_utils import TsukasaPreTrainedModel
from ..prosody.prosody_predictor import INITIAL_F0, INITIAL_F0_RANGE


NEGATIVE_SLOPE = 0.01
BLOCK_POOLING = 2
FINAL_POOLING = 4
TOTAL_POOLING = BLOCK_POOLING**3 * FINAL_POOLING


@dataclass
class TsukasaPitchExtractorOutput(ModelOutput):
    """Output of the pitch extractor.

    Args:
        f0 (`torch.FloatTensor` of shape `(batch, mel_frames)`):
            F0 in Hz, never negative; zero in the padding when lengths are given.
        voicing_logits (`torch.FloatTensor` of shape `(batch, mel_frames, 2)`, *optional*):
            Logits of (unvoiced, voiced), when asked for.
        hidden_states (`torch.FloatTensor` of shape `(batch, mel_frames, channels)`, *optional*):
            States in front of the pitch LSTM, when voicing was asked for.
    """

    f0: torch.Tensor | None = None
    voicing_logits: torch.Tensor | None = None
    hidden_states: torch.Tensor | None = None


def _masked(hidden_states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """Zeroes the padding, so that the next convolution reads there what it reads past the end of a clip."""
    return hidden_states if mask is None else hidden_states * mask


def _activate(hidden_states: torch.Tensor) -> torch.Tensor:
    return F.leaky_relu(hidden_states, NEGATIVE_SLOPE)


class TsukasaPitchStem(nn.Module):
    """Two convolutions with a norm between them."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, hidden_states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """(batch, 1, mel_frames, bands) -> (batch, channels, mel_frames, bands); mask (batch, 1, mel_frames, 1)"""
        hidden_states = _activate(self.norm(self.conv1(_masked(hidden_states, mask))))
        return self.conv2(_masked(hidden_states, mask))


class TsukasaPitchBlock(nn.Module):
    """Halves the bands, then two convolutions with a 1x1 convolution around them."""

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        self.pre_norm = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.shortcut: nn.Module = nn.Identity()
        if in_channels != out_channels:
            self.shortcut = nn.Conv2d(in_channels, out_channels, 1, bias=False)

    def forward(self, hidden_states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """(batch, in_channels, mel_frames, bands) -> (batch, out_channels, mel_frames, bands // 2)"""
        pooled = F.max_pool2d(_activate(self.pre_norm(hidden_states)), (1, BLOCK_POOLING))
        pooled = _masked(pooled, mask)
        residual = _masked(_activate(self.norm(self.conv1(pooled))), mask)
        return self.conv2(residual) + self.shortcut(pooled)


class TsukasaVoicingHead(nn.Module):
    """Detects voiced frames from the states of every block, pooled to the fewest bands."""

    def __init__(self, config: TsukasaPitchExtractorConfig, bands: int):
        super().__init__()
        channels = config.hidden_sizes[-1]
        self.bands = bands
        self.conv = nn.Conv2d(sum(config.hidden_sizes), channels, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.dropout = nn.Dropout(config.dropout)
        self.lstm = MaskedLSTM(channels * bands, config.lstm_hidden_size, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * config.lstm_hidden_size, 2)

    def forward(self, states: list[torch.Tensor], frame_mask: torch.Tensor) -> torch.Tensor:
        """states: (batch, channels, mel_frames, bands) of every block -> logits (batch, mel_frames, 2)"""
        pooled = [F.adaptive_max_pool2d(state, (state.shape[2], self.bands)) for state in states]
        joined = self.dropout(_activate(self.norm(self.conv(torch.cat(pooled, dim=1)))))
        return self.head(self.lstm(_frames_first(joined), frame_mask))


class TsukasaPitchExtractor(TsukasaPreTrainedModel):
    """F0 per mel frame from a log-mel.

    In training, batch norms include padding in their statistics: train on crops of one length.

    Args:
        config ([`TsukasaPitchExtractorConfig`]): widths and number of bands.
    """

    config: TsukasaPitchExtractorConfig
    base_model_prefix = "pitch_extractor"
    main_input_name = "mel"
    input_modalities = ["audio"]
    supports_gradient_checkpointing = False
    _supports_sdpa = False

    def __init__(self, config: TsukasaPitchExtractorConfig):
        super().__init__(config)
        bands = config.num_mel_bins // TOTAL_POOLING
        if bands == 0:
            raise ValueError(
                f"pitch_extractor_config: the net pools {TOTAL_POOLING} bands into one, but num_mel_bins is "
                f"{config.num_mel_bins}"
            )
        sizes = config.hidden_sizes
        self.stem = TsukasaPitchStem(sizes[0])
        self.blocks = nn.ModuleList(
            TsukasaPitchBlock(size, next_size) for size, next_size in zip(sizes[:-1], sizes[1:], strict=True)
        )
        self.pool_norm = nn.BatchNorm2d(sizes[-1])
        self.dropout = nn.Dropout(config.dropout)
        self.pitch_lstm = MaskedLSTM(sizes[-1] * bands, config.lstm_hidden_size, batch_first=True, bidirectional=True)
        self.pitch_head = nn.Linear(2 * config.lstm_hidden_size, 1)
        self.voicing = TsukasaVoicingHead(config, bands)
        self.post_init()

    @torch.no_grad()
    def initialize_parameters(self):
        bound = INITIAL_F0_RANGE / self.pitch_head.in_features**0.5
        init.uniform_(self.pitch_head.weight, -bound, bound)
        init.constant_(self.pitch_head.bias, INITIAL_F0)

    @can_return_tuple
    def forward(
        self, mel: torch.Tensor, mel_lengths: torch.Tensor | None = None, return_voicing: bool = False, **kwargs
    ) -> TsukasaPitchExtractorOutput:
        """Predicts F0, and voicing when asked for.

        Args:
            mel (`torch.Tensor` of shape `(batch, num_mel_bins, mel_frames)`):
                Normalised log-mel.
            mel_lengths (`torch.Tensor` of shape `(batch,)`, *optional*):
                Mel frames of every item. In evaluation, results are then those of every item alone. With `None` all
                frames are real, padding included, as in the original.
            return_voicing (`bool`, *optional*, defaults to `False`):
                Whether to run the voicing head, which only training the extractor needs.

        Raises:
            ValueError: on another number of bands, or no frame.
        """
        if mel.ndim != 3 or mel.shape[1] != self.config.num_mel_bins or mel.shape[2] == 0:
            raise ValueError(
                f"the pitch extractor takes log-mels of shape (batch, {self.config.num_mel_bins}, mel_frames) with at "
                f"least one frame, got {tuple(mel.shape)}"
            )
        mel = mel.to(parameter_dtype(self))
        batch, frames = mel.shape[0], mel.shape[2]
        frame_mask = torch.ones(batch, frames, dtype=torch.bool, device=mel.device)
        mask = None
        if mel_lengths is not None:
            frame_mask = torch.arange(frames, device=mel.device) < mel_lengths[:, None]
            mask = frame_mask[:, None, :, None].to(mel.dtype)

        states = [self.stem(mel.transpose(1, 2)[:, None], mask)]
        for block in self.blocks:
            states.append(block(states[-1], mask))
        states[-1] = F.max_pool2d(_activate(self.pool_norm(states[-1])), (1, FINAL_POOLING))
        features = _frames_first(self.dropout(states[-1]))
        pitch = self.pitch_head(self.pitch_lstm(features, frame_mask))[..., 0].float().abs()
        if mel_lengths is not None:
            pitch = pitch * frame_mask
        if not return_voicing:
            return TsukasaPitchExtractorOutput(f0=pitch)
        return TsukasaPitchExtractorOutput(
            f0=pitch, voicing_logits=self.voicing(states, frame_mask).float(), hidden_states=features
        )


def _frames_first(states: torch.Tensor) -> torch.Tensor:
    """(batch, channels, mel_frames, bands) -> (batch, mel_frames, channels * bands)"""
    return states.permute(0, 2, 1, 3).flatten(2)


__all__ = ["TsukasaPitchExtractor", "TsukasaPitchExtractorOutput"]
