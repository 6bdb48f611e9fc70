# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""UniDic is loaded when Japanese is read, and nothing else asks for it."""

import subprocess
import sys

import pytest


_SPEAK_PHONEMES = """
import sys
sys.modules[{missing!r}] = None  # as if it were not installed
from transformers_tsukasa import TsukasaFeatureExtractor, TsukasaProcessor, TsukasaTokenizer
processor = TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer())
print(processor(text="konnitɕiwa.", phonemize=False)["input_ids"][:2])
try:
    processor(text="今日は。")
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize(("missing", "name"), [("fugashi", "fugashi"), ("unidic_lite", "unidic-lite")])
def test_phonemes_need_no_dictionary_and_japanese_names_the_missing_package(missing, name):
    code = _SPEAK_PHONEMES.format(missing=missing)
    environment = {"PYTHONIOENCODING": "utf-8", "PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment)
    assert run.returncode == 0, run.stderr
    ids, hint = run.stdout.splitlines()
    assert ids.startswith("[0, ")
    assert hint == (
        f"reading Japanese needs {name}, which is not installed: run `pip install fugashi unidic-lite`, or give "
        "phonemes"
    )
