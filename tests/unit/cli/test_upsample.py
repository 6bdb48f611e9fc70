# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa upsample`, and speech at 48 kHz."""

import numpy as np
import pytest
import soundfile
import torch

from support.speechsr_toys import published_speechsr, save_speechsr, tiny_speechsr
from support.tiny import save_speaking, tiny_model
from transformers_tsukasa import Speaker
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.synthesis.upsampling import Upsampler


@pytest.fixture(scope="module")
def upsampler(tmp_path_factory):
    return save_speechsr(tmp_path_factory.mktemp("upsampler"))


@pytest.fixture(scope="module")
def speaking(tmp_path_factory):
    return save_speaking(tiny_model(), tmp_path_factory.mktemp("model"))


def test_a_stereo_file_keeps_its_channels_and_length(upsampler, tmp_path, capsys):
    tone = 0.3 * np.sin(np.arange(22050) / 20)
    soundfile.write(tmp_path / "in.wav", np.stack([tone, np.zeros_like(tone)], axis=1), 22050)
    assert main(["upsample", str(tmp_path / "in.wav"), str(tmp_path / "out.flac"), "--upsampler", str(upsampler)]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "out.flac")
    raised, rate = soundfile.read(tmp_path / "out.flac")
    assert rate == 48000 and raised.shape == (48000, 2)
    # A file is read and raised in blocks; the result is that of its samples in memory.
    in_memory = Upsampler.load(upsampler)(tone.astype(np.float32), 22050)
    assert np.abs(raised[:, 0] - in_memory).max() < 1e-3
    assert not np.array_equal(raised[:, 0], raised[:, 1])


@pytest.mark.parametrize(
    ("content", "more", "sentence"),
    [
        (np.zeros(0), (), "holds no samples"),
        (np.full(800, np.nan), (), "NaN"),
        (np.zeros(800), ("--rate", "44100"), "48000"),
        (np.zeros(800), ("--upsampler", "nowhere"), "nowhere"),
    ],
)
def test_bad_input_is_one_sentence(content, more, sentence, upsampler, tmp_path, capsys):
    soundfile.write(tmp_path / "in.wav", content, 16000, subtype="FLOAT")
    arguments = ["upsample", str(tmp_path / "in.wav"), str(tmp_path / "out.wav"), "--upsampler", str(upsampler)]
    assert main([*arguments, *more]) == 1
    error = capsys.readouterr().err
    assert sentence in error.splitlines()[-1] and not (tmp_path / "out.wav").exists()


def test_without_weights_the_error_tells_how_to_get_them(speaking, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("TSUKASA_UPSAMPLER", raising=False)
    soundfile.write(tmp_path / "in.wav", np.zeros(800), 16000)
    assert main(["upsample", str(tmp_path / "in.wav"), str(tmp_path / "out.wav")]) == 1
    assert "tsukasa convert" in capsys.readouterr().err
    assert main(["say", "はい。", "-o", str(tmp_path / "o.wav"), "--model", str(speaking), "--rate", "48000"]) == 1
    assert "--upsampler" in capsys.readouterr().err


def test_speech_is_raised_sentence_by_sentence(speaking, upsampler, tmp_path):
    speaker = Speaker.load(speaking, output_rate=48000, upsampler=upsampler)
    plain = Speaker.load(speaking, output_rate=24000)
    assert speaker.sampling_rate == 48000 and plain.sampling_rate == 24000
    arguments = {"noise_scale": 0.0, "style_vector": torch.zeros(16)}
    raised, speech = speaker.speak("はい。はい。", **arguments), plain.speak("はい。はい。", **arguments)
    assert raised.sampling_rate == 48000 and len(raised.waveform) == 2 * len(speech.waveform)
    assert raised.words == speech.words
    speaker.save(raised, tmp_path / "out.wav")
    assert soundfile.info(tmp_path / "out.wav").samplerate == 48000
    with pytest.raises(ValueError, match="44100"):
        Speaker.load(speaking, output_rate=44100, upsampler=upsampler)


def test_a_checkpoint_is_converted_and_speaks(tmp_path, capsys):
    model, source = tiny_speechsr(24000), tmp_path / "published"
    source.mkdir()
    torch.save({"model": published_speechsr(model), "iteration": 1, "optimizer": {}}, source / "G_1.pth")
    config = '{"data": {"sampling_rate": 24000}, "model": {"resblock_dilation_sizes": [[1, 3, 5]]}}'
    (source / "config.json").write_text(config)
    assert main(["convert", str(source / "G_1.pth"), str(tmp_path / "out")]) == 0
    assert "do not pass them on" in capsys.readouterr().out
    converted = Upsampler.load(tmp_path / "out")
    waveform = 0.3 * torch.randn(1, 100)
    with torch.inference_mode():
        assert torch.allclose(converted.model(waveform).waveform, model(waveform).waveform, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda state: state.update({"dec.activation_post.upsample.filter": torch.ones(1, 1, 12)}),
            "not the constant",
        ),
        (lambda state: state.update({"dec.more.weight": torch.ones(1)}), "unknown names"),
        (lambda state: state.pop("dec.conv_post.weight"), "SpeechSR"),
        (lambda state: state.update({"dec.conv_pre.bias": torch.ones(5)}), "wrong shape"),
        (lambda state: state.update({"dec.conv_pre.bias": torch.full((4,), torch.nan)}), "NaN"),
    ],
)
def test_foreign_checkpoints_are_refused(change, sentence, tmp_path, capsys):
    state = published_speechsr(tiny_speechsr())
    change(state)
    torch.save({"model": state}, tmp_path / "G_1.pth")
    config = '{"data": {"sampling_rate": 48000}, "model": {"resblock_dilation_sizes": [[1, 3, 5]]}}'
    (tmp_path / "config.json").write_text(config)
    assert main(["convert", str(tmp_path / "G_1.pth"), str(tmp_path / "out")]) == 1
    assert sentence in capsys.readouterr().err and not (tmp_path / "out").exists()


@pytest.mark.parametrize("config", [None, "[]", "{", '{"data": {}, "model": {}}'])
def test_a_config_must_tell_the_rate(config, tmp_path, capsys):
    torch.save({"model": published_speechsr(tiny_speechsr())}, tmp_path / "G_1.pth")
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    assert main(["convert", str(tmp_path / "G_1.pth"), str(tmp_path / "out")]) == 1
    assert "config.json" in capsys.readouterr().err
