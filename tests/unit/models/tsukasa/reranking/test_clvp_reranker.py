# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest
import torch

from support.reranker_toys import TOWER, tiny_clvp
from support.tiny import save_speaking, tiny_config, tiny_model, tokens
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.reranking.clvp_reranker import ClvpReranker
from transformers_tsukasa.models.tsukasa.reranking.reranker_choice import load_reranker


def noise(seconds, seed=0):
    return 0.1 * torch.randn(round(seconds * 24000), generator=torch.Generator().manual_seed(seed))


def test_scores_are_similarities_and_those_of_each_waveform_alone():
    reranker = ClvpReranker(tiny_clvp(), tiny_config())
    ids = tokens("koɴnitɕiwa.")["input_ids"][0]
    waveforms = [noise(0.3), noise(0.8, 1)]
    together = reranker(waveforms, ids)
    assert together.shape == (2,) and (together.abs() <= 1).all()
    alone = torch.cat([reranker([waveform], ids) for waveform in waveforms])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)
    mel = reranker.network.get_speech_features(torch.zeros(1, 80, 40), torch.ones(1, 40))
    assert mel.shape == (1, 16)


def test_the_reranker_of_a_model_folder_comes_before_its_aligner(tmp_path):
    folder = save_speaking(tiny_model(), tmp_path / "model")
    tiny_clvp().save_pretrained(folder / "reranker")
    model = TsukasaModelForConditionalGeneration.from_pretrained(folder)
    speech = model.generate(**tokens("hai."), seed=0, num_candidates=2)
    named = model.generate(**tokens("hai."), seed=0, num_candidates=2, reranker="clvp")
    assert torch.equal(speech.candidate_scores, named.candidate_scores)
    own = load_reranker(folder / "reranker", model.config)
    assert isinstance(own, ClvpReranker)
    assert torch.equal(
        model.generate(**tokens("hai."), seed=0, num_candidates=2, reranker=own).waveform, speech.waveform
    )
    with pytest.raises(ValueError, match="this model has no aligner"):
        model.generate(**tokens("hai."), num_candidates=2, reranker="aligner")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"speech_input": "codes"}, "scores codes of a codec"),
        ({"features": {"n_fft": 1024}}, "n_fft 1024"),
        ({"text_profile": "kokoro"}, "profile 'kokoro', but the model has"),
        ({"text_config": {**TOWER, "vocab_size": 30}}, "knows 30 symbols, but the model has 178"),
    ],
)
def test_a_reranker_that_does_not_fit_the_model_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        ClvpReranker(tiny_clvp(**changes), tiny_config())
