# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Voices of the speakers of a corpus: the style of their clips as references, and which one is the default."""

import logging

import pytest
import torch

from support.tiny import tiny_model
from transformers_tsukasa.data.corpus import PreparedCorpus
from transformers_tsukasa.data.preparation.encoded_audio import decode_audio
from transformers_tsukasa.data.speaker_voices import name_speakers, speaker_styles
from transformers_tsukasa.models.tsukasa.feature_extraction_tsukasa import TsukasaFeatureExtractor


@pytest.fixture
def corpus(small_corpus):
    return PreparedCorpus(small_corpus)


def test_a_style_is_the_mean_of_what_the_clips_give_as_references(corpus):
    model = tiny_model()
    extractor = TsukasaFeatureExtractor.from_audio_config(model.config.audio_config)
    vectors = []
    for row in corpus.open("train"):
        if row["speaker"] == "taro":
            samples, rate = decode_audio(row["audio"]["bytes"])
            features = extractor(samples[0], sampling_rate=rate, return_tensors="pt")
            vectors.append(model.encode_reference(**features)[0].detach())
    styles = speaker_styles(model, corpus)
    assert list(styles) == corpus.speakers and styles["taro"].clips == len(vectors) > 1
    torch.testing.assert_close(styles["taro"].vector, torch.stack(vectors).mean(dim=0))
    assert speaker_styles(model, corpus, clips=1)["taro"].clips == 1
    with pytest.raises(ValueError, match="at least one clip, got `clips` 0"):
        speaker_styles(model, corpus, clips=0)


def test_encoders_that_learn_stay_as_they_are(corpus):
    model = tiny_model().train()
    model.prosodic_style_encoder.eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    speaker_styles(model, corpus)
    assert model.acoustic_style_encoder.training and not model.prosodic_style_encoder.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize(("given", "default"), [(None, "loner"), ("old", "loner"), ("taro", "taro")])
def test_the_default_is_a_speaker(corpus, given, default):
    model = tiny_model()
    model.voices.add("old", torch.zeros(16))
    model.generation_config.voice = given
    name_speakers(model, corpus)
    assert set(model.voices) == {"old", "loner", "mei", "taro"} and model.generation_config.voice == default


def test_a_name_that_no_voice_can_have_costs_no_training(corpus, caplog, monkeypatch):
    model = tiny_model()
    add = model.voices.add

    def picky(name, *arguments):
        if name == "mei":
            raise ValueError("too short")
        add(name, *arguments)

    monkeypatch.setattr(model.voices, "add", picky)
    with caplog.at_level(logging.WARNING):
        name_speakers(model, corpus)
    assert "the speaker 'mei' gets no voice: too short" in caplog.text and set(model.voices) == {"loner", "taro"}
