# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Numbers in English texts."""

import pytest

from support.normalized_text import written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I have 3 cats", "アイ ハブ スリー キャッツ"),
        ("He has 1,234 books", "ヒー ハズ ワンサウザンドツーハンドレッドサーティフォー ブックス"),
        ("It was built in 1999", "イット ワズ ビルト イン ナインティーンナインティナイン"),
        ("今日は3 cats", "今日は3 キャッツ"),
    ],
)
def test_numbers_are_english_only_in_english_texts(text, expected):
    assert written(text) == expected
