# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A PL-BERT that learned accent marks of another source than the model's."""

import pytest

from support.tiny import tiny_config, tiny_model
from transformers_tsukasa.training.recipes.stage2.start import put_plbert


def test_a_plbert_with_marks_of_another_source_is_refused(tmp_path):
    config = tiny_config(text_profile="clean", text_accent=True, text_accent_source="learned")
    model = tiny_model(config=config)
    model.plbert.config.text_profile, model.plbert.config.text_accent = "clean", True
    model.plbert.save_pretrained(tmp_path)  # as earlier versions did: it names no source
    with pytest.raises(ValueError, match=r"accent marks from rules, but the model reads with those from learned"):
        put_plbert(model, str(tmp_path))
    model.plbert.config.text_accent_source = "learned"
    model.plbert.save_pretrained(tmp_path)
    put_plbert(model, str(tmp_path))
