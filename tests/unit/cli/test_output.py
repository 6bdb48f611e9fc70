# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import os
import subprocess
import sys

import pytest


_COMMAND = "import sys; from transformers_tsukasa.cli.main import main; sys.exit(main(sys.argv[1:]))"


def run(*arguments, encoding="utf-8", **options):
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([sys.executable, "-c", _COMMAND, *arguments], env=environment, check=False, **options)


@pytest.mark.parametrize("encoding", ["cp932", "ascii", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("say", "--help"),
        ("phonemize", "海は青い"),
        ("phonemize", "--kana", "海は青い"),
        ("phonemize", "--explain", "海は青い😀"),
        ("phonemize", "。。。"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_every_encoding_of_standard_output_is_survived(encoding, arguments):
    done = run(*arguments, encoding=encoding)
    assert done.returncode == (1 if arguments == ("phonemize", "。。。") else 0)
    assert b"Traceback" not in done.stderr and (done.stdout or done.stderr)


def test_output_keeps_an_encoding_that_has_its_characters():
    assert run("phonemize", "--kana", "海は青い", encoding="cp932").stdout.decode("cp932").strip() == "ウミワアオイ"


def test_phonemes_are_utf8_where_the_encoding_has_no_phonetic_letters():
    expected = run("phonemize", "海は青い").stdout
    assert "ɯ" in expected.decode("utf-8")
    assert run("phonemize", "海は青い", encoding="cp932").stdout == expected


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("phonemize", "海は青い")])
def test_a_closed_pipe_is_no_trouble(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    done = run(*arguments, stdout=writing)
    os.close(writing)
    assert done.stderr == b"" and done.returncode in (0, 1)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_output_that_cannot_be_written_is_a_sentence():
    with open("/dev/full", "wb") as full:
        done = run("phonemize", "海は青い", stdout=full)
    assert done.returncode == 1
    assert done.stderr in (b"tsukasa: No space left on device\n", b"tsukasa phonemize: No space left on device\n")


def test_missing_standard_streams_are_survived():
    code = f"import sys; sys.stdout = sys.stderr = None; {_COMMAND}"
    for arguments, code_expected in ((("phonemize", "海"), 0), (("phonemize", "。"), 1)):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (code_expected, b"", b"")
