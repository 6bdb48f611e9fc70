# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa`: speak, show readings, convert checkpoints, train and evaluate from the command line.

Exit codes: 0 done; 1 the input or the model does not allow it (one sentence on standard error tells what to do);
2 the command line is wrong; 130 interrupted.
"""

import argparse
import importlib
import sys
from types import ModuleType
from typing import NoReturn

from ..version import __version__
from .errors import error_sentence
from .flags import with_flags
from .output import complain, discard_output, flush_output, print_anything


# One line each; a command's own file is imported only when it is called, so that --help answers at once.
COMMANDS = {
    "say": "speak a text into a sound file",
    "synthesize": "speak a list of texts into shards of a data set",
    "phonemize": "show how a text is read: phonemes, words, accents and their sources",
    "voices": "list the voices of a model",
    "upsample": "raise a recording of speech to 24 or 48 kHz",
    "convert": "turn a published checkpoint into a model folder",
    "prepare": "turn recordings and their text into a corpus to train with",
    "train": "train the parts of a model with a prepared corpus",
    "doctor": "check a training run before it starts",
    "evaluate": "measure how good a model is, against recordings",
    "serve": "speak for other programs over HTTP, as OpenAI's speech API does",
    "evaluate-readings": "measure how well texts are read, against recorded readings",
}


class _Parser(argparse.ArgumentParser):
    """A parser that answers a wrong command line with one line, where argparse prints all of its usage first."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}; `{self.prog} --help` explains it\n")


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """Build the parser, with the arguments of `command` only (of none when it is None).

    The options it returns have the command's own parser in `command_parser`.
    """
    parser = _Parser(
        prog="tsukasa",
        description="Tsukasa Speech: expressive Japanese text-to-speech.",
        epilog="`tsukasa COMMAND --help` explains a command with examples.",
    )
    parser.add_argument("--version", action="version", version=f"tsukasa {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        subparser = subparsers.add_parser(
            name, help=summary, description=summary, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        subparser.set_defaults(command_parser=subparser)
        if name == command:
            _command_module(name).add_arguments(subparser)
    return parser


def _command_module(command: str) -> ModuleType:
    return importlib.import_module(f"{__package__}.{command.replace('-', '_')}")


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code."""
    print_anything()
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments)
        flush_output()
        return code
    except SystemExit:  # argparse has printed help, or what is wrong with the command line
        _flush_or_discard()
        raise
    except KeyboardInterrupt:
        complain("tsukasa: interrupted")
        return 130
    except BrokenPipeError:  # nothing reads our output any more, as with `| head`
        discard_output()
        return 1
    except OSError as error:  # the output cannot be written
        discard_output()
        complain(f"tsukasa: {error_sentence(error)}")
        return 1


def _run(arguments: list[str]) -> int:
    """Run a command; its errors become a sentence on standard error."""
    command = next((word for word in arguments if word in COMMANDS), None)
    options, unknown = build_parser(command).parse_known_args(arguments)
    if unknown:
        options.command_parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        return _command_module(options.command).run(options)
    except BrokenPipeError:
        raise
    except Exception as error:
        sentence = error_sentence(error)
        if options.debug or sentence is None:
            raise
        complain(f"tsukasa {options.command}: {with_flags(sentence, options.command_parser)}")
        return 1


def _flush_or_discard() -> None:
    try:
        flush_output()
    except OSError:
        discard_output()


if __name__ == "__main__":
    sys.exit(main())
