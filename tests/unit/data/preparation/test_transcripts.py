# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import unicodedata

import pytest

from transformers_tsukasa.data.preparation.transcripts import read_transcript
from transformers_tsukasa.data.sources import open_source


def _write(tmp_path, name, text, encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def _fields(row):
    return row.audio, row.text, row.phonemes, row.speaker, row.description


@pytest.mark.parametrize(
    "name, text, format, expected",
    [
        ("metadata.csv", "a1|こんにちは\nb2|やあ\n", "ljspeech", ("a1", "こんにちは", "", "", "")),
        ("metadata.csv", "a1|7時|しちじ\nb2|8時|はちじ\n", "ljspeech", ("a1", "しちじ", "", "", "")),
        ("t.txt", "a.wav|koɴnitɕiwa|mei\n", "phoneme-list", ("a.wav", "", "koɴnitɕiwa", "mei", "")),
        ("t.txt", "a.wav|ohajoː\n", "phoneme-list", ("a.wav", "", "ohajoː", "", "")),
        ("t.list", "a.wav|今日は|0\nb.wav|明日は|1\n", "list", ("a.wav", "今日は", "", "0", "")),
        (
            "t.csv",
            'audio,text,speaker,description\na.wav,"やあ, 君",mei,低い声\n',
            "csv",
            ("a.wav", "やあ, 君", "", "mei", "低い声"),
        ),
        ("t.tsv", 'file\ttext\na.wav\t"やあ\n', "tsv", ("a.wav", '"やあ', "", "", "")),
        ("t.jsonl", '{"audio": "a.wav", "text": "やあ", "speaker": 3}\n', "jsonl", ("a.wav", "やあ", "", "3", "")),
        ("t.csv", "audio;text;speaker\na.wav;やあ, 君;u\n", "csv", ("a.wav", "やあ, 君", "", "u", "")),
        ("t.csv", "\naudio,text\na.wav,やあ\n", "csv", ("a.wav", "やあ", "", "", "")),
        (
            "t.jsonl",
            '{"audio": {"path": "a.wav"}, "text": "やあ"}\n',
            "jsonl",
            ("a.wav", "やあ", "", "", ""),
        ),
        ("t.json", '[\n{"audio": "a.wav",\n "text": "やあ"}]\n', "json", ("a.wav", "やあ", "", "", "")),
        ("t.json", '{"audio": "a.wav", "text": "やあ"}\n', "jsonl", ("a.wav", "やあ", "", "", "")),
        ("t.csv", "Path,Sentence,client_id\na.wav,やあ,u\n", "csv", ("a.wav", "やあ", "", "u", "")),
    ],
)
def test_the_format_of_a_transcript_is_recognised(tmp_path, name, text, format, expected):
    read = read_transcript(_write(tmp_path, name, text))
    assert read.format == format
    assert _fields(read.rows[0]) == expected
    assert not read.rejected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_encodings_are_recognised(tmp_path, encoding):
    path = _write(tmp_path, "t.csv", "audio,text\r\na.wav,日本語の文\r\n", encoding)
    assert read_transcript(path).rows[0].text == "日本語の文"


def test_a_wrong_encoding_is_named(tmp_path):
    path = _write(tmp_path, "t.csv", "audio,text\na.wav,日本語の文\n", "cp932")
    with pytest.raises(ValueError, match="not written in utf-8.*`encoding`"):
        read_transcript(path, encoding="utf-8")
    with pytest.raises(ValueError, match="unknown encoding 'klingon'"):
        read_transcript(path, encoding="klingon")


def test_columns_can_be_named(tmp_path):
    path = _write(tmp_path, "t.csv", "clip,what,audio\na.wav,やあ,no\n")
    row = read_transcript(path, columns={"audio": "clip", "text": "what"}).rows[0]
    assert (row.audio, row.text) == ("a.wav", "やあ")


@pytest.mark.parametrize(
    "columns, message",
    [({}, "no column for the audio; it has clip, what"), ({"audio": "wave"}, "no column 'wave'; it has clip, what")],
)
def test_missing_columns_are_named_with_those_that_exist(tmp_path, columns, message):
    path = _write(tmp_path, "t.csv", "clip,what\na.wav,やあ\n")
    with pytest.raises(ValueError, match=message):
        read_transcript(path, columns=columns)


def test_lines_that_are_not_rows_are_noted_with_their_number(tmp_path):
    path = _write(tmp_path, "t.txt", "a.wav|やあ|mei\nb.wav\n|やあ|mei\n\nc.wav|やあ|mei\nd.wav|やあ|mei\n" * 3)
    read = read_transcript(path, format="list")
    assert len(read.rows) == 9
    assert [(note.number, note.reason) for note in read.rejected][:2] == [(2, "bad_row"), (3, "bad_row")]


def test_rows_of_a_table_have_the_number_of_their_first_line(tmp_path):
    read = read_transcript(
        _write(tmp_path, "t.csv", 'audio,text\n\na.wav,"one\ntwo"\n,\nb.wav,one,two\n,,,\nc.wav,x\n')
    )
    assert [(row.number, row.audio) for row in read.rows] == [(3, "a.wav"), (8, "c.wav")]
    assert [(note.number, note.message) for note in read.rejected] == [
        (5, "line 5 names no audio file"),
        (6, "line 6: it has 3 columns where the header has 2"),
        (7, "line 7: it has 4 columns where the header has 2"),
    ]


def test_json_entries_that_are_not_rows_are_noted(tmp_path):
    read = read_transcript(
        _write(tmp_path, "t.json", '[{"audio": "a.wav", "text": "x"}, 3, {"audio": {"path": null}}]')
    )
    assert [note.message for note in read.rejected] == [
        "entry 2: it is not a JSON object",
        "entry 3 names no audio file",
    ]


@pytest.mark.parametrize(
    "name, text, message",
    [
        ("t.csv", "audio,text,text\na.wav,x,y\n", "two columns named 'text': rename or remove one"),
        ("t.wav", "RIFF", "is a recording, not a transcript: give the list"),
        ("t.json", "[{\n", "is not JSON"),
    ],
)
def test_a_file_that_is_not_a_transcript_is_refused(tmp_path, name, text, message):
    with pytest.raises(ValueError, match=message):
        open_source(str(_write(tmp_path, name, text)))


def test_text_in_the_column_of_speakers_is_refused(tmp_path):
    lines = "".join(f"a{i}.wav|{i}時です|ここは{i}番目の長い文です。\n" for i in range(6))
    with pytest.raises(ValueError, match="do not show which one is the text .*set `format` \\(ljspeech, "):
        read_transcript(_write(tmp_path, "t.txt", lines))
    assert read_transcript(tmp_path / "t.txt", format="ljspeech").rows[0].text.startswith("ここは")


def test_separators_inside_a_line_do_not_end_it(tmp_path):
    read = read_transcript(_write(tmp_path, "t.jsonl", '{"audio": "a.wav", "text": "やあ\u2028君"}\n'))
    assert len(read.rows) == 1 and not read.rejected


def test_a_speaker_is_one_however_the_name_is_encoded(tmp_path):
    names = [unicodedata.normalize(form, "がく") for form in ("NFC", "NFD")]
    path = tmp_path / "list.txt"
    path.write_text("".join(f"{name}.wav|今日は雨です。|{name}\n" for name in names), encoding="utf-8")
    assert {row.speaker for row in read_transcript(path).rows} == {names[0]}
