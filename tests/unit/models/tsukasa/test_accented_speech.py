# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The dictionary's accent from text to speech: processor, `generate()`, `Speaker`, pipelines and the long form."""

import json

import numpy as np
import pytest
import torch
from transformers import pipeline

from support.tiny import save_speaking, tiny_model
from transformers_tsukasa import TsukasaConfig, TsukasaTokenizer
from transformers_tsukasa.models.tsukasa.speaking.accent_contour import accented_f0
from transformers_tsukasa.synthesis import Speaker
from transformers_tsukasa.text.accent_levels import NO_MORA, accent_levels


SHORT, LONGER = "箸を持つ。", "橋の上で、雨の降る町を見ていました。"
LONG = SHORT + LONGER + "\n" + LONGER


@pytest.fixture(scope="module")
def model():
    model = tiny_model()
    model.voices.add("a", 0.1 * torch.ones(2 * model.config.style_dim))
    return model


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    """A model that asks for the accent."""
    folder = save_speaking(model, tmp_path_factory.mktemp("model"))
    TsukasaTokenizer(return_accent_levels=True).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def speaker(folder):
    return Speaker.load(folder)


def read(speaker, text, **how):
    return speaker.processor(text=text, return_tensors="pt", **how)


def speak(model, inputs, **options):
    return model.generate(**inputs, voice="a", seed=0, return_prosody=True, **options)


def test_f0_is_that_of_the_function_and_nothing_else_changes(model, speaker):
    inputs = read(speaker, LONGER)
    plain, accented = (speak(model, inputs, accent_strength=strength) for strength in (0, 0.6))
    expected = accented_f0(plain.prosody.f0, plain.prosody.durations, inputs["accent_levels"], 0.6)
    assert torch.equal(accented.prosody.f0, expected) and not torch.equal(expected, plain.prosody.f0)
    for part in ("durations", "energy", "token_starts"):
        assert torch.equal(accented.prosody[part], plain.prosody[part])
    assert not torch.equal(accented.waveform, plain.waveform)


def test_without_strength_or_levels_speech_is_the_same_bit_by_bit(model, speaker):
    inputs = read(speaker, LONGER)
    ids = {name: value for name, value in inputs.items() if name != "accent_levels"}
    plain = speak(model, ids)
    assert torch.equal(speak(model, inputs).waveform, plain.waveform)  # the option is 0 unless it is asked for
    assert torch.equal(speak(model, ids, accent_strength=1.0).waveform, plain.waveform)


def test_the_pitch_is_raised_after_the_accent(model, speaker):
    inputs = read(speaker, SHORT)
    accented, raised = (speak(model, inputs, accent_strength=1.0, pitch=pitch) for pitch in (0, 12))
    torch.testing.assert_close(raised.prosody.f0, 2 * accented.prosody.f0)


def test_prosody_that_was_returned_is_spoken_as_it_is(model, speaker):
    inputs = read(speaker, SHORT)
    accented = speak(model, inputs, accent_strength=1.0)
    again = speak(model, inputs, accent_strength=1.0, prosody=accented.prosody)
    assert torch.equal(again.waveform, accented.waveform)


def test_every_sentence_of_a_long_text_has_its_accent(model, speaker):
    inputs = read(speaker, LONG)
    assert inputs["accent_levels"].shape == inputs["input_ids"].shape
    plain, accented = (speak(model, inputs, accent_strength=strength) for strength in (0, 1.0))
    readings = [reading for _, reading in speaker.processor.iter_sentences(LONG)]
    assert len(readings) == len(plain.prosody) == 2
    for reading, before, after in zip(readings, plain.prosody, accented.prosody, strict=True):
        levels = torch.tensor([[NO_MORA, *accent_levels(reading)]])
        assert torch.equal(after.f0, accented_f0(before.f0, before.durations, levels))


@pytest.mark.parametrize("texts", [[SHORT, LONGER], [LONG, SHORT]], ids=["short", "long form"])
def test_texts_of_a_batch_are_spoken_as_alone(model, speaker, texts):
    batch = speak(model, read(speaker, texts), accent_strength=1.0)
    for text, audio in zip(texts, batch.audio, strict=True):
        assert torch.equal(audio, speak(model, read(speaker, text), accent_strength=1.0).audio[0])


def test_a_pipeline_and_a_speaker_speak_alike(model, speaker, folder):
    speak_text = pipeline("text-to-speech", model=str(folder))
    options = {"voice": "a", "seed": 0, "accent_strength": 1.0}
    texts = [SHORT, LONGER, LONG]
    outputs = speak_text(texts, batch_size=3, generate_kwargs=options)
    for text, output in zip(texts, outputs, strict=True):
        speech = speaker.speak(text, **options)
        assert np.array_equal(output["audio"], speech.waveform)
        assert not np.array_equal(speaker.speak(text, **{**options, "accent_strength": 0}).waveform, speech.waveform)


def test_a_speaker_asks_for_the_levels_where_the_tokenizer_does_not(model, tmp_path):
    speaker = Speaker.load(save_speaking(model, tmp_path))
    assert "accent_levels" not in read(speaker, SHORT)
    plain, accented = (speaker.speak(LONG, voice="a", seed=0, accent_strength=strength) for strength in (None, 1.0))
    assert not torch.equal(plain.prosody[1].f0, accented.prosody[1].f0)


def test_phonemes_have_no_accent_to_give(model, speaker):
    inputs = read(speaker, "haɕi o motsɯ.", phonemize=False)
    assert "accent_levels" not in inputs
    assert torch.equal(speak(model, inputs, accent_strength=1.0).waveform, speak(model, inputs).waveform)


@pytest.mark.parametrize("text", [SHORT, [SHORT], [SHORT, LONGER], LONG, [SHORT, LONG]], ids=str)
@pytest.mark.parametrize(
    "how",
    [
        {},
        {"padding": False},
        {"padding": "max_length", "max_length": 150},
        {"padding_side": "left"},
        {"add_special_tokens": False},
        {"return_attention_mask": False},
    ],
    ids=str,
)
def test_levels_stand_where_their_ids_do(speaker, text, how):
    inputs = speaker.processor(text=text, **how)
    pairs = [(inputs["input_ids"], inputs["accent_levels"])]
    if not isinstance(pairs[0][0][0], int):
        pairs = list(zip(*pairs[0], strict=True))
    tokenizer = speaker.processor.tokenizer
    for ids, levels in pairs:
        symbols = tokenizer.convert_ids_to_tokens(ids)
        assert len(levels) == len(symbols)
        for symbol, level in zip(symbols, levels, strict=True):
            assert (level < 0) == (symbol in "$ ,.\n"), (symbols, levels)


def test_levels_of_a_text_that_is_cut_off_are_cut_off_too(speaker):
    for side in ("right", "left"):
        tokenizer = speaker.processor.tokenizer
        tokenizer.truncation_side = side
        full, cut = (speaker.processor(text=LONGER, **how) for how in ({}, {"truncation": True, "max_length": 9}))
        tokenizer.truncation_side = "right"
        own = slice(1, 9) if side == "right" else slice(-8, None)
        assert cut["input_ids"][1:] == full["input_ids"][own]
        assert cut["accent_levels"] == [NO_MORA, *full["accent_levels"][own]]


def test_levels_of_symbols_that_are_dropped_and_of_added_tokens_are_left_out(tmp_path):
    vocabulary = {symbol: index for symbol, index in TsukasaTokenizer().get_vocab().items() if symbol != "o"}
    path = tmp_path / "vocab.json"
    path.write_text(json.dumps(vocabulary), encoding="utf-8")
    tokenizer = TsukasaTokenizer(str(path), unknown="drop", return_accent_levels=True)
    tokenizer.add_tokens(["<laugh>"])
    phonemes, levels = tokenizer.read("箸を<laugh>持つ。")
    assert len(phonemes) == len(levels)
    assert len(tokenizer.token_levels(phonemes, levels)) == len(tokenizer(phonemes, phonemize=False)["input_ids"]) - 1


def test_models_that_have_no_accent_ask_for_it():
    assert not TsukasaTokenizer.from_config(TsukasaConfig()).return_accent_levels
    assert TsukasaTokenizer.from_config(TsukasaConfig(text_profile="kokoro")).return_accent_levels


def test_a_saved_tokenizer_still_asks(speaker, tmp_path):
    speaker.processor.tokenizer.save_pretrained(tmp_path)
    assert TsukasaTokenizer.from_pretrained(tmp_path).return_accent_levels


@pytest.mark.parametrize("strength", [-0.1, 1.5, float("nan"), "full"])
def test_a_strength_out_of_range_is_refused(model, speaker, strength):
    with pytest.raises(ValueError, match="accent_strength must be a number from 0 to 1"):
        speak(model, read(speaker, SHORT), accent_strength=strength)


def test_levels_that_do_not_fit_are_refused(model, speaker):
    inputs = read(speaker, SHORT)
    levels = inputs.pop("accent_levels")
    for wrong in (levels[:, 1:], levels[0], levels.float()):
        with pytest.raises(ValueError, match="accent_levels must be integers"):
            speak(model, inputs, accent_levels=wrong, accent_strength=1.0)
