# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where the strings of the published checkpoints have a space between two words."""

from .words import Word


_INFLECTED = ("動詞", "形容詞", "助動詞")


def is_joined(left: Word, right: Word) -> bool:
    """Whether `right` is written onto `left` without a space."""
    if left.pos == "接頭詞":
        return True
    kind = right.pos_details[0]
    if right.pos == "助詞" and kind == "接続助詞":
        return True
    if right.pos == "助動詞" and left.pos in _INFLECTED:
        return not right.lemma.startswith("です")
    if right.pos == "動詞" and (kind == "接尾" or right.lemma in ("てる", "ちゃう", "とく", "でる", "じゃう")):
        return True
    if right.pos == "名詞" and kind == "接尾":
        return right.pos_details[1] != "助数詞"
    return False
