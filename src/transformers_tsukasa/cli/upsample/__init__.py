# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa upsample`: raise a recording of speech to 24 or 48 kHz."""

import argparse
import os
import sys
from pathlib import Path

from ..output import STANDARD_OUTPUT, binary_output, is_terminal
from ..progress import ProgressBar
from ..shared_options import add_device_argument
from ..text_input import check_readable


UPSAMPLER_VARIABLE = "TSUKASA_UPSAMPLER"
"""Environment variable with the folder of a converted SpeechSR."""

_EPILOG = """\
The network is SpeechSR. Its published weights may not be passed on, so fetch them yourself and convert them once:
  tsukasa convert speechsr48k/G_100000.pth speechsr-48k
  tsukasa upsample old.wav new.wav --upsampler speechsr-48k
  tsukasa upsample lecture.mp3 lecture.flac --upsampler speechsr-48k --rate 48000
It reads 16 kHz: what a recording holds above 8 kHz is made again. Recordings of any length take the same memory.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("input", metavar="IN", type=Path, help="WAV, FLAC, OGG or MP3, of any rate and channels")
    parser.add_argument("output", metavar="OUT", type=Path, help='.wav or .flac; "-" sends WAV to standard output')
    parser.add_argument("--rate", type=int, metavar="HZ", help="24000 or 48000 (default: the upsampler's own)")
    add_upsampler_argument(parser)
    parser.add_argument(
        "--encoding-depth", dest="encoding", choices=("pcm16", "pcm24", "float"), default="pcm16", help="of samples"
    )
    add_device_argument(parser, "the network runs")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def add_upsampler_argument(parser: argparse._ActionsContainer) -> None:
    """Add --upsampler."""
    parser.add_argument(
        "--upsampler",
        metavar="FOLDER",
        default=os.environ.get(UPSAMPLER_VARIABLE),
        help=f"folder of a converted SpeechSR; default: the variable {UPSAMPLER_VARIABLE}",
    )


def run(options: argparse.Namespace) -> int:
    """Raise the rate, and print the path of the sound file."""
    from ...audio.files import AudioWriter
    from ...audio.resampled_blocks import SoundBlocks
    from ...audio.sound_formats import sound_format
    from ...synthesis.upsampling import NEEDS_UPSAMPLER, Upsampler

    check_readable(options.input)
    if options.output != STANDARD_OUTPUT:
        sound_format(options.output, options.encoding)
    if options.upsampler is None:
        raise ValueError(f"this {NEEDS_UPSAMPLER}")
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # loading takes a moment, and the work has a bar of its own
    upsampler = Upsampler.load(options.upsampler, options.device)
    upsampler.check_rate(options.rate)
    blocks = SoundBlocks(options.input, upsampler.input_rate)
    quiet = options.quiet or not is_terminal(sys.stderr)
    with binary_output(options.output, "speech.wav") as path, ProgressBar("s", quiet) as bar:
        advance = bar.start(round(blocks.samples / blocks.rate), 0)
        seconds = 0.0
        with AudioWriter(path, upsampler.output_rate, channels=blocks.channels, encoding=options.encoding) as writer:
            for raised in upsampler.stream(blocks):
                writer.write(raised)
                before, seconds = int(seconds), seconds + raised.shape[1] / upsampler.output_rate
                advance(int(seconds) - before)
    if options.output != STANDARD_OUTPUT:
        print(options.output)
    return 0


__all__ = ["UPSAMPLER_VARIABLE", "add_arguments", "add_upsampler_argument", "run"]
