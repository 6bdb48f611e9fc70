# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The symbols of published checkpoints and their token ids (docs/spec/model.md).

Tsukasa, StyleTTS 2 and Kokoro v0.19 share one table, in which a symbol's place in `SYMBOLS` is its id; Kokoro v1.0 has
one of its own.
"""

import unicodedata


PAD = "$"
SPACE = " "

_PUNCTUATION = ';:,.!?¡¿—…"«»“” '
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PHONES = "ɑɐɒæɓʙβɔɕçɗɖðʤəɘɚɛɜɝɞɟʄɡɠɢʛɦɧħɥʜɨɪʝɭɬɫɮʟɱɯɰŋɳɲɴøɵɸθœɶʘɹɺɾɻʀʁɽʂʃʈʧʉʊʋⱱʌɣɤʍχʎʏʑʐʒʔʡʕʢǀǁǂǃˈˌːˑʼʴʰʱʲʷˠˤ˞↓↑→↗↘"
# The apostrophe stands on both sides of the combining syllabic mark: the second place is the one in use.
_MARKS = "'\N{COMBINING VERTICAL LINE BELOW}'ᵻ"

SYMBOLS: tuple[str, ...] = (PAD, *_PUNCTUATION, *_LETTERS, *_PHONES, *_MARKS)
"""All symbols in the order of their ids, the apostrophe twice."""

SYMBOL_TO_ID: dict[str, int] = {symbol: index for index, symbol in enumerate(SYMBOLS)}
"""Symbol to token id; of the two apostrophes the later id wins, as in the published checkpoints."""

# The symbols of Kokoro v1.0 that have the same id in both tables, and those that took the place of others.
_KOKORO_KEPT = (
    ';:,.!?—…"“” IOQSTWYabcdefhijklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵻ'
)
_KOKORO_NEW = {"(": 12, ")": 13, "\N{COMBINING TILDE}": 17, "ʣ": 18, "ʥ": 19, "ʦ": 20, "ʨ": 21, "ᵝ": 22, "ꭧ": 23}
_KOKORO_NEW |= {"A": 24, "ᵊ": 42}

KOKORO_SYMBOL_TO_ID: dict[str, int] = dict(
    sorted(
        {PAD: 0, **{symbol: SYMBOL_TO_ID[symbol] for symbol in _KOKORO_KEPT}, **_KOKORO_NEW}.items(),
        key=lambda item: item[1],
    )
)
"""Symbol to token id in Kokoro v1.0: its 114 symbols, and the pad, which its own table leaves out. Ids up to 177 that
are not here have no symbol."""

PAD_ID = SYMBOL_TO_ID[PAD]
PAUSE_IDS = tuple(SYMBOL_TO_ID[symbol] for symbol in ";:,.!?—…")
"""Punctuation that is spoken as a pause."""

ACCENT_RISE = "↑"
ACCENT_FALL = "↓"


def is_sound(symbol: str) -> bool:
    """Whether a symbol is a sound, or a sign of its length or stress, and no mark, pad or space."""
    return unicodedata.category(symbol)[0] in "LM"


def is_in_inventory(symbols: str) -> bool:
    """Whether every character of `symbols` is a symbol a checkpoint knows."""
    return all(symbol in SYMBOL_TO_ID for symbol in symbols)


PHONEMES_ONLY = "ipa"
"""The profile of models whose texts are phonemes: no Japanese is read for them."""


def symbol_table(profile: str) -> dict[str, int]:
    """Symbol to token id of the models of a profile, where the model has no table of its own."""
    return KOKORO_SYMBOL_TO_ID if profile == "kokoro" else SYMBOL_TO_ID
