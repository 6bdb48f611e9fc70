# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest
import torch

from support.recorded_weights import original_state, recorded, relative_difference
from transformers_tsukasa.conversion.styletts2.style_keys import (
    DIFFUSION_PREFIX,
    DUPLICATE_DIFFUSION_PREFIX,
    diffusion_key,
)
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaStyleDiffusionConfig
from transformers_tsukasa.models.tsukasa.style.diffusion_sampler import sample_style
from transformers_tsukasa.models.tsukasa.style.style_diffusion import TsukasaStyleDiffusion


TEXT_DIM, STYLE_SIZE = 10, 6


def small_diffusion(**overrides) -> TsukasaStyleDiffusion:
    torch.manual_seed(0)
    values = {"num_hidden_layers": 2, "num_attention_heads": 2, "head_dim": 4, "num_fourier_features": 5}
    config = TsukasaStyleDiffusionConfig(**{**values, "max_guidance_positions": 8, **overrides})
    return TsukasaStyleDiffusion(config, TEXT_DIM, STYLE_SIZE).eval()


def inputs(batch: int = 3, tokens: int = 7):
    generator = torch.Generator().manual_seed(1)
    noisy = torch.randn(batch, STYLE_SIZE, generator=generator)
    sigma = torch.rand(batch, generator=generator) + 0.1
    text = torch.randn(batch, tokens, TEXT_DIM, generator=generator)
    reference = torch.randn(batch, STYLE_SIZE, generator=generator)
    return noisy, sigma, text, reference


@pytest.mark.parametrize("guidance_scale", [1.0, 2.5])
@pytest.mark.parametrize("use_reference", [True, False])
def test_an_item_of_a_padded_batch_is_denoised_as_alone(guidance_scale, use_reference):
    diffusion = small_diffusion(use_reference=use_reference)
    noisy, sigma, text, reference = inputs(tokens=11)
    lengths = [11, 4, 9]
    mask = (torch.arange(11) < torch.tensor(lengths)[:, None]).long()
    together = diffusion.denoise(
        noisy, sigma, text, mask, reference if use_reference else None, guidance_scale=guidance_scale
    )
    for index, length in enumerate(lengths):
        row = slice(index, index + 1)
        alone = diffusion.denoise(
            noisy[row],
            sigma[row],
            text[row, :length],
            None,
            reference[row] if use_reference else None,
            guidance_scale=guidance_scale,
        )
        assert relative_difference(together[row], alone) < 1e-5


def test_guidance_goes_from_the_estimate_without_text_through_the_one_with_it():
    diffusion = small_diffusion()
    noisy, sigma, text, reference = inputs()

    def guided(scale, states=text):
        return diffusion.denoise(noisy, sigma, states, None, reference, guidance_scale=scale)

    without, once, twice = guided(0.0), guided(1.0), guided(2.0)
    torch.testing.assert_close(twice - once, once - without)
    torch.testing.assert_close(without, guided(0.0, states=torch.randn_like(text)))
    assert relative_difference(without, once) > 1e-3


def test_the_table_of_guidance_repeats_for_long_texts_without_changing_its_estimate():
    diffusion = small_diffusion()
    noisy, sigma, _, reference = inputs()
    estimates = [
        diffusion.denoise(noisy, sigma, torch.zeros(3, tokens, TEXT_DIM), None, reference, guidance_scale=0.0)
        for tokens in (8, 16, 24)
    ]
    torch.testing.assert_close(estimates[0], estimates[1])
    torch.testing.assert_close(estimates[0], estimates[2])


def test_preconditioning_keeps_little_noise_and_forgets_much():
    diffusion = small_diffusion(sigma_data=0.5)
    noisy, _, text, reference = inputs()
    almost_clean = diffusion.denoise(noisy, torch.full((3,), 1e-5), text, None, reference)
    assert relative_difference(almost_clean, noisy) < 1e-4
    # Far from the data the input no longer shows: only c_out F(...) with c_out -> sigma_data is left.
    far = diffusion.denoise(1e6 * noisy, torch.full((3,), 1e6), text, None, reference)
    network = diffusion.denoiser(noisy, torch.full((3,), 1e6).log() / 4, text, None, reference)
    assert relative_difference(far, 0.5 * network) < 1e-3


def test_sigma_data_is_read_from_the_config_at_every_call():
    diffusion = small_diffusion(sigma_data=0.2)
    noisy, sigma, text, reference = inputs()
    before = diffusion.denoise(noisy, sigma, text, None, reference)
    diffusion.config.sigma_data = 0.4
    expected = small_diffusion(sigma_data=0.4).denoise(noisy, sigma, text, None, reference)
    after = diffusion.denoise(noisy, sigma, text, None, reference)
    assert torch.equal(after, expected) and not torch.equal(after, before)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_everything_is_computed_in_float32_whatever_the_weights_and_autocast_are(dtype):
    rounded = small_diffusion().to(dtype).float()
    halved = small_diffusion().to(dtype)
    noisy, sigma, text, reference = inputs()
    expected = rounded.denoise(noisy, sigma, text, None, reference, guidance_scale=1.5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        under_autocast = rounded.denoise(noisy, sigma, text, None, reference, guidance_scale=1.5)
        loss = rounded.loss(noisy, text, None, reference, sigmas=sigma, noise=torch.ones_like(noisy))
    assert torch.equal(under_autocast, expected)
    assert loss.dtype == torch.float32
    assert loss == rounded.loss(noisy, text, None, reference, sigmas=sigma, noise=torch.ones_like(noisy))
    assert torch.equal(halved.denoise(noisy, sigma, text, None, reference, guidance_scale=1.5), expected)


def test_a_missing_or_needless_reference_is_refused():
    noisy, sigma, text, reference = inputs()
    with pytest.raises(ValueError, match="needs reference_style"):
        small_diffusion().denoise(noisy, sigma, text)
    with pytest.raises(ValueError, match="takes no reference_style"):
        small_diffusion(use_reference=False).denoise(noisy, sigma, text, None, reference)


def test_loss_of_a_perfect_denoiser_is_zero_and_its_weights_are_those_of_the_paper():
    diffusion = small_diffusion(sigma_data=0.5)
    style, _, text, reference = inputs(batch=2)
    sigmas, noise = torch.tensor([0.1, 2.0]), torch.randn(2, STYLE_SIZE)
    noisy = style + sigmas[:, None] * noise
    errors = (diffusion.denoise(noisy, sigmas, text, None, reference) - style).square().mean(dim=1)
    weights = (sigmas**2 + 0.25) / (0.5 * sigmas) ** 2
    loss = diffusion.loss(style, text, None, reference, sigmas=sigmas, noise=noise)
    torch.testing.assert_close(loss, (weights * errors).mean())
    diffusion._denoise = lambda *args: style
    assert diffusion.loss(style, text, None, reference, sigmas=sigmas, noise=noise) == 0


def test_text_is_dropped_in_training_only_and_then_teaches_the_table():
    diffusion = small_diffusion(condition_dropout=1.0)
    style, sigmas, text, reference = inputs()
    given = {"sigmas": sigmas, "noise": torch.ones_like(style)}
    everything = torch.ones(3, dtype=torch.bool)
    dropped = diffusion.loss(style, text, None, reference, dropped=everything, **given)
    kept = diffusion.loss(style, text, None, reference, dropped=~everything, **given)
    assert kept == diffusion.loss(style, text, None, reference, **given) != dropped
    diffusion.train()
    in_training = diffusion.loss(style, text, None, reference, **given)
    assert in_training == dropped
    in_training.backward()
    assert diffusion.denoiser.unconditional_states.weight.grad.abs().sum() > 0


def test_training_reaches_every_parameter_and_lowers_the_loss():
    diffusion = small_diffusion(condition_dropout=0.0, sigma_data=1.0, log_sigma_mean=2.0).train()
    style, _, text, reference = inputs(batch=16)
    optimizer = torch.optim.AdamW(diffusion.parameters(), lr=3e-3)
    torch.manual_seed(0)
    losses = []
    # So much noise hides the style that only text and reference can tell it.
    for step in range(100):
        loss = diffusion.loss(style, text, None, reference)
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            missing = [name for name, value in diffusion.named_parameters() if not value.grad.abs().sum() > 0]
            assert [name for name in missing if "unconditional" not in name] == []
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-20:]) < 0.5 * sum(losses[:20])


def test_both_names_of_the_network_lead_to_one_and_unknown_names_are_refused():
    name = "blocks.2.attention.norm_context.fc.bias"
    ours = "denoiser.blocks.2.attention.context_norm.modulation.bias"
    assert diffusion_key(DIFFUSION_PREFIX + name) == diffusion_key(DUPLICATE_DIFFUSION_PREFIX + name) == ours
    # The single-speaker variant has plain layer norms.
    assert diffusion_key("unet.blocks.0.attention.norm.weight") == "denoiser.blocks.0.attention.query_norm.weight"
    for unknown in ("blocks.0.attention.to_q.weight", "unet.blocks.0.cross_attention.weight", "unet.to_time.weight"):
        with pytest.raises(KeyError):
            diffusion_key(unknown)


def test_the_variant_without_reference_has_the_single_speaker_originals_tensors():
    names = set(small_diffusion(use_reference=False).state_dict())
    assert "denoiser.blocks.0.attention.query_norm.weight" in names
    assert not any("reference_proj" in name or "modulation" in name for name in names)


@pytest.fixture(scope="module")
def published():
    state = original_state("diffusion")
    diffusion = TsukasaStyleDiffusion(TsukasaStyleDiffusionConfig(), 768, 256).eval()
    ours = {diffusion_key(name): value for name, value in state.items() if name.startswith(DIFFUSION_PREFIX)}
    twins = {diffusion_key(name) for name in state if name.startswith(DUPLICATE_DIFFUSION_PREFIX)}
    assert twins == set(ours) and len(state) == 2 * len(ours)
    diffusion.load_state_dict(ours)
    return diffusion


@torch.no_grad()
@pytest.mark.parametrize("name", ["synthesis_default", "synthesis_guided", "synthesis_no_diffusion"])
def test_sampled_styles_equal_the_original(published, name):
    expected, metadata = recorded(name)

    def denoise(noisy, sigma):
        return published.denoise(
            noisy,
            sigma,
            expected["bert_hidden"],
            torch.ones_like(expected["input_ids"]),
            expected["reference_style"],
            guidance_scale=float(metadata["scale"]),
        )

    style = sample_style(denoise, expected["style_noise"][:, 0], None, int(metadata["steps"]))
    assert relative_difference(style, expected["sampled_style"]) < 1e-4


@torch.no_grad()
def test_loss_equals_the_original(published):
    # The original averages over padding too, so it is compared without a mask.
    expected, _ = recorded("training")
    loss = published.loss(
        expected["diffusion_target"][:, 0],
        expected["bert_hidden"],
        reference_style=expected["diffusion_reference"],
        sigmas=expected["diffusion_sigmas"],
        noise=expected["diffusion_noise"][:, 0],
    )
    assert relative_difference(loss, expected["loss_diffusion"]) < 1e-4
