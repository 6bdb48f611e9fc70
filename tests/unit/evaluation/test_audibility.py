# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest

from transformers_tsukasa.evaluation.audibility import END_DB, JUMP_DB, end_level, largest_jump, loudest, silent_words
from transformers_tsukasa.text.timing import TimedMora, TimedWord


RATE = 24000


def tone(seconds, level_db=-20.0, rate=RATE):
    """A tone of which every 10 ms have the given level."""
    samples = np.arange(round(seconds * rate))
    return np.sqrt(2) * 10 ** (level_db / 20) * np.sin(2 * np.pi * 200 * samples / rate)


def word(surface, start, end, kana="ア"):
    return TimedWord(surface, (0, len(surface)), start, end, (TimedMora(kana, start, end),))


def test_the_loudest_part_is_measured_in_decibels_of_full_scale():
    assert loudest(np.concatenate([tone(0.5, -50), tone(0.02, -20), tone(0.5, -50)]), RATE) == pytest.approx(
        -20, abs=0.1
    )


def test_words_under_minus_45_decibels_are_inaudible():
    waveform = np.concatenate([tone(0.2, -20), tone(0.2, -50), tone(0.2, -44), np.zeros(RATE // 5)])
    words = [word("一", 0, 0.2), word("二", 0.2, 0.4), word("三", 0.4, 0.6), word("四", 0.6, 0.8)]
    assert silent_words(words, waveform, RATE) == ["二", "四"]


def test_a_word_that_is_audible_in_one_place_is_audible():
    assert silent_words([word("一", 0, 0.4)], np.concatenate([np.zeros(RATE // 5), tone(0.2)]), RATE) == []


def test_words_of_a_silence_and_words_of_no_length_are_left_out():
    words = [word("っ", 0, 0.1, kana="ッ"), word("あ", 0.1, 0.115)]
    assert silent_words(words, np.zeros(RATE), RATE) == []


def test_an_end_that_fades_is_not_cut():
    assert end_level(tone(0.5, -20), RATE) > END_DB
    faded = tone(0.5, -20)
    faded[-480:] *= 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, 480))
    assert end_level(faded, RATE) < -30
    assert end_level(np.concatenate([faded, np.zeros(48)]), RATE) < END_DB


@pytest.mark.parametrize(("level", "is_cut"), [(-300, False), (-72, False), (-60, True)])
def test_an_end_is_cut_where_it_is_not_50_decibels_below_the_speech(level, is_cut):
    waveform = np.concatenate([tone(0.5, -20), tone(0.02, level)])
    assert (end_level(waveform, RATE) > END_DB) == is_cut


@pytest.mark.parametrize("rate", [16000, 24000, 48000])
def test_a_cut_jumps_and_a_decay_does_not(rate):
    speech, silence = tone(0.5, rate=rate), np.zeros(rate // 2)
    place = len(speech)
    assert largest_jump(np.concatenate([speech, silence]), rate, place) > 40
    # 4 dB every 5 ms, down to 60 dB below the tone
    decay = tone(0.1, rate=rate) * 10 ** (-np.arange(rate // 10) / rate * 800 / 20)
    assert largest_jump(np.concatenate([speech, decay, silence]), rate, place + len(decay)) < JUMP_DB
    assert largest_jump(np.concatenate([speech, decay, silence]), rate, place + len(decay) // 2) < JUMP_DB


def test_a_jump_elsewhere_is_not_one_of_the_join():
    waveform = np.concatenate([tone(0.5), np.zeros(RATE)])
    assert largest_jump(waveform, RATE, place=RATE) == 0
    assert largest_jump(waveform, RATE, place=len(waveform)) == 0
