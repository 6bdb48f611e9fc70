# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import errno
import io
import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from support.tiny import save_speaking, tiny_model
from transformers_tsukasa.audio.encoding import to_pcm16
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.synthesis import Speaker
from transformers_tsukasa.synthesis.bulk.bulk_run import BulkSettings, synthesize
from transformers_tsukasa.synthesis.bulk.rows import BulkRow, RowList
from transformers_tsukasa.synthesis.bulk.shares import Share
from transformers_tsukasa.utils.file_lock import one_at_a_time


datasets = pytest.importorskip("datasets")

TEXTS = ["雨が降る。", "犬。", "＊＊＊", "猫もいる。", "はい。"]
ROWS = RowList([BulkRow(number, f"id-{number}", text) for number, text in enumerate(TEXTS, start=1)])
SETTINGS = BulkSettings({"voice": "a"}, seed=3, shard_size=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    model = tiny_model()
    model.voices.add("a", 0.1 * torch.ones(16))
    model.voices.add("b", -0.1 * torch.ones(16))
    return save_speaking(model, tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def speaker(folder):
    return Speaker.load(folder)


@pytest.fixture(scope="module")
def spoken(speaker, tmp_path_factory):
    """The list, spoken by one process at once."""
    out = tmp_path_factory.mktemp("spoken")
    return out, synthesize(speaker, ROWS, out, SETTINGS)


def _shards(out):
    return {path.name: path.read_bytes() for path in (out / "data").glob("*.parquet")}


def test_the_shards_are_a_data_set(spoken, speaker, tmp_path):
    out, result = spoken
    rows = datasets.load_dataset(str(out), split="train", cache_dir=str(tmp_path))
    assert rows.features["audio"].sampling_rate == 24000
    rows = rows.cast_column("audio", datasets.Audio(decode=False))
    assert rows["row"] == [2, 1, 4, 5] and rows["text"] == ["犬。", "雨が降る。", "猫もいる。", "はい。"]
    for row in rows:
        speech = speaker.speak(row["text"], voice="a", seed=row["seed"])
        samples, rate = soundfile.read(io.BytesIO(row["audio"]["bytes"]), dtype="int16")
        assert np.array_equal(samples, to_pcm16(speech.waveform)) and rate == 24000
        assert row["seconds"] == speech.seconds and row["voice"] == "a"
        assert row["phonemes"] == "".join(symbol.symbol for symbol in speech.symbols)
        assert [word["surface"] for word in row["words"]] == [word.surface for word in speech.words]
        assert row["words"][-1]["end"] == pytest.approx(speech.words[-1].end)
        ends = np.array(row["starts"]) + row["durations"]
        assert ends[-1] == pytest.approx(speech.symbols[-1].end) and len(ends) == len(row["phonemes"])
    assert len(set(rows["seed"])) == 4


def test_rows_that_cannot_be_spoken_are_listed(spoken):
    out, result = spoken
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert (report["rows"], report["shards"]) == (4, 3) and report["seconds"] == result.seconds > 0
    assert [(row["number"], row["id"]) for row in report["rejected"]] == [(3, "id-3")]
    assert "nothing readable" in report["rejected"][0]["reason"] and result.missing == []


def test_any_number_of_processes_in_any_order_gives_the_same_bytes(spoken, speaker, tmp_path):
    late = synthesize(speaker, ROWS, tmp_path, SETTINGS, Share(1, 2))
    assert late.missing == [0, 2] and not (tmp_path / "report.json").exists()
    assert synthesize(speaker, ROWS, tmp_path, SETTINGS, Share(0, 2)) == spoken[1]
    assert _shards(tmp_path) == _shards(spoken[0]) and len(_shards(tmp_path)) == 3


def test_an_interrupted_run_is_continued(spoken, speaker, tmp_path):
    def stop(seconds):
        counted.append(seconds)
        if len(counted) == 4:  # in the middle of the second shard
            raise KeyboardInterrupt

    counted = []
    with pytest.raises(KeyboardInterrupt):
        synthesize(speaker, ROWS, tmp_path, SETTINGS, on_row=stop)
    assert len(_shards(tmp_path)) == 1
    data = tmp_path / "data"
    (data / ".train-00001-of-00003.parquet.1-2.part").write_bytes(b"of a process that was killed")
    before = (data / "train-00000-of-00003.parquet").stat().st_mtime_ns
    assert synthesize(speaker, ROWS, tmp_path, SETTINGS) == spoken[1]
    assert _shards(tmp_path) == _shards(spoken[0])
    assert (data / "train-00000-of-00003.parquet").stat().st_mtime_ns == before
    assert [path.name for path in data.iterdir() if path.name.startswith(".")] == []


def test_opus_has_the_same_bytes_whenever_it_is_spoken(speaker, tmp_path):
    settings = replace(SETTINGS, audio_format="opus")
    rows = RowList(ROWS.rows[:1])
    for name in ("a", "b"):
        synthesize(speaker, rows, tmp_path / name, settings)
    assert _shards(tmp_path / "a") == _shards(tmp_path / "b")


def test_a_shard_that_another_process_writes_is_left_to_it(speaker, tmp_path):
    (tmp_path / "data").mkdir()
    with one_at_a_time(tmp_path / "data" / ".train-00001-of-00003.parquet.lock", ""):
        assert synthesize(speaker, ROWS, tmp_path, SETTINGS).missing == [1]
    assert synthesize(speaker, ROWS, tmp_path, SETTINGS).missing == []


@pytest.mark.parametrize(
    ("rows", "settings", "part"),
    [
        (RowList(ROWS.rows[:4]), SETTINGS, "differs in: list"),
        (ROWS, replace(SETTINGS, shard_size=3, seed=4), "differs in: seed, shard_size"),
        (ROWS, replace(SETTINGS, arguments={"voice": "b"}), "differs in: arguments"),
    ],
)
def test_another_list_or_other_settings_are_refused(spoken, speaker, rows, settings, part):
    before = _shards(spoken[0])
    with pytest.raises(FileExistsError, match=part):
        synthesize(speaker, rows, spoken[0], settings)
    assert _shards(spoken[0]) == before


def test_shards_without_a_manifest_are_refused(speaker, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train-00000-of-00001.parquet").touch()
    with pytest.raises(FileExistsError, match=r"without their manifest.json: name another folder"):
        synthesize(speaker, ROWS, tmp_path, SETTINGS)


def test_a_model_of_no_folder_is_refused(speaker, tmp_path):
    model = tiny_model()
    model.voices.add("a", 0.1 * torch.ones(16))
    with pytest.raises(ValueError, match=r"comes from no folder .*: save and load it"):
        synthesize(Speaker(model, speaker.processor), ROWS, tmp_path, SETTINGS)


def test_a_full_disk_keeps_finished_shards_and_leaves_nothing_half_written(speaker, tmp_path, monkeypatch):
    synthesize(speaker, ROWS, tmp_path, SETTINGS, Share(0, 3))

    def full(*arguments, **keywords):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
    with pytest.raises(OSError, match="the disk is full: finished shards are kept"):
        synthesize(speaker, ROWS, tmp_path, SETTINGS)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["train-00000-of-00003.parquet"]


@pytest.mark.parametrize(
    ("settings", "part"), [({"shard_size": 0}, "`shard_size`"), ({"audio_format": "aac"}, "`audio_format`")]
)
def test_settings_that_cannot_be_are_refused(speaker, tmp_path, settings, part):
    with pytest.raises(ValueError, match=part):
        synthesize(speaker, ROWS, tmp_path, replace(SETTINGS, **settings))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def command(folder, speaker, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("transformers_tsukasa.cli.synthesize.command.load_speaker", lambda *_, **__: speaker)
    threads = torch.get_num_threads()
    yield lambda *words: main(["synthesize", "--model", str(folder), "--quiet", *words])
    torch.set_num_threads(threads)


def test_the_command_speaks_a_list_by_its_voices(command, tmp_path, capsys):
    (tmp_path / "a.csv").write_text("text,voice\n犬。,a\n犬。,\n犬。,zoe\n", encoding="utf-8")
    assert command("a.csv", "out", "--voice", "b", "--seed", "5") == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("out: 1 of 1 shard, 2 rows, ")
    assert "1 row could not be spoken, listed in out/report.json; the first is row 3 (3)" in captured.err
    assert "voice 'zoe'" in captured.err
    assert command("a.csv", "out", "--seed", "6") == 1
    assert "differs in: arguments, seed; name another folder (OUT)" in capsys.readouterr().err
    assert command("a.csv", "other", "--shard", "2/2") == 0
    assert "shards without a file yet: 0; this was process 2 of 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["none.csv", "out"], "there is no list 'none.csv'"),
        (["a.txt", "out", "--shard", "0/2"], "2 processes have the numbers 1 to 2, not 0"),
        (["a.txt", "out", "--voice", "zoe"], "no voice 'zoe'"),
        (["a.txt", "out", "--speaking-rate", "99"], "speaking_rate"),
        (["a.txt", "out", "--threads", "0"], "--threads"),
        (["a.txt", "out", "--shard-size", "0"], "--shard-size"),
        (["a.csv", "out", "--text-column", "words"], "has no column 'words'"),
    ],
)
def test_the_command_refuses_bad_input_in_one_sentence(command, tmp_path, capsys, words, part):
    (tmp_path / "a.txt").write_text("犬。", encoding="utf-8")
    (tmp_path / "a.csv").write_text("text\n犬。\n", encoding="utf-8")
    assert command(*words) == 1
    captured = capsys.readouterr()
    assert part in captured.err and captured.err.count("\n") == 1 and not (tmp_path / "out").exists()
