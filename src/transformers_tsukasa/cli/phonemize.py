# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa phonemize`: show how a model reads a text."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .output import print_phonemes_as_utf8
from .shared_options import add_model_argument
from .text_input import add_text_arguments, read_text


if TYPE_CHECKING:
    from ..text import Phonemizer


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
    parser.add_argument("--profile", choices=("legacy", "clean"), help="of phonemes (default: the model's)")
    parser.add_argument(
        "--accent",
        action=argparse.BooleanOptionalAction,
        help="write accents with ↑ and ↓, in the profile clean (default: as the model)",
    )
    parser.add_argument(
        "--dictionary", type=Path, help="a user dictionary: surface,reading,accent,part of speech (default: the model's)"
    )


def run(options: argparse.Namespace) -> int:
    """Print a line for every sentence that the model speaks; `tsukasa say --phonemes` speaks them alike."""
    from ..text.phoneme_lines import write_phoneme_line
    from ..text.sentences import read_sentences
    from ..text.unreadable import warn_of_unreadable

    text = read_text(options)
    phonemizer = _phonemizer(options)
    sentences = list(read_sentences(text, phonemizer))
