# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa phonemize`: show how a text is read."""

import argparse
from pathlib import Path

from .text_input import add_text_arguments, read_text


_EXAMPLES = """examples:
  tsukasa phonemize "今日はいい天気ですね。"
  tsukasa phonemize --explain "下の方が人気です"      sources of all readings, and alternatives
  tsukasa phonemize --dictionary readings.csv "吾妻さん"
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = _EXAMPLES
    add_text_arguments(parser)
    parser.add_argument("--explain", action="store_true", help="a table of words, readings, accents and their sources")
    parser.add_argument("--kana", action="store_true", help="print katakana instead of phonemes")
    parser.add_argument("--profile", choices=("legacy", "clean"), default="legacy", help="default: %(default)s")
    parser.add_argument("--accent", action="store_true", help="write accents with ↑ and ↓ (profile clean)")
    parser.add_argument("--dictionary", type=Path, help="a user dictionary: surface,reading,accent,part of speech")


def run(options: argparse.Namespace) -> int:
    """Print one line for every line of the text that is not empty."""
    from ..text import Phonemizer, format_table

    phonemizer = Phonemizer(options.profile, options.accent, options.dictionary)
    lines = [line for line in read_text(options).splitlines() if line.strip()]
    if not lines:
        raise ValueError("the text is empty: give it at least one word")
    for line in lines:
        if options.explain:
            print(format_table(phonemizer.explain(line)))
        else:
            phonemization = phonemizer(line)
            print(phonemization.kana if options.kana else phonemization.phonemes)
    return 0
