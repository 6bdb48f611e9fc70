# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import argparse
import importlib

import pytest

from transformers_tsukasa.cli.flags import with_flags
from transformers_tsukasa.cli.main import COMMANDS, build_parser, main


# A command line that the command's parser accepts.
ARGUMENTS = {
    "say": ["hello"],
    "phonemize": ["hello"],
    "voices": [],
    "convert": ["source", "out"],
    "prepare": ["source", "out"],
    "train": ["aligner", "run.yaml"],
    "doctor": ["run.yaml"],
    "evaluate": ["model", "corpus", "-o", "out"],
    "evaluate-readings": ["lines.jsonl"],
    "serve": [],
    "synthesize": ["list.txt", "out"],
    "upsample": ["in.wav", "out.wav"],
}


def _parser(command: str) -> argparse.ArgumentParser:
    return build_parser(command).parse_args([command, *ARGUMENTS[command]]).command_parser


def _expected(action: argparse.Action) -> str:
    """The name of an argument on the command line: the long option, or the positional as the help shows it."""
    if action.option_strings:
        return next(option for option in action.option_strings if option.startswith("--"))
    return action.metavar or action.dest


@pytest.mark.parametrize("command", COMMANDS)
def test_errors_name_every_argument_of_a_command_by_its_flag(command, monkeypatch, capsys):
    module = importlib.import_module(f"transformers_tsukasa.cli.{command.replace('-', '_')}")
    actions = [action for action in _parser(command)._actions if action.dest != "help"]
    assert actions
    for action in actions:

        def fail(options, name=action.dest):
            raise ValueError(f"there is nothing at 'x': pass another `{name}`")

        monkeypatch.setattr(module, "run", fail)
        assert main([command, *ARGUMENTS[command]]) == 1
        error = capsys.readouterr().err
        assert error == f"tsukasa {command}: there is nothing at 'x': pass another {_expected(action)}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_words_that_are_no_argument_of_the_command_stay(command):
    message = "`tsukasa prepare` with `no_such_argument`, `no_such_argument=True`, audio_dir, `a b`, ``, and `1x`"
    assert with_flags(message, _parser(command)) == message


def test_arguments_of_other_commands_stay():
    assert with_flags("pass `audio_dir` or `workers`", _parser("say")) == "pass `audio_dir` or `workers`"


@pytest.mark.parametrize(
    ("command", "given", "shown"),
    [
        ("prepare", "pass `audio_dir`", "pass --audio-dir"),
        ("prepare", "set `overwrite=True`", "set --overwrite"),
        ("prepare", "set `overwrite=False`", "set `overwrite=False`"),
        ("prepare", "set `accent=True` or `accent=False`", "set --accent or --no-accent"),
        ("prepare", "set `validation=0.2`", "set --validation 0.2"),
        ("prepare", "read from `source` to `output`", "read from SOURCE to OUT"),
        ("prepare", "name it in `columns`", "name it in --column"),
        ("say", "set `phonemize=False`", "set --phonemes"),
        ("say", "`audio`, `style_text` or `prompt`", "--reference, --style-from-text or --prompt"),
        ("evaluate", "there is no folder 'x' (`recognizer`)", "there is no folder 'x' (--whisper)"),
        ("train", "make them with `tsukasa prepare` (`aligner`)", "make them with `tsukasa prepare` (--aligner)"),
        ("train", "set `aligner`, or `config` of `tsukasa prepare`", "set `aligner`, or CONFIG of `tsukasa prepare`"),
        ("train", "by `tsukasa prepare` (`config`)", "by `tsukasa prepare` (--config)"),
        ("doctor", "by `tsukasa\n  prepare` (`f0_min`, `f0_max`)", "by `tsukasa\n  prepare` (--f0-min, --f0-max)"),
        ("say", "with `tsukasa nothing` (`voice`)", "with `tsukasa nothing` (--voice)"),
        ("evaluate", "write to another `output`", "write to another --output"),
    ],
)
def test_values_choose_the_flag(command, given, shown):
    assert with_flags(given, _parser(command)) == shown
