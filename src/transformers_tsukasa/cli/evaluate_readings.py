# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa evaluate-readings`: how many texts are read as they were recorded."""

import argparse
from itertools import chain
from pathlib import Path


_EXAMPLES = """examples:
  tsukasa evaluate-readings readings.jsonl
  tsukasa evaluate-readings readings.jsonl --errors errors/        the wrong sentences of each source

a line of readings.jsonl: {"text": "今日は雨。", "human_kana": "キョウワアメ", "source": "mine"}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = _EXAMPLES
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl", help="texts with recorded readings")
    parser.add_argument("--dictionary", type=Path, help="a user dictionary: surface,reading,accent,part of speech")
    parser.add_argument("--errors", type=Path, metavar="FOLDER", help="write the wrong sentences of each source here")


def run(options: argparse.Namespace) -> int:
    """Print a row for every source: strict, and with variants of a word accepted."""
    from ..evaluation.readings.reading_scores import read_recorded_readings, score_readings, write_wrong
    from ..text import Phonemizer

    lines = [line for path in options.files for line in read_recorded_readings(path)]
    scores = score_readings(lines, Phonemizer(user_dictionary=options.dictionary))
    if not scores:
        raise ValueError(f"{options.files[0]}: no line has a 'human_kana'; add the readings to compare with")
    print("source  sentences  right %  mora error %  accepted: right %  mora error %")
    for source, (strict, accepted) in scores.items():
        print(
            f"{source}  {strict.sentences}  {strict.right_percent:.2f}  {strict.error_percent:.3f}"
            f"  {accepted.right_percent:.2f}  {accepted.error_percent:.3f}"
        )
    if options.errors is not None:
        write_wrong(chain.from_iterable(scores.values()), options.errors)
    return 0
