# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The Auto classes find ours, and the code in a model folder leads to this package."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest
from transformers import (
    AutoConfig,
    AutoFeatureExtractor,
    AutoModel,
    AutoModelForTextToWaveform,
    AutoProcessor,
    AutoTokenizer,
)

import transformers_tsukasa
from support.tiny import tiny_model


CLASSES = {
    AutoConfig: transformers_tsukasa.TsukasaConfig,
    AutoModel: transformers_tsukasa.TsukasaModelForConditionalGeneration,
    AutoModelForTextToWaveform: transformers_tsukasa.TsukasaModelForConditionalGeneration,
    AutoTokenizer: transformers_tsukasa.TsukasaTokenizer,
    AutoFeatureExtractor: transformers_tsukasa.TsukasaFeatureExtractor,
    AutoProcessor: transformers_tsukasa.TsukasaProcessor,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    model = tiny_model()
    model.save_pretrained(folder)
    extractor = transformers_tsukasa.TsukasaFeatureExtractor.from_audio_config(model.config.audio_config)
    transformers_tsukasa.TsukasaProcessor(extractor, transformers_tsukasa.TsukasaTokenizer()).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("auto_class", CLASSES, ids=lambda auto_class: auto_class.__name__)
@pytest.mark.parametrize("trust", [None, True])
def test_a_folder_is_loaded_by_every_auto_class(folder, auto_class, trust):
    assert type(auto_class.from_pretrained(folder, trust_remote_code=trust)) is CLASSES[auto_class]


def test_registering_twice_is_harmless():
    transformers_tsukasa.register_auto_classes()
    transformers_tsukasa.register_auto_classes()


def test_loading_and_saving_again_adds_nothing(folder, tmp_path):
    """A class that was loaded with remote code would copy its source files into the folders it is saved to."""
    AutoModel.from_pretrained(folder, trust_remote_code=True).save_pretrained(tmp_path)
    AutoProcessor.from_pretrained(folder, trust_remote_code=True).save_pretrained(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in folder.iterdir()}
    for name in ("config.json", "processor_config.json", "tokenizer_config.json"):
        again, before = (json.loads((place / name).read_text()) for place in (tmp_path, folder))
        assert again["auto_map"] == before["auto_map"]


def test_parts_saved_alone_carry_the_shim(tmp_path):
    for name, part in {
        "config": tiny_model().config,
        "tokenizer": transformers_tsukasa.TsukasaTokenizer(),
        "extractor": transformers_tsukasa.TsukasaFeatureExtractor(),
    }.items():
        part.save_pretrained(tmp_path / name)
        files = {path.name for path in (tmp_path / name).iterdir()}
        assert "transformers_tsukasa_hub.py" in files
        (json_file,) = files & {"config.json", "tokenizer_config.json", "preprocessor_config.json"}
        assert "auto_map" in json.loads((tmp_path / name / json_file).read_text())


_LOAD_REMOTE_CODE = """
import sys
if {without_package}:
    class Absent:
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] == "transformers_tsukasa":
                raise ModuleNotFoundError(name, name="transformers_tsukasa")
    sys.meta_path.insert(0, Absent())
import transformers
for name in {auto_classes}:
    print(type(getattr(transformers, name).from_pretrained({folder!r}, trust_remote_code=True)).__name__)
"""


def load_in_new_process(folder, tmp_path, auto_classes, without_package):
    """Loads with `trust_remote_code` where this package is not imported, or not installed."""
    code = _LOAD_REMOTE_CODE.format(without_package=without_package, auto_classes=auto_classes, folder=str(folder))
    environment = {**os.environ, "HF_MODULES_CACHE": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)


@pytest.mark.slow
def test_where_the_package_is_not_imported_the_folder_imports_it(folder, tmp_path):
    # Once the package is imported, the Auto classes find the other parts by themselves: the processor comes first.
    done = load_in_new_process(folder, tmp_path, ["AutoProcessor", "AutoModel"], without_package=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["TsukasaProcessor", "TsukasaModelForConditionalGeneration"]


@pytest.mark.slow
def test_where_the_package_is_missing_the_folder_names_what_to_install(folder, tmp_path):
    done = load_in_new_process(folder, tmp_path, ["AutoModel"], without_package=True)
    assert done.returncode != 0
    assert done.stderr.strip().splitlines()[-1].endswith("transformers-tsukasa: pip install . in its repository")


def test_modules_of_the_package_can_be_run_and_inspected():
    # Both ask the loader of a module that is not imported yet for its code.
    command = [sys.executable, "-m", "transformers_tsukasa.cli.main", "--help"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("usage")
    spec = importlib.util.find_spec("transformers_tsukasa.conversion.errors")
    assert "ConversionError" in spec.loader.get_source(spec.name)
