# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Subtitles and labels beside the speech, a file for every line, and speech that is played or fits subtitles."""

import json
import os

import pytest
import soundfile

from support.tiny import save_speaking, tiny_model
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.synthesis import Speaker


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_speaking(tiny_model(), tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def speaker(folder):
    return Speaker.load(folder)


@pytest.fixture
def say(folder, speaker, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Loaded once; test_say.py loads it every time.
    monkeypatch.setattr("transformers_tsukasa.cli.say.load_speaker", lambda *_, **__: speaker)
    return lambda *arguments: main(["say", "--model", str(folder), "--quiet", "--seed", "0", *arguments])


@pytest.fixture
def player(tmp_path, monkeypatch):
    """Install a program `aplay` and no other player; it writes what it gets to a file, or fails."""

    def install(body: str) -> None:
        programs = tmp_path / "programs"
        programs.mkdir()
        (programs / "aplay").write_text(f"#!/bin/sh\n{body}\n")
        (programs / "aplay").chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}/bin")

    return install


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_times_are_written_in_every_form(say, tmp_path):
    files = [f"--{name}={name}.txt" for name in ("srt", "vtt", "lab", "json")]
    assert say("犬だ。\n猫もいる。", "-o", "a.wav", *files) == 0
    first, second = json.loads((tmp_path / "json.txt").read_text(encoding="utf-8"))
    srt = (tmp_path / "srt.txt").read_text(encoding="utf-8").split("\n\n")
    assert [cue.splitlines()[2] for cue in srt] == ["犬だ。", "猫もいる。"]
    assert srt[0].splitlines()[1].startswith(f"00:00:{first['words'][0]['start']:06.3f}".replace(".", ","))
    assert (tmp_path / "vtt.txt").read_text(encoding="utf-8").startswith("WEBVTT\n\n00:00:0")
    labels = [line.split(" ") for line in (tmp_path / "lab.txt").read_text(encoding="utf-8").splitlines()]
    assert "".join(label[2] for label in labels) == "inɯda.nekomoirɯ."
    assert int(labels[-1][1]) == pytest.approx(1e7 * second["symbols"][-1]["end"], abs=1)


@pytest.mark.parametrize(("name", "form"), [("a.mp3", "MP3"), ("a.opus", "OGG")])
def test_compressed_speech_is_as_long(say, tmp_path, name, form):
    assert say("はい。いいえ。", "-o", "a.wav") == 0 and say("はい。いいえ。", "-o", name) == 0
    info = soundfile.info(tmp_path / name)
    assert info.format == form and info.duration == pytest.approx(soundfile.info("a.wav").duration, abs=0.1)
    assert (tmp_path / name).stat().st_size < (tmp_path / "a.wav").stat().st_size / 2


def test_every_line_gets_files_of_its_own(say, tmp_path, capsys):
    assert say("はい。\n\nいいえ。違います。", "--split", "-o", "a.wav", "--srt", "b.srt") == 0
    assert capsys.readouterr().out.split() == ["a-001.wav", "a-003.wav"]
    assert _names(tmp_path) == ["a-001.wav", "a-003.wav", "b-001.srt", "b-003.srt"]
    assert say("いいえ。違います。", "-o", "alone.wav") == 0
    assert (tmp_path / "alone.wav").read_bytes() == (tmp_path / "a-003.wav").read_bytes()


def test_a_line_without_words_is_found_before_any_is_spoken(say, tmp_path, capsys):
    assert say("はい。\n＊＊＊\nいいえ。", "--split") == 1
    assert "readable" in capsys.readouterr().err and _names(tmp_path) == []


def test_speech_is_played_and_not_written(say, tmp_path, player, capsys):
    player("cat > played.raw; echo $@ > arguments")
    assert say("はい。\nいいえ。", "--play") == 0
    assert capsys.readouterr().out == "" and "-r 24000" in (tmp_path / "arguments").read_text()
    assert say("はい。\nいいえ。", "-o", "a.wav") == 0
    assert (tmp_path / "played.raw").stat().st_size == 2 * soundfile.info(tmp_path / "a.wav").frames


def test_a_player_that_fails_leaves_the_file(say, tmp_path, player, capsys):
    player("echo no such device >&2; exit 1")
    assert say("はい。" * 4, "--play", "-o", "a.wav") == 1
    assert "the player aplay stopped with exit code 1 (no such device)" in capsys.readouterr().err
    assert soundfile.info(tmp_path / "a.wav").frames > 0


def test_a_machine_without_a_player_is_told_so(say, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert say("はい。", "--play") == 1
    error = capsys.readouterr().err
    assert "install one of paplay, aplay, play, ffplay" in error and "--output" in error


SRT = "1\n00:00:00,000 --> 00:00:00,200\n今日はいい天気ですね。\n\n2\n00:00:09,000 --> 00:00:20,000\n<i>はい。</i>\n"


def test_speech_fits_subtitles_and_what_does_not_is_told(say, tmp_path, capsys):
    (tmp_path / "film.srt").write_text(SRT, encoding="utf-8")
    assert say("-f", "film.srt", "--fit", "-o", "a.wav", "--srt", "spoken.srt", "--fit-report", "report.json") == 0
    captured = capsys.readouterr()
    assert "subtitle 1 ends" in captured.err and captured.err.endswith("1 of 2 subtitles fit\n")
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert [row["fits"] for row in report] == [False, True] and report[1]["spoken_start"] == 9.0
    assert "00:00:09," in (tmp_path / "spoken.srt").read_text(encoding="utf-8")
    assert soundfile.info(tmp_path / "a.wav").duration == pytest.approx(report[1]["spoken_end"], abs=1e-3)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["はい。", "--split", "-o", "-"], "standard output takes one sound file"),
        (["はい。", "--srt", "-"], "only the speech can go to standard output"),
        (["はい。", "--srt", "a.txt", "--vtt", "a.txt"], "two files would be written to 'a.txt'"),
        (["はい。", "-o", "a.wav", "--lab", "a.wav"], "two files would be written to 'a.wav'"),
        (["はい。", "--vtt", "nowhere/a.vtt"], "nowhere"),
        (["はい。", "-o", "a.opus", "--encoding-depth", "pcm24"], "a .opus file has none"),
        (["はい。", "--fit"], "there are no subtitles"),
        (["はい。", "--fastest", "2"], "--fastest is for subtitles"),
        ([SRT, "--fit", "--split"], "subtitles are one text: leave --split out"),
        ([SRT, "--fit", "--candidates", "2"], "leave --candidates out"),
        ([SRT, "--fit", "--slowest", "2"], "not 2.0 and 1.5"),
        (["1\n00:00:00,000 --> 00:00:02,000\n♪\n", "--fit"], "the subtitles hold no readable word"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(say, tmp_path, capsys, arguments, part):
    assert say(*arguments) == 1
    captured = capsys.readouterr()
    assert part in captured.err and captured.err.count("\n") == 1 and captured.out == ""
    assert _names(tmp_path) == []
