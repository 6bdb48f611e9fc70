# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Runs of PL-BERT and of stage 3 on a few texts, for their tests."""

import torch
from transformers import AlbertModel

from support.stage1_toys import options
from support.tiny import tiny_config, tiny_model
from transformers_tsukasa.data.masked_phonemes import MaskedPhonemes, collate_masked_phonemes
from transformers_tsukasa.data.style_texts import PROMPT, TEXT, Reader, StyleRow, StyleTextCollator, StyleTexts
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaKotodamaConfig
from transformers_tsukasa.models.tsukasa.style.kotodama import TsukasaKotodamaEncoder
from transformers_tsukasa.training.recipes.plbert import PLBertArguments, PLBertModels, PLBertTrainer
from transformers_tsukasa.training.recipes.stage3 import Stage3Arguments, Stage3Models, Stage3Trainer


# Of one length, so that the batches of several processes are alike.
TEXTS = ["kʲoɯ wa hai desɯ ne.", "aɕita wa dame da jo.", "neko ga niwa ni iɾɯ.", "ɯmi no iɾo wa ao i."] * 2


def plbert_trainer(folder, texts=TEXTS, seed=0, **changes):
    torch.manual_seed(0)
    config = tiny_config().plbert_config
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    changes = {"max_tokens_per_batch": 90, "learning_rate": 1e-2, **changes}
    values = {name: value for name, value in options(folder, **changes).items() if name != "max_frames_per_batch"}
    data = {"train": MaskedPhonemes(texts, seed=seed), "eval": MaskedPhonemes(texts[:3], seed=seed)}
    return PLBertTrainer(
        PLBertModels(AlbertModel(config)),
        PLBertArguments(**values),
        train_dataset=data["train"],
        eval_dataset=data["eval"],
        data_collator=collate_masked_phonemes,
    )


# Two manners of speaking; a style goes with each.
MANNERS = ("明るく元気な女性の声", "低く落ち着いた男性の声")
SENTENCES = ("今日はいい天気です。", "明日は雨が降ります。", "猫が庭で寝ています。", "海の色は青いです。")
ROWS = [StyleRow(SENTENCES[i % 4], MANNERS[i % 2], ("mei", "taro")[i % 2]) for i in range(8)]
STYLES = torch.stack([torch.linspace(-1, 1, 16) * (1 if i % 2 else -0.5) + 0.05 * (i % 4) for i in range(8)])

DEBERTA = {
    "model_type": "deberta-v2",
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "relative_attention": True,
    "position_buckets": 8,
    "pos_att_type": ["p2c", "c2p"],
    "share_att_key": True,
    "norm_rel_ebd": "layer_norm",
    "position_biased_input": False,
    "type_vocab_size": 0,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}
DISTILBERT = {
    "model_type": "distilbert",
    "dim": 16,
    "n_layers": 1,
    "n_heads": 2,
    "hidden_dim": 32,
    "max_position_embeddings": 40,
    "dropout": 0.0,
    "attention_dropout": 0.0,
}
STYLE_ENCODERS = {
    "prompt_encoder_config": {"head_hidden_size": 16, "encoder_config": DEBERTA},
    "text_sampler_config": {"head_hidden_size": 16, "encoder_config": DISTILBERT},
}


class Letters:
    """A tokenizer for tests: letters, between 2 and 3."""

    pad_token_id = 0

    def __len__(self):
        return 60

    def __call__(self, text):
        return {"input_ids": [2, *(4 + ord(letter) % 56 for letter in text), 3]}

    def save_pretrained(self, folder):
        pass


class NoProcessor:
    def save_pretrained(self, folder):
        pass


def small_encoder(values):
    torch.manual_seed(1)
    config = {**values, "encoder_config": {**values["encoder_config"], "vocab_size": 60}}
    return TsukasaKotodamaEncoder(TsukasaKotodamaConfig(**config), style_dim=8)


def stage3_trainer(folder, rows=ROWS, readers=(PROMPT, TEXT), speaker_share=0.0, **changes):
    tts = tiny_model()
    for name in ("prompt_encoder", "text_sampler"):
        encoder = small_encoder(STYLE_ENCODERS[f"{name}_config"])
        setattr(tts, name, encoder)
        values = {**STYLE_ENCODERS[f"{name}_config"], "encoder_config": encoder.backbone.config}
        setattr(tts.config, f"{name}_config", TsukasaKotodamaConfig(**values))
    changes = {"max_tokens_per_batch": 120, "learning_rate": 3e-3, **changes}
    values = {name: value for name, value in options(folder, **changes).items() if name != "max_frames_per_batch"}
    limits = {PROMPT: None, TEXT: 40}
    data = StyleTexts(
        rows, STYLES, {name: Reader(Letters(), limits[name]) for name in readers}, speaker_share=speaker_share
    )
    return Stage3Trainer(
        Stage3Models(tts, NoProcessor(), readers),
        Stage3Arguments(**values),
        mean_style=data.mean_style,
        train_dataset=data,
        eval_dataset=data,
        data_collator=StyleTextCollator(dict.fromkeys(readers, 0)),
    )
