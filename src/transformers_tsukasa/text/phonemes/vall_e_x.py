# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Japanese in the symbols of VALL-E X: 70 single characters, of which one is one token.

The symbols and the way from phones and accents to them are those that the published checkpoint learned, measured on
recorded texts (docs/spec/valle.md, section 8). The readings are this project's. Phones and their places in accent
phrases pass as full-context labels, which pyopenjtalk makes of words with a reading.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple


SPECIAL_SYMBOLS = ("[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]")
SPACE_SYMBOL = "_"
_CHARACTERS = "!#*,-.=?NQ^_`abdefghijklmnopstuvwxyz~æçðŋɑɔəɛɥɪɫɯɸɹɾʃʊʑʒʰˈˌθ…⁼↑→↓"
SYMBOL_TO_ID: dict[str, int] = {symbol: index for index, symbol in enumerate((*SPECIAL_SYMBOLS, *_CHARACTERS))}
"""Symbol to token id: the characters in the order of their code points."""

RISE, FALL = "↑", "↓"
_FINAL_MARKS = tuple(".,!?-…~")
# Characters that belong to words: kana with their marks, kanji, 々, Latin letters and digits of both widths.
_WORD = r"A-Za-z\d々぀-ヿ一-鿿１-９Ａ-Ｚａ-ｚｦ-ﾝ"
_MARK = re.compile(f"[^{_WORD}]")
_IN_WORDS = re.compile(f"[{_WORD}]")
# Marks in ASCII as the checkpoint's training wrote them; full-width forms of ASCII follow from Unicode.
_ASCII_MARKS = {
    **dict(zip("、。「」『』〔〕", ",.[]{}[]", strict=True)),
    **{"【": "[(", "】": ")]", "〈": "<", "〉": ">", "《": "<<", "》": ">>"},
    **dict.fromkeys("“”", '"'),
    **dict.fromkeys("‘’", "'"),
    **{"…": "...", "‥": "..", "—": "--", "―": "--", "–": "-", "‐": "-", "〜": "~", "〝": '"', "〟": '"'},
}
_LABEL = re.compile(r"-(\w+)\+.*?/A:(-?\d+|xx)\+(\d+|xx)\+(\d+|xx)/")
_SILENT = ("sil", "pau")
_PHONES = {"ch": "ʧ", "sh": "ʃ", "cl": "Q"}
# Symbols in front of others, in this order: moraic consonants by what follows, then the sounds themselves.
_REWRITES = tuple(
    (re.compile(pattern), symbol)
    for pattern, symbol in (
        (r"\.\.\.", "…"),
        (r"Q(?=[↑↓]?[kg])", "k#"),
        (r"Q(?=[↑↓]?[tdjʧ])", "t#"),
        (r"Q(?=[↑↓]?[sʃ])", "s"),
        (r"Q(?=[↑↓]?[pb])", "p#"),
        (r"N(?=[↑↓]?[pbm])", "m"),
        (r"N(?=[↑↓]?[ʧʥj])", "n^"),
        (r"N(?=[↑↓]?[tdn])", "n"),
        (r"N(?=[↑↓]?[kg])", "ŋ"),
        ("u", "ɯ"),
        ("ʧ", "tʃ"),
        ("j", "dʑ"),
        ("y", "j"),
        ("ni", "n^i"),
        ("nj", "n^"),
        ("hi", "çi"),
        ("hj", "ç"),
        ("f", "ɸ"),
        ("I", "i*"),
        ("U", "ɯ*"),
        ("r", "ɾ"),
    )
)


class _PlacedPhone(NamedTuple):
    """A phone with its place in the accent phrase, as a full-context label tells it.

    Attributes:
        symbol: of the phone.
        after_nucleus: morae after the accent nucleus; 0 on it, negative before it.
        mora: the mora's number in the phrase, from 1.
        morae_left: morae from here to the end of the phrase, from 1.
    """

    symbol: str
    after_nucleus: int
    mora: int
    morae_left: int


def phones_of_labels(labels: Iterable[str]) -> str:
    """Phones with spaces between accent phrases, and arrows where the pitch rises and falls.

    Args:
        labels: full-context labels of Open JTalk, of words without marks between them.
    """
    placed = [_read_label(label) for label in labels]
    written = ""
    for place, phone in enumerate(placed):
        if phone is None:
            continue
        following = placed[place + 1] if place + 1 < len(placed) else None
        next_mora = -1 if following is None else following.mora
        written += phone.symbol
        if phone.morae_left == 1 and next_mora == 1:
            written += " "
        elif phone.after_nucleus == 0 and next_mora == phone.mora + 1:
            written += FALL
        elif phone.mora == 1 and next_mora == 2:
            written += RISE
    return written


def _read_label(label: str) -> _PlacedPhone | None:
    """The phone of a label; None for a pause."""
    match = _LABEL.search(label)
    if match is None or match[1] in _SILENT:
        return None
    return _PlacedPhone(_PHONES.get(match[1], match[1]), int(match[2]), int(match[3]), int(match[4]))


def cut_at_marks(text: str) -> list[str]:
    """A text in pieces of words and single marks, spaces among them, in order.

    This is how the program of the checkpoint cuts a text before it reads it: recorded texts are compared in this way.
    """
    return [piece for piece in re.split(f"({_MARK.pattern})", text.replace("％", "パーセント")) if piece]


def join_pieces(pieces: Iterable[tuple[str, bool]]) -> str:
    """The symbols of a text.

    Args:
        pieces: phones (True), and marks as they are written in the text (False), in order.
    """
    joined = ""
    for piece, is_spoken in pieces:
        if is_spoken:
            joined += f" {piece}" if joined else piece
        else:
            joined += "".join(map(_ascii_mark, piece))
    joined = joined.strip()
    for pattern, symbol in _REWRITES:
        joined = pattern.sub(symbol, joined)
    return joined if joined.endswith(_FINAL_MARKS) else f"{joined}."


def is_word_piece(piece: str) -> bool:
    """Whether a piece of `cut_at_marks` is to be read."""
    return _IN_WORDS.match(piece) is not None


def tokens_of(symbols: str) -> list[str]:
    """Single tokens of symbols: every character, spaces as `_`."""
    return list(symbols.replace(" ", SPACE_SYMBOL))


def _ascii_mark(mark: str) -> str:
    """A mark in ASCII; nothing for one that has no form there."""
    if mark in _ASCII_MARKS:
        return _ASCII_MARKS[mark]
    plain = unicodedata.normalize("NFKC", mark)
    return plain.strip() if plain.isascii() else ""


__all__ = [
    "SPACE_SYMBOL",
    "SYMBOL_TO_ID",
    "cut_at_marks",
    "is_word_piece",
    "join_pieces",
    "phones_of_labels",
    "tokens_of",
]
