# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Characters and kana of recognised speech, against the text."""

from ..text.phonemizer import NothingToReadError, Phonemizer
from .error_rates import ErrorRate, error_rate, plain_characters


class TextComparison:
    """Error rates of recognised text: of its characters, and of its kana, which different spellings share."""

    def __init__(self) -> None:
        self._phonemizer = Phonemizer("clean")

    def characters(self, recognized: str, reference: str) -> ErrorRate:
        """Compare characters without punctuation and spaces. `今日` for `きょう` is an error."""
        return error_rate(plain_characters(recognized), plain_characters(reference))

    def kana(self, recognized: str, reference: str) -> ErrorRate:
        """Compare katakana as our own front-end reads both. `今日` for `きょう` is no error."""
        return error_rate(self.to_kana(recognized), self.to_kana(reference))

    def to_kana(self, text: str) -> str:
        """Read a text as katakana; an empty string for a text without a readable word."""
        try:
            return plain_characters(self._phonemizer(text).kana) if text.strip() else ""
        except NothingToReadError:
            return ""


__all__ = ["TextComparison"]
