# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import math

import pytest
import torch

from support.tiny import tiny_config
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaAudioConfig
from transformers_tsukasa.models.tsukasa.reranking.aligner_reranker import AlignerReranker
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.text.phonemes.symbols import PAD_ID, SYMBOL_TO_ID


def ids(phonemes):
    return torch.tensor([PAD_ID, *(SYMBOL_TO_ID[symbol] for symbol in phonemes), PAD_ID])


def noise(seconds, seed=0):
    return 0.1 * torch.randn(round(seconds * 24000), generator=torch.Generator().manual_seed(seed))


class ScriptedAligner(TsukasaTextAligner):
    """Finds the symbols of `frames`, the blank for `_`, with a probability near one in one frame after the other."""

    frames = ""

    def ctc_logits(self, memory):
        symbols = [PAD_ID if symbol == "_" else SYMBOL_TO_ID[symbol] for symbol in self.frames]
        symbols += [PAD_ID] * (memory.shape[1] - len(symbols))
        logits = 10.0 * torch.nn.functional.one_hot(torch.tensor(symbols), self.config.vocab_size).float()
        return logits.expand(len(memory), -1, -1)


@pytest.fixture(scope="module")
def aligner():
    torch.manual_seed(0)
    return TsukasaTextAligner(tiny_config().text_aligner_config).eval()


@pytest.fixture
def scripted():
    torch.manual_seed(0)
    return AlignerReranker(ScriptedAligner(tiny_config().text_aligner_config), TsukasaAudioConfig())


def test_the_text_that_is_spoken_scores_higher_than_an_edited_one(scripted):
    scripted.aligner.frames = "__ka_ta_"
    score, edited, shorter = (scripted([noise(0.6)], ids(text)).item() for text in ("kata", "kasa", "ka"))
    assert score > edited and score > shorter and score < 0
    assert scripted.spell(noise(0.6)) == "kata"


def test_the_score_is_the_log_likelihood_of_a_phoneme(aligner, monkeypatch):
    """Where every symbol is as likely in every frame, the paths that spell a text can be counted."""
    vocab_size = aligner.config.vocab_size
    monkeypatch.setattr(aligner, "ctc_logits", lambda memory: torch.zeros(*memory.shape[:2], vocab_size))
    reranker = AlignerReranker(aligner, TsukasaAudioConfig())
    frames = reranker._ctc_logits([noise(0.3)])[0].shape[1]
    # One symbol spans some frames in a row; of two, the second begins after the first ends.
    for text, paths in (("a", math.comb(frames + 1, 2)), ("ka", math.comb(frames + 2, 4))):
        expected = (math.log(paths) - frames * math.log(vocab_size)) / len(text)
        assert reranker([noise(0.3)], ids(text)).item() == pytest.approx(expected, rel=1e-5)


def test_a_batch_scores_as_each_waveform_alone(aligner):
    reranker = AlignerReranker(aligner, TsukasaAudioConfig())
    waveforms = [noise(0.3), noise(0.7, 1), noise(0.5, 2)]
    together = reranker(waveforms, ids("ko.e"))
    alone = torch.cat([reranker([waveform], ids("ko.e")) for waveform in waveforms])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4)


def test_speech_that_is_too_short_for_its_phonemes_scores_minus_infinity(aligner):
    reranker = AlignerReranker(aligner, TsukasaAudioConfig())
    assert reranker([noise(0.01)], ids("koɴnitɕiwa" * 5)).item() == float("-inf")


def test_silence_and_a_text_without_phonemes_have_a_score(aligner):
    reranker = AlignerReranker(aligner, TsukasaAudioConfig())
    assert reranker([torch.zeros(4800)], ids("a")).isfinite().all()
    assert reranker([noise(0.2)], ids("")).isfinite().all()


def test_an_aligner_of_other_features_is_refused(aligner):
    with pytest.raises(ValueError, match="80 mel bands, but the model has 40"):
        AlignerReranker(aligner, TsukasaAudioConfig(num_mel_bins=40))
