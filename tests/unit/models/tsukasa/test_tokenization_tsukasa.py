# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Token ids against the recorded ones, and what the tokenizer refuses."""

import json

import pytest
from safetensors import safe_open

from support.shared_data import recorded_path
from transformers_tsukasa import TsukasaConfig, TsukasaTokenizer
from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.accent_levels import accent_levels
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


@pytest.mark.parametrize("name", ["kokoro_ja", "kokoro_phonemes"])
def test_ids_of_kokoro_equal_the_recorded_ones(name):
    tokenizer = TsukasaTokenizer(profile="kokoro", add_suffix_pad=True, unknown="drop")
    with safe_open(recorded_path("family", "parity", "dev", f"{name}.safetensors"), "pt") as recorded:
        metadata, ids = recorded.metadata(), recorded.get_tensor("input_ids").flatten().tolist()
    assert tokenizer(metadata["text_phonemes"], phonemize=False)["input_ids"] == ids


def test_kokoro_has_its_symbols_and_names_for_the_ids_between(tmp_path):
    tokenizer = TsukasaTokenizer(profile="kokoro")
    assert tokenizer.vocab_size == len(tokenizer) == 178 and tokenizer.pad_token_id == 0
    assert tokenizer.convert_tokens_to_ids(["(", "ʣ", "A", "ᵻ"]) == [12, 18, 24, 177]
    assert tokenizer.convert_ids_to_tokens([7, 8]) == ["<unused7>", "<unused8>"]
    tokenizer.save_pretrained(tmp_path)
    loaded = TsukasaTokenizer.from_pretrained(tmp_path)
    assert loaded.get_vocab() == tokenizer.get_vocab() and loaded.profile == "kokoro"
    assert loaded("（夏目）「はい」")["input_ids"] == tokenizer("（夏目）「はい」")["input_ids"]
    with pytest.raises(ValueError, match=r"no symbol '«' \(U\+00AB\)"):
        tokenizer("«a»", phonemize=False)


def test_phonemes_alone_are_read_by_a_tokenizer_of_ipa():
    tokenizer = TsukasaTokenizer(profile="ipa")
    ids = [SYMBOL_TO_ID[symbol] for symbol in "həlˈoʊ ."]
    assert tokenizer("həlˈoʊ .")["input_ids"] == [0, *ids]
    with pytest.raises(ValueError, match="no symbol '今'"):
        tokenizer("今日")
    with pytest.raises(ValueError, match="does not read Japanese"):
        tokenizer.to_kana("həlˈoʊ")


def test_a_function_reads_text():
    tokenizer = TsukasaTokenizer(profile="ipa", phonemizer=str.lower)
    assert tokenizer.reads_text and tokenizer.phonemizer("Hello").phonemes == "hello"
    assert tokenizer("Hello")["input_ids"] == [0, *(SYMBOL_TO_ID[symbol] for symbol in "hello")]
    assert tokenizer("Hello", phonemize=False)["input_ids"][1] == SYMBOL_TO_ID["H"]
    tokenizer.set_phonemizer(None)
    assert not tokenizer.reads_text
    with pytest.raises(TypeError, match="must be a function from text to phonemes or a name, got int"):
        TsukasaTokenizer(phonemizer=3)


def test_a_function_reads_text_for_a_model_of_japanese():
    tokenizer = TsukasaTokenizer(profile="kokoro", phonemizer=str.upper)
    assert tokenizer.to_phonemes("ai") == "AI" and tokenizer("ai")["input_ids"] == [0, 24, 25]


def test_signs_of_a_phonemizer_that_the_model_lacks_are_dropped_and_named(caplog):
    tokenizer = TsukasaTokenizer(profile="ipa", phonemizer=lambda text: f"``{text}")
    assert tokenizer.phonemizer("hi").phonemes == "hi"
    assert "'`' (U+0060)" in caplog.text and "and 1 more" in caplog.text
    with pytest.raises(ValueError, match="no symbol '`'"):
        TsukasaTokenizer(profile="ipa", phonemizer=lambda text: f"``{text}", unknown="error")("hi")


def test_a_phonemizer_is_saved_by_its_name_only(tmp_path):
    TsukasaTokenizer(profile="ipa", phonemizer="libritts:de").save_pretrained(tmp_path)
    saved = json.loads((tmp_path / "tokenizer_config.json").read_text(encoding="utf-8"))
    assert saved["phonemizer_name"] == "libritts:de" and "phonemizer" not in saved
    assert TsukasaTokenizer.from_pretrained(tmp_path).reads_text
    tokenizer = TsukasaTokenizer.from_pretrained(tmp_path, phonemizer=str.lower)
    assert tokenizer.to_phonemes("A") == "a"
    tokenizer.save_pretrained(tmp_path)
    assert "phonemizer" not in (tmp_path / "tokenizer_config.json").read_text(encoding="utf-8")
    assert not TsukasaTokenizer.from_pretrained(tmp_path).reads_text


def test_a_model_of_kokoro_has_pads_at_both_ends():
    config = TsukasaConfig(text_profile="kokoro", text_suffix_pad=True)
    ids = TsukasaTokenizer.from_config(config)("はい")["input_ids"]
    assert ids == [0, 50, 43, 51, 0]


def test_a_model_names_the_source_of_its_accents(tmp_path):
    text = "水をマレーシアから買わなくてはならないのです。"
    by = {source: Phonemizer("clean", True, accent_source=source)(text).phonemes for source in ("rules", "learned")}
    before = TsukasaConfig(text_profile="clean", text_accent=True)  # as models were saved that name no source
    after = TsukasaConfig(text_profile="clean", text_accent=True, text_accent_source="learned")
    assert TsukasaTokenizer.from_config(before).to_phonemes(text) == by["rules"] != by["learned"]
    tokenizer = TsukasaTokenizer.from_config(after)
    assert tokenizer.to_phonemes(text) == by["learned"]
    after.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    assert TsukasaTokenizer.from_pretrained(tmp_path).to_phonemes(text) == by["learned"]
    before.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"accent=True \(learned\), but the model .* accent=True \(rules\)"):
        TsukasaTokenizer.from_pretrained(tmp_path)
    with pytest.raises(ValueError, match="unknown source of accents 'people'"):
        TsukasaTokenizer(accent_source="people")


def test_voices_without_accent_marks_get_the_learned_accent():
    text = "水をマレーシアから買わなくてはならないのです。"
    own = TsukasaTokenizer.from_config(TsukasaConfig(text_profile="kokoro")).read(text)
    rules = TsukasaTokenizer(profile="kokoro", accent_source="rules").read(text)
    assert own[0] == rules[0] and own[1] != rules[1]
    assert rules[1] == accent_levels(Phonemizer("kokoro", accent_source="rules")(text))
