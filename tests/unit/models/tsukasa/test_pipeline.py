# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""pipeline("text-to-speech"): text in, audio out."""

import numpy as np
import pytest
import torch
from transformers import TextToAudioPipeline, pipeline, set_seed

from support.tiny import tiny_model
from transformers_tsukasa import TsukasaFeatureExtractor, TsukasaProcessor, TsukasaTokenizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    model = tiny_model()
    model.save_pretrained(folder)
    extractor = TsukasaFeatureExtractor.from_audio_config(model.config.audio_config)
    TsukasaProcessor(extractor, TsukasaTokenizer()).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def speak(folder):
    return pipeline("text-to-speech", model=str(folder))


def is_speech(output):
    return (
        set(output) == {"audio", "sampling_rate"}
        and output["sampling_rate"] == 24000
        and output["audio"].ndim == 1
        and output["audio"].dtype == np.float32
        and len(output["audio"]) > 2400
        and np.isfinite(output["audio"]).all()
    )


def test_a_text_becomes_speech(speak):
    assert is_speech(speak("こんにちは。"))


def test_several_texts_become_speech(speak):
    outputs = speak(["こんにちは。", "This is a test"])
    assert len(outputs) == 2 and all(map(is_speech, outputs))


def test_texts_are_spoken_in_a_batch(speak):
    outputs = speak(["こんにちは。", "はい、そうです。"], batch_size=2)
    assert len(outputs) == 2 and all(map(is_speech, outputs))


def test_a_long_text_is_spoken_sentence_by_sentence(speak):
    long = "今日はいい天気ですから、一緒に散歩に行きましょう。" * 10
    assert is_speech(speak(long, forward_params={"alpha": 0.0, "beta": 0.0}))


def test_options_reach_generate(speak):
    quick, slow = (
        speak("こんにちは。", forward_params={"seed": 1, "alpha": 0.0, "beta": 0.0, "speaking_rate": rate})["audio"]
        for rate in (2.0, 0.5)
    )
    assert len(slow) > 2 * len(quick)
    again = speak("こんにちは。", generate_kwargs={"seed": 1, "alpha": 0.0, "beta": 0.0, "speaking_rate": 2.0})
    assert np.array_equal(again["audio"], quick)


def test_style_tensors_go_through_forward_params(speak):
    style = torch.zeros(2 * speak.model.config.style_dim)
    speech = [
        speak("はい。", forward_params={"style_vector": style + shift, "alpha": 0.0, "beta": 0.0, "noise_scale": 0.0})
        for shift in (0.0, 1.0)
    ]
    assert all(map(is_speech, speech))
    assert speech[0]["audio"].shape != speech[1]["audio"].shape or np.any(speech[0]["audio"] != speech[1]["audio"])


def test_a_seed_of_the_process_repeats_speech(speak):
    first, second = (set_seed(5) or speak("はい。")["audio"] for _ in range(2))
    assert np.array_equal(first, second)


def test_phonemes_go_through_preprocess_params(speak):
    assert is_speech(speak("haː, soː desɯ.", preprocess_params={"phonemize": False}))


def test_what_transformers_own_pipeline_tests_do(folder):
    """Parts instead of a folder, text options of language models, a tokenizer without its processor."""
    model = tiny_model()
    speak = TextToAudioPipeline(model=model, tokenizer=TsukasaTokenizer(), processor=None, max_new_tokens=5)
    assert is_speech(speak("This is a test"))
    outputs = speak(
        ["This is great !", "Something else"], forward_params={"num_return_sequences": 2, "do_sample": True}
    )
    assert [type(output["audio"]) for output in outputs] == [np.ndarray, np.ndarray]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_speaks(folder, dtype):
    output = pipeline("text-to-speech", model=str(folder), dtype=dtype)("はい。")
    assert np.isfinite(np.asarray(output["audio"], dtype=np.float32)).all()


def test_empty_text_is_refused(speak):
    with pytest.raises(ValueError, match="the text is empty"):
        speak("")
