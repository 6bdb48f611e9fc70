# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from transformers_tsukasa.text.pauses import (
    SEGMENT_ENDINGS,
    PauseError,
    find_pauses,
    has_pauses,
    without_pauses,
    write_pause,
)
from transformers_tsukasa.text.utterances import cut_at_pauses, iter_utterances


def only(line):
    (pause,) = find_pauses(line)
    return pause.ending if pause.seconds is None else pause.seconds


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("[pause:1.5s]", 1.5),
        ("[pause:500ms]", 0.5),
        ("[PAUSE: 2 S ]", 2.0),
        ("[pause:0]", 0.0),
        ("[pause:.25s]", 0.25),
        ("［ｐａｕｓｅ：１．５ｓ］".replace("ｐａｕｓｅ", "pause"), 1.5),
        ("[pause:3秒]", 3.0),
        ("[pause:60s]", 60.0),
        ('<break time="500ms"/>', 0.5),
        ("<break time='1s'>", 1.0),
        ('<BREAK  strength="weak" time="+2s" />', 2.0),
        ("<break/>", "sentence"),
        ('<break strength="none"/>', "none"),
        ('<break strength="x-strong"/>', "paragraph"),
        ("[pause:paragraph]", "paragraph"),
    ],
)
def test_every_way_to_write_a_pause(written, seconds):
    assert only(f"はい{written}いいえ") == seconds
    assert without_pauses(f"はい{written}いいえ") == f"はい{' ' * len(written)}いいえ"


@pytest.mark.parametrize("value", ["", "x", "nan", "inf", "-1s", "61s", "1e9", "1.5.5s", "1 h", "9" * 400, "1s\u0300"])
def test_a_pause_that_cannot_be_spoken_is_one_sentence(value):
    for markup in (f"[pause:{value}]", f'<break time="{value}"/>'):
        with pytest.raises(
            PauseError, match="at character 3 of its line cannot be spoken: give it 0 to 60 s"
        ) as caught:
            find_pauses(f"はい{markup}")
        assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["[pause]", "pause:1s", "[pause:1s", "<breaking news>", "[pose:1s]", "<b>"])
def test_other_text_is_no_pause(text):
    assert not has_pauses(text) and find_pauses(text) == []


@pytest.mark.parametrize("seconds", [0.0, 0.001, 1.5, 59.999, 60.0, 60.5, 200.25])
def test_a_written_pause_is_read_as_it_was(seconds):
    assert sum(pause.seconds for pause in find_pauses(write_pause(seconds))) == pytest.approx(seconds)


@pytest.mark.parametrize("ending", SEGMENT_ENDINGS)
def test_every_ending_can_be_written(ending):
    (first, _) = iter_utterances([f"今日は晴れです[pause:{ending}]明日は雨です。"])
    assert (first.ending, first.pause) == (ending, None)


def test_a_pause_cuts_a_sentence_and_stays_in_its_place():
    text = "[pause:1s]今日は[pause:250ms]晴れです。<break time='2s'/>\n\n＊＊＊[pause:1s]\n明日は雨です。[pause:3s]"
    found = list(iter_utterances(text.splitlines(keepends=True)))
    assert [(one.text, one.lead, one.pause) for one in found] == [
        ("今日は", 1.0, 0.25),
        ("晴れです。", 0.0, 3.0),
        ("明日は雨です。", 0.0, 3.0),
    ]
    assert all(text[one.start :].startswith(one.text) for one in found)


def test_short_sentences_do_not_join_over_a_pause():
    assert [one.text for one in iter_utterances(["はい。[pause:1s]うん。そう。"])] == ["はい。", "うん。そう。"]


def test_text_without_sentences_is_cut_at_pauses_only():
    found = list(cut_at_pauses(["[pause:1s]はい。そうです。[pause:2s]いいえ"]))
    assert [(one.text, one.lead, one.pause) for one in found] == [
        ("はい。そうです。", 1.0, 2.0),
        ("いいえ", 0.0, None),
    ]
