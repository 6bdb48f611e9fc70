# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest
import torch
from transformers import AutoConfig, AutoModel

from support.reranker_toys import TOWER, tiny_clvp
from transformers_tsukasa.models.clvp.configuration_clvp import TsukasaClvpConfig
from transformers_tsukasa.models.clvp.modeling_clvp import TsukasaClvpModel


@pytest.fixture(scope="module")
def model():
    return tiny_clvp()


def a_batch():
    """Three texts and recordings of different lengths, padded with values that must not matter."""
    draw = torch.Generator().manual_seed(0)
    input_ids, tokens = torch.randint(1, 100, (3, 20), generator=draw), [20, 12, 17]
    log_mels, frames = torch.randn(3, 80, 61, generator=draw), [50, 61, 37]
    masks = [torch.arange(width) < torch.tensor(lengths)[:, None] for width, lengths in ((20, tokens), (61, frames))]
    return input_ids, log_mels, masks[0].long(), masks[1].long(), tokens, frames


@torch.no_grad()
def test_an_item_of_a_batch_is_as_it_is_alone(model):
    input_ids, log_mels, token_mask, frame_mask, tokens, frames = a_batch()
    output = model(input_ids, log_mels, token_mask, frame_mask)
    for item in range(3):
        text = model.get_text_features(input_ids[item : item + 1, : tokens[item]])
        speech = model.get_speech_features(log_mels[item : item + 1, :, : frames[item]])
        torch.testing.assert_close(output.text_embeds[item], text[0], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(output.speech_embeds[item], speech[0], rtol=1e-4, atol=1e-5)
        assert text.norm().item() == pytest.approx(1.0, abs=1e-5) == pytest.approx(speech.norm().item(), abs=1e-5)


def test_the_loss_is_that_of_the_right_pairs_both_ways_and_reaches_every_weight(model):
    input_ids, log_mels, token_mask, frame_mask, _, _ = a_batch()
    output = model(input_ids, log_mels, token_mask, frame_mask, return_loss=True)
    logits = output.logits_per_text
    assert torch.equal(logits, output.logits_per_speech.T)
    torch.testing.assert_close(logits, model.logit_scale.exp() * output.text_embeds @ output.speech_embeds.T)
    right = [side.log_softmax(dim=1).diagonal().mean() for side in (logits, logits.T)]
    torch.testing.assert_close(output.loss, -sum(right) / 2)
    model.zero_grad()
    output.loss.backward()
    assert [name for name, weight in model.named_parameters() if weight.grad is None] == []
    with pytest.raises(ValueError, match="a speech for every text, got 2 of 3"):
        model(input_ids, log_mels[:2], return_loss=True)


def test_a_model_is_found_by_the_auto_classes_with_all_of_its_weights(model, tmp_path):
    model.save_pretrained(tmp_path)
    assert type(AutoConfig.from_pretrained(tmp_path)) is TsukasaClvpConfig
    loaded, info = AutoModel.from_pretrained(tmp_path, output_loading_info=True)
    assert type(loaded) is TsukasaClvpModel and not info["missing_keys"] and not info["unexpected_keys"]
    assert all(torch.equal(weight, loaded.state_dict()[name]) for name, weight in model.state_dict().items())


def test_codes_are_speech_too(model):
    of_codes = tiny_clvp(speech_input="codes")
    codes = torch.randint(0, 200, (2, 9))
    assert of_codes.get_speech_features(codes).shape == (2, 16)
    with pytest.raises(ValueError, match="takes codes"):
        of_codes.get_speech_features(torch.zeros(2, 80, 30))
    with pytest.raises(ValueError, match="takes log-mels \\(batch, 80, frames\\)"):
        model.get_speech_features(torch.zeros(2, 40, 30))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text_config": {**TOWER, "num_attention_heads": 2}}, "text_config: hidden_size \\(32\\) must be"),
        ({"projection_dim": 128}, "times at least 64, which rotary positions take"),
        ({"speech_config": {**TOWER, "projection_dim": 8}}, "speech_config.projection_dim \\(8\\) must equal"),
    ],
)
def test_impossible_shapes_are_refused(changes, message):
    with pytest.raises(Exception, match=message):
        TsukasaClvpConfig(**{"text_config": TOWER, "speech_config": TOWER, "projection_dim": 16, **changes})
