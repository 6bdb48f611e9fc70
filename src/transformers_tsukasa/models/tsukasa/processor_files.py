# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The files of a model folder beside the weights: tokenizers, feature extractor, processor and hub shim."""

import json
from collections.abc import Mapping
from pathlib import Path

from transformers import PreTrainedTokenizerBase

from ...text.kotodama.kotodama_tokenizer import TsukasaPromptTokenizer, TsukasaTextSamplerTokenizer
from ...utils.atomic_files import write_text
from .configuration_tsukasa import TsukasaConfig
from .feature_extraction_tsukasa import TsukasaFeatureExtractor
from .processing_tsukasa import TsukasaProcessor
from .tokenization_tsukasa import VOCAB_FILE, TsukasaTokenizer


_KOTODAMA_TOKENIZERS: dict[str, tuple[str, type[PreTrainedTokenizerBase]]] = {
    "prompt_enc": ("prompt_tokenizer", TsukasaPromptTokenizer),
    "text_enc": ("text_tokenizer", TsukasaTextSamplerTokenizer),
}


def save_companions(
    config: TsukasaConfig,
    folder: Path,
    kotodama: Mapping[str, Path] | None = None,
    symbols: Mapping[str, int] | None = None,
) -> list[str]:
    """Writes the files that `AutoProcessor` and `pipeline` load, in agreement with the model's config.

    Args:
        config (`TsukasaConfig`): the model's config.
        folder (`Path`): the model folder.
        kotodama (`dict[str, Path]`, *optional*):
            Folder of the original tokenizer by part, `prompt_enc` and `text_enc`.
        symbols (`dict[str, int]`, *optional*):
            The symbol table, where the model has another than its profile.

    Returns:
        `list[str]`: a line for every tokenizer that cannot be loaded.
    """
    notes: list[str] = []
    vocab_file = None
    if symbols is not None:
        vocab_file = str(folder / VOCAB_FILE)
        write_text(vocab_file, json.dumps(dict(symbols), ensure_ascii=False))
    processor = TsukasaProcessor(
        feature_extractor=TsukasaFeatureExtractor.from_audio_config(config.audio_config),
        tokenizer=TsukasaTokenizer.from_config(config, vocab_file),
    )
    for part, source in (kotodama or {}).items():
        name, tokenizer_class = _KOTODAMA_TOKENIZERS[part]
        try:
            setattr(processor, name, tokenizer_class.from_pretrained(source))
        except (ValueError, OSError) as error:
            reason = str(error).strip().splitlines()[0]
            notes.append(f"no {name}: the encoder was converted, but takes only token ids ({reason})")
    processor.save_pretrained(folder)
    return notes
