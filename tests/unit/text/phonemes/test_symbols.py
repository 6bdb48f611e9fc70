# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The symbols of the published checkpoints."""

from safetensors import safe_open

from support.shared_data import recorded_path
from transformers_tsukasa.text.phonemes.symbols import PAD, PAD_ID, SYMBOL_TO_ID, SYMBOLS, is_in_inventory


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


def test_inventory_refuses_what_is_not_in_it():
    assert is_in_inventory("kʲoɯ wa, iː teŋki!")
    assert not is_in_inventory("kyō")
    assert not is_in_inventory("今日")
