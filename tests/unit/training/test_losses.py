# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest
import torch

from support.recorded_weights import recorded, relative_difference
from transformers_tsukasa.audio.mel import energy_from_mel
from transformers_tsukasa.models.tsukasa.training_models.discriminators import TsukasaDiscriminatorOutput
from transformers_tsukasa.training import losses


@pytest.fixture(scope="module")
def batch() -> dict[str, torch.Tensor]:
    values, _ = recorded("training")
    values["attention_mask"] = (torch.arange(values["input_ids"].shape[1]) < values["input_lengths"][:, None]).long()
    values["durations"] = values["monotonic_alignment"].sum(-1).long()
    return values


def test_equals_the_recorded_mel_loss(batch):
    ours = losses.mel_loss(batch["fake_audio"], batch["real_audio"], 24000)
    assert relative_difference(ours, batch["loss_stft"]) < 1e-4


def test_equals_the_recorded_losses_of_alignment_and_duration(batch):
    mask, logits = batch["attention_mask"], batch["duration_logits"]
    ours = {
        "loss_s2s": losses.s2s_loss(batch["s2s_logits"], batch["input_ids"], mask),
        "loss_mono": losses.monotonic_loss(batch["s2s_attention"], batch["monotonic_alignment"]),
        "loss_duration": losses.duration_loss(logits, batch["durations"], mask),
        "loss_duration_ce": losses.duration_ce_loss(logits, batch["durations"], mask),
    }
    for name, value in ours.items():
        assert relative_difference(value, batch[name]) < 1e-5, name


def test_equals_the_recorded_energy(batch):
    assert relative_difference(energy_from_mel(batch["mels"]), batch["log_energy"]) < 1e-5


def masked_losses(item: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    token_mask, frame_mask = item["token_mask"], item["frame_mask"]
    return {
        "s2s": losses.s2s_loss(item["token_logits"], item["ids"], token_mask),
        "ctc": losses.ctc_loss(item["ctc_logits"], frame_mask.sum(1), item["ids"], token_mask, blank_id=0),
        "mono": losses.monotonic_loss(item["soft"], item["alignment"], token_mask, frame_mask),
        "duration": losses.duration_loss(item["duration_logits"], item["durations"], token_mask),
        "duration_ce": losses.duration_ce_loss(item["duration_logits"], item["durations"], token_mask),
        "f0": losses.f0_loss(item["curve"], item["true_curve"], frame_mask),
        "energy": losses.energy_loss(item["curve"], item["true_curve"], frame_mask),
        "voicing": losses.voicing_loss(item["voicing"], item["true_curve"] > 0, frame_mask),
        "slm": losses.slm_feature_loss([item["voicing"]], [item["voicing"].square()], frame_mask),
    }


def random_batch() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)

    def normal(*shape):
        return torch.randn(*shape, generator=generator)

    return {
        "token_mask": (torch.arange(6) < torch.tensor([[6], [4]])).long(),
        "frame_mask": (torch.arange(15) < torch.tensor([[15], [10]])).long(),
        "token_logits": normal(2, 7, 9),
        "ctc_logits": normal(2, 15, 9),
        "ids": torch.tensor([[0, 4, 4, 8, 2, 0], [0, 5, 1, 0, 0, 0]]),
        "soft": normal(2, 6, 15),
        "alignment": normal(2, 6, 15),
        "duration_logits": normal(2, 6, 5),
        "durations": torch.tensor([[1, 4, 2, 9, 3, 1], [2, 1, 7, 1, 0, 0]]),
        "curve": normal(2, 15) * 3,
        "true_curve": normal(2, 15) * 3,
        "voicing": normal(2, 15, 2),
    }


TOKEN_AXES = {"token_mask": 1, "token_logits": 1, "ids": 1, "soft": 1, "alignment": 1, "duration_logits": 1}
TOKEN_AXES["durations"] = 1
FRAME_AXES = {"frame_mask": 1, "ctc_logits": 1, "soft": 2, "alignment": 2, "curve": 1, "true_curve": 1, "voicing": 1}


def alone(values: dict[str, torch.Tensor], item: int) -> dict[str, torch.Tensor]:
    tokens, frames = int(values["token_mask"][item].sum()), int(values["frame_mask"][item].sum())
    cut = {}
    for name, value in values.items():
        value = value[item : item + 1]
        if name in TOKEN_AXES:
            value = value.narrow(TOKEN_AXES[name], 0, tokens + (name == "token_logits"))
        if name in FRAME_AXES:
            value = value.narrow(FRAME_AXES[name], 0, frames)
        cut[name] = value
    return cut


def test_a_batch_is_the_mean_of_its_utterances_alone():
    values = random_batch()
    together, each = masked_losses(values), [masked_losses(alone(values, item)) for item in range(2)]
    for name, value in together.items():
        assert torch.allclose(value, (each[0][name] + each[1][name]) / 2, rtol=1e-5), name


def test_padding_may_hold_anything():
    values = random_batch()
    before = masked_losses(values)
    for name in ("curve", "true_curve"):
        values[name][1, 10:] = float("nan")
    values["soft"][1, :, 10:] = float("inf")
    values["duration_logits"][1, 4:] = 1e4
    after = masked_losses(values)
    assert all(torch.allclose(before[name], after[name], rtol=1e-6) for name in before)


def test_every_loss_sends_a_gradient_to_what_it_compares():
    values = random_batch()
    learning = ("token_logits", "ctc_logits", "soft", "duration_logits", "curve", "voicing")
    for name in learning:
        values[name].requires_grad_()
    sum(masked_losses(values).values()).backward()
    for name in learning:
        assert values[name].grad.isfinite().all() and values[name].grad.abs().sum() > 0, name


def test_formulas_of_the_curves():
    predicted, true = torch.tensor([[100.0, 0.5]]), torch.tensor([[110.0, 0.0]])
    assert torch.isclose(losses.energy_loss(predicted, true), torch.tensor((9.5 + 0.125) / 2))
    assert torch.isclose(losses.f0_loss(predicted, true), torch.tensor((9.5 + 0.125) / 20))
    assert torch.isclose(losses.style_loss(predicted, true), torch.tensor(10.5 / 2))
    assert torch.isclose(losses.style_regression_loss(predicted, true), torch.tensor(100.25 / 2))


def test_ctc_is_small_where_the_frames_spell_the_text():
    ids, mask = torch.tensor([[0, 3, 5, 0]]), torch.ones(1, 4, dtype=torch.long)
    spelled = torch.tensor([3, 3, 0, 5, 0])
    right = 20.0 * torch.nn.functional.one_hot(spelled, 8)[None].float()
    wrong = right.roll(1, dims=-1)
    frames = torch.tensor([5])
    assert losses.ctc_loss(right, frames, ids, mask, 0) < 1e-3 < losses.ctc_loss(wrong, frames, ids, mask, 0)
    assert losses.ctc_loss(right[:, :1], torch.tensor([1]), ids, mask, 0) == 0


def test_durations_past_the_logits_are_all_ones():
    certain = torch.full((1, 3, 5), 30.0)
    assert losses.duration_ce_loss(certain, torch.full((1, 3), 70)) < 1e-6


def test_an_utterance_of_two_tokens_has_no_inner_duration():
    loss = losses.duration_loss(torch.randn(1, 2, 5, requires_grad=True), torch.tensor([[3, 3]]))
    loss.backward()
    assert loss == 0


def test_the_monotonic_loss_takes_both_masks_or_neither():
    with pytest.raises(ValueError, match="together, or neither"):
        losses.monotonic_loss(torch.rand(1, 2, 3), torch.rand(1, 2, 3), token_mask=torch.ones(1, 2))


# The relativistic term


def test_the_relativistic_term_is_the_spread_below_the_median_and_at_most_the_margin():
    differences = torch.tensor([[0.0, 0.1, 0.2, 0.3, 0.9]])
    assert torch.isclose(losses.relativistic_loss(differences), torch.tensor((0.2**2 + 0.1**2) / 2))
    assert torch.isclose(losses.relativistic_loss(10 * differences), torch.tensor(0.04))


@pytest.mark.parametrize("differences", [torch.zeros(1, 1), torch.ones(4, 3), torch.tensor([[1.0, 2.0]])[:, :1]])
def test_the_relativistic_term_is_zero_where_nothing_lies_below_the_median(differences):
    differences = differences.clone().requires_grad_()
    loss = losses.relativistic_loss(differences)
    loss.backward()
    assert loss == 0 and differences.grad.isfinite().all()


# Adversaries


def discriminator_output(*scores: torch.Tensor) -> TsukasaDiscriminatorOutput:
    return TsukasaDiscriminatorOutput(list(scores), [[score[:, None]] for score in scores])


def test_a_discriminator_that_is_right_has_no_loss_and_neither_has_a_generator_that_deceives_it():
    ones, zeros = torch.ones(2, 5), torch.zeros(2, 5)
    assert losses.discriminator_loss(discriminator_output(ones, ones), discriminator_output(zeros, zeros)) == 0
    assert losses.discriminator_loss(discriminator_output(ones, ones), discriminator_output(ones, ones)) == 2
    assert losses.generator_loss(discriminator_output(ones), discriminator_output(ones)) == 0
    assert losses.generator_loss(discriminator_output(ones), discriminator_output(zeros)) == 1 + 2
    assert losses.slm_discriminator_loss(ones, zeros) == 0 and losses.slm_generator_loss(zeros) == 1


def test_the_generator_learns_and_the_recording_gets_no_gradient():
    real, generated = (torch.randn(2, 5, requires_grad=True) for _ in range(2))
    losses.generator_loss(discriminator_output(real), discriminator_output(generated)).backward()
    assert real.grad is None and generated.grad.abs().sum() > 0


# The mel loss


def test_the_mel_loss_is_zero_for_equal_waveforms_and_gives_a_gradient_otherwise():
    generator = torch.Generator().manual_seed(0)
    waveform = 0.1 * torch.randn(1, 6000, generator=generator)
    assert losses.mel_loss(waveform, waveform, 24000) == 0
    generated = (0.5 * waveform).requires_grad_()
    losses.mel_loss(generated, waveform, 24000).backward()
    assert generated.grad.isfinite().all() and generated.grad.abs().sum() > 0


def test_silence_against_silence_gives_no_nan():
    silence = torch.zeros(1, 6000, requires_grad=True)
    loss = losses.mel_loss(silence, torch.zeros(1, 6000), 24000)
    loss.backward()
    assert loss == 0 and silence.grad.isfinite().all()


def test_resolutions_keep_their_durations_at_other_rates():
    assert losses.scaled_resolutions(24000) == [(1024, 120, 600), (2048, 240, 1200), (512, 50, 240)]
    assert losses.scaled_resolutions(48000) == [(2048, 240, 1200), (4096, 480, 2400), (1024, 100, 480)]
    for n_fft, hop_length, win_length in losses.scaled_resolutions(44100):
        assert hop_length < win_length <= n_fft


def test_the_mel_loss_at_48_khz_and_its_refusals():
    waveform = 0.1 * torch.randn(1, 6000)
    assert losses.mel_loss(-waveform, waveform, 48000) == 0  # powers do not depend on the sign
    with pytest.raises(ValueError, match="one shape"):
        losses.mel_loss(waveform[:, :-1], waveform, 48000)
    with pytest.raises(ValueError, match="too short"):
        losses.mel_loss(waveform[:, :1000], waveform[:, :1000], 48000)
