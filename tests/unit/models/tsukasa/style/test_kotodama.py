# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest
import torch
from transformers import DebertaV2Config, DistilBertConfig

from support.recorded_weights import original_state, recorded, relative_difference
from transformers_tsukasa.conversion.tsukasa.kotodama_keys import kotodama_key
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaKotodamaConfig
from transformers_tsukasa.models.tsukasa.style.kotodama import TsukasaKotodamaEncoder


def small_backbone(kind: str):
    if kind == "deberta":
        return DebertaV2Config(
            vocab_size=40,
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            relative_attention=True,
            position_buckets=8,
            pos_att_type=["p2c", "c2p"],
            share_att_key=True,
            norm_rel_ebd="layer_norm",
            position_biased_input=False,
            type_vocab_size=0,
            max_position_embeddings=24,
        )
    return DistilBertConfig(
        vocab_size=40,
        dim=16,
        n_layers=2,
        n_heads=2,
        hidden_dim=32,
        max_position_embeddings=24,
        sinusoidal_pos_embds=True,
    )


def small_encoder(kind: str) -> TsukasaKotodamaEncoder:
    torch.manual_seed(0)
    return TsukasaKotodamaEncoder(TsukasaKotodamaConfig(encoder_config=small_backbone(kind)), style_dim=3).eval()


@pytest.mark.parametrize("kind", ["deberta", "distilbert"])
def test_an_item_of_a_padded_batch_has_the_style_that_it_has_alone(kind):
    encoder = small_encoder(kind)
    input_ids = torch.randint(1, 40, (2, 20))
    mask = torch.ones_like(input_ids)
    mask[1, 9:] = 0
    together = encoder(input_ids, mask)
    assert together.shape == (2, 6)
    assert relative_difference(together[1:], encoder(input_ids[1:, :9])) < 1e-4
    assert relative_difference(together[:1], encoder(input_ids[:1])) < 1e-4


def test_texts_longer_than_the_position_table_are_refused_and_relative_positions_have_no_end():
    long_text = torch.randint(1, 40, (1, 25))
    with pytest.raises(ValueError, match="at most 24 tokens, got 25"):
        small_encoder("distilbert")(long_text)
    assert small_encoder("deberta")(long_text).isfinite().all()


@pytest.mark.parametrize("kind", ["deberta", "distilbert"])
def test_the_head_learns_together_with_the_backbone(kind):
    encoder = small_encoder(kind).train()
    encoder(torch.randint(1, 40, (2, 20))).square().sum().backward()
    assert encoder.dense.weight.grad.abs().sum() > 0
    assert encoder.backbone.get_input_embeddings().weight.grad.abs().sum() > 0


def test_key_table_refuses_unknown_names():
    assert kotodama_key("output.2.bias") == "out_proj.bias"
    assert kotodama_key("backbone.embeddings.LayerNorm.weight") == "backbone.embeddings.LayerNorm.weight"
    with pytest.raises(KeyError):
        kotodama_key("output.1.weight")


@pytest.mark.slow
@torch.no_grad()
@pytest.mark.parametrize("name", ["kotodama_prompt", "kotodama_text"])
def test_styles_equal_the_original(name):
    # No config names DeBERTa-v2 as the published prompt encoder has it; the text sampler is DistilBERT with sinusoids.
    backbone = None
    if name == "kotodama_text":
        backbone = DistilBertConfig(vocab_size=32768, n_layers=6, sinusoidal_pos_embds=True)
    encoder = TsukasaKotodamaEncoder(TsukasaKotodamaConfig(encoder_config=backbone), style_dim=128).eval()
    state = original_state(name, f"manifest_{name}.json")
    encoder.load_state_dict({kotodama_key(key): value for key, value in state.items()})
    expected, _ = recorded(name)
    style = encoder(expected["input_ids"], expected["attention_mask"])
    assert relative_difference(style, expected["style"]) < 1e-4
