# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A text as pieces: words whose reading is given, and the normalised text between them.

The order decides what wins: markup, readings in brackets after a word, the user dictionary, normalisation. Each works
on the plain text that the steps before it have left, with the markup taken out, so that a word is found across it.
"""

from collections.abc import Iterator, Sequence

from .dictionary import PARTS_OF_SPEECH, UserDictionary
from .furigana import find_furigana
from .markup import EMPHASIS, RubySegment, parse_ruby
from .normalization.normalization import normalize
from .types import MARKUP, RUBY, Piece, PlacedText


def split_pieces(text: str, dictionary: UserDictionary | None) -> list[Piece]:
    """The pieces of `text` in order, with places in it; markup that is not read has an empty text and a note."""
    segments = parse_ruby(text)
    pieces: list[Piece] = []
    plain: list[RubySegment] = []
    for segment in segments:
        if segment.kana is None:
            plain.append(segment)
            continue
        pieces += _plain_pieces(plain, dictionary)
        plain = []
        pieces.append(Piece(segment.start, segment.end, segment.text, RUBY, segment.kana))
    return pieces + _plain_pieces(plain, dictionary)


def _plain_pieces(segments: Sequence[RubySegment], dictionary: UserDictionary | None) -> list[Piece]:
    """The pieces of neighbouring segments without a reading."""
    plain = _joined(segments)
    pieces = list(_pieces_of(plain.text, dictionary))
    if plain.starts != range(len(plain.text)):
        pieces = [part for piece in pieces for part in _in_original(piece, plain)]
    notes = [_note(segment) for segment in segments if segment.note]
    return sorted([*pieces, *notes], key=lambda piece: piece.start) if notes else pieces


def _note(segment: RubySegment) -> Piece:
    """Markup that is not read, in its place."""
    return Piece(segment.start, segment.end, "", MARKUP if segment.note == EMPHASIS else "unknown", note=segment.note)


def _joined(segments: Sequence[RubySegment]) -> PlacedText:
    """The text of segments as one."""
    if len(segments) == 1 and len(segments[0].text) == segments[0].end - segments[0].start:
        (one,) = segments
        return PlacedText.unchanged(one.text, one.start)
    starts: list[int] = []
    ends: list[int] = []
    for segment in segments:
        in_step = len(segment.text) == segment.end - segment.start
        for offset in range(len(segment.text)):
            starts.append(segment.start + offset if in_step else segment.start)
            ends.append(segment.start + offset + 1 if in_step else segment.end)
    return PlacedText("".join(segment.text for segment in segments), starts, ends)


def _pieces_of(text: str, dictionary: UserDictionary | None) -> Iterator[Piece]:
    """The pieces of text without markup, with places in it."""
    position = 0
    for given in _given_words(text, dictionary):
        yield from _normalized(text, position, given.start)
        yield given
        position = given.end
    yield from _normalized(text, position, len(text))


def _given_words(text: str, dictionary: UserDictionary | None) -> list[Piece]:
    """Words with readings in brackets, and words of the user that do not touch them."""
    given: list[Piece] = []
    for found in find_furigana(text):
        if found.kana is None:
            given.append(Piece(found.opening, found.end, "", MARKUP, note=EMPHASIS))
        elif found.stop == found.opening:
            given.append(Piece(found.start, found.end, text[found.start : found.stop], RUBY, found.kana))
        else:
            given.append(Piece(found.start, found.stop, text[found.start : found.stop], RUBY, found.kana))
            given.append(Piece(found.opening, found.end, "", MARKUP, note="the reading of the word before"))
    taken = {place for piece in given for place in range(piece.start, piece.end)}
    for match in dictionary.find(text) if dictionary else ():
        if taken.isdisjoint(range(match.start, match.end)):
            entry = match.entry
            pos = PARTS_OF_SPEECH[entry.pos]
            given.append(Piece(match.start, match.end, entry.surface, "user", entry.kana, entry.accent, pos=pos))
    return sorted(given, key=lambda piece: piece.start)


def _normalized(text: str, start: int, end: int) -> Iterator[Piece]:
    if (start, end) == (0, len(text)):
        yield from normalize(text)
        return
    for piece in normalize(text[start:end]):
        yield piece.placed(start + piece.start, start + piece.end)


def _in_original(piece: Piece, plain: PlacedText) -> Iterator[Piece]:
    """A piece of the plain text with its place in the original, cut where markup lies between its characters."""
    starts, ends = plain.starts, plain.ends
    begin = piece.start
    if piece.kana is None and len(piece.text) == piece.length:
        for place in range(piece.start + 1, piece.end):
            if ends[place - 1] != starts[place]:
                yield Piece(starts[begin], ends[place - 1], _part(piece, begin, place), piece.source, note=piece.note)
                begin = place
        yield Piece(starts[begin], ends[piece.end - 1], _part(piece, begin, piece.end), piece.source, note=piece.note)
    else:
        yield piece.placed(starts[piece.start], ends[piece.end - 1])


def _part(piece: Piece, begin: int, end: int) -> str:
    return piece.text[begin - piece.start : end - piece.start]
