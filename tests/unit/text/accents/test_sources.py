# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where a model's accents are from."""

import pytest

from transformers_tsukasa.text.accents.sources import accent_source_of


def test_a_model_that_names_no_source_learned_the_rules_marks():
    assert accent_source_of(True, None) == "rules"
    assert accent_source_of(False, None) == "learned"
    assert accent_source_of(True, "learned") == "learned"
    assert accent_source_of(False, "rules") == "rules"


def test_an_unknown_source_is_refused():
    with pytest.raises(ValueError, match='\'guessed\'; choose "learned" or "rules"'):
        accent_source_of(False, "guessed")
