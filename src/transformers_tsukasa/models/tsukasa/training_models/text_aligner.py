# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Which text frame belongs to which phoneme: a small recogniser that hears a log-mel and spells the phonemes.

A convolutional encoder with a CTC head (Graves et al. 2006), and an attention decoder with location-sensitive
attention (Chorowski et al. 2015). The attention weights of the decoder are the soft alignment; the best monotonic path
through them (`alignment_search`) is the alignment. Used in training only.
"""

import math
import os
from dataclasses import dataclass
from typing import NamedTuple

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
from .alignment_search import token_scores_from_ctc


INPUT_KERNEL_SIZE = 7
RESIDUAL_DILATIONS = (1, 3, 9)


@dataclass
class TsukasaTextAlignerOutput(ModelOutput):
    """What the aligner heard.

    Args:
        ctc_logits (`torch.FloatTensor` of shape `(batch, text_frames, vocab_size)`):
            Phoneme of every text frame, for the CTC loss.
        token_logits (`torch.FloatTensor` of shape `(batch, tokens + 1, vocab_size)`):
            What the decoder spells; place `i` predicts token `i`, and the last one what follows the text.
        soft_alignment (`torch.FloatTensor` of shape `(batch, tokens, text_frames)`):
            Attention of every token over the text frames; zero in the padding of both.
        raw_alignment (`torch.FloatTensor` of shape `(batch, tokens + 1, text_frames)`):
            Attention of every step of the decoder: row 0 has read the start token and predicts token 0. Padding tokens
            are not taken out.
        frame_lengths (`torch.LongTensor` of shape `(batch,)`):
            Text frames of every item.
    """

    ctc_logits: torch.FloatTensor | None = None
    token_logits: torch.FloatTensor | None = None
    soft_alignment: torch.FloatTensor | None = None
    raw_alignment: torch.FloatTensor | None = None
    frame_lengths: torch.LongTensor | None = None

    def token_scores(self, input_ids: torch.Tensor, source: AlignmentSource) -> torch.Tensor:
        """Scores of every token in every text frame, for `search_monotonic_alignment`.

        Args:
            input_ids: (batch, tokens), the phonemes spoken.
            source: `"ctc"` for the log-probabilities of the CTC head, `"attention"` for `soft_alignment`; the one that
                fits an aligner is `TsukasaTextAlignerConfig.alignment_source`.

        Returns:
            (batch, tokens, text_frames), float32.
        """
        if source == "ctc":
            return token_scores_from_ctc(self.ctc_logits, input_ids)
        return self.soft_alignment.float()


def cosine_transform(num_mel_bins: int, num_mfcc: int) -> torch.Tensor:
    """Orthonormal DCT-II that makes cepstral coefficients of log-mels. `(num_mel_bins, num_mfcc)`, float32."""
    bands = torch.arange(num_mel_bins, dtype=torch.float64)[:, None]
    orders = torch.arange(num_mfcc, dtype=torch.float64)[None, :]
    matrix = torch.cos(math.pi / num_mel_bins * (bands + 0.5) * orders) * math.sqrt(2.0 / num_mel_bins)
    matrix[:, 0] /= math.sqrt(2.0)
    return matrix.float()


class MaskedGroupNorm(nn.GroupNorm):
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
    """Dilated convolution, ReLU, group norm, convolution, ReLU, around which the input is added."""

    def __init__(self, config: TsukasaTextAlignerConfig, dilation: int):
        super().__init__()
        size = config.hidden_size
        self.conv1 = nn.Conv1d(size, size, 3, padding=dilation, dilation=dilation)
        self.norm = MaskedGroupNorm(config.group_norm_groups, size)
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
        self.norm = MaskedGroupNorm(1, config.hidden_size)

    def forward(self, hidden_states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """(batch, hidden_size, text_frames) -> the same; mask (batch, 1, text_frames)"""
        for pair in self.pairs:
            hidden_states = pair(hidden_states, mask)
        return self.norm(hidden_states, mask)


class _Attended(NamedTuple):
    """What every step of the decoder attends to and reads with, in the one dtype of the loop.

    Attributes:
        memory: (batch, text_frames, attention_size), what the encoder heard.
        keys: (batch, attention_size, text_frames).
        blocked: (batch, text_frames), minus infinity where nothing may be attended to, float32.
        cell: weights and biases of the LSTM cell.
        query: (attention_size, attention_size).
        location: (batch, attention_size, 2 * kernel), location filters and their projection joined.
        score: (batch, 1, attention_size).
    """

    memory: torch.Tensor
    keys: torch.Tensor
    blocked: torch.Tensor
    cell: tuple[torch.Tensor, ...]
    query: torch.Tensor
    location: torch.Tensor
    score: torch.Tensor


class TsukasaAlignerDecoder(nn.Module):
    """Spells the phonemes one by one, with the true ones as input, and attends to the frames of each.

    Every step depends on the one before through the LSTM cell, the context and the attention weights. All that does
    not (embeddings, keys of the memory, logits) is computed for all tokens at once, outside the loop. Location filters
    and their projection are joined into one matrix, and frames are the last axis, so that a step compares all frames
    in one product. Autocast is left at the door, with everything cast that the loop reads: inside it would cast every
    weight anew for each token, and a step is a handful of operations that take longer to start than to run.
    """

    def __init__(self, config: TsukasaTextAlignerConfig):
        super().__init__()
        size, filters = config.attention_size, config.num_location_filters
        self.start_token_id = config.start_token_id
        self.embedding = nn.Embedding(config.vocab_size, config.token_embedding_size)
        self.cell = nn.LSTMCell(config.token_embedding_size + size, size)
        self.query = nn.Linear(size, size, bias=False)
        self.key = nn.Linear(size, size, bias=False)
        self.location_conv = nn.Conv1d(
            2, filters, config.location_kernel_size, padding=config.location_kernel_size // 2, bias=False
        )
        self.location_projection = nn.Linear(filters, size, bias=False)
        self.score = nn.Linear(size, 1, bias=False)
        self.hidden = nn.Linear(2 * size, size)
        self.dropout = nn.Dropout(config.token_dropout)
        self.token_head = nn.Linear(size, config.vocab_size)

    @torch.no_grad()
    def initialize_parameters(self):
        bound = math.sqrt(6.0 / self.embedding.embedding_dim)
        init.uniform_(self.embedding.weight, -bound, bound)

    def forward(
        self, memory: torch.Tensor, frame_mask: torch.Tensor, input_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """
        Args:
            memory: (batch, text_frames, attention_size), what the encoder heard.
            frame_mask: (batch, text_frames) bool, True for frames that may be attended to.
            input_ids: (batch, tokens), the phonemes spoken; the start token is put in front here.

        Returns:
            token logits (batch, tokens + 1, vocab_size) and attention (batch, tokens + 1, text_frames).
        """
        inputs = F.pad(input_ids, (1, 0), value=self.start_token_id)
        dtype = _autocast_dtype(memory)
        with torch.autocast(memory.device.type, enabled=False):
            attended = self._attended(memory.to(dtype), frame_mask)
            states, alignment = self._attend(attended, self.embedding(inputs).to(dtype))
        spelled = torch.tanh(self.hidden(states))
        return self.token_head(self.dropout(spelled)), alignment

    def _attended(self, memory: torch.Tensor, frame_mask: torch.Tensor) -> _Attended:
        batch, dtype = len(memory), memory.dtype
        location = torch.einsum("af,fck->ack", self.location_projection.weight, self.location_conv.weight)
        blocked = torch.zeros(frame_mask.shape, dtype=torch.float32, device=memory.device)
        cell = self.cell
        return _Attended(
            memory=memory,
            keys=F.linear(memory, self.key.weight.to(dtype)).transpose(1, 2).contiguous(),
            blocked=blocked.masked_fill(~frame_mask, float("-inf")),
            cell=tuple(part.to(dtype) for part in (cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)),
            query=self.query.weight.to(dtype),
            location=location.flatten(1).to(dtype).expand(batch, -1, -1),
            score=self.score.weight.to(dtype).expand(batch, -1, -1),
        )

    def _attend(self, attended: _Attended, embedded: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Embeddings (batch, tokens, size) to hidden states with contexts, and attention (batch, tokens, frames)."""
        memory = attended.memory
        batch, frames, size = memory.shape
        hidden = cell = context = memory.new_zeros(batch, size)
        weights = cumulative = memory.new_zeros(batch, frames, dtype=torch.float32)
        margin = memory.new_zeros(batch, self.location_conv.padding[0], dtype=torch.float32)
        hiddens, contexts, alignment = [], [], []
        for token in embedded.unbind(1):
            hidden, cell = torch.lstm_cell(torch.cat([token, context], dim=1), (hidden, cell), *attended.cell)
            history = torch.cat([margin, weights, margin, margin, cumulative, margin], dim=1)
            weights = self._weights(attended, hidden, history)
            cumulative = cumulative + weights
            context = torch.bmm(weights.to(memory.dtype)[:, None, :], memory)[:, 0]
            hiddens.append(hidden)
            contexts.append(context)
            alignment.append(weights)
        states = torch.cat([torch.stack(hiddens, dim=1), torch.stack(contexts, dim=1)], dim=-1)
        return states, torch.stack(alignment, dim=1)

    def _weights(self, attended: _Attended, hidden: torch.Tensor, history: torch.Tensor) -> torch.Tensor:
        """Attention of one token, (batch, text_frames), in float32.

        Args:
            hidden: (batch, attention_size), of the cell.
            history: (batch, 2 * padded frames) in float32, last and summed attention, each between margins of zeros.
        """
        batch, frames = attended.blocked.shape
        # Windows overlap, so that casting them copies each into its place.
        windows = history.view(batch, 2, -1).unfold(2, frames, 1).to(hidden.dtype).reshape(batch, -1, frames)
        compared = torch.baddbmm(attended.keys, attended.location, windows)
        compared = torch.tanh(compared + F.linear(hidden, attended.query)[:, :, None])
        return torch.softmax(torch.bmm(attended.score, compared)[:, 0] + attended.blocked, dim=-1)


class TsukasaTextAligner(TsukasaPreTrainedModel):
    """Hears a log-mel and says which text frames belong to which of the given phonemes."""

    config: TsukasaTextAlignerConfig
    base_model_prefix = "text_aligner"
    main_input_name = "mel"
    input_modalities = ("audio", "text")
    _supports_sdpa = False
    _no_split_modules = ["TsukasaAlignerConvLayer", "TsukasaAlignerDecoder"]

    def __init__(self, config: TsukasaTextAlignerConfig):
        super().__init__(config)
        # A tensor of the checkpoint, not a constant: the converted aligner hears through the matrix it learned with.
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
        """What is heard in every text frame.

        Args:
            mel: (batch, num_mel_bins, mel_frames), normalised log-mel; an odd last frame is left out.
            mel_lengths: (batch,), mel frames of every item. Padding is then kept out of convolutions and norms, and an
                item is heard as it would be alone. `None` hears every frame, padding included, as the original does.

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
        """(batch, text_frames, attention_size) -> (batch, text_frames, vocab_size)"""
        return self.ctc_head(F.relu(self.ctc_dense(memory)))

    def align(
        self,
        memory: torch.Tensor,
        frame_lengths: torch.Tensor | None,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
    ) -> TsukasaTextAlignerOutput:
        """Spells the phonemes along `memory` and gives every field of the output.

        Args:
            memory: (batch, text_frames, attention_size), from `encode`.
            frame_lengths: (batch,), text frames of every item; `None` when nothing is padded.
            input_ids: (batch, tokens), what the decoder is given to read.
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
        """
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
                In training, draws which tokens the decoder does not get to see; torch's own otherwise.

        Raises:
            ValueError: without `input_ids`, on another number of bands, or less than one text frame.
        """
        if input_ids is None:
            raise ValueError("the aligner needs input_ids: the phonemes that it is to find in the log-mel")
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
        """In training, replaces some tokens by the mask token, so that the decoder must listen; else nothing."""
        if not self.training or self.config.mask_probability == 0:
            return input_ids
        device = input_ids.device if generator is None else generator.device
        drawn = torch.rand(input_ids.shape, generator=generator, device=device).to(input_ids.device)
        return input_ids.masked_fill(drawn < self.config.mask_probability, self.config.mask_token_id)


def load_aligner(folder: str | os.PathLike, audio_config: TsukasaAudioConfig) -> TsukasaTextAligner:
    """A trained aligner in float32, for the log-mels of an audio config.

    Raises:
        OSError, ValueError: when the folder holds none, or one that learned to hear other log-mels.
    """
    aligner = TsukasaTextAligner.from_pretrained(folder, dtype=torch.float32)
    audio_config.check_features(aligner.config.features, f"the aligner '{folder}'")
    return aligner


def text_frame_lengths(mel_lengths: torch.Tensor) -> torch.Tensor:
    """Text frames of so many mel frames; an odd last mel frame is left out. (batch,) -> (batch,)"""
    return mel_lengths // MEL_FRAMES_PER_TEXT_FRAME


def _autocast_dtype(tensor: torch.Tensor) -> torch.dtype:
    """What autocast would multiply `tensor` in, or its own dtype without autocast."""
    device = tensor.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else tensor.dtype


def _check_mel(mel: torch.Tensor, num_mel_bins: int) -> None:
    if mel.ndim != 3 or mel.shape[1] != num_mel_bins:
        raise ValueError(
            f"the aligner hears log-mels of shape (batch, {num_mel_bins}, mel_frames), got {tuple(mel.shape)}: "
            "compute them with the feature extractor of this config"
        )
    if mel.shape[-1] < MEL_FRAMES_PER_TEXT_FRAME:
        raise ValueError(
            f"a log-mel of {mel.shape[-1]} frames holds no text frame: the aligner needs at least "
            f"{MEL_FRAMES_PER_TEXT_FRAME}"
        )


__all__ = ["TsukasaTextAligner", "TsukasaTextAlignerOutput", "load_aligner"]
