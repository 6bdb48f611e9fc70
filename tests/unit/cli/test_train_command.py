# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import os

import pytest

from support.corpora import prepare_tones
from transformers_tsukasa import default_model
from transformers_tsukasa.cli import train
from transformers_tsukasa.data.corpus import PreparedCorpus
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import read_config
from transformers_tsukasa.training.engine.run_options import RunOptions


@pytest.mark.parametrize("given", [{}, {"OMP_WAIT_POLICY": "active"}, {"GOMP_SPINCOUNT": "7"}])
def test_threads_that_wait_soon_sleep_unless_the_environment_decides(given, monkeypatch):
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.setenv(name, "")  # so that what is set here is taken back
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    train.set_up_torch()
    expected = given or {"GOMP_SPINCOUNT": "10000"}
    assert {name: os.environ[name] for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT") if name in os.environ} == expected


def test_the_packaged_model_is_prepared_for_and_trained_by_its_name(tmp_path):
    pytest.importorskip("swift_f0")
    corpus = prepare_tones(tmp_path, {"mei": 2}, 1.0, "--config", "default", "--validation", "0")
    PreparedCorpus(corpus).check_fits(read_config(default_model()))
    train.check_places({"model": "default", "corpus": str(corpus)})
    assert RunOptions("default", str(corpus)).model == default_model()
