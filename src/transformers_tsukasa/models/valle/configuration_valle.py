# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The config of VALL-E and VALL-E X: two transformers over text and the codes of an audio codec."""

from typing import Any, Literal

from huggingface_hub.dataclasses import strict
from transformers.configuration_utils import PreTrainedConfig
from transformers.utils.type_validators import interval, positive_int_field

from ..layers.configuration_mlstm import require


@strict
class VallEConfig(PreTrainedConfig):
    r"""VALL-E (Wang et al. 2023) and VALL-E X (Zhang et al. 2023), as published by lifeiteng/valle and
    Plachtaa/VALL-E-X: an autoregressive network for the first codebook of a codec, a refiner for the others.

    Args:
        text_vocab_size (`int`, *optional*, defaults to 512):
            Rows of the text embeddings, of which the tokenizer may use fewer.
        codebook_size (`int`, *optional*, defaults to 1024):
            Entries of every codebook of the codec. The id of this value ends an utterance, the next one begins it.
        num_codebooks (`int`, *optional*, defaults to 8):
            Codebooks of the codec.
        frame_rate (`float`, *optional*, defaults to 75):
            Frames of the codec per second.
        sampling_rate (`int`, *optional*, defaults to 24000):
            Samples per second of the codec's waveform.
        hidden_size (`int`, *optional*, defaults to 1024):
            Width of the autoregressive network. Its feed-forward layers are four times as wide.
        num_hidden_layers (`int`, *optional*, defaults to 12):
            Its layers.
        num_attention_heads (`int`, *optional*, defaults to 16):
            Its heads.
        nar_hidden_size (`int`, *optional*):
            Width of the refiner; `hidden_size` by default.
        nar_num_hidden_layers (`int`, *optional*):
            Its layers; `num_hidden_layers` by default.
        nar_num_attention_heads (`int`, *optional*):
            Its heads; `num_attention_heads` by default.
        norm_first (`bool`, *optional*, defaults to `True`):
            Whether norms stand before attention and feed-forward layers, and one after the last layer.
        add_prenet (`bool`, *optional*, defaults to `False`):
            Whether convolutions on the text and linear layers on the codes stand between embedding and position.
        prenet_reads_padding (`bool`, *optional*, defaults to `False`):
            Whether those convolutions read the padding of shorter texts, as the original's do: then an item of a
            batch differs from the item alone.
        prepend_bos (`bool`, *optional*, defaults to `False`):
            Whether a start token stands before the codes; without it, speech needs a prompt.
        num_languages (`int`, *optional*, defaults to 0):
            Languages with an embedding, which is added to that of the text: 3 in VALL-E X, 0 in VALL-E.
        share_embedding (`bool`, *optional*, defaults to `True`):
            Whether the refiner predicts codebook j with the embedding of codebook j + 1.
        prefix_mode (`int`, *optional*, defaults to 1):
            How the refiner reads the prompt: 0 as speech like any other, codebook by codebook; 1 with all codebooks;
            2 and 4 likewise, without the prompt's text. Training differs between 2 and 4 (docs/spec/valle.md).
        stop_at_argmax (`bool`, *optional*, defaults to `True`):
            Whether speech ends too when the end is the likeliest token and another one is drawn; not in VALL-E X.
        max_frames_per_token (`int`, *optional*, defaults to 16):
            Frames after which speech is ended, by token of the text.
        hidden_dropout (`float`, *optional*, defaults to 0.1):
            Probability of dropout in both networks, that on attention weights included.
        initializer_range (`float`, *optional*, defaults to 0.02):
            Standard deviation of the initial weights.
        use_cache (`bool`, *optional*, defaults to `True`):
            Whether keys and values are kept while speaking.
        tie_word_embeddings (`bool`, *optional*, defaults to `False`):
            Of transformers; a table that predicts (`share_embedding`) is one tensor here, not two tied ones.
    """

    model_type = "valle"

    text_vocab_size: int = positive_int_field(default=512)
    codebook_size: int = positive_int_field(default=1024)
    num_codebooks: int = positive_int_field(default=8)
    frame_rate: float | int = interval(min=1.0)(default=75)
    sampling_rate: int = positive_int_field(default=24000)
    hidden_size: int = positive_int_field(default=1024)
    num_hidden_layers: int = positive_int_field(default=12)
    num_attention_heads: int = positive_int_field(default=16)
    nar_hidden_size: int | None = None
    nar_num_hidden_layers: int | None = None
    nar_num_attention_heads: int | None = None
    norm_first: bool = True
    add_prenet: bool = False
    prenet_reads_padding: bool = False
    prepend_bos: bool = False
    num_languages: int = 0
    share_embedding: bool = True
    prefix_mode: Literal[0, 1, 2, 4] = 1
    stop_at_argmax: bool = True
    max_frames_per_token: int = positive_int_field(default=16)
    hidden_dropout: float | int = interval(min=0.0, max=1.0)(default=0.1)
    initializer_range: float = interval(min=0.0)(default=0.02)
    use_cache: bool = True
    tie_word_embeddings: bool = False
    bos_token_id: int | None = None
    eos_token_id: int | None = None
    pad_token_id: int | None = None

    def __post_init__(self, **kwargs: Any) -> None:
        self.nar_hidden_size = self.nar_hidden_size or self.hidden_size
        self.nar_num_hidden_layers = self.nar_num_hidden_layers or self.num_hidden_layers
        self.nar_num_attention_heads = self.nar_num_attention_heads or self.num_attention_heads
        self.eos_token_id = self.pad_token_id = self.codebook_size
        self.bos_token_id = self.codebook_size + 1 if self.prepend_bos else None
        super().__post_init__(**kwargs)

    @property
    def vocab_size(self) -> int:
        """Tokens of the autoregressive network: the first codebook, the end, and the start where there is one."""
        return self.codebook_size + 1 + int(self.prepend_bos)

    def validate_architecture(self) -> None:
        """Refuses widths that the heads do not divide, odd ones, and too few codebooks."""
        for width, heads in (("hidden_size", "num_attention_heads"), ("nar_hidden_size", "nar_num_attention_heads")):
            size, number = getattr(self, width), getattr(self, heads)
            require(
                size % 2 == 0 and size % number == 0,
                f"{width} ({size}) must be even and a multiple of {heads} ({number})",
            )
        require(self.num_codebooks > 1, f"num_codebooks must be at least 2, got {self.num_codebooks}")
        require(self.num_languages >= 0, f"num_languages must not be negative, got {self.num_languages}")
        require(
            not (self.num_languages and self.prefix_mode in (2, 4)),
            f"prefix_mode {self.prefix_mode} cuts the prompt's text off, and cannot be used with languages",
        )


__all__ = ["VallEConfig"]
