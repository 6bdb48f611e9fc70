# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Alignment of phonemes to text frames: a small recogniser that reads a log-mel and predicts the phonemes.

A convolutional encoder with a CTC head (Graves et al. 2006), and an attention decoder with location-sensitive
attention (Chorowski et al. 2015). The attention weights of the decoder are the soft alignment; the best monotonic path
through them (`alignment_search`) is the alignment. Used in training only.
"""

import math
import os
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn
from transformers import initialization as init
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.utils import ModelOutput
from transformers.utils.generic import can_return_tuple

from ...layers.masking import lengths_to_mask, masked_moments
from ..configuration_training import AlignmentSource
from ..configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME, TsukasaAudioConfig, TsukasaTextAlignerConfig
from ..modeling_utils import TsukasaPreTrainedModel
from .aligner_decoder import TsukasaAlignerDecoder
from .alignment_search import token_scores_from_ctc


INPUT_KERNEL_SIZE = 7
RESIDUAL_DILATIONS = (1, 3, 9)


@dataclass
class TsukasaTextAlignerOutput(ModelOutput):
    """Output of the aligner.

    Args:
        ctc_logits (`torch.FloatTensor` of shape `(batch, text_frames, vocab_size)`):
            Phoneme of every text frame, for the CTC loss.
        token_logits (`torch.FloatTensor` of shape `(batch, tokens + 1, vocab_size)`):
            Predictions of the decoder; place `i` predicts token `i`, and the last one the end of the text.
        soft_alignment (`torch.FloatTensor` of shape `(batch, tokens, text_frames)`):
            Attention of every token over the text frames; zero in the padding of both.
        raw_alignment (`torch.FloatTensor` of shape `(batch, tokens + 1, text_frames)`):
            Attention of every step of the decoder: row 0 has read the start token and predicts token 0. The rows of
            padding tokens are not zero.
        frame_lengths (`torch.LongTensor` of shape `(batch,)`):
            Text frames of every item.
    """

    ctc_logits: torch.Tensor | None = None
    token_logits: torch.Tensor | None = None
    soft_alignment: torch.Tensor | None = None
    raw_alignment: torch.Tensor | None = None
    frame_lengths: torch.Tensor | None = None

    def token_scores(self, input_ids: torch.Tensor, source: AlignmentSource) -> torch.Tensor:
        """Scores of every token in every text frame, for `search_monotonic_alignment`.

        Args:
            input_ids: (batch, tokens), the phonemes spoken.
            source: `"ctc"` for the log-probabilities of the CTC head, `"attention"` for `soft_alignment`; the one that
                fits an aligner is `TsukasaTextAlignerConfig.alignment_source`.

        Returns:
            (batch, tokens, text_frames), float32.
        """
        if self.ctc_logits is None or self.soft_alignment is None:
            raise ValueError("token scores need the ctc_logits and the soft_alignment of an aligner's forward()")
        if source == "ctc":
            return token_scores_from_ctc(self.ctc_logits, input_ids)
        return self.soft_alignment.float()


def cosine_transform(num_mel_bins: int, num_mfcc: int) -> torch.Tensor:
    """Orthonormal DCT-II from log-mels to cepstral coefficients, (num_mel_bins, num_mfcc), float32."""
    bands = torch.arange(num_mel_bins, dtype=torch.float64)[:, None]
    orders = torch.arange(num_mfcc, dtype=torch.float64)[None, :]
    matrix = torch.cos(math.pi / num_mel_bins * (bands + 0.5) * orders) * math.sqrt(2.0 / num_mel_bins)
    matrix[:, 0] /= math.sqrt(2.0)
    return matrix.float()


class TsukasaMaskedGroupNorm(nn.GroupNorm):
    """Group norm over (channels of the group, frames) that leaves padding out of its statistics."""

    def forward(self, hidden_states: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """hidden_states (batch, channels, frames); mask (batch, 1, frames), 1 for real frames. Zero in the padding."""
        if mask is None:
            return super().forward(hidden_states)
        batch, channels, frames = hidden_states.shape
        grouped = hidden_states.float().view(batch, self.num_groups, -1, frames)
        mean, variance = masked_moments(grouped, mask.float()[:, None], dim=(2, 3))
        normed = (
            ((grouped - mean) * torch.rsqrt(variance + self.eps)).view(batch, channels, frames).to(hidden_states.dtype)
        )
        return (normed * self.weight[:, None] + self.bias[:, None]) * mask


class TsukasaAlignerConvPair(nn.Module):
    """Dilated convolution, ReLU, group norm, convolution, ReLU, with a residual connection."""

    def __init__(self, config: TsukasaTextAlignerConfig, dilation: int):
        super().__init__()
        size = config.hidden_size
        self.conv1 = nn.Conv1d(size, size, 3, padding=dilation, dilation=dilation)
        self.norm = TsukasaMaskedGroupNorm(config.group_norm_groups, size)
        self.conv2 = nn.Conv1d(size, size, 3, padding=1)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, hidden_states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        residual = self.dropout(self.norm(F.relu(self.conv1(hidden_states)), mask))
        residual = self.dropout(F.relu(self.conv2(residual)))
        summed = hidden_states + residual
        return summed if mask is None else summed * mask


class TsukasaAlignerConvLayer(GradientCheckpointingLayer):
    """Residual stack of convolution pairs of growing dilation, and a norm over all channels."""

    def __init__(self, config: TsukasaTextAlignerConfig):
        super().__init__()
        self.pairs = nn.ModuleList(TsukasaAlignerConvPair(config, dilation) for dilation in RESIDUAL_DILATIONS)
        self.norm = TsukasaMaskedGroupNorm(1, config.hidden_size)

    def forward(self, hidden_states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """(batch, hidden_size, text_frames) -> the same; mask (batch, 1, text_frames)"""
        for pair in self.pairs:
            hidden_states = pair(hidden_states, mask)
        return self.norm(hidden_states, mask)


class TsukasaTextAligner(TsukasaPreTrainedModel):
    """Finds the text frames of given phonemes in a log-mel.

    Args:
        config ([`TsukasaTextAlignerConfig`]): widths and tokens.
    """

    config: TsukasaTextAlignerConfig
    cosine_transform: torch.Tensor
    base_model_prefix = "text_aligner"
    main_input_name = "mel"
    input_modalities = ["audio", "text"]
    _supports_sdpa = False
    _no_split_modules = ["TsukasaAlignerConvLayer", "TsukasaAlignerDecoder"]

    def __init__(self, config: TsukasaTextAlignerConfig):
        super().__init__(config)
        # A tensor of the checkpoint, not a constant: a converted aligner keeps the matrix it was trained with.
        self.register_buffer("cosine_transform", cosine_transform(config.num_mel_bins, config.num_mfcc))
        self.conv_in = nn.Conv1d(
            config.num_mfcc,
            config.hidden_size,
            INPUT_KERNEL_SIZE,
            stride=MEL_FRAMES_PER_TEXT_FRAME,
            padding=INPUT_KERNEL_SIZE // 2,
        )
        self.layers = nn.ModuleList(TsukasaAlignerConvLayer(config) for _ in range(config.num_hidden_layers))
        self.memory_projection = nn.Conv1d(config.hidden_size, config.attention_size, 1)
        self.ctc_dense = nn.Linear(config.attention_size, 2 * config.attention_size)
        self.ctc_head = nn.Linear(2 * config.attention_size, config.vocab_size)
        self.decoder = TsukasaAlignerDecoder(config)
        self.gradient_checkpointing = False
        self.post_init()

    @torch.no_grad()
    def initialize_parameters(self):
        init.copy_(self.cosine_transform, cosine_transform(self.config.num_mel_bins, self.config.num_mfcc))

    def encode(self, mel: torch.Tensor, mel_lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Encodes a log-mel to states on text frames.

        Args:
            mel: (batch, num_mel_bins, mel_frames), normalised log-mel; an odd last frame is left out.
            mel_lengths: (batch,), mel frames of every item. Padding is then kept out of convolutions and norms, and
                results are those of every item alone. With `None` all frames are real, padding included, as in the
                original.

        Returns:
            memory (batch, text_frames, attention_size), zero in the padding when lengths are given.

        Raises:
            ValueError: on another number of bands, or less than one text frame.
        """
        _check_mel(mel, self.config.num_mel_bins)
        frames = mel.shape[-1] // MEL_FRAMES_PER_TEXT_FRAME
        mel = mel[..., : frames * MEL_FRAMES_PER_TEXT_FRAME].to(self.cosine_transform.dtype)
        cepstrum = torch.matmul(self.cosine_transform.T, mel)
        mask = None
        if mel_lengths is not None:
            mask = lengths_to_mask(text_frame_lengths(mel_lengths), frames)[:, None].to(cepstrum.dtype)
            cepstrum = cepstrum * mask.repeat_interleave(MEL_FRAMES_PER_TEXT_FRAME, dim=-1)
        hidden_states = self.conv_in(cepstrum)
        if mask is not None:
            hidden_states = hidden_states * mask
        for layer in self.layers:
            hidden_states = layer(hidden_states, mask)
        memory = self.memory_projection(hidden_states)
        return (memory if mask is None else memory * mask).transpose(1, 2)

    def ctc_logits(self, memory: torch.Tensor) -> torch.Tensor:
        """Phoneme logits (batch, text_frames, vocab_size) of states (batch, text_frames, attention_size)."""
        return self.ctc_head(F.relu(self.ctc_dense(memory)))

    def align(
        self,
        memory: torch.Tensor,
        frame_lengths: torch.Tensor | None,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
    ) -> TsukasaTextAlignerOutput:
        """Runs the decoder along `memory`.

        Args:
            memory: (batch, text_frames, attention_size), from `encode`.
            frame_lengths: (batch,), text frames of every item; `None` when nothing is padded.
            input_ids: (batch, tokens), the input of the decoder.
            attention_mask: (batch, tokens), 1 for real tokens.
        """
        batch, frames = memory.shape[:2]
        if frame_lengths is None:
            frame_lengths = torch.full((batch,), frames, device=memory.device)
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        frame_mask = lengths_to_mask(frame_lengths, frames)
        token_logits, raw_alignment = self.decoder(memory, frame_mask, input_ids)
        first_row = self.config.first_alignment_row
        soft_alignment = raw_alignment[:, first_row : first_row + input_ids.shape[1]]
        soft_alignment = soft_alignment * attention_mask[..., None].to(raw_alignment.dtype)
        return TsukasaTextAlignerOutput(
            ctc_logits=self.ctc_logits(memory),
            token_logits=token_logits,
            soft_alignment=soft_alignment,
            raw_alignment=raw_alignment,
            frame_lengths=frame_lengths,
        )

    @can_return_tuple
    def forward(
        self,
        mel: torch.Tensor,
        mel_lengths: torch.Tensor | None = None,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        generator: torch.Generator | None = None,
        **kwargs,
    ) -> TsukasaTextAlignerOutput:
        """Aligns phonemes to a log-mel.

        Args:
            mel (`torch.Tensor` of shape `(batch, num_mel_bins, mel_frames)`):
                Normalised log-mel.
            mel_lengths (`torch.Tensor` of shape `(batch,)`, *optional*):
                Mel frames of every item; `None` when nothing is padded.
            input_ids (`torch.Tensor` of shape `(batch, tokens)`):
                The phonemes that are spoken.
            attention_mask (`torch.Tensor` of shape `(batch, tokens)`, *optional*):
                1 for real tokens.
            generator (`torch.Generator`, *optional*):
                In training, draws the tokens that are hidden from the decoder; torch's own when not given.

        Raises:
            ValueError: without `input_ids`, on another number of bands, or less than one text frame.
        """
        if input_ids is None:
            raise ValueError("the aligner needs input_ids: the phonemes to find in the log-mel")
        memory = self.encode(mel, mel_lengths)
        frame_lengths = None if mel_lengths is None else text_frame_lengths(mel_lengths)
        return self.align(memory, frame_lengths, self.hide_tokens(input_ids, generator), attention_mask)

    @torch.no_grad()
    def token_scores(
        self,
        mel: torch.Tensor,
        mel_lengths: torch.Tensor | None,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Scores of every token in every text frame, from the head that fits this aligner (`config.alignment_source`).

        Runs only what that head needs: for the CTC head the decoder's loop over tokens is left out.

        Args:
            mel, mel_lengths, input_ids, attention_mask: see `forward`.

        Returns:
            (batch, tokens, text_frames), float32, for `search_monotonic_alignment`.
        """
        if self.config.alignment_source == "ctc":
            return token_scores_from_ctc(self.ctc_logits(self.encode(mel, mel_lengths)), input_ids)
        output = self(mel=mel, mel_lengths=mel_lengths, input_ids=input_ids, attention_mask=attention_mask)
        return output.token_scores(input_ids, "attention")

    def hide_tokens(self, input_ids: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """In training, replaces some tokens by the mask token, so that the decoder depends on the log-mel."""
        if not self.training or self.config.mask_probability == 0:
            return input_ids
        device = input_ids.device if generator is None else generator.device
        drawn = torch.rand(input_ids.shape, generator=generator, device=device).to(input_ids.device)
        return input_ids.masked_fill(drawn < self.config.mask_probability, self.config.mask_token_id)


def load_aligner(folder: str | os.PathLike, audio_config: TsukasaAudioConfig) -> TsukasaTextAligner:
    """Loads a trained aligner in float32, for the log-mels of an audio config.

    Raises:
        OSError, ValueError: when the folder holds none, or one that was trained on other log-mels.
    """
    aligner = TsukasaTextAligner.from_pretrained(folder, dtype=torch.float32)
    audio_config.check_features(aligner.config.features, f"the aligner '{folder}'")
    return aligner


def text_frame_lengths(mel_lengths: torch.Tensor) -> torch.Tensor:
    """Text frames of mel frames; an odd last mel frame is left out. (batch,) -> (batch,)"""
    return mel_lengths // MEL_FRAMES_PER_TEXT_FRAME


def _check_mel(mel: torch.Tensor, num_mel_bins: int) -> None:
    if mel.ndim != 3 or mel.shape[1] != num_mel_bins:
        raise ValueError(
            f"the aligner takes log-mels of shape (batch, {num_mel_bins}, mel_frames), got {tuple(mel.shape)}: "
            "compute them with the feature extractor of this config"
        )
    if mel.shape[-1] < MEL_FRAMES_PER_TEXT_FRAME:
        raise ValueError(
            f"a log-mel of {mel.shape[-1]} frames holds no text frame: the aligner needs at least "
            f"{MEL_FRAMES_PER_TEXT_FRAME}"
        )


__all__ = ["TsukasaTextAligner", "TsukasaTextAlignerOutput", "load_aligner"]
