# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Which text frame belongs to which phoneme: a small recogniser that hears a log-mel and spells the phonemes.

A convolutional encoder with a CTC head (Graves et al. 2006), and an attention decoder with location-sensitive
attention (Chorowski et al. 2015). The attention weights of the decoder are the soft alignment; the best monotonic path
through them (`alignment_search`) is the alignment. Used in training only.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn
from transformers import initialization as init
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.utils import ModelOutput
from transformers.utils.generic import can_return_tuple

from .configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME, TsukasaTextAlignerConfig
from .modeling_utils import TsukasaPreTrainedModel


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


def cosine_transform(num_mel_bins: int, num_mfcc: int) -> torch.Tensor:
    """Orthonormal DCT-II that makes cepstral coefficients of log-mels. `(num_mel_bins, num_mfcc)`, float32."""
    bands = torch.arange(num_mel_bins, dtype=torch.float64)[:, None]
    orders = torch.arange(num_mfcc, dtype=torch.float64)[None, :]
    matrix = torch.cos(math.pi / num_mel_bins * (bands + 0.5) * orders) * math.sqrt(2.0 / num_mel_bins)
    matrix[:, 0] /= math.sqrt(2.0)
    return matrix.float()


def length_mask(lengths: torch.Tensor, size: int) -> torch.Tensor:
    """True for the first `lengths` of `size` places. (batch,) -> (batch, size) bool"""
    return torch.arange(size, device=lengths.device) < lengths[:, None]


class MaskedGroupNorm(nn.GroupNorm):
    """Group norm over (channels of the group, frames) that leaves padding out of its statistics."""

    def forward(self, hidden_states: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """hidden_states (batch, channels, frames); mask (batch, 1, frames), 1 for real frames. Zero in the padding."""
        if mask is None:
            return super().forward(hidden_states)
        batch, channels, frames = hidden_states.shape
        grouped = hidden_states.float().view(batch, self.num_groups, -1, frames)
        weights = mask.float()[:, None] / (mask.float().sum(dim=-1)[:, None, :, None] * grouped.shape[2])
        mean = (grouped * weights).sum(dim=(2, 3), keepdim=True)
        centred = grouped - mean
        variance = (centred.square() * weights).sum(dim=(2, 3), keepdim=True)
        normed = (centred * torch.rsqrt(variance + self.eps)).view(batch, channels, frames).to(hidden_states.dtype)
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


class TsukasaAlignerDecoder(nn.Module):
    """Spells the phonemes one by one, with the true ones as input, and attends to the frames of each.

    Every step depends on the one before through the LSTM cell, the context and the attention weights. All that does
    not (embeddings, their share of the cell's gates, keys of the memory, logits) is computed for all tokens at once,
    outside the loop. Location filters and their projection are joined into one matrix, and frames are the last axis,
    so that a step compares all frames in one product.
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
        batch, frames, size = memory.shape
        inputs = F.pad(input_ids, (1, 0), value=self.start_token_id)
        # The cell reads [embedding, context]: the embedding's share of its gates is known beforehand.
        input_weight, context_weight = self.cell.weight_ih.split([self.embedding.embedding_dim, size], dim=1)
        gates = F.linear(self.embedding(inputs), input_weight, self.cell.bias_ih + self.cell.bias_hh).unbind(1)
        recurrent_weight = torch.cat([self.cell.weight_hh, context_weight], dim=1)
        keys = self.key(memory).transpose(1, 2).contiguous()
        location_weight = torch.einsum("af,fck->ack", self.location_projection.weight, self.location_conv.weight)
        location_weight = location_weight.flatten(1).expand(batch, -1, -1)
        blocked = torch.zeros(batch, frames, dtype=torch.float32, device=memory.device)
        blocked = blocked.masked_fill(~frame_mask, float("-inf"))

        state = memory.new_zeros(batch, 2 * size)  # hidden state of the cell, and context
        cell = memory.new_zeros(batch, size)
        weights = memory.new_zeros(batch, frames, dtype=torch.float32)
        cumulative = weights
        states, alignment = [], []
        for step_gates in gates:
            state, cell, weights = self.step(
                step_gates, recurrent_weight, keys, location_weight, memory, blocked, state, cell, weights, cumulative
            )
            cumulative = cumulative + weights
            states.append(state)
            alignment.append(weights)
        spelled = torch.tanh(self.hidden(torch.stack(states, dim=1)))
        return self.token_head(self.dropout(spelled)), torch.stack(alignment, dim=1)

    def step(self, gates, recurrent_weight, keys, location_weight, memory, blocked, state, cell, weights, cumulative):
        """One token: the cell, the attention and its context. Attention weights stay in float32."""
        batch, frames = weights.shape
        gates = gates + F.linear(state, recurrent_weight)
        input_gate, forget_gate, candidate, output_gate = gates.chunk(4, dim=1)
        cell = torch.sigmoid(forget_gate) * cell + torch.sigmoid(input_gate) * torch.tanh(candidate)
        hidden = torch.sigmoid(output_gate) * torch.tanh(cell)

        history = torch.stack([weights, cumulative], dim=1).to(memory.dtype)
        reach = self.location_conv.padding[0]
        neighbours = F.pad(history, (reach, reach)).unfold(2, frames, 1).reshape(batch, -1, frames)
        compared = torch.tanh(torch.baddbmm(keys, location_weight, neighbours) + self.query(hidden)[:, :, None])
        scores = torch.bmm(self.score.weight.expand(batch, -1, -1), compared)[:, 0]
        weights = torch.softmax(scores.float() + blocked, dim=-1)
        context = torch.bmm(weights.to(memory.dtype)[:, None, :], memory)[:, 0]
        return torch.cat([hidden, context.to(hidden.dtype)], dim=1), cell, weights


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
            mask = length_mask(text_frame_lengths(mel_lengths), frames)[:, None].to(cepstrum.dtype)
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
        frame_mask = length_mask(frame_lengths, frames)
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

    def hide_tokens(self, input_ids: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """In training, replaces some tokens by the mask token, so that the decoder must listen; else nothing."""
        if not self.training or self.config.mask_probability == 0:
            return input_ids
        device = input_ids.device if generator is None else generator.device
        drawn = torch.rand(input_ids.shape, generator=generator, device=device).to(input_ids.device)
        return input_ids.masked_fill(drawn < self.config.mask_probability, self.config.mask_token_id)


def text_frame_lengths(mel_lengths: torch.Tensor) -> torch.Tensor:
    """Text frames of so many mel frames; an odd last mel frame is left out. (batch,) -> (batch,)"""
    return mel_lengths // MEL_FRAMES_PER_TEXT_FRAME


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


__all__ = ["TsukasaTextAligner", "TsukasaTextAlignerOutput"]
