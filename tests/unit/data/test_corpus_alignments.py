# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import torch

from support.tiny import tiny_config
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.data.collator import TsukasaDataCollator
from transformers_tsukasa.data.corpus import PreparedCorpus
from transformers_tsukasa.data.dataset import TsukasaDataset


def test_an_aligner_adds_durations_to_a_corpus(small_corpus, tmp_path, capsys):
    import shutil

    from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner

    torch.manual_seed(0)
    TsukasaTextAligner(tiny_config().text_aligner_config).save_pretrained(tmp_path / "aligner")
    corpus = shutil.copytree(small_corpus, tmp_path / "corpus")
    assert "durations" not in TsukasaDataset(corpus)[0]
    command = ["prepare", str(corpus), "--aligner", str(tmp_path / "aligner"), "--quiet"]
    assert main([*command, "--config", "my-model", "--validation", "0.1", "--no-accent"]) == 1
    assert "does not use --config, --accent, --validation" in capsys.readouterr().err
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


def test_an_aligner_of_other_log_mels_is_refused_before_anything_is_written(small_corpus, tmp_path, capsys):
    import shutil

    from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner

    corpus = PreparedCorpus(shutil.copytree(small_corpus, tmp_path / "corpus"))
    config = tiny_config().text_aligner_config
    config.features = {**corpus.audio_config.features, "sampling_rate": 48000}
    TsukasaTextAligner(config).save_pretrained(tmp_path / "aligner")
    assert main(["prepare", str(corpus.folder), "--aligner", str(tmp_path / "aligner"), "--quiet"]) == 1
    assert "was trained on log-mels with sampling_rate 48000, but here it is 24000" in capsys.readouterr().err
    assert not (corpus.folder / "alignments").exists()
