# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Options and inputs may be numbers of numpy and torch; truth values, NaN and infinity are none."""

from fractions import Fraction

import numpy as np
import pytest
import torch

from support.tiny import tiny_model, tokens
from transformers_tsukasa import TsukasaFeatureExtractor, TsukasaProcessor, TsukasaTokenizer


NUMBERS = {
    "alpha": 0.5,
    "beta": 0.25,
    "guidance_scale": 1.5,
    "speaking_rate": 1.25,
    "noise_scale": 0.5,
    "style_carry": 0.5,
    "fade": 0.125,
    "edge_silence": 0.25,
}
INTEGERS = {"diffusion_steps": 4, "seed": 3}
FORMS = [np.float32, np.float64, np.float16, torch.tensor, np.array, Fraction]
TEXT = tokens("konnitɕiwa")


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_of_every_library(model, name):
    expected = model.generate(**TEXT, **{"seed": 0, name: NUMBERS[name]}).waveform
    for form in FORMS:
        assert torch.equal(model.generate(**TEXT, **{"seed": 0, name: form(NUMBERS[name])}).waveform, expected), form


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_of_every_library(model, name):
    expected = model.generate(**TEXT, **{"seed": 0, name: INTEGERS[name]}).waveform
    for form in (np.int64, np.uint8, torch.tensor, np.array):
        assert torch.equal(model.generate(**TEXT, **{"seed": 0, name: form(INTEGERS[name])}).waveform, expected), form


@pytest.mark.parametrize("seeds", [[1, 2], (1, 2), np.array([1, 2]), torch.tensor([1, 2]), [np.int64(1), 2]])
def test_seeds_of_a_batch(model, seeds):
    texts = tokens("konnitɕiwa", "haː")
    expected = model.generate(**texts, seed=[1, 2]).waveform
    assert torch.equal(model.generate(**texts, seed=seeds).waveform, expected)


@pytest.mark.parametrize("name", [*NUMBERS, *INTEGERS])
@pytest.mark.parametrize(
    "value",
    [True, np.bool_(True), torch.tensor(True), float("nan"), np.float32("inf"), torch.tensor(-np.inf), "1", [1], 1j],
)
def test_what_is_no_number_is_refused(model, name, value):
    if name == "seed" and value == [1]:
        value = ["1"]
    with pytest.raises(ValueError, match=name) as caught:
        model.generate(**TEXT, **{"seed": 0, name: value})
    assert "\n" not in str(caught.value)


def test_pauses_and_weights_of_numpy(model):
    style = torch.zeros(2 * model.config.style_dim)
    model.voices.add("low", style.numpy() - 1)
    model.voices.add("high", style + 1)
    plain = {"voice": {"low": 0.25, "high": 0.75}, "pauses": {"sentence": 0.5}, "seed": 0}
    numpy = {"voice": {"low": np.float32(0.25), "high": torch.tensor(0.75)}, "pauses": {"sentence": np.float32(0.5)}}
    expected = model.generate(**TEXT, **plain).waveform
    assert torch.equal(model.generate(**TEXT, **numpy, seed=0).waveform, expected)
    for wrong in (True, np.bool_(True), float("nan"), torch.tensor(float("inf"))):
        with pytest.raises(ValueError, match="the weight of 'low'"):
            model.generate(**TEXT, voice={"low": wrong, "high": 1.0})
        with pytest.raises(ValueError, match="pause"):
            model.generate(**TEXT, pauses={"sentence": wrong})


def test_ids_of_numpy(model):
    expected = model.generate(**TEXT, seed=0).waveform
    numpy = {name: value.numpy() for name, value in TEXT.items()}
    assert torch.equal(model.generate(**numpy, seed=0).waveform, expected)
    assert torch.equal(model.generate(input_ids=TEXT["input_ids"].int(), seed=0).waveform, expected)
    for wrong in (TEXT["input_ids"].float(), TEXT["input_ids"] > 0):
        with pytest.raises(ValueError, match="input_ids must be integers"):
            model.generate(input_ids=wrong)


@pytest.mark.parametrize("rate", [np.int64(48000), np.float32(48000), torch.tensor(48000), np.array(48000), 48000.0])
def test_rates_of_clips(rate):
    processor = TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer())
    clip = (0.3 * np.sin(np.arange(96000) / 30)).astype(np.float32)
    expected = processor(audio=clip, sampling_rate=48000)["input_features"][0]
    for inputs in (
        processor(audio=clip, sampling_rate=rate),
        processor(audio={"array": clip, "sampling_rate": rate}),
        processor.feature_extractor(clip, sampling_rate=rate),
    ):
        assert np.array_equal(inputs["input_features"][0], expected)
