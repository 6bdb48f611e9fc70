# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Markup that names a word and its reading: ｜漢字《かんじ》 as in Aozora Bunko and web novels, HTML <ruby>, and the
forms of other sites, {漢字|かんじ} and [[rb:漢字 > かんじ]]. `furigana` finds readings whose word is not marked.
"""

import html
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .readings.given_kana import given_kana


logger = logging.getLogger(__name__)


EMPHASIS = "emphasis: not read"
"""Note of ruby that names no sound."""


@dataclass(frozen=True)
class RubySegment:
    """A stretch of the input: plain text, a word with the reading that its ruby gives, or markup (`text` is "").

    Plain text whose length differs from that of its stretch (an HTML entity) stands at the stretch as one.
    """

    start: int
    end: int
    text: str  # without markup
    kana: str | None = None
    note: str = ""  # why markup that stands for something is not read


DESCRIBED_KANJI = r"※［＃[^［］\n]*］"
"""A kanji that Aozora Bunko describes, because a character set lacks it."""

_PAIRS = ("（()）", "［[]］", "【】", "〈＜<>＞〉", "〔〕", "｛{}｝")  # opening brackets, then those that close them
_BRACKETS = "".join(_PAIRS)
KANA = "ぁ-ゖァ-ヺーゝゞヽヾｦ-ﾟ\u3099\u309a"
"""Kana of full and half width, for a class of a regular expression."""

_BESIDE_KANA = "・･ \u3000〜～"
BRACKETED_KANA = "|".join(
    rf"[{re.escape(opening)}][{KANA}{_BESIDE_KANA}]{{1,40}}[{re.escape(closing)}]"
    for opening, closing in ((pair[: len(pair) // 2], pair[len(pair) // 2 :]) for pair in _PAIRS)
)
"""Kana in brackets of any form but 《 》: 漢字（かんじ）, 漢字【かんじ】, 漢字[かんじ]."""

_MARKUP = re.compile(
    r"<ruby\b[^<>]*>(?P<html>.*?)(?:</ruby\s*>|$(?![\s\S])|(?=<ruby\b))"
    r"|(?P<stray></?(?:ruby|rb|rt|rtc|rp)\b[^<>]*>|(?<!※)［＃[^［］\n]*］)"
    rf"|(?P<kanji>{DESCRIBED_KANJI})(?![《≪※一-鿿])"
    r"|[｜|](?P<bar>[^｜|《》≪≫\n]{1,64})[《≪](?P<bar_reading>[^《》≪≫\n]*)[》≫]"
    rf"|｜(?P<any>[^｜（(［\[【〈＜<〔｛{{\n]{{1,64}})(?P<any_reading>{BRACKETED_KANA})"
    r"|\{(?P<brace>[^{}|｜\n]{1,64})[|｜](?P<brace_reading>[^{}\n]{1,64})\}"
    r"|\[\[rb:(?P<rb>[^\[\]<>\n]{1,64}?)\s*>\s*(?P<rb_reading>[^\[\]<>\n]{1,64})\]\]",
    re.DOTALL | re.IGNORECASE,
)
_HAS_MARKUP = re.compile(r"[《≪｜]|</?r(?:uby|t|p|b)\b|［＃|\{|\[\[rb:", re.IGNORECASE)
_DESCRIBED = "a kanji that is only described: not read"
_TAG = re.compile(r"<[^<>]*>")
_PARENTHESES = re.compile(r"<rp\b[^<>]*>.*?(?:</rp\s*>|(?=<))", re.DOTALL | re.IGNORECASE)
_READING_TAG = re.compile(r"<(?:rt|rtc)\b[^<>]*>", re.IGNORECASE)
_READING_END = re.compile(r"</(?:rt|rtc)\s*>|<rb\b[^<>]*>", re.IGNORECASE)
# Marks inside a reading; not those that may change or lengthen a kana.
_WITHOUT_SOUND = re.compile(r"(?![゛゜\u3099\u309a\-‐‑–—―−─〜～~])[\W_]")
_EMPHASIS = re.compile(r"[\W_〇丶ヽゝー]*")


def parse_ruby(text: str) -> list[RubySegment]:
    """Cuts `text` into plain stretches, words with ruby and markup; together they cover it.

    Annotations of Aozora Bunko, ［＃...］, are markup. In broken HTML a missing end tag ends with the text or with the
    next <ruby>. Ruby that holds no kana leaves its word as plain text: emphasis (・, ●, ﹅) in silence, anything else
    (a translation, kanji) with a warning.
    """
    if _HAS_MARKUP.search(text) is None:
        return [RubySegment(0, len(text), text)]
    segments: list[RubySegment] = []
    position = 0
    for match in _MARKUP.finditer(text):
        if position < match.start():
            segments.append(RubySegment(position, match.start(), text[position : match.start()]))
        if match["html"] is not None:
            segments.extend(_html_words(match["html"], match.start("html"), match.start(), match.end()))
        elif match["stray"] is not None:
            segments.append(RubySegment(match.start(), match.end(), ""))
        elif match["kanji"] is not None:
            segments.append(RubySegment(match.start(), match.end(), "", note=_DESCRIBED))
        else:
            segments.extend(_marked_word(match))
        position = match.end()
    if position < len(text):
        segments.append(RubySegment(position, len(text), text[position:]))
    return segments


def ruby_kana(reading: str, base: str, place: int) -> tuple[str | None, str]:
    """The katakana of the ruby of `base`, which stands `place` characters into the text; marks in it are not spoken.

    Returns:
        The reading and "", or None and the reason. A reason other than emphasis is logged, too.
    """
    kana = given_kana(_WITHOUT_SOUND.sub("", reading))
    if kana is not None:
        return kana, ""
    if is_emphasis(reading):
        return None, EMPHASIS
    logger.warning(
        "the ruby %r of %r at character %d is not kana and is not read; write it in kana", reading, base, place + 1
    )
    return None, "ruby that is not kana: not read"


def is_emphasis(reading: str) -> bool:
    """Whether ruby only draws dots, circles or lines beside its word, and names no sound."""
    return _EMPHASIS.fullmatch(reading) is not None


def _marked_word(match: re.Match[str]) -> Iterator[RubySegment]:
    """A word whose beginning is marked, with its ruby; the readings of {東京|とう|きょう} are those of its parts."""
    form = next(name for name in ("bar", "any", "brace", "rb") if match[name] is not None)
    base, reading = match[form], match[f"{form}_reading"].strip(_BRACKETS)
    if form == "brace" and given_kana(re.sub("[|｜]", "", reading)) is None:
        yield RubySegment(match.start(), match.end(), match.group())  # braces of something else
        return
    kana, note = ruby_kana(reading, base, match.start())
    if kana is not None:
        yield RubySegment(match.start(), match.end(), base, kana)
        return
    yield RubySegment(match.start(), match.start(form), "")
    yield RubySegment(match.start(form), match.end(form), base)
    yield RubySegment(match.end(form), match.end(), "", note=note)


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
            found.append((offset + position, base, ruby_kana(reading, base, offset + position)[0]))
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
