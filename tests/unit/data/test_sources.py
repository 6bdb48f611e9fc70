# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pickle
import unicodedata

import pytest

from transformers_tsukasa.data.preparation.corpus_rows import RowRejected
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


def _corpus(folder, files):
    """Write text files, and a stand-in for every recording."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


_FOLDERS = {
    "LJSpeech": ({"metadata.csv": "a|雨だ。\nb|雪だ。\n", "wavs/a.wav": "", "wavs/b.wav": ""}, "", 2),
    "Style-Bert-VITS2": (
        {"esd.list": "a.wav|mei|JP|雨だ。\nb.wav|mei|JP|雪だ。\n", "raw/a.wav": "", "raw/b.wav": ""},
        "mei",
        2,
    ),
    "GPT-SoVITS": (
        {"x.list": "D:\\out\\a.wav|mei|JA|雨だ。\nD:\\out\\b.wav|mei|JA|雪だ。\n", "a.wav": "", "b.wav": ""},
        "mei",
        2,
    ),
    "JSUT": (
        {
            "basic5000/transcript_utf8.txt": "B_1:雨だ。\nB_2:雪だ。\n",
            "basic5000/wav/B_1.wav": "",
            "basic5000/wav/B_2.wav": "",
            "loanword128/transcript_utf8.txt": "L_1:ピザだ。\n",
            "loanword128/wav/L_1.wav": "",
        },
        "",
        3,
    ),
    "JVS": (
        {
            "jvs001/parallel100/transcripts_utf8.txt": "V_1:雨だ。\n",
            "jvs001/parallel100/wav24kHz16bit/V_1.wav": "",
            "jvs001/whisper10/transcripts_utf8.txt": "W_1:雨だ。\n",
            "jvs001/whisper10/wav24kHz16bit/W_1.wav": "",
        },
        "jvs001",
        2,
    ),
    "Common Voice": (
        {
            "validated.tsv": "client_id\tpath\tsentence\nmei\ta.mp3\t雨だ。\n",
            "train.tsv": "client_id\tpath\tsentence\n",
            "clips/a.mp3": "",
        },
        "mei",
        1,
    ),
    "AudioFolder": (
        {
            "train/metadata.jsonl": '{"file_name": "a.wav", "text": "雨だ。"}\n',
            "train/a.wav": "",
            "test/metadata.jsonl": '{"file_name": "b.wav", "text": "雪だ。"}\n',
            "test/b.wav": "",
        },
        "",
        1,
    ),
    "Kaldi": (
        {"text": "u1 雨だ。\nu2 雪だ。\n", "wav.scp": "u1 /x/a.wav\nu2 /x/b.wav\n", "utt2spk": "u1 mei\nu2 mei\n"}
        | {"a.wav": "", "b.wav": ""},
        "mei",
        2,
    ),
    "texts beside recordings": ({"a.wav": "", "a.txt": "雨だ。\n", "b.wav": "", "b.txt": "雪だ。\n"}, "", 2),
    "labels in the folder of a speaker": ({"mei/a.wav": "", "mei/a.lab": "雨だ。\n"}, "mei", 1),
    "a folder for every speaker": (
        {"mei/metadata.csv": "a|雨だ。\n", "mei/wavs/a.wav": "", "ken/metadata.csv": "a|雪だ。\n", "ken/a.wav": ""},
        None,
        2,
    ),
}


@pytest.mark.parametrize("name", _FOLDERS)
def test_folders_of_the_usual_corpora(tmp_path, name):
    files, speaker, count = _FOLDERS[name]
    _corpus(tmp_path, files)
    source = open_source(str(tmp_path))
    assert len(source.rows) == count and not source.rejected
    located = [pickle.loads(pickle.dumps(source)).locate(row) for row in source.rows]
    assert len(set(located)) == count == len({row.number for row in source.rows})
    assert all(row.text.endswith("だ。") for row in source.rows)
    speakers = {row.speaker for row in source.rows}
    assert speakers == ({"mei", "ken"} if speaker is None else {speaker})
    assert str(tmp_path) in source.description


def test_folders_of_splits_are_not_mixed(tmp_path):
    _corpus(tmp_path, _FOLDERS["AudioFolder"][0])
    assert [row.text for row in open_source(str(tmp_path), split="test").rows] == ["雪だ。"]
    with pytest.raises(ValueError, match="has no split 'dev'; it has test, train: name one in `split`"):
        open_source(str(tmp_path), split="dev")


def test_lines_of_tables_that_name_no_recording_are_noted(tmp_path):
    _corpus(tmp_path, {"text": "u1 雨だ。\nu2 雪だ。\nu3 風だ。\n", "wav.scp": "u1 a.wav\nu2 sox b.flac |\n"})
    rejected = open_source(str(tmp_path)).rejected
    assert [note.message for note in rejected] == [
        "line 2: the utterance 'u2' has a command in 'wav.scp': run it, and name the file",
        "line 3: the utterance 'u3' is not in 'wav.scp'",
    ]
    _corpus(tmp_path, {"segments": "u1 r1 0 1\n"})
    with pytest.raises(ValueError, match="are parts of longer recordings \\('segments'\\): cut the recordings"):
        open_source(str(tmp_path))


def test_recordings_without_a_text_of_their_own_are_noted(tmp_path):
    _corpus(tmp_path, {"a.wav": "", "A.LAB": "雨だ。\n", "b.wav": "", "c.wav": "", "c.lab": "0 500000 sil\n"})
    source = open_source(str(tmp_path))
    assert [row.audio for row in source.rows] == ["a.wav"]
    assert [(note.audio, note.reason) for note in source.rejected] == [("b.wav", "no_text"), ("c.wav", "no_text")]


def test_notes_of_several_transcripts_name_their_file(tmp_path):
    _corpus(tmp_path, {"mei/metadata.csv": "a|雨だ。\n|x\n", "ken/metadata.csv": "a|雪だ。\n"})
    (note,) = open_source(str(tmp_path)).rejected
    assert note.message == "mei/metadata.csv: line 2 names no audio file" and note.number > 2 - 1


def test_a_transcript_is_found_by_its_name_in_any_writing(tmp_path):
    _corpus(tmp_path, {unicodedata.normalize("NFD", "が.list"): "a.wav|雨だ。\n", "b.list": "b.wav|雪だ。\n"})
    assert open_source(str(tmp_path), transcript="が.LIST").rows[0].audio == "a.wav"


def test_two_recordings_never_become_one(tmp_path):
    _corpus(tmp_path, {"list.txt": "x/mei/a.wav|雨だ。|mei\nx/ken/a.wav|雪だ。|ken\n", "a.wav": "", "ken/a.wav": ""})
    source = open_source(str(tmp_path))
    with pytest.raises(RowRejected, match="no audio file 'x/mei/a.wav'"):
        source.locate(source.rows[0])
    assert source.locate(source.rows[1]) == tmp_path / "ken" / "a.wav"


def test_a_name_that_two_files_nearly_have_is_rejected(tmp_path):
    _corpus(tmp_path, {"list.txt": "a.WAV|雨だ。|mei\n", "A.wav": "", "a.Wav": ""})
    source = open_source(str(tmp_path))
    with pytest.raises(RowRejected, match="several files .* have nearly the name 'a.WAV'"):
        source.locate(source.rows[0])


def test_words_that_end_in_ood_are_names_of_transcripts(tmp_path):
    _corpus(tmp_path, {"mood.list": "a.wav|雨だ。|mei\n", "ood.txt": "文\n", "ood_texts.txt": "文\n"})
    assert open_source(str(tmp_path)).rows[0].audio == "a.wav"


def test_a_transcript_has_no_splits(tmp_path):
    _corpus(tmp_path, {"list.txt": "a.wav|雨だ。\n"})
    with pytest.raises(ValueError, match="list.txt' has no splits: leave `split` out"):
        open_source(str(tmp_path / "list.txt"), split="test")


def test_a_folder_of_parquet_files_is_a_data_set(tmp_path):
    datasets = pytest.importorskip("datasets")
    table = datasets.Dataset.from_dict({"audio": ["a.wav"], "text": ["雨だ。"]})
    (tmp_path / "data").mkdir()
    table.to_parquet(str(tmp_path / "data" / "train-00000-of-00001.parquet"))
    assert [row.text for row in open_source(str(tmp_path)).rows] == ["雨だ。"]
