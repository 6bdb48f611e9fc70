# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from transformers_tsukasa.synthesis.speech_recognition import SpeechRecognizer


def test_a_recogniser_needs_its_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder '.*' with a recogniser"):
        SpeechRecognizer(tmp_path / "whisper")
