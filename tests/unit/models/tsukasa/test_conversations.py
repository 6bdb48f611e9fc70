# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Conversations to the inputs of `generate()`: roles as voices, audio entries as clips."""

import numpy as np
import pytest
import torch

from support.tiny import tiny_model
from transformers_tsukasa import TsukasaFeatureExtractor, TsukasaProcessor, TsukasaTokenizer, TsukasaVoices


LONGER = "今日はいい天気ですから散歩に行きましょう。"


def clip(seed=0):
    return 0.1 * np.random.default_rng(seed).normal(size=24000).astype(np.float32)


@pytest.fixture(scope="module")
def processor():
    return TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer())


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def say(role, *content):
    return {"role": role, "content": list(content)}


def text_entry(text):
    return {"type": "text", "text": text}


def clip_entry(seed, key="audio"):
    return {"type": "audio", key: clip(seed=seed)}


@pytest.fixture
def voiced():
    processor = TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer())
    processor.voices = ("mei", "takumi")
    return processor


def inputs_of(processor, conversation, **arguments):
    return processor.apply_chat_template(conversation, tokenize=True, return_dict=True, **arguments)


def test_every_turn_is_a_text_in_the_voice_of_its_role(voiced):
    conversation = [say("takumi", text_entry("はい。")), {"role": "0", "content": "いいえ。"}]
    inputs = inputs_of(voiced, conversation)
    expected = voiced(["はい。", "いいえ。"], return_tensors="pt")
    assert inputs["voice"] == ["takumi", "mei"]
    assert set(inputs) == {*expected, "voice"}
    assert all(torch.equal(inputs[name], expected[name]) for name in expected)
    assert torch.equal(voiced.apply_chat_template(conversation, tokenize=True), expected["input_ids"])


def test_messages_of_one_speaker_in_a_row_are_one_text(voiced):
    conversation = [say("system", text_entry("はい。")), say("user", text_entry("いい"), text_entry("え。"))]
    assert voiced.apply_chat_template(conversation) == "はい。\nいいえ。"
    inputs = inputs_of(voiced, conversation)
    assert torch.equal(inputs["input_ids"], voiced("はい。\nいいえ。", return_tensors="pt")["input_ids"])
    assert "voice" not in inputs


def test_an_audio_entry_is_the_clip_of_its_role(voiced):
    conversation = [
        say("a", clip_entry(1)),
        say("b", text_entry("はい。"), clip_entry(2, "path"), clip_entry(3, "url")),
        say("a", text_entry("いいえ。")),
        say("b", text_entry("そうです。")),
    ]
    inputs = inputs_of(voiced, conversation)
    clips = [[clip(seed=seed) for seed in seeds] for seeds in ((2, 3), (1,), (2, 3))]
    expected = voiced(["はい。", "いいえ。", "そうです。"], audio=clips, return_tensors="pt")
    assert expected["reference_counts"].tolist() == [2, 1, 2]
    assert set(inputs) == {*expected, "voice"} and inputs["voice"] == [None] * 3
    assert all(torch.equal(inputs[name], expected[name]) for name in expected)


def test_clips_given_as_arrays_have_a_rate(voiced):
    conversation = [say("guest", clip_entry(1), text_entry("はい。"))]
    inputs = inputs_of(voiced, conversation, processor_kwargs={"sampling_rate": 48000})
    expected = voiced.feature_extractor(clip(seed=1), sampling_rate=48000, return_tensors="pt")
    assert torch.equal(inputs["input_features"], expected["input_features"])


@pytest.mark.parametrize("direct", [True, False])
def test_arguments_of_the_processor_are_taken_by_themselves_and_as_processor_kwargs(voiced, direct):
    def read(conversation, **arguments):
        return inputs_of(voiced, conversation, **(arguments if direct else {"processor_kwargs": arguments}))

    phonemes = read([say("mei", text_entry("haː"))], phonemize=False)["input_ids"]
    assert torch.equal(phonemes, voiced("haː", phonemize=False, return_tensors="pt")["input_ids"])
    clips = read([say("guest", clip_entry(1), text_entry("はい。"))], sampling_rate=48000)["input_features"]
    expected = voiced.feature_extractor(clip(seed=1), sampling_rate=48000, return_tensors="pt")["input_features"]
    assert torch.equal(clips, expected)
    assert isinstance(read([say("mei", text_entry("はい。"))], return_tensors="np")["input_ids"], np.ndarray)


@pytest.mark.parametrize("conversation", [[], (), None])
def test_an_empty_conversation_has_no_text_either(voiced, conversation):
    with pytest.raises(ValueError, match="the conversation is empty"):
        voiced.apply_chat_template(conversation)


def test_conversations_of_a_list_follow_each_other(voiced):
    conversations = [[say("mei", text_entry("はい。"))], [say("takumi", text_entry("いいえ。"))]]
    assert inputs_of(voiced, conversations)["voice"] == ["mei", "takumi"]
    assert voiced.apply_chat_template(conversations) == ["はい。", "いいえ。"]


def test_without_known_voices_a_number_is_the_speaker_by_default_and_a_name_is_passed_on(processor):
    assert "voice" not in inputs_of(processor, [say("0", text_entry("はい。"))])
    assert inputs_of(processor, [say("mei", text_entry("はい。"))])["voice"] == ["mei"]


def test_a_template_of_ones_own_renders_what_is_spoken(voiced):
    template = "{% for message in messages %}{{ greeting }}、{{ message['role'] }}さん。{% endfor %}"
    inputs = inputs_of(voiced, [say("mei", text_entry("x"))], chat_template=template, greeting="はい")
    assert torch.equal(inputs["input_ids"], voiced("はい、meiさん。", return_tensors="pt")["input_ids"])


@pytest.mark.parametrize(
    ("conversation", "sentence"),
    [
        ([], "the conversation is empty"),
        ([[]], "the conversation is empty"),
        (["はい。"], "message 0 of the conversation must be a dict"),
        ([{"role": "mei"}], "message 0 of the conversation must be a dict"),
        ([{"role": 0, "content": "はい。"}], "message 0 of the conversation must be a dict"),
        ([{"role": "mei", "content": None}], "the content of message 0 must be a text or a list"),
        ([say("mei")], "the content of message 0 must be a text or a list"),
        ([say("mei", {"type": "image", "url": "x.png"})], "message 0 has an entry of type 'image'"),
        ([say("mei", text_entry("はい。"), {"type": "audio"})], "an audio entry of message 0 needs its clip"),
        ([say("mei", clip_entry(1))], "no message of the conversation holds a text"),
        ([say("taro", text_entry("はい。"))], "role 'taro' is no voice of the model, which has mei, takumi"),
        ([say("2", text_entry("はい。"))], "role '2' is no voice of the model"),
        (
            [say("user", text_entry("はい。")), say("mei", text_entry("はい。"))],
            "'user' has the voice",
        ),
        (
            [say("g", text_entry("はい。"), clip_entry(1)), say("mei", text_entry("はい。"))],
            "'g' has a clip",
        ),
        ([say("mei", text_entry(" "))], "the text is empty"),
    ],
)
def test_a_conversation_that_cannot_be_spoken_is_refused_with_a_sentence(voiced, conversation, sentence):
    with pytest.raises(ValueError, match=sentence):
        inputs_of(voiced, conversation)


def test_a_folder_keeps_the_template_and_tells_the_voices(voiced, model, tmp_path):
    voiced.chat_template = "{{ messages[0]['content'] }}"
    voiced.save_pretrained(tmp_path)
    assert (tmp_path / "chat_template.jinja").read_text() == voiced.chat_template
    assert TsukasaProcessor.from_pretrained(tmp_path).voices == ()
    voices = TsukasaVoices(2 * model.config.style_dim)
    for name in ("takumi", "mei"):
        voices.add(name, torch.zeros(voices.style_size))
    voices.save(tmp_path)
    loaded = TsukasaProcessor.from_pretrained(tmp_path)
    assert loaded.chat_template == voiced.chat_template
    assert loaded.voices == tuple(TsukasaVoices.load(tmp_path / "voices.safetensors", voices.style_size))
    assert set(loaded.voices) == {"mei", "takumi"}


def test_the_inputs_of_a_conversation_are_spoken(processor, model):
    conversation = [say("0", text_entry("はい。")), say("user", text_entry(LONGER))]
    speech = model.generate(**inputs_of(processor, conversation), seed=0)
    alone = model.generate(**processor("はい。", return_tensors="pt"), seed=0)
    assert len(speech.audio) == 2 and torch.equal(speech.audio[0], alone.audio[0])
