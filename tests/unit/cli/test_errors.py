# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import errno

import pytest
from huggingface_hub.errors import LocalTokenNotFoundError, OfflineModeIsEnabled

from transformers_tsukasa.cli.errors import error_sentence


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "the disk is full"), "the disk is full"),
        (OSError(errno.ENOSPC, "No space left on device", "a.wav"), "No space left on device: 'a.wav'"),
        (FileNotFoundError(errno.ENOENT, "No such file", "a.txt"), "there is no 'a.txt'"),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "in"), "'in' is a folder: name a file"),
        (FileNotFoundError("no audio file at 'a.wav'"), "no audio file at 'a.wav'"),
        (KeyError("there is no voice 'zoe'"), "there is no voice 'zoe'"),
        (ValueError("first line\n  second line"), "first line second line"),
        (MemoryError(), "stopped by MemoryError; `tsukasa --debug` shows where"),
    ],
)
def test_an_error_is_one_line_without_decoration(error, sentence):
    assert error_sentence(error) == sentence


@pytest.mark.parametrize("trouble", ["EACCES", "ENOTDIR", "ENAMETOOLONG", "EROFS", "ELOOP"])
def test_troubles_with_files_name_the_file_and_tell_what_to_do(trouble):
    sentence = error_sentence(OSError(getattr(errno, trouble), "as the system says", "a.txt"))
    assert "'a.txt'" in sentence and "as the system says" not in sentence and "Errno" not in sentence


@pytest.mark.parametrize("error", [OfflineModeIsEnabled("offline"), LocalTokenNotFoundError("no token")])
def test_errors_of_the_hub_are_a_sentence(error):
    assert error_sentence(error).startswith("the hub did not do what was asked (")


def test_a_connection_that_fails_is_a_sentence():
    module = pytest.importorskip("huggingface_hub.errors").HTTPError.__module__.partition(".")[0]
    client = pytest.importorskip(module)
    assert "(no connection)" in error_sentence(client.ConnectError("no connection"))


@pytest.mark.parametrize("error", [TypeError("a fault"), AttributeError("a fault"), AssertionError("a fault")])
def test_faults_of_the_program_have_none(error):
    assert error_sentence(error) is None
