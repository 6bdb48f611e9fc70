# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Clips of every kind become the same features, and what is no clip is refused with a sentence."""

import numpy as np
import pytest
import soundfile
import torch

from support.shared_data import recorded_path
from transformers_tsukasa import TsukasaFeatureExtractor
from transformers_tsukasa.audio.mel import log_mel_spectrogram


RATE = 24000


@pytest.fixture(scope="module")
def extractor():
    return TsukasaFeatureExtractor()


def buzz(rate):
    """Two seconds of 29 harmonics, up to 4,350 Hz."""
    time = np.arange(2 * rate) / rate
    return sum(0.02 * np.sin(2 * np.pi * 150 * k * time + k * k) for k in range(1, 30)).astype(np.float32)


@pytest.fixture(scope="module")
def clip():
    """Two seconds of a buzz that is loud from end to end, in a little noise."""
    return buzz(RATE) + np.random.default_rng(0).normal(scale=3e-3, size=2 * RATE).astype(np.float32)


def features(extractor, *args, **kwargs):
    return extractor(*args, return_tensors="np", **kwargs)["input_features"]


def close(left, right):
    return left.shape == right.shape and np.abs(left - right).max() < 0.02


def test_features_are_the_log_mel_of_the_clip(extractor, clip):
    expected = log_mel_spectrogram(torch.from_numpy(clip)).numpy()
    assert np.allclose(features(extractor, clip)[0], expected, atol=1e-5)


@pytest.mark.parametrize(
    "convert",
    [
        lambda clip: clip.astype(np.float64),
        lambda clip: clip.tolist(),
        torch.from_numpy,
        lambda clip: torch.from_numpy(clip)[None],
        lambda clip: np.stack([clip, clip]),
        lambda clip: np.stack([clip] * 8, axis=1),
        lambda clip: np.round(clip * 32768).astype(np.int16),
        lambda clip: np.round(clip * 2.0**31).astype(np.int32),
        lambda clip: {"array": clip, "sampling_rate": RATE},
        lambda clip: [clip],
    ],
)
def test_one_clip_in_every_shape_and_type(extractor, clip, convert):
    assert close(features(extractor, convert(clip)), features(extractor, clip))


def test_clips_of_eight_bits_are_read(extractor, clip):
    eight = np.clip(np.round(clip * 128) + 128, 0, 255).astype(np.uint8)
    # Quantisation noise fills the quiet bands; the loud ones are the same.
    loud = features(extractor, clip) > 0
    assert loud.mean() > 0.1
    assert np.abs(features(extractor, eight) - features(extractor, clip))[loud].mean() < 0.1


@pytest.mark.parametrize("rate", [16000, 22050, 44100, 48000])
def test_a_clip_of_another_rate_sounds_the_same(extractor, rate):
    other = features(extractor, buzz(rate), sampling_rate=rate)
    ours = features(extractor, buzz(RATE))
    loud = ours > 0
    assert other.shape == ours.shape and np.abs(other - ours)[..., 5:-5][loud[..., 5:-5]].max() < 0.02


def test_files_know_their_rate(extractor, clip, tmp_path):
    soundfile.write(tmp_path / "clip.flac", np.stack([clip, clip], axis=1), RATE, subtype="PCM_24")
    assert close(features(extractor, tmp_path / "clip.flac"), features(extractor, clip))
    assert close(features(extractor, str(tmp_path / "clip.flac"), sampling_rate=RATE), features(extractor, clip))
    with pytest.raises(ValueError, match="at 24000 Hz"):
        extractor(tmp_path / "clip.flac", sampling_rate=16000)


def test_a_batch_is_padded_and_masked(extractor, clip):
    batch = extractor([clip, clip[:RATE]], return_tensors="pt")
    assert batch["input_features"].shape == (2, 80, 161)
    assert batch["input_features_mask"].sum(dim=1).tolist() == [161, 81]
    assert batch["input_features"][1, :, 81:].abs().sum() == 0
    alone = extractor(clip[:RATE], return_tensors="pt")["input_features"]
    assert torch.equal(batch["input_features"][1:, :, :81], alone)


def test_without_padding_clips_keep_their_lengths(extractor, clip):
    loose = extractor([clip, clip[:RATE]], padding=False, return_attention_mask=False)
    assert [item.shape for item in loose["input_features"]] == [(80, 161), (80, 81)]
    assert "input_features_mask" not in loose


def test_silence_at_the_ends_is_trimmed(extractor, clip):
    silence = np.zeros(RATE, dtype=np.float32)
    padded = features(extractor, np.concatenate([silence, clip, silence]))
    assert abs(padded.shape[-1] - 161) < 10
    keeping = TsukasaFeatureExtractor(trim_top_db=None)
    assert features(keeping, np.concatenate([silence, clip])).shape[-1] == 241


def test_a_short_clip_is_repeated_with_a_warning(extractor, clip, caplog):
    short = features(extractor, clip[: RATE // 4])
    assert short.shape == (1, 80, 80)
    assert "250 ms" in caplog.text


def test_a_quiet_clip_is_no_silence(extractor, clip):
    assert np.isfinite(features(extractor, 0.01 * clip)).all()


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (lambda clip: clip[:240], "10 ms long, too short"),
        (lambda clip: 0 * clip, "silent"),
        (lambda clip: np.where(np.arange(len(clip)) == 7, np.nan, clip), "first at sample 7"),
        (lambda clip: clip * np.inf, "NaN or infinite"),
        (lambda clip: clip * 32768, "divide by full scale"),
        (lambda clip: clip.astype(np.int64), "int64"),
        (lambda clip: clip > 0, "bool"),
        (lambda clip: clip[:0], "no samples"),
        (lambda clip: [], "empty"),
        (lambda clip: np.stack([clip] * 100), "more than 64"),
        (lambda clip: 5, "cannot read a clip from int"),
        (lambda clip: {"sampling_rate": 24000}, "'array'"),
    ],
)
def test_what_is_no_clip_is_refused(extractor, clip, make, part):
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match=part) as caught:
        extractor(make(clip))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rate", [0, -16000, 24000.5, "16000", float("nan"), True, 10**7])
def test_what_is_no_rate_is_refused(extractor, clip, rate):
    with pytest.raises(ValueError, match="sampling_rate must"):
        extractor(clip, sampling_rate=rate)


def test_unknown_arguments_are_named(extractor, clip):
    with pytest.raises(ValueError, match="smapling_rate"):
        extractor(clip, smapling_rate=16000)


def test_an_extractor_for_another_model():
    extractor = TsukasaFeatureExtractor(sampling_rate=48000, hop_length=600, n_fft=4096, win_length=2400)
    noise = 0.1 * np.random.default_rng(0).normal(size=48000)
    assert features(extractor, noise).shape == (1, 80, 81)


def test_recordings_are_read(extractor):
    paths = sorted(recorded_path("audio").glob("*.wav"))
    batch = extractor(paths, return_tensors="pt")
    assert len(paths) == 8 and torch.isfinite(batch["input_features"]).all()
    assert batch["input_features_mask"].sum(dim=1).min() > 200


def test_samples_without_their_rate_are_taken_with_a_warning(extractor, clip, caplog):
    extractor([clip, clip])
    assert len(caplog.records) == 1 and "taken to be at 24000 Hz" in caplog.text
    caplog.clear()
    extractor(clip, sampling_rate=RATE)
    extractor([(RATE, clip), {"array": clip, "sampling_rate": RATE}])
    assert not caplog.records


def test_channels_that_cancel_are_refused(extractor, clip):
    with pytest.raises(ValueError, match="channels cancel each other"):
        extractor(np.stack([clip, -clip]), sampling_rate=RATE)
