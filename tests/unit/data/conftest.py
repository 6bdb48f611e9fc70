# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from support.corpora import write_tones
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.data.dataset import TsukasaDataset


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory):
    """A prepared corpus of 12 utterances: six of mei, five of taro, and a single one of a third speaker, loner."""
    pytest.importorskip("datasets")
    pytest.importorskip("swift_f0")
    folder = tmp_path_factory.mktemp("small_corpus")
    # Speech that is long enough (80 frames) to be a reference.
    write_tones(folder / "source", {"mei": 6, "taro": 5, "loner": 1}, seconds=1.3)
    assert main(["prepare", str(folder / "source"), str(folder / "corpus"), "--quiet", "--workers", "1"]) == 0
    return folder / "corpus"


@pytest.fixture
def dataset(small_corpus):
    return TsukasaDataset(small_corpus, seed=3)
