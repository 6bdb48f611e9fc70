# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import json
from pathlib import Path

import pytest

from transformers_tsukasa.utils.resumable import WorkRecord, files_digest, identity_digest, identity_of


def _record(folder, **values):
    return WorkRecord(folder / "about.json", identity_of(values), "remove it")


def test_a_record_is_read_by_the_same_work_alone(tmp_path):
    _record(tmp_path, rate=24000, sizes=(1, 2)).write(lost=3)
    assert _record(tmp_path, rate=24000, sizes=(1, 2)).read()["lost"] == 3
    assert _record(tmp_path, rate=24000, sizes=(1, 3)).read() is None
    assert _record(tmp_path / "elsewhere", rate=24000).read() is None


def test_differences_are_named(tmp_path):
    _record(tmp_path, rate=24000, seed=1, text="a").write()
    other = _record(tmp_path, rate=48000, seed=1, style="b")
    assert other.differences() == ["rate", "style", "text"]
    with pytest.raises(FileExistsError, match="holds a corpus that differs in: rate, style, text; name another"):
        other.refuse_other("a corpus", "name another folder")


def test_the_same_work_and_no_work_are_not_refused(tmp_path):
    record = _record(tmp_path, rate=24000)
    record.refuse_other("a corpus", "name another folder")
    assert record.differences() == []
    record.write()
    record.refuse_other("a corpus", "name another folder")


def test_a_damaged_record_is_named(tmp_path):
    record = _record(tmp_path, rate=24000)
    record.path.write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match="about.json' cannot be read: it is damaged or incomplete; remove it"):
        record.read()


def test_an_identity_is_what_json_gives_back():
    identity = identity_of({"sizes": (1, 2), "names": {"a": None}, "share": 0.1})
    assert identity == json.loads(json.dumps(identity))
    in_another_order = identity_of({"share": 0.1, "sizes": [1, 2], "names": {"a": None}})
    assert identity_digest(identity) == identity_digest(in_another_order)
    assert identity_digest(identity) != identity_digest({**identity, "share": 0.2})


def test_the_digest_of_files_tells_where_one_ends(tmp_path):
    contents = {"a": b"ab", "b": b"c", "c": b"a", "d": b"bc"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    a, b, c, d = (tmp_path / name for name in contents)
    assert files_digest([a, b]) == files_digest([str(a), Path(b)])
    assert len({files_digest(paths) for paths in ([a, b], [b, a], [c, d], [a], [])}) == 5
