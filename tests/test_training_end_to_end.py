# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A corpus spoken on the spot goes through preparation, aligner, pitch extractor and stage 1, by the command line."""

import json

import numpy as np
import pytest
import soundfile
from transformers.utils.logging import disable_progress_bar

from tiny import CONFIGS
from transformers_tsukasa.cli.main import main


pytest.importorskip("accelerate")
pytest.importorskip("datasets")
pytest.importorskip("swift_f0")

SENTENCES = (
    "今日はいい天気です。",
    "明日は雨が降ります。",
    "駅まで歩きましょう。",
    "猫が庭で寝ています。",
    "本を一冊読みました。",
    "海の色は青いです。",
    "電車が少し遅れます。",
    "朝ご飯を食べました。",
    "山の上は寒いですね。",
    "花がきれいに咲いた。",
    "夜の町は静かです。",
    "友達に手紙を書いた。",
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    pyopenjtalk = pytest.importorskip("pyopenjtalk")
    folder = tmp_path_factory.mktemp("spoken")
    source = folder / "source"
    source.mkdir()
    lines = []
    for number, text in enumerate(SENTENCES):
        samples, rate = pyopenjtalk.tts(text)
        soundfile.write(source / f"{number:02d}.wav", (samples / 32768).astype(np.float32), rate)
        lines.append(f"{number:02d}.wav|{text}|mei")
    (source / "list.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = ["prepare", str(source), str(folder / "corpus"), "--config", str(CONFIGS / "tiny.yaml")]
    assert main([*command, "--validation", "0.1", "--workers", "1", "--quiet"]) == 0
    return folder / "corpus"


def write_config(path, **values):
    shared = {
        "model": str(CONFIGS / "tiny.yaml"),
        "max_frames_per_batch": 1200,
        "logging_steps": 1,
        "use_cpu": True,
        "report_to": "none",
        "disable_tqdm": True,
    }
    path.write_text(json.dumps({**shared, **values}), encoding="utf-8")
    return str(path)


def history(folder, step):
    state = json.loads((folder / f"checkpoint-{step}" / "trainer_state.json").read_text(encoding="utf-8"))
    return [entry for entry in state["log_history"] if "loss" in entry]


def falls(entries, name, factor):
    values = [entry[name] for entry in entries]
    third = len(values) // 3
    assert np.mean(values[-third:]) < factor * np.mean(values[:third]), (name, values)


@pytest.mark.slow
def test_from_recordings_to_a_voice_that_speaks(tmp_path, corpus, capsys):
    disable_progress_bar()
    runs = tmp_path / "runs"
    config = write_config(tmp_path / "aligner.json", corpus=str(corpus), max_steps=15, save_steps=15)
    change = ["learning_rate=3e-3", "adam_beta1=0.9"]
    assert main(["train", "aligner", config, f"output_dir={runs / 'aligner'}", *change]) == 0
    falls(history(runs / "aligner", 15), "ctc", 0.9)

    assert main(["train", "pitch", config, f"output_dir={runs / 'pitch'}", *change]) == 0
    falls(history(runs / "pitch", 15), "f0", 0.95)

    config = write_config(
        tmp_path / "stage1.json",
        corpus=str(corpus),
        aligner=str(runs / "aligner" / "final"),
        output_dir=str(runs / "stage1"),
        learning_rate=2e-3,
        max_steps=12,
        save_steps=6,
        tma_step=9,
        max_crop_frames=80,
        eval_strategy="steps",
        eval_steps=6,
    )
    assert main(["train", "stage1", config, "max_frames_per_batch=600", "max_steps=6"]) == 0
    assert main(["train", "stage1", config, "max_frames_per_batch=600"]) == 1
    assert "go on with --resume" in capsys.readouterr().err
    assert main(["train", "stage1", config, "max_frames_per_batch=600", "--resume"]) == 0
    entries = history(runs / "stage1", 12)
    assert len(entries) == 12 and "adversarial" in entries[9] and "adversarial" not in entries[8]
    falls(entries, "mel", 0.9)

    voice, spoken = runs / "stage1" / "final", tmp_path / "spoken.wav"
    clip = tmp_path / "spoken_reference.wav"
    time = np.arange(24000) / 24000
    soundfile.write(clip, (0.1 * np.sin(2 * np.pi * 150 * time)).astype(np.float32), 24000)
    assert main(["say", "はい", "-o", str(spoken), "--model", str(voice), "--reference", str(clip)]) == 0
    samples, rate = soundfile.read(spoken)
    assert rate == 24000 and len(samples) > 2400 and np.isfinite(samples).all()
