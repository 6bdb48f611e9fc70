# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Write `text/data/heteronym_accents.tsv`: the accent of every reading that `heteronyms.tsv` can choose.

    python scripts/build_heteronym_accents.py

Run it after an edit of `heteronyms.tsv`. The accents are those of the dictionary of pyopenjtalk-plus, whose analysis
would have given them with that reading. For words that inflect there is a line for every form.

The dictionary is MeCab's binary format: a header of ten numbers and the name of the character set (72 bytes), a double
array, tokens of 16 bytes (left and right id, part of speech, cost, offset of the features), features as text.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import pyopenjtalk

from transformers_tsukasa.text.tables import rows
from transformers_tsukasa.utils.atomic_files import atomic_file


DATA = Path(__file__).resolve().parents[1] / "src" / "transformers_tsukasa" / "text" / "data"
HEADER = 72
TOKEN = struct.Struct("<HHHhII")
COST, FEATURE = 3, 4
BASE, READING, ACCENT = 6, 7, 9
INFLECTED = ("動詞", "形容詞")


def read_dictionary(folder: Path) -> Iterator[tuple[int, list[str]]]:
    """Cost and features of every entry of a MeCab dictionary."""
    content = (folder / "sys.dic").read_bytes()
    array_size, tokens_size = struct.unpack_from("<2I", content, 24)
    tokens_start = HEADER + array_size
    features_start = tokens_start + tokens_size
    for offset in range(tokens_start, features_start, TOKEN.size):
        token = TOKEN.unpack_from(content, offset)
        start = features_start + token[FEATURE]
        yield token[COST], content[start : content.index(b"\0", start)].decode("utf-8", "replace").split(",")


def wanted_readings() -> tuple[list[tuple[str, str]], dict[str, set[str]]]:
    """Words as written with a reading, in the order of the table; base forms of words that inflect with the readings
    of their stem."""
    words: list[tuple[str, str]] = []
    stems: dict[str, set[str]] = {}
    for word, part_of_speech, reading in rows("heteronyms.tsv", 3):
        if word.startswith("@"):
            continue
        words.append((word, reading))
        if part_of_speech.startswith(INFLECTED):
            stems.setdefault(word, set()).add(reading)
    return words, stems


def collect(entries: Iterator[tuple[int, list[str]]]) -> dict[tuple[str, str], int]:
    """The accent of the cheapest entry for every wanted (base form or word, reading)."""
    words, stems = wanted_readings()
    forms = {(word[0], reading): word for word, reading in sorted(words) if word not in stems or not word[-1] > "ん"}
    best: dict[tuple[str, str], tuple[int, int]] = {}
    for cost, features in entries:
        if len(features) <= ACCENT or not (accent := features[ACCENT].split("/")[0]).isdigit():
            continue
        base, reading = features[BASE], features[READING]
        keys = set()
        if (base, reading) in words or any(reading.startswith(stem) for stem in stems.get(base, ())):
            keys.add((base, reading))
        if features[0] in INFLECTED and base and (base[0], reading) in forms:  # 行っ as オコナッ belongs to 行う
            keys.add((forms[base[0], reading], reading))
        for key in keys:
            if key not in best or cost < best[key][0]:
                best[key] = (cost, int(accent))
    return {key: accent for key, (_, accent) in sorted(best.items())}


def table() -> str:
    """The content of the table."""
    folder = pyopenjtalk.OPEN_JTALK_DICT_DIR
    accents = collect(read_dictionary(Path(folder.decode() if isinstance(folder, bytes) else folder)))
    lines = ["# Made by scripts/build_heteronym_accents.py: word or base form, reading, accent nucleus."]
    lines += [f"{word}\t{reading}\t{accent}" for (word, reading), accent in accents.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    with atomic_file(DATA / "heteronym_accents.tsv") as part:
        part.write_text(table(), encoding="utf-8")


if __name__ == "__main__":
    main()
