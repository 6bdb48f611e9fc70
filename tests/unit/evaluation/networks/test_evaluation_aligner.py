# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest
import torch

from support.tiny import tiny_config
from transformers_tsukasa.evaluation.networks.evaluation_aligner import EvaluationAligner, duration_errors
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaAudioConfig
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.text.phonemes.symbols import PAD_ID, SYMBOL_TO_ID


class _ScriptedAligner(TsukasaTextAligner):
    """Recognises what the test sets, frame by frame, and then silence."""

    frames = ""

    def ctc_logits(self, memory):
        ids = [PAD_ID if symbol == "_" else SYMBOL_TO_ID[symbol] for symbol in self.frames]
        ids += [PAD_ID] * (memory.shape[1] - len(ids))
        return 20.0 * torch.nn.functional.one_hot(torch.tensor(ids), self.config.vocab_size).float()[None]


@pytest.fixture
def network():
    torch.manual_seed(0)
    return EvaluationAligner(_ScriptedAligner(tiny_config().text_aligner_config), TsukasaAudioConfig())


def _noise(seconds: float = 0.8) -> np.ndarray:
    return (0.1 * np.random.default_rng(0).standard_normal(round(seconds * 24000))).astype(np.float32)


def test_phonemes_are_recognised_by_the_best_path(network):
    network.aligner.frames = "___kkoo_oɴ__a."
    assert network.transcribe(_noise(), 24000) == "kooɴa."
    network.aligner.frames = ""
    assert network.transcribe(_noise(), 24000) == ""


def test_other_sampling_rates_are_resampled(network):
    network.aligner.frames = "__ka"
    assert network.transcribe(_noise(), 24000) == network.transcribe(np.repeat(_noise(), 2), 48000) == "ka"


def test_durations_of_recognised_phonemes(network):
    network.aligner.frames = "_____kkkaaaaaɴɴ"
    np.testing.assert_allclose(network.durations(_noise(), 24000, "kaɴ"), [0.075, 0.125, 0.05])
    with pytest.raises(ValueError, match="200 symbols do not fit into"):
        network.durations(_noise(), 24000, "ka" * 100)


def test_a_trained_aligner_is_loaded_from_its_folder(tmp_path):
    torch.manual_seed(0)
    TsukasaTextAligner(tiny_config().text_aligner_config).save_pretrained(tmp_path / "aligner")
    phonemes = EvaluationAligner(tmp_path / "aligner", TsukasaAudioConfig()).transcribe(_noise(), 24000)
    assert isinstance(phonemes, str)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(FileNotFoundError, match="holds no model"):
        EvaluationAligner(tmp_path / "nothing", TsukasaAudioConfig())


def test_an_aligner_that_was_trained_with_other_log_mels_is_refused(tmp_path):
    aligner = TsukasaTextAligner(tiny_config().text_aligner_config)
    with pytest.raises(ValueError, match="80 mel bands, but the corpus has 100"):
        EvaluationAligner(aligner, TsukasaAudioConfig(num_mel_bins=100))
    aligner.config.features = TsukasaAudioConfig().features
    aligner.save_pretrained(tmp_path / "aligner")
    for given in (aligner, tmp_path / "aligner"):
        with pytest.raises(ValueError, match="hop_length 300"):
            EvaluationAligner(given, TsukasaAudioConfig(hop_length=240))


def test_duration_errors_leave_pauses_out():
    errors = duration_errors(np.array([0.1, 0.2, 0.9, 0.05]), np.array([0.15, 0.2, 0.1, 0.03]), "ka,n")
    np.testing.assert_allclose(errors, [50, 0, 20])
    with pytest.raises(ValueError, match="1 durations, 2 in the reference and 2 phonemes"):
        duration_errors(np.zeros(1), np.zeros(2), "ka")
