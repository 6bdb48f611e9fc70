# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.checkpoint import checkpoint

from support.recorded_weights import original_state, recorded, relative_difference
from support.shared_data import recorded_path
from transformers_tsukasa.conversion.styletts2.decoder_keys import decoder_key
from transformers_tsukasa.models.layers.adaptive_norms import AdaptiveResidualBlock
from transformers_tsukasa.models.layers.reparametrization import apply_norms, fold_norms
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaAudioConfig, TsukasaDecoderConfig
from transformers_tsukasa.models.tsukasa.vocoder import decoder as decoder_module
from transformers_tsukasa.models.tsukasa.vocoder.decoder import TsukasaDecoder
from transformers_tsukasa.models.tsukasa.vocoder.harmonic_source import draw_source_noise


SMALL = {"hidden_size": 16, "output_size": 16, "residual_size": 4, "upsample_initial_channel": 16}
HIFIGAN = {"generator_type": "hifigan", "upsample_rates": (10, 5, 3, 2), "upsample_kernel_sizes": (20, 10, 6, 4)}
TEXT_SIZE, STYLE_DIM = 12, 6
SAMPLES_PER_TEXT_FRAME = 600


def build(**values):
    torch.manual_seed(0)
    return TsukasaDecoder(TsukasaDecoderConfig(**(SMALL | values)), TEXT_SIZE, STYLE_DIM, TsukasaAudioConfig()).eval()


def make_inputs(batch_size=1, frames=9):
    torch.manual_seed(1)
    f0 = 200 + 20 * torch.randn(batch_size, 2 * frames)
    energy = torch.randn(batch_size, 2 * frames)
    return torch.randn(batch_size, TEXT_SIZE, frames), f0, energy, torch.randn(batch_size, STYLE_DIM)


@torch.no_grad()
def speak_stored(folder):
    """Speaks the inputs of a folder with its weights: what is drawn at random is another on another processor."""
    decoder = build()
    decoder.load_state_dict(torch.load(folder / "weights"))
    return decoder(*torch.load(folder / "inputs"), noise_scale=0)


@pytest.mark.parametrize("values", [{}, HIFIGAN])
@pytest.mark.parametrize("seeds", [None, [5, 6, 7]])
@torch.no_grad()
def test_item_of_a_padded_batch_sounds_as_it_does_alone(values, seeds):
    decoder = build(**values)
    lengths = [9, 1, 6]
    text, f0, energy, style = make_inputs(3)

    def generators():
        return [torch.Generator().manual_seed(seed) for seed in seeds or [8, 8, 8]]

    batch = decoder(text, f0, energy, style, torch.tensor(lengths), generators() if seeds else generators()[0])
    assert batch.shape == (3, 9 * SAMPLES_PER_TEXT_FRAME)
    for index, length in enumerate(lengths):
        item = slice(index, index + 1)
        alone = decoder(
            text[item, :, :length],
            f0[item, : 2 * length],
            energy[item, : 2 * length],
            style[item],
            generator=generators()[index],
        )
        samples = length * SAMPLES_PER_TEXT_FRAME
        assert relative_difference(batch[index, :samples], alone[0]) < 1e-6
        assert not batch[index, samples:].any()


@torch.no_grad()
def test_noise_scale_zero_is_deterministic_and_noise_follows_the_seed():
    decoder, inputs = build(), make_inputs()
    assert torch.equal(decoder(*inputs, noise_scale=0), decoder(*inputs, noise_scale=0))
    one, same, other = (decoder(*inputs, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert relative_difference(other, one) > 1e-3


@pytest.mark.parametrize("values", [{}, HIFIGAN])
@torch.no_grad()
def test_the_noise_of_the_source_may_be_given(values):
    decoder, inputs = build(**values), make_inputs(2)
    drawn = decoder(*inputs, generator=torch.Generator().manual_seed(3), noise_scale=0.5)
    noise = draw_source_noise(2, drawn.shape[1], 0.5, torch.Generator().manual_seed(3), drawn.device)
    assert torch.equal(decoder(*inputs, noise_scale=0.0, source_noise=noise), drawn)


@torch.no_grad()
def test_curves_are_smoothed_in_training_only(monkeypatch):
    decoder, inputs = build(**HIFIGAN), make_inputs()
    monkeypatch.setattr(decoder_module, "_draw", lambda choices: choices[-1])
    plain = decoder(*inputs, noise_scale=0)
    text, f0, energy, style = inputs
    smoothed = decoder_module._smooth(f0, 7), decoder_module._smooth(energy, 15)
    given_smooth = decoder(text, *smoothed, style, noise_scale=0)
    trained = decoder.train()(*inputs, noise_scale=0)
    assert relative_difference(trained, given_smooth) < 1e-5
    assert relative_difference(trained, plain) > 1e-3


def test_smoothing_is_a_moving_average_over_real_frames():
    curve = torch.tensor([[3.0, 6.0, 9.0, 0.0]])
    assert decoder_module._smooth(curve, 3).tolist() == [[4.5, 6.0, 5.0, 4.5]]
    assert decoder_module._smooth(curve, 1) is curve
    torch.testing.assert_close(decoder_module._smooth(torch.full((1, 5), 7.0), 15), torch.full((1, 5), 7.0))


def test_a_random_choice_reaches_every_length():
    torch.manual_seed(0)
    assert {decoder_module._draw((1, 3, 7)) for _ in range(50)} == {1, 3, 7}


@pytest.mark.parametrize("values", [{}, HIFIGAN])
def test_gradients_reach_text_curves_and_style_and_checkpointing_changes_none(values):
    decoder = build(**values).train()
    inputs = [tensor.requires_grad_() for tensor in make_inputs(2)]
    weights = torch.randn(2, 9 * SAMPLES_PER_TEXT_FRAME)

    def gradients():
        decoder.zero_grad()
        for tensor in inputs:
            tensor.grad = None
        torch.manual_seed(3)
        (decoder(*inputs, noise_scale=0) * weights).sum().backward()
        return [tensor.grad for tensor in inputs]

    plain = gradients()
    assert all(gradient.abs().sum() > 0 for gradient in plain)
    checkpointed = 0
    for module in decoder.modules():
        if hasattr(module, "gradient_checkpointing"):
            module.gradient_checkpointing = True
            module._gradient_checkpointing_func = lambda function, *args: checkpoint(
                function, *args, use_reentrant=False
            )
            checkpointed += 1
    assert checkpointed > sum(isinstance(module, AdaptiveResidualBlock) for module in decoder.modules())
    for ours, expected in zip(gradients(), plain, strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-6 * expected.abs().max().item())


@pytest.mark.parametrize("values", [{}, HIFIGAN])
def test_training_under_autocast_keeps_the_source_in_float32(values):
    decoder, inputs = build(**values).train(), make_inputs(2)
    expected = decoder.generator.source(inputs[1])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        source = decoder.generator.source(inputs[1])
        waveform = decoder(*inputs)
    assert torch.equal(source, expected)
    assert waveform.dtype == torch.float32
    waveform.square().mean().backward()
    assert all(parameter.grad.isfinite().all() for parameter in decoder.blocks.parameters())


@torch.no_grad()
def test_weight_norm_changes_nothing_when_put_on_and_folded():
    decoder, inputs = build(**HIFIGAN), make_inputs()
    expected = decoder(*inputs, noise_scale=0)
    apply_norms(decoder)
    assert decoder.blocks[0].conv1.parametrizations.weight is not None
    normed = decoder(*inputs, noise_scale=0)
    assert relative_difference(normed, expected) < 1e-4
    fold_norms(decoder)
    assert relative_difference(decoder(*inputs, noise_scale=0), normed) < 1e-6


def test_a_hop_that_the_stages_do_not_make_is_refused():
    with pytest.raises(ValueError, match="300 samples but audio_config.hop_length is 600"):
        TsukasaDecoder(
            TsukasaDecoderConfig(), TEXT_SIZE, STYLE_DIM, TsukasaAudioConfig(hop_length=600, sampling_rate=48000)
        )


RECORDINGS = ["synthesis_default", "synthesis_guided", "synthesis_no_diffusion"]
ORIGINALS = {
    "waveform": ("decoder", "manifest_tsukasa.json", {}),
    "waveform_hifigan": ("decoder_hifigan", "manifest_decoder_hifigan.json", HIFIGAN),
}


@pytest.mark.parametrize("manifest_module", ORIGINALS.values())
def test_the_table_gives_every_tensor_its_own_name_and_shape(manifest_module):
    module, manifest, values = manifest_module
    names = json.loads(recorded_path("parity", manifest).read_text())[module]
    folded = {
        name.replace("weight_v", "weight"): shape for name, (shape, _) in names.items() if "weight_g" not in name
    }
    with torch.device("meta"):
        decoder = TsukasaDecoder(TsukasaDecoderConfig(**values), 512, 128, TsukasaAudioConfig())
    ours = {f"decoder.{name}": list(parameter.shape) for name, parameter in decoder.named_parameters()}
    assert {decoder_key(name): shape for name, shape in folded.items()} == ours


@pytest.mark.parametrize(
    "name", ["decode.0.conv3.weight", "generator.ups.0", "generator.resblocks.0.convs3.0.bias", "x"]
)
def test_the_table_refuses_unknown_names(name):
    with pytest.raises(KeyError):
        decoder_key(name)


@pytest.mark.slow
@pytest.mark.parametrize("output", ORIGINALS)
@torch.no_grad()
def test_waveform_equals_the_recorded_one(output):
    module, manifest, values = ORIGINALS[output]
    decoder = TsukasaDecoder(TsukasaDecoderConfig(**values), 512, 128, TsukasaAudioConfig()).eval()
    state = original_state(module, manifest)
    decoder.load_state_dict({decoder_key(name).removeprefix("decoder."): value for name, value in state.items()})
    for name in RECORDINGS:
        tensors, _ = recorded(name)
        waveform = decoder(
            tensors["aligned_text"], tensors["f0"], tensors["energy"], tensors["acoustic_style"], noise_scale=0
        )
        assert relative_difference(waveform[:, None], tensors[output]) < 1e-4, name


@pytest.mark.slow
def test_the_waveform_does_not_follow_the_processor(tmp_path):
    """Without vector instructions torch's own interpolation, products and transforms round in another way."""
    torch.save(build().state_dict(), tmp_path / "weights")
    torch.save(make_inputs(frames=40), tmp_path / "inputs")
    script = f"""
import test_decoder, torch, pathlib
folder = pathlib.Path({str(tmp_path)!r})
torch.save(test_decoder.speak_stored(folder), folder / "waveform")
"""
    plain = {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE", "DNNL_MAX_CPU_ISA": "SSE41"}
    plain["PYTHONPATH"] = os.pathsep.join(sys.path)
    subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parent,
        env=os.environ | plain,
        check=True,
    )
    assert relative_difference(torch.load(tmp_path / "waveform"), speak_stored(tmp_path)) < 1e-4


@torch.no_grad()
def test_decoder_compiles_into_one_graph():
    decoder, inputs = build(resblock_kernel_sizes=(3,), resblock_dilations=(1,)), make_inputs()
    compiled = torch.compile(decoder, backend="eager", fullgraph=True)
    assert torch.equal(compiled(*inputs, noise_scale=0), decoder(*inputs, noise_scale=0))
