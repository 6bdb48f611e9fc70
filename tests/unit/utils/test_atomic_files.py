# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import os
import stat
import threading
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from transformers_tsukasa.utils.atomic_files import (
    atomic_file,
    atomic_folder,
    hidden_sibling,
    put_in_place,
    write_text,
)


def _names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask():
    """Sets the umask that groups work with, and restores the usual one."""
    before = os.umask(0o002)
    yield
    os.umask(before)


def test_a_file_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with atomic_file(path) as partial:
        partial.write_text("new", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "old"
    assert path.read_text(encoding="utf-8") == "new" and _names(tmp_path) == ["a.txt"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError, match="half way"), atomic_file(path) as partial:
        partial.write_text("half", encoding="utf-8")
        raise RuntimeError("half way")
    assert path.read_text(encoding="utf-8") == "old" and _names(tmp_path) == ["a.txt"]


def test_a_block_that_writes_nothing_makes_no_file(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_file(tmp_path / "a.txt"):
        pass
    assert _names(tmp_path) == []


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a.txt").write_text("old", encoding="utf-8")
    for name, target in (("link.txt", "there/a.txt"), ("dangling.txt", "there/b.txt"), ("chain.txt", "link.txt")):
        link = tmp_path / name
        link.symlink_to(target)
        write_text(link, name)
        assert link.is_symlink() and link.read_text(encoding="utf-8") == name
    assert _names(tmp_path / "there") == ["a.txt", "b.txt"]


def test_a_link_to_a_folder_stays_and_the_folder_is_replaced(tmp_path):
    (tmp_path / "there" / "model").mkdir(parents=True)
    (tmp_path / "there" / "model" / "old.txt").write_text("old", encoding="utf-8")
    link = tmp_path / "model"
    link.symlink_to("there/model")
    with atomic_folder(link) as folder:
        write_text(folder / "new.txt", "new")
    assert link.is_symlink() and _names(tmp_path) == ["model", "there", "there/model", "there/model/new.txt"]


@pytest.mark.parametrize("name", ["あ" * 83, "か\u3099" * 41 + "abcd", "x" * 255])
def test_names_as_long_as_the_file_system_allows_can_be_written(tmp_path, name):
    write_text(tmp_path / name, "content")
    assert _names(tmp_path) == [name]
    (tmp_path / name).unlink()
    with atomic_folder(tmp_path / name) as folder:
        write_text(folder / "a.txt", "first")
    with atomic_folder(tmp_path / name) as folder:
        write_text(folder / "a.txt", "second")
    assert _names(tmp_path) == [name, f"{name}/a.txt"]


def test_hidden_names_of_long_names_stay_different():
    first, second = Path("あ" * 80 + "いいい"), Path("あ" * 80 + "ううう")
    assert hidden_sibling(first, ".lock") != hidden_sibling(second, ".lock")
    assert hidden_sibling(Path("a.txt"), ".lock") == Path(".a.txt.lock")


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    received = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    write_text(pipe, "content")
    reader.join(timeout=10)
    assert received == ["content"] and stat.S_ISFIFO(pipe.stat().st_mode)


def test_an_error_names_the_file_that_is_wanted(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, atomic_file(tmp_path / "none" / "a.txt"):
        pass
    assert caught.value.filename == str(tmp_path / "none" / "a.txt")


def test_threads_that_write_one_file_do_not_mix_their_content(tmp_path):
    path, together, failures = tmp_path / "a.txt", threading.Barrier(2), []

    def write(text):
        try:
            with atomic_file(path) as partial:
                partial.write_text(text, encoding="utf-8")
                together.wait(timeout=10)
                assert partial.read_text(encoding="utf-8") == text
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(text,)) for text in ("one", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert path.read_text(encoding="utf-8") in ("one", "other") and _names(tmp_path) == ["a.txt"]


@pytest.mark.skipif(os.name == "nt", reason="permissions are other ones on Windows")
def test_files_get_the_permissions_that_the_umask_allows(tmp_path, umask):
    # safetensors writes for the owner alone.
    with atomic_file(tmp_path / "a.safetensors") as partial:
        save_file({"weight": torch.ones(1)}, partial)
    with atomic_folder(tmp_path / "model") as staged:
        (staged / "inner").mkdir()
        save_file({"weight": torch.ones(1)}, staged / "inner" / "b.safetensors")
    assert _mode(tmp_path / "a.safetensors") == _mode(tmp_path / "model" / "inner" / "b.safetensors") == 0o664
    assert _mode(tmp_path / "model") == _mode(tmp_path / "model" / "inner") == 0o775


def test_a_folder_appears_when_it_is_complete(tmp_path):
    folder = tmp_path / "deep" / "model"
    with atomic_folder(folder) as staged:
        write_text(staged / "a.txt", "a")
        assert staged.name == "model" and not folder.exists()
    assert _names(tmp_path) == ["deep", "deep/model", "deep/model/a.txt"]


def test_a_folder_is_replaced_as_one(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    write_text(folder / "old.txt", "old")
    with atomic_folder(folder) as staged:
        write_text(staged / "new.txt", "new")
        assert _names(folder) == ["old.txt"]
    assert _names(tmp_path) == ["model", "model/new.txt"]


def test_an_error_leaves_the_old_folder_and_nothing_else(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    write_text(folder / "old.txt", "old")
    with pytest.raises(RuntimeError, match="half way"), atomic_folder(folder) as staged:
        write_text(staged / "new.txt", "new")
        raise RuntimeError("half way")
    assert _names(tmp_path) == ["model", "model/old.txt"]


def test_leftovers_of_a_killed_process_are_removed(tmp_path):
    left = tmp_path / ".model.unfinished" / "model"
    left.mkdir(parents=True)
    write_text(left / "half.txt", "half")
    with atomic_folder(tmp_path / "model") as staged:
        write_text(staged / "new.txt", "new")
    assert _names(tmp_path) == ["model", "model/new.txt"]


def test_a_folder_that_cannot_be_put_in_place_leaves_the_old_one(tmp_path, monkeypatch):
    new, folder = tmp_path / "new", tmp_path / "model"
    for path in (new, folder):
        path.mkdir()
    write_text(folder / "old.txt", "old")
    real = os.replace

    def fail_on_new(source, target):
        if source == new:
            raise OSError("the disk went away")
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("transformers_tsukasa.utils.atomic_files.os.replace", fail_on_new)
        with pytest.raises(OSError, match="the disk went away"):
            put_in_place(new, folder)
    assert _names(tmp_path) == ["model", "model/old.txt", "new"]


def test_a_folder_that_a_killed_process_left_under_its_hidden_name_is_restored_or_removed(tmp_path):
    left = tmp_path / ".model.replaced"
    left.mkdir()
    write_text(left / "old.txt", "old")
    with pytest.raises(FileNotFoundError):
        put_in_place(tmp_path / "nothing", tmp_path / "model")
    assert _names(tmp_path) == ["model", "model/old.txt"]
    (tmp_path / "model").rename(left)
    with atomic_folder(tmp_path / "model") as staged:
        write_text(staged / "new.txt", "new")
    assert _names(tmp_path) == ["model", "model/new.txt"]


def test_several_processes_fill_one_folder(tmp_path):
    """Threads in place of processes: no file is missing, and the folder appears after the last one has written."""
    folder, barrier, failures = tmp_path / "model", threading.Barrier(3), []

    def fill(rank):
        try:
            with atomic_folder(
                folder, staging=tmp_path / ".unfinished", is_main=rank == 0, wait=lambda: barrier.wait(timeout=10)
            ) as staged:
                write_text(staged / f"{rank}.txt", str(rank))
            assert _names(folder) == ["0.txt", "1.txt", "2.txt"]
        except Exception as error:
            failures.append(error)
            barrier.abort()

    threads = [threading.Thread(target=fill, args=(rank,)) for rank in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and _names(tmp_path) == ["model", "model/0.txt", "model/1.txt", "model/2.txt"]
