# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Japanese text to phonemes: normalisation, readings and accent, IPA, romaji, user dictionaries, segmentation."""

from .dictionary import USER_DICTIONARY_FILE, DictionaryError, UserDictionary, load_user_dictionary
from .markup import ReadingError
from .phonemes.symbols import PAD, PAD_ID, SYMBOL_TO_ID, SYMBOLS, is_in_inventory
from .phonemizer import (
    Explanation,
    Mora,
    NothingToReadError,
    Phoneme,
    Phonemization,
    Phonemizer,
    check_phonemes,
    explain,
    format_table,
    phonemize,
)
from .segmentation import Segment, iter_sentences, split_sentences
from .types import Piece, Word


__all__ = [
    "PAD",
    "PAD_ID",
    "SYMBOLS",
    "SYMBOL_TO_ID",
    "USER_DICTIONARY_FILE",
    "DictionaryError",
    "Explanation",
    "Mora",
    "NothingToReadError",
    "Phoneme",
    "Phonemization",
    "Phonemizer",
    "Piece",
    "ReadingError",
    "Segment",
    "UserDictionary",
    "Word",
    "check_phonemes",
    "explain",
    "format_table",
    "is_in_inventory",
    "iter_sentences",
    "load_user_dictionary",
    "phonemize",
    "split_sentences",
]
