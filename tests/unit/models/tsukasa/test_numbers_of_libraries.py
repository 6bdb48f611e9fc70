# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Options and inputs may be numbers of numpy and torch; truth values, NaN and infinity are none."""

from fractions import Fraction

import numpy as np
import pytest
import soundfile
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


def test_clips_of_numpy_and_how_many_each_text_has(model):
    """The processor returns numpy's arrays where no other ones are asked for."""
    torch.manual_seed(0)
    features, mask = torch.randn(2, model.config.audio_config.num_mel_bins, 120), torch.ones(2, 120)
    expected = model.generate(**TEXT, input_features=features, reference_counts=torch.tensor([2]), seed=0).waveform
    numpy = {"input_features": features.numpy(), "input_features_mask": mask.numpy()}
    for counts in (np.array([2]), [2], (2,), torch.tensor([2], dtype=torch.uint8)):
        assert torch.equal(model.generate(**TEXT, **numpy, reference_counts=counts, seed=0).waveform, expected), counts
    assert torch.equal(model.encode_reference(features.double().numpy()), model.encode_reference(features))
    for wrong in ([2.0], torch.tensor([2.0]), 2, [True, True]):
        with pytest.raises(ValueError, match="reference_counts"):
            model.generate(**TEXT, **numpy, reference_counts=wrong)


def test_options_of_numpy_are_saved_as_numbers(tmp_path):
    model = tiny_model()
    model.generation_config.update(speaking_rate=np.float32(1.25), diffusion_steps=np.int64(4), seed=torch.tensor(3))
    model.generation_config.pauses = {"sentence": np.float64(0.5)}
    model.save_pretrained(tmp_path)
    saved = type(model).from_pretrained(tmp_path).generation_config
    assert (saved.speaking_rate, saved.diffusion_steps, saved.seed, saved.pauses) == (1.25, 4, 3, {"sentence": 0.5})


@pytest.mark.parametrize("form", [float, np.float32, torch.tensor, lambda value: int(value) or value])
def test_samples_of_every_library_are_saved(form, tmp_path):
    processor = TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer())
    samples = [0.0, 0.5, -0.5, -1.0] * 600
    processor.save_audio([form(sample) for sample in samples], tmp_path / "speech.wav", encoding="float")
    assert soundfile.read(tmp_path / "speech.wav")[0].tolist() == samples
    with pytest.raises(ValueError, match="no known scale"):
        processor.save_audio([0, 1, 2], tmp_path / "speech.wav")
