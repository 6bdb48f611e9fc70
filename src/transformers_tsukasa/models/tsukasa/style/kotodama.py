# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Kotodama: a style from words, either a written description of the voice or the text to be spoken.

Both encoders are one of transformers' text models and a head on its first position: DeBERTa-v2 reads
`description + " \\n text: " + text`, DistilBERT reads the text itself.
"""

import torch
import torch.nn.functional as F
from torch import nn
from transformers import AutoModel

from ..configuration_tsukasa import TsukasaKotodamaConfig


NEGATIVE_SLOPE = 0.2


class TsukasaKotodamaEncoder(nn.Module):
    """A style vector from token ids.

    Args:
        config (`TsukasaKotodamaConfig`): the backbone's config and the head's width.
        style_dim (`int`): size of the acoustic and of the prosodic style.
    """

    def __init__(self, config: TsukasaKotodamaConfig, style_dim: int):
        super().__init__()
        self.backbone = AutoModel.from_config(config.encoder_config)
        self.dense = nn.Linear(config.encoder_config.hidden_size, config.head_hidden_size)
        self.out_proj = nn.Linear(config.head_hidden_size, 2 * style_dim)

    @property
    def maximum_length(self) -> int | None:
        """Tokens that the backbone has positions for; `None` where positions are relative."""
        config = self.backbone.config
        absolute = getattr(config, "position_biased_input", True)
        return config.max_position_embeddings if absolute else None

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None) -> torch.Tensor:
        """Predicts styles.

        Args:
            input_ids (`torch.Tensor`): (batch, tokens), from the encoder's own tokenizer, with `[CLS]` in front.
            attention_mask (`torch.Tensor`, *optional*): (batch, tokens), 1 for tokens and 0 for padding.

        Returns:
            `torch.Tensor`: (batch, 2 * style_dim), acoustic and prosodic style.

        Raises:
            ValueError: when there are more tokens than positions.
        """
        if self.maximum_length is not None and input_ids.shape[-1] > self.maximum_length:
            raise ValueError(
                f"a Kotodama encoder reads at most {self.maximum_length} tokens, got {input_ids.shape[-1]}: shorten "
                "the text, or let its tokenizer truncate it (truncation=True)"
            )
        hidden_states = self.backbone(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return self.out_proj(F.leaky_relu(self.dense(hidden_states[:, 0]), NEGATIVE_SLOPE))


__all__ = ["TsukasaKotodamaEncoder"]
