# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest
import torch
from transformers import AlbertConfig, AlbertModel

from support.recorded_weights import original_state, recorded, relative_difference
from transformers_tsukasa.conversion.styletts2.style_keys import bert_encoder_key, plbert_key
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaConfig
from transformers_tsukasa.models.tsukasa.prosody.plbert import phoneme_hidden_states, window_count


WINDOW = 16


@pytest.fixture(scope="module")
def plbert():
    torch.manual_seed(0)
    config = AlbertConfig(
        vocab_size=30,
        embedding_size=8,
        hidden_size=12,
        num_attention_heads=3,
        intermediate_size=24,
        num_hidden_layers=2,
        max_position_embeddings=WINDOW,
        initializer_range=0.3,
    )
    return AlbertModel(config).eval()


def padded(ids: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    input_ids = torch.nn.utils.rnn.pad_sequence(ids, batch_first=True)
    mask = torch.arange(input_ids.shape[1]) < torch.tensor([len(row) for row in ids])[:, None]
    return input_ids, mask.long()


@pytest.mark.parametrize("length", [1, 5, WINDOW])
def test_texts_that_fit_are_read_by_the_model_itself(plbert, length):
    input_ids = torch.randint(1, 30, (2, length))
    expected = plbert(input_ids=input_ids).last_hidden_state
    assert torch.equal(phoneme_hidden_states(plbert, input_ids), expected)


def test_a_text_in_a_padded_batch_has_the_states_that_it_has_alone(plbert):
    texts = [torch.randint(1, 30, (length,)) for length in (53, 3, 16, 17, 28, 29, 40)]
    input_ids, mask = padded(texts)
    together = phoneme_hidden_states(plbert, input_ids, mask)
    for index, text in enumerate(texts):
        alone = phoneme_hidden_states(plbert, text[None])
        assert relative_difference(together[index : index + 1, : len(text)], alone) < 1e-5
        assert together[index, len(text) :].abs().sum() == 0


def test_windows_cover_a_long_text_and_fade_into_each_other(plbert):
    overlap, stride = WINDOW // 4, WINDOW - WINDOW // 4
    input_ids = torch.randint(1, 30, (1, WINDOW + stride))
    states = phoneme_hidden_states(plbert, input_ids)
    first = plbert(input_ids=input_ids[:, :WINDOW]).last_hidden_state
    second = plbert(input_ids=input_ids[:, stride:]).last_hidden_state
    torch.testing.assert_close(states[:, :stride], first[:, :stride])
    torch.testing.assert_close(states[:, WINDOW:], second[:, overlap:])
    # Inside the overlap a state lies on the line between both windows' and moves along it from one to the other.
    shared, a, b = states[:, stride:WINDOW], first[:, stride:], second[:, :overlap]
    shares = ((shared - a) * (b - a)).sum(-1) / (b - a).square().sum(-1)
    torch.testing.assert_close(shared, a + shares[..., None] * (b - a))
    assert (shares[0].diff() > 0).all() and 0 < shares[0, 0] < 0.1 and 0.9 < shares[0, -1] < 1


def test_states_do_not_depend_on_what_follows_much_later(plbert):
    text = torch.randint(1, 30, (1, 80))
    complete = phoneme_hidden_states(plbert, text)
    begin = phoneme_hidden_states(plbert, text[:, :52])
    torch.testing.assert_close(complete[:, :36], begin[:, :36])


@pytest.mark.parametrize(("length", "windows"), [(0, 1), (16, 1), (17, 2), (28, 2), (29, 3), (40, 3), (41, 4)])
def test_window_count(length, windows):
    assert window_count(length, WINDOW) == windows


def test_long_texts_pass_gradients_to_every_token(plbert):
    plbert.zero_grad()
    input_ids = torch.arange(1, 30)[None]
    phoneme_hidden_states(plbert, input_ids).square().sum().backward()
    gradient = plbert.embeddings.word_embeddings.weight.grad
    assert (gradient[1:30].abs().sum(dim=1) > 0).all()


def test_key_tables_keep_names_and_refuse_others():
    assert plbert_key("embeddings.word_embeddings.weight") == "embeddings.word_embeddings.weight"
    assert bert_encoder_key("bias") == "bias"
    for table in (plbert_key, bert_encoder_key):
        with pytest.raises(KeyError):
            table("mask_predictor.weight")


@pytest.fixture(scope="module")
def published():
    model = AlbertModel(TsukasaConfig().plbert_config).eval()
    model.load_state_dict({plbert_key(name): value for name, value in original_state("bert").items()})
    return model


@torch.no_grad()
@pytest.mark.parametrize("name", ["synthesis_default", "synthesis_guided", "synthesis_no_diffusion"])
def test_hidden_states_equal_the_original(published, name):
    expected, _ = recorded(name)
    states = phoneme_hidden_states(published, expected["input_ids"])
    assert relative_difference(states, expected["bert_hidden"]) < 1e-4


@torch.no_grad()
def test_hidden_states_of_the_padded_training_batch_equal_the_original(published):
    expected, _ = recorded("training")
    mask = torch.arange(expected["input_ids"].shape[1]) < expected["input_lengths"][:, None]
    states = phoneme_hidden_states(published, expected["input_ids"], mask.long())
    assert relative_difference(states[mask], expected["bert_hidden"][mask]) < 1e-4
