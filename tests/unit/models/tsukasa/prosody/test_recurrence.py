# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Text encoder and prosody predictor with LSTMs in place of mLSTM blocks."""

import pytest
import torch

from support.tiny import lstm_config, tiny_config, with_trained_prosody
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.prosody.prosody_predictor import TsukasaProsodyPredictor
from transformers_tsukasa.models.tsukasa.prosody.text_encoder import TsukasaTextEncoder


LENGTHS = (7, 4)
MASK = torch.tensor([[1] * length + [0] * (max(LENGTHS) - length) for length in LENGTHS])


@pytest.fixture
def predictor():
    torch.manual_seed(0)
    config = lstm_config()
    return TsukasaProsodyPredictor(config.prosody_predictor_config, config.style_dim).eval()


def plain_lstm(lstm):
    """torch's own LSTM with the same weights."""
    plain = torch.nn.LSTM(lstm.input_size, lstm.hidden_size, batch_first=True, bidirectional=True)
    plain.load_state_dict(lstm.state_dict())
    return plain


@torch.no_grad()
def test_the_text_encoder_is_convolutions_and_an_lstm_without_projections():
    torch.manual_seed(0)
    encoder = TsukasaTextEncoder(lstm_config().text_encoder_config).eval()
    assert {name.split(".")[0] for name in encoder.state_dict()} == {"embedding", "conv_layers", "lstm"}
    ids = torch.randint(1, 100, (2, max(LENGTHS))) * MASK
    together = encoder(ids, MASK)
    for item, length in enumerate(LENGTHS):
        states = encoder.embedding(ids[item : item + 1, :length])
        for layer in encoder.conv_layers:
            states = layer(states, torch.ones(1, length, 1))
        torch.testing.assert_close(together[item, :length], plain_lstm(encoder.lstm)(states)[0][0])
        assert not together[item, length:].any()


@torch.no_grad()
def test_durations_of_a_padded_batch_are_those_of_each_item_alone(predictor):
    encoded = torch.randn(2, max(LENGTHS), 24) * MASK[..., None]
    together = predictor.predict_durations(encoded, MASK)
    for item, length in enumerate(LENGTHS):
        states = plain_lstm(predictor.duration_lstm)(encoded[item : item + 1, :length])[0]
        torch.testing.assert_close(together[item, :length], predictor.duration_projection(states)[0])
        alone = predictor.predict_durations(encoded[item : item + 1, :length])
        torch.testing.assert_close(together[item, :length], alone[0])


@torch.no_grad()
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_contours_are_read_backwards_from_the_end_of_each_item(predictor, dtype):
    # More frames than bfloat16 can count.
    lengths = (700, 517)
    mask = (torch.arange(700) < torch.tensor(lengths)[:, None])[:, None].to(dtype)
    expanded, style = torch.randn(2, 700, 24) * mask.transpose(1, 2).float(), torch.randn(2, 8)
    together = predictor.predict_f0_and_energy(expanded, style, mask.float() if dtype == torch.float32 else mask)
    for item, length in enumerate(lengths):
        alone = predictor.predict_f0_and_energy(expanded[item : item + 1, :length], style[item : item + 1])
        for ours, theirs in zip(together, alone, strict=True):
            torch.testing.assert_close(ours[item, : 2 * length], theirs[0], rtol=1e-4, atol=1e-4)
            assert not ours[item, 2 * length :].any()


def test_dropout_in_front_of_the_duration_logits_is_a_half_in_training(predictor):
    encoded, seen = torch.randn(1, 5, 24), []
    predictor.duration_projection.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    predictor.eval().predict_durations(encoded)
    predictor.train().predict_durations(encoded)
    spoken, trained = seen
    kept = trained != 0
    assert 0.3 < kept.float().mean() < 0.7
    torch.testing.assert_close(trained[kept], 2 * spoken[kept])


@pytest.mark.parametrize("make_config", [tiny_config, lstm_config])
def test_prosody_that_never_learned_is_told_from_prosody_that_did(tmp_path, make_config):
    model = TsukasaModelForConditionalGeneration(make_config())
    assert not model.is_prosody_trained()
    model.save_pretrained(tmp_path / "fresh")
    assert not TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "fresh").is_prosody_trained()
    with_trained_prosody(model).save_pretrained(tmp_path / "trained")
    assert TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "trained").is_prosody_trained()


def test_one_update_counts_as_learning(predictor):
    model = TsukasaModelForConditionalGeneration(lstm_config())
    predictor = model.prosody_predictor
    predictor.predict_durations(torch.randn(1, 5, 24)).sum().backward()
    torch.optim.SGD(predictor.parameters(), lr=1e-3).step()
    assert predictor.is_trained()
