# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from transformers_tsukasa.data.preparation.audio_names import (
    count_shared_folders,
    possible_names,
    without_audio_suffix,
)


def test_endings_are_told_from_dots_in_a_name():
    names = ("a.wav", "a.WAV", "a.b.flac", "utt.001", "a")
    assert [without_audio_suffix(name) for name in names] == ["a", "a", "a.b", "utt.001", "a"]


@pytest.mark.parametrize(
    "names, shared",
    [
        (["a.wav", "b.wav"], 0),
        (["x/a.wav", "x/b.wav"], 1),
        (["x/y/a.wav", "x/z/a.wav"], 1),
        (["C:\\x\\a.wav", "C:\\x\\y\\b.wav"], 2),
        (["/home/x/a.wav", "/home/x/b.wav"], 3),
        ([], 0),
    ],
)
def test_folders_that_all_recordings_share(names, shared):
    assert count_shared_folders(names) == shared


@pytest.mark.parametrize(
    "written, shared, on_disk",
    [
        ("a", 0, "wavs/a.wav"),
        ("a.wav", 0, "a.flac"),
        ("a.mp3", 0, "clips/a.wav"),
        ("utt.001", 0, "wav/utt.001.flac"),
        ("C:\\data\\raw\\a.wav", 3, "a.wav"),
        ("/home/x/corpus/wavs/a.wav", 5, "wavs/a.wav"),
        ("part/a", 0, "part/wav/a.wav"),
        ("mei/a.wav", 0, "wavs/mei/a.wav"),
    ],
)
def test_where_a_recording_may_be(written, shared, on_disk):
    assert on_disk in list(possible_names(written, shared))


def test_folders_that_tell_recordings_apart_are_not_left_out():
    assert "a.wav" not in list(possible_names("x/y/a.wav", shared_folders=1))
