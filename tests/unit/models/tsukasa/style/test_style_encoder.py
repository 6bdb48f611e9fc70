# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest
import torch

from support.recorded_weights import original_state, recorded, relative_difference
from transformers_tsukasa.conversion.styletts2.style_keys import style_encoder_key
from transformers_tsukasa.models.layers.reparametrization import apply_norms, fold_norms
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaStyleEncoderConfig
from transformers_tsukasa.models.tsukasa.style.style_encoder import TsukasaStyleEncoder


def small_encoder(num_blocks: int = 2, style_dim: int = 6) -> TsukasaStyleEncoder:
    torch.manual_seed(0)
    config = TsukasaStyleEncoderConfig(hidden_size=4, max_hidden_size=8, num_blocks=num_blocks)
    return TsukasaStyleEncoder(config, style_dim).eval()


@pytest.mark.parametrize("frames", [[37, 30, 23, 17], [36, 35, 34, 33], [40, 39, 20, 21]])
@pytest.mark.parametrize("bands", [20, 27])
def test_a_clip_in_a_padded_batch_has_the_style_that_it_has_alone(frames, bands):
    encoder = small_encoder()
    mel = torch.randn(len(frames), bands, max(frames) + 3)
    together = encoder(mel, torch.tensor(frames))
    for index, length in enumerate(frames):
        alone = encoder(mel[index : index + 1, :, :length])
        assert relative_difference(together[index : index + 1], alone) < 1e-5


def test_what_stands_in_the_padding_does_not_matter():
    encoder = small_encoder()
    mel = torch.randn(2, 20, 40)
    lengths = torch.tensor([40, 25])
    changed = mel.clone()
    changed[1, :, 25:] = 1e4
    assert torch.equal(encoder(mel, lengths), encoder(changed, lengths))


def test_the_shortest_clip_is_the_one_that_the_last_convolution_still_covers():
    encoder = small_encoder()
    assert encoder.minimum_frames == 17
    assert encoder(torch.randn(1, 20, 17)).isfinite().all()
    with pytest.raises(ValueError, match="16 mel frames is too short .* at least 17"):
        encoder(torch.randn(1, 20, 16))
    with pytest.raises(ValueError, match="16 mel frames is too short"):
        encoder(torch.randn(2, 20, 40), torch.tensor([40, 16]))


def test_wrong_shapes_and_lengths_are_refused():
    encoder = small_encoder()
    with pytest.raises(ValueError, match="num_mel_bins"):
        encoder(torch.randn(20, 40))
    with pytest.raises(ValueError, match="holds only 40"):
        encoder(torch.randn(2, 20, 40), torch.tensor([41, 20]))


def test_every_parameter_learns_and_a_short_clip_gives_no_gradient_outside_itself():
    encoder = small_encoder().train()
    mel = torch.randn(2, 20, 40, requires_grad=True)
    encoder(mel, torch.tensor([40, 25])).square().sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in encoder.parameters())
    assert mel.grad[1, :, 25:].abs().sum() == 0
    assert mel.grad[1, :, :25].abs().sum() > 0


@torch.no_grad()
def test_spectral_norm_goes_on_and_off_and_bounds_every_convolution():
    encoder = small_encoder()
    mel = torch.randn(1, 20, 40)
    apply_norms(encoder)
    normed = encoder(mel)
    # Fresh vectors must have converged: a largest singular value of about 1, never far off scale.
    for convolution in (encoder.conv_in, encoder.conv_out, encoder.blocks[0].shortcut, encoder.blocks[1].downsample):
        largest = torch.linalg.matrix_norm(convolution.weight.flatten(1), ord=2)
        assert 0.9 < float(largest) < 1.1
    fold_norms(encoder)
    assert torch.equal(encoder(mel), normed)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_weights_take_any_mel(dtype):
    encoder = small_encoder()
    mel, lengths = torch.randn(2, 20, 40), torch.tensor([40, 30])
    expected = encoder(mel, lengths)
    style = encoder.to(dtype)(mel, lengths)
    assert style.dtype == dtype
    assert relative_difference(style, expected) < 0.05


def test_key_table_names_every_tensor_once_and_refuses_others():
    encoder = small_encoder(num_blocks=4)
    stems = ["shared.0", "shared.6", "unshared"]
    parts = ["conv1", "conv2", "conv1x1", "downsample_res.conv"]
    stems += [f"shared.{block}.{part}" for block in range(1, 5) for part in parts]
    translated = [style_encoder_key(f"{stem}.weight") for stem in stems]
    assert len(set(translated)) == len(translated)
    assert {name for name in encoder.state_dict() if name.endswith("weight")} <= set(translated)
    for name in ("shared.1.conv3.weight", "unshared2.weight", "shared.0.conv1.weight", "lstm.weight"):
        with pytest.raises(KeyError):
            style_encoder_key(name)


@pytest.fixture(scope="module")
def published():
    encoders = []
    for module in ("style_encoder", "predictor_encoder"):
        encoder = TsukasaStyleEncoder(TsukasaStyleEncoderConfig(), 128).eval()
        encoder.load_state_dict({style_encoder_key(name): value for name, value in original_state(module).items()})
        encoders.append(encoder)
    return encoders


@torch.no_grad()
@pytest.mark.parametrize("name", ["synthesis_default", "synthesis_guided", "synthesis_no_diffusion"])
def test_styles_of_reference_clips_equal_the_original(published, name):
    expected, _ = recorded(name)
    styles = torch.cat([encoder(expected["reference_mel"]) for encoder in published], dim=1)
    assert relative_difference(styles, expected["reference_style"]) < 1e-4


@torch.no_grad()
def test_prosodic_style_of_the_training_batch_equals_the_original(published):
    # The original reads the batch as it is, padding included; so do we when no lengths are given.
    expected, _ = recorded("training")
    assert relative_difference(published[1](expected["mels"]), expected["prosodic_style"]) < 1e-4
