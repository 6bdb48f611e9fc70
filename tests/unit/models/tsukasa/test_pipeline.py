# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""pipeline("text-to-speech"): text in, audio out."""

import shutil

import numpy as np
import pytest
import torch
from transformers import TextToAudioPipeline, pipeline, set_seed

from support.tiny import tiny_model
from transformers_tsukasa import TsukasaFeatureExtractor, TsukasaProcessor, TsukasaProsody, TsukasaTokenizer


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


SHORT, LONGER = "はい。", "今日はいい天気ですから、一緒に散歩に行きましょう。"
LONG = LONGER * 10


@pytest.mark.parametrize(
    "texts",
    [
        [SHORT, LONGER],
        [LONGER, SHORT],
        [SHORT, LONGER, SHORT],
        [LONG, SHORT],
        [SHORT, LONG],
        [LONG, f"{LONG}\n\n{LONG}"],
        [LONG, LONG, LONG],
        [SHORT, LONG, LONGER],
    ],
    ids=lambda texts: " ".join(str(len(text)) for text in texts),
)
def test_texts_of_a_batch_have_the_length_and_sound_that_they_have_alone(speak, texts):
    together = speak(texts, batch_size=2, generate_kwargs={"seed": 1})
    alone = [speak(text, generate_kwargs={"seed": 1}) for text in texts]
    assert all(map(is_speech, together)) and len(together) == len(texts)
    for one, other in zip(together, alone, strict=True):
        assert np.array_equal(one["audio"], other["audio"])
    lengths = [len(output["audio"]) for output in together]
    assert len(set(lengths)) == len(set(texts))


def sentences_of(prosody):
    """Of each sentence, the tensors; a pipeline makes a tuple of a short text's prosody."""
    sentences = prosody if isinstance(prosody, list) else [prosody]
    return [sentence if isinstance(sentence, tuple) else tuple(sentence.values()) for sentence in sentences]


@pytest.mark.parametrize(
    "texts",
    [[LONGER * 2, SHORT], [SHORT, LONGER * 3, LONGER * 2], [LONGER * 2], [SHORT, LONGER]],
    ids=lambda texts: " ".join(str(len(text)) for text in texts),
)
def test_every_text_of_a_batch_has_the_prosody_that_it_has_alone(speak, monkeypatch, texts):
    taken, original = [], speak.postprocess
    monkeypatch.setattr(speak, "postprocess", lambda output: taken.append(output) or original(output))
    outputs = speak(texts, batch_size=2, generate_kwargs={"seed": 1, "return_prosody": True})
    assert all(map(is_speech, outputs)) and len(taken) == len(outputs) == len(texts)
    for text, output in zip(texts, taken, strict=True):
        inputs = speak.processor(text=[text], return_tensors="pt")
        alone = sentences_of(speak.model.generate(**inputs, seed=1, return_prosody=True).prosody)
        given = sentences_of(output["prosody"])
        assert len(given) == len(alone)
        for value, expected in zip(sum(given, ()), sum(alone, ()), strict=True):
            assert torch.equal(value[:, : expected.shape[1]], expected)  # a batch of short texts is padded


def test_a_pipeline_takes_prosody(speak):
    text = LONGER * 2
    inputs = speak.processor(text=[text], return_tensors="pt")
    prosody = speak.model.generate(**inputs, seed=1, return_prosody=True).prosody
    slow = [TsukasaProsody(durations=2 * part.durations) for part in prosody]
    plain, slowed, by_text = (
        speak([text], generate_kwargs={"seed": 1, "prosody": given})[0]["audio"] for given in (prosody, slow, [slow])
    )
    assert np.array_equal(plain, speak(text, generate_kwargs={"seed": 1})["audio"])
    assert len(slowed) > 1.5 * len(plain) and np.array_equal(slowed, by_text)


def test_a_list_may_mix_short_and_long_texts(speak):
    outputs = speak([SHORT, LONG], generate_kwargs={"seed": 1})
    assert all(map(is_speech, outputs)) and len(outputs[1]["audio"]) > 5 * len(outputs[0]["audio"])


def test_long_texts_are_a_batch_where_each_is_spoken_in_one_piece(speak):
    options = {"preprocess_params": {"split_sentences": False}, "generate_kwargs": {"seed": 1}}
    together = speak([SHORT, LONG], batch_size=2, **options)
    alone = [speak(text, **options) for text in (SHORT, LONG)]
    assert all(np.array_equal(one["audio"], other["audio"]) for one, other in zip(together, alone, strict=True))


def test_a_long_text_is_spoken_sentence_by_sentence(speak):
    assert is_speech(speak(LONG, forward_params={"alpha": 0.0, "beta": 0.0}))


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


def test_a_voice_goes_through_generate_kwargs(folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    model = tiny_model()
    for name, value in (("low", -1.0), ("high", 1.0)):
        model.voices.add(name, torch.full((2 * model.config.style_dim,), value))
    model.save_pretrained(tmp_path)
    speak = pipeline("text-to-speech", model=str(tmp_path))
    options = {"alpha": 0.0, "beta": 0.0, "noise_scale": 0.0}
    low, high = (speak("はい。", generate_kwargs={"voice": name, **options})["audio"] for name in ("low", "high"))
    assert low.shape != high.shape or np.any(low != high)
    assert np.array_equal(low, speak("はい。", forward_params={"voice": "low", **options})["audio"])
    # A role of a conversation is the same voice, and every turn has audio of its own.
    turns = [{"role": "low", "content": [{"type": "text", "text": "はい。"}]}, {"role": "high", "content": "はい。"}]
    spoken = speak(turns, generate_kwargs=options)["audio"]
    assert [np.array_equal(*pair) for pair in zip(spoken, (low, high), strict=True)] == [True, True]
    batch = speak([turns[1:], turns[:1]], batch_size=2, generate_kwargs=options)
    assert [np.array_equal(one["audio"], own) for one, own in zip(batch, (high, low), strict=True)] == [True, True]
    with pytest.raises(ValueError, match="conversations of several turns are no batch of a pipeline"):
        speak([turns, turns], batch_size=2, generate_kwargs=options)


def test_a_batch_of_conversations_without_voices_keeps_every_turn_or_is_refused(speak):
    turns = [{"role": "0", "content": "はい。"}, {"role": "1", "content": "いいえ、違います。"}]
    options = {"generate_kwargs": {"seed": 1}}
    spoken = speak(turns, **options)["audio"]
    alone = [speak([turn], **options)["audio"] for turn in turns]
    assert all(np.array_equal(one, np.asarray(own).flatten()) for one, own in zip(spoken, alone, strict=True))
    together = speak([turns[:1], turns[1:]], batch_size=2, **options)
    assert [np.array_equal(one["audio"], own) for one, own in zip(together, alone, strict=True)] == [True, True]
    with pytest.raises(ValueError, match="conversations of several turns are no batch of a pipeline"):
        speak([turns, turns], batch_size=2, **options)


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


def test_a_pipeline_that_is_saved_speaks_again(speak, tmp_path):
    speak.save_pretrained(tmp_path / "saved")
    again = pipeline("text-to-speech", model=str(tmp_path / "saved"))
    assert type(again.processor) is TsukasaProcessor
    options = {"generate_kwargs": {"seed": 0, "alpha": 0.0, "beta": 0.0}}
    assert np.array_equal(again("はい。", **options)["audio"], speak("はい。", **options)["audio"])


def test_a_tokenizer_carries_the_processor_to_a_model_without_one_and_nowhere_else(folder, tmp_path):
    tokenizer = TsukasaTokenizer.from_pretrained(folder)
    tokenizer.save_pretrained(tmp_path / "alone")
    assert not (tmp_path / "alone" / "processor_config.json").exists()
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}", encoding="utf-8")
    tokenizer.save_pretrained(tmp_path / "model")
    carried = (tmp_path / "model" / "processor_config.json").read_bytes()
    assert carried == (folder / "processor_config.json").read_bytes()
    (tmp_path / "model" / "processor_config.json").write_text('{"own": 1}', encoding="utf-8")
    tokenizer.save_pretrained(tmp_path / "model")
    assert '"own": 1' in (tmp_path / "model" / "processor_config.json").read_text(encoding="utf-8")
    # A processor that is saved decides by itself what it has.
    processor = TsukasaProcessor.from_pretrained(folder)
    (tmp_path / "of processor").mkdir()
    (tmp_path / "of processor" / "config.json").write_text("{}", encoding="utf-8")
    calls = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{TsukasaTokenizer.__module__}.carry_processor", lambda *arguments: calls.append(arguments))
        processor.save_pretrained(tmp_path / "of processor")
    assert calls == []
