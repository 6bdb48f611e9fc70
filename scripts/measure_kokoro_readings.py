# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measures how often Kokoro's Japanese voices are understood: with the readings of its own package, and with ours.

    python scripts/measure_kokoro_readings.py choose TABLE.tsv --sentences SENTENCES.tsv
    python scripts/measure_kokoro_readings.py speak TABLE.tsv OURS MODEL --voices jf_alpha jm_kumo
    python scripts/measure_kokoro_readings.py speak TABLE.tsv THEIRS CHECKPOINT --voices jf_alpha jm_kumo --package
    python scripts/measure_kokoro_readings.py compare TABLE.tsv THEIRS OURS --recognizer WHISPER [--json FILE]

`choose` writes a table of texts with human readings: half with digits, Latin letters, numbers in kanji or homographs
(the first two from our own hard inputs), half with none of them. `speak` writes FOLDER/VOICE/ID.wav, by a model folder
of ours, or with `--package` by `KPipeline` of the package kokoro from a folder with its config.json, its weights
(*.pth) and voices/*.pt. `compare` lets a speech recogniser (a CTranslate2 folder of Whisper, for faster-whisper) write
down each recording, and prints the kana error: edits between the morae of a person's reading and those of what was
recognised, over morae of the reading. Our front-end reads the recognised text, so that 三 and 3 are the same and a
homograph counts as it is read in its sentence. Long vowels are compared as `comparable_morae` tells.
"""

import argparse
import csv
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from transformers_tsukasa.audio.files import write_audio
from transformers_tsukasa.evaluation.error_rates import ErrorRate
from transformers_tsukasa.synthesis.speaker import Speaker
from transformers_tsukasa.utils.atomic_files import atomic_file, write_text
from voice_rating.recognition import KanaError, Recognizer, whisper


ROOT = Path(__file__).resolve().parents[1]
HARD_FILES = tuple(ROOT / "tests/data" / f"hard_inputs_{name}.jsonl" for name in ("blind", "rounds", "unseen"))
LENGTHS = range(12, 46)  # characters: sentences, neither words nor paragraphs
_NUMERALS = "一二三四五六七八九十百千万億"
_COUNTERS = "日月年人時分秒円匹本歳才台階個度回軒冊頭杯枚番名軍倍割話着隻"
_NUMBER = re.compile(f"[二三四五六七八九十百千万億〇][{_NUMERALS}〇]+|[二三四五六七八九十百千][{_COUNTERS}]|つ目")
# Words that are read in several ways, by their context.
_HOMOGRAPHS = re.compile(
    "辛い|上手|下手|大人気|人気|行った|一日|市場|生物|風車|最中|何時|何で|方々|開[いくけ]|通った|空[いくけ]|堪え|分別|一時|十分|"
    "脅か|根本|汚れ|避け|怒り|抱[いかくき]|描[いかくき]|弾[いくけ]|大勢|小人|傍ら|造作|見物|被[るりっ]|紅葉|目下|盗人|白鳥|"
    "留まる|潜[りる]|温い|注[ぎい]|止め|(?<![一-龠])(?:床|額|側|柄|主|下|角|後|他|訳|端|理|頭|音|面|夜|館)(?![一-龠])"
)
# Names that a recogniser of this size can hardly write, whoever speaks them.
_RARE_NAME = re.compile("[ァ-ヴー]{7,}|[ァィゥェォヴ]")


@dataclass(frozen=True)
class Sentence:
    """A text, the readings that are right, and the group that it is counted in."""

    name: str
    group: str
    text: str
    readings: tuple[str, ...]


GROUPS = {
    "Latin letters": True,
    "digits": True,
    "numbers in kanji": True,
    "homographs": True,
    "none of them": False,
}
"""Groups of sentences, and whether the original front-end is expected to fail in them."""


def group_of(text: str) -> str:
    """The first group that a text belongs to."""
    if re.search("[A-Za-zＡ-Ｚａ-ｚ]", text):
        return "Latin letters"
    if re.search("[0-9０-９]", text):
        return "digits"
    if _NUMBER.search(text):
        return "numbers in kanji"
    return "homographs" if _HOMOGRAPHS.search(text) else "none of them"


# Choosing


def choose(table: Path, sentences: Path, count: int, seed: int) -> None:
    """Write a table of sentences: `count` with numbers, Latin letters or homographs, `count` without."""
    pool = [*read_sentences(sentences), *read_hard_inputs(HARD_FILES)]
    groups: dict[str, list[Sentence]] = defaultdict(list)
    for sentence in pool:
        if is_fit(sentence.text):
            groups[sentence.group].append(sentence)
    draw = random.Random(seed)
    hard = [name for name, is_hard in GROUPS.items() if is_hard]
    counts = {name: count // len(hard) + (place < count % len(hard)) for place, name in enumerate(hard)}
    rows = []
    for name in GROUPS:
        wanted = counts.get(name, count)
        if len(groups[name]) < wanted:
            raise ValueError(f"'{sentences}' has {len(groups[name])} sentences of the group '{name}', not {wanted}")
        rows += sorted(draw.sample(groups[name], wanted), key=lambda sentence: sentence.name)
    with atomic_file(table) as path, path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(("id", "group", "text", "kana"))
        writer.writerows((row.name, row.group, row.text, "|".join(row.readings)) for row in rows)


def is_fit(text: str) -> bool:
    """Whether a text is a sentence of common length without rare names."""
    return len(text) in LENGTHS and text.endswith(("。", "？", "！")) and not _RARE_NAME.search(text)


def read_sentences(path: Path) -> Iterable[Sentence]:
    """Sentences of a table with the columns id, text and kana, and group where it has one (| between readings)."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            readings = tuple(row["kana"].split("|"))
            yield Sentence(row["id"], row.get("group") or group_of(row["text"]), row["text"], readings)


def read_hard_inputs(paths: Iterable[Path]) -> Iterable[Sentence]:
    """Those of our own hard inputs with digits or Latin letters, which corpora of read speech do not have."""
    for path in paths:
        for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            group = group_of(line["text"])
            if group in ("Latin letters", "digits"):
                yield Sentence(line["id"], group, line["text"], (line["human_kana"], *line.get("also", ())))


# Speaking


def speak(sentences: Sequence[Sentence], folder: Path, model: str, voices: Sequence[str], package: bool) -> None:
    """Write FOLDER/VOICE/ID.wav for every sentence; what is there already stays."""
    say, rate = package_voice(Path(model)) if package else our_voice(model)
    for voice in voices:
        (folder / voice).mkdir(parents=True, exist_ok=True)
        for sentence in tqdm(sentences, desc=voice, unit="text"):
            path = folder / voice / f"{sentence.name}.wav"
            if not path.exists():
                write_audio(path, say(sentence.text, voice), rate)


def our_voice(model: str) -> tuple[Callable[[str, str], np.ndarray], int]:
    """Our model: a function from text and voice to a waveform, and its rate."""
    speaker = Speaker.load(model)
    return lambda text, voice: speaker.speak(text, voice=voice, seed=0).waveform, speaker.sampling_rate


def package_voice(folder: Path) -> tuple[Callable[[str, str], np.ndarray], int]:
    """The original pipeline: a function from text and voice to a waveform, and its rate."""
    try:
        from kokoro import KModel, KPipeline
    except ImportError as error:
        raise ImportError(f"the original pipeline needs the packages kokoro and misaki[ja]: {error}") from error
    (weights,) = folder.glob("*.pth")
    model = KModel(repo_id="hexgrad/Kokoro-82M", config=str(folder / "config.json"), model=str(weights)).eval()
    pipeline = KPipeline("j", repo_id="hexgrad/Kokoro-82M", model=model)

    def say(text: str, voice: str) -> np.ndarray:
        torch.manual_seed(0)
        pieces = [piece.audio for piece in pipeline(text, voice=str(folder / "voices" / f"{voice}.pt"))]
        return torch.cat(pieces).numpy() if pieces else np.zeros(1, dtype=np.float32)

    return say, 24000


# Comparing


def transcribe(folder: Path, sentences: Sequence[Sentence], recognize: Recognizer) -> dict[str, str]:
    """The recognised texts by VOICE/ID.

    Raises:
        FileNotFoundError: when a sentence has no recording.
    """
    voices = sorted(path.name for path in folder.iterdir() if path.is_dir())
    if not voices:
        raise FileNotFoundError(f"'{folder}' has no folder of a voice; `speak` writes them")
    texts = {}
    for voice in voices:
        for sentence in tqdm(sentences, desc=f"{folder.name} {voice}", unit="text"):
            path = folder / voice / f"{sentence.name}.wav"
            if not path.is_file():
                raise FileNotFoundError(f"there is no recording '{path}'; `speak` writes it")
            texts[f"{voice}/{sentence.name}"] = recognize(path)
    return texts


def score(sentences: Sequence[Sentence], texts: dict[str, str]) -> dict[str, ErrorRate]:
    """The kana error of each group, and of the two halves."""
    measure = KanaError()
    none = ErrorRate(0, 0)
    rates = dict.fromkeys((*GROUPS, "all four", "everything"), none)
    by_name = {sentence.name: sentence for sentence in sentences}
    for key, recognized in texts.items():
        sentence = by_name[key.split("/", 1)[1]]
        rate = measure(recognized, sentence.readings)
        for group in (sentence.group, *(["all four"] if GROUPS.get(sentence.group) else []), "everything"):
            rates[group] = rates.get(group, none) + rate
    return {group: rate for group, rate in rates.items() if rate.length}


def compare(
    sentences: Sequence[Sentence], folders: Sequence[Path], recognize: Recognizer, output: Path | None
) -> dict[str, dict[str, ErrorRate]]:
    """Print the kana errors in percent, a column for each folder, and the ratio of the last to the first."""
    texts = {folder.name: transcribe(folder, sentences, recognize) for folder in folders}
    scores = {name: score(sentences, recognized) for name, recognized in texts.items()}
    print(f"{'kana error, %':20s} {'n':>4s}", *(f"{name:>12s}" for name in scores), f"{'ratio':>7s}")
    for group in next(iter(scores.values())):
        count = sum(sentence.group == group for sentence in sentences) or ""
        percents = [rates[group].percent for rates in scores.values()]
        ratio = percents[-1] / percents[0] if percents[0] else float("nan")
        print(f"{group:20s} {count:>4}", *(f"{percent:12.2f}" for percent in percents), f"{ratio:7.2f}")
    if output is not None:
        percent = {name: {group: rate.percent for group, rate in rates.items()} for name, rates in scores.items()}
        write_text(output, json.dumps({"percent": percent, "recognized": texts}, ensure_ascii=False, indent=1))
    return scores


def main(arguments: Sequence[str] | None = None, recognize: Recognizer | None = None) -> int:
    """Runs a command; `recognize` takes the place of Whisper."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    choosing = commands.add_parser("choose", help="write a table of texts")
    speaking = commands.add_parser("speak", help="speak the texts of a table")
    comparing = commands.add_parser("compare", help="compare what a recogniser understands")
    for command in (choosing, speaking, comparing):
        command.add_argument("table", type=Path)
    choosing.add_argument("--sentences", type=Path, required=True, help="a table with the columns id, text and kana")
    choosing.add_argument("--count", type=int, default=50, help="of each half (%(default)s)")
    choosing.add_argument("--seed", type=int, default=0)
    speaking.add_argument("folder", type=Path)
    speaking.add_argument("model", help="a model folder of ours, or the folder of the original's files")
    speaking.add_argument("--voices", nargs="+", required=True)
    speaking.add_argument("--package", action="store_true", help="speak by the package kokoro")
    comparing.add_argument("folders", type=Path, nargs="+")
    comparing.add_argument("--recognizer", type=Path, help="a CTranslate2 folder of Whisper")
    comparing.add_argument("--threads", type=int, default=1, help="of the recogniser (%(default)s)")
    comparing.add_argument("--json", type=Path, help="write figures and recognised texts to this file")
    options = parser.parse_args(arguments)
    if options.command == "choose":
        choose(options.table, options.sentences, options.count, options.seed)
        return 0
    sentences = list(read_sentences(options.table))
    if options.command == "speak":
        speak(sentences, options.folder, options.model, options.voices, options.package)
        return 0
    if recognize is None and options.recognizer is None:
        parser.error("compare needs --recognizer")
    with nullcontext(recognize) if recognize else whisper(options.recognizer, options.threads) as recognizer:
        compare(sentences, options.folders, recognizer, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
