# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import importlib
import json
import subprocess
import sys

import pytest

from transformers_tsukasa.cli import phonemize
from transformers_tsukasa.cli.main import COMMANDS, main
from transformers_tsukasa.version import __version__


def test_wrong_command_lines_exit_with_2(capsys):
    for arguments in ([], ["sing"], ["say", "--alpha", "loud"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2


def test_a_usage_error_names_only_what_is_needed(capsys):
    with pytest.raises(SystemExit):
        main(["train"])
    needed = "the following arguments are required: part, CONFIG"
    assert capsys.readouterr().err == f"tsukasa train: error: {needed}; `tsukasa train --help` explains it\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_options_and_examples(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    printed = capsys.readouterr().out
    assert caught.value.code == 0 and "--" in printed and COMMANDS[command] in printed
    assert f"tsukasa {command} " in printed


def test_errors_are_one_sentence_and_tracebacks_are_for_debugging(monkeypatch, capsys):
    def fail(options):
        raise KeyError("there is no voice 'zoe'")

    monkeypatch.setattr(phonemize, "run", fail)
    assert main(["phonemize", "hello"]) == 1
    assert capsys.readouterr().err == "tsukasa phonemize: there is no voice 'zoe'\n"
    with pytest.raises(KeyError):
        main(["--debug", "phonemize", "hello"])


def test_interruptions_have_an_exit_code_of_their_own(monkeypatch, capsys):
    def interrupt(options):
        raise KeyboardInterrupt

    monkeypatch.setattr(phonemize, "run", interrupt)
    assert main(["phonemize", "hello"]) == 130
    assert capsys.readouterr().err == "tsukasa: interrupted\n"


def test_the_module_runs_as_a_program():
    arguments = [sys.executable, "-m", "transformers_tsukasa.cli.main", "--version"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout == f"tsukasa {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_parser_imports_nothing_heavy(command):
    code = (
        "import sys; from transformers_tsukasa.cli.main import build_parser; "
        f"build_parser({command!r}); build_parser(None)\n"
        "heavy = {'torch', 'numpy', 'transformers', 'soundfile', 'pyopenjtalk'}; print(sorted(heavy & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_reading_a_text_imports_no_torch():
    code = (
        "import sys; from transformers_tsukasa.cli.main import main\n"
        "main(['phonemize', '--profile', 'legacy', '犬'])\n"
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["inɯ", "[]"]


MISTAKES = [
    (["say", "はい", "--voice", "mai"], "has no voice 'mai'"),
    (["say", "はい", "--voice", "mei=0.5,mai=0.5"], "has no voice 'mai'"),
    (["say", "はい", "-o", "missing/x.wav"], "does not exist"),
    (["say", "はい", "-o", "x.aiff"], "must end in .wav, .flac, .mp3 or .opus"),
    (["say", "はい", "--reference", "missing.wav"], "there is no 'missing.wav'"),
    (["say", "[pause:soon]はい"], "cannot be spoken"),
    (["say", "--model", "none/such/model", "はい"], "none/such/model"),
    (["phonemize", "はい", "--dictionary", "missing.csv"], "there is no 'missing.csv'"),
    (["prepare", "recordings"], "name a folder OUT"),
    (["train", "aligner", "missing.yaml"], "there is no config 'missing.yaml'"),
    (["doctor", "missing.yaml"], "there is no config 'missing.yaml'"),
    (["convert", "/missing/folder", "out"], "there is no such file or folder"),
    (["say", "はい", "--vocie", "mei"], "unrecognized arguments: --vocie"),
    (["say", "はい", "--pitch", "high"], "invalid float value: 'high'"),
    (["sya", "はい"], "invalid choice: 'sya'"),
]


def test_mistakes_are_told_in_one_line_before_anything_heavy_is_imported():
    code = """
import contextlib, io, json, sys
from transformers_tsukasa.cli.main import main
for arguments in json.loads(sys.argv[1]):
    with contextlib.redirect_stderr(io.StringIO()) as told:
        try:
            code = main(arguments)
        except SystemExit as stopped:
            code = stopped.code
    heavy = [name for name in ("torch", "transformers", "pyopenjtalk", "soundfile") if name in sys.modules]
    print(json.dumps([code, told.getvalue(), heavy]))
"""
    given = json.dumps([arguments for arguments, _ in MISTAKES])
    done = subprocess.run([sys.executable, "-c", code, given], capture_output=True, text=True, check=True)
    for (arguments, sentence), line in zip(MISTAKES, done.stdout.splitlines(), strict=True):
        exit_code, told, heavy = json.loads(line)
        assert exit_code in (1, 2) and not heavy, (arguments, heavy)
        assert sentence in told and told.count("\n") == 1, told


def test_every_command_is_a_module_of_its_own():
    for command in COMMANDS:
        module = importlib.import_module(f"transformers_tsukasa.cli.{command.replace('-', '_')}")
        assert callable(module.add_arguments) and callable(module.run)
