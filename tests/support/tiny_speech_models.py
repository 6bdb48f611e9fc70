# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech language models of hidden size 16, saved as transformers saves them."""

import torch
from transformers import WavLMConfig, WavLMModel, WhisperConfig, WhisperForConditionalGeneration


SECONDS = 1.0
"""As long as the tiny Whisper's positions reach."""


def whisper_config() -> WhisperConfig:
    tokens = {"vocab_size": 64, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1}
    sizes = {"encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
    return WhisperConfig(
        d_model=16,
        encoder_layers=2,
        decoder_layers=1,
        num_mel_bins=80,
        max_source_positions=50,
        suppress_tokens=[],
        begin_suppress_tokens=[],
        **tokens,
        **sizes,
    )


def wavlm_config(norm: str = "group") -> WavLMConfig:
    """norm: "group" is the build of the base models, "layer" that of the large ones."""
    return WavLMConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=[8, 8],
        conv_stride=[5, 64],
        conv_kernel=[10, 80],
        num_feat_extract_layers=2,
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
        feat_extract_norm=norm,
        do_stable_layer_norm=norm == "layer",
    )


def save_tiny_whisper(folder) -> WhisperForConditionalGeneration:
    torch.manual_seed(5)
    model = WhisperForConditionalGeneration(whisper_config()).eval()
    model.save_pretrained(folder)
    return model


def save_tiny_wavlm(folder, norm: str = "group") -> WavLMModel:
    torch.manual_seed(5)
    model = WavLMModel(wavlm_config(norm)).eval()
    model.save_pretrained(folder)
    return model
