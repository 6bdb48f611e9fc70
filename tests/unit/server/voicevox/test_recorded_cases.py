# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Recorded cases of the shared reference data: notation, durations and curves, accents."""

import numpy as np
import pytest

from support.shared_data import recorded_cases
from transformers_tsukasa.server.voicevox.arithmetic.accents import change_accent, impose_accent
from transformers_tsukasa.server.voicevox.arithmetic.warping import (
    Cell,
    MoraPitch,
    fit_durations,
    mora_pitch,
    scaled_pitches,
    shift_f0,
    shown_pitches,
    stretch,
    wanted_frames,
)
from transformers_tsukasa.server.voicevox.kana_notation import KanaProblem, read_kana, write_kana


THRESHOLD = 60.0


def cases(name):
    return recorded_cases("voicevox", "golden", f"{name}.json")


@pytest.mark.parametrize("case", cases("kana"))
def test_notation_both_ways(case):
    if "error_name" in case:
        with pytest.raises(KanaProblem) as caught:
            read_kana(case["kana"])
        assert (caught.value.name, caught.value.arguments) == (case["error_name"], case["error_args"])
        return
    phrases = read_kana(case["kana"])
    found = [
        {
            "moras": [[mora.text, mora.consonant, mora.vowel] for mora in phrase.moras],
            "accent": phrase.accent,
            "pause": phrase.pause_mora is not None,
            "is_interrogative": phrase.is_interrogative,
        }
        for phrase in phrases
    ]
    assert found == case["accent_phrases"]
    assert write_kana(phrases) == case["written_back"]


@pytest.mark.parametrize("case", cases("accent"))
def test_pitches_of_another_accent(case):
    if case["group"] == "change":
        found = change_accent(case["pitch"], case["old"], case["new"])
    else:
        found = impose_accent(case["pitch"], case["new"])
    assert found == pytest.approx(case["result"], abs=1e-5)


@pytest.mark.parametrize("case", cases("warp"))
def test_durations_and_curves_as_a_query_wants_them(case):
    cells, olds, start = [], [], 0
    for cell in case["cells"]:
        tokens, old = zip(*cell["tokens"], strict=True)
        letters = tuple(token.isalpha() or token == "ː" for token in tokens)
        cells.append(Cell(cell["kind"], cell["mora"], (start, start + len(old)), letters))
        olds.append(old)
        start += len(old)
    result = case["result"]
    frames = wanted_frames(cells, [cell["wanted"] for cell in case["cells"]], 0.025)
    assert frames == result["frames"]
    fitted = [fit_durations(*row) for row in zip(olds, [cell.letters for cell in cells], frames, strict=True)]
    assert sum(fitted, []) == result["durations"]
    f0, energy, spans = [], [], []
    base = []
    for cell, count in zip(case["cells"], frames, strict=True):
        before = energy[-1][-1] if energy and len(energy[-1]) else 0.0
        if cell["kind"] == "vowel":
            place = sum(map(len, f0))
            spans.append((place, place + 2 * count))
            base.append(mora_pitch(np.array(cell["f0"]), THRESHOLD))
        f0.append(stretch(np.array(cell["f0"]), 2 * count, 0.0, THRESHOLD))
        energy.append(stretch(np.array(cell["energy"]), 2 * count, before))
    # Recorded are means, and ours are medians (decision 0046): all that follows is compared from the recorded ones on.
    assert [pitch is None for pitch in base] == [pitch is None for pitch in result["base_pitch"]]
    base = result["base_pitch"]
    shown = shown_pitches(base, case["vowels"])
    assert shown == pytest.approx(result["shown"], abs=1e-6)
    wanted = scaled_pitches(case["asked"], case["pitchScale"], case["intonationScale"])
    pitches = [MoraPitch(*row) for row in zip(base, shown, case["asked"], wanted, strict=True)]
    found = shift_f0(np.concatenate(f0), np.concatenate(energy), spans, pitches, case["intonationScale"], THRESHOLD)
    np.testing.assert_allclose(found[0], result["f0"], atol=0.01)
    np.testing.assert_allclose(found[1], result["energy"], atol=1e-4)
