# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The public names of the text package."""

import subprocess
import sys

import pytest

from transformers_tsukasa import text


def test_every_public_name_is_there():
    assert all(getattr(text, name) is not None for name in text.__all__)
    assert set(text.__all__) == set(text._MODULE_OF)
    assert set(text.__all__) <= set(dir(text))
    with pytest.raises(AttributeError, match="no attribute 'phonemise'"):
        _ = text.phonemise


def test_symbols_do_not_load_the_dictionaries_of_the_analysis():
    code = (
        "import sys; from transformers_tsukasa.text import SYMBOLS; from transformers_tsukasa.text import utterances;"
        "print(len(SYMBOLS), [name for name in ('pyopenjtalk', 'sudachipy', 'fugashi') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert result.stdout == "178 []\n"
