# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The 178 symbols of the published checkpoints; a symbol's place in `SYMBOLS` is its token id (docs/spec/model.md)."""

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

PAD_ID = SYMBOL_TO_ID[PAD]
PAUSE_IDS = tuple(SYMBOL_TO_ID[symbol] for symbol in ";:,.!?—…")
"""Punctuation that is spoken as a pause."""

ACCENT_RISE = "↑"
ACCENT_FALL = "↓"


def is_in_inventory(symbols: str) -> bool:
    """Whether every character of `symbols` is a symbol a checkpoint knows."""
    return all(symbol in SYMBOL_TO_ID for symbol in symbols)
