# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import json
import unicodedata

import pytest
import torch
from safetensors.torch import save_file

from support.tiny import tiny_model
from transformers_tsukasa.models.tsukasa.speaking.voice_folder import VoiceFolder, read_voices
from transformers_tsukasa.models.tsukasa.speaking.voices import VOICES_NAME, TsukasaVoices, voice_names


def voices(*names):
    made = TsukasaVoices(4)
    for number, name in enumerate(names):
        made.add(name, torch.full((4,), float(number)), f"number {number}")
    return made


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a\n",
        " a",
        "a ",
        "a/b",
        "a\\b",
        "..",
        ".",
        "a\x00",
        "a\tb",
        "あ" * 300,
        "\ud800",
        "__metadata__",
        "a\u2028b",
        5,
    ],
)
def test_bad_names_are_one_sentence(name):
    with pytest.raises(ValueError, match="voice") as caught:
        voices(name)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "name", ["a", "声", "tohoku-f01-happy", "a b", "a=1,b", "ｶﾞ", "が", "か\u3099", "😀", "x" * 255]
)
def test_good_names_are_saved_and_found(name, tmp_path):
    voices(name).save(tmp_path)
    loaded = TsukasaVoices.load(tmp_path / VOICES_NAME, 4)
    assert torch.equal(loaded[name], torch.zeros(4)) and loaded.describe(name) == "number 0"
    assert voice_names(tmp_path / VOICES_NAME) == tuple(loaded)


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_name_is_one_voice_however_it_is_encoded(forms, tmp_path):
    first, second = (unicodedata.normalize(form, "ガリレオ・が") for form in forms)
    assert first != second
    made = voices(first, second)
    assert len(made) == 1 and second in made and torch.equal(made[first], torch.ones(4))
    save_file({first: torch.zeros(4)}, tmp_path / VOICES_NAME)
    assert second in TsukasaVoices.load(tmp_path / VOICES_NAME, 4)


def test_names_of_older_folders_can_be_loaded(tmp_path):
    save_file({"a/b": torch.zeros(4), "": torch.zeros(4)}, tmp_path / VOICES_NAME)
    assert set(TsukasaVoices.load(tmp_path / VOICES_NAME, 4)) == {"a/b", ""}


def test_descriptions_that_cannot_be_written_are_refused():
    with pytest.raises(ValueError, match="the description of voice 'a' holds half a character"):
        TsukasaVoices(4).add("a", torch.zeros(4), "half \udc80")


@pytest.mark.parametrize("metadata", ["{", "[]", '{"a": 5}'])
def test_damaged_descriptions_are_one_sentence(metadata, tmp_path):
    save_file({"a": torch.zeros(4)}, tmp_path / VOICES_NAME, metadata={"voices": metadata})
    with pytest.raises(ValueError, match="is damaged .*: convert or download it again"):
        TsukasaVoices.load(tmp_path / VOICES_NAME, 4)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(KeyError, match="no voice 'zoe'; it has a, b"):
        voices("a", "b")["zoe"]
    with pytest.raises(KeyError, match="none: it has no named voices"):
        voices().describe("zoe")
    assert json.dumps(list(voices("a"))) == '["a"]'


@pytest.mark.parametrize("written", ["NFC", "NFD"])
def test_the_default_is_known_however_its_name_is_encoded(written, tmp_path):
    """Other programs write a decomposed name into the options of the model, too."""
    name = unicodedata.normalize("NFC", "がく")
    other_form = unicodedata.normalize("NFD", name)
    model = tiny_model()
    model.voices.add(name, torch.zeros(2 * model.config.style_dim))
    model.voices.add("b", torch.ones(2 * model.config.style_dim))
    model.generation_config.voice = unicodedata.normalize(written, name)
    model.save_pretrained(tmp_path)
    folder = VoiceFolder(tmp_path)
    assert folder.default == read_voices(tmp_path)[1] == name
    with pytest.raises(ValueError, match="is the default voice"):
        folder.remove(other_form)
    folder.rename(other_form, "a")
    assert folder.default == "a" and "a" in folder.voices
    folder.rename("a", name)
    folder.make_default("b")
    folder.make_default(other_form)
    assert folder.default == name
    folder.remove("b")
    folder.remove(other_form)
    assert folder.default is None and not folder.voices
