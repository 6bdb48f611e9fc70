# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from transformers_tsukasa.data.preparation.transcripts import read_transcript


SENTENCES = (
    "今日はいい天気ですね。",
    "駅まで歩きましょう。",
    "はい。",
    "本を三冊も読みました。",
    "雪が降るそうです。",
)
PHONEMES = ("kʲoː wa iː teɴki desɯ ne.", "eki made aɽɯkimaɕoː.", "hai.", "hoɴ o saɴsatsɯ mo jomimaɕita.")


def _read(tmp_path, lines, name="t.list", **options):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_transcript(path, **options)


def _fields(read):
    return [(row.audio, row.speaker, row.text, row.phonemes) for row in read.rows]


def _lines(pattern, count=5, speakers=("ずんだもん", "めたん"), texts=SENTENCES):
    return [pattern.format(n=n, speaker=speakers[n % len(speakers)], text=texts[n % len(texts)]) for n in range(count)]


@pytest.mark.parametrize("speakers", [("mei",), ("mei", "taro"), ("ずんだもん", "四国めたん"), ("0", "1"), ("話者",)])
@pytest.mark.parametrize(
    "pattern",
    [
        "wavs/{n}.wav|{speaker}|JP|{text}",  # Style-Bert-VITS2
        "C:\\data\\{n}.wav|{speaker}|ja|{text}",  # GPT-SoVITS
        "{n}.wav|{speaker}|JA|{text}",
        "{n}.wav|{speaker}|auto|{text}",
        "{n}.wav|{speaker}|JP|{text}|k y o o|0 1 1|1 2",
        "{n}.wav|{speaker}|{text}",  # VITS
        "id_{n}|{speaker}|{text}",  # Piper
        "{n}.wav|{text}|{speaker}",
        "id_{n}|{text}|{speaker}",
        "{n}.wav|{text}|{speaker}|日本語",
        "{n}.wav\t{speaker}\t{text}",
        "{n}.wav,{speaker},{text}",
    ],
)
def test_speakers_and_texts_are_told_by_their_content(tmp_path, pattern, speakers):
    read = _read(tmp_path, _lines(pattern, speakers=speakers))
    expected = [(speakers[n % len(speakers)], SENTENCES[n]) for n in range(5)]
    assert [(row.speaker, row.text) for row in read.rows] == expected
    assert not read.rejected
    assert all(word in read.understood for word in ("audio", "speaker", "text"))


@pytest.mark.parametrize(
    "pattern, format",
    [
        ("{n}.wav|{speaker}|{text}", "speaker-list"),
        ("{n}.wav|{text}|{speaker}", "phoneme-list"),
        ("id{n}|{speaker}|{text}", "list"),
    ],
)
def test_phonemes_are_told_from_speakers(tmp_path, pattern, format):
    read = _read(tmp_path, _lines(pattern, 4, ("mei", "taro"), PHONEMES))
    assert [(row.speaker, row.phonemes) for row in read.rows] == [
        (("mei", "taro")[n % 2], PHONEMES[n]) for n in range(4)
    ]


def test_many_speakers_with_few_texts(tmp_path):
    speakers = [f"s{n}" for n in range(8)]
    read = _read(tmp_path, _lines("{n}.wav|{text}|{speaker}", 16, speakers, PHONEMES))
    assert {row.speaker for row in read.rows} == set(speakers)


def test_a_text_and_its_normalised_form_have_no_speaker(tmp_path):
    lines = [f"id_{n}|{n}時に{text}|{n}じに{text}" for n, text in enumerate(SENTENCES)]
    read = _read(tmp_path, lines, "metadata.csv")
    assert read.format == "ljspeech" and {row.speaker for row in read.rows} == {""}
    assert read.rows[1].text == f"1じに{SENTENCES[1]}"


def test_a_text_and_its_phonemes_are_both_kept(tmp_path):
    lines = [f"{n}.wav|{text}|{phonemes}" for n, (text, phonemes) in enumerate(zip(SENTENCES, PHONEMES, strict=False))]
    read = _read(tmp_path, lines)
    assert _fields(read) == [(f"{n}.wav", "", SENTENCES[n], PHONEMES[n]) for n in range(4)]


def test_two_lines_with_two_japanese_names(tmp_path):
    lines = ["a|ずんだもん|僕はずんだもんなのだ。", "b|四国めたん|わたくしは四国めたんですわ。"]
    assert [row.speaker for row in _read(tmp_path, lines).rows] == ["ずんだもん", "四国めたん"]


def test_other_languages_are_noted(tmp_path):
    lines = [f"{n}.wav|mei|{language}|{text}" for n, language, text in ((0, "JP", "雨だ。"), (1, "ZH", "下雨。"))]
    read = _read(tmp_path, [*lines, "2.wav|mei|EN|It rains."])
    assert [row.text for row in read.rows] == ["雨だ。"]
    assert [(note.number, note.reason) for note in read.rejected] == [(2, "other_language"), (3, "other_language")]
    assert read.rejected[0].message == "line 2 is in the language 'ZH', and only Japanese is read"


@pytest.mark.parametrize(
    "lines",
    [
        [f"{n}.wav|{text}|{text[::-1]}" for n, text in enumerate(SENTENCES)],
        [f"{n}.wav|{text}|{text[::-1]}|{text * 2}|x{n}" for n, text in enumerate(SENTENCES)],
    ],
)
def test_columns_that_cannot_be_told_are_refused_and_can_be_named(tmp_path, lines):
    with pytest.raises(ValueError, match="do not show which one is the text .* by their numbers in `columns`"):
        _read(tmp_path, lines)
    read = _read(tmp_path, lines, columns={"audio": "1", "text": "2", "speaker": "3"})
    assert read.rows[1].text == SENTENCES[1] and read.rows[1].speaker == SENTENCES[1][::-1]


@pytest.mark.parametrize(
    "columns, message",
    [
        ({"text": "sentence"}, "has no header: name its columns by number, such as text=3, and not text=sentence"),
        ({"audio": "1"}, "named by different numbers from 1, one for audio and one for text or phonemes"),
        ({"audio": "1", "text": "1"}, "named by different numbers"),
        ({"audio": "0", "text": "2"}, "named by different numbers"),
    ],
)
def test_columns_of_a_list_are_named_by_number(tmp_path, columns, message):
    with pytest.raises(ValueError, match=message):
        _read(tmp_path, _lines("{n}.wav|{text}|{speaker}"), columns=columns)


def test_named_formats_are_taken_at_their_word(tmp_path):
    lines = ["1.wav|x|やあ", "2.wav|y|どうも"]
    assert [row.speaker for row in _read(tmp_path, lines, format="speaker-list").rows] == ["x", "y"]
    assert [row.speaker for row in _read(tmp_path, lines, format="list").rows] == ["やあ", "どうも"]
    lines = ["1.wav|x|JP|やあ|k", "2.wav|y|JP|どうも", "3.wav|z|JP"]
    read = _read(tmp_path, lines, format="esd")
    assert [row.speaker for row in read.rows] == ["x", "y"]
    assert [note.message for note in read.rejected] == ["line 3 has 3 columns, not 4 or more"]


@pytest.mark.parametrize(
    "line, audio",
    [("BASIC5000_0001:水をマレーシアから買わなくてはならない。", "BASIC5000_0001"), ("a.wav 水を買います。", "a.wav")],
)
def test_an_id_and_its_text(tmp_path, line, audio):
    read = _read(tmp_path, [line, line.replace("1", "2")], "transcript_utf8.txt")
    assert read.rows[0].audio == audio and read.rows[0].text.startswith("水を")


def test_a_header_names_the_columns_of_any_separator(tmp_path):
    for separator in "|\t,;":
        lines = [separator.join(cells) for cells in (("speaker", "text", "file"), ("mei", "やあ", "a.wav"))]
        assert _fields(_read(tmp_path, lines, "t.csv")) == [("a.wav", "mei", "やあ", "")]


def test_byte_order_marks_of_joined_files_are_no_part_of_a_name(tmp_path):
    read = _read(tmp_path, ["\ufeffa.wav|やあ|mei\r", "\ufeffb.wav|君は|mei\r"])
    assert [row.audio for row in read.rows] == ["a.wav", "b.wav"]
