# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest
import torch

from support.tiny import save_speaking, tiny_model
from transformers_tsukasa.synthesis import Speaker
from transformers_tsukasa.synthesis.subtitle_fitting import RateLimits, speak_subtitles
from transformers_tsukasa.synthesis.subtitles import Subtitle


TEXT = "雨が降る。"
OPTIONS = {"voice": "a", "seed": 3}


@pytest.fixture(scope="module")
def speaker(tmp_path_factory):
    model = tiny_model()
    model.voices.add("a", 0.1 * torch.ones(16))
    return Speaker.load(save_speaking(model, tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def seconds(speaker):
    """Of the text as it is spoken without a subtitle."""
    return speaker.speak(TEXT, **OPTIONS).seconds


def _spoken(speaker, *subtitles, limits=None, **options):
    pairs = list(speak_subtitles(speaker, subtitles, limits, **{**OPTIONS, **options}))
    return [speech for speech, _ in pairs], [fit for _, fit in pairs]


def test_speech_that_fits_is_spoken_as_ever_at_its_time(speaker, seconds):
    (speech,), (fit,) = _spoken(speaker, Subtitle(1.0, 1.1 + seconds, TEXT))
    alone = speaker.speak(TEXT, **OPTIONS)
    assert np.array_equal(speech.waveform[24000:], alone.waveform) and not speech.waveform[:24000].any()
    assert fit.fits and fit.rate == 1.0 and fit.spoken_end == pytest.approx(1.0 + seconds)
    assert speech.words[0].start == pytest.approx(1.0 + alone.words[0].start)


def test_speech_is_as_fast_as_it_must_be_and_no_faster(speaker, seconds):
    (speech,), (fit,) = _spoken(speaker, Subtitle(0.0, 0.8 * seconds, TEXT))
    assert fit.fits and 1.0 < fit.rate < 1.5 and speech.seconds <= 0.8 * seconds
    slower = speaker.speak(TEXT, speaking_rate=fit.rate - 0.02, **OPTIONS)
    assert slower.seconds > 0.8 * seconds


def test_rates_are_factors_of_the_rate_that_is_asked_for(speaker, seconds):
    (speech,), (fit,) = _spoken(speaker, Subtitle(0.0, seconds, TEXT), speaking_rate=0.8)
    assert fit.fits and 1.15 < fit.rate < 1.4 and 0.85 * seconds < speech.seconds <= seconds


def test_short_speech_is_stretched_only_where_that_is_allowed(speaker, seconds):
    subtitle = Subtitle(0.0, 1.2 * seconds, TEXT)
    (stretched,), (fit,) = _spoken(speaker, subtitle, limits=RateLimits(0.5, 2.0))
    assert fit.fits and fit.rate < 0.95 and 1.1 * seconds < stretched.seconds <= 1.2 * seconds
    (_,), (most,) = _spoken(speaker, Subtitle(0.0, 9 * seconds, TEXT), limits=RateLimits(0.9, 2.0))
    assert most.rate == 0.9 and most.fits


def test_what_cannot_fit_is_reported_and_delays_the_next(speaker, seconds):
    subtitles = [Subtitle(0.0, 0.3 * seconds, TEXT), Subtitle(0.3 * seconds, 3 * seconds, TEXT)]
    speech, (first, second) = _spoken(speaker, *subtitles)
    assert not first.fits and first.rate == 1.5 and first.late == 0
    assert first.over == pytest.approx(first.spoken_end - first.end, abs=1e-4) and first.over > 0.2 * seconds
    assert f"subtitle 1 ends {first.over:.2f} s late at 1.50 times the rate: {TEXT}" == first.sentence()
    assert second.spoken_start == first.spoken_end and second.late == pytest.approx(first.over, abs=1e-4)
    assert second.over == 0 and not second.fits and "begins" in second.sentence()
    total = sum(len(part.waveform) for part in speech) / speaker.sampling_rate
    assert total == pytest.approx(second.spoken_end)


def test_subtitles_without_words_are_silent_and_reported(speaker, seconds):
    speech, fits = _spoken(speaker, Subtitle(0.0, 1.0, "♪"), Subtitle(1.0, 9.0, TEXT))
    assert speech[0] is None and not fits[0].fits and fits[0].sentence() == "subtitle 1 has nothing to read: ♪"
    assert fits[1].fits and fits[1].row()["spoken_start"] == 1.0


def test_without_a_seed_lengths_are_those_that_were_predicted(speaker, seconds):
    ((speech, fit),) = speak_subtitles(speaker, [Subtitle(0.0, 0.7 * seconds, TEXT)], RateLimits(fastest=3.0))
    assert fit.fits and 0.6 * seconds < speech.seconds <= 0.7 * seconds


def test_a_subtitle_that_cannot_be_spoken_is_named(speaker):
    with pytest.raises(ValueError, match=r"subtitle 2 cannot be spoken: .*'\[pause:2h\]'"):
        _spoken(speaker, Subtitle(0.0, 1.0, "♪"), Subtitle(1.0, 2.0, "はい。[pause:2h]"))


@pytest.mark.parametrize("limits", [(1.2, 1.1), (0.2, 1.0), (1.0, 9.0), (float("nan"), 1.0)])
def test_senseless_limits_are_refused(limits):
    with pytest.raises(ValueError, match="`slowest` <= `fastest`"):
        RateLimits(*limits)
