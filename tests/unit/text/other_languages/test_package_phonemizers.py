# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Phonemizers of other packages: what they are asked for, and what becomes of espeak-ng's phonemes."""

import json
import pickle
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from support.shared_data import recorded_path
from transformers_tsukasa import TsukasaTokenizer
from transformers_tsukasa.text.other_languages import package_phonemizers
from transformers_tsukasa.text.other_languages.package_phonemizers import (
    load_phonemizer,
    old_kokoro_sounds,
    prepare_text,
    separate_marks,
)


@pytest.fixture(autouse=True)
def _nothing_loaded():
    yield
    package_phonemizers._espeak.cache_clear()
    package_phonemizers._misaki.cache_clear()


@pytest.fixture
def fake_packages(monkeypatch):
    """Modules of the packages that return what they were asked; the list of what was asked."""
    asked = []

    class Backend:
        def __init__(self, language, preserve_punctuation, with_stress):
            asked.append((language, preserve_punctuation, with_stress))

        is_available = staticmethod(lambda: True)
        is_supported_language = staticmethod(lambda language: language != "xx")

        def phonemize(self, texts):
            return [f"{text.lower()} " for text in texts]

    class G2P:
        def __init__(self, trf, british, fallback, unk):
            asked.append((trf, british, fallback, unk))

        def __call__(self, text):
            return f"{text.lower()} ", ["tokens"]

    modules = {
        "phonemizer": {},
        "phonemizer.backend": {"EspeakBackend": Backend},
        "phonemizer.backend.espeak": {},
        "phonemizer.backend.espeak.wrapper": {"EspeakWrapper": object},
        "misaki": {"en": ModuleType("en")},
        "en_core_web_sm": {"__spec__": ModuleSpec("en_core_web_sm", None)},
    }
    modules["misaki"]["en"].G2P = G2P
    for name, content in modules.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    return asked


@pytest.mark.parametrize("style", ["ljspeech", "libritts"])
def test_phonemes_and_ids_are_those_of_the_published_notebooks(style):
    table = TsukasaTokenizer(profile="ipa", unknown="drop")
    with recorded_path("family", "phonemes", "english_espeak_dev.jsonl").open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    assert len(lines) == 24
    for line in lines:
        phonemes = separate_marks(prepare_text(line["espeak_us"], style))
        assert phonemes == line[style]
        assert table(phonemes)["input_ids"] == line[f"{style}_ids"]


def test_marks_are_apart():
    assert separate_marks('ɐ "bˈiː", sˈiː. dˈiː. ') == "ɐ `` bˈiː '' , sˈiː. dˈiː ."
    assert separate_marks("wˈeɪt... wˌʌt?!") == "wˈeɪt ... wˌʌt ? !"
    assert separate_marks("") == ""


def test_sounds_of_the_first_kokoro():
    assert old_kokoro_sounds("tˈuːhˈʌndɹɪd lˈɔx nʲˈɛt ") == "tˈuː hˈʌndɹɪd lˈɔk njˈɛt"
    assert old_kokoro_sounds("nˈaɪnti nˈaɪntiːn") == "nˈaɪndi nˈaɪntiːn"
    assert old_kokoro_sounds("nˈaɪnti", "en-gb") == "nˈaɪnti"
    assert old_kokoro_sounds("dˈɔɡ z, kæt zuː") == "dˈɔɡz, kæt zuː"


def test_espeak_is_asked_in_the_language_of_the_name(fake_packages):
    assert load_phonemizer("ljspeech")(' Say "A", B. ') == "say a , b ."
    assert load_phonemizer("libritts:de")('Sag "A".') == "sag `` a '' ."
    assert load_phonemizer("kokoro-v0.19")("Loch.") == "loch."
    assert fake_packages == [("en-us", True, True), ("de", True, True)]
    with pytest.raises(ValueError, match="has no language 'xx'"):
        load_phonemizer("libritts:xx")("a")


def test_misaki_is_asked_in_the_language_of_the_name(fake_packages):
    assert load_phonemizer("misaki")("Hello ") == "hello"
    assert load_phonemizer("misaki:en-gb")("Hello") == "hello"
    assert fake_packages == [(False, False, None, ""), (False, True, None, "")]
    with pytest.raises(ValueError, match="en-us and en-gb here, got 'fr'"):
        load_phonemizer("misaki:fr")


@pytest.mark.parametrize(("name", "package"), [("misaki", "misaki"), ("ljspeech", "phonemizer")])
def test_a_package_that_is_missing_is_named_when_text_is_read(monkeypatch, name, package):
    monkeypatch.setitem(sys.modules, package, None)
    phonemizer = load_phonemizer(name)
    with pytest.raises(ImportError, match=f"needs {package}, which is not installed: run `pip install"):
        phonemizer("hello")


def test_the_model_that_misaki_needs_is_named(fake_packages, monkeypatch):
    monkeypatch.delitem(sys.modules, "en_core_web_sm")
    with pytest.raises(ImportError, match="run `python -m spacy download en_core_web_sm`"):
        load_phonemizer("misaki")("Hello")


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="unknown phonemizer 'libritt'; choose one of misaki.*did you mean libritts?"):
        load_phonemizer("libritt")


def test_named_phonemizers_are_plain_values():
    assert load_phonemizer("libritts") == load_phonemizer("libritts:en-us")
    assert pickle.loads(pickle.dumps(load_phonemizer("misaki"))) == load_phonemizer("misaki")
