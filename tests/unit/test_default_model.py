# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The model that comes with the package. docs/default_model.md tells how good it is; this must always hold."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoProcessor, pipeline

from support.script_modules import import_script
from transformers_tsukasa import default_model
from transformers_tsukasa.evaluation.audibility import silent_words
from transformers_tsukasa.models.tsukasa.conversations import CHAT_TEMPLATE
from transformers_tsukasa.synthesis.speaker import Speaker


TEXT = "今日はいい天気ですね。"


@pytest.fixture(scope="module")
def loaded():
    return AutoModel.from_pretrained(default_model()).eval(), AutoProcessor.from_pretrained(default_model())


def speak(loaded, text=TEXT, **arguments):
    model, processor = loaded
    speech = model.generate(**processor(text=text, return_tensors="pt"), seed=0, return_prosody=True, **arguments)
    return speech.waveform[0, : int(speech.waveform_lengths[0])].numpy(), speech.prosody


def test_it_is_small_and_has_many_voices(loaded):
    model, _ = loaded
    assert (Path(default_model()) / "model.safetensors").stat().st_size <= 25_000_000
    assert 5e6 <= sum(weight.numel() for weight in model.parameters()) <= 15e6
    assert len(model.voices) >= 8
    assert all(model.voices.describe(name) for name in model.voices)
    assert model.dtype == torch.float32  # halves on disk only


def test_its_card_credits_the_voices_it_was_made_of():
    card = (Path(default_model()) / "README.md").read_text(encoding="utf-8")
    for credit in ("MMDAgent", "CC BY 3.0", "Tohoku University", "CC BY 4.0", "synthetic"):
        assert credit in card


def test_every_voice_speaks_at_its_own_pitch_and_a_usual_pace(loaded):
    pitches = {}
    for name in loaded[0].voices:
        waveform, prosody = speak(loaded, voice=name)
        assert np.isfinite(waveform).all() and 0.1 < np.abs(waveform).max() <= 1.0
        assert 0.8 < len(waveform) / 24000 < 4.0  # thirteen morae
        f0 = prosody.f0[0][prosody.f0[0] > 60]
        pitches[name] = float(f0.median())
    assert min(pitches.values()) > 80 and max(pitches.values()) < 500
    assert max(pitches.values()) / min(pitches.values()) > 1.5


def test_the_same_seed_gives_the_same_speech(loaded):
    assert np.array_equal(speak(loaded)[0], speak(loaded)[0])


def test_a_longer_text_takes_longer_and_every_voice_can_be_blended(loaded):
    blend = dict.fromkeys(list(loaded[0].voices)[:2], 0.5)
    longer = TEXT + "明日は雨が降るそうです。"
    assert len(speak(loaded, longer, voice=blend)[0]) > 1.5 * len(speak(loaded, voice=blend)[0])


def test_a_question_ends_higher_than_a_statement(loaded):
    ends = {}
    for text in ("食べますか？", "食べました。"):
        f0 = speak(loaded, text)[1].f0[0]
        ends[text] = float(f0[f0 > 60][-4:].mean())
    assert ends["食べますか？"] > ends["食べました。"]


@pytest.fixture(scope="module")
def speak_text():
    return pipeline("text-to-speech", model=default_model())


def test_it_speaks_as_a_pipeline(speak_text):
    speech = speak_text("こんにちは")
    assert speech["sampling_rate"] == 24000 and np.abs(speech["audio"]).max() > 0.1


def test_texts_of_a_batch_are_as_long_as_alone(speak_text):
    texts = ["はい。", TEXT]
    together = speak_text(texts, batch_size=2, generate_kwargs={"seed": 0})
    alone = [speak_text(text, generate_kwargs={"seed": 0}) for text in texts]
    assert [len(one["audio"]) for one in together] == [len(one["audio"]) for one in alone]
    assert len(together[0]["audio"]) < len(together[1]["audio"])


def test_a_voice_is_chosen_by_name_by_role_and_by_clip(speak_text, loaded, tmp_path):
    model, processor = loaded
    assert processor.voices == tuple(model.voices) == speak_text.processor.voices
    name = processor.voices[1]
    spoken = speak_text(TEXT, generate_kwargs={"voice": name, "seed": 0})["audio"]
    assert np.array_equal(spoken, speak_text(TEXT, forward_params={"voice": name, "seed": 0})["audio"])
    for role in (name, "1"):
        conversation = [{"role": role, "content": [{"type": "text", "text": TEXT}]}]
        assert np.array_equal(spoken, speak_text(conversation, generate_kwargs={"seed": 0})["audio"])
    processor.save_audio({"audio": spoken}, tmp_path / "clip.wav")
    clip = {"type": "audio", "path": str(tmp_path / "clip.wav")}
    conversation = [{"role": "guest", "content": [clip, {"type": "text", "text": TEXT}]}]
    inputs = processor.apply_chat_template(conversation, tokenize=True, return_dict=True)
    cloned = model.generate(**inputs, seed=0)
    expected = model.generate(**processor(TEXT, audio=tmp_path / "clip.wav", return_tensors="pt"), seed=0)
    assert torch.equal(cloned.audio[0], expected.audio[0]) and not np.array_equal(cloned.audio[0].numpy(), spoken)


def test_its_folder_has_the_chat_template():
    template = (Path(default_model()) / "chat_template.jinja").read_text(encoding="utf-8")
    assert template == CHAT_TEMPLATE


@pytest.mark.parametrize("number", range(10))
def test_every_voice_speaks_short_texts_to_their_end(loaded, number):
    """Every tenth of the 200 texts, others for each voice; `scripts/check_short_texts.py` takes them all."""
    script = import_script("check_short_texts")
    texts = script.TEXTS.read_text(encoding="utf-8").split()[number::10]
    voice = list(loaded[0].voices)[number]
    assert list(script.check_voice(Speaker(*loaded), voice, texts)) == []


@pytest.mark.parametrize(
    "text",
    ["はい、わかりました。", "いいえ、違うと思います。", "昨日は、雪でした。", "うん、いいよ。", "あっ、猫だ！"],
)
def test_a_first_phrase_before_a_comma_is_audible(loaded, text):
    for voice in loaded[0].voices:
        waveform, prosody = speak(loaded, text, voice=voice)
        assert silent_words(loaded[1].word_times(text, prosody), waveform, 24000) == [], voice


def test_speech_begins_soon(loaded):
    waveform, _ = speak(loaded, "はい。")
    assert np.flatnonzero(np.abs(waveform) > 0.01)[0] < 0.3 * 24000
