# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from transformers_tsukasa.synthesis.subtitles import Subtitle, read_subtitles


SRT = """\ufeff1
00:00:01,000 --> 00:00:02,500
<i>こんにちは、</i>
<font color="#fff">{\\an8}世界。</font>

3
00:00:10,000 --> 00:00:12,000 X1:40 X2:600
三番目

2
00:00:05,250 --> 00:00:07,000
はい。<break time="500ms"/>いいえ。
"""
VTT = """WEBVTT - a film

STYLE
::cue { color: white }

NOTE made by hand

one
00:01.000 --> 00:02.500 align:start
<v 司>こんにちは<00:01.500>&amp;さようなら

1:00:03.000 --> 1:00:04.000
"""


def test_subrip_is_read_in_the_order_of_times():
    assert read_subtitles(SRT.replace("\n", "\r\n")) == [
        Subtitle(1.0, 2.5, "こんにちは、 世界。"),
        Subtitle(5.25, 7.0, 'はい。<break time="500ms"/>いいえ。'),
        Subtitle(10.0, 12.0, "三番目"),
    ]


def test_webvtt_is_read():
    assert read_subtitles(VTT) == [Subtitle(1.0, 2.5, "こんにちは&さようなら"), Subtitle(3603.0, 3604.0, "")]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("こんにちは。", "there are no subtitles"),
        ("", "there are no subtitles"),
        ("1\n0:0:1 --> 0:0:2\nはい\n", "line 2 of the subtitles has no times like"),
        ("\n1\n00:00:02,000 --> 00:00:01,000\nはい\n", "line 3 of the subtitles ends before it begins"),
        ("1\n00:00:02,000 --> 00:00:02,000\nはい\n", "ends before it begins"),
    ],
)
def test_what_is_no_subtitles_is_refused(text, part):
    with pytest.raises(ValueError, match=part):
        read_subtitles(text)
