# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from transformers_tsukasa.evaluation import METRICS, load, module_path


pytest.importorskip("evaluate")
pytest.importorskip("swift_f0")

# What every module must answer, each a JSON-able call; run by a fresh machine without a network.
_CALLS = """
import json, socket
def refuse(*arguments, **others):
    raise OSError("there is no network")
socket.create_connection = socket.socket.connect = refuse
import evaluate
import numpy as np
from transformers_tsukasa import evaluation
noise = (0.1 * np.random.default_rng(0).standard_normal(24000)).astype("float32")
pair = {"predictions": [0.5 * noise], "references": [noise], "sampling_rate": 24000}
found = {
    "mcd": evaluate.load(evaluation.module_path("mcd")).compute(**pair),
    "lsd": evaluation.load("lsd").compute(**pair),
    "f0": evaluation.load("f0").compute(**pair),
    "duration": evaluation.load("duration_error").compute(
        predictions=[[0.1, 0.2, 0.9], [0.1]], references=[[0.15, 0.2, 0.1], [0.09]], phonemes=["ka,", "n"]
    ),
    "per": evaluation.load("per").compute(predictions=["konitɕiwa", "a"], references=["konnitɕi, wa.", "ka"]),
    "cer": evaluation.load("cer").compute(predictions=["きょうは良い天気"], references=["今日は良い天気。"]),
    "similarity": evaluation.load("speaker_similarity").compute(predictions=[[1, 0]], references=[[1, 1]]),
    "embedded": evaluation.load("speaker_similarity").compute(
        predictions=[noise], references=[-noise], embedder=lambda waveform, rate: waveform[:9], sampling_rate=24000
    ),
    "speed": evaluation.load("rtf").compute(predictions=[1.0, 2.0], references=[10.0, 20.0]),
    "told": evaluation.load("voices_told_apart").compute(
        predictions=[[1, 0, 0.1], [1, 0.1, 0]], references=["a", "b"], voices={"a": [1, 0, 0], "b": [0, 1, 0]}
    ),
}
print(json.dumps(found))
"""


@pytest.mark.slow
def test_modules_load_on_a_fresh_machine_without_a_network(tmp_path):
    environment = {**os.environ, "HOME": str(tmp_path), "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1"}
    for name in ("HF_MODULES_CACHE", "HF_DATASETS_CACHE", "HF_EVALUATE_CACHE", "XDG_CACHE_HOME"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", _CALLS], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["mcd"]["mcd_db"] < 1e-6
    assert found["lsd"]["lsd_db"] == pytest.approx(6.0206, abs=1e-3)
    assert found["f0"]["voicing_error"] == 0
    assert found["duration"] == {"duration_error_ms": pytest.approx(20.0), "phonemes": 3}
    assert found["per"]["edits"] == 2 and found["per"]["per_percent"] == pytest.approx(100 * 2 / 12)
    # 今日 as きょう is three edits of seven characters, and the same kana.
    assert found["cer"] == {"cer_percent": pytest.approx(300 / 7), "kana_error_rate_percent": 0.0}
    assert found["similarity"]["speaker_similarity"] == pytest.approx(2**-0.5)
    assert found["embedded"]["speaker_similarity"] == pytest.approx(-1)
    assert found["speed"] == {"real_time_factor": pytest.approx(0.1), "times_real_time": pytest.approx(10)}
    assert found["told"] == {"told_percent": 50.0, "chance_percent": 50.0, "told": ["a", "a"]}


@pytest.mark.parametrize("name", METRICS)
def test_modules_are_documented_and_import_plainly(name):
    path = Path(module_path(name)) / f"{name}.py"
    source = path.read_text(encoding="utf-8")
    # The scanner of `evaluate` reads imports line by line with a regular expression.
    assert not any(line.startswith("import ") and "," in line for line in source.splitlines())
    assert not any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(ast.parse(source)))
    for part in ("_CITATION", "_DESCRIPTION", "_INPUTS", "Args:", "Returns:"):
        assert part in source


def test_an_unknown_metric_is_refused():
    with pytest.raises(ValueError, match="there is no metric 'bleu'; there are mel_cepstral_distortion"):
        load("bleu")


@pytest.mark.slow
def test_an_aligner_transcribes_waveforms_in_a_module(tmp_path):
    import numpy as np
    import torch

    from support.tiny import tiny_config
    from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner

    torch.manual_seed(0)
    TsukasaTextAligner(tiny_config().text_aligner_config).save_pretrained(tmp_path)
    metric = load("per")
    noise = 0.1 * np.random.default_rng(0).standard_normal(24000)
    found = metric.compute(predictions=[noise], references=["ka"], aligner=str(tmp_path), sampling_rate=24000)
    assert found["length"] == 2 and len(found["recognized"]) == 1
    with pytest.raises(ValueError, match="waveforms need `aligner`"):
        metric.compute(predictions=[noise], references=["ka"])
