# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Build the data of `english.py`, `english_letters.py` and `romaji.py` of `text/normalization/`.

    python scripts/english_lexicon/build.py CMUDICT.dict [--sentences SENTENCES.tsv] [--output FOLDER]

Needs `unidic-lite` and `fugashi`. CMUDICT.dict is the data file of the CMU Pronouncing Dictionary; SENTENCES.tsv (id,
text, reading; the ITA corpus and ROHAN4600) shows which nouns are common. Takes about five minutes, most of it for the
letters. The licences are in `text/data/NOTICE.txt`.
"""

import argparse
import collections
import gzip
import os
import re
from pathlib import Path

import letters
import phones
import unidic_lite

from transformers_tsukasa.text.edit_distance import edit_distance
from transformers_tsukasa.text.normalization import english
from transformers_tsukasa.utils.atomic_files import atomic_file


DATA = Path(english.__file__).parents[1] / "data"
_LEMMA, _KANA_OF_LEMMA, _WRITING, _SOUND, _FIELDS, _ACCENT_FIELD, _READING_FIELD = 7, 6, 8, 9, 20, 23, 17
_KATAKANA = re.compile("[ァ-ヴー]+")
_HEADERS = {
    "english.tsv": "# English words in katakana, with the accent nucleus where known; from UniDic (NOTICE.txt).\n",
    "english_sounds.tsv.gz": "# Derived from the CMU Pronouncing Dictionary (NOTICE.txt).\n",
    "romaji_nouns.tsv": "# Nouns and adverbs in kana with their accent nucleus, words for analysis (NOTICE.txt).\n",
}
# Words in -ay that keep ー: スプレー, サンデー.
_KEEP_LONG = frozenset(
    "spray gray relay essay clay sunday monday tuesday wednesday thursday friday saturday birthday holiday".split()  # noqa: SIM905
)


def loanwords() -> tuple[dict[str, collections.Counter[str]], dict[tuple[str, str], str], set[str]]:
    """UniDic's loanwords: word -> katakana with counts, (word, katakana) -> accent, words it writes in lower case.

    A lemma such as コンピューター-computer names the origin of a word; the compiled dictionary is read.
    """
    found: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    accents: dict[tuple[str, str], str] = {}
    lower: set[str] = set()
    binary = (Path(unidic_lite.DICDIR) / "sys.dic").read_bytes()
    for match in re.finditer(rb"[^\x00]{20,}\x00", binary):
        fields = match.group()[:-1].decode("utf-8", "replace").split(",")
        if len(fields) < _FIELDS or "-" not in fields[_LEMMA]:
            continue
        kana, origin = fields[_KANA_OF_LEMMA], fields[_LEMMA].partition("-")[2]
        if not re.fullmatch(r"[A-Za-z][A-Za-z']*", origin) or not _KATAKANA.fullmatch(kana):
            continue
        word = origin.lower()
        found[word][kana] += 1
        if origin.islower():
            lower.add(word)
        if fields[_SOUND] == kana:
            accent = next((field.strip('"') for field in fields[-4:] if field.strip('"').isdigit()), "")
            if accent:
                accents.setdefault((word, kana), accent)
    return found, accents, lower


def pronunciations(path: Path) -> dict[str, list[str]]:
    """The first pronunciation of every word of the CMU dictionary."""
    table: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, *sounds = line.split("#")[0].split()
        if re.fullmatch("[a-z']+", word):
            table.setdefault(word, sounds)
    return table


def modern(word: str, kana: str) -> str:
    """Spellings as they are written now: ウエザー -> ウェザー, ステー -> ステイ, クオリティー -> クオリティ."""
    if "w" in word:
        kana = kana.replace("ウエ", "ウェ").replace("ウオ", "ウォ")
        if re.search("wi|we|whi|whe|wy", word):
            kana = re.sub("ウイ(?!ン?グ)", "ウィ", kana)
    if re.search("ays?$", word) and word not in _KEEP_LONG and re.search("[ケゲセゼテデネヘベペメレェ]ー$", kana):
        kana = kana[:-1] + "イ"
    return kana[:-1] if word.endswith("ity") and kana.endswith("ティー") else kana


def english_rows(sounds: dict[str, list[str]]) -> dict[str, tuple[str, str]]:
    """English words of UniDic: the katakana nearest to the sound where it has several; clipped words are left out."""
    found, accents, lower = loanwords()
    rows: dict[str, tuple[str, str]] = {}
    for word, candidates in found.items():
        if len(word) < 2 or (word not in sounds and word not in lower):
            continue
        if word not in sounds:
            kana = max(candidates, key=lambda kana: candidates[kana])
        else:
            sounded = phones.to_katakana(word, sounds[word])
            kana = min(candidates, key=lambda kana: edit_distance(kana, sounded) - 0.3 * min(candidates[kana], 5))
            if len(sounded) >= 4 and edit_distance(kana, sounded) > 0.75 * max(len(sounded), len(kana)):
                kana = sounded
        rows[word] = (modern(word, kana), accents.get((word, kana), ""))
    return rows


def sound_rows(sounds: dict[str, list[str]]) -> dict[str, str]:
    """Words of the CMU dictionary that the lexicon neither has nor can make from another word."""
    rows: dict[str, str] = {}
    for word, phone_list in sounds.items():
        if len(word) < 2 or word.endswith(("'s", "s'")) or english.is_word(word):
            continue
        kana = modern(word, phones.to_katakana(word, phone_list))
        if _KATAKANA.fullmatch(kana):
            rows[word] = kana
    return rows


def noun_rows(sentences: Path) -> dict[str, str]:
    """Nouns and adverbs of the sentences: kana -> the accent most often meant."""
    import fugashi

    tagger = fugashi.GenericTagger(f'-r {os.devnull} -d "{unidic_lite.DICDIR}"')
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    for line in sentences.read_text(encoding="utf-8").splitlines():
        for node in tagger(line.split("\t")[1]):
            fields = node.feature
            if len(fields) < 26 or fields[0] not in ("名詞", "代名詞", "副詞", "形状詞") or fields[1] == "数詞":
                continue
            kana = fields[_READING_FIELD]
            accent = fields[_ACCENT_FIELD].strip('"').split(",")[0].strip('"')
            native = not _KATAKANA.fullmatch(node.surface)
            if native and accent.isdigit() and len(kana) > 1 and _KATAKANA.fullmatch(kana):
                counts[kana, accent] += 1
    rows: dict[str, str] = {}
    for (kana, accent), _ in counts.most_common():
        rows.setdefault(kana, accent)
    return rows


def write(path: Path, content: str) -> None:
    data = content.encode("utf-8")
    with atomic_file(path) as part:
        part.write_bytes(gzip.compress(data, 9, mtime=0) if path.suffix == ".gz" else data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cmudict", type=Path)
    parser.add_argument("--sentences", type=Path)
    parser.add_argument("--output", type=Path, default=DATA, help="folder for the tables")
    arguments = parser.parse_args()
    sounds = pronunciations(arguments.cmudict)
    rows = english_rows(sounds)
    content = "".join(f"{word}\t{kana}\t{accent}\n" for word, (kana, accent) in sorted(rows.items()))
    write(arguments.output / "english.tsv", _HEADERS["english.tsv"] + content)
    more = sound_rows(sounds)
    content = "".join(f"{word}\t{kana}\n" for word, kana in sorted(more.items()))
    write(arguments.output / "english_sounds.tsv.gz", _HEADERS["english_sounds.tsv.gz"] + content)
    if arguments.sentences:
        content = "".join(f"{kana}\t{accent}\n" for kana, accent in sorted(noun_rows(arguments.sentences).items()))
        write(arguments.output / "romaji_nouns.tsv", _HEADERS["romaji_nouns.tsv"] + content)
    pairs = [(word, kana) for word, (kana, _) in rows.items() if word in sounds] + list(more.items())
    write(arguments.output / "english_letters.tsv", letters.train(pairs))


if __name__ == "__main__":
    main()
