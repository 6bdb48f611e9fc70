# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Write two tables: compounds that the analysis misreads, and readings that are forms of one word.

    python scripts/build_reading_tables.py jamdict.db [--out FOLDER]

`jamdict.db` is the database in the package `jamdict-data` (1.5: JMdict of 2021-04-17; unpack `jamdict.db.xz`).

- `jmdict/compounds.tsv.gz` (entry, readings): entries with two or more kanji that are read in another way by
  themselves, as two or more words. A phrase of nouns (彼の人), or a word with a suffix, only if one of its words is
  not read as JMdict reads that word by itself: 彼の人 may be カレノヒト. Phrases with a verb or an adjective are set
  ones (真に受ける).
- `jmdict/variants.tsv.gz` (entry, readings): writings for which one entry of the dictionary, that is one word, has
  several readings that are in use (明日: アシタ, アス). Two entries of one writing are two words, and none of these.
- `unidic_variants.tsv.gz` (base form, readings): the same from UniDic, where a lemma is a word and has forms (日本:
  ニホン, ニッポン; 良い: ヨイ, イイ). No names of people, and no forms that differ by a voiced or doubled sound at an
  edge, which the neighbouring word decides (カタ, ガタ; イチ, イッ).
"""

import argparse
import gzip
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from build_heteronym_accents import read_dictionary
from transformers_tsukasa.text.phonemes.morae import comparable_morae, is_kana, to_katakana
from transformers_tsukasa.text.readings.jtalk import read_words, run_mecab
from transformers_tsukasa.text.readings.njd_words import INFLECTED, NjdWord
from transformers_tsukasa.text.unidic import unidic_folder
from transformers_tsukasa.utils.atomic_files import atomic_file


DATA = Path(__file__).resolve().parents[1] / "src" / "transformers_tsukasa" / "text" / "data"
JMDICT_HEADER = (
    "# Made by scripts/build_reading_tables.py from JMdict, property of the Electronic Dictionary Research and\n"
    "# Development Group; CC BY-SA 4.0 (LICENSE.txt beside this file).\n"
)
UNIDIC_HEADER = "# Made by scripts/build_reading_tables.py from UniDic (NOTICE.txt beside this file).\n"
_KANJI = re.compile("[一-鿿㐀-䶿々]")
_WRITTEN = re.compile("[一-鿿㐀-䶿々ぁ-ゖ]+")
_PHRASE = re.compile("[一-鿿㐀-䶿々][ぁ-ゖ]+[一-鿿㐀-䶿々]")
_UNUSUAL = ("out-dated", "irregular")
_VOICING_MARKS = "\u3099\u309a"
_VOWELS_OF_N = str.maketrans("ナニヌネノ", "アイウエオ")
_MIN_KANJI = 2
_MAX_WORDS = 6
_LEMMA_READING, _LEMMA, _WRITTEN_BASE, _FORM_BASE = 6, 7, 10, 20  # columns of UniDic 2.1.2


class Writing(NamedTuple):
    """A writing of an entry, with the readings in use that the entry has for it (katakana)."""

    text: str
    readings: tuple[str, ...]


def read_writings(database: sqlite3.Connection) -> Iterator[Writing]:
    """Every writing of every entry, with the readings that are neither irregular nor outdated."""
    marks = {table: _grouped(database, f"SELECT kid, text FROM {table}") for table in ("KNI", "KNR")}
    readings = defaultdict(list)
    for number, entry, kana, no_kanji in database.execute("SELECT ID, idseq, text, nokanji FROM Kana ORDER BY ID"):
        if not no_kanji and not any(word in mark for mark in marks["KNI"][number] for word in _UNUSUAL):
            readings[entry].append((to_katakana(kana), marks["KNR"][number]))
    for entry, text in database.execute("SELECT idseq, text FROM Kanji ORDER BY ID"):
        if _WRITTEN.fullmatch(text) and _KANJI.search(text):
            fitting = [kana for kana, only_for in readings[entry] if not only_for or text in only_for]
            yield Writing(text, tuple(kana for kana in fitting if is_kana(kana)))


def _grouped(database: sqlite3.Connection, query: str) -> defaultdict[int, list[str]]:
    groups: defaultdict[int, list[str]] = defaultdict(list)
    for number, text in database.execute(query):
        groups[number].append(text)
    return groups


def find_compounds(writings: Sequence[Writing]) -> dict[str, str]:
    """Entry -> readings, for `compounds.tsv.gz`."""
    known = _readings_by_writing(writings)
    compounds = {}
    for text, readings in known.items():
        if len(_KANJI.findall(text)) < _MIN_KANJI or not readings:
            continue
        words = read_words(features := run_mecab(text), [None] * len(features), text)
        present = "".join(word.kana for word in words)
        is_apart = 2 <= len(words) <= _MAX_WORDS
        if not is_apart or comparable_morae(present) in map(comparable_morae, readings):
            continue
        if not _may_be_literal(text, words, known) and not _differs_in_joints(words, present, readings):
            compounds[text] = "/".join(readings)
    return compounds


def _may_be_literal(text: str, words: Sequence[NjdWord], known: dict[str, dict[str, None]]) -> bool:
    """Whether the entry may be met as plain words of another meaning: a phrase of nouns, or a noun and a suffix."""
    if _PHRASE.search(text) and any(word.pos in INFLECTED for word in words):
        return False
    is_phrase = _PHRASE.search(text) or any(is_kana(word.surface) for word in words) or _is_suffix(words[-1])
    return bool(is_phrase) and all(_is_read_alone(word, known) for word in words)


def _is_suffix(word: NjdWord) -> bool:
    return word.detail == "接尾" and word.pos_details[1] != "助数詞"


def _differs_in_joints(words: Sequence[NjdWord], present: str, readings: Iterable[str]) -> bool:
    """Whether long words only meet in another way (合併ガイシャ or カイシャ, ハンノウ or ハンオウ): as good."""
    is_long = all(len(_KANJI.findall(word.surface)) >= _MIN_KANJI for word in words)
    return is_long and _loose(present) in map(_loose, readings)


def _loose(kana: str) -> str:
    """A reading without the difference between voiced and voiceless, and without the N that ン lends to a vowel."""
    plain = "".join(character for character in normalize("NFD", kana) if character not in _VOICING_MARKS)
    return re.sub("ン([ナニヌネノ])", lambda match: "ン" + match[1].translate(_VOWELS_OF_N), plain)


def _readings_by_writing(writings: Sequence[Writing]) -> dict[str, dict[str, None]]:
    """Writing -> readings, in the order of the dictionary."""
    known: dict[str, dict[str, None]] = {}
    for text, readings in writings:
        known.setdefault(text, {}).update(dict.fromkeys(readings))
    return known


def _is_read_alone(word: NjdWord, known: dict[str, dict[str, None]]) -> bool:
    """Whether the word, as it stands or in its base form, is read as JMdict reads it by itself."""
    if is_kana(word.surface) or word.kana in known.get(word.surface, ()):
        return True
    stem, ending = word.lemma[:-1], word.lemma[-1:]
    tail = to_katakana(word.surface[len(stem) :])
    return bool(stem) and any(
        word.kana == reading.removesuffix(to_katakana(ending)) + tail for reading in known.get(word.lemma, ())
    )


def find_variants(writings: Iterable[Writing]) -> list[tuple[str, str]]:
    """Writings with readings of one word that sound differently."""
    variants = []
    for text, readings in writings:
        by_sound = {comparable_morae(reading): reading for reading in reversed(readings)}
        if len(by_sound) > 1:
            variants.append((text, "/".join(reversed(by_sound.values()))))
    return sorted(set(variants))


def read_lemmas(entries: Iterable[tuple[int, list[str]]]) -> Iterator[Writing]:
    """The base forms of UniDic's words, with the readings that one lemma has for them."""
    forms: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for _, features in entries:
        if len(features) <= _FORM_BASE or features[2] == "人名" or not _KANJI.search(features[_WRITTEN_BASE]):
            continue
        key = (features[_WRITTEN_BASE], features[_LEMMA], features[_LEMMA_READING], features[0])
        if is_kana(features[_FORM_BASE]):
            forms.setdefault(key, {})[features[_FORM_BASE]] = None
    for (text, *_), readings in sorted(forms.items()):
        middles = {_loose(reading[0]) + reading[1:].removesuffix("ッ") for reading in readings}
        if len(middles) == len(readings):
            yield Writing(text, tuple(sorted(readings)))


def write_table(path: Path, header: str, lines: Iterable[tuple[str, str]]) -> None:
    """Write a packed table; the same lines give the same bytes."""
    content = header + "".join("\t".join(line) + "\n" for line in lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as part:
        part.write_bytes(gzip.compress(content.encode("utf-8"), mtime=0))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", type=Path, metavar="jamdict.db")
    parser.add_argument("--out", type=Path, default=DATA, metavar="FOLDER")
    options = parser.parse_args(arguments)
    if not options.database.is_file():
        parser.error(f"{options.database} does not exist; unpack jamdict.db.xz of the package jamdict-data")
    database = sqlite3.connect(f"{options.database.resolve().as_uri()}?mode=ro", uri=True)
    writings = list(read_writings(database))
    tables = {
        "jmdict/compounds.tsv.gz": (JMDICT_HEADER, sorted(find_compounds(writings).items())),
        "jmdict/variants.tsv.gz": (JMDICT_HEADER, find_variants(writings)),
        "unidic_variants.tsv.gz": (UNIDIC_HEADER, find_variants(read_lemmas(read_dictionary(unidic_folder())))),
    }
    for name, (header, lines) in tables.items():
        write_table(options.out / name, header, lines)
        print(f"{len(lines)} lines in {options.out / name}")


if __name__ == "__main__":
    main()
