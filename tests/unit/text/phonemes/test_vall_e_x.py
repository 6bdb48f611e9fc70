# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Japanese in the symbols of VALL-E X."""

import json

import pyopenjtalk
import pytest

from support.shared_data import recorded_path
from transformers_tsukasa.text.phonemes.vall_e_x import (
    SYMBOL_TO_ID,
    cut_at_marks,
    is_word_piece,
    join_pieces,
    phones_of_labels,
    tokens_of,
)
from transformers_tsukasa.text.phonemes.vall_e_x_reading import render_vall_e_x
from transformers_tsukasa.text.phonemizer import Phonemizer


@pytest.mark.parametrize(
    "text, phones",
    [
        ("学校へ行ってきます", "ga↑k#kooe i↑t#tekima↓sɯ*."),
        ("やったー！合格したよ！", "ja↑t#ta↓a! go↑okakɯʃi*ta↓jo!"),
        ("えっ…本当に？", "e↓Q… ho↑ntoon^i?"),
        ("新幹線で東京から大阪まで。", "ʃi↑ŋka↓Nsende to↑okjookaɾa o↑osakama↓de."),
    ],
)
def test_words_are_written_as_the_model_learned_them(text, phones):
    assert render_vall_e_x(Phonemizer().words(text)) == phones


def test_symbols_of_labels_and_ids_are_those_recorded():
    path = recorded_path("valle", "dev", "g2p.jsonl")
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()][1:]
    assert len(cases) > 30
    for case in cases:
        assert [SYMBOL_TO_ID.get(token, 0) for token in tokens_of(case["phones"])] == case["ids"]
        if case["language"] == "ja":
            pieces = (
                (phones_of_labels(pyopenjtalk.extract_fullcontext(piece)), True)
                if is_word_piece(piece)
                else (piece, False)
                for piece in cut_at_marks(case["text"])
            )
            assert join_pieces(pieces) == case["phones"], case["text"]


def test_every_symbol_has_an_id_of_its_own():
    assert len(SYMBOL_TO_ID) == 70 and list(SYMBOL_TO_ID)[5:] == sorted(list(SYMBOL_TO_ID)[5:])
