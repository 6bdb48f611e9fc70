# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest
import torch

from transformers_tsukasa.data.corpus import PreparedCorpus
from transformers_tsukasa.data.corpus_columns import corpus_features, float_column, log_mel_column, token_ids
from transformers_tsukasa.text.phonemes.symbols import PAD_ID, SYMBOL_TO_ID


def test_tokens_have_a_pad_at_both_ends():
    assert token_ids("ka.").tolist() == [PAD_ID, SYMBOL_TO_ID["k"], SYMBOL_TO_ID["a"], SYMBOL_TO_ID["."], PAD_ID]


def test_a_symbol_that_no_checkpoint_knows_is_named():
    with pytest.raises(ValueError, match="knows no symbol for ⓐ ⓔ in 'kⓔaⓐ': prepare the corpus again"):
        token_ids("kⓔaⓐ")


def test_columns_are_read_as_they_are_declared(small_corpus):
    table = PreparedCorpus(small_corpus).open("train")
    assert table.features == corpus_features()
    values, row = table[0], table.with_format("arrow")[0]
    np.testing.assert_array_equal(float_column(row, "f0"), np.array(values["f0"], np.float32))
    log_mel = log_mel_column(row, 80)
    assert log_mel.shape == (values["num_frames"], 80) and log_mel.dtype is torch.float32
    np.testing.assert_array_equal(log_mel.flatten(), np.array(values["log_mel"], np.float32))
