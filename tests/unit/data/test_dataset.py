# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import logging
import pickle

import torch

from support.corpora import write_tones
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.data.collator import TsukasaDataCollator
from transformers_tsukasa.data.dataset import TsukasaDataset
from transformers_tsukasa.text.phonemes.symbols import PAD_ID


def _same(one, other):
    return one.keys() == other.keys() and all(
        value == other[name]
        if isinstance(value, str)
        else torch.equal(torch.as_tensor(value), torch.as_tensor(other[name]))
        for name, value in one.items()
    )


def test_an_item_has_everything_that_a_training_step_needs(dataset):
    item = dataset[4]
    frames = item["mel"].shape[1]
    assert item["mel"].shape == (80, frames) and frames % 2 == 0 and frames == dataset.frame_counts[4]
    assert item["f0"].shape == item["energy"].shape == (frames,)
    assert item["waveform"].shape == (300 * frames,)
    assert (
        item["input_ids"][0] == item["input_ids"][-1] == PAD_ID and len(item["input_ids"]) == dataset.token_counts[4]
    )
    assert 80 <= item["input_features"].shape[1] <= 192
    assert len(item["ood_input_ids"]) >= 52
    assert not item["waveform"][:5000].any() and item["waveform"][5000:6000].any()


def test_draws_depend_on_seed_epoch_and_index_alone(small_corpus, dataset):
    first = [dataset[index] for index in (5, 2)]
    again = TsukasaDataset(small_corpus, seed=3)
    assert all(_same(a, b) for a, b in zip(reversed(first), [again[2], again[5]], strict=True))
    again.set_epoch(1)
    later = [again[index] for index in range(len(again))]
    assert not all(torch.equal(dataset[i]["input_features"], later[i]["input_features"]) for i in range(8))
    again.set_epoch(0)
    assert _same(again[5], first[0])
    assert not all(_same(TsukasaDataset(small_corpus, seed=4)[i], dataset[i]) for i in range(6))


def test_persistent_workers_see_the_next_epoch(dataset):
    loader = torch.utils.data.DataLoader(
        dataset, batch_size=12, collate_fn=TsukasaDataCollator(), num_workers=1, persistent_workers=True
    )
    for epoch in (0, 1):
        dataset.set_epoch(epoch)
        expected = TsukasaDataCollator()([dataset[index] for index in range(len(dataset))])
        assert _same(next(iter(loader)), expected)


def test_references_come_from_other_utterances_of_the_speaker(dataset):
    mels = [dataset[index]["mel"] for index in range(len(dataset))]
    for epoch in range(3):
        dataset.set_epoch(epoch)
        for index in range(len(dataset)):
            reference = dataset[index]["input_features"]
            owners = {
                place
                for place, mel in enumerate(mels)
                if mel.shape[1] >= reference.shape[1]
                and (mel.unfold(1, reference.shape[1], 1) == reference[:, None]).all(dim=2).all(dim=0).any()
            }
            assert {dataset.speaker_ids[place] for place in owners} == {dataset.speaker_ids[index]}
            lonely = (dataset.speaker_ids == dataset.speaker_ids[index]).sum() == 1
            assert (index in owners) == lonely


def test_a_speaker_with_one_utterance_is_named_once(small_corpus, caplog):
    with caplog.at_level(logging.WARNING):
        dataset = TsukasaDataset(small_corpus)
        for index in range(len(dataset)):
            dataset[index]
    assert [record.getMessage().split(": ")[-1] for record in caplog.records] == ["loner"]


def test_short_references_are_repeated(small_corpus):
    dataset = TsukasaDataset(small_corpus, min_reference_frames=180)
    assert dataset[0]["input_features"].shape == (80, 180)


def test_a_pickled_data_set_gives_the_same_items(dataset):
    assert _same(pickle.loads(pickle.dumps(dataset))[3], dataset[3])


def test_validation_takes_references_from_the_training_split(tmp_path):
    write_tones(tmp_path / "source", {"mei": 12}, seconds=1.3)
    command = ["prepare", str(tmp_path / "source"), str(tmp_path / "corpus"), "--validation", "0.05", "--quiet"]
    assert main([*command, "--workers", "1"]) == 0
    validation = TsukasaDataset(tmp_path / "corpus", "validation")
    assert len(validation) == 1
    item = validation[0]
    reference = item["input_features"]
    own = item["mel"].unfold(1, reference.shape[1], 1) if item["mel"].shape[1] >= reference.shape[1] else None
    assert own is None or not (own == reference[:, None]).all(dim=2).all(dim=0).any()
