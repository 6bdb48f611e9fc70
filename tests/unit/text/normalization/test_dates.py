# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Dates and times, fractions and ratios."""

import pytest

from support.normalized_text import written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025/11/20", "2025年11月20日"),
        ("2025-01-05", "2025年1月5日"),
        ("R6.4.1", "令和6年4月1日"),
        ("11/20に", "11月20日に"),
        ("1/2の確率", "2分の1の確率"),
        ("14:30", "14時30分"),
        ("9:05:30", "9時5分30秒"),
        ("2:1の割合", "2タイ1の割合"),
        ("タイムは9:58", "タイムは9分58秒"),
        ("1:23.45", "1分23秒ヨンゴー"),
        ("10am", "10エーエム"),
        ("20XX年", "ニセンエックスエックス年"),
        ("14:00", "14時"),
        ("3:4:5", "3タイ4タイ5"),
    ],
)
def test_dates_and_times_are_written_out(text, expected):
    assert written(text) == expected
