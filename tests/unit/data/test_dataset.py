# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import argparse
import logging
import pickle
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import torch

from support.corpora import write_tones
from support.tiny import tiny_config
from transformers_tsukasa.cli import prepare as prepare_command
from transformers_tsukasa.cli.main import build_parser, main
from transformers_tsukasa.data.batch_sampler import LengthBucketBatchSampler
from transformers_tsukasa.data.collator import TsukasaDataCollator
from transformers_tsukasa.data.corpus import PreparedCorpus
from transformers_tsukasa.data.dataset import TsukasaDataset
from transformers_tsukasa.text.phonemes.symbols import PAD_ID


pytest.importorskip("datasets")
pytest.importorskip("swift_f0")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("batches")
    # A loner with one utterance, and speech long enough (80 frames) to be a reference.
    write_tones(path / "source", {"mei": 6, "taro": 5, "loner": 1}, seconds=1.3)
    assert main(["prepare", str(path / "source"), str(path / "corpus"), "--quiet", "--workers", "1"]) == 0
    return path / "corpus"


@pytest.fixture
def dataset(folder):
    return TsukasaDataset(folder, seed=3)


def _same(one, other):
    return one.keys() == other.keys() and all(
        value == other[name]
        if isinstance(value, str)
        else torch.equal(torch.as_tensor(value), torch.as_tensor(other[name]))
        for name, value in one.items()
    )


def test_an_item_has_what_a_step_needs(dataset):
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


def test_what_is_drawn_depends_on_seed_epoch_and_index_alone(folder, dataset):
    first = [dataset[index] for index in (5, 2)]
    again = TsukasaDataset(folder, seed=3)
    assert all(_same(a, b) for a, b in zip(reversed(first), [again[2], again[5]], strict=True))
    again.set_epoch(1)
    later = [again[index] for index in range(len(again))]
    assert not all(torch.equal(dataset[i]["input_features"], later[i]["input_features"]) for i in range(8))
    again.set_epoch(0)
    assert _same(again[5], first[0])
    assert not all(_same(TsukasaDataset(folder, seed=4)[i], dataset[i]) for i in range(6))


def test_workers_that_live_on_hear_of_the_next_epoch(dataset):
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


def test_a_speaker_with_one_utterance_is_named_once(folder, caplog):
    with caplog.at_level(logging.WARNING):
        dataset = TsukasaDataset(folder)
        for index in range(len(dataset)):
            dataset[index]
    assert [record.getMessage().split(": ")[-1] for record in caplog.records] == ["loner"]


def test_short_references_are_repeated(folder):
    dataset = TsukasaDataset(folder, min_reference_frames=180)
    assert dataset[0]["input_features"].shape == (80, 180)


def test_the_data_set_goes_to_worker_processes_whole(dataset):
    assert _same(pickle.loads(pickle.dumps(dataset))[3], dataset[3])


def test_validation_hears_references_of_the_training_part(tmp_path):
    write_tones(tmp_path / "source", {"mei": 12}, seconds=1.3)
    command = ["prepare", str(tmp_path / "source"), str(tmp_path / "corpus"), "--validation", "0.05", "--quiet"]
    assert main([*command, "--workers", "1"]) == 0
    validation = TsukasaDataset(tmp_path / "corpus", "validation")
    assert len(validation) == 1
    item = validation[0]
    reference = item["input_features"]
    own = item["mel"].unfold(1, reference.shape[1], 1) if item["mel"].shape[1] >= reference.shape[1] else None
    assert own is None or not (own == reference[:, None]).all(dim=2).all(dim=0).any()


def test_splits_and_folders_that_are_not_there(folder, tmp_path):
    with pytest.raises(ValueError, match="no split 'test'; it has train"):
        TsukasaDataset(folder, "test")
    with pytest.raises(FileNotFoundError, match="no prepared corpus at"):
        TsukasaDataset(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="is not a prepared corpus"):
        TsukasaDataset(tmp_path)


def test_a_corpus_for_another_profile_is_refused(folder):
    corpus = PreparedCorpus(folder)
    corpus.check_fits(tiny_config())
    with pytest.raises(ValueError, match="profile 'legacy' without accent marks, but the model reads 'clean'"):
        corpus.check_fits(tiny_config(text_profile="clean"))


def test_batches_are_padded_with_masks_of_ones(dataset):
    items = [dataset[index] for index in (0, 4, 11)]
    batch = TsukasaDataCollator()(items)
    for name, mask in (("mel", "mel_attention_mask"), ("input_features", "input_features_mask")):
        for row, item in enumerate(items):
            length = item[name].shape[-1]
            assert torch.equal(batch[name][row, :, :length], item[name]) and not batch[name][row, :, length:].any()
            assert batch[mask][row].tolist() == [1] * length + [0] * (batch[mask].shape[1] - length)
    for name, mask in (("input_ids", "attention_mask"), ("ood_input_ids", "ood_attention_mask")):
        for row, item in enumerate(items):
            length = len(item[name])
            assert torch.equal(batch[name][row, :length], item[name])
            assert batch[mask][row].tolist() == [1] * length + [0] * (batch[mask].shape[1] - length)
    assert batch["mel"].shape[-1] * 300 == batch["waveform"].shape[-1]
    assert batch["f0"].shape == batch["energy"].shape == batch["mel_attention_mask"].shape
    assert torch.equal(batch["waveform_lengths"], 300 * batch["mel_attention_mask"].sum(dim=1))
    assert batch["indices"].tolist() == [0, 4, 11]


LENGTHS = np.random.default_rng(0).integers(40, 700, 997)


def test_batches_keep_the_budget_and_hold_everything_once():
    sampler = LengthBucketBatchSampler(LENGTHS, 3000)
    batches = list(sampler)
    assert sorted(index for batch in batches for index in batch) == list(range(997))
    assert len(batches) == len(sampler)
    padded = [len(batch) * LENGTHS[batch].max() for batch in batches]
    assert max(padded) <= 3000
    assert LENGTHS.sum() / sum(padded) > 0.9
    assert max(len(b) for b in LengthBucketBatchSampler(LENGTHS, 3000, max_batch_size=6)) == 6


def test_epochs_differ_and_come_again():
    sampler = LengthBucketBatchSampler(LENGTHS, 3000, seed=5)
    first = list(sampler)
    assert list(sampler) == first
    sampler.set_epoch(1)
    second = list(sampler)
    assert second != first and len(second) == len(first)
    sampler.set_epoch(0)
    assert list(sampler) == first
    assert list(LengthBucketBatchSampler(LENGTHS, 3000, seed=6)) != first


@pytest.mark.parametrize("replicas", [2, 3, 8])
@pytest.mark.parametrize("count", [5, 997])
def test_every_process_gets_as_many_batches(replicas, count):
    samplers = [
        LengthBucketBatchSampler(LENGTHS[:count], 3000, num_replicas=replicas, rank=r) for r in range(replicas)
    ]
    shares = [list(sampler) for sampler in samplers]
    assert {len(share) for share in shares} == {len(samplers[0])}
    everything = [index for share in shares for batch in share for index in batch]
    assert set(everything) == set(range(count))
    alone = list(LengthBucketBatchSampler(LENGTHS[:count], 3000))
    given = [tuple(batch) for share in shares for batch in share]
    # What comes twice only fills the last step.
    assert set(given) == {tuple(batch) for batch in alone} and len(given) - len(set(given)) < replicas
    if count > 5:
        longest = np.array([[LENGTHS[batch].max() for batch in share] for share in shares])
        assert np.median(longest.max(axis=0) / longest.min(axis=0)) < 1.3


def test_without_shuffling_the_longest_come_first():
    batches = list(LengthBucketBatchSampler(LENGTHS, 3000, shuffle=False))
    assert [index for batch in batches for index in batch] == np.argsort(-LENGTHS, kind="stable").tolist()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (([], 100), "no utterance"),
        (([50, 900], 800), "utterance 1 has 900 mel frames, more than max_frames_per_batch \\(800\\).*`max_seconds`"),
        (([50], 800, 0), "max_batch_size"),
        (([50], 800, None, 0, 2, 2), "rank must be 0 to 1"),
    ],
)
def test_batches_that_cannot_be_made(arguments, message):
    with pytest.raises(ValueError, match=message):
        LengthBucketBatchSampler(*arguments)


DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "data.md").read_text(encoding="utf-8")


def test_the_documents_example_runs(folder, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT, flags=re.DOTALL)
    shorter = code.replace("range(10)", "range(2)").replace("num_workers=4", "num_workers=0")
    assert shorter != code
    monkeypatch.chdir(folder.parent)
    names = {}
    exec(shorter, names)
    assert names["epoch"] == 1 and names["batch"]["mel"].ndim == 3


def test_the_documents_commands_exist():
    commands = re.findall(r"^tsukasa (prepare .*)$", DOCUMENT, flags=re.MULTILINE)
    assert len(commands) >= 2
    for command in commands:
        assert build_parser("prepare").parse_args(shlex.split(command)).source
    parser = argparse.ArgumentParser()
    prepare_command.add_arguments(parser)
    # Two belong to the script that makes corpora.
    options = set(re.findall(r"`(--[a-z0-9-]+)", DOCUMENT)) - {"--voices", "--sentences"}
    assert len(options) > 10 and options <= set(parser._option_string_actions)


def test_an_aligner_adds_durations_to_a_corpus(folder, tmp_path, capsys):
    import shutil

    from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner

    torch.manual_seed(0)
    TsukasaTextAligner(tiny_config().text_aligner_config).save_pretrained(tmp_path / "aligner")
    corpus = shutil.copytree(folder, tmp_path / "corpus")
    assert "durations" not in TsukasaDataset(corpus)[0]
    command = ["prepare", str(corpus), "--aligner", str(tmp_path / "aligner"), "--quiet"]
    assert main([*command, "--config", "my-model", "--validation", "0.1", "--no-accent"]) == 1
    assert "makes no use of --config, --accent, --validation" in capsys.readouterr().err
    assert main(command) == 0
    dataset = TsukasaDataset(corpus)
    for index in range(len(dataset)):
        item = dataset[index]
        assert item["durations"].shape == item["input_ids"].shape and item["durations"].min() >= 1
        assert item["durations"].sum() * 2 == item["mel"].shape[1]
    batch = TsukasaDataCollator()([dataset[0], dataset[5]])
    assert batch["durations"].shape == batch["input_ids"].shape
    assert main(command) == 1
    assert "has alignments already: replace them with" in capsys.readouterr().err
    assert main([*command, "--overwrite"]) == 0


def test_an_aligner_of_other_log_mels_is_refused_before_anything_is_written(folder, tmp_path, capsys):
    import shutil

    from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner

    corpus = PreparedCorpus(shutil.copytree(folder, tmp_path / "corpus"))
    config = tiny_config().text_aligner_config
    config.features = {**corpus.audio_config.features, "sampling_rate": 48000}
    TsukasaTextAligner(config).save_pretrained(tmp_path / "aligner")
    assert main(["prepare", str(corpus.folder), "--aligner", str(tmp_path / "aligner"), "--quiet"]) == 1
    assert "was trained on log-mels with sampling_rate 48000, but here it is 24000" in capsys.readouterr().err
    assert not (corpus.folder / "alignments").exists()
