# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Historical kana spelling."""

import pytest

from support.normalized_text import written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("けふは使ひませう", "きょうは使いましょう"),
        ("彼は笑ひながら言つた", "彼は笑いながら言った"),
        ("駅へ立つたびに", "駅へ立つたびに"),
    ],
)
def test_old_spellings_become_modern_ones_where_they_cannot_be_modern(text, expected):
    assert written(text) == expected
