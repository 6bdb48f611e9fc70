# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import io
import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile
import torch

from support.tiny import save_speaking, tiny_model
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.cli.say import read_voice


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    model = tiny_model()
    model.voices.add("a", 0.1 * torch.ones(16), "a steady voice")
    model.voices.add("b", -0.1 * torch.ones(16))
    return save_speaking(model, folder)


@pytest.fixture
def say(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TSUKASA_MODEL", raising=False)

    def run(*arguments):
        return main(["say", "--model", str(folder), "--quiet", *arguments])

    return run


def _type(monkeypatch, text: bytes):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text), encoding="utf-8"))


def test_say_writes_wav_and_flac(say, tmp_path, capsys):
    for name, subtype in (("a.wav", "PCM_16"), ("a.flac", "PCM_16")):
        assert say("こんにちは", "-o", name, "--seed", "0") == 0
        assert capsys.readouterr().out.strip() == name
        info = soundfile.info(tmp_path / name)
        assert (info.samplerate, info.subtype) == (24000, subtype)
        assert np.abs(soundfile.read(tmp_path / name)[0]).max() > 0


def test_a_seed_makes_the_same_file(say, tmp_path):
    for name in ("a.wav", "b.wav"):
        say("こんにちは", "-o", name, "--seed", "3")
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_say_reads_files_and_standard_input(say, tmp_path, monkeypatch):
    (tmp_path / "sjis.txt").write_bytes("はい。".encode("cp932"))
    assert say("-f", "sjis.txt", "--encoding", "cp932", "-o", "a.wav", "--seed", "0") == 0
    _type(monkeypatch, "\ufeffはい。".encode())
    assert say("-", "-o", "b.wav", "--seed", "0") == 0
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_voices_can_be_named_and_blended(say, folder, tmp_path, capsys):
    assert main(["voices", "--model", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines() == ["a  a steady voice", "b"]
    options = ("はい。", "--seed", "0", "--alpha", "0", "--beta", "0")
    sounds = []
    for voice in ("a", "b", "a=1,b=0"):
        assert say(*options, "--voice", voice, "-o", "v.wav") == 0
        sounds.append((tmp_path / "v.wav").read_bytes())
    assert sounds[0] == sounds[2] != sounds[1]


def test_phonemes_can_be_given_and_prosody_written(say, tmp_path):
    assert say("konnitɕiwa.", "--phonemes", "-o", "a.wav", "--prosody", "a.json", "--seed", "0") == 0
    (prosody,) = json.loads((tmp_path / "a.json").read_text())
    assert len(prosody["durations"]) == len("konnitɕiwa.") + 1
    assert len(prosody["f0"]) == 2 * sum(prosody["durations"])
    samples = soundfile.info(tmp_path / "a.wav").frames
    assert prosody["token_ends"][-1] == pytest.approx(samples / 24000)


def test_a_user_dictionary_changes_the_reading(say, tmp_path):
    (tmp_path / "d.csv").write_text("今日,コンニチ,0,名詞\n", encoding="utf-8")
    assert say("今日", "-o", "a.wav", "--seed", "0") == 0
    assert say("今日", "-o", "b.wav", "--seed", "0", "--dictionary", "d.csv") == 0
    assert (tmp_path / "a.wav").read_bytes() != (tmp_path / "b.wav").read_bytes()


def test_long_texts_are_written_sentence_by_sentence(say, tmp_path):
    assert say("これは文です。次の文はもう少し長いです。" * 8, "-o", "a.wav", "--seed", "0") == 0
    complete = soundfile.info(tmp_path / "a.wav").frames
    assert say("これは文です。次の文はもう少し長いです。", "-o", "b.wav", "--seed", "0") == 0
    assert complete > 7 * soundfile.info(tmp_path / "b.wav").frames


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["。。。"], "readable"),
        ([""], "empty"),
        (["\x07はい"], "U+0007"),
        (["はい", "-o", "a.aiff"], ".wav, .flac, .mp3 or .opus"),
        (["はい", "-o", "nowhere/a.wav"], "nowhere"),
        (["はい", "--voice", "zoe"], "it has a, b"),
        (["はい", "--voice", "a=x"], "name=weight"),
        (["はい", "--reference", "missing.wav"], "missing.wav"),
        (["はい", "--prompt", "低い声"], "prompt encoder"),
        (["はい", "--style-from-text"], "text sampler"),
        (["はい", "--diffusion-steps", "2"], "diffusion_steps"),
        (["はい", "--alpha", "2"], "alpha"),
        (["-f", "missing.txt"], "missing.txt"),
        (["こ", "--phonemes"], "no symbol"),
        (["はい", "--pitch", "nan"], "pitch"),
        (["はい", "--volume", "-1"], "volume"),
        (["はい", "--pause", "61"], "60 seconds"),
        (["はい[pause:2h]"], "'[pause:2h]' at character 3"),
        (["はい", "--times", "nowhere/a.json"], "nowhere"),
        (["はい", "--prosody", "."], "it is a folder"),
        (["はい", "--times", "-"], "only the speech can go to standard output"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(say, tmp_path, capsys, arguments, part):
    assert say(*arguments) == 1
    captured = capsys.readouterr()
    assert part in captured.err and captured.err.count("\n") == 1 and "Traceback" not in captured.err
    assert captured.out == "" and list(tmp_path.iterdir()) == []


def test_text_in_another_encoding_is_named(say, tmp_path, capsys):
    (tmp_path / "sjis.txt").write_bytes("日本語".encode("cp932"))
    assert say("-f", "sjis.txt") == 1
    assert "cp932" in capsys.readouterr().err


def test_a_failure_in_the_middle_keeps_the_old_file(say, tmp_path, monkeypatch):
    (tmp_path / "a.wav").write_bytes(b"old")
    from transformers_tsukasa.audio.files import AudioWriter

    def fail(self, block):
        raise OSError("No space left on device")

    monkeypatch.setattr(AudioWriter, "write", fail)
    assert say("はい", "-o", "a.wav") == 1
    assert (tmp_path / "a.wav").read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1


def test_pitch_volume_and_pauses_change_the_speech(say, tmp_path):
    def length_and_level(*options):
        assert say("はい。\nいいえ。", "-o", "a.wav", "--seed", "0", "--encoding-depth", "float", *options) == 0
        samples = soundfile.read(tmp_path / "a.wav")[0]
        return len(samples), np.abs(samples).max()

    plain = length_and_level("--pause", "0")
    assert length_and_level("--pause", "1.5")[0] == plain[0] + 36000
    assert length_and_level("--pause", "0", "--volume", "0.5")[1] == pytest.approx(plain[1] / 2)
    assert say("はい。", "-o", "a.wav", "--seed", "0", "--prosody", "plain.json") == 0
    assert say("はい。", "-o", "a.wav", "--seed", "0", "--prosody", "raised.json", "--pitch", "12") == 0
    low, high = (
        np.array(json.loads((tmp_path / name).read_text())[0]["f0"]) for name in ("plain.json", "raised.json")
    )
    assert (low > 10).any() and high[low > 10] == pytest.approx(2 * low[low > 10])


def test_pauses_in_the_text_are_spoken(say, tmp_path):
    lengths = []
    for text in (
        "はい。[pause:0s]いいえ。",
        "はい。[pause:2s]いいえ。",
        'はい。<break time="500ms"/>いいえ。[pause:1s]',
    ):
        assert say(text, "-o", "a.wav", "--seed", "0") == 0
        lengths.append(soundfile.info(tmp_path / "a.wav").frames)
    assert [length - lengths[0] for length in lengths] == [0, 48000, 36000]


def test_times_of_words_and_symbols_are_written(say, tmp_path):
    assert say("犬だ。\n猫もいる。", "-o", "a.wav", "--seed", "0", "--times", "a.json") == 0
    first, second = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert (first["text"], second["text"]) == ("犬だ。", "猫もいる。")
    assert [word["surface"] for word in first["words"]] == ["犬", "だ"]
    assert [mora["kana"] for word in first["words"] for mora in word["morae"]] == ["イ", "ヌ", "ダ"]
    assert "".join(symbol["symbol"] for symbol in first["symbols"]) == "inɯ da."
    assert first["words"][0]["start"] == first["symbols"][0]["start"]
    samples = soundfile.info(tmp_path / "a.wav").frames
    assert first["symbols"][-1]["end"] < second["symbols"][0]["start"] < second["symbols"][-1]["end"]
    assert second["symbols"][-1]["end"] == pytest.approx(samples / 24000, abs=0.1)


def test_wav_goes_to_standard_output_and_nothing_else(folder, tmp_path):
    code = "import sys; from transformers_tsukasa.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "say", "--model", str(folder), "--seed", "0", "彼は한국어を話す。", "-o"]
    piped = subprocess.run([*command, "-"], capture_output=True, check=True, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == [] and "한국어".encode() in piped.stderr
    named = subprocess.run([*command, "a.wav"], capture_output=True, check=True, cwd=tmp_path)
    assert piped.stdout == (tmp_path / "a.wav").read_bytes() and named.stdout.decode().strip() == "a.wav"


def test_a_link_stays_a_link(say, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "a.wav").symlink_to("there/b.wav")
    assert say("はい。", "-o", "a.wav") == 0
    assert (tmp_path / "a.wav").is_symlink() and soundfile.info(tmp_path / "there" / "b.wav").frames > 0


@pytest.mark.parametrize("name", ["あ" * 82 + ".wav", "か\u3099" * 40 + ".flac"])
def test_long_names_and_decomposed_names_can_be_written(say, tmp_path, name, capsys):
    assert say("はい。", "-o", name) == 0
    assert capsys.readouterr().out.strip() == name and [path.name for path in tmp_path.iterdir()] == [name]


def test_phonemes_that_are_printed_are_spoken_like_their_text(say, folder, tmp_path, capsys):
    text = (
        "「こんにちは」、と彼は言った。「元気？」そう…、と。[pause:0.75s]次の文です！\n行の終わり\n\n"
        "次の段落、です。＊＊＊\n終わり。"
    )
    assert say(text, "-o", "a.wav", "--seed", "3") == 0
    capsys.readouterr()
    assert main(["phonemize", "--model", str(folder), text]) == 0
    (tmp_path / "p.txt").write_text(capsys.readouterr().out, encoding="utf-8")
    assert say("--phonemes", "-f", "p.txt", "-o", "b.wav", "--seed", "3") == 0
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_a_voice_may_have_an_equals_sign_in_its_name():
    assert read_voice("a=1", {"a=1": None}) == "a=1"
    assert read_voice("a=1,b=2,a=0.5", {"a": None}) == {"a": 1.5, "b": 2.0}
    assert read_voice("a, b", {"a": None}) == {"a": 1.0, "b": 1.0} and read_voice("a,b", {"a,b": None}) == "a,b"


def test_a_missing_model_is_named(tmp_path, capsys):
    assert main(["say", "はい", "--model", str(tmp_path / "none"), "-o", str(tmp_path / "a.wav")]) == 1
    assert "none" in capsys.readouterr().err


def test_without_a_model_that_of_the_package_speaks(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TSUKASA_MODEL", raising=False)
    assert main(["say", "こんにちは。", "-o", "a.wav"]) == 0
    assert main(["say", "こんにちは。", "-o", "b.wav", "--voice", "tohoku-f01-happy"]) == 0
    first, second = (soundfile.read(name)[0] for name in ("a.wav", "b.wav"))
    assert np.abs(first).max() > 0.05 and np.abs(second).max() > 0.05
    assert len(first) != len(second) or np.abs(first - second).max() > 0.01
    capsys.readouterr()
    assert main(["voices"]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 8
