# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A transformed F0 curve has the accent, and keeps what is no accent."""

import numpy as np
import pytest
import torch

from transformers_tsukasa.models.tsukasa.speaking.accent_contour import accented_f0
from transformers_tsukasa.text.accent_levels import HIGH, NO_MORA, phrase_levels


FRAME = 0.0125
MORA = 6  # text frames: 150 ms
UNVOICED = 3.0


def utterance(*phrases, mora=MORA, pads=8):
    """Levels and durations of phrases (morae, nucleus), a token for a mora, between two pads."""
    levels = [NO_MORA, *(level for phrase in phrases for level in phrase_levels(*phrase)), NO_MORA]
    durations = [pads, *[mora] * (len(levels) - 2), pads]
    return torch.tensor([levels]), torch.tensor([durations])


def curve_of(durations, values):
    """F0 in Hz, unvoiced in the pads, through a value in semitones above 200 Hz for every frame or mora in between."""
    frames = 2 * durations[0].numpy()
    inner = frames[1:-1].sum()
    values = np.asarray(values, dtype=float)
    if len(values) != inner:
        centres = np.cumsum(frames[1:-1]) - frames[1:-1] / 2
        values = np.interp(np.arange(inner) + 0.5, centres, values)
    edge = [np.full(count, UNVOICED) for count in (frames[0], frames[-1])]
    return torch.from_numpy(np.concatenate([edge[0], 200 * 2 ** (values / 12), edge[1]])).float()[None]


def mora_values(f0, durations):
    """The pitch of every mora in semitones."""
    ends = 2 * durations[0].cumsum(0)
    spans = zip(ends - 2 * durations[0], ends, strict=True)
    pitch = [12 * np.log2(float(f0[0, start:end].median())) for start, end in list(spans)[1:-1]]
    return np.array(pitch)


def semitones(f0, to):
    return (12 * torch.log2(to / f0)).abs()


@pytest.mark.parametrize(
    "phrases",
    [
        [(5, 1)],
        [(5, 0)],
        [(5, 3)],
        [(2, 1)],
        [(2, 0)],
        [(4, 2), (6, 0), (3, 1)],
        [(1, 1), (7, 4)],
    ],
    ids=str,
)
@pytest.mark.parametrize("melody", ["level", "falling", "wrong"])
def test_every_rise_and_fall_is_that_of_the_accent(phrases, melody):
    levels, durations = utterance(*phrases)
    count = levels.shape[1] - 2
    values = {
        "level": np.zeros(count),
        "falling": -0.4 * np.arange(count),
        # High where the accent is low.
        "wrong": -4.0 * (levels[0, 1:-1].numpy() & HIGH),
    }[melody]
    f0 = accented_f0(curve_of(durations, values), durations, levels)
    steps = np.diff(mora_values(f0, durations))
    wanted = np.diff(levels[0, 1:-1].numpy() & HIGH)
    assert (steps[wanted > 0] > 1).all()
    assert (steps[wanted < 0] < -1).all()
    assert (np.abs(steps[wanted == 0]) < 1.2).all()


def test_a_curve_that_has_the_accent_is_left_nearly_alone():
    levels, durations = utterance((5, 3), (5, 1), (4, 0))
    values = 5.0 * (levels[0, 1:-1].numpy() & HIGH) - 0.2 * np.arange(14)
    f0 = curve_of(durations, values)
    changed = semitones(f0, accented_f0(f0, durations, levels))
    wrong = semitones(f0, accented_f0(f0, durations, utterance((5, 1), (5, 3), (4, 2))[0]))
    assert changed.mean() < 0.6 < 1.5 < wrong.mean()


def test_strength_scales_and_zero_is_the_curve_itself():
    levels, durations = utterance((5, 3), (4, 0))
    f0 = curve_of(durations, np.linspace(2, -2, 9))
    assert accented_f0(f0, durations, levels, 0.0) is f0
    half, full = (accented_f0(f0, durations, levels, strength) for strength in (0.5, 1.0))
    torch.testing.assert_close(torch.log2(half / f0), torch.log2(full / f0) / 2)
    assert semitones(f0, full).max() > 1


def test_register_range_and_declination_stay():
    levels, durations = utterance(*[(5, 3), (4, 1), (6, 0)] * 3)
    count = levels.shape[1] - 2
    random = np.random.default_rng(0)
    for spread in (2.0, 3.5):
        values = -0.25 * np.arange(count) + spread * random.choice([-1.0, 1.0], count)
        f0 = curve_of(durations, values)
        before, after = mora_values(f0, durations), mora_values(accented_f0(f0, durations, levels), durations)
        assert after.mean() == pytest.approx(before.mean(), abs=0.4)
        assert after.std() == pytest.approx(before.std(), rel=0.35)
        slopes = [np.polyfit(np.arange(count), each, 1)[0] for each in (before, after)]
        assert slopes[1] == pytest.approx(slopes[0], abs=0.08)


def test_unvoiced_frames_and_devoiced_morae_stay_as_they_are():
    levels, durations = utterance((6, 4))
    f0 = curve_of(durations, np.linspace(1, -1, 6))
    start = 2 * (8 + 2 * MORA)
    f0[0, start : start + 2 * MORA] = UNVOICED  # the third mora
    spoken = accented_f0(f0, durations, levels)
    unvoiced = f0 == UNVOICED
    assert torch.equal(spoken[unvoiced], f0[unvoiced])
    assert torch.isfinite(spoken).all()
    pitch = mora_values(spoken, durations)
    assert pitch[1] > pitch[0] + 1 and pitch[4] < pitch[3] - 1


@pytest.mark.parametrize("value", [UNVOICED, 0.0])
def test_without_any_voice_nothing_changes(value):
    levels, durations = utterance((4, 1))
    f0 = torch.full((1, 2 * int(durations.sum())), value)
    assert torch.equal(accented_f0(f0, durations, levels), f0)


def test_a_text_of_one_mora_and_one_without_morae_stay_as_they_are():
    levels, durations = utterance((1, 1))
    f0 = curve_of(durations, [1.0])
    assert torch.equal(accented_f0(f0, durations, levels), f0)
    assert torch.equal(accented_f0(f0, durations, torch.full_like(levels, NO_MORA)), f0)


def test_a_question_keeps_its_final_rise():
    levels, durations = utterance((5, 1), mora=8)
    values = np.zeros(5 * 16)
    values[-16:] = np.linspace(0, 6, 16)
    f0 = curve_of(durations, values)
    spoken = accented_f0(f0, durations, levels)
    last = slice(-16 - 17, -16 - 1)
    assert (12 * torch.log2(spoken[0, last] / f0[0, last]) > -0.3)[-8:].all()
    assert 12 * torch.log2(spoken[0, last.stop - 1] / spoken[0, last.start]) > 4
    assert (np.diff(mora_values(spoken, durations))[0]) < -1  # and the accent is there


def test_micro_prosody_stays():
    levels, durations = utterance((6, 3), (5, 0))
    frames = 11 * 2 * MORA
    ripple = 0.8 * np.sin(np.arange(frames) * 2 * np.pi / 4)  # 50 ms
    plain, rippled = (
        accented_f0(curve_of(durations, values), durations, levels) for values in (np.zeros(frames), ripple)
    )
    kept = 12 * torch.log2(rippled / plain)[0, 16:-16].numpy()
    assert np.corrcoef(kept, ripple)[0, 1] > 0.95
    assert kept.std() == pytest.approx(ripple.std(), rel=0.1)


@pytest.mark.parametrize("mora", [3, 6, 12])
def test_no_change_is_faster_than_a_voice(mora):
    levels, durations = utterance((5, 3), (1, 1), (3, 1), (6, 0), mora=mora)
    f0 = curve_of(durations, np.zeros(15))
    pitch = 12 * torch.log2(accented_f0(f0, durations, levels))[0, 16:-16]
    assert pitch.diff().abs().max() < 1.0  # semitones in 12.5 ms
    assert (pitch[8:] - pitch[:-8]).abs().max() < 6.0  # in 100 ms


def test_a_long_flat_phrase_stays_up():
    levels, durations = utterance((20, 0))
    pitch = mora_values(accented_f0(curve_of(durations, np.zeros(20)), durations, levels), durations)
    assert (pitch[1:] > pitch[0] + 1).all()


def test_phrases_with_a_pause_between_them_do_not_touch_each_other():
    def speak(second):
        levels, durations = utterance((5, 3))
        f0 = curve_of(durations, np.zeros(5))
        others, more = utterance((5, 1))
        later = curve_of(more, np.full(5, second))
        joined = torch.cat([f0, later], dim=1), torch.cat([durations, more], dim=1), torch.cat([levels, others], dim=1)
        return accented_f0(*joined)[:, : f0.shape[1]]

    torch.testing.assert_close(speak(0.0), speak(3.0))


def test_rows_of_a_batch_are_those_of_single_texts():
    levels, durations = utterance((5, 3), (4, 0))
    short_levels, short_durations = utterance((3, 1))
    f0, short = curve_of(durations, np.linspace(1, -1, 9)), curve_of(short_durations, [0, 1, 0])
    tokens, frames = levels.shape[1] - short_levels.shape[1], f0.shape[1] - short.shape[1]
    batch = (
        torch.cat([f0, torch.nn.functional.pad(short, (0, frames))]),
        torch.cat([durations, torch.nn.functional.pad(short_durations, (0, tokens))]),
        torch.cat([levels, torch.nn.functional.pad(short_levels, (0, tokens))]),
    )
    spoken = accented_f0(*batch)
    torch.testing.assert_close(spoken[:1], accented_f0(f0, durations, levels))
    torch.testing.assert_close(spoken[1:, : short.shape[1]], accented_f0(short, short_durations, short_levels))


def test_a_curve_that_lags_the_durations_is_corrected_where_it_is():
    levels, durations = utterance((5, 3))
    f0 = curve_of(durations, np.zeros(5))
    late = torch.cat([f0[:, :1].expand(1, 2), f0[:, :-2]], dim=1)
    spoken = accented_f0(late, durations, levels, delay=1)
    torch.testing.assert_close(spoken[:, 2:], accented_f0(f0, durations, levels)[:, :-2])


def test_wrong_arguments_are_refused():
    levels, durations = utterance((5, 3))
    f0 = curve_of(durations, np.zeros(5))
    for strength in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="strength"):
            accented_f0(f0, durations, levels, strength)
    with pytest.raises(ValueError, match="accent_levels"):
        accented_f0(f0, durations, levels[:, 1:])
    with pytest.raises(ValueError, match="f0"):
        accented_f0(f0.repeat(2, 1), durations, levels)
