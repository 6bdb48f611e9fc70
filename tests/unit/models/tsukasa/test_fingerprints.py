# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Use leaves no trace in what reads texts and clips, so that `datasets` finds again what it has computed with it."""

import copy
import pickle

import numpy as np
import pytest
from datasets import Dataset
from datasets.fingerprint import Hasher

import transformers_tsukasa
from support.tiny import tiny_config
from transformers_tsukasa import TsukasaFeatureExtractor, TsukasaProcessor, TsukasaTokenizer
from transformers_tsukasa.text import UserDictionary
from transformers_tsukasa.text.phonemizer import Phonemizer


CLIP = (0.3 * np.sin(np.arange(48000) / 20)).astype(np.float32)
CONVERSATION = [{"role": "user", "content": "はい。"}]


def loaded():
    return TsukasaProcessor.from_pretrained(transformers_tsukasa.default_model())


def made():
    return TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer())


USES = {
    "text": lambda processor, folder: processor(text="猫がいる。", return_tensors="pt"),
    "texts": lambda processor, folder: processor(text=["猫がいる。", "はい。"], padding=True),
    "long text": lambda processor, folder: processor(text="猫がいる。犬もいる。", split_sentences=True),
    "phonemes": lambda processor, folder: processor(text="ka", phonemize=False),
    "clip": lambda processor, folder: processor(audio=CLIP, sampling_rate=48000, return_tensors="pt"),
    "conversation": lambda processor, folder: processor.apply_chat_template(CONVERSATION, tokenize=True),
    "decoding": lambda processor, folder: processor.batch_decode([[1, 2, 3]]),
    "kana": lambda processor, folder: processor.tokenizer.to_kana("猫"),
    "saving": lambda processor, folder: processor.save_pretrained(folder),
    "copying": lambda processor, folder: copy.deepcopy(processor)(text="猫がいる。"),
}


@pytest.mark.parametrize("make", [loaded, made])
@pytest.mark.parametrize("use", USES)
def test_a_processor_has_one_hash(make, use, tmp_path):
    processor = make()
    parts = (processor, processor.tokenizer, processor.feature_extractor)
    before = [Hasher.hash(part) for part in parts]
    USES[use](processor, tmp_path)
    assert [Hasher.hash(part) for part in parts] == before
    assert Hasher.hash(copy.deepcopy(processor)) == Hasher.hash(pickle.loads(pickle.dumps(processor))) == before[0]


def test_settings_change_the_hash():
    processor = made()
    before = Hasher.hash(processor)
    processor.tokenizer.user_dictionary = UserDictionary.from_lines(["推し活,オシカツ"])
    assert Hasher.hash(processor) != before


def test_front_end_and_config_have_one_hash():
    dictionary = UserDictionary.from_lines(["推し活,オシカツ"])
    phonemizer, config = Phonemizer("clean", True, dictionary), tiny_config()
    before = [Hasher.hash(part) for part in (dictionary, phonemizer, config)]
    phonemizer("推し活をする。")
    assert config.sampling_rate and config.samples_per_text_frame
    assert [Hasher.hash(part) for part in (dictionary, phonemizer, config)] == before


def test_a_data_set_is_mapped_once():
    processor = made()
    rows = Dataset.from_dict({"text": ["猫がいる。"]})
    prints = {rows.map(lambda row: dict(processor(text=row["text"])))._fingerprint for _ in range(2)}
    assert len(prints) == 1
