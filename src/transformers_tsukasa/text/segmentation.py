# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Long text to sentences that can be spoken one after the other, in constant memory."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain


SENTENCE, LINE, PARAGRAPH, CLAUSE, NONE = "sentence", "line", "paragraph", "clause", "none"
"""The pause after a segment: of a sentence, a line break, an empty line, a comma, or none (cut for its length)."""

DEFAULT_LIMIT = 200  # characters: about half a minute of speech, far below the limit of the models

_FULL_STOPS = frozenset("。！？｡︒⁇⁈⁉‼❗❓")
_ASCII_STOPS = frozenset(".!?．")
_TRAILING = frozenset("。！？｡!?.．…‥♪♡♥★☆～〜ー—―、，")  # stay with the sentence they follow
_TRAILING_AFTER_CLOSING = frozenset("。！？｡!?.．…‥♪")
_BRACKETS = dict(zip("「『（(【《〈［[｛{“〔｢«", "」』）)】》〉］]｝}”〕｣»", strict=True))
_CLOSING = frozenset(_BRACKETS.values())
_COMMAS = frozenset("、，,､；;：:")
_ABBREVIATION = re.compile(r"(?:^|[^A-Za-z])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|No|vs|etc|Jr|Sr|Inc|Ltd|Co|Vol|pp?)$")
_ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]*$", re.IGNORECASE)
_HIRAGANA = re.compile("[ぁ-ゖ]")
_CONTENT = re.compile("[一-鿿々ァ-ヴA-Za-z0-9Ａ-Ｚａ-ｚ０-９「『（(]")
_WORDS = re.compile(r"[^\W_]|[%％¥￥$＄€£+＋=＝×÷℃&＆@＠#＃]")
_SPACES = re.compile(r"\s+")
_LINE_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")


@dataclass(frozen=True)
class Segment:
    """A stretch of text to speak in one go: `text` is the input from `start` to `end`, without spaces around it."""

    text: str
    start: int
    end: int
    pause: str  # the pause after it: SENTENCE, LINE, PARAGRAPH, CLAUSE or NONE
    gap: str = ""  # the spaces between it and the segment before in the same line

    @property
    def has_words(self) -> bool:
        """Whether there is anything but marks, so that it can be spoken; a row of ＊＊＊ is only a pause."""
        return _WORDS.search(self.text) is not None


def split_sentences(text: str, limit: int = DEFAULT_LIMIT) -> list[Segment]:
    """The sentences of `text` in order.

    A sentence ends at 。！？ or a line break, or at . ! ? before a space; repeated and closing marks stay with it, and
    text in brackets or quotes stays together. Decimal points, addresses and abbreviations do not end it. A sentence
    longer than `limit` is cut at a stop inside quotes, else at 、, else between a particle and the next word.

    Args:
        text: any text.
        limit: the most characters of a segment, at least 10.
    """
    return list(iter_sentences([text], limit))


def iter_sentences(lines: Iterable[str], limit: int = DEFAULT_LIMIT) -> Iterator[Segment]:
    """The sentences of an iterable of lines, such as an open file; `start` and `end` count from its beginning.

    How the text is cut into lines makes no difference, save that no line ends inside a sentence. It never holds more
    than one line and one segment.
    """
    if limit < 10:
        raise ValueError(f"the limit of a segment is {limit} characters; give at least 10")
    offset = 0
    held: Segment | None = None
    for line in chain.from_iterable(map(split_lines, lines)):
        blank = not line.strip()
        if held is not None and blank and held.pause != PARAGRAPH:
            held = replace(held, pause=PARAGRAPH)
        for segment in _line_segments(line, offset, limit):
            if held is not None:
                yield held
            held = segment
        offset += len(line)
    if held is not None:
        yield held


def split_lines(text: str) -> Iterator[str]:
    """Yield the lines of `text` with their ends; for all that reads a text line by line."""
    position = 0
    for match in _LINE_BREAKS.finditer(text):
        yield text[position : match.end()]
        position = match.end()
    if position < len(text):
        yield text[position:]


def _line_segments(line: str, offset: int, limit: int) -> Iterator[Segment]:
    """The segments of a line that begins at `offset`."""
    last = 0
    begin = _past_spaces(line, 0)
    while begin < len(line):
        end, pause = _next_cut(line, begin, limit)
        following = _past_spaces(line, end)
        if following == len(line):
            pause = LINE if _LINE_BREAKS.search(line, max(end - 2, 0)) else SENTENCE
        text = line[begin:end].rstrip()
        yield Segment(text, offset + begin, offset + begin + len(text), pause, line[last:begin] if last else "")
        last = begin + len(text)
        begin = following


def _past_spaces(line: str, position: int) -> int:
    """The first place from `position` on that is no space."""
    match = _SPACES.match(line, position)
    return match.end() if match else position


def _next_cut(line: str, begin: int, limit: int) -> tuple[int, str]:
    """The end of the segment that starts at `begin`, and the pause after it."""
    open_brackets: list[str] = []
    inner_stop = comma = break_place = 0
    position = begin
    while position < len(line):
        if position - begin >= limit:
            return _forced_cut(begin, limit, inner_stop, comma, break_place)
        character = line[position]
        if character in _BRACKETS:
            open_brackets.append(_BRACKETS[character])
        elif character in _CLOSING and character in open_brackets:
            del open_brackets[open_brackets.index(character) :]
        if _is_stop(line, position):
            end, open_brackets = _after_marks(line, begin, position + 1, min(begin + limit, len(line)), open_brackets)
            if not open_brackets and not _continues(line, end):
                return end, SENTENCE
            inner_stop = end
            position = max(end, position + 1)
            continue
        position += 1
        if character in _COMMAS and not _is_inside_number(line, position - 1):
            comma = position
        elif position < len(line) and _may_break(line, position):
            break_place = position
    return len(line), LINE


def _forced_cut(begin: int, limit: int, inner_stop: int, comma: int, break_place: int) -> tuple[int, str]:
    """The best place to cut a long segment, and the pause there: late enough that its rest is not tiny."""
    for place, pause in ((inner_stop, SENTENCE), (comma, CLAUSE), (break_place, NONE)):
        if place - begin >= limit // 4:
            return place, pause
    for place, pause in ((inner_stop, SENTENCE), (comma, CLAUSE), (break_place, NONE)):
        if place > begin:
            return place, pause
    return begin + limit, NONE


def _is_stop(line: str, position: int) -> bool:
    """Whether a sentence may end with the character at `position`."""
    character = line[position]
    if character in _FULL_STOPS:
        return True
    if character not in _ASCII_STOPS:
        return False
    following = line[position + 1 : position + 2]
    before = line[max(position - 12, 0) : position]
    if character in ".．":
        if following.isalnum() and (following.isascii() or before[-1:].isdigit()):
            return False  # 3.14, example.com, .5
        return _ABBREVIATION.search(before) is None
    return not (following.isascii() and following.isalnum() and _is_in_address(line, position))


def _is_in_address(line: str, position: int) -> bool:
    """Whether the mark belongs to a URL."""
    return _ADDRESS.search(line, max(position - 200, 0), position) is not None


def _after_marks(line: str, begin: int, position: int, stop: int, open_brackets: list[str]) -> tuple[int, list[str]]:
    """The end, at most `stop`, of the marks that belong to a full stop, and the brackets still open after them."""
    remaining = list(open_brackets)
    trailing = _TRAILING
    while position < stop:
        character = line[position]
        if character in remaining:
            del remaining[remaining.index(character) :]
            trailing = _TRAILING_AFTER_CLOSING
        elif character in _CLOSING or character == '"' and line.count('"', begin, position) % 2:
            trailing = _TRAILING_AFTER_CLOSING
        elif character not in trailing:
            break
        position += 1
    return position, remaining


def _continues(line: str, position: int) -> bool:
    """Whether a sentence continues after a closing quote: 「行く。」と言った."""
    return line[position - 1] in _CLOSING and _HIRAGANA.match(line, position) is not None


def _is_inside_number(line: str, position: int) -> bool:
    return line[position - 1 : position].isdigit() and line[position + 1 : position + 2].isdigit()


def _may_break(line: str, position: int) -> bool:
    """Whether a long sentence may be cut here: after a space, or where hiragana end and the next word begins."""
    if line[position - 1].isspace():
        return True
    return _HIRAGANA.match(line, position - 1) is not None and _CONTENT.match(line, position) is not None
