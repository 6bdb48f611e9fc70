# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Japanese text to phonemes: normalisation, readings and accent, IPA, romaji, user dictionaries, segmentation.

The names below are imported when they are first used: code that needs only the symbols does not load the dictionaries
of the analysis.
"""

from typing import TYPE_CHECKING

from ..utils.lazy_names import lazy_names


if TYPE_CHECKING:
    from .dictionary import USER_DICTIONARY_FILE, DictionaryError, UserDictionary, load_user_dictionary
    from .explanation import Explanation, format_table
    from .phonemes.symbols import PAD, PAD_ID, SYMBOL_TO_ID, SYMBOLS, is_in_inventory
    from .phonemization import Mora, Phoneme, Phonemization
    from .phonemizer import NothingToReadError, Phonemizer, check_phonemes, explain, phonemize
    from .segmentation import Segment, iter_sentences, split_sentences
    from .types import Piece, Word


_MODULES = {
    "dictionary": ("USER_DICTIONARY_FILE", "DictionaryError", "UserDictionary", "load_user_dictionary"),
    "explanation": ("Explanation", "format_table"),
    "phonemes.symbols": ("PAD", "PAD_ID", "SYMBOLS", "SYMBOL_TO_ID", "is_in_inventory"),
    "phonemization": ("Mora", "Phoneme", "Phonemization"),
    "phonemizer": ("NothingToReadError", "Phonemizer", "check_phonemes", "explain", "phonemize"),
    "segmentation": ("Segment", "iter_sentences", "split_sentences"),
    "types": ("Piece", "Word"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

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


__getattr__, __dir__ = lazy_names(__name__, _MODULE_OF)
