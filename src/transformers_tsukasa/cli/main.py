# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa`: speak, show readings and convert checkpoints from the command line.

Exit codes: 0 done; 1 the input or the model does not allow it (one sentence on standard error says what to do);
2 the command line is wrong; 130 interrupted.
"""

import argparse
import importlib
import os
import sys

from ..version import __version__


# One line each; the command's own file is imported only when it is called, so that --help answers at once.
_COMMANDS = {
    "say": "speak a text into a WAV or FLAC file",
    "phonemize": "show how a text is read: phonemes, words, accents and where they come from",
    "voices": "list the voices of a model",
    "convert": "turn a published checkpoint into a model folder",
    "prepare": "turn recordings and their text into a corpus to train with",
    "train": "train the parts of a voice with a prepared corpus",
    "doctor": "check a training run before it starts",
    "evaluate": "measure how good a voice is, against recordings",
}


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """The parser, with the arguments of `command` only (of none when it is None)."""
    parser = argparse.ArgumentParser(
        prog="tsukasa",
        description="Tsukasa Speech: expressive Japanese text-to-speech.",
        epilog="`tsukasa COMMAND --help` explains a command with examples.",
    )
    parser.add_argument("--version", action="version", version=f"tsukasa {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the whole traceback when something fails")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in _COMMANDS.items():
        subparser = subparsers.add_parser(
            name, help=summary, description=summary, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if name == command:
            importlib.import_module(f"{__package__}.{name}").add_arguments(subparser)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Runs a command and returns its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    command = next((word for word in arguments if word in _COMMANDS), None)
    options = build_parser(command).parse_args(arguments)
    try:
        return importlib.import_module(f"{__package__}.{options.command}").run(options)
    except KeyboardInterrupt:
        print("tsukasa: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ValueError, LookupError, OSError, ArithmeticError, ImportError, MemoryError, RuntimeError) as error:
        if options.debug:
            raise
        message = error.args[0] if isinstance(error, KeyError) and error.args else error
        if isinstance(error, OSError) and error.strerror and error.filename is None:
            message = error.strerror  # without the number
        print(f"tsukasa {options.command}: {message}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
