# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Token ids against the recorded ones, and what the tokenizer refuses."""

import json

import pytest
from safetensors import safe_open

from support.shared_data import recorded_path
from transformers_tsukasa import TsukasaTokenizer
from transformers_tsukasa.text.dictionary import UserDictionary
from transformers_tsukasa.text.phonemes.symbols import SYMBOL_TO_ID


@pytest.fixture(scope="module")
def tokenizer():
    return TsukasaTokenizer()


@pytest.mark.parametrize("name", ["default", "guided", "no_diffusion"])
def test_ids_equal_the_recorded_ones(tokenizer, name):
    with safe_open(recorded_path("parity", f"synthesis_{name}.safetensors"), "pt") as recorded:
        phonemes, ids = recorded.metadata()["text"], recorded.get_tensor("input_ids")[0].tolist()
    assert tokenizer(phonemes, phonemize=False)["input_ids"] == ids
    assert tokenizer.decode(ids, skip_special_tokens=True) == phonemes


def test_every_symbol_survives(tokenizer):
    symbols = "".join(symbol for symbol in SYMBOL_TO_ID if symbol != "$")
    ids = tokenizer(symbols, phonemize=False)["input_ids"]
    assert ids == [0] + [SYMBOL_TO_ID[symbol] for symbol in symbols]
    assert tokenizer.decode(ids[1:]) == symbols
    assert tokenizer.vocab_size == len(tokenizer) == 178


def test_japanese_is_read(tokenizer):
    phonemes = tokenizer.phonemizer("今日はいい天気ですね。").phonemes
    assert tokenizer.decode(tokenizer("今日はいい天気ですね。")["input_ids"], skip_special_tokens=True) == phonemes
    assert "teɴki" in phonemes or "teŋki" in phonemes


def test_pads_at_the_ends():
    phonemes = "kon"
    ids = TsukasaTokenizer(phonemize=False)(phonemes)["input_ids"]
    assert TsukasaTokenizer(phonemize=False, add_suffix_pad=True)(phonemes)["input_ids"] == [*ids, 0]
    assert TsukasaTokenizer(phonemize=False, add_prefix_pad=False)(phonemes)["input_ids"] == ids[1:]


def test_a_batch_is_padded_at_its_end(tokenizer):
    batch = tokenizer(["kon", "k"], phonemize=False, padding=True, return_tensors="pt")
    assert batch["input_ids"][1].tolist() == [0, SYMBOL_TO_ID["k"], 0, 0]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 1], [1, 1, 0, 0]]


def test_an_unknown_symbol_is_named_with_its_place(tokenizer):
    with pytest.raises(ValueError, match=r"'é' \(U\+00E9\), found at position 3 \(and 1 more\)"):
        tokenizer("koné本", phonemize=False)


def test_unknown_symbols_can_be_dropped_with_a_warning(caplog):
    lenient = TsukasaTokenizer(unknown="drop")
    assert lenient("koné本", phonemize=False)["input_ids"] == lenient("kon", phonemize=False)["input_ids"]
    assert "'é'" in caplog.text and "dropped" in caplog.text


def test_a_tokenizer_of_bare_symbols_drops_unless_told_otherwise():
    assert len(TsukasaTokenizer(phonemize=False)("né")["input_ids"]) == 2
    with pytest.raises(ValueError, match="no symbol"):
        TsukasaTokenizer(phonemize=False, unknown="error")("né")


def test_wrong_options_are_refused(tmp_path):
    with pytest.raises(ValueError, match='"error" or "drop"'):
        TsukasaTokenizer(unknown="ignore")
    for content in ("no json", json.dumps({"a": 0, "b": 0}), json.dumps(["a"])):
        (tmp_path / "vocab.json").write_text(content)
        with pytest.raises(ValueError, match="symbol table"):
            TsukasaTokenizer(vocab_file=tmp_path / "vocab.json")


def test_a_symbol_table_of_ones_own(tmp_path):
    (tmp_path / "vocab.json").write_text(json.dumps({"$": 0, "a": 1, "b": 3}))
    tokenizer = TsukasaTokenizer(vocab_file=tmp_path / "vocab.json", phonemize=False)
    assert tokenizer("ab")["input_ids"] == [0, 1, 3]
    tokenizer.add_tokens(["[new]"])
    assert tokenizer("b[new]")["input_ids"] == [0, 3, 4]


def test_a_dollar_sign_in_japanese_is_read_and_no_pad(tokenizer):
    assert tokenizer("5$です。", add_special_tokens=False)["input_ids"].count(0) == 0


def test_added_tokens_are_not_read_as_text():
    tokenizer = TsukasaTokenizer()
    tokenizer.add_tokens(["[laugh]"])
    ids = tokenizer("はい[laugh]そうです。")["input_ids"]
    assert ids.count(178) == 1
    assert tokenizer.decode(ids, skip_special_tokens=True).startswith("hai[laugh]soɯ")


def test_a_folder_keeps_options_and_user_dictionary(tmp_path):
    tokenizer = TsukasaTokenizer(add_suffix_pad=True, profile="clean")
    tokenizer.user_dictionary = UserDictionary.from_mapping({"司": "ツカサ"})
    tokenizer.save_pretrained(tmp_path)
    loaded = TsukasaTokenizer.from_pretrained(tmp_path)
    assert (loaded.add_suffix_pad, loaded.profile) == (True, "clean")
    assert loaded.to_phonemes("司です。") == tokenizer.to_phonemes("司です。")
    assert "tsɯkasa" in loaded.to_phonemes("司です。")
    assert {path.name for path in tmp_path.iterdir()} >= {"vocab.json", "user_dictionary.csv"}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_new_user_dictionary_is_used_at_once():
    tokenizer = TsukasaTokenizer()
    before = tokenizer.to_phonemes("一二三です。")
    tokenizer.user_dictionary = UserDictionary.from_mapping({"一二三": "ヒフミ"})
    assert "fɯmi" in tokenizer.to_phonemes("一二三です。") and tokenizer.to_phonemes("一二三です。") != before
