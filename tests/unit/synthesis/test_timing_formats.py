# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest

from transformers_tsukasa.synthesis.speech import Speech, moved
from transformers_tsukasa.synthesis.timing_formats import (
    sentence_spans,
    symbol_spans,
    write_lab,
    write_srt,
    write_times,
    write_vtt,
)
from transformers_tsukasa.text.timing import TimedMora, TimedSymbol, TimedWord


SYMBOLS = (TimedSymbol("a", 0.25, 0.5), TimedSymbol(" ", 0.5, 0.55), TimedSymbol("i", 0.55, 0.75))
SENTENCE = Speech(
    waveform=np.zeros(24, np.float32),
    sampling_rate=24,
    text="ア\nイ。",
    style_vector=np.zeros(4, np.float32),
    prosody=(),
    words=(TimedWord("ア", (0, 1), 0.25, 0.5, (TimedMora("ア", 0.25, 0.5),)),),
    symbols=(*SYMBOLS, TimedSymbol(".", 0.75, 1.0)),
)


def test_subtitles_and_labels_have_their_forms():
    spans = [(0.0, 1.25, "一。"), (3661.0005, 3662.0, "<二>&")]
    assert write_srt(spans) == "1\n00:00:00,000 --> 00:00:01,250\n一。\n\n2\n01:01:01,000 --> 01:01:02,000\n<二>&\n"
    assert write_vtt(spans).endswith("\n\n01:01:01.000 --> 01:01:02.000\n&lt;二>&amp;\n")
    assert write_lab([(0.05, 0.1, "k")]) == "500000 1000000 k\n"


def test_a_sentence_is_shown_while_it_sounds():
    assert sentence_spans([SENTENCE]) == [(0.25, 0.75, "ア イ。")]
    assert [symbol for _, _, symbol in symbol_spans([SENTENCE])] == ["a", "i", "."]


def test_moved_speech_is_spoken_later():
    later = moved(SENTENCE, 2.0, SENTENCE.waveform)
    assert sentence_spans([later]) == [(2.25, 2.75, "ア イ。")]
    assert (later.words[0].start, later.words[0].morae[0].end) == (2.25, 2.5)
    assert SENTENCE.words[0].start == 0.25


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'ass': use one of srt, vtt, lab, json"):
        write_times(tmp_path / "a.ass", [SENTENCE], "ass")
    assert list(tmp_path.iterdir()) == []
