# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where the strings of the published checkpoints have a space between two short units."""

from .units import Unit


_INFLECTED = ("動詞", "形容詞", "助動詞")


def is_joined(left: Unit, right: Unit) -> bool:
    """Whether `right` is written onto `left` without a space."""
    if left.pos == "接頭辞":
        return True
    if right.pos == "接尾辞":
        return True
    if right.pos == "助詞" and right.detail == "接続助詞":
        return True
    if right.pos == "助動詞" and left.pos in _INFLECTED:
        return right.lemma != "です"
    return False
