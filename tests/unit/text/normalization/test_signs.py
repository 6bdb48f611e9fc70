# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Signs, emoji and kaomoji: read by name or left out."""

import pytest

from support.normalized_text import written
from transformers_tsukasa.text.normalization.normalization import normalize


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Q&A", "キューアンドエー"),
        ("C#とC++", "シーシャープとシープラスプラス"),
        ("3×4=12", "3カケル4イコール12"),
        ("○×", "マルバツ"),
        ("-5度", "マイナス5度"),
        ("±3", "プラスマイナス3"),
        ("2^10", "2の10乗"),
        ("x²", "エックスの2乗"),
        ("½", "2分の1"),
        ("①②", "1、2"),
        ("#花見", "ハッシュタグ花見"),
        ("〇〇さん", "マルマルさん"),
    ],
)
def test_signs_are_read(text, expected):
    assert written(text) == expected


@pytest.mark.parametrize("text", ["😊", "👨‍👩‍👧‍👦", "(^^)", "(´；ω；`)", "m(_ _)m", "＼(^o^)／", "→", "★"])
def test_what_is_not_read_leaves_a_note(text):
    pieces = normalize(text)
    assert "".join(piece.text for piece in pieces) == ""
    assert all(piece.note for piece in pieces)


def test_laughter_is_not_read_after_a_word_and_spelled_alone():
    assert written("まじかよwww") == "まじかよ"
    assert written("www") == "ダブリュー" * 3


def test_brackets_with_words_are_no_face():
    assert written("（小声で）") == "（小声で）"
    assert written("(笑)") == "(笑)"
