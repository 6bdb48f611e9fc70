# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Tokenizers for Kotodama encoders trained from scratch: a sentencepiece model of the training texts."""

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import sentencepiece

from ...utils.atomic_files import atomic_file
from .kotodama_tokenizer import TsukasaPromptTokenizer, TsukasaTextSamplerTokenizer, spaced_words, unidic_lite_tagger


_Tokenizer = TypeVar("_Tokenizer", TsukasaPromptTokenizer, TsukasaTextSamplerTokenizer)
_SPECIAL = ["[CLS]", "[SEP]", "[MASK]"]
# Kanji that come once in ten thousand letters are left to [UNK].
_CHARACTER_COVERAGE = 0.9999
_MOST_SENTENCES = 1_000_000


def train_prompt_tokenizer(texts: Sequence[str], folder: str | os.PathLike, vocab_size: int) -> TsukasaPromptTokenizer:
    """A tokenizer for the prompt encoder, saved in `folder`; at most `vocab_size` pieces.

    Args:
        texts: of `prompt_input`.

    Raises:
        ValueError: when the vocabulary is too small for the letters of the texts.
    """
    path = _train(texts, Path(folder) / "spm.model", vocab_size)
    return _saved(TsukasaPromptTokenizer(str(path)), folder)


def train_text_tokenizer(
    texts: Sequence[str], folder: str | os.PathLike, vocab_size: int
) -> TsukasaTextSamplerTokenizer:
    """A tokenizer for the text sampler, as `train_prompt_tokenizer`; texts are those of `text_sampler_input`."""
    tagger = unidic_lite_tagger()
    path = _train([spaced_words(text, tagger) for text in texts], Path(folder) / "spiece.model", vocab_size)
    return _saved(TsukasaTextSamplerTokenizer(str(path)), folder)


def _saved(tokenizer: _Tokenizer, folder: str | os.PathLike) -> _Tokenizer:
    """The tokenizer as it loads from `folder`, where it is saved."""
    tokenizer.save_pretrained(folder)
    return type(tokenizer).from_pretrained(folder)


def _train(texts: Sequence[str], path: Path, vocab_size: int) -> Path:
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_writer=model,
            vocab_size=vocab_size,
            hard_vocab_limit=False,  # few texts have fewer pieces
            character_coverage=_CHARACTER_COVERAGE,
            input_sentence_size=_MOST_SENTENCES,
            pad_id=0,
            pad_piece="[PAD]",
            unk_id=1,
            unk_piece="[UNK]",
            bos_id=-1,
            eos_id=-1,
            control_symbols=_SPECIAL,
            num_threads=1,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise ValueError(
            f"a vocabulary of {vocab_size} pieces is too small for the letters of these {len(texts)} texts: raise the "
            "encoder's `vocab_size`, or pass a tokenizer"
        ) from error
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as partial:
        partial.write_bytes(model.getvalue())
    return path


__all__ = ["train_prompt_tokenizer", "train_text_tokenizer"]
