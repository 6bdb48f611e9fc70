# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Letters to katakana for words that no list has."""


def spell_out(word: str) -> str:
    return "".join({"a":"ア"}.get(c,"ク") for c in word)
