# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Small sentencepiece models for tests of the Kotodama tokenizers."""

from pathlib import Path

import sentencepiece


SENTENCES = [
    "今日はいい天気ですね。",
    "彼女は優しい声で静かに話します。",
    "東京タワーの高さは333メートルです。",
    "無洗米 10kg を買いました。",
    "AppleのiPhoneは便利です。",
    "明日の朝、駅で会いましょう！",
]
SPECIAL = ["[CLS]", "[SEP]", "[MASK]"]


def train_model(folder: Path, name: str, **options) -> sentencepiece.SentencePieceProcessor:
    """A model of a few sentences, written to `NAME.model` in `folder`; options are those of the trainer."""
    values = {"pad_id": 0, "unk_id": 1, "pad_piece": "[PAD]", "unk_piece": "[UNK]", "user_defined_symbols": SPECIAL}
    values |= {"vocab_size": 130, **options}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 4),
        model_prefix=str(folder / name),
        hard_vocab_limit=False,
        bos_id=-1,
        eos_id=-1,
        minloglevel=2,
        **values,
    )
    return sentencepiece.SentencePieceProcessor(str(folder / f"{name}.model"))
