# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Phone numbers, codes, addresses, scores, ranges and neighbouring numbers."""

import pytest

from support.normalized_text import written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10:00〜18:00", "10時から18時"),
        ("3-2で勝った", "3タイ2で勝った"),
        ("10-20人", "10から20人"),
        ("3-4人", "サンヨニン"),
        ("2,3本", "ニサンボン"),
        ("5-3=2", "5ヒク3イコール2"),
        ("1-2-3", "1の2の3"),
        ("090-1234-5678", "ゼロキュウゼロ、イチニーサンヨン、ゴーロクナナハチ"),
        ("〒100-0001", "ユウビンバンゴウイチゼロゼロ、ゼロゼロゼロイチ"),
        ("東京～大阪", "東京から大阪"),
        ("待って～", "待って～"),
        ("03(1234)5678", "ゼロサン、イチニーサンヨン、ゴーロクナナハチ"),
        ("+81-3-1234-5678", "プラスハチイチ、サン、イチニーサンヨン、ゴーロクナナハチ"),
    ],
)
def test_groups_of_numbers_are_written_out(text, expected):
    assert written(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("170 165 180", "170、165、180"),
        ("90 100 110", "90、100、110"),
        ("5 10 15", "5、10、15"),
        ("12 345人", "12345人"),
        ("1 200 000", "1200000"),
        ("12 345 678", "12345678"),
        ("1\u202f500\u202f000", "1500000"),
        ("3\u2009200円", "3200円"),
        ("3 000 m", "3000メートル"),
    ],
)
def test_lists_and_groups_of_thousands(text, expected):
    assert written(text) == expected
