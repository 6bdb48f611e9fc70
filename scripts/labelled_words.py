# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words in context with the reading that a person gave them, from two kinds of files of JSON lines.

- Labelled words: `t` text, `r` a list of [start, end, kana] of words with several readings, `d` `total` or `ruby` for
  old books with ruby on nearly every word, or only where an editor wanted it; without `d`: modern text.
- Sentences: `text`, `human_kana`, `source`. The reading of each word comes from an alignment of the recorded reading
  with ours; words beside which the two differ are left out.

The front-end reads every text first, without the model, so this takes about 4 ms a sentence; `cached_words` keeps the
result.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from transformers_tsukasa.evaluation.readings.reading_scores import kana_only
from transformers_tsukasa.text.phonemes.morae import comparable_morae, to_katakana
from transformers_tsukasa.text.pieces import split_pieces
from transformers_tsukasa.text.readings.analysis import read_by_rules
from transformers_tsukasa.text.readings.layout import Layout, chunked
from transformers_tsukasa.text.readings.learned.context_features import context_features, core_of
from transformers_tsukasa.text.readings.njd_words import NjdWord
from transformers_tsukasa.text.readings.word_places import find_places
from transformers_tsukasa.text.types import Piece
from transformers_tsukasa.utils.atomic_files import atomic_file


@dataclass(frozen=True)
class LabelledWord:
    """A word, how the rules read it, what stands around it, and the right reading of its core in comparable morae."""

    source: str
    surface: str
    lemma: str
    kana: str
    core: str
    tail: str
    gold: str
    features: tuple[str, ...]

    @property
    def reading(self) -> str:
        """The rules' reading of the core in comparable morae."""
        return _sound(self.kana.removesuffix(to_katakana(self.tail)))


_CONVENTIONAL = "wac"
_BY_CONVENTION = frozenset("方他") | {"日本"}


def is_labelled_by_convention(word: LabelledWord) -> bool:
    """Whether all places of a word have one label, whatever is spoken there: the Wikipedia corpus has 方 as カタ."""
    return word.source.startswith(_CONVENTIONAL) and word.core in _BY_CONVENTION


def cached_words(path: Path, cache: Path) -> list[LabelledWord]:
    """The labelled words of a file, from `cache` where they were found before."""
    kept = cache / f"{path.name}.words.jsonl.gz"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with atomic_file(kept) as part, gzip.open(part, "wt", encoding="utf-8", compresslevel=3) as file:
            for word in labelled_words(path):
                file.write(json.dumps(asdict(word), ensure_ascii=False) + "\n")
    with gzip.open(kept, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [LabelledWord(**{**row, "features": tuple(row["features"])}) for row in rows]


@dataclass(frozen=True)
class LabelledText:
    """A text that one analysis can take, and its labels.

    Attributes:
        source: its corpus.
        pieces: of the text, for `read_by_rules`.
        row: of the file.
    """

    source: str
    pieces: list[Piece]
    row: dict[str, Any]

    def labels(self, words: Sequence[NjdWord], layout: Layout) -> list[tuple[int, str]]:
        """Index and right reading, in comparable morae, of the words whose core is labelled."""
        if "r" in self.row:
            return list(_by_places(words, layout, self.row))
        return list(_by_alignment(words, self.row["human_kana"]))


def labelled_texts(path: Path) -> Iterator[LabelledText]:
    """The texts of a file that have labels."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            chunks = chunked(split_pieces(row.get("t", row.get("text")), None))
            if len(chunks) != 1 or not (row.get("r") or row.get("human_kana")):
                continue
            if "r" in row:
                source = f"aozora-{row['d']}" if row.get("d") else path.name.partition("_")[0]
            else:
                source = row.get("source", path.name)
            yield LabelledText(source, chunks[0], row)


def labelled_words(path: Path) -> Iterator[LabelledWord]:
    """Read a file, and describe its labelled words in their context."""
    for text in labelled_texts(path):
        words, layout, _ = read_by_rules(text.pieces)
        yield from (described(words, index, gold, text.source) for index, gold in text.labels(words, layout))


def described(words: Sequence[NjdWord], index: int, gold: str, source: str) -> LabelledWord:
    """Word `index` of a text with its label; it must have a core."""
    word, core = words[index], core_of(words[index])
    assert core is not None
    features = tuple(context_features(words, index, core))
    return LabelledWord(source, word.surface, word.lemma, word.kana, core.written, core.tail, gold, features)


def _by_places(words: Sequence[NjdWord], layout: Layout, row: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Index and right reading of the words whose core is labelled."""
    starts: dict[int, int] = {}
    for index, (begin, end) in enumerate(find_places(words, layout.text)):
        starts.setdefault(layout.original_place(begin, end)[0], index)
    for start, end, kana in row["r"]:
        core = core_of(words[starts[start]]) if start in starts else None
        if core is not None and core.written == row["t"][start:end]:
            yield starts[start], _sound(kana)


def _by_alignment(words: Sequence[NjdWord], recorded: str) -> Iterator[tuple[int, str]]:
    """Index and right reading of the words between which the recorded reading and ours agree."""
    human = comparable_morae(kana_only(recorded))
    spoken, bounds = "", [0]
    for word in words:
        spoken += kana_only(word.pronunciation)
        bounds.append(len(comparable_morae(spoken)))
    own = comparable_morae(spoken)
    same = {left: right for left, right in _aligned(own, human) if own[left] == human[right]}
    for index, word in enumerate(words):
        core = core_of(word)
        begin, end = bounds[index], bounds[index + 1]
        if core is None or (begin and begin - 1 not in same) or (end < len(own) and end not in same):
            continue
        tail = len(comparable_morae(to_katakana(core.tail))) if core.tail else 0
        first = same[begin - 1] + 1 if begin else 0
        last = same[end] if end < len(own) else len(human)
        reading = human[first:last]
        if len(reading) > tail and reading[len(reading) - tail :] == own[end - tail : end]:
            right, present = reading[: len(reading) - tail], own[begin : end - tail]
            yield index, core.reading if right == present else "".join(right)


def _aligned(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs of places that a shortest edit of one sequence into the other sets beside each other."""
    costs = [list(range(len(right) + 1))]
    for row, one in enumerate(left, 1):
        costs.append([row])
        for column, other in enumerate(right, 1):
            costs[row].append(
                min(
                    costs[row - 1][column - 1] + (one != other), costs[row - 1][column] + 1, costs[row][column - 1] + 1
                )
            )
    pairs = []
    row, column = len(left), len(right)
    while row and column:
        if costs[row][column] == costs[row - 1][column - 1] + (left[row - 1] != right[column - 1]):
            row, column = row - 1, column - 1
            pairs.append((row, column))
        elif costs[row][column] == costs[row - 1][column] + 1:
            row -= 1
        else:
            column -= 1
    return pairs


def _sound(kana: str) -> str:
    return "".join(comparable_morae(kana_only(kana)))
