# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import importlib
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
    assert capsys.readouterr().err.strip().endswith("the following arguments are required: part, CONFIG")


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


def test_every_command_is_a_module_of_its_own():
    for command in COMMANDS:
        module = importlib.import_module(f"transformers_tsukasa.cli.{command}")
        assert callable(module.add_arguments) and callable(module.run)
