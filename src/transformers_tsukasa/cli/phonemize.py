# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa phonemize`: show how a model reads a text."""

import argparse
from pathlib import Path

from .output import print_phonemes_as_utf8
from .shared_options import add_model_argument, load_phonemizer
from .text_input import add_text_arguments, check_readable, read_text


_EXAMPLES = """examples:
  tsukasa phonemize "今日はいい天気ですね。"
  tsukasa phonemize --explain "下の方が人気です"      sources of all readings, and alternatives
  tsukasa phonemize --dictionary readings.csv "吾妻さん"
  tsukasa phonemize -f novel.txt > novel.phonemes     to edit, and to speak with
  tsukasa say --phonemes -f novel.phonemes -o novel.wav
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = _EXAMPLES
    add_text_arguments(parser)
    add_model_argument(parser)
    parser.add_argument("--explain", action="store_true", help="a table of words, readings, accents and their sources")
    parser.add_argument("--kana", action="store_true", help="print katakana instead of phonemes")
    parser.add_argument("--profile", choices=("legacy", "clean", "kokoro"), help="of phonemes (default: the model's)")
    parser.add_argument(
        "--accent",
        action=argparse.BooleanOptionalAction,
        help="write accents with ↑ and ↓, in the profile clean (default: as the model)",
    )
    parser.add_argument(
        "--dictionary",
        type=Path,
        help="a user dictionary: surface,reading,accent,part of speech (default: the model's)",
    )


def run(options: argparse.Namespace) -> int:
    """Print every sentence that the model speaks; `tsukasa say --phonemes` speaks the phonemes alike."""
    text = read_text(options)
    if options.dictionary is not None:
        check_readable(options.dictionary)
    phonemizer = load_phonemizer(
        options.model, profile=options.profile, accent=options.accent, dictionary=options.dictionary
    )
    from ..text import NothingToReadError, format_table
    from ..text.phoneme_lines import write_phoneme_line
    from ..text.sentence_readings import check_characters, read_sentences, warn_of_left_out

    check_characters(text)
    sentences = list(read_sentences(text, phonemizer))
    warn_of_left_out(sentences)
    spoken = [(utterance, reading) for utterance, reading in sentences if reading is not None]
    if not spoken:
        raise NothingToReadError.in_text(text)
    if options.kana and not any(reading.kana for _, reading in spoken):
        raise ValueError("there is no kana to print: the model reads another language than Japanese")
    if not options.kana and not options.explain:
        print_phonemes_as_utf8()
    for number, (utterance, reading) in enumerate(spoken, start=1):
        if options.explain:
            print(format_table(phonemizer.explain(utterance.text)))
        elif options.kana:
            print(reading.kana)
        else:
            print(write_phoneme_line(utterance, reading.phonemes, is_last=number == len(spoken)))
    return 0
