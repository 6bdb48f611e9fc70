# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The command line, the processor, pipelines and `Speaker` speak one text alike, sample by sample."""

import logging

import numpy as np
import pytest
import soundfile
import torch
from transformers import pipeline

from support.tiny import save_speaking, tiny_model
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.synthesis import Speaker


NOVEL = """第一章

　「行くよ。」「うん。」「待って、今日は雨だよ！」と彼は言った。
次の行です。はい。

＊＊＊

最後の段落、終わり。"""
TEXTS = {
    "a novel": NOVEL,
    "other ends of lines": NOVEL.replace("\n", "\r\n"),
    "a paragraph of two sentences": "今日はいい天気ですね。明日は雨が降るでしょう。",
    "a sentence": "今日はいい天気ですね。",
    "a sentence after a rule": "＊＊＊\nはい。",
    "a sentence of several clauses": "今日はいい天気ですから、" * 20,
    "spaces around": "\n　はい、そうです。　\n",
}
PAUSES = {"sentence": 0.1, "paragraph": 0.4}
OPTIONS = {"voice": "a", "seed": 3, "pauses": PAUSES}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    model = tiny_model()
    model.voices.add("a", 0.1 * torch.ones(16))
    model.generation_config.pauses = {**model.generation_config.pauses, **PAUSES}
    return save_speaking(model, folder)


@pytest.fixture(scope="module")
def speaker(folder):
    return Speaker.load(folder)


@pytest.fixture(scope="module")
def speak(folder):
    return pipeline("text-to-speech", model=str(folder))


@pytest.mark.parametrize("name", TEXTS)
def test_all_ways_give_the_same_waveform(name, folder, speaker, speak, tmp_path, monkeypatch):
    text = TEXTS[name]
    spoken = speaker.speak(text, **OPTIONS).waveform
    inputs = speaker.processor(text=text, return_tensors="pt")
    output = speaker.model.generate(**inputs, **OPTIONS)
    assert np.array_equal(output.audio[0].numpy(), spoken)
    assert np.array_equal(speak(text, generate_kwargs=OPTIONS)["audio"], spoken)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_bytes(text.encode())
    options = ["--model", str(folder), "--voice", "a", "--seed", "3", "--encoding-depth", "float", "--quiet"]
    assert main(["say", "-f", "text.txt", "-o", "file.wav", *options]) == 0
    assert np.array_equal(soundfile.read("file.wav", dtype="float32")[0], spoken)


@pytest.mark.parametrize("name", TEXTS)
def test_phonemes_as_they_are_printed_are_spoken_as_their_text(name, folder, speaker, speak, tmp_path, capsys):
    spoken = speaker.speak(TEXTS[name], **OPTIONS).waveform
    assert main(["phonemize", TEXTS[name], "--model", str(folder)]) == 0
    printed = capsys.readouterr().out
    (tmp_path / "phonemes.txt").write_text(printed, encoding="utf-8")
    options = ["--model", str(folder), "--voice", "a", "--seed", "3", "--encoding-depth", "float", "--quiet"]
    speech = str(tmp_path / "file.wav")
    assert main(["say", "--phonemes", "-f", str(tmp_path / "phonemes.txt"), "-o", speech, *options]) == 0
    assert np.array_equal(soundfile.read(speech, dtype="float32")[0], spoken)
    assert np.array_equal(speaker.speak(printed, phonemize=False, **OPTIONS).waveform, spoken)
    piped = speak(printed, preprocess_params={"phonemize": False}, generate_kwargs=OPTIONS)
    assert np.array_equal(piped["audio"], spoken)


def test_a_novel_has_the_utterances_that_its_marks_and_lines_make(speaker):
    pieces = list(speaker.stream(NOVEL, **OPTIONS))
    assert [piece.text for piece in pieces] == [
        "第一章",
        "「行くよ。」「うん。」",
        "「待って、今日は雨だよ！」と彼は言った。",
        "次の行です。はい。",
        "最後の段落、終わり。",
    ]
    words = [word for piece in pieces for word in piece.words]
    assert "".join(NOVEL[slice(*word.place)] for word in words) == "".join(word.surface for word in words)


def test_pauses_change_the_speech_of_every_text_of_several_sentences(speaker):
    text = TEXTS["a paragraph of two sentences"]
    seconds = [speaker.speak(text, voice="a", seed=3, pauses={"sentence": pause}).seconds for pause in (0.0, 1.0)]
    assert seconds[1] - seconds[0] == pytest.approx(1.0, abs=0.001)


def test_pauses_belong_to_speech_and_not_to_the_reading_of_the_text(speaker, speak):
    with pytest.raises(ValueError, match="`pauses` is an option of speech, not of the processor: give it to generate"):
        speaker.processor(text=NOVEL, pauses=PAUSES)
    with pytest.raises(ValueError, match="`speaking_rate` is an option of speech"):
        speak(NOVEL, preprocess_params={"speaking_rate": 2.0})


def test_pauses_without_effect_are_told(speaker, caplog):
    text = TEXTS["a paragraph of two sentences"]
    with caplog.at_level(logging.WARNING):
        speaker.speak(TEXTS["a sentence"], **OPTIONS)
        speaker.speak(text, **OPTIONS)
    assert "pauses" not in caplog.text
    speaker.speak(text, split_sentences=False, **OPTIONS)
    assert "`pauses` has no effect" in caplog.text


def test_words_of_a_text_in_one_piece_have_their_places(speaker):
    text = "\n　今日は雨です。明日は晴れます。"
    for options in ({}, {"split_sentences": False}):
        words = speaker.speak(text, voice="a", seed=0, **options).words
        assert [text[slice(*word.place)] for word in words] == [word.surface for word in words]
