# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech and its phonemes as vectors that are near each other, after CLVP (Betker 2022, arXiv:2305.07243)."""

import torch
import torch.nn.functional as F
from torch import nn
from transformers import ClvpEncoder, PreTrainedModel
from transformers import initialization as init
from transformers.models.clvp.modeling_clvp import ClvpOutput, speech_text_contrastive_loss
from transformers.utils.generic import can_return_tuple

from ..layers.masking import lengths_to_mask
from .configuration_clvp import TsukasaClvpConfig


_KERNEL_SIZE = 5
_STRIDE = 2
_LARGEST_SCALE = 100.0


class TsukasaClvpSpeechInput(nn.Module):
    """Two strided convolutions from a log-mel to the positions of the speech tower, four mel frames each.

    Args:
        num_mel_bins: bands of the log-mel.
        hidden_size: of the tower.
    """

    def __init__(self, num_mel_bins: int, hidden_size: int):
        super().__init__()
        padding = _KERNEL_SIZE // 2
        self.conv1 = nn.Conv1d(num_mel_bins, hidden_size, _KERNEL_SIZE, stride=_STRIDE, padding=padding)
        self.conv2 = nn.Conv1d(hidden_size, hidden_size, _KERNEL_SIZE, stride=_STRIDE, padding=padding)

    def forward(self, log_mel: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(batch, num_mel_bins, frames), (batch, frames) -> (batch, positions, hidden_size), (batch, positions).

        Padding is zero before every convolution, so that an item of a batch is as it is alone.
        """
        states, lengths = log_mel * mask[:, None].to(log_mel.dtype), mask.sum(dim=1)
        for conv in (self.conv1, self.conv2):
            states = F.gelu(conv(states))
            lengths = (lengths + _STRIDE - 1) // _STRIDE
            mask = lengths_to_mask(lengths, states.shape[-1])
            states = states * mask[:, None].to(states.dtype)
        return states.transpose(1, 2), mask


class TsukasaClvpModel(PreTrainedModel):
    """Two towers of transformers' [`ClvpEncoder`], for phonemes and for speech, and the scale of their similarities.

    Args:
        config ([`TsukasaClvpConfig`]): sizes, and whether speech is log-mels or codes.
    """

    config: TsukasaClvpConfig
    config_class = TsukasaClvpConfig
    base_model_prefix = "clvp"
    main_input_name = "input_ids"
    input_modalities = ["text", "audio"]
    supports_gradient_checkpointing = True
    _no_split_modules = ["ClvpEncoderLayer"]

    def __init__(self, config: TsukasaClvpConfig):
        super().__init__(config)
        self.text_encoder = ClvpEncoder(config.text_config)
        self.speech_encoder = ClvpEncoder(config.speech_config)
        self.speech_input: TsukasaClvpSpeechInput | None = None
        if config.speech_input == "mel":
            self.speech_input = TsukasaClvpSpeechInput(config.num_mel_bins, config.speech_config.hidden_size)
            # Positions come from the convolutions; an embedding of codes would never learn.
            del self.speech_encoder.token_embedding
        self.logit_scale = nn.Parameter(torch.tensor(config.logit_scale_init_value))
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if module is self:
            init.constant_(self.logit_scale, self.config.logit_scale_init_value)

    def get_input_embeddings(self) -> nn.Embedding:
        return self.text_encoder.token_embedding

    def set_input_embeddings(self, value: nn.Module) -> None:
        if not isinstance(value, nn.Embedding):
            raise TypeError(f"the tower of phonemes looks these up in an nn.Embedding, got {type(value).__name__}")
        self.text_encoder.token_embedding = value

    def get_text_features(self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None) -> torch.Tensor:
        """Embeddings of phonemes.

        Args:
            input_ids: (batch, tokens).
            attention_mask: (batch, tokens), 1 for real tokens; all of them when not given.

        Returns:
            (batch, projection_dim), of length 1.
        """
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        states = self.text_encoder(input_ids=input_ids, attention_mask=mask.long()).last_hidden_state
        return _pooled(states, mask, self.text_encoder.projection)

    def get_speech_features(
        self, input_features: torch.Tensor, input_features_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Embeddings of speech.

        Args:
            input_features: log-mels (batch, num_mel_bins, frames), or codes (batch, frames) for a model of codes.
            input_features_mask: (batch, frames), 1 for real frames; all of them when not given.

        Returns:
            (batch, projection_dim), of length 1.

        Raises:
            ValueError: for another number of bands, or codes where log-mels are taken and the reverse.
        """
        self._check_speech(input_features)
        mask = input_features_mask
        if mask is None:
            mask = input_features.new_ones(input_features.shape[0], input_features.shape[-1], dtype=torch.long)
        if self.speech_input is None:
            states = self.speech_encoder(input_ids=input_features, attention_mask=mask.long())
        else:
            embedded, mask = self.speech_input(input_features, mask)
            states = self.speech_encoder(inputs_embeds=embedded, attention_mask=mask.long())
        return _pooled(states.last_hidden_state, mask, self.speech_encoder.projection)

    def _check_speech(self, speech: torch.Tensor) -> None:
        if self.speech_input is None:
            if speech.ndim != 2 or speech.is_floating_point():
                raise ValueError(f"this model takes codes (batch, frames), got {speech.dtype} {tuple(speech.shape)}")
        elif speech.ndim != 3 or speech.shape[1] != self.config.num_mel_bins:
            raise ValueError(
                f"this model takes log-mels (batch, {self.config.num_mel_bins}, frames), got {tuple(speech.shape)}"
            )

    @property
    def scale(self) -> torch.Tensor:
        """Factor of the similarities, at most 100."""
        return self.logit_scale.exp().clamp(max=_LARGEST_SCALE)

    @can_return_tuple
    def forward(
        self,
        input_ids: torch.Tensor,
        input_features: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        input_features_mask: torch.Tensor | None = None,
        return_loss: bool = False,
        **kwargs,
    ) -> ClvpOutput:
        """Similarities of every text to every speech.

        Args:
            input_ids (`torch.LongTensor` of shape `(texts, tokens)`):
                Phonemes.
            input_features (`torch.Tensor` of shape `(speeches, num_mel_bins, frames)`, or `(speeches, frames)`):
                Log-mels, or codes.
            attention_mask (`torch.Tensor` of shape `(texts, tokens)`, *optional*):
                1 for real tokens.
            input_features_mask (`torch.Tensor` of shape `(speeches, frames)`, *optional*):
                1 for real frames.
            return_loss (`bool`, *optional*, defaults to `False`):
                Whether to compute the symmetric contrastive loss, for which text i is spoken in speech i.

        Raises:
            ValueError: for speech of another kind, and for a loss of unequal numbers.
        """
        text_embeds = self.get_text_features(input_ids, attention_mask)
        speech_embeds = self.get_speech_features(input_features, input_features_mask)
        logits_per_text = self.scale * text_embeds @ speech_embeds.T
        loss = None
        if return_loss:
            if len(text_embeds) != len(speech_embeds):
                raise ValueError(
                    f"a loss needs a speech for every text, got {len(speech_embeds)} of {len(text_embeds)}"
                )
            loss = speech_text_contrastive_loss(logits_per_text)
        return ClvpOutput(
            loss=loss,
            logits_per_text=logits_per_text,
            logits_per_speech=logits_per_text.T,
            text_embeds=text_embeds,
            speech_embeds=speech_embeds,
        )


def _pooled(states: torch.Tensor, mask: torch.Tensor, projection: nn.Module) -> torch.Tensor:
    """The mean of the real states, projected and of length 1: (batch, projection_dim) float32.

    transformers' encoder takes the mean over the padding too.
    """
    weights = mask[..., None].to(states.dtype)
    mean = (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
    return F.normalize(projection(mean).float(), dim=-1)


__all__ = ["TsukasaClvpModel"]
