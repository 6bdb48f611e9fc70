# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa convert`: turn a published checkpoint into a model folder."""

import argparse
import sys
from pathlib import Path

from .flags import with_flags
from .output import complain, is_terminal


_EPILOG = """\
SOURCE is one of
  a folder laid out like the published repository, of
    Tsukasa and StyleTTS 2: Models/NAME/*.pth with its config.yml, Utils/ASR, Utils/JDC, Utils/PLBERT,
      Utils/KTD/{prompt_enc,text_enc}/checkpoint-N, vocab.json where the symbols are others, and clips (*.wav) that
      become named voices
    Kokoro: *.pth with its config.json, or *.onnx with vocab.json, and voice packs (voices/*.pt, voices*.bin)
  a single .pth or .onnx file (with --config, or without: its tensors decide)
  a hub id, owner/name: only the files that are needed are downloaded
  kokoro: the installed packages of the extra kokoro

examples:
  tsukasa convert ~/Tsukasa_Speech tsukasa-24khz
  tsukasa convert checkpoint.pth my-model --config config.yml --voices clips/
  tsukasa convert ~/Tsukasa_Speech to-train --for-training
  tsukasa convert yl4579/StyleTTS2-LibriTTS libritts
  tsukasa convert hexgrad/Kokoro-82M kokoro-82m
then
  tsukasa say "こんにちは" -o hello.wav --model tsukasa-24khz
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "source", metavar="SOURCE", help="folder, file or hub id of the published checkpoint, or kokoro"
    )
    parser.add_argument("output", metavar="OUT", help="model folder to write; it appears when it is complete")
    parser.add_argument(
        "--config", metavar="FILE", help="the checkpoint's config.yml or config.json; 'none' to decide by its tensors"
    )
    parser.add_argument(
        "--checkpoint", metavar="NAME", help="which .pth or .onnx file of the source, when it has several"
    )
    parser.add_argument(
        "--for-training",
        action="store_true",
        help="keep text aligner, pitch extractor and discriminators, each in a sub-folder",
    )
    parser.add_argument(
        "--voices",
        metavar="PATH",
        help="make named voices of the clips or voice packs in this folder, or of a pack, instead of the source's",
    )
    parser.add_argument(
        "--dtype", choices=("float32", "bfloat16", "float16"), help="type of the weights (default: unchanged)"
    )
    parser.add_argument(
        "--ignore", metavar="MODULE", action="append", default=[], help="leave out a module whose name is unknown"
    )
    parser.add_argument("--max-shard-size", metavar="SIZE", default="5GB", help="largest weights file (default: 5GB)")
    parser.add_argument("--overwrite", action="store_true", help="replace OUT if it is not empty")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def _announce(step: str) -> None:
    complain(f"{step} ...")


def _ignore(step: str) -> None:
    pass


def run(options: argparse.Namespace) -> int:
    """Convert, and print which weights were used and which dropped."""
    from ..conversion.kokoro.installed_packages import KOKORO_MODEL
    from ..conversion.places import check_given, check_output
    from ..conversion.source_files import check_source

    # What is wrong is told before torch is imported.
    if options.source != KOKORO_MODEL:
        check_source(options.source)
    check_given(options.config, options.voices)
    check_output(Path(options.output), options.overwrite)
    import torch
    from transformers.utils import logging

    from ..conversion.convert import convert

    logging.disable_progress_bar()  # one for every file would bury the table
    report = convert(
        options.source,
        options.output,
        checkpoint=options.checkpoint,
        config=options.config,
        for_training=options.for_training,
        voices=options.voices,
        dtype=getattr(torch, options.dtype) if options.dtype else None,
        ignore=tuple(options.ignore),
        overwrite=options.overwrite,
        max_shard_size=options.max_shard_size,
        progress=_ignore if options.quiet or not is_terminal(sys.stderr) else _announce,
    )
    print(with_flags(report.table(), options.command_parser))
    return 0
