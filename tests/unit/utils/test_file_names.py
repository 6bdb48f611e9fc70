# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pickle
import unicodedata

import pytest

from transformers_tsukasa.utils.file_names import FileFinder, split_path


def _touch(folder, name):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


@pytest.mark.parametrize(
    "on_disk, written",
    [
        (unicodedata.normalize("NFD", "が.wav"), "が.wav"),
        ("が.wav", unicodedata.normalize("NFD", "が.wav")),
        (unicodedata.normalize("NFD", "ゲーム/ば.wav"), "ゲーム/ば.wav"),
        ("A1.WAV", "a1.wav"),
        ("a1.Flac", "A1.flac"),
        ("Wavs/Straße.wav", "wavs/STRASSE.wav"),
        ("Ａ００１.wav", "a001.wav"),
        ("a001.wav", "Ａ００１．ｗａｖ"),
        ("ｶﾞ.wav", "ガ.wav"),
        (" a.wav ", "a.wav"),
        ("a.wav", "a.wav\u3000"),
        ("b/c/a.wav", "b\\c\\a.wav"),
        ("b/c/a.wav", "b¥c¥a.wav"),
        ("b/c/a.wav", ".\\b\\c\\A.WAV"),
        ("b\\a.wav", "b\\a.wav"),
    ],
)
def test_names_that_other_systems_write_differently(tmp_path, on_disk, written):
    path = _touch(tmp_path, on_disk)
    assert FileFinder(tmp_path).find([written]) == path
    assert pickle.loads(pickle.dumps(FileFinder(tmp_path))).find([written]) == path


def test_the_closest_name_is_taken_and_never_one_of_two(tmp_path):
    names = ("a.wav", "A.wav", "ａ.wav")
    paths = [_touch(tmp_path, name) for name in names]
    assert [FileFinder(tmp_path).find([name]) for name in names] == paths
    with pytest.raises(
        ValueError, match="several files in '.*' have nearly the name 'a.WAV' \\('A.wav' and 'a.wav'\\)"
    ):
        FileFinder(tmp_path).find(["a.WAV"])
    assert FileFinder(tmp_path).find(["a.WAV", "A.wav"]) == paths[1]


@pytest.mark.parametrize("name", ["b.wav", "", "a.wav/b.wav", "x" * 5000, "a\0.wav", "..", "folder"])
def test_what_is_no_file_is_not_found(tmp_path, name):
    _touch(tmp_path, "a.wav")
    _touch(tmp_path, "folder/c.wav")
    assert FileFinder(tmp_path).find([name]) is None


def test_absolute_paths_and_parents(tmp_path):
    path = _touch(tmp_path, "other/A.wav")
    (tmp_path / "list").mkdir()
    finder = FileFinder(tmp_path / "list")
    assert finder.find([str(tmp_path / "other" / "a.WAV")]) == path
    found = finder.find(["../other/a.wav"])
    assert found is not None and found.samefile(path)


def test_paths_are_split_at_the_separators_of_any_system():
    assert split_path("C:\\data\\a.wav") == ("C:", "data", "a.wav")
    assert split_path("./b/a.wav") == ("b", "a.wav")
