# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Lists without a header: what their columns hold, by name of the format or by their content.

Lists of the usual programs have the same separator and different columns: `id|text|normalised text`,
`file|text|speaker`, `id|speaker|text`, `file|speaker|language|text`. Which one it is shows in what is written there: a
speaker's name comes back, a sentence hardly does; languages are few short codes.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...text.phonemes.symbols import is_in_inventory
from .audio_names import is_audio_name


@dataclass(frozen=True)
class ListLayout:
    """The content of the columns of a list.

    Args:
        format: its name, one of `transcripts.FORMATS`.
        columns: a field of `SourceRow`, "language", "normalised text", or "" for what is not used, of every column.
        optional: how many columns at the end a line may leave out.
        has_more: whether lines may have further columns, which are not used.
    """

    format: str
    columns: tuple[str, ...]
    optional: int = 0
    has_more: bool = False

    @property
    def description(self) -> str:
        """The columns as they are written, such as `audio|text|speaker`."""
        return "|".join(column or "(not used)" for column in self.columns) + ("|..." if self.has_more else "")

    @property
    def expected(self) -> str:
        """How many columns a line has, in words."""
        most = len(self.columns)
        if self.has_more:
            return f"{most} or more"
        return f"{most - self.optional} or {most}" if self.optional else str(most)

    def fits(self, cells: Sequence[str]) -> bool:
        """Whether a line has as many columns as it should."""
        most = len(self.columns)
        return most - self.optional <= len(cells) and (self.has_more or len(cells) <= most)


LAYOUTS = {
    layout.format: layout
    for layout in (
        ListLayout("ljspeech", ("audio", "text", "normalised text"), optional=1),
        ListLayout("list", ("audio", "text", "speaker"), optional=1),
        ListLayout("phoneme-list", ("audio", "phonemes", "speaker"), optional=1),
        ListLayout("speaker-list", ("audio", "speaker", "text")),
        ListLayout("esd", ("audio", "speaker", "language", "text"), has_more=True),
    )
}
"""The layouts that can be named."""

_JAPANESE = re.compile(r"[ぁ-ヿ㐀-鿿々]")
_SENTENCE_MARK = re.compile(r"[。、！？!?,.…]")
_JAPANESE_LANGUAGES = {"jp", "ja", "ja-jp", "ja_jp", "jpn", "japanese", "日本語", "日文", "all_ja"}
_OTHER_LANGUAGES = {
    *("zh", "zh-cn", "zh_cn", "zho", "cn", "chinese", "中文", "all_zh", "yue", "all_yue", "cantonese"),
    *("en", "en-us", "en_us", "en-gb", "eng", "english", "英文", "all_en", "ko", "kr", "kor", "korean", "all_ko"),
    *("auto", "auto_yue"),
}
# Share of the lines that must look alike for a column to hold one kind of thing.
_MOST = 0.9


def is_japanese_language(code: str) -> bool:
    """Whether a language's code is that of Japanese; automatic and missing ones may be."""
    return code.lower() in _JAPANESE_LANGUAGES or code.lower().startswith("auto") or not code


def named_layout(columns: Mapping[str, str]) -> ListLayout:
    """The layout of columns that are named by their number, `{"audio": "1", "text": "3"}`.

    Raises:
        ValueError: when the audio, or both text and phonemes, are missing, or two fields have one column.
    """
    places = {int(number) - 1: field for field, number in columns.items()}
    is_enough = "audio" in columns and bool({"text", "phonemes"} & columns.keys())
    if not is_enough or len(places) < len(columns) or min(places) < 0:
        raise ValueError(
            "the columns of a list without a header are named by different numbers from 1, one for audio and one for "
            "text or phonemes: such as audio=1 and text=3"
        )
    return ListLayout("list", tuple(places.get(place, "") for place in range(max(places) + 1)), has_more=True)


def guess_layout(rows: Sequence[Sequence[str]], where: str) -> ListLayout:
    """Recognise what the columns of a list hold.

    Args:
        rows: the cells of every line.
        where: the list, for messages.

    Raises:
        ValueError: when its content does not tell, with how to tell it.
    """
    width = _usual_width(rows)
    columns = [_Column([row[place].strip() for row in rows if len(row) == width]) for place in range(width)]
    if width >= 4 and columns[2].holds_languages:
        return LAYOUTS["esd"]
    others = {place: column for place, column in enumerate(columns) if place and not column.is_empty}
    languages = {place: "language" for place, column in others.items() if column.holds_languages}
    left = {place: column for place, column in others.items() if place not in languages}
    has_names = columns[0].holds_audio_names
    if len(left) == 1:
        fields = {place: _text_field(column, has_names) for place, column in left.items()}
    elif len(left) == 2 and (pair := _tell_pair(list(left.values()), has_names)):
        fields = dict(zip(left, pair, strict=True))
    else:
        raise ValueError(
            f"the {width} columns of {where} do not show which one is the text and which one the speaker: set "
            f"`format` ({', '.join(LAYOUTS)}), or name the columns by their numbers in `columns`, such as audio=1, "
            "speaker=2 and text=3"
        )
    return _layout_of(("audio", *({**fields, **languages}.get(place, "") for place in range(1, width))), has_names)


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    """The number of columns of most lines; the last one may be missing in most."""
    counts = Counter(len(row) for row in rows)
    width = counts.most_common(1)[0][0]
    return width + 1 if counts[width + 1] > (1 - _MOST) * len(rows) else width


def _layout_of(columns: tuple[str, ...], has_names: bool) -> ListLayout:
    """The layout with a name that has these columns, or a layout of its own."""
    while not columns[-1]:
        columns = columns[:-1]
    if columns == ("audio", "text"):
        return LAYOUTS["list" if has_names else "ljspeech"]
    if columns == ("audio", "phonemes"):
        return LAYOUTS["phoneme-list"]
    return next((layout for layout in LAYOUTS.values() if layout.columns == columns), ListLayout("list", columns))


class _Column:
    """One column of a list, without its empty cells."""

    def __init__(self, cells: Sequence[str]) -> None:
        self.count = len(cells)
        self.cells = [cell for cell in cells if cell]

    def _share(self, is_so: Callable[[str], object]) -> float:
        return sum(bool(is_so(cell)) for cell in self.cells) / max(len(self.cells), 1)

    @property
    def is_empty(self) -> bool:
        return not self.cells

    @cached_property
    def holds_languages(self) -> bool:
        return not self.is_empty and all(cell.lower() in _JAPANESE_LANGUAGES | _OTHER_LANGUAGES for cell in self.cells)

    @cached_property
    def holds_audio_names(self) -> bool:
        return self._share(is_audio_name) >= _MOST

    @cached_property
    def is_japanese(self) -> bool:
        return self._share(_JAPANESE.search) > 0.5

    @cached_property
    def is_ipa(self) -> bool:
        """Whether it has symbols of phonemes that are no letters."""
        return self.may_be_phonemes and not all(cell.isascii() for cell in self.cells)

    @cached_property
    def may_be_phonemes(self) -> bool:
        """Whether it has phonemes and hardly any Japanese; a symbol that no model knows is reported with its row."""
        return any(map(is_in_inventory, self.cells)) and self._share(_JAPANESE.search) <= 1 - _MOST

    @cached_property
    def has_marks(self) -> bool:
        return self._share(_SENTENCE_MARK.search) > 0.5

    @cached_property
    def values(self) -> int:
        """How many different cells there are."""
        return len(set(self.cells))

    @cached_property
    def length(self) -> float:
        return sum(map(len, self.cells)) / len(self.cells)

    @property
    def may_be_names(self) -> bool:
        """Whether it may name speakers: values come back, or are short words."""
        return self.values <= self.count / 2 or self._share(lambda cell: " " in cell or len(cell) > 40) <= 1 - _MOST

    def names_speakers_of(self, text: "_Column") -> bool:
        """Whether this column shows that it names the speakers of the other's sentences."""
        comes_back = self.values < self.count
        is_shorter = 2 * self.length <= text.length
        if is_shorter and (comes_back or (self.count <= 3 and text.has_marks and not self.has_marks)):
            return True
        return comes_back and 2 * self.values <= text.values


def _text_field(column: _Column, has_names: bool) -> str:
    """The field of a column with sentences: phonemes, also without special symbols in a list of files, or text."""
    return "phonemes" if column.is_ipa or (has_names and column.may_be_phonemes) else "text"


def _tell_pair(columns: Sequence[_Column], has_names: bool) -> tuple[str, str] | None:
    """The fields of the two columns after the recording's; None when they do not show them.

    Args:
        columns: the two.
        has_names: whether recordings are named by files, as in lists with speakers, and not by ids, as in those with a
            normalised text.
    """
    first, second = columns
    if _are_speakers(first, second):
        return "speaker", _text_field(second, has_names)
    if _are_speakers(second, first):
        return _text_field(first, has_names), "speaker"
    if (first.is_japanese and second.is_ipa) or (first.is_ipa and second.is_japanese):
        # Of a few lines, either may be a sentence in both writings or a Japanese name.
        return None if first.count <= 3 else (_text_field(first, has_names), _text_field(second, has_names))
    if not has_names:
        return "text", "normalised text"
    is_text = second.is_japanese and second.values > 3 and second.length > 8
    return None if is_text or second.length > first.length else (_text_field(first, has_names), "speaker")


def _are_speakers(column: _Column, text: _Column) -> bool:
    """Whether a column can only hold the speakers of the other's sentences."""
    is_only_text = (text.is_japanese or text.is_ipa) and not (column.is_japanese or column.is_ipa)
    shows = column.names_speakers_of(text) or (is_only_text and column.may_be_names)
    return shows and not text.names_speakers_of(column)


__all__ = ["LAYOUTS", "ListLayout", "guess_layout", "is_japanese_language", "named_layout"]
