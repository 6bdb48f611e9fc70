# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Arguments of `tsukasa synthesize`, and its run: as one process, or as one of several."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...utils.wording import counted
from ..output import complain
from ..say import add_speech_arguments, check_voice, read_voice, speech_options
from ..shared_options import add_device_argument, add_model_argument, load_speaker
from ..text_input import check_readable
from .progress import speech_progress


if TYPE_CHECKING:
    from ...synthesis.bulk.bulk_run import BulkResult
    from ...synthesis.bulk.shares import Share
    from ...synthesis.speaker import Speaker


_EXAMPLES = """\
LIST is a file .parquet, .csv, .tsv, .jsonl or .txt, a folder with a data set, or the id of one on the hub. A table has
a column of texts, and may have columns "id" and "voice". OUT/data gets the shards, OUT/report.json what could not be
spoken. The same command continues what was interrupted.

examples:
  tsukasa synthesize sentences.txt spoken/
  tsukasa synthesize sentences.parquet spoken/ --voice tohoku-f01-happy --format opus --shard-size 500
  tsukasa synthesize sentences.csv spoken/ --shard 2/8        the second of eight processes
  accelerate launch --num_processes 4 -m transformers_tsukasa synthesize sentences.csv spoken/ --device cuda
  srun --ntasks 16 tsukasa synthesize sentences.csv spoken/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = _EXAMPLES
    parser.add_argument("list", metavar="LIST", help="the texts")
    parser.add_argument("out", metavar="OUT", type=Path, help="the folder for the shards")
    parser.add_argument("--shard-size", type=int, default=2000, metavar="ROWS", help="rows of a shard (default: 2000)")
    parser.add_argument(
        "--format",
        dest="audio_format",
        default="flac",
        choices=("flac", "opus", "mp3", "wav"),
        help="of the audio (default: flac)",
    )
    parser.add_argument(
        "--shard", metavar="I/N", help="part of this process, 1/8 to 8/8 (default: as the launcher says, or all)"
    )
    add_model_argument(parser)
    parser.add_argument("--voice", help="of the rows without one: a voice of the model, or a blend a,b or a=0.7,b=0.3")
    parser.add_argument(
        "--reference", dest="audio", type=Path, metavar="FILE", action="append", help="a clip to speak like"
    )
    table = parser.add_argument_group("tables")
    for name in ("text", "id", "voice"):
        table.add_argument(f"--{name}-column", metavar="NAME", help=f"the column of the {name} (default: by its name)")
    table.add_argument("--split", default="train", help="of a data set (default: %(default)s)")
    table.add_argument("--phonemes", dest="phonemize", action="store_false", help="the texts are phonemes")
    add_speech_arguments(parser)
    other = parser.add_argument_group("other")
    other.add_argument("--dictionary", type=Path, help="a user dictionary of readings (CSV or TSV)")
    add_device_argument(other, "the model runs")
    other.add_argument("--dtype", default="float32", choices=("float32", "bfloat16", "float16"), help="of the weights")
    other.add_argument(
        "--threads", type=int, default=1, help="of this process; their number changes the last bits (default: 1)"
    )
    other.add_argument("--quiet", action="store_true", help="no progress")


def run(options: argparse.Namespace) -> int:
    """Speak the share of this process, and print what is there."""
    for path in (options.dictionary, *(options.audio or ())):
        if path is not None:
            check_readable(path)
    if options.threads < 1:
        raise ValueError(f"`threads` must be at least 1, got {options.threads}")
    arguments = speech_options(options)
    seed = arguments.pop("seed", 0)
    if options.voice is not None:
        check_voice(options.model, options.voice)
    from ...synthesis.bulk.bulk_run import BulkSettings, count_rows, synthesize
    from ...synthesis.bulk.rows import ColumnNames, read_rows
    from ...synthesis.bulk.shares import Share

    share = Share.of_launcher(os.environ) if options.shard is None else Share.read(options.shard)
    columns = ColumnNames(options.text_column, options.id_column, options.voice_column)
    rows = read_rows(options.list, columns, options.split)
    speaker = _load(options, share)
    settings = BulkSettings(
        {**arguments, **_style(options, speaker), "phonemize": options.phonemize},
        seed=seed,
        shard_size=options.shard_size,
        audio_format=options.audio_format,
    )
    with speech_progress(count_rows(rows, settings, share), options.quiet or share.index > 0) as on_row:
        result = synthesize(speaker, rows, options.out, settings, share, on_row)
    return _report(options, share, result)


def _load(options: argparse.Namespace, share: "Share") -> "Speaker":
    import torch

    torch.set_num_threads(options.threads)
    device = options.device
    if device == "cuda" and share.local_index is not None:
        device = f"cuda:{share.local_index % max(torch.cuda.device_count(), 1)}"
    return load_speaker(options.model, device=device, dtype=options.dtype, dictionary=options.dictionary)


def _style(options: argparse.Namespace, speaker: "Speaker") -> dict[str, Any]:
    """The style of rows without a voice; that of clips is encoded once."""
    if options.voice is None and options.audio:
        return {"style_vector": speaker.style_of(options.audio).tolist()}
    return {"voice": read_voice(options.voice, speaker.voices)}


def _report(options: argparse.Namespace, share: "Share", result: "BulkResult") -> int:
    """Print what is in the folder; 1 when no row at all could be spoken."""
    done = result.shards - len(result.missing)
    spoken = f"{result.seconds:.1f} s" if result.seconds < 3600 else f"{result.seconds / 3600:.2f} hours"
    shards, rows = counted(result.shards, "shard"), counted(result.rows, "row")
    print(f"{options.out}: {done} of {shards}, {rows}, {spoken} of speech")
    if result.missing:
        own = "" if share.count == 1 else f"; this was process {share.index + 1} of {share.count}"
        print(f"shards without a file yet: {_ranges(result.missing)}{own}")
    if result.rejected:
        first = result.rejected[0]
        where = "" if result.missing else f", listed in {options.out / 'report.json'}"
        complain(
            f"{counted(len(result.rejected), 'row')} could not be spoken{where}; the first is row {first.number} "
            f"({first.id}): {first.reason}"
        )
    return 0 if result.rows or result.missing else 1


def _ranges(numbers: list[int]) -> str:
    """Ascending numbers as "1-3, 7"."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


__all__ = ["add_arguments", "run"]
