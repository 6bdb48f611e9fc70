# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Names that are not there and values out of range are answered before anything heavy is imported."""

import json
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import save_file


HEAVY = {"torch", "transformers", "pyopenjtalk", "soundfile", "datasets"}

COMMANDS = {
    "say x --model empty": "holds no model",
    "say x --model typo": "there is no folder 'typo' here",
    "say x --voice typo --model model": "the model has no voice 'typo'; it has a, b",
    "say x --device gpu": "--device 'gpu': torch",
    "say x --speaking-rate -1": "speaking_rate must be a number from 0.1 to 10, got -1.0",
    "say x --pause 100": "must be 0 to 60 seconds, got 100.0",
    "say x --diffusion-steps 1": "diffusion_steps must be an integer from 3",
    "say x --reference typo.wav": "there is no 'typo.wav'",
    "say x -o x.mp4": "must end in .wav, .flac, .mp3 or .opus",
    "phonemize x --model typo": "there is no folder 'typo' here",
    "phonemize x --model empty": "has no tokenizer_config.json",
    "phonemize x --dictionary typo": "there is no 'typo'",
    "voices --model empty": "holds no model",
    "voices default typo --model model": "the model has no voice 'typo'; it has a, b",
    "voices rename typo c --model model": "the model has no voice 'typo'; it has a, b",
    "voices rename a b --model model": "the model has a voice 'b' already",
    "voices rename a c/d --model model": "the voice name 'c/d' holds '/'",
    "voices remove typo --model model": "the model has no voice 'typo'; it has a, b",
    "voices add c typo.wav --model model": "there is no 'typo.wav'",
    "voices add a here.txt --model model": "the model has a voice 'a' already",
    "voices add c --from typo.pt --model model": "there is no 'typo.pt'",
    "voices add a --from here.txt --model model": "the model has a voice 'a' already",
    "convert typo out": "typo: there is no such file or folder",
    "convert empty model": "model is not empty",
    "convert empty here.txt": "here.txt is a file",
    "convert empty out --config typo.yml": "typo.yml: there is no such config file",
    "convert empty out --voices typo": "typo: there is no such folder of clips or voice pack",
    "prepare typo out": "there is nothing at 'typo'",
    "prepare empty out --config typo.yaml": "there is no preset or model folder at 'typo.yaml'",
    "prepare empty out --config typo": "there is no preset or model folder at 'typo'",
    "prepare empty out --config empty": "holds no model",
    "prepare empty out --dictionary typo": "there is no 'typo'",
    "prepare empty out --out-of-domain typo": "there is no 'typo'",
    "prepare empty out --pitch-extractor typo": "there is no folder 'typo' (--pitch-extractor)",
    "prepare empty out --device gpu": "--device 'gpu': torch",
    "prepare empty --aligner typo": "there is no folder 'typo' (--aligner)",
    "prepare empty --aligner model": "'empty' is not a prepared corpus",
    "train stage1 typo.yaml": "there is no config 'typo.yaml'",
    "train stage1 configs/train/stage1.yaml model=typo": "there is no folder 'typo' (model)",
    "train stage1 configs/train/stage1.yaml model=typo.yaml": "there is no preset or model folder at 'typo.yaml'",
    "train stage1 configs/train/stage1.yaml corpus=typo": "there is no prepared corpus at 'typo'",
    "train stage2 configs/train/stage2.yaml model=model corpus=c aligner=typo": "there is no folder 'typo' (aligner)",
    "doctor typo.yaml": "there is no config 'typo.yaml'",
    "evaluate typo empty -o out": "there is no model folder, and no folder with speech, at 'typo'",
    "evaluate model typo -o out": "there is nothing at 'typo'",
    "evaluate model empty -o out --aligner typo": "there is no folder 'typo' (--aligner)",
    "evaluate model empty -o out --config typo.yaml": "there is no preset or model folder at 'typo.yaml'",
    "evaluate model empty -o out --device gpu": "--device 'gpu': torch",
}

# One process for all commands: how many modules are heavy is asked after each.
_PROGRAM = """
import contextlib, io, json, sys
from transformers_tsukasa.cli.main import main
for command in json.loads(sys.argv[1]):
    error = io.StringIO()
    with contextlib.redirect_stderr(error):
        code = main(command.split())
    print(json.dumps([code, error.getvalue(), sorted(set(json.loads(sys.argv[2])) & set(sys.modules))]))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """By command, its exit code, what it printed as an error, and the heavy modules that are imported by then."""
    place = tmp_path_factory.mktemp("place")
    for folder in ("empty", "model", "c"):
        (place / folder).mkdir()
    (place / "here.txt").write_text("a")
    (place / "c" / "preparation.json").write_text("{}")
    (place / "model" / "config.json").write_text('{"model_type": "tsukasa", "style_dim": 1}')
    save_file({name: np.zeros(2, np.float32) for name in "ab"}, place / "model" / "voices.safetensors")
    program = [sys.executable, "-c", _PROGRAM, json.dumps(list(COMMANDS)), json.dumps(sorted(HEAVY))]
    run = subprocess.run(program, capture_output=True, text=True, cwd=place, check=True)
    return dict(zip(COMMANDS, map(json.loads, run.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_typing_error_is_answered_before_anything_heavy_is_imported(answers, command):
    code, error, imported = answers[command]
    assert code == 1 and COMMANDS[command] in error and imported == []
