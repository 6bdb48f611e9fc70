# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Mistakes of users, from recordings to checkpoints: one clear sentence, and nothing half-written."""

import csv
import errno
import json

import numpy as np
import pytest
import soundfile

from support.corpora import PHONEMES, RATE, hum, write_tones
from support.tiny import CONFIGS
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.utils.full_disk import full_disk_explained, is_full_disk


pytest.importorskip("accelerate")
pytest.importorskip("datasets")
pytest.importorskip("swift_f0")


DISK_FULL = OSError(errno.ENOSPC, "No space left on device")


def prepare(source, output, *options, code=0):
    command = ["prepare", source, output, "--config", CONFIGS / "tiny.yaml", "--quiet", "--workers", 1, *options]
    assert main([str(word) for word in command]) == code


def printed_error(capsys):
    """The one sentence on standard error."""
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("tsukasa ")]
    assert len(lines) == 1 and "Traceback" not in lines[0]
    return lines[0]


def write_run(path, corpus, **values):
    shared = {"model": str(CONFIGS / "tiny.yaml"), "corpus": str(corpus), "max_steps": 2, "use_cpu": True}
    shared.update(max_frames_per_batch=4000, report_to="none", disable_tqdm=True, output_dir=str(path.parent / "run"))
    path.write_text(json.dumps({**shared, **values}), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    write_tones(folder / "source", {"mei": 4}, seconds=1.0)
    prepare(folder / "source", folder / "corpus", "--validation", 0)
    return folder / "corpus"


# Recordings and their text


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        (
            "list.csv",
            "sound,words\na.wav,hai\n",
            "has no column for the audio; it has sound, words: name one in --column",
        ),
        (
            "list.csv",
            "audio,words\na.wav,hai\n",
            "has no column for the text; it has audio, words: name one in --column",
        ),
        ("list.txt", "a.wav;hai;mei\n", "cannot recognise the format of"),
        ("list.txt", "\n\n", "is empty"),
        ("list.txt", "lost.wav|hai|mei\n", "none of the 1 rows can be trained with; "),
        ("list.jsonl", "[1, 2]\n", "has no row that can be used"),
    ],
)
def test_transcripts(tmp_path, capsys, name, text, sentence):
    (tmp_path / name).write_text(text, encoding="utf-8")
    prepare(tmp_path / name, tmp_path / "out", code=1)
    assert sentence in printed_error(capsys) and not (tmp_path / "out").exists()


def test_a_folder_that_is_not_there(tmp_path, capsys):
    prepare(tmp_path / "no" / "such" / "place", tmp_path / "out", code=1)
    assert "there is nothing at" in printed_error(capsys)


def test_an_utterance_of_50_ms_one_of_60_s_and_texts_that_do_not_fit(tmp_path, capsys):
    sounds = {"blink": hum(0.05), "minute": hum(60.0), "much": hum(1.0, seed=1), "little": hum(20.0, seed=2)}
    for name, sound in {**sounds, "good": hum(1.2, seed=3)}.items():
        soundfile.write(tmp_path / f"{name}.wav", sound, RATE)
    texts = {"much": PHONEMES[0] * 6, "little": "hai"}
    lines = [f"{name}.wav|{texts.get(name, PHONEMES[1])}|mei" for name in (*sounds, "good")]
    (tmp_path / "list.txt").write_text("\n".join(lines), encoding="utf-8")
    prepare(tmp_path / "list.txt", tmp_path / "out", "--format", "phoneme-list", "--validation", 0)
    with (tmp_path / "out" / "rejected.csv").open(encoding="utf-8") as file:
        rejected = {row["audio"]: (row["reason"], row["message"]) for row in csv.DictReader(file)}
    assert rejected["blink.wav"] == ("too_short", "50 ms of speech, less than 0.4 s")
    assert rejected["minute.wav"] == ("too_long", "60.0 s of speech, more than 30 s: cut it into sentences")
    assert (
        rejected["much.wav"][0] == "pace_too_fast" and "the text is longer than the speech" in rejected["much.wav"][1]
    )
    assert rejected["little.wav"][0] == "pace_too_slow"


def test_one_speaker_with_one_file_can_be_trained_with(tmp_path, capsys):
    write_tones(tmp_path / "source", {"mei": 1}, seconds=1.2)
    prepare(tmp_path / "source", tmp_path / "corpus")
    report = json.loads((tmp_path / "corpus" / "report.json").read_text(encoding="utf-8"))
    assert "only one utterance of mei: its reference will be the utterance itself" in report["warnings"]
    run = write_run(tmp_path / "aligner.yaml", tmp_path / "corpus", max_steps=1)
    assert main(["train", "aligner", run]) == 0
    assert "1 speaker(s) have a single utterance to train with" in capsys.readouterr().err


def test_a_run_that_cannot_reach_the_hub(tmp_path, corpus, capsys, monkeypatch):
    from huggingface_hub import HfApi, errors

    def refuse(*arguments, **options):
        raise errors.HTTPError("no connection")

    monkeypatch.setattr(HfApi, "create_repo", refuse)
    run = write_run(tmp_path / "aligner.yaml", corpus)
    assert main(["train", "aligner", run, "push_to_hub=true", "hub_model_id=a/b"]) == 1
    assert "(no connection): check the connection" in printed_error(capsys)


def test_evaluation_without_a_validation_part(tmp_path, corpus, capsys):
    run = write_run(tmp_path / "aligner.yaml", corpus, eval_strategy="steps")
    assert main(["train", "aligner", run]) == 1
    sentence = printed_error(capsys)
    assert "has no split 'validation'; it has train. Preparation keeps the share `validation` of every" in sentence
    assert "prepare it again with a share such as 0.2, or train without evaluation (eval_strategy=no)" in sentence
    assert main(["train", "aligner", run, "eval_strategy=no"]) == 0


# A run


def test_utterances_too_short_or_too_long_for_a_run(tmp_path, capsys):
    for name, seconds in (("short", 0.45), ("long", 6.0)):
        write_tones(tmp_path / name, {"mei": 2}, seconds=seconds)
        options = ["--validation", 0, "--max-frames-per-token", 100, "--min-frames-per-token", 1]
        prepare(tmp_path / name, tmp_path / f"{name}-corpus", *options)
    aligner = write_run(tmp_path / "aligner.yaml", tmp_path / "long-corpus", max_steps=1)
    assert main(["train", "aligner", aligner, f"output_dir={tmp_path / 'aligner'}"]) == 0
    capsys.readouterr()
    # 0.45 s and the silence at both ends are 70 mel frames.
    aligner = str(tmp_path / "aligner" / "final")
    run = write_run(tmp_path / "stage1.yaml", tmp_path / "short-corpus", aligner=aligner, max_crop_frames=80)
    assert main(["train", "stage1", run]) == 1
    assert "none of 2 utterances has the 80 mel frames that this stage needs: prepare longer" in printed_error(capsys)
    assert main(["train", "stage1", run, f"corpus={tmp_path / 'long-corpus'}", "max_frames_per_batch=300"]) == 1
    assert "more than max_frames_per_batch (300): raise it" in printed_error(capsys)


@pytest.mark.parametrize("part", ["aligner", "pitch", "plbert", "stage1", "stage2", "stage3", "finetune"])
def test_unknown_keys_of_every_part(tmp_path, corpus, capsys, part):
    run = write_run(tmp_path / "run.yaml", corpus, learning_rat=1.0)
    assert main(["train", part, run]) == 1
    sentence = printed_error(capsys)
    assert "unknown key" in sentence and not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe\x00nonsense", "is no text in UTF-8"),
        (b"- a list\n", "must be a mapping of keys to values"),
        (b"", "must be a mapping of keys to values"),
        (b"output_dir: y\n", "the key 'model' is missing"),
        (b"model: nowhere.yaml\ncorpus: x\noutput_dir: y\nuse_cpu: true\n", "nowhere.yaml"),
        (b"model: nowhere\ncorpus: x\noutput_dir: y\nuse_cpu: true\n", "there is no folder 'nowhere' (model)"),
    ],
)
def test_configs(tmp_path, capsys, content, sentence, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.yaml").write_bytes(content)
    assert main(["train", "aligner", "run.yaml"]) == 1
    assert sentence in printed_error(capsys)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("corpus=nowhere", "there is no prepared corpus at 'nowhere'"),
        ("corpus={source}", "is not a prepared corpus: make one from it with `tsukasa prepare`"),
        ("max_frames_per_batch=0", "max_frames_per_batch must be at least 1, got 0"),
        ("output_dir=", "output_dir is missing: name a folder for the run"),
    ],
)
def test_places_and_values(tmp_path, corpus, capsys, change, sentence):
    run = write_run(tmp_path / "aligner.yaml", corpus)
    assert main(["train", "aligner", run, change.format(source=corpus.parent / "source")]) == 1
    assert sentence in printed_error(capsys)


# A full disk


def fail_at(monkeypatch, place, when):
    """`place` raises as on a full disk, as soon as `when` says so of its arguments."""
    module, _, name = place.rpartition(".")
    real = getattr(__import__(module, fromlist=[name]), name)

    def write(*arguments, **keywords):
        if when(*arguments, **keywords):
            raise DISK_FULL
        return real(*arguments, **keywords)

    monkeypatch.setattr(place, write)


@pytest.mark.parametrize("name", ["plan.json", "rejected.csv", "report.json", "state.json"])
def test_at_any_file_of_preparation(tmp_path, capsys, monkeypatch, name):
    write_tones(tmp_path / "source", {"mei": 2})
    with monkeypatch.context() as patch:
        fail_at(patch, "os.replace", lambda source, target, **rest: str(target).endswith(name))
        prepare(tmp_path / "source", tmp_path / "out", code=1)
    work = tmp_path / "out.preparing"
    kept = f"finished work stays in '{work}'; free some space and give the same command again"
    assert printed_error(capsys) == f"tsukasa prepare: the disk is full: {kept}"
    assert not (tmp_path / "out").exists() and not list(work.rglob("*.part"))
    prepare(tmp_path / "source", tmp_path / "out")
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))["utterances"] == 2


def test_at_the_alignments(tmp_path, corpus, capsys, monkeypatch):
    run = write_run(tmp_path / "aligner.yaml", corpus, max_steps=1)
    assert main(["train", "aligner", run]) == 0
    capsys.readouterr()
    with monkeypatch.context() as patch:
        fail_at(patch, "numpy.savez", lambda *arguments, **keywords: True)
        assert main(["prepare", str(corpus), "--aligner", str(tmp_path / "run" / "final"), "--quiet"]) == 1
    assert "the disk is full: the alignments in" in printed_error(capsys)
    assert not list((corpus / "alignments").iterdir())
    assert main(["prepare", str(corpus), "--aligner", str(tmp_path / "run" / "final"), "--quiet"]) == 0


@pytest.mark.parametrize("file", ["optimizer.pt", "trainer_extra.pt", "training_args.bin", "rng_state.pth"])
def test_at_a_checkpoint(tmp_path, corpus, capsys, monkeypatch, file):
    run = write_run(tmp_path / "aligner.yaml", corpus, max_steps=3, save_steps=1)
    with monkeypatch.context() as patch:
        fail_at(patch, "torch.save", lambda value, path, **rest: f"checkpoint-2/{file}" in str(path))
        assert main(["train", "aligner", run]) == 1
    assert "the disk is full: 'checkpoint-2' was not written to" in (sentence := printed_error(capsys))
    assert str(tmp_path / "run") in sentence and "--resume" in sentence
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["checkpoint-1"]
    assert main(["train", "aligner", run, "--resume"]) == 0
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {"checkpoint-1", "checkpoint-2", "checkpoint-3", "final"}
    assert (tmp_path / "run" / "checkpoint-3" / "trainer_state.json").is_file()


def test_at_the_result(tmp_path, corpus, capsys, monkeypatch):
    run = write_run(tmp_path / "aligner.yaml", corpus, max_steps=1)
    with monkeypatch.context() as patch:

        def fail(self, folder):
            (folder / "half").write_text("written")
            raise DISK_FULL

        patch.setattr("transformers_tsukasa.training.recipes.aligner.AlignerTrainer.export", fail)
        assert main(["train", "aligner", run]) == 1
    assert "the disk is full: 'final' was not written to" in printed_error(capsys)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["checkpoint-1"]


def test_old_checkpoints_are_removed_once_new_ones_are_complete(tmp_path, corpus):
    run = write_run(tmp_path / "aligner.yaml", corpus, max_steps=4, save_steps=1, save_total_limit=2)
    assert main(["train", "aligner", run]) == 0
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["checkpoint-3", "checkpoint-4", "final"]


def test_errors_of_libraries_on_a_full_disk_are_recognised(tmp_path):
    messages = (
        "Error while serializing: I/O error: No space left on device (os error 28)",
        "[enforce fail at inline_container.cc:672] . unexpected pos 576 vs 534",
        "basic_ios::clear: iostream error",
    )
    for message in messages:
        with pytest.raises(OSError, match="the disk is full: go home") as caught, full_disk_explained("go home"):
            raise RuntimeError(message)
        assert caught.value.errno == errno.ENOSPC
    with pytest.raises(OSError, match="a file may not grow any further .*: go home"), full_disk_explained("go away"):
        with full_disk_explained("go home"):  # the one inside knows better
            raise RuntimeError("I/O error: File too large (os error 27)")
    assert is_full_disk(DISK_FULL) and not is_full_disk(PermissionError(errno.EACCES, "no"))
    with pytest.raises(ValueError, match="something else"), full_disk_explained("go home"):
        raise ValueError("something else")


def test_recordings_that_are_silent_only(tmp_path, capsys):
    soundfile.write(tmp_path / "a.wav", np.zeros(RATE, np.float32), RATE)
    (tmp_path / "list.txt").write_text(f"a.wav|{PHONEMES[0]}|mei\n", encoding="utf-8")
    prepare(tmp_path, tmp_path / "out", code=1)
    assert "the recording is silent" in printed_error(capsys)
