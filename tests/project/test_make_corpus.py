# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import csv
import shutil

import numpy as np
import pytest
import soundfile

from support.script_modules import import_script
from transformers_tsukasa.cli.main import main as tsukasa


@pytest.fixture(scope="module")
def script():
    return import_script("make_corpus")


@pytest.fixture(scope="module")
def corpus(script, tmp_path_factory):
    """Ten sentences in all, of Mei and two pseudo-speakers."""
    folder = tmp_path_factory.mktemp("spoken") / "corpus"
    assert script.main([str(folder), "--count", "10", "--workers", "1"]) == 0
    return folder


def _rows(folder):
    with (folder / "metadata.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_corpus_has_files_speakers_and_descriptions(corpus):
    rows = _rows(corpus)
    assert len(rows) == 10 and {row["speaker"] for row in rows} == {"mei", "mei-bright", "mei-calm"}
    assert all(row["description"] for row in rows)
    for row in rows:
        sound, rate = soundfile.read(corpus / row["audio"])
        assert rate == 24000 and len(sound) > rate and 0.05 < np.abs(sound).max() < 1


def test_an_interrupted_run_gives_the_same_corpus_as_an_uninterrupted_one(script, corpus, tmp_path):
    folder = shutil.copytree(corpus, tmp_path / "corpus")
    lost = folder / _rows(corpus)[3]["audio"]
    lost.unlink()
    (folder / "metadata.csv").unlink()
    kept = folder / _rows(corpus)[4]["audio"]
    written = kept.stat().st_mtime_ns
    assert script.main([str(folder), "--count", "10", "--workers", "1"]) == 0
    assert kept.stat().st_mtime_ns == written
    assert lost.read_bytes() == (corpus / lost.relative_to(folder)).read_bytes()
    assert _rows(folder) == _rows(corpus)


def test_pseudo_speakers_differ_in_pitch(script):
    pytest.importorskip("swift_f0")
    import torch

    from transformers_tsukasa.data.preparation.features import SwiftPitchTracker

    tracker = SwiftPitchTracker(48000, 600)
    medians, seconds = {}, {}
    for speaker in script.make_speakers([], 4):
        sound = script.speak_with_engine(
            script.Utterance(0, speaker, "窓を開けると、冷たい風が部屋に入ってきた。", "", 0), 48000
        )
        f0 = tracker(sound, torch.zeros(80, len(sound) // 600))
        medians[speaker.name] = np.median(f0[f0 > 0])
        seconds[speaker.name] = len(sound) / 48000 * speaker.variant.speed
    # A variant has its own semitones, whatever its formants: the engine undoes the shift by resampling.
    for speaker in script.make_speakers([], 4):
        shift = 12 * np.log2(medians[speaker.name] / medians["mei"])
        assert shift == pytest.approx(speaker.variant.semitones, abs=0.8)
        assert seconds[speaker.name] == pytest.approx(seconds["mei"], rel=0.05)


def test_a_corpus_of_other_sentences_is_not_mixed_in(script, corpus, tmp_path, capsys):
    (tmp_path / "other.txt").write_text("今日は雨です。\n", encoding="utf-8")
    assert script.main([str(corpus), "--sentences", str(tmp_path / "other.txt"), "--workers", "1"]) == 1
    assert "was begun with other voices, sentences, seed or rate" in capsys.readouterr().err


def test_sentences_that_are_read_in_two_ways_are_left_out(script, capsys):
    assert script.is_read_alike("昨日の会議は楽しかった。")
    assert not script.is_read_alike("本当は表が映るはずです。")
    assert "left out" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--voices", "lost.htsvoice"], ["--variants", "9"], ["--count", "0"]])
def test_wrong_arguments(script, tmp_path, arguments, capsys):
    assert script.main([str(tmp_path / "out"), *arguments]) == 1
    assert "make_corpus: " in capsys.readouterr().err


def test_the_corpus_can_be_prepared(corpus, tmp_path):
    pytest.importorskip("datasets")
    pytest.importorskip("swift_f0")
    from transformers_tsukasa.data.corpus import PreparedCorpus

    command = ["prepare", str(corpus), str(tmp_path / "out"), "--validation", "0"]
    assert tsukasa([*command, "--workers", "1", "--quiet"]) == 0
    prepared = PreparedCorpus(tmp_path / "out")
    rows = prepared.open("train")
    assert len(rows) == 10 and prepared.speakers == ["mei", "mei-bright", "mei-calm"]
    assert rows[0]["description"] == _rows(corpus)[0]["description"]
    voiced = [np.mean(np.array(f0) > 0) for f0 in rows["f0"]]
    assert all(0.3 < share < 0.9 for share in voiced)
