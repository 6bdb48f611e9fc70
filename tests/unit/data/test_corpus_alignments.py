# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import shutil

import torch

from support.tiny import tiny_config
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.data import corpus_alignments
from transformers_tsukasa.data.collator import TsukasaDataCollator
from transformers_tsukasa.data.corpus import PreparedCorpus
from transformers_tsukasa.data.corpus_columns import token_ids
from transformers_tsukasa.data.dataset import TsukasaDataset
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.text.phonemes.symbols import PAD_ID


def test_an_aligner_adds_durations_to_a_corpus(small_corpus, tmp_path, capsys, caplog):
    torch.manual_seed(0)
    TsukasaTextAligner(tiny_config().text_aligner_config).save_pretrained(tmp_path / "aligner")
    corpus = shutil.copytree(small_corpus, tmp_path / "corpus")
    assert "durations" not in TsukasaDataset(corpus)[0]
    command = ["prepare", str(corpus), "--aligner", str(tmp_path / "aligner"), "--quiet"]
    assert main([*command, "--config", "my-model", "--validation", "0.1", "--no-accent"]) == 1
    assert "does not use --config, --accent, --validation" in capsys.readouterr().err
    assert main(command) == 0
    assert "the aligner does not recognise this corpus (" in caplog.text
    assert "Loading weights" not in capsys.readouterr().err  # the rows have a bar of their own
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
    corpus = PreparedCorpus(shutil.copytree(small_corpus, tmp_path / "corpus"))
    config = tiny_config().text_aligner_config
    config.features = {**corpus.audio_config.features, "sampling_rate": 48000}
    TsukasaTextAligner(config).save_pretrained(tmp_path / "aligner")
    assert main(["prepare", str(corpus.folder), "--aligner", str(tmp_path / "aligner"), "--quiet"]) == 1
    assert "was trained on log-mels with sampling_rate 48000, but here it is 24000" in capsys.readouterr().err
    assert not (corpus.folder / "alignments").exists()


def test_an_aligner_that_recognises_the_corpus_is_not_warned_of(small_corpus, tmp_path, monkeypatch, caplog):
    corpus = PreparedCorpus(small_corpus)
    texts = [token_ids(text).tolist() for text in corpus.open("train")["phonemes"]]

    def recognise(model, memory):
        # A blank between symbols, as CTC has it; every third symbol is wrong.
        tokens = [PAD_ID] + [
            one for place, token in enumerate(texts.pop(0)[1:-1]) for one in (7 if place % 3 == 2 else token, PAD_ID)
        ]
        return torch.nn.functional.one_hot(torch.tensor([tokens]), 178).float()

    monkeypatch.setattr(TsukasaTextAligner, "ctc_logits", recognise)
    corpus_alignments._warn_of_many_errors(TsukasaTextAligner(tiny_config().text_aligner_config).eval(), corpus)
    assert not caplog.messages
