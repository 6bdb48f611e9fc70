# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""HierSpeech++'s synthesizer: batches, pieces, seeds, inverses, refusals."""

import pytest
import torch
from huggingface_hub.errors import StrictDataclassClassValidationError

from support.hierspeech_toys import hierspeech_inputs, tiny_hierspeech
from transformers_tsukasa.models.hierspeech.configuration_hierspeech import HierSpeechConfig
from transformers_tsukasa.models.hierspeech.generators import generators_reach
from transformers_tsukasa.models.hierspeech.modeling_hierspeech import HierSpeechForVoiceConversion


@pytest.fixture(scope="module")
def model():
    return tiny_hierspeech()


@torch.inference_mode()
def test_an_item_of_a_batch_is_as_if_it_were_alone(model):
    """What lies in the padding must not matter, whatever it is."""
    inputs, masks = hierspeech_inputs(12, batch=2), {}
    masks["attention_mask"], masks["prompt_mask"] = torch.ones(2, 12).long(), torch.ones(2, 9).long()
    masks["attention_mask"][1, 7:], masks["prompt_mask"][1, 5:] = 0, 0
    output = model(**inputs, **masks, seed=1)
    noise = torch.randn(12, 8, generator=torch.Generator().manual_seed(1))[None, :7]
    alone = model(inputs["features"][1:, :7], inputs["log_f0"][1:, :28], inputs["prompt_mel"][1:, :5], noise=noise)
    assert output.waveform_lengths.tolist() == [3840, 2240]
    assert torch.allclose(output.speaker[1:], alone.speaker, atol=1e-5)
    assert torch.allclose(output.latent[1:, :7], alone.latent, atol=1e-4)
    assert torch.allclose(output.waveform[1:, :2240], alone.waveform, atol=1e-4)
    assert not output.waveform[1, 2240:].any() and not output.latent[1, 7:].any()


@torch.inference_mode()
def test_pieces_are_all_frames_at_once(model):
    reach = generators_reach(model.config)
    latent, speaker = torch.randn(1, reach + 30, 8, generator=torch.manual_seed(0)), torch.randn(1, 8)
    at_once = torch.cat(list(model.speak(latent, speaker)), dim=1)
    assert at_once.shape == (1, 320 * (reach + 30))
    pieces = list(model.speak(latent, speaker, reach // 2 + 16))
    assert len(pieces) == 2 and torch.allclose(torch.cat(pieces, dim=1), at_once, atol=1e-5)


@torch.inference_mode()
def test_flows_run_backwards(model):
    states, speaker = torch.randn(2, 9, 8), torch.randn(2, 8)
    mask = torch.ones(2, 9, 1)
    mask[1, 6:] = 0
    mapped = model.semantic_flow(states * mask, speaker, mask)
    assert not torch.allclose(mapped, states * mask, atol=0.01)
    assert torch.allclose(model.semantic_flow(mapped, speaker, mask, reverse=True), states * mask, atol=1e-5)


@torch.inference_mode()
def test_seeds_and_noise(model):
    inputs = hierspeech_inputs()
    first, again, other = (model(**inputs, seed=seed).waveform for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)
    steady = [model(**inputs, noise_scale=0.0, seed=seed).waveform for seed in (1, 2)]
    assert torch.equal(*steady)
    assert not torch.equal(model(**inputs, noise_scale=0.0, unconditional=True).waveform, steady[0])


@torch.inference_mode()
def test_voice_and_f0_matter(model):
    inputs = {**hierspeech_inputs(), "noise_scale": 0.0}
    waveform = model(**inputs).waveform
    assert not torch.allclose(model(**{**inputs, "prompt_mel": inputs["prompt_mel"] + 1}).waveform, waveform)
    assert not torch.allclose(model(**{**inputs, "log_f0": inputs["log_f0"] / 2}).waveform, waveform)


def test_half_precision_and_silence_stay_finite(model):
    inputs = hierspeech_inputs()
    silence = {name: torch.zeros_like(value) for name, value in inputs.items()}
    with torch.inference_mode():
        assert model(**silence).waveform.isfinite().all()
        in_half = tiny_hierspeech().bfloat16()(**inputs, noise_scale=0.0).waveform
        assert in_half.dtype == torch.float32 and in_half.isfinite().all()


def test_a_folder_is_loaded_again(model, tmp_path):
    model.save_pretrained(tmp_path)
    with torch.inference_mode():
        loaded = HierSpeechForVoiceConversion.from_pretrained(tmp_path).eval()
        inputs = hierspeech_inputs()
        assert torch.allclose(loaded(**inputs, seed=0).waveform, model(**inputs, seed=0).waveform, atol=1e-5)


def test_training_reaches_every_weight():
    trained = tiny_hierspeech(weight_norm=True).train()
    inputs = hierspeech_inputs(4)
    output = trained(**inputs)
    (output.waveform.square().mean() + trained(**inputs, unconditional=True).waveform.square().mean()).backward()
    without = {name for name, weight in trained.named_parameters() if weight.grad is None}
    assert without == {name for name in without if name.startswith("source_generator.f0_conv")}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"features": torch.zeros(1, 12, 5)}, "features must be"),
        ({"features": torch.zeros(1, 0, 6)}, "features must be"),
        ({"log_f0": torch.zeros(1, 47)}, "4 values for each of 12 frames"),
        ({"prompt_mel": None}, "nothing tells the voice"),
        ({"attention_mask": torch.zeros(1, 12)}, "real frames"),
        ({"attention_mask": torch.tensor([[0] + [1] * 11])}, "real frames"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(model, changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        model(**{**hierspeech_inputs(), **changes})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"upsample_rates": (4, 5)}, "2 stages"),
        ({"hop_length": 256}, "multiply to 320"),
        ({"upsample_rates": (5, 4, 4, 2, 2)}, "must be 4"),
        ({"upsample_kernel_sizes": (8, 10, 8, 4, 4)}, "even number"),
        ({"hidden_size": 6}, "divisible by 4"),
    ],
)
def test_impossible_configs_are_refused(changes, sentence):
    with pytest.raises(StrictDataclassClassValidationError, match=sentence):
        HierSpeechConfig(**changes)
