# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Durations by a model's own speech: what the warping finds, and what the command writes."""

import json
import shutil

import numpy as np
import pytest
import torch

from support.corpora import prepare_tones
from support.tiny import save_speaking, tiny_config, tiny_model, with_trained_prosody
from support.voice_toys import small_family_model
from transformers_tsukasa.audio.mel import log_mel_for
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.data.corpus import PreparedCorpus
from transformers_tsukasa.data.corpus_alignments import add_alignments, read_durations
from transformers_tsukasa.data.corpus_columns import token_ids
from transformers_tsukasa.data.spoken_alignments import Sound, SpokenAligner, durations_from_ends, follow_recording
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.synthesis.speaker import Speaker
from transformers_tsukasa.text.phonemes.symbols import SYMBOL_TO_ID
from transformers_tsukasa.text.phonemizer import phonemize


TOKENS, BANDS, SILENCE = 12, 80, -1.9
SPECTRA = torch.randn(TOKENS, BANDS, generator=torch.Generator().manual_seed(0))
SPECTRA -= torch.logsumexp(4 * SPECTRA, dim=1, keepdim=True) / 4 - 2.5  # all are equally loud


def sound(lengths, speaker=0.0, pauses=()):
    """A made-up utterance: a spectrum for every token, silence for the first and the last one and at the ends of some.

    Args:
        lengths: mel frames of every token.
        speaker: what is added to every loud frame, a number or `(bands,)`.
        pauses: of tokens, silent frames at the end.
    """
    frames = torch.arange(TOKENS).repeat_interleave(torch.tensor(lengths))
    mel = 0.5 * SPECTRA[frames] + speaker
    ends = np.cumsum(lengths)
    for token, silent in {0: lengths[0], TOKENS - 1: lengths[-1], **dict(pauses)}.items():
        mel[ends[token] - silent : ends[token]] = SILENCE
    noise = torch.randn(mel.shape, generator=torch.Generator().manual_seed(len(frames)))
    return Sound(mel + 0.02 * noise)


def found(recorded, spoken, spoken_lengths, may_pause=()):
    token_of_frame = np.repeat(np.arange(TOKENS), spoken_lengths)
    followed = token_of_frame[follow_recording(recorded, spoken, np.isin(np.arange(len(token_of_frame)), may_pause))]
    return np.bincount(followed, minlength=TOKENS)


SPOKEN = [10, *[6] * (TOKENS - 2), 10]
RECORDED = [16, 4, 9, 6, 5, 12, 4, 6, 7, 3, 8, 16]


def test_a_recording_of_another_speaker_at_another_pace_is_aligned():
    speaker = 0.3 * torch.randn(BANDS, generator=torch.Generator().manual_seed(1)) - 0.5
    durations = found(sound(RECORDED, speaker), sound(SPOKEN), SPOKEN)
    assert np.abs(durations - RECORDED).max() <= 1


def test_a_pause_of_the_recording_stretches_no_sound():
    """It belongs to the place where the model may pause, 5, although the model has none there."""
    lengths = [*RECORDED]
    lengths[5] += 30
    recorded, end = sound(lengths, pauses={5: 30}), sum(SPOKEN[:6])
    durations = found(recorded, sound(SPOKEN), SPOKEN, may_pause=[end - 1])
    assert np.abs(durations - lengths).max() <= 1
    spread = found(recorded, sound(SPOKEN), SPOKEN)  # nowhere to put it
    assert abs(spread[5] - lengths[5]) > 10 or abs(spread[6] - lengths[6]) > 10


def test_a_pause_of_the_model_is_left_out():
    lengths = [*SPOKEN]
    lengths[5] += 40
    durations = found(sound(RECORDED), sound(lengths, pauses={5: 40}), lengths)
    assert np.abs(durations - RECORDED)[[1, 2, 3, 8, 9, 10]].max() <= 1
    assert abs(durations[:7].sum() - sum(RECORDED[:7])) <= 6  # of forty


def test_durations_have_the_nearest_ends_and_at_least_one_frame():
    assert durations_from_ends(np.array([1.2, 3.6, 5.0])).tolist() == [1, 3, 1]
    assert durations_from_ends(np.array([0.0, 0.0, 0.0, 6.0])).tolist() == [1, 1, 1, 3]
    assert durations_from_ends(np.array([6.0, 6.0, 6.0, 6.0])).tolist() == [3, 1, 1, 1]
    random = np.random.default_rng(0)
    for _ in range(50):
        ends = np.sort(random.uniform(0, 20, 12))
        ends[-1] = 20
        durations = durations_from_ends(ends)
        assert durations.min() >= 1 and durations.sum() == 20
    with pytest.raises(ValueError, match="3 text frames cannot hold 4 tokens"):
        durations_from_ends(np.array([0.0, 1.0, 2.0, 3.0]))


@pytest.fixture(scope="module")
def packaged_model():
    return Speaker.load("default").model


@pytest.mark.parametrize("delay", [0, 1])
def test_speech_of_one_voice_is_aligned_by_another(packaged_model, delay, monkeypatch):
    """Times are those of the sound, which comes later than the durations by the delay."""
    tts = packaged_model
    monkeypatch.setattr(tts.config, "alignment_delay", delay)
    ids = token_ids(phonemize("今日はいい天気ですね。", profile="clean", accent=True).phonemes, "clean")
    with torch.no_grad():
        spoken = tts(ids[None], style_vector=tts.voices.style("tohoku-f01-happy", len(ids) - 2)[None])
    frames = MEL_FRAMES_PER_TEXT_FRAME * int(spoken.durations.sum())
    mel = log_mel_for(spoken.waveform[0], tts.config.audio_config)[:, :frames].T
    (durations,) = SpokenAligner(tts, SYMBOL_TO_ID, "mei")([ids], [mel])
    errors = (durations.cumsum() - spoken.durations[0].numpy().cumsum() - delay)[:-1]
    assert MEL_FRAMES_PER_TEXT_FRAME * durations.sum() == frames
    assert np.median(np.abs(errors)) <= 1 and abs(np.median(errors)) < 0.5


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    pytest.importorskip("datasets")
    pytest.importorskip("swift_f0")
    return prepare_tones(tmp_path_factory.mktemp("corpus"), {"mei": 4}, 1.3)


def test_the_command_aligns_with_a_model_that_has_no_aligner(tmp_path, corpus, capsys, caplog):
    folder = shutil.copytree(corpus, tmp_path / "corpus")
    tts = small_family_model()
    tts.voices.add("low", torch.zeros(16))
    tts.voices.add("high", torch.ones(16))
    save_speaking(tts, tmp_path / "model")
    command = ["prepare", str(folder), "--aligner", str(tmp_path / "model"), "--quiet"]
    assert main([*command, "--voice", "nobody"]) == 1
    assert "no voice 'nobody'; it has high, low" in capsys.readouterr().err
    assert not (folder / "alignments").exists()
    caplog.set_level("INFO")
    assert main([*command, "--voice", "high"]) == 0
    assert "aligned with the model's own speech of their texts, with the voice 'high'" in caplog.text
    note = json.loads((folder / "alignments" / "alignments.json").read_text(encoding="utf-8"))
    assert note == {"model": str(tmp_path / "model"), "voice": "high"}
    prepared = PreparedCorpus(folder)
    for split in prepared.splits:
        durations = read_durations(prepared, split)
        for index, frames in enumerate(prepared.open(split)["num_frames"]):
            assert durations[index].min() >= 1 and 2 * durations[index].sum() == frames


def test_the_aligner_in_a_model_folder_comes_first(tmp_path, corpus):
    folder = shutil.copytree(corpus, tmp_path / "corpus")
    save_speaking(with_trained_prosody(tiny_model()), tmp_path / "model")
    TsukasaTextAligner(tiny_config().text_aligner_config).save_pretrained(tmp_path / "model" / "text_aligner")
    about = add_alignments(folder, tmp_path / "model") / "alignments.json"
    assert json.loads(about.read_text(encoding="utf-8")) == {"aligner": str(tmp_path / "model" / "text_aligner")}
    with pytest.raises(ValueError, match=r"is no model that speaks, so that it has no voice 'low'"):
        add_alignments(folder, tmp_path / "model" / "text_aligner", voice="low", overwrite=True)


def test_a_model_without_voices_speaks_with_the_style_of_each_clip():
    tts = with_trained_prosody(tiny_model())
    tts.voices.add("low", torch.zeros(16))
    assert SpokenAligner(tts, SYMBOL_TO_ID).voice is None
    assert SpokenAligner(tts, SYMBOL_TO_ID, "low").voice == "low"
    small = small_family_model()
    with pytest.raises(ValueError, match="neither style encoders nor voices to speak with"):
        SpokenAligner(small, SYMBOL_TO_ID)
    small.voices.add("one", torch.zeros(16))
    small.voices.add("two", torch.zeros(16))
    assert SpokenAligner(small, SYMBOL_TO_ID).voice == "one"
    small.generation_config.update(voice="two")
    assert SpokenAligner(small, SYMBOL_TO_ID).voice == "two"


def test_a_voice_without_a_model_is_refused(tmp_path, capsys):
    assert main(["prepare", str(tmp_path), str(tmp_path / "out"), "--voice", "low"]) == 1
    assert (
        "--voice is of a model that aligns a prepared corpus: name the model in --aligner" in capsys.readouterr().err
    )
