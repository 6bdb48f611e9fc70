# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Layers are used by calling them, so that hooks, adapters, quantization and offloading of their weights work."""

import copy
import inspect

import pytest
import torch
from accelerate import cpu_offload, disk_offload, dispatch_model
from torch import nn

from support.tiny import tiny_config, tiny_model, tokens
from transformers_tsukasa.models.layers.placement import execution_device
from transformers_tsukasa.models.tsukasa.configuration_training import (
    TsukasaDiscriminatorConfig,
    TsukasaPitchExtractorConfig,
)
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from transformers_tsukasa.models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner


GENERATORS = {
    "istftnet": {},
    "hifigan": {"generator_type": "hifigan", "upsample_rates": [10, 6, 5], "upsample_kernel_sizes": [20, 12, 10]},
    "source_filter": {"generator_type": "source_filter", "istft_n_fft": 256},
}
# ALBERT's pooler makes a state of the text that nothing reads, and PL-BERT is never asked for it.
UNUSED = ("plbert.pooler",)


def speaking_model(generator="istftnet"):
    config = tiny_config()
    values = config.decoder_config.to_dict()
    values.update(GENERATORS[generator])
    config.decoder_config = type(config.decoder_config)(**values)
    return tiny_model(config=config)


def speak(model):
    """Speech with everything in it that has layers: a clip, diffusion with guidance, the noise of the source."""
    torch.manual_seed(0)
    features = torch.randn(1, model.config.audio_config.num_mel_bins, 120)
    inputs = tokens("konnitɕiwa")
    return model.generate(**inputs, input_features=features, guidance_scale=1.5, alpha=0.5, seed=0).waveform


def owners(model):
    """Names of modules that own parameters, the masters of all layers."""
    return [name for name, module in model.named_modules() if next(module.parameters(recurse=False), None) is not None]


def called(model, run):
    names = set()
    for name in owners(model):
        model.get_submodule(name).register_forward_pre_hook(lambda *_, name=name: names.add(name))
    run()
    return names


@pytest.mark.parametrize("generator", GENERATORS)
def test_every_owner_of_weights_is_called_to_speak(generator):
    model = speaking_model(generator)
    missing = set(owners(model)) - called(model, lambda: speak(model))
    assert {name for name in missing if not name.startswith(UNUSED)} == set()


def test_every_owner_of_weights_is_called_by_the_models_of_training():
    torch.manual_seed(0)
    pitch = TsukasaPitchExtractor(TsukasaPitchExtractorConfig(hidden_sizes=[8, 8, 16, 16], lstm_hidden_size=8)).eval()
    missing = set(owners(pitch)) - called(pitch, lambda: pitch(torch.randn(1, 80, 20), return_voicing=True))
    assert missing == set()
    aligner = TsukasaTextAligner(tiny_config().text_aligner_config).eval()
    inputs = {"mel": torch.randn(1, 80, 40), "input_ids": torch.tensor([[1, 2, 3]])}
    assert set(owners(aligner)) - called(aligner, lambda: aligner(**inputs)) == set()
    discriminators = TsukasaDiscriminators(TsukasaDiscriminatorConfig()).eval()
    states = torch.randn(1, discriminators.speech_language_model.in_channels, 8)
    seen = called(
        discriminators, lambda: (discriminators(torch.randn(1, 4096)), discriminators(stacked_states=states))
    )
    assert set(owners(discriminators)) - seen == set()


@pytest.mark.parametrize("generator", GENERATORS)
def test_weight_normed_layers_are_called_too(generator):
    model = speaking_model(generator)
    model.apply_weight_norm()
    normed = {name for name, module in model.named_modules() if hasattr(module, "parametrizations")}
    seen = set()
    for name in normed:
        model.get_submodule(name).register_forward_hook(lambda *_, name=name: seen.add(name))
    speak(model)
    assert normed and seen == normed


class Replaced(nn.Module):
    """What adapters and quantization leave of a layer: something to call, with weights under other names or none."""

    def __init__(self, layer):
        super().__init__()
        self.layer_of_another_name = layer

    def forward(self, *arguments, **options):
        return self.layer_of_another_name(*arguments, **options)


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("kind", [nn.Linear, nn.Embedding, nn.LSTM, (nn.Conv1d, nn.ConvTranspose1d, nn.Conv2d)])
def test_a_layer_may_be_replaced_by_anything_that_can_be_called(generator, kind):
    model = speaking_model(generator)
    expected = speak(model)
    for name, module in list(model.named_modules()):
        if isinstance(module, kind) and not name.startswith(UNUSED):
            parent, _, attribute = name.rpartition(".")
            setattr(model.get_submodule(parent), attribute, Replaced(module))
    assert torch.equal(speak(model), expected)


def test_layers_of_the_aligner_may_be_replaced_and_kept_elsewhere():
    torch.manual_seed(0)
    aligner = TsukasaTextAligner(tiny_config().text_aligner_config).eval()
    inputs = {"mel": torch.randn(1, 80, 40), "input_ids": torch.tensor([[1, 2, 3]])}
    expected = aligner(**inputs).soft_alignment
    offloaded = cpu_offload(copy.deepcopy(aligner), execution_device="cpu")
    torch.testing.assert_close(offloaded(**inputs).soft_alignment, expected)
    for name in ("query", "key", "score", "location_projection", "location_conv"):
        setattr(aligner.decoder, name, Replaced(getattr(aligner.decoder, name)))
    torch.testing.assert_close(aligner(**inputs).soft_alignment, expected, rtol=0, atol=0)


def test_dynamic_quantization_speaks():
    model = speaking_model()
    expected = speak(model)
    quantized = torch.ao.quantization.quantize_dynamic(copy.deepcopy(model), {nn.Linear}, dtype=torch.qint8)
    assert any(type(module).__module__.startswith("torch.ao") for module in quantized.modules())
    speech = speak(quantized)
    assert torch.isfinite(speech).all() and abs(speech.shape[1] - expected.shape[1]) < 0.2 * expected.shape[1]


@pytest.mark.parametrize("generator", GENERATORS)
def test_layers_are_made_as_those_of_torch_are(generator):
    """LoRA makes its matrices as `type(layer)(in, rank, ...)`, with the arguments of torch's layer."""
    for module in speaking_model(generator).modules():
        for kind in (nn.Linear, nn.Conv1d, nn.ConvTranspose1d, nn.Conv2d, nn.Embedding, nn.LSTM, nn.LayerNorm):
            if isinstance(module, kind):
                assert inspect.signature(type(module)) == inspect.signature(kind), type(module)


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_change_of_a_convolution_beside_it_is_the_change_merged_into_it(generator):
    """An adapter adds `B(A(x))` to what a layer returns; merged, it is a change of the layer's weight."""
    model = speaking_model(generator).eval()
    conv = next(module for name, module in model.named_modules() if name.endswith("stacks.0.dilated.0.conv"))
    beside = copy.deepcopy(conv)
    with torch.no_grad():
        for owner in model.modules():
            if hasattr(owner, "slope"):
                owner.slope.fill_(0.5)
        beside.bias.zero_()
        beside.weight.copy_(0.5 * conv.weight.flip(0))
    handle = conv.register_forward_hook(lambda module, arguments, output: output + beside(*arguments))
    added = speak(model)
    handle.remove()
    plain = speak(model)
    with torch.no_grad():
        conv.weight.add_(beside.weight)
    torch.testing.assert_close(speak(model), added, rtol=0, atol=1e-4)
    assert (added - plain).abs().max() > 1e-3


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("keep", ["cpu", "disk", "parts on disk"])
def test_weights_may_be_kept_elsewhere(generator, keep, tmp_path):
    model = speaking_model(generator)
    expected = speak(model)
    if keep == "cpu":
        cpu_offload(model, execution_device="cpu")
    elif keep == "disk":
        disk_offload(model, str(tmp_path), execution_device=torch.device("cpu"))
    else:
        places = {name: "disk" if name in ("decoder", "plbert") else "cpu" for name, _ in model.named_children()}
        dispatch_model(model, places, main_device="cpu", offload_dir=str(tmp_path), force_hooks=True)
    assert any(parameter.device.type == "meta" for parameter in model.parameters())
    assert model.device == execution_device(model) == torch.device("cpu")
    torch.testing.assert_close(speak(model), expected, rtol=0, atol=1e-5)


def test_a_device_map_with_too_little_memory(tmp_path):
    complete = speaking_model("source_filter")  # whose speech does not follow the last bit of F0
    complete.save_pretrained(tmp_path / "model")
    model = TsukasaModelForConditionalGeneration.from_pretrained(
        tmp_path / "model", device_map="auto", max_memory={"cpu": "400KB"}, offload_folder=tmp_path / "offload"
    ).eval()
    assert "disk" in model.hf_device_map.values()
    torch.testing.assert_close(speak(model), speak(complete), rtol=0, atol=1e-3)


def test_a_model_without_weights_is_refused():
    with torch.device("meta"):
        model = TsukasaModelForConditionalGeneration(tiny_config())
    with pytest.raises(ValueError, match="no weights, only their shapes"):
        model.generate(**tokens("a"))
