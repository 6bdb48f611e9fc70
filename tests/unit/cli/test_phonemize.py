# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import io
import json
import sys

import pytest

from transformers_tsukasa import TsukasaTokenizer, default_model
from transformers_tsukasa.cli import text_input
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.text import UserDictionary
from transformers_tsukasa.text.other_languages.package_phonemizers import EspeakPhonemizer


@pytest.fixture(autouse=True)
def _no_model_of_the_environment(monkeypatch):
    monkeypatch.delenv("TSUKASA_MODEL", raising=False)


def printed(capsys, *arguments):
    assert main(["phonemize", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_phonemes_kana_and_explanations(capsys):
    assert printed(capsys, "--profile", "legacy", "犬が") == "inɯ ga\n"
    assert printed(capsys, "--kana", "私は学生です。").startswith("ワタシワガクセ")
    assert "下" in printed(capsys, "--explain", "下の方")


def test_lines_come_from_standard_input(capsys, monkeypatch):
    lines = "一行目。\n\n二行目。\n".encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines), encoding="utf-8"))
    assert len(printed(capsys, "-").splitlines()) == 2


def test_lines_without_a_word_are_pauses(capsys):
    assert printed(capsys, "--kana", "第一章\n＊＊＊\n――――\n😀\n本文です。\n") == "ダイイッショウ\nホンブンデス\n"
    assert printed(capsys, "--profile", "legacy", "犬\n＊＊＊\n猫") == "inɯ[pause:paragraph]\nneko\n"


@pytest.mark.parametrize("text", ["", " \n", "＊＊＊", "。\n、"])
def test_text_without_any_word_is_one_sentence(text, capsys):
    assert main(["phonemize", text]) == 1
    error = capsys.readouterr().err
    assert "give it at least one word" in error and error.count("\n") == 1


def test_the_reading_is_that_of_the_model(capsys, tmp_path):
    dictionary = tmp_path / "d.csv"
    dictionary.write_text("今日,コンニチ,0,名詞\n", encoding="utf-8")
    own = TsukasaTokenizer(profile="clean", accent=False)
    own.user_dictionary = UserDictionary.from_file(dictionary)
    text = "今日は雨が降るでしょう"
    for name, tokenizer in {
        "packaged": TsukasaTokenizer.from_pretrained(default_model()),
        "legacy": TsukasaTokenizer(),
        "own": own,
    }.items():
        tokenizer.save_pretrained(tmp_path / name)
        assert printed(capsys, "--model", tmp_path / name, text) == tokenizer.to_phonemes(text) + "\n"
    assert printed(capsys, text) == printed(capsys, "--model", tmp_path / "packaged", text)
    assert printed(capsys, "--model", tmp_path / "own", "--accent", text) != own.to_phonemes(text) + "\n"


def test_a_model_without_a_tokenizer_is_one_sentence(capsys, tmp_path):
    assert main(["phonemize", "--model", str(tmp_path), "はい"]) == 1
    assert "has no tokenizer_config.json" in capsys.readouterr().err
    (tmp_path / "tokenizer_config.json").write_text(json.dumps([1]), encoding="utf-8")
    assert main(["phonemize", "--model", str(tmp_path), "はい"]) == 1
    assert "is damaged" in capsys.readouterr().err


def test_what_is_not_read_is_named(capsys, caplog):
    printed(capsys, "彼は한국어を話す。")
    assert "'한국어' at character 3" in caplog.text


def test_a_model_of_another_language_reads_with_its_phonemizer(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(EspeakPhonemizer, "__call__", lambda _, text: text)
    TsukasaTokenizer(profile="ipa", phonemizer="libritts").save_pretrained(tmp_path / "english")
    assert printed(capsys, "--model", tmp_path / "english", "Yes, indeed ` it is. And so are we.") == (
        "Yes, indeed  it is.\nAnd so are we.\n"
    )
    assert "Yes" in printed(capsys, "--model", tmp_path / "english", "--explain", "Yes. It is.")
    assert printed(capsys, "--model", tmp_path / "english", "--profile", "kokoro", "犬が") == "inɯ ɡa\n"
    assert main(["phonemize", "--model", str(tmp_path / "english"), "--kana", "Yes."]) == 1
    assert "there is no kana to print" in capsys.readouterr().err
    TsukasaTokenizer(profile="ipa").save_pretrained(tmp_path / "phonemes")
    assert main(["phonemize", "--model", str(tmp_path / "phonemes"), "Yes."]) == 1
    assert "reads phonemes, not text" in capsys.readouterr().err


@pytest.mark.parametrize(("encoding", "flags"), [("utf-8", []), ("cp932", ["--encoding", "cp932"])])
def test_text_of_the_command_line_where_the_locale_has_no_japanese(encoding, flags, capsys, monkeypatch):
    """In a bare POSIX locale, Python keeps the bytes of arguments in half characters."""
    monkeypatch.setattr(text_input.os, "fsencode", lambda text: text.encode("ascii", "surrogateescape"))
    kept = "海は青い".encode(encoding).decode("ascii", "surrogateescape")
    assert main(["phonemize", "--kana", *flags, kept]) == 0
    assert capsys.readouterr().out == "ウミワアオイ\n"


def test_text_of_the_command_line_in_another_encoding_is_one_sentence(capsys, monkeypatch):
    monkeypatch.setattr(text_input.os, "fsencode", lambda text: text.encode("ascii", "surrogateescape"))
    assert main(["phonemize", "海は青い".encode("cp932").decode("ascii", "surrogateescape")]) == 1
    assert "try --encoding cp932" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["本文です。\x00次です。", "猫\x1bです", "犬\ud800"])
def test_characters_that_are_not_spoken_by_say_are_refused_alike(text, capsys, tmp_path):
    sentences = []
    for command in (["phonemize", text], ["say", text, "-o", str(tmp_path / "speech.wav")]):
        assert main(command) == 1
        sentences.append(capsys.readouterr().err.partition(": ")[2])
    assert sentences[0] == sentences[1]
    assert "control character U+" in sentences[0]
