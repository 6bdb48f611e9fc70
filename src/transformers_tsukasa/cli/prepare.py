# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa prepare`: turn recordings and their text into a corpus to train with."""

import argparse
import os
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from .flags import with_flags
from .progress import ProgressBar
from .shared_options import add_device_argument
from .text_input import check_readable


if TYPE_CHECKING:
    from ..data.preparation.row_preparation import PreparationSettings


_EPILOG = """\
SOURCE is one of
  a folder of recordings with
    a list: id|text, id|text|normalised text, file|text|speaker, file|phonemes|speaker, file|speaker|text (VITS,
      Piper), file|speaker|language|text (esd.list of Style-Bert-VITS2, GPT-SoVITS)
    a table (CSV, TSV, JSONL, JSON) with the columns audio, text (or phonemes), and optionally speaker and
      description; Common Voice, AudioFolder
    lists in its folders (JSUT, JVS), the tables of Kaldi and ESPnet, or a .txt or .lab file beside every recording
  such a list or table
  a data set saved by the `datasets` library, a folder of Parquet files, or a hub id owner/name
  a prepared corpus, with --aligner

OUT holds the corpus, report.json, and rejected.csv with every row that cannot be used and why.
A command that was interrupted resumes when it is given again.

examples:
  tsukasa prepare recordings/ corpus/ --workers 8
  tsukasa prepare recordings/ corpus/ --config configs/mini.yaml --validation 0.05
  tsukasa prepare train_list.txt corpus/ --audio-dir wavs/ --config my-model/
  tsukasa prepare talks.csv corpus/ --column audio=wav --column text=sentence --encoding cp932
  tsukasa prepare lines.txt corpus/ --column audio=1 --column text=4 --column speaker=2
  tsukasa prepare corpus/ --aligner my-aligner/         add alignments to a prepared corpus
  tsukasa prepare corpus/ --aligner kokoro --voice jm_kumo      the same by a model's own speech
"""


# The arguments that --aligner uses; the others describe how recordings become a corpus, which exists already.
_ALIGNING = {"source", "output", "aligner", "voice", "device", "overwrite", "quiet"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("source", metavar="SOURCE", help="folder, transcript, data set on disk or hub id")
    parser.add_argument("output", metavar="OUT", nargs="?", help="folder to make; it appears when it is complete")
    source = parser.add_argument_group("source")
    source.add_argument("--transcript", metavar="FILE", help="the transcript in the folder SOURCE")
    source.add_argument("--audio-dir", metavar="DIR", help="folder of relative paths (default: the transcript's)")
    source.add_argument(
        "--format",
        default="auto",
        choices=("auto", "ljspeech", "list", "phoneme-list", "speaker-list", "esd", "csv", "tsv", "jsonl", "json"),
        help="of the transcript (default: detected by its content)",
    )
    source.add_argument("--encoding", default="auto", help="of the transcript (default: UTF-8, UTF-16 or cp932)")
    source.add_argument(
        "--column",
        dest="columns",
        metavar="FIELD=NAME",
        action="append",
        default=[],
        help="the column of audio, text, phonemes, speaker or description, when it has another name; its number in a "
        "list without a header",
    )
    source.add_argument(
        "--split", help="split of a data set, or of folders of splits (default: train, or its only one)"
    )
    source.add_argument("--speaker", default="speaker", help="speaker of rows without one (default: %(default)s)")
    _add_content_arguments(parser)
    work = parser.add_argument_group("work")
    work.add_argument("--workers", type=int, default=None, help="processes (default: the number of cores)")
    add_device_argument(work, "an aligner runs")
    work.add_argument("--overwrite", action="store_true", help="replace OUT, or unfinished work with other settings")
    work.add_argument("--quiet", action="store_true", help="no progress and no table")


def _add_content_arguments(parser: argparse.ArgumentParser) -> None:
    content = parser.add_argument_group("content")
    content.add_argument(
        "--config",
        metavar="FILE|DIR",
        help="preset (.yaml), model folder or 'default', to prepare for (without it: Tsukasa at 24 kHz)",
    )
    content.add_argument(
        "--profile", choices=("legacy", "clean", "kokoro"), help="of the phonemes (default: the config's)"
    )
    content.add_argument(
        "--accent",
        action=argparse.BooleanOptionalAction,
        help="mark rise and fall of the pitch, profile clean (default: the config's)",
    )
    content.add_argument("--dictionary", metavar="FILE", help="a user dictionary of readings (CSV or TSV)")
    content.add_argument(
        "--trim-db",
        type=_decibels,
        default=40.0,
        help="trim silence this far below the loudest moment at both ends; 'none' keeps it (default: 40)",
    )
    content.add_argument("--min-seconds", type=float, help="shortest speech (default: 0.4)")
    content.add_argument("--max-seconds", type=float, help="longest speech (default: 30)")
    content.add_argument("--min-frames-per-token", type=float, help="fastest speech, in mel frames (default: 2)")
    content.add_argument("--max-frames-per-token", type=float, help="slowest speech, in mel frames (default: 40)")
    content.add_argument("--max-clipped", type=float, help="largest share of clipped samples (default: 0.002)")
    content.add_argument("--f0-min", type=float, default=50.0, help="lowest F0 in Hz (default: 50)")
    content.add_argument("--f0-max", type=float, default=900.0, help="highest F0 in Hz (default: 900)")
    content.add_argument("--pitch-extractor", metavar="DIR", help="a trained pitch extractor to measure F0 with")
    content.add_argument(
        "--aligner",
        metavar="DIR",
        help="adds alignments to a prepared corpus: a trained aligner, or a model, which without an aligner in it is "
        "compared as it speaks the texts",
    )
    content.add_argument("--voice", help="of that model, the closer to the recordings the better (default: its own)")
    content.add_argument("--validation", type=float, default=0.02, help="share kept for validation (default: 0.02)")
    content.add_argument("--seed", type=int, default=0, help="of the split (default: 0)")
    content.add_argument(
        "--out-of-domain",
        dest="out_of_domain_file",
        metavar="FILE",
        help="texts without recordings, one a line (default: the corpus')",
    )


def _decibels(value: str) -> float | None:
    try:
        return None if value.lower() == "none" else float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{value}' is neither a number of decibels nor 'none'") from None


def run(options: argparse.Namespace) -> int:
    """Prepare, and print a table of used and rejected rows."""
    if options.aligner is not None:
        _refuse_unused(options)
    elif options.output is None:
        raise ValueError("name a folder OUT to write to")
    elif options.voice is not None:
        raise ValueError("--voice is of a model that aligns a prepared corpus: name the model in --aligner")
    workers, columns = _workers(options.workers), _columns(options.columns)
    _find_models(options)
    _check_places(options)
    from transformers.utils.logging import disable_progress_bar

    from ..data.preparation.prepare import prepare
    from ..data.sources import open_source

    disable_progress_bar()  # loading takes a second, and the rows have a bar of their own
    if options.aligner is not None:
        return _align(options)
    source = open_source(
        options.source,
        transcript=options.transcript,
        audio_dir=options.audio_dir,
        format=options.format,
        encoding=options.encoding,
        columns=columns,
        split=options.split,
    )
    if not options.quiet:
        print(f"reading {source.description}", file=sys.stderr)
    with ProgressBar("row", options.quiet) as bar:
        report = prepare(
            source,
            Path(options.output),
            _settings(options),
            workers=workers,
            out_of_domain_file=None if options.out_of_domain_file is None else Path(options.out_of_domain_file),
            overwrite=options.overwrite,
            progress=bar.start,
        )
    if not options.quiet:
        print(with_flags(report.table(), options.command_parser))
    print(options.output)
    return 0


def _find_models(options: argparse.Namespace) -> None:
    """Put the folders of models in place of their names, such as "default"."""
    from ..model_names import model_path

    for key in ("config", "aligner"):
        if getattr(options, key) is not None:
            setattr(options, key, model_path(getattr(options, key)))


def _check_places(options: argparse.Namespace) -> None:
    """Refuse what is not there before torch is imported, and before recordings are read."""
    from ..data.places import check_prepared, check_source
    from ..model_folders import check_config_place, existing_folder
    from ..utils.devices import check_device

    check_device(options.device)
    for key in ("aligner", "pitch_extractor"):
        folder = getattr(options, key)
        if folder is not None:
            existing_folder(folder, f"`{key}`")
    for file in (options.dictionary, options.out_of_domain_file):
        if file is not None:
            check_readable(Path(file))
    if options.config is not None:
        check_config_place(options.config)
    if options.aligner is None:
        check_source(options.source)
    else:
        check_prepared(options.source)


def _align(options: argparse.Namespace) -> int:
    from ..data.corpus_alignments import add_alignments

    with ProgressBar("row", options.quiet) as bar:
        folder = add_alignments(
            options.source,
            options.aligner,
            voice=options.voice,
            device=options.device,
            overwrite=options.overwrite,
            progress=bar.start,
        )
    print(folder)
    return 0


def _refuse_unused(options: argparse.Namespace) -> None:
    if options.output not in (None, options.source):
        raise ValueError("--aligner adds alignments to a prepared corpus in place: name the corpus without OUT")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    defaults = vars(parser.parse_args([options.source]))
    unused = [name for name, value in defaults.items() if name not in _ALIGNING and getattr(options, name) != value]
    if unused:
        names = ", ".join(f"`{name}`" for name in unused)
        raise ValueError(f"--aligner adds alignments to a prepared corpus and does not use {names}")


def _workers(workers: int | None) -> int:
    if workers is not None and workers < 1:
        raise ValueError(f"--workers must be at least 1, got {workers}")
    return workers or os.cpu_count() or 1


def _columns(given: list[str]) -> dict[str, str]:
    columns = {}
    for item in given:
        field, equals, name = item.partition("=")
        if not equals or not name:
            raise ValueError(f"--column {item}: write it as FIELD=NAME, e.g. --column text=sentence")
        columns[field] = name
    return columns


def _settings(options: argparse.Namespace) -> "PreparationSettings":
    from ..data.checks import Limits
    from ..data.preparation.row_preparation import PreparationSettings
    from ..models.tsukasa.configuration_tsukasa import read_config
    from ..text.accents.sources import accent_source_of

    config = read_config(options.config)
    # Paths must mean the same in worker processes and when the work is resumed.
    dictionary, extractor = (
        None if path is None else str(Path(path).absolute()) for path in (options.dictionary, options.pitch_extractor)
    )
    accent = config.text_accent if options.accent is None else options.accent
    names = {field.name for field in fields(Limits)} & set(vars(options))
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    return PreparationSettings(
        audio=config.audio_config.features,
        profile=options.profile or config.text_profile,
        accent=accent,
        accent_source=accent_source_of(accent, config.text_accent_source),
        dictionary=dictionary,
        trim_db=options.trim_db,
        limits=Limits(max_tokens=config.plbert_config.max_position_embeddings, **given),
        f0_min=options.f0_min,
        f0_max=options.f0_max,
        pitch_extractor=extractor,
        validation=options.validation,
        seed=options.seed,
        speaker=options.speaker,
    )
