# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Spaces between short units, as the strings of the published checkpoints have them."""

import pytest

from transformers_tsukasa.text import phonemize


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("百二十三", "hjakɯ nidʑɯɯ saɴ"),
        ("2345円", "niseɴ sambʲakɯ jondʑɯɯ go eɴ"),
        ("お茶を飲んでいる", "otɕa o nonde irɯ"),
        ("食べられなかった", "tabeɽaɽenakaʔta"),
        ("雨でしょうか", "ame deɕoɯ ka"),
        ("行くんです", "ikɯɴ desɯ"),
        ("拾い上げた", "çiɽoiageta"),
        ("読み始める", "jomi hadʑimerɯ"),
    ],
)
def test_spaces_stand_between_short_units(text, phonemes):
    assert phonemize(text).phonemes == phonemes
