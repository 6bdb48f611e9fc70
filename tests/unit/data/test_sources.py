# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from transformers_tsukasa.data.sources import open_source


def _write(tmp_path, name, text, encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "files, message",
    [
        ({}, "has no transcript"),
        ({"a.csv": "x", "b.csv": "x"}, "several transcripts \\(a.csv, b.csv\\)"),
        ({"t.csv": "\n\n"}, "is empty"),
        ({"t.csv": "audio,text\n"}, "has no row that can be used"),
    ],
)
def test_folders_without_a_clear_transcript(tmp_path, files, message):
    for name, text in files.items():
        _write(tmp_path, name, text)
    with pytest.raises(ValueError, match=message):
        open_source(str(tmp_path))


def test_a_source_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing at"):
        open_source(str(tmp_path / "nowhere" / "at" / "all"))


def test_a_hub_id_without_a_connection_is_one_sentence():
    with pytest.raises(ConnectionError, match="'someone/no-such-corpus' cannot be downloaded from the hub"):
        open_source("someone/no-such-corpus")


def test_ljspeech_ids_find_their_files(tmp_path):
    (tmp_path / "wavs").mkdir()
    (tmp_path / "wavs" / "a1.wav").write_bytes(b"x")
    _write(tmp_path, "metadata.csv", "a1|やあ\nb2|やあ\n")
    source = open_source(str(tmp_path))
    assert source.locate(source.rows[0]) == tmp_path / "wavs" / "a1.wav"


def test_a_single_table_is_not_taken_for_another_split(tmp_path):
    datasets = pytest.importorskip("datasets")
    table = datasets.Dataset.from_dict({"audio": ["a.wav"], "text": ["x"]}, split="test")
    table.save_to_disk(str(tmp_path / "source"))
    with pytest.raises(ValueError, match="is a single table of the split 'test', not 'train': leave `split` out"):
        open_source(str(tmp_path / "source"), split="train")
    source = open_source(str(tmp_path / "source"), split="test")
    with pytest.raises(ValueError, match="no audio file '.*source/a.wav' .*: name the folder it is in as `audio_dir`"):
        source.load(source.rows[0])


def test_a_data_set_without_rows_is_one_sentence(tmp_path):
    datasets = pytest.importorskip("datasets")
    datasets.Dataset.from_dict({"audio": ["a.wav"], "text": ["x"]}).select([]).save_to_disk(str(tmp_path / "source"))
    with pytest.raises(ValueError, match="the data set '.*' has no rows"):
        open_source(str(tmp_path / "source"))
