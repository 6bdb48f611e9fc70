# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Ruby in the text: ｜漢字《かんじ》, 漢字《かんじ》 and HTML <ruby> give the reading of a word."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .phonemes.morae import is_kana, to_katakana


@dataclass(frozen=True)
class RubySegment:
    """A stretch of the input: plain text, or a word with the reading that its ruby gives."""

    start: int
    end: int
    text: str  # without markup
    kana: str | None = None


class ReadingError(ValueError):
    """A reading given in the text is not kana."""


_BASE_CLASSES = (r"[一-鿿㐀-䶿々〆〇ヶ𠀀-𲎯]+", r"[ァ-ヴー]+", r"[A-Za-zＡ-Ｚａ-ｚ0-9０-９]+", r"[ぁ-ゖー]+")
_RUBY = re.compile(
    r"<ruby\b[^<>]*>(?P<html>.*?)(?:</ruby\s*>|$(?![\s\S])|(?=<ruby\b))"
    r"|(?P<stray></?(?:ruby|rb|rt|rtc|rp)\b[^<>]*>)"
    r"|[｜|](?P<marked>[^｜|《》\n]{1,64})《(?P<marked_reading>[^《》\n]*)》"
    rf"|(?P<base>{'|'.join(_BASE_CLASSES)})《(?P<reading>[ぁ-ゖァ-ヴー・\s]+)》",
    re.DOTALL | re.IGNORECASE,
)
_HAS_RUBY = re.compile(r"《|</?r(?:uby|t|p|b)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_PARENTHESES = re.compile(r"<rp\b[^<>]*>.*?(?:</rp\s*>|(?=<))", re.DOTALL | re.IGNORECASE)
_READING_TAG = re.compile(r"<(?:rt|rtc)\b[^<>]*>", re.IGNORECASE)
_READING_END = re.compile(r"</(?:rt|rtc)\s*>|<rb\b[^<>]*>", re.IGNORECASE)


def parse_ruby(text: str) -> list[RubySegment]:
    """Cuts `text` into plain stretches and words with ruby; together they cover it.

    Without a ｜ in front, ruby belongs to the run of kanji (or katakana, letters, hiragana) before it; 《 》 that hold
    no kana are ordinary brackets there. In broken HTML a missing end tag ends with the text or
    with the next <ruby>, a base without an <rt> in kana (pages have translations there as well) is plain text.

    Raises:
        ReadingError: when the reading of ｜word《reading》 is not kana.
    """
    if _HAS_RUBY.search(text) is None:
        return [RubySegment(0, len(text), text)]
    segments: list[RubySegment] = []
    position = 0
    for match in _RUBY.finditer(text):
        if position < match.start():
            segments.append(RubySegment(position, match.start(), text[position : match.start()]))
        if match["html"] is not None:
            segments.extend(_html_words(match["html"], match.start("html"), match.start(), match.end()))
        elif match["stray"] is not None:
            segments.append(RubySegment(match.start(), match.end(), ""))
        else:
            base, reading = match["marked"] or match["base"], match["marked_reading"] or match["reading"]
            segments.append(RubySegment(match.start(), match.end(), base, _checked_kana(reading, base, match.start())))
        position = match.end()
    if position < len(text):
        segments.append(RubySegment(position, len(text), text[position:]))
    return segments


def _html_words(inner: str, offset: int, start: int, end: int) -> Iterator[RubySegment]:
    """The words of one <ruby>: each base with the <rt> after it. Places run from base to base without a gap."""
    inner = _PARENTHESES.sub(lambda match: " " * len(match.group()), inner)
    found: list[tuple[int, str, str | None]] = []
    position = 0
    for match in _READING_TAG.finditer(inner):
        if match.start() < position:
            continue
        base = _plain(inner[position : match.start()])
        close = _READING_END.search(inner, match.end())
        following = _READING_TAG.search(inner, match.end())
        stop = min(m.start() for m in (close, following) if m) if close or following else len(inner)
        reading = _plain(inner[match.end() : stop])
        if base:
            found.append((offset + position, base, _kana_or_none(reading)))
        position = close.end() if close and close.start() == stop else stop
    rest = _plain(inner[position:])
    if rest or not found:
        found.append((offset + position, rest, None))
    starts = [start, *(place for place, _, _ in found[1:])]
    ends = [*starts[1:], end]
    for (_, base, kana), begin, stop in zip(found, starts, ends, strict=True):
        yield RubySegment(begin, stop, base, kana)


def _plain(markup: str) -> str:
    return html.unescape(_TAG.sub("", markup)).strip()


def _kana_or_none(reading: str) -> str | None:
    kana = re.sub(r"[\s・]", "", reading)
    return to_katakana(kana) if is_kana(kana) else None


def _checked_kana(reading: str, base: str, place: int) -> str:
    kana = _kana_or_none(reading)
    if kana is None:
        raise ReadingError(
            f"the ruby {reading!r} of {base!r} at character {place + 1} is not a reading: write it in kana"
        )
    return kana
