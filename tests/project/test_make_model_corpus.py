# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import csv

import pytest
import soundfile
import torch

from support.script_modules import ROOT, import_script
from support.tiny import save_speaking, tiny_model


SPEAKERS = """
low: {voice: bass, description: 低い声, formants: 0.9, semitones: -2.0}
middle: {voice: "alto=0.5,bass=0.5"}
"""


@pytest.fixture
def script():
    return import_script("make_model_corpus")


@pytest.fixture
def command(tmp_path):
    model = tiny_model()
    for number, name in enumerate(("alto", "bass")):
        model.voices.add(name, torch.full((2 * model.config.style_dim,), 0.1 * number))
    save_speaking(model, tmp_path / "model")
    (tmp_path / "speakers.yaml").write_text(SPEAKERS, encoding="utf-8")
    (tmp_path / "sentences.txt").write_text("雨が降る。\n山が見える。\n", encoding="utf-8")
    files = ["--speakers", tmp_path / "speakers.yaml", "--sentences", tmp_path / "sentences.txt"]
    return [str(word) for word in (tmp_path / "corpus", "--model", tmp_path / "model", *files, "--workers", 1)]


def test_an_interrupted_corpus_is_completed_alike(tmp_path, script, command):
    assert script.main(command) == 0
    with (tmp_path / "corpus/metadata.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["speaker"] for row in rows] == ["low", "middle"] * 2 and rows[0]["description"] == "低い声"
    path = tmp_path / "corpus" / rows[2]["audio"]
    content = path.read_bytes()
    sound, rate = soundfile.read(path)
    assert rate == 24000 and abs(sound).max() > 0.05
    path.unlink()
    assert script.main(command) == 0 and path.read_bytes() == content


def test_another_blend_is_another_corpus(tmp_path, script, command, capsys):
    assert script.main([*command, "--count", "1"]) == 0
    (tmp_path / "speakers.yaml").write_text(SPEAKERS.replace("alto=0.5", "alto=0.7"), encoding="utf-8")
    assert script.main([*command, "--count", "1"]) == 1
    assert "was begun with other voices" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "has no speaker"),
        ("low: {description: 声}", "the speaker 'low' needs `voice`"),
        ("low: {voice: bass, pitch: 2}", "the speaker 'low' needs `voice`, and may have"),
    ],
)
def test_speakers_that_cannot_be_read_are_refused(tmp_path, script, content, message):
    (tmp_path / "speakers.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        script.read_teachers(tmp_path / "speakers.yaml")


def test_the_teachers_of_the_second_model_are_read(script):
    teachers = script.read_teachers(ROOT / "configs/voice2/speakers.yaml")
    assert len(teachers) == 12 and all(teacher.description for teacher in teachers)
    blends = [script.read_blend(teacher.voice) for teacher in teachers]
    assert all(abs(sum(blend.values()) - 1) < 1e-9 for blend in blends if isinstance(blend, dict))
    assert {"jf_alpha", "jm_kumo"} <= {blend for blend in blends if isinstance(blend, str)}
