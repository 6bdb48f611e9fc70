# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import csv
import errno
import json
import pickle
import shutil
import struct
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile
from filelock import FileLock

from support.corpora import PHONEMES, RATE, hum, write_tones
from support.shared_data import recorded_path
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.data.corpus import PreparedCorpus
from transformers_tsukasa.data.dataset import TsukasaDataset
from transformers_tsukasa.data.preparation.encoded_audio import decode_audio
from transformers_tsukasa.data.sources import open_source


datasets = pytest.importorskip("datasets")


pytest.importorskip("swift_f0")


def _prepare(*arguments, code=0):
    assert main(["prepare", *map(str, arguments), "--quiet", "--workers", "1"]) == code


def _rejected(folder):
    with (folder / "rejected.csv").open(encoding="utf-8") as file:
        return {row["audio"]: row["reason"] for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def tones(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tones")
    write_tones(folder, {"mei": 24, "taro": 12})
    return folder


@pytest.fixture(scope="module")
def corpus(tones, tmp_path_factory):
    output = tmp_path_factory.mktemp("prepared") / "corpus"
    _prepare(tones, output, "--validation", "0.1")
    return output


def test_datasets_opens_a_corpus(corpus):
    loaded = datasets.load_from_disk(str(corpus))
    assert set(loaded) == {"train", "validation"}
    assert len(loaded["train"]) == 33 and len(loaded["validation"]) == 3
    row = loaded["train"][5]
    assert row["phonemes"] in PHONEMES and row["speaker"] in ("mei", "taro")
    assert len(row["f0"]) == len(row["energy"]) == row["num_frames"]
    assert len(row["log_mel"]) == 80 * row["num_frames"]
    assert row["num_tokens"] == len(row["phonemes"]) + 2
    samples, rate = decode_audio(row["audio"]["bytes"])
    assert rate == RATE and samples.shape[-1] == pytest.approx(row["seconds"] * RATE, abs=1)


def test_f0_is_that_of_the_tone(corpus):
    row = PreparedCorpus(corpus).open("train").filter(lambda row: row["speaker"] == "mei")[0]
    f0 = np.array(row["f0"])
    voiced = f0 > 0
    assert voiced[25:60].mean() > 0.9 and not voiced[:10].any() and not voiced[-10:].any()
    assert np.median(f0[voiced]) == pytest.approx(110, rel=0.06)


def test_speakers_split_and_report(corpus):
    prepared = PreparedCorpus(corpus)
    report = json.loads((corpus / "report.json").read_text(encoding="utf-8"))
    assert prepared.speakers == ["mei", "taro"]
    assert report["utterances"] == report["rows"] == 36 and report["rejected"] == {}
    assert report["speakers"]["taro"]["utterances"] == 12
    assert set(prepared.open("validation")["speaker"]) == {"mei", "taro"}
    assert all(len(text) >= 50 for text in prepared.out_of_domain_texts) and prepared.out_of_domain_texts


def test_the_same_command_again_does_nothing(corpus, tones, capsys):
    before = (corpus / "train" / "state.json").stat().st_mtime_ns
    _prepare(tones, corpus, "--validation", "0.1")
    assert (corpus / "train" / "state.json").stat().st_mtime_ns == before
    _prepare(tones, corpus, "--validation", "0.2", code=1)
    assert "holds a corpus that differs in: validation; name another folder" in capsys.readouterr().err


def test_a_folder_that_is_not_a_corpus_is_never_replaced(tones, tmp_path, capsys):
    (tmp_path / "diary.txt").write_text("dear diary", encoding="utf-8")
    _prepare(tones, tmp_path, "--overwrite", code=1)
    assert "is not a prepared corpus: name another folder" in capsys.readouterr().err
    assert (tmp_path / "diary.txt").is_file()


def test_a_corpus_is_replaced_when_asked_for(tones, tmp_path):
    _prepare(tones, tmp_path / "out", "--validation", "0")
    _prepare(tones, tmp_path / "out", "--validation", "0.1", "--overwrite")
    assert PreparedCorpus(tmp_path / "out").splits == ["train", "validation"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_is_prepared_by_one_process_at_a_time(tones, tmp_path, capsys):
    lock = tmp_path / ".out.lock"
    with FileLock(lock):
        _prepare(tones, tmp_path / "out", "--validation", "0", code=1)
    assert f"another process is preparing '{tmp_path / 'out'}': wait until it ends" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [lock.name]
    _prepare(tones, tmp_path / "out", "--validation", "0")  # what a process that was killed left does not matter
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_bad_rows_are_listed_with_their_reason(tmp_path):
    good = hum()
    files = {
        "good.wav": good,
        "again.wav": good,
        "blink.wav": hum(0.05),
        "minute.wav": hum(60.0),
        "silent.wav": np.zeros(RATE, np.float32),
        "nan.wav": np.where(np.arange(RATE) == 9, np.nan, good).astype(np.float32),
        "clipped.wav": np.clip(9 * hum(seed=1), -1, 1),
        "symbol.wav": hum(seed=2),
        "long_text.wav": hum(seed=3),
        "short_text.wav": hum(9.0, seed=4),
        "opposite.wav": np.stack([good, -good], axis=1),
    }
    for name, sound in files.items():
        soundfile.write(tmp_path / name, sound, RATE, subtype="FLOAT")
    (tmp_path / "noise.wav").write_bytes(b"no audio at all")
    soundfile.write(tmp_path / "half.wav", hum(2.0, seed=5), RATE)
    (tmp_path / "half.wav").write_bytes((tmp_path / "half.wav").read_bytes()[: RATE * 2])
    texts = {"symbol.wav": "koⓐni", "long_text.wav": PHONEMES[0] * 8, "short_text.wav": "a"}
    lines = [f"{name}|{texts.get(name, PHONEMES[0])}|mei" for name in [*files, "noise.wav", "half.wav", "lost.wav"]]
    (tmp_path / "list.txt").write_text("\n".join([*lines, "half a line"]), encoding="utf-8")
    _prepare(tmp_path, tmp_path / "out", "--format", "phoneme-list", "--validation", "0")
    assert _rejected(tmp_path / "out") == {
        "again.wav": "duplicate",
        "blink.wav": "too_short",
        "minute.wav": "too_long",
        "silent.wav": "silent",
        "nan.wav": "not_finite",
        "clipped.wav": "clipped",
        "symbol.wav": "unknown_symbol",
        "long_text.wav": "pace_too_fast",
        "short_text.wav": "pace_too_slow",
        "opposite.wav": "not_mixed",
        "noise.wav": "unreadable_audio",
        "half.wav": "cut_off",
        "lost.wav": "missing_file",
        "half a line": "bad_row",
    }
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["utterances"] == 1 and report["rows"] == 15 and sum(report["rejected"].values()) == 14
    assert any("only one utterance of mei" in warning for warning in report["warnings"])


@pytest.mark.parametrize("speakers, kept", [({"mei": 3}, 1), ({"mei": 10}, 1), ({"a": 1, "b": 1, "c": 1}, 1)])
def test_small_corpora_can_be_validated_and_the_report_tells(tmp_path, speakers, kept):
    write_tones(tmp_path / "source", speakers)
    _prepare(tmp_path / "source", tmp_path / "out")
    corpus = PreparedCorpus(tmp_path / "out")
    assert len(corpus.open("validation")) == kept
    assert len(corpus.open("train")) == sum(speakers.values()) - kept
    assert "only 1 utterance for validation, which says little about other sentences" in corpus.report["warnings"]
    assert TsukasaDataset(corpus, "validation")[0]["input_features"].shape[-1] >= 80


def test_a_single_utterance_is_trained_with(tmp_path):
    write_tones(tmp_path / "source", {"mei": 1})
    _prepare(tmp_path / "source", tmp_path / "out")
    corpus = PreparedCorpus(tmp_path / "out")
    assert corpus.splits == ["train"]
    assert any("train without evaluation (eval_strategy=no)" in warning for warning in corpus.report["warnings"])
    with pytest.raises(ValueError, match="has no split 'validation'; it has train. .* a share such as 0.2"):
        corpus.open("validation")


@pytest.mark.parametrize("count, broken", [(3, "validation"), (3, "train"), (2, "validation"), (2, "train")])
def test_the_split_is_drawn_from_the_recordings_that_can_be_used(tmp_path, count, broken):
    transcript = write_tones(tmp_path / "source", {"mei": count})
    _prepare(tmp_path / "source", tmp_path / "all")
    for row in PreparedCorpus(tmp_path / "all").open(broken):
        (tmp_path / "source" / row["id"].partition(":")[2]).write_bytes(row["id"].encode())
    _prepare(transcript, tmp_path / "out")
    corpus = PreparedCorpus(tmp_path / "out")
    usable = count - corpus.report["rejected"]["unreadable_audio"]
    assert corpus.report["utterances"] == usable
    assert corpus.splits == (["train", "validation"] if usable > 1 else ["train"])
    assert {name: len(corpus.open(name)) for name in corpus.splits}["train"] == max(usable - 1, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all", "out", "source"]


def test_a_second_split_is_resumed(tmp_path, monkeypatch):
    write_tones(tmp_path / "source", {"mei": 3})
    _prepare(tmp_path / "source", tmp_path / "all")
    (row,) = PreparedCorpus(tmp_path / "all").open("validation")
    (tmp_path / "source" / row["id"].partition(":")[2]).write_bytes(b"no audio")

    def stop(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("transformers_tsukasa.data.preparation.prepare._finish", stop)
        _prepare(tmp_path / "source", tmp_path / "out", code=130)
    times = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out.preparing").rglob("*.arrow")}
    _prepare(tmp_path / "source", tmp_path / "out")
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.arrow")} == times
    assert PreparedCorpus(tmp_path / "out").splits == ["train", "validation"]


def _wav(path, sound, subtype="PCM_16", rate=RATE, stated_rate=None, stated_bytes=None):
    """Write a WAV file, with another rate or length in its header if one is given."""
    soundfile.write(path, sound, rate, subtype=subtype)
    content = bytearray(path.read_bytes())
    if stated_rate is not None:
        content[24:28] = struct.pack("<I", stated_rate)
    if stated_bytes is not None:
        place = content.index(b"data") + 4
        content[place : place + 4] = struct.pack("<I", stated_bytes)
    path.write_bytes(content)


def test_recordings_in_unusual_forms_are_taken(tmp_path):
    sound = hum()
    still = np.zeros_like(sound)
    _wav(tmp_path / "8bit.wav", hum(seed=1), "PCM_U8")
    _wav(tmp_path / "double.wav", hum(seed=2), "DOUBLE")
    _wav(tmp_path / "192k.wav", hum(rate=192000, seed=3), rate=192000)
    _wav(tmp_path / "five.wav", np.stack([still, still, hum(seed=4), still, still], axis=1))
    _wav(tmp_path / "left.wav", np.stack([hum(seed=5), still], axis=1))
    _wav(tmp_path / "offset.wav", hum(seed=6) + 0.4)
    _wav(tmp_path / "loud.wav", 4 * hum(seed=7) / np.abs(hum(seed=7)).max(), "FLOAT")
    _wav(tmp_path / "piped.wav", hum(seed=8), stated_bytes=0xFFFFFFFF)
    soundfile.write(tmp_path / "named.flac", hum(seed=9), RATE)
    (tmp_path / "named.flac").rename(tmp_path / "named.wav")
    names = sorted(path.name for path in tmp_path.iterdir())
    lines = [f"{name}|{PHONEMES[0]}|mei" for name in names]
    (tmp_path / "list.txt").write_text("\n".join(lines), encoding="utf-8")
    _prepare(tmp_path, tmp_path / "out", "--validation", "0")
    assert _rejected(tmp_path / "out") == {} and len(PreparedCorpus(tmp_path / "out").open("train")) == len(names)


def test_recordings_that_would_take_all_memory_or_time_are_rejected(tmp_path):
    sound = hum()
    _wav(tmp_path / "good.wav", sound)
    _wav(tmp_path / "slow.wav", hum(seed=1), stated_rate=1)
    _wav(tmp_path / "fast.wav", hum(seed=2), stated_rate=2_000_000)
    _wav(tmp_path / "zero.wav", hum(seed=3), stated_rate=0)
    _wav(tmp_path / "far.wav", 100 * hum(seed=4), "FLOAT")
    _wav(tmp_path / "huge.wav", hum(seed=5), stated_bytes=2_000_000_000)
    with (tmp_path / "huge.wav").open("r+b") as file:
        file.truncate(2_000_000_044)  # a hole, which takes no space
    soundfile.write(tmp_path / "none.wav", np.zeros(0, np.float32), RATE)
    soundfile.write(tmp_path / "one.wav", np.full(1, 0.5, np.float32), RATE)
    names = ["good", "slow", "fast", "zero", "far", "huge", "none", "one"]
    lines = [f"{name}.wav|{PHONEMES[0]}|mei" for name in names] + [f"{'x' * 3000}.wav|{PHONEMES[0]}|mei"]
    (tmp_path / "list.txt").write_text("\n".join(lines), encoding="utf-8")
    _prepare(tmp_path, tmp_path / "out", "--validation", "0")
    assert list(_rejected(tmp_path / "out").values()) == [
        *("unreadable_audio", "unreadable_audio", "unreadable_audio", "not_mixed", "too_long", "unreadable_audio"),
        *("too_short", "missing_file"),
    ]


def test_the_command_prints_how_it_understood_the_source(tmp_path, capsys):
    write_tones(tmp_path, {"mei": 1})
    (tmp_path / "list.txt").rename(tmp_path / "esd.list")
    text = (
        (tmp_path / "esd.list").read_text(encoding="utf-8").strip().replace(f"|{PHONEMES[0]}|mei", "|mei|JP|今日は。")
    )
    (tmp_path / "esd.list").write_text(text, encoding="utf-8")
    assert main(["prepare", str(tmp_path), str(tmp_path / "out"), "--workers", "1"]) == 0
    assert f"reading {tmp_path / 'esd.list'} (esd: audio|speaker|language|text|...)" in capsys.readouterr().err
    assert PreparedCorpus(tmp_path / "out").speakers == ["mei"]


def test_the_command_knows_the_formats():
    from transformers_tsukasa.cli.main import build_parser
    from transformers_tsukasa.data.preparation.transcripts import FORMATS

    for format in FORMATS:
        assert build_parser("prepare").parse_args(["prepare", "a", "b", "--format", format]).format == format


def test_a_duplicate_with_another_text_is_reported_as_such(tmp_path):
    for name in ("a.wav", "b.wav"):
        soundfile.write(tmp_path / name, hum(), RATE)
    (tmp_path / "list.txt").write_text(f"a.wav|{PHONEMES[0]}|m\nb.wav|{PHONEMES[1]}|m\n", encoding="utf-8")
    _prepare(tmp_path, tmp_path / "out")
    assert "with ANOTHER text" in (tmp_path / "out" / "rejected.csv").read_text(encoding="utf-8")


def test_a_corpus_without_usable_rows_is_refused_with_the_reason(tmp_path, capsys):
    (tmp_path / "list.txt").write_text("a.wav|ohajo|m\nb.wav|ohajo|m\n", encoding="utf-8")
    _prepare(tmp_path, tmp_path / "out", code=1)
    assert "none of the 2 rows can be trained with" in (printed := capsys.readouterr().err) and "a.wav" in printed
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--config", "nowhere.yaml"], "no preset or model folder at 'nowhere.yaml'"),
        (["--column", "text"], "write it as FIELD=NAME"),
        (["--column", "tekst=x"], "unknown field 'tekst'"),
        (["--validation", "1.5"], "--validation is a share"),
        (["--min-seconds", "40"], "--min-seconds \\(40\\) must be at least 0 and less than --max-seconds \\(30\\)"),
        (["--dictionary", "lost.csv"], "there is no 'lost.csv'"),
        (["--audio-dir", "lost"], "no folder 'lost'"),
        (["--f0-min", "500", "--f0-max", "100"], "f0_min"),
    ],
)
def test_impossible_options_are_refused(tones, tmp_path, capsys, arguments, message):
    _prepare(tones, tmp_path / "out", *arguments, code=1)
    assert __import__("re").search(message, capsys.readouterr().err)


def test_a_word_in_place_of_decibels_is_a_usage_error(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["prepare", str(tmp_path), str(tmp_path / "out"), "--trim-db", "foo"])
    assert caught.value.code == 2
    assert "--trim-db: 'foo' is neither a number of decibels nor 'none'" in capsys.readouterr().err


def test_48_khz_stereo_and_a_higher_model_rate(tmp_path):
    stereo = np.stack([hum(rate=48000), 0.5 * hum(rate=48000)], axis=1)
    soundfile.write(tmp_path / "a.flac", stereo, 48000)
    (tmp_path / "t.csv").write_text(f"audio,phonemes\na.flac,{PHONEMES[0]}\n", encoding="utf-8")
    preset = tmp_path / "48k.yaml"
    preset.write_text(
        "audio_config: {sampling_rate: 48000, hop_length: 600, win_length: 2400, n_fft: 4096}\n"
        "decoder_config: {upsample_rates: [10, 6, 2], upsample_kernel_sizes: [20, 12, 4]}\n",
        encoding="utf-8",
    )
    _prepare(tmp_path, tmp_path / "out", "--config", preset, "--trim-db", "none")
    corpus = PreparedCorpus(tmp_path / "out")
    row = corpus.open("train")[0]
    samples, rate = decode_audio(row["audio"]["bytes"])
    assert rate == 48000 and samples.shape == (1, 48000)
    # The mean of the channels, not the left one.
    assert np.abs(samples).max() == pytest.approx(0.75 * np.abs(stereo[:, 0]).max(), rel=1e-3)
    assert row["num_frames"] == 114
    from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaConfig

    with pytest.raises(ValueError, match="prepared with sampling_rate 48000, but the model has 24000"):
        corpus.check_fits(TsukasaConfig())


def test_text_is_read_with_profile_and_dictionary(tmp_path):
    soundfile.write(tmp_path / "a.wav", hum(2.0), RATE)
    (tmp_path / "t.csv").write_text("audio,text\na.wav,東雲さんが来ました。\n", encoding="utf-8")
    (tmp_path / "words.csv").write_text("東雲,トウウン\n", encoding="utf-8")
    _prepare(tmp_path / "t.csv", tmp_path / "plain")
    _prepare(tmp_path / "t.csv", tmp_path / "read", "--dictionary", tmp_path / "words.csv", "--profile", "clean")
    from transformers_tsukasa.text import phonemize

    text = "東雲さんが来ました。"
    plain, read = (PreparedCorpus(tmp_path / name) for name in ("plain", "read"))
    assert plain.open("train")[0]["phonemes"] == phonemize(text).phonemes
    expected = phonemize(text, "clean", user_dictionary=tmp_path / "words.csv").phonemes
    assert read.open("train")[0]["phonemes"] == expected != phonemize(text, "clean").phonemes
    assert read.profile == "clean"


def test_out_of_domain_texts_from_a_file(tones, tmp_path, capsys):
    long = "昨日の夕方、駅前の小さな喫茶店で、古い友人と三時間も話をしました。"
    (tmp_path / "ood.txt").write_text(f"{long}\n短い。\n", encoding="utf-8")
    _prepare(tones, tmp_path / "out", "--out-of-domain", tmp_path / "ood.txt")
    from transformers_tsukasa.text import phonemize

    assert PreparedCorpus(tmp_path / "out").out_of_domain_texts[0] == phonemize(long).phonemes
    (tmp_path / "ood.txt").write_text("短い。\n", encoding="utf-8")
    _prepare(tones, tmp_path / "other", "--out-of-domain", tmp_path / "ood.txt", code=1)
    assert "no text of 50" in capsys.readouterr().err


def test_a_data_set_on_disk_is_a_source(tmp_path, caplog):
    columns = {"audio": [], "sentence": [], "speaker": []}
    for index in range(3):
        soundfile.write(tmp_path / f"{index}.wav", hum(2.0, seed=index), RATE)
        columns["audio"].append({"bytes": (tmp_path / f"{index}.wav").read_bytes(), "path": None})
        columns["sentence"].append("今日はいい天気ですね。")
        columns["speaker"].append("mei")
    # Cast, not encoded: encoding needs torchcodec, which may not be installed here.
    table = datasets.Dataset.from_dict(columns).cast_column("audio", datasets.Audio())
    datasets.DatasetDict({"test": table}).save_to_disk(str(tmp_path / "source"))
    source = open_source(str(tmp_path / "source"))
    assert "has no split 'train': its only one, 'test', is used" in caplog.text
    with pytest.raises(ValueError, match="has no split 'train'; it has test"):
        open_source(str(tmp_path / "source"), split="train")
    # Pickled, as for a worker process.
    samples, rate = pickle.loads(pickle.dumps(source)).load(source.rows[1])
    assert rate == RATE and samples.shape == (1, 2 * RATE)
    _prepare(tmp_path / "source", tmp_path / "out", "--validation", "0")
    prepared = PreparedCorpus(tmp_path / "out").open("train")
    assert len(prepared) == 3 and prepared[0]["text"] == "今日はいい天気ですね。"


@pytest.mark.slow
def test_a_killed_run_resumes_where_it_was(tones, corpus, tmp_path):
    """Killed without warning after its first shard; the second run keeps that shard and gives the same corpus."""
    output = tmp_path / "corpus"
    command = [sys.executable, "-m", "transformers_tsukasa.cli.main", "prepare", str(tones), str(output)]
    command += ["--validation", "0.1", "--quiet", "--workers", "1"]
    process = subprocess.Popen(command)
    first = tmp_path / "corpus.preparing" / "finished" / "train-00000.json"
    while not first.is_file() and process.poll() is None:
        time.sleep(0.005)
    process.kill()
    process.wait()
    if not output.exists():
        assert not (tmp_path / "corpus.preparing" / "dataset_dict.json").exists()
        with pytest.raises(FileNotFoundError, match="has not finished: give the same `tsukasa prepare` command again"):
            PreparedCorpus(output)
    shard = tmp_path / "corpus.preparing" / "train" / "data-00000-of-00003.arrow"
    written = shard.stat().st_mtime_ns
    _prepare(tones, output, "--validation", "0.1")
    assert (output / "train" / shard.name).stat().st_mtime_ns == written
    assert not (tmp_path / "corpus.preparing").exists()
    for split in ("train", "validation"):
        one, other = (datasets.load_from_disk(str(folder / split)) for folder in (corpus, output))
        assert one[:] == other[:]


def test_unfinished_work_with_other_settings_is_not_mixed_in(tones, tmp_path, capsys, monkeypatch):
    def fail(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("transformers_tsukasa.utils.atomic_files.os.replace", _fail_on_arrow(fail))
        _prepare(tones, tmp_path / "out", code=1)
    assert "the disk is full: finished work stays in" in capsys.readouterr().err
    assert not list((tmp_path / "out.preparing").rglob("*.part"))
    _prepare(tones, tmp_path / "out", "--trim-db", "30", code=1)
    assert "differs in: trim_db" in capsys.readouterr().err
    _prepare(tones, tmp_path / "out", "--trim-db", "30", "--overwrite")
    assert PreparedCorpus(tmp_path / "out").splits == ["train", "validation"]


def _fail_on_arrow(fail):
    import os

    real = os.replace
    return lambda source, target: fail() if str(target).endswith(".arrow") else real(source, target)


def _runs(process):
    """Whether a process runs; an orphan that no process waits for stays as a zombie."""
    import psutil

    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.slow
def test_killed_processes_leave_no_worker_and_the_result_is_that_of_one_process(tones, corpus, tmp_path):
    psutil = pytest.importorskip("psutil")
    arguments = ["prepare", str(tones), str(tmp_path / "out"), "--validation", "0.1", "--workers", "2", "--quiet"]
    process = subprocess.Popen([sys.executable, "-m", "transformers_tsukasa.cli.main", *arguments])
    while not list((tmp_path / "out.preparing" / "finished").glob("*.json")) and process.poll() is None:
        time.sleep(0.01)
    workers = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.kill()
    process.wait()
    deadline = time.monotonic() + 30
    while (running := [worker for worker in workers if _runs(worker)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not running
    assert main(arguments) == 0
    for split in ("train", "validation"):
        one, other = (datasets.load_from_disk(str(folder / split)) for folder in (corpus, tmp_path / "out"))
        assert one[:] == other[:]
    assert not list((tmp_path / "out").rglob("*.part"))


def test_a_trained_pitch_extractor_replaces_the_tracker(tones, tmp_path):
    from support.tiny import tiny_config
    from transformers_tsukasa.models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor

    TsukasaPitchExtractor(tiny_config().pitch_extractor_config).save_pretrained(tmp_path / "extractor")
    source = tmp_path / "source"
    source.mkdir()
    shutil.copy(tones / "mei-000.wav", source)
    (source / "list.txt").write_text(f"mei-000.wav|{PHONEMES[0]}|mei\n", encoding="utf-8")
    _prepare(source, tmp_path / "out", "--pitch-extractor", tmp_path / "extractor")
    row = PreparedCorpus(tmp_path / "out").open("train")[0]
    assert len(row["f0"]) == row["num_frames"] and min(row["f0"]) >= 0


@pytest.mark.parametrize("package", ["datasets", "swift_f0"])
def test_errors_on_missing_packages_tell_how_to_install_them(tones, tmp_path, capsys, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    _prepare(tones, tmp_path / "out", code=1)
    assert "pip install '.[train]'" in capsys.readouterr().err


@pytest.mark.slow
def test_real_recordings(tmp_path):
    _prepare(recorded_path("audio"), tmp_path / "out", "--validation", "0")
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["utterances"] == 8 and report["notes"] == {"low_rate": 8}
    assert 4 < report["frames_per_token"]["50%"] < 8 and 0.3 < report["voiced_share"] < 0.7
