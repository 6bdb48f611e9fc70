# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import json
import shutil

import numpy as np
import pytest

from support.tiny import tiny_config
from transformers_tsukasa.data.corpus import PreparedCorpus, reference_pools
from transformers_tsukasa.data.corpus_alignments import read_durations
from transformers_tsukasa.data.dataset import TsukasaDataset


def test_missing_splits_and_folders_are_named(small_corpus, tmp_path):
    with pytest.raises(ValueError, match="no split 'test'; it has train"):
        TsukasaDataset(small_corpus, "test")
    with pytest.raises(FileNotFoundError, match="no prepared corpus at"):
        TsukasaDataset(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="is not a prepared corpus"):
        TsukasaDataset(tmp_path)


def test_a_corpus_for_another_profile_is_refused(small_corpus):
    corpus = PreparedCorpus(small_corpus)
    corpus.check_fits(tiny_config())
    with pytest.raises(ValueError, match="profile 'legacy' without accent marks, but the model reads 'clean'"):
        corpus.check_fits(tiny_config(text_profile="clean"))


def test_a_corpus_with_accent_marks_of_another_source_is_refused(small_corpus, tmp_path):
    shutil.copytree(small_corpus, tmp_path / "corpus")
    record = tmp_path / "corpus" / "preparation.json"
    prepared = json.loads(record.read_text(encoding="utf-8")) | {"profile": "clean", "accent": True}
    rules, learned = (
        tiny_config(text_profile="clean", text_accent=True, text_accent_source=source) for source in (None, "learned")
    )
    del prepared["accent_source"]  # as earlier versions wrote it
    record.write_text(json.dumps(prepared), encoding="utf-8")
    PreparedCorpus(tmp_path / "corpus").check_fits(rules)
    with pytest.raises(ValueError, match="with accent marks, but the model reads 'clean' with learned accent marks"):
        PreparedCorpus(tmp_path / "corpus").check_fits(learned)
    record.write_text(json.dumps(prepared | {"accent_source": "learned"}), encoding="utf-8")
    PreparedCorpus(tmp_path / "corpus").check_fits(learned)
    with pytest.raises(ValueError, match="with learned accent marks, but the model reads 'clean' with accent marks"):
        PreparedCorpus(tmp_path / "corpus").check_fits(rules)
    PreparedCorpus(tmp_path / "corpus").check_fits(rules, text="symbols")


def test_what_a_training_does_not_take_from_texts_may_differ(small_corpus):
    corpus = PreparedCorpus(small_corpus)
    corpus.check_fits(tiny_config(text_profile="clean"), text="nothing")
    with pytest.raises(ValueError, match="but the model reads 'clean'"):
        corpus.check_fits(tiny_config(text_profile="clean"), text="symbols")
    other = tiny_config(text_profile="clean")
    other.audio_config.win_length -= 1
    with pytest.raises(ValueError, match="but the model has"):
        corpus.check_fits(other, text="nothing")


@pytest.mark.parametrize("name", ["preparation.json", "speakers.json", "dataset_dict.json", "train/state.json"])
def test_a_damaged_file_of_a_corpus_is_named(small_corpus, tmp_path, name):
    shutil.copytree(small_corpus, tmp_path / "corpus")
    (tmp_path / "corpus" / name).write_text("{", encoding="utf-8")
    place = name if name.count("/") == 0 else "train"
    with pytest.raises(ValueError, match=f"corpus/{place}' cannot be read: it is damaged .*; remove the corpus"):
        prepared = PreparedCorpus(tmp_path / "corpus")
        _ = prepared.speakers, prepared.open("train")


def test_damaged_recordings_and_alignments_are_named(small_corpus, tmp_path):
    shutil.copytree(small_corpus, tmp_path / "corpus")
    prepared = PreparedCorpus(tmp_path / "corpus")
    (prepared.folder / "alignments").mkdir()
    (prepared.folder / "alignments" / "train.npz").write_bytes(b"PK\x03\x04 half of it")
    with pytest.raises(ValueError, match="train.npz' cannot be read: it is damaged .*; add the alignments again"):
        read_durations(prepared, "train")
    for shard in (prepared.folder / "train").glob("*.arrow"):
        shard.write_bytes(shard.read_bytes()[:5000])
    with pytest.raises(ValueError, match="corpus/train' cannot be read: it is damaged"):
        prepared.open("train")


def test_references_are_the_utterances_that_are_long_enough_or_all_when_fewer_than_two_are():
    speakers = ["mei", "taro", "mei", "taro", "mei", "loner"]
    pools = reference_pools(speakers, np.array([80, 100, 79, 20, 200, 10]), shortest=80)
    assert {speaker: indices.tolist() for speaker, indices in pools.items()} == {
        "mei": [0, 4],
        "taro": [1, 3],
        "loner": [5],
    }
    by_id = reference_pools(np.array([3, 3, 7]), [5.0, 6.0, 1.0], shortest=2.0)
    assert {speaker: indices.tolist() for speaker, indices in by_id.items()} == {3: [0, 1], 7: [2]}
