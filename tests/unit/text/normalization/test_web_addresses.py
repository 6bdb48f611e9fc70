# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""URLs, e-mail addresses and file names."""

import pytest

from support.normalized_text import written
from transformers_tsukasa.text.normalization.normalization import normalize


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.com/", "エグザンプルドットコム"),
        ("info@example.com", "インフォアットマークエグザンプルドットコム"),
        ("report.pdf", "レポートドットピーディーエフ"),
        ("www.nhk.or.jp", "ダブリューダブリューダブリュードットエヌエイチケードットオーアールドットジェーピー"),
    ],
)
def test_addresses_are_read_as_people_read_them_aloud(text, expected):
    assert written(text) == expected
    assert all(piece.source == "url" for piece in normalize(text))
