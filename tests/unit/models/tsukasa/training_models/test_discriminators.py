# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest
import torch

from support.recorded_weights import original_state, recorded, relative_difference
from transformers_tsukasa.conversion.styletts2.training_keys import mpd_key, msd_key, wd_key
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaDiscriminatorConfig
from transformers_tsukasa.models.tsukasa.training_models.discriminators import (
    TsukasaDiscriminators,
    TsukasaMultiPeriodDiscriminator,
    TsukasaMultiResolutionDiscriminator,
    TsukasaSpeechLanguageModelDiscriminator,
    stack_hidden_states,
)
from transformers_tsukasa.training.losses import discriminator_loss, generator_loss


def small_discriminators(**changes) -> TsukasaDiscriminators:
    torch.manual_seed(0)
    values = {
        "periods": [2, 3],
        "period_channels": [4, 6, 8],
        "resolution_channels": 4,
        "resolutions": [[64, 16, 48], [128, 30, 128]],
        "slm_hidden_size": 6,
        "slm_num_layers": 3,
        "slm_initial_channels": 4,
    }
    return TsukasaDiscriminators(TsukasaDiscriminatorConfig(**(values | changes))).eval()


def load_part(part: torch.nn.Module, module: str, key, prefix: str) -> torch.nn.Module:
    part.load_state_dict({key(name).removeprefix(prefix): value for name, value in original_state(module).items()})
    return part.eval()


@pytest.mark.slow
@torch.no_grad()
def test_equals_the_recorded_losses():
    values, _ = recorded("training")
    config = TsukasaDiscriminatorConfig()
    periods = load_part(TsukasaMultiPeriodDiscriminator(config), "mpd", mpd_key, "multi_period.")
    resolutions = load_part(TsukasaMultiResolutionDiscriminator(config), "msd", msd_key, "multi_resolution.")
    waveforms = (values["real_audio"], values["fake_audio"])
    real, generated = (periods(waveform) + resolutions(waveform) for waveform in waveforms)
    assert relative_difference(discriminator_loss(real, generated), values["loss_discriminator"]) < 1e-5
    assert relative_difference(generator_loss(real, generated), values["loss_generator"]) < 1e-5


@torch.no_grad()
def test_equals_the_recorded_scores_of_the_speech_language_model():
    values, metadata = recorded("training")
    generator = np.random.Generator(np.random.PCG64(int(metadata["seed"]) + 20))
    states = torch.from_numpy(generator.standard_normal((2, 42240, 6)).astype(np.float32))
    part = TsukasaSpeechLanguageModelDiscriminator(TsukasaDiscriminatorConfig())
    load_part(part, "wd", wd_key, "speech_language_model.")
    assert relative_difference(part(states).scores[0], values["slm_discriminator_scores"]) < 1e-5


@torch.no_grad()
def test_both_waveforms_of_a_pair_are_scored_as_alone():
    discriminators, pair = small_discriminators(), (torch.randn(2, 301), torch.randn(2, 301))
    for output, waveform in zip(discriminators(pair), pair, strict=True):
        alone = discriminators(waveform)
        assert len(output.scores) == 4
        for ours, expected in zip(output.scores, alone.scores, strict=True):
            assert torch.allclose(ours, expected, atol=1e-5)
        for ours, expected in zip(output.feature_maps, alone.feature_maps, strict=True):
            assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(ours, expected, strict=True))


@torch.no_grad()
def test_a_period_is_seen_as_a_line_of_its_own():
    discriminator = small_discriminators().multi_period.discriminators[1]
    waveform = torch.zeros(1, 30)
    before = discriminator(waveform).feature_maps[0][0]
    waveform[0, 7] = 1.0  # 7 mod 3 = 1: the second of three columns
    changed = (discriminator(waveform).feature_maps[0][0] - before).abs().sum(dim=(0, 1, 3)) > 0
    assert changed.tolist() == [False, True, False]


def test_every_parameter_learns_with_weight_norm_and_gradients_reach_the_waveform():
    discriminators = small_discriminators(weight_norm=True).train()
    assert any("parametrizations" in name for name, _ in discriminators.named_parameters())
    waveform = torch.randn(2, 301, requires_grad=True)
    scores = discriminators(waveform).scores + discriminators(stacked_states=torch.randn(2, 18, 7)).scores
    sum(score.square().mean() for score in scores).backward()
    silent = [name for name, parameter in discriminators.named_parameters() if not parameter.grad.abs().sum() > 0]
    assert silent == []
    assert (waveform.grad.abs().sum(0) > 0).all()


def test_folding_the_norms_changes_no_score():
    discriminators, waveform = small_discriminators(weight_norm=True), torch.randn(1, 200)
    with torch.no_grad():
        before = discriminators(waveform).scores
        discriminators.remove_weight_norm()
        after = discriminators(waveform).scores
        assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(before, after, strict=True))


@torch.no_grad()
def test_bfloat16_scores_come_from_float32_magnitudes():
    discriminators, waveform = small_discriminators(), torch.randn(2, 301)
    expected = discriminators(waveform).scores
    scores = discriminators.bfloat16()(waveform.bfloat16()).scores
    assert all(score.dtype == torch.float32 and score.isfinite().all() for score in scores)
    assert all(torch.allclose(a, b, atol=0.05) for a, b in zip(scores, expected, strict=True))


def test_silence_gives_finite_gradients():
    discriminators, waveform = small_discriminators(), torch.zeros(1, 200, requires_grad=True)
    sum(score.square().mean() for score in discriminators(waveform).scores).backward()
    assert waveform.grad.isfinite().all()


def test_hidden_states_are_stacked_layer_after_layer():
    states = [torch.full((1, 2, 3), float(layer)) for layer in range(4)]
    stacked = stack_hidden_states(states)
    assert stacked.shape == (1, 12, 2)
    assert stacked[0, :, 0].tolist() == [0.0] * 3 + [1.0] * 3 + [2.0] * 3 + [3.0] * 3


def test_wrong_inputs_are_refused():
    discriminators = small_discriminators()
    with pytest.raises(ValueError, match="at least 65 samples, got 64"):
        discriminators(torch.randn(1, 64))
    with pytest.raises(ValueError, match=r"\(batch, samples\)"):
        discriminators(torch.randn(1, 1, 300))
    with pytest.raises(ValueError, match="slm_num_layers"):
        discriminators(stacked_states=torch.randn(1, 17, 7))
    for arguments in ({}, {"waveform": torch.randn(1, 300), "stacked_states": torch.randn(1, 18, 7)}):
        with pytest.raises(ValueError, match="either waveform or stacked_states"):
            discriminators(**arguments)


def test_saved_discriminators_load_as_they_were(tmp_path):
    discriminators, waveform = small_discriminators(weight_norm=True), torch.randn(1, 200)
    discriminators.save_pretrained(tmp_path)
    loaded = TsukasaDiscriminators.from_pretrained(tmp_path).eval()
    with torch.no_grad():
        assert all(
            torch.allclose(a, b, atol=1e-6)
            for a, b in zip(discriminators(waveform).scores, loaded(waveform).scores, strict=True)
        )


@pytest.mark.parametrize("key", [mpd_key, msd_key, wd_key])
def test_an_unknown_name_is_not_translated(key):
    with pytest.raises(KeyError, match="discriminators.0.norm.weight"):
        key("discriminators.0.norm.weight")
