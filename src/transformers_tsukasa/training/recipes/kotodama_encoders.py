# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Encoders and tokenizers of stage 3: from a pretrained backbone, from the model itself, or new ones."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoConfig, AutoModel, PreTrainedModel

from ...data.style_texts import PROMPT, TEXT
from ...models.tsukasa.configuration_tsukasa import TsukasaKotodamaConfig
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...models.tsukasa.processing_tsukasa import PROMPT_TOKENIZER_FOLDER, TEXT_TOKENIZER_FOLDER, TsukasaProcessor
from ...models.tsukasa.style.kotodama import TsukasaKotodamaEncoder
from ...text.kotodama.kotodama_tokenizer import TsukasaPromptTokenizer, TsukasaTextSamplerTokenizer
from ...text.kotodama.kotodama_vocabulary import train_prompt_tokenizer, train_text_tokenizer


logger = logging.getLogger(__name__)

ENCODERS = {PROMPT: "prompt_encoder", TEXT: "text_sampler"}
"""Kind of input -> name of its encoder in the model."""

DEFAULT_VOCAB_SIZE = 8000


@dataclass(frozen=True)
class EncoderSource:
    """The origin of an encoder; see `Stage3RunOptions`."""

    reader: str
    backbone: str | None = None
    config: dict | None = None
    tokenizer: str | None = None

    @property
    def place(self) -> str:
        """The encoder's name in the model."""
        return ENCODERS[self.reader]

    @property
    def tokenizer_place(self) -> str:
        """The tokenizer's name in the processor, and its folder."""
        return {PROMPT: PROMPT_TOKENIZER_FOLDER, TEXT: TEXT_TOKENIZER_FOLDER}[self.reader]

    @property
    def tokenizer_class(self) -> type[TsukasaPromptTokenizer] | type[TsukasaTextSamplerTokenizer]:
        """The class of its tokenizer."""
        return {PROMPT: TsukasaPromptTokenizer, TEXT: TsukasaTextSamplerTokenizer}[self.reader]


def check_source(tts: TsukasaModelForConditionalGeneration, source: EncoderSource) -> None:
    """Refuses a source of which no encoder can be made, before anything is computed.

    Raises:
        ValueError: when neither a backbone nor a config is given, or the config cannot be used.
    """
    if source.backbone is not None or getattr(tts, source.place) is not None:
        return
    if source.config is None:
        raise ValueError(
            f"there is no {source.place} to train: give {source.reader}_backbone (a pretrained one) or "
            f"{source.place}_config"
        )
    backbone = dict(source.config.get("encoder_config") or {})
    if set(source.config) - {"encoder_config", "head_hidden_size"} or "model_type" not in backbone:
        raise ValueError(
            f"{source.place}_config has head_hidden_size and encoder_config with a model_type (deberta-v2, "
            f"distilbert), got {', '.join(map(str, source.config))}"
        )
    kind = backbone.pop("model_type")
    # DeBERTa-v2 reads keys that its config class does not name.
    published = TsukasaKotodamaConfig().encoder_config
    known = {**AutoConfig.for_model(kind).to_dict(), **(published.to_dict() if kind == published.model_type else {})}
    for key in backbone:
        if key not in known:
            raise ValueError(f"unknown key '{source.place}_config.encoder_config.{key}' of a {kind}")


def put_tokenizer(
    processor: TsukasaProcessor,
    tts: TsukasaModelForConditionalGeneration,
    source: EncoderSource,
    train: Callable[[Callable, int], Any],
) -> None:
    """Gives the processor the encoder's tokenizer: the one named, the backbone's, its own, or a new one.

    Args:
        train: gets `train_prompt_tokenizer` or its like and the most pieces; returns a new tokenizer.

    Raises:
        ValueError: when one cannot be read.
    """
    path = source.tokenizer or source.backbone
    if path is not None:
        try:
            tokenizer = source.tokenizer_class.from_pretrained(path)
        except (ValueError, OSError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ValueError(
                f"'{path}' has no tokenizer for the {source.place}: {reason}; name one with {source.reader}_tokenizer"
            ) from error
    elif getattr(processor, source.tokenizer_place) is not None:
        return
    else:
        trainer = {PROMPT: train_prompt_tokenizer, TEXT: train_text_tokenizer}[source.reader]
        tokenizer = train(trainer, _vocab_size(tts, source))
        logger.info("%s: a new tokenizer of %d pieces", source.place, len(tokenizer))
    setattr(processor, source.tokenizer_place, tokenizer)


def put_encoder(tts: TsukasaModelForConditionalGeneration, processor: TsukasaProcessor, source: EncoderSource) -> bool:
    """Gives the model the encoder: on a pretrained backbone, its own, or a new one by config.

    Returns:
        Whether its head is new.

    Raises:
        ValueError: when there is no such backbone, or the tokenizer has more tokens than the encoder.
    """
    tokenizer = getattr(processor, source.tokenizer_place)
    own = getattr(tts, source.place)
    if source.backbone is not None:
        backbone = _pretrained(source.backbone, source.reader)
        config = TsukasaKotodamaConfig(**{**(source.config or {}), "encoder_config": backbone.config})
        encoder = TsukasaKotodamaEncoder(config, tts.config.style_dim)
        encoder.backbone.load_state_dict(backbone.state_dict())
        origin = f"the pretrained '{source.backbone}' and a new head"
    elif own is not None:
        config, encoder, origin = own_config(tts, source), own, "the model's own"
    else:
        given = source.config or {}  # which `check_source` has seen
        values = {"vocab_size": len(tokenizer), **given["encoder_config"]}
        config = TsukasaKotodamaConfig(**{**given, "encoder_config": values})
        encoder, origin = TsukasaKotodamaEncoder(config, tts.config.style_dim), "new"
    vocab_size = encoder.backbone.config.vocab_size
    if len(tokenizer) > vocab_size:
        raise ValueError(
            f"the tokenizer of the {source.place} has {len(tokenizer)} tokens, but the encoder knows {vocab_size}: "
            "give the tokenizer that belongs to it, or another vocab_size"
        )
    setattr(tts, source.place, encoder)
    setattr(tts.config, f"{source.place}_config", config)
    weights = sum(weight.numel() for weight in encoder.parameters())
    logger.info("%s: %s, %s weights", source.place, origin, f"{weights:,}")
    return encoder is not own


@torch.no_grad()
def begin_with(encoder: TsukasaKotodamaEncoder, mean_style: torch.Tensor) -> None:
    """Lets a new head return the mean style (2 * style_dim,), which it would learn first."""
    encoder.out_proj.weight.zero_()
    encoder.out_proj.bias.copy_(mean_style)


def own_config(tts: TsukasaModelForConditionalGeneration, source: EncoderSource) -> TsukasaKotodamaConfig:
    """The config of an encoder that the model has."""
    return getattr(tts.config, f"{source.place}_config")


def _pretrained(backbone: str, reader: str) -> PreTrainedModel:
    try:
        return AutoModel.from_pretrained(backbone, dtype=torch.float32)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(f"cannot begin with '{backbone}' ({reader}_backbone): {reason}") from error


def _vocab_size(tts: TsukasaModelForConditionalGeneration, source: EncoderSource) -> int:
    if getattr(tts, source.place) is not None:
        return own_config(tts, source).encoder_config.vocab_size
    return (source.config or {})["encoder_config"].get("vocab_size", DEFAULT_VOCAB_SIZE)


__all__ = ["ENCODERS", "EncoderSource", "begin_with", "check_source", "own_config", "put_encoder", "put_tokenizer"]
