# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The symbols of the published checkpoints."""

import json

from safetensors import safe_open

from support.shared_data import recorded_path
from transformers_tsukasa.text.phonemes.symbols import (
    KOKORO_SYMBOL_TO_ID,
    PAD,
    PAD_ID,
    SYMBOL_TO_ID,
    SYMBOLS,
    is_in_inventory,
    symbol_table,
)


def test_symbols_have_the_places_of_the_published_checkpoints():
    assert len(SYMBOLS) == 178
    assert (SYMBOLS[0], PAD, PAD_ID) == ("$", "$", 0)
    assert SYMBOLS.index("'") == 174
    assert SYMBOL_TO_ID["'"] == 176


def test_symbols_match_recorded_token_ids():
    with safe_open(recorded_path("parity", "synthesis_no_diffusion.safetensors"), "np") as file:
        text = file.metadata()["text"]
        ids = file.get_tensor("input_ids").reshape(-1).tolist()
    assert [PAD_ID, *(SYMBOL_TO_ID[symbol] for symbol in text if symbol in SYMBOL_TO_ID)] == ids


def test_kokoro_has_its_published_table_and_a_pad():
    config = json.loads(recorded_path("family", "parity", "kokoro_config.json").read_text(encoding="utf-8"))
    assert {"$": 0, **config["vocab"]} == KOKORO_SYMBOL_TO_ID
    assert list(KOKORO_SYMBOL_TO_ID.values()) == sorted(KOKORO_SYMBOL_TO_ID.values())


def test_a_profile_has_a_table():
    assert symbol_table("kokoro") is KOKORO_SYMBOL_TO_ID
    assert symbol_table("ipa") is symbol_table("clean") is symbol_table("legacy") is SYMBOL_TO_ID


def test_inventory_refuses_what_is_not_in_it():
    assert is_in_inventory("kʲoɯ wa, iː teŋki!")
    assert not is_in_inventory("kyō")
    assert not is_in_inventory("今日")
