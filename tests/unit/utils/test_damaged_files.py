# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from transformers_tsukasa.utils.damaged_files import read_json, reading


def test_errors_of_a_damaged_file_name_the_file(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[1, 2", encoding="utf-8")
    with pytest.raises(ValueError, match="a.json' cannot be read: it is damaged or incomplete; copy it again"):
        read_json(path, "copy it again")
    with pytest.raises(ValueError, match="a.json' cannot be read"), reading(path, "copy it again"):
        raise EOFError("a library's own words")


@pytest.mark.parametrize("error", [FileNotFoundError, PermissionError, MemoryError, ImportError])
def test_errors_that_are_not_the_files_fault_pass(error):
    with pytest.raises(error, match="as it was"), reading("a.json", "copy it again"):
        raise error("as it was")


def test_only_the_named_errors_are_damage():
    with pytest.raises(KeyError), reading("folder", "copy it again", errors=(EOFError,)):
        raise KeyError("not a damaged file")
    with pytest.raises(ValueError, match="'folder' cannot be read"), reading("folder", "copy it", errors=(EOFError,)):
        raise EOFError
