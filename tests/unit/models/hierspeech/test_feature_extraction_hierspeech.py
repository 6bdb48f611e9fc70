# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Log-mels of prompts, padded sources, and F0 in another register."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from support.shared_data import recorded_path
from transformers_tsukasa.models.hierspeech.feature_extraction_hierspeech import (
    HierSpeechFeatureExtractor,
    log_f0,
    match_f0,
)


def test_recorded_features_are_met():
    recorded = load_file(recorded_path("hierspeech", "dev", "features.safetensors"))
    mel = HierSpeechFeatureExtractor().log_mel(recorded["prompt_audio"][0])
    assert torch.allclose(mel.T, recorded["prompt_mel"][0], atol=1e-4)
    matched = match_f0(recorded["source_f0_hz"].numpy(), recorded["prompt_f0_hz"].numpy())
    assert np.allclose(log_f0(matched), recorded["log_f0_converted"].numpy(), atol=1e-5)


def test_prompts_of_a_batch_are_padded_after_their_own_frames(tmp_path):
    extractor = HierSpeechFeatureExtractor()
    tone = 0.3 * np.sin(np.arange(3200) / 9).astype(np.float32)
    batch = extractor([tone, tone[:1601]], sampling_rate=16000)
    assert batch["prompt_mel"].shape == (2, 10, 80) and batch["prompt_mask"].sum(dim=1).tolist() == [10, 5]
    extractor.save_pretrained(tmp_path)
    again = HierSpeechFeatureExtractor.from_pretrained(tmp_path)([tone, tone[:1601]], 16000, return_tensors="np")
    assert np.array_equal(again["prompt_mel"], batch["prompt_mel"].numpy())
    stereo = extractor(np.stack([tone, tone]), sampling_rate=16000)["prompt_mel"]
    assert torch.equal(stereo[0], batch["prompt_mel"][0])


@pytest.mark.parametrize(("samples", "padded"), [(1, 1280), (1279, 1280), (1280, 2560), (14800, 15360)])
def test_a_source_is_always_padded(samples, padded):
    assert HierSpeechFeatureExtractor().pad_source(np.ones(samples)).shape == (padded,)


def test_f0_takes_the_register_of_another_voice():
    source, target = np.array([0.0, 100.0, 120.0]), np.array([200.0, 0.0, 260.0, 230.0])
    matched = match_f0(source, target)
    assert matched[0] == 0 and matched[1:].mean() == pytest.approx(230)
    assert matched[1:].std() == pytest.approx(target[target > 0].std())
    # Nothing voiced on one side, or a voice on one note: no NaN.
    assert np.array_equal(match_f0(source, np.zeros(3)), source) and not match_f0(np.zeros(2), target).any()
    assert match_f0(np.array([100.0, 100.0]), target).tolist() == [230, 230]


@pytest.mark.parametrize(
    ("clip", "sentence"),
    [(np.full(640, 0.1), "longer recording"), (np.zeros(3200), "silent"), (np.full(3200, np.nan), "NaN")],
)
def test_unusable_prompts_are_refused(clip, sentence):
    with pytest.raises(ValueError, match=sentence):
        HierSpeechFeatureExtractor()(clip.astype(np.float32), sampling_rate=16000)
