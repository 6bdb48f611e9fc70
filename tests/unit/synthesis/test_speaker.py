# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile
import torch

import transformers_tsukasa
from support.corpora import RATE, hum
from support.tiny import save_speaking, tiny_config, tiny_model
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.synthesis import Speaker
from transformers_tsukasa.text import UserDictionary


TEXT = "今日はいい天気ですね。明日は雨が降るでしょう。傘を持って行きます。"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    model = tiny_model()
    model.voices.add("a", 0.1 * torch.ones(16), "a steady voice")
    model.voices.add("b", -0.1 * torch.ones(16))
    return save_speaking(model, folder)


@pytest.fixture(scope="module")
def speaker(folder):
    return Speaker.load(folder)


def test_speech_is_that_of_generate(speaker):
    speech = speaker.speak(TEXT, voice="a", seed=3, speaking_rate=1.5)
    inputs = speaker.processor(text=TEXT, split_sentences=True, return_tensors="pt")
    output = speaker.model.generate(**inputs, voice="a", seed=3, speaking_rate=1.5, return_prosody=True)
    assert speech.text == TEXT and speech.sampling_rate == speaker.sampling_rate == 24000
    assert speech.waveform.dtype == np.float32 and np.array_equal(speech.waveform, output.waveform[0].numpy())
    assert np.array_equal(speech.style_vector, output.style_vector[0].numpy())
    assert [prosody.durations.tolist() for prosody in speech.prosody] == [
        prosody.durations.tolist() for prosody in output.prosody
    ]
    assert speech.seconds == len(speech.waveform) / 24000


def test_a_stream_joined_is_the_speech(speaker):
    stream = speaker.stream(TEXT, voice="a", seed=3)
    assert len(stream) == 3
    pieces = list(stream)
    speech = speaker.speak(TEXT, voice="a", seed=3)
    assert "".join(piece.text for piece in pieces) == TEXT
    assert np.array_equal(np.concatenate([piece.waveform for piece in pieces]), speech.waveform)
    assert tuple(word for piece in pieces for word in piece.words) == speech.words


def test_a_sentence_is_computed_when_it_is_asked_for_and_not_kept(speaker, monkeypatch):
    spoken = []
    speak = speaker.model.speak
    monkeypatch.setattr(speaker.model, "speak", lambda *given, **more: spoken.append(1) or speak(*given, **more))
    stream = speaker.stream(TEXT, voice="a", seed=3)
    assert len(spoken) == 0
    first = next(stream)
    assert len(spoken) == 1
    kept = weakref.ref(first.waveform)
    del first
    next(stream)
    gc.collect()
    assert len(spoken) == 2 and kept() is None


def test_words_have_times_from_the_start_of_the_text(speaker):
    speech = speaker.speak(TEXT, voice="a", seed=3)
    assert [word.surface for word in speech.words][:4] == ["今日", "は", "いい", "天気"]
    assert "".join(word.surface for word in speech.words) == TEXT.replace("。", "")
    times = [time for word in speech.words for mora in word.morae for time in (mora.start, mora.end)]
    assert times == pytest.approx(sorted(times), abs=1e-5) and times[0] >= 0 and times[-1] <= speech.seconds
    # A text in one piece has the times that the processor gives.
    speech = speaker.speak(TEXT, voice="a", seed=3, split_sentences=False)
    (prosody,) = speech.prosody
    assert list(speech.words) == speaker.processor.word_times(TEXT, prosody)


def test_a_sentence_that_cannot_be_read_is_left_out_with_its_times(speaker):
    speech = speaker.speak("はい、そうです。それでは。\n𒀀𒀁𒀂\n私が行きます。", voice="a", seed=3)
    assert "".join(word.surface for word in speech.words).endswith("私が行きます")
    assert len(speech.prosody) == 2 and speech.words[-1].end <= speech.seconds


def test_phonemes_are_spoken_as_they_are(speaker):
    speech = speaker.speak("konnitɕiwa.", phonemize=False, voice="a", seed=0)
    assert speech.words == () and speech.prosody[0].durations.shape[1] == len("konnitɕiwa.") + 1


def test_a_clip_a_style_and_a_blend_choose_the_style(speaker, tmp_path):
    clip = hum(1.0, 150.0)
    soundfile.write(tmp_path / "clip.wav", clip, RATE, subtype="FLOAT")
    options = {"alpha": 0.0, "beta": 0.0, "seed": 0}
    style = speaker.style_of(clip, RATE)
    assert style.shape == (16,) and style.dtype == np.float32
    speeches = [
        speaker.speak("はい。", audio=clip, sampling_rate=RATE, **options),
        speaker.speak("はい。", audio=tmp_path / "clip.wav", **options),
        speaker.speak("はい。", audio=[tmp_path / "clip.wav", tmp_path / "clip.wav"], **options),
        speaker.speak("はい。", style_vector=style, **options),
    ]
    for speech in speeches:
        np.testing.assert_allclose(speech.style_vector, style, atol=1e-6)
    assert np.array_equal(speeches[0].waveform, speeches[3].waveform)
    blend = speaker.speak("はい。", voice={"a": 0.75, "b": 0.25}, **options).style_vector
    np.testing.assert_allclose(blend, 0.75 * speaker.voices["a"] + 0.25 * speaker.voices["b"], atol=1e-6)


def test_prosody_can_be_given_back(speaker):
    first = speaker.speak(TEXT, voice="a", seed=5)
    assert np.array_equal(speaker.speak(TEXT, voice="a", seed=5, prosody=first.prosody).waveform, first.waveform)
    longer = speaker.speak(
        TEXT, voice="a", seed=5, prosody=[type(part)(durations=2 * part.durations) for part in first.prosody]
    )
    pauses = 2 * 0.5
    assert longer.seconds - pauses == pytest.approx(2 * (first.seconds - pauses), rel=0.01)


def test_threads_share_a_speaker(speaker):
    calls = [
        (text, {"voice": voice, "seed": seed, "speaking_rate": 1.0 + 0.2 * seed})
        for seed, (text, voice) in enumerate(
            [(TEXT, "a"), ("私は学生です。", "b"), (TEXT, "b"), ("吾輩は猫である。", "a")] * 2
        )
    ]
    before = dict(vars(speaker)), speaker.model.generation_config.to_dict()
    alone = [speaker.speak(text, **arguments) for text, arguments in calls]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda call: speaker.speak(call[0], **call[1]), calls))
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one.waveform, other.waveform) and one.words == other.words
    assert (dict(vars(speaker)), speaker.model.generation_config.to_dict()) == before


def test_streams_of_one_thread_can_be_interleaved(speaker):
    streams = [speaker.stream(TEXT, voice=voice, seed=1) for voice in ("a", "b")]
    mixed = [next(stream) for _ in range(3) for stream in streams]
    for place, voice in enumerate(("a", "b")):
        speech = speaker.speak(TEXT, voice=voice, seed=1)
        assert np.array_equal(np.concatenate([piece.waveform for piece in mixed[place::2]]), speech.waveform)


def test_saving_a_stream_is_saving_the_speech(speaker, tmp_path):
    speaker.save(speaker.stream(TEXT, voice="a", seed=1), tmp_path / "stream.wav")
    speaker.save(speaker.speak(TEXT, voice="a", seed=1), tmp_path / "speech.wav")
    assert (tmp_path / "stream.wav").read_bytes() == (tmp_path / "speech.wav").read_bytes()
    stream = speaker.stream(TEXT, voice="a", seed=1)
    with pytest.raises(ValueError, match="must end in .wav, .flac, .mp3 or .opus"):
        speaker.save(stream, tmp_path / "speech.aiff")
    assert len(list(stream)) == 3  # nothing of it was spoken


@pytest.mark.parametrize(
    ("text", "arguments", "error", "message"),
    [
        ("", {}, ValueError, "empty"),
        ("。。。", {}, ValueError, "readable"),
        ("はい", {"voice": "zoe"}, KeyError, "it has a, b"),
        ("はい", {"prompt": "低い声"}, ValueError, "prompt encoder"),
        ("はい", {"audio": "missing.wav"}, OSError, "missing.wav"),
        ("はい", {"alpha": 2.0}, ValueError, "alpha"),
        ("はい", {"loudness": 3}, ValueError, "loudness"),
        ("はい", {"style_vector": np.zeros(3)}, ValueError, "16"),
    ],
)
def test_what_does_not_fit_is_refused_before_there_is_speech(speaker, text, arguments, error, message):
    with pytest.raises(error, match=message):
        speaker.stream(text, **arguments)


def test_a_dictionary_of_the_user(folder, speaker, tmp_path):
    (tmp_path / "d.csv").write_text("今日,コンニチ,0,名詞\n", encoding="utf-8")
    path, given = tmp_path / "d.csv", UserDictionary.from_file(tmp_path / "d.csv")
    for dictionary in (path, given):
        (word,) = Speaker.load(folder, dictionary=dictionary).speak("今日", voice="a", seed=0).words
        assert "".join(mora.kana for mora in word.morae) == "コンニチ"
    (word,) = speaker.speak("今日", voice="a", seed=0).words
    assert "".join(mora.kana for mora in word.morae) == "キョウ"


def test_a_folder_that_is_no_tsukasa_model_is_named(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no model"):
        Speaker.load(tmp_path)
    with pytest.raises(OSError, match="no folder 'nowhere/at-all'"):
        Speaker.load("nowhere/at-all")
    TsukasaTextAligner(tiny_config().text_aligner_config).save_pretrained(tmp_path / "aligner")
    with pytest.raises(ValueError, match="'tsukasa_text_aligner', but 'tsukasa' is needed here"):
        Speaker.load(tmp_path / "aligner")
    tiny_model().save_pretrained(tmp_path / "checkpoint-1")
    with pytest.raises(FileNotFoundError, match="without its processor .* name the run's folder 'final'"):
        Speaker.load(tmp_path / "checkpoint-1")
    with pytest.raises(ValueError, match="`device` 'cuda:99': torch .* it has cpu"):
        Speaker.load(folder, device="cuda:99")


def test_the_package_exports_the_speaker():
    assert transformers_tsukasa.Speaker is Speaker


def test_the_packaged_model_speaks():
    speaker = Speaker.load("default", dtype="float32")
    assert "tohoku-f01-happy" in speaker.voices
    speech = speaker.speak("こんにちは。", voice="tohoku-f01-happy", seed=0)
    assert np.abs(speech.waveform).max() > 0.05 and speech.words[0].surface == "こんにちは"
