# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest

from transformers_tsukasa.evaluation.networks.speaker_identity import (
    nearest,
)
from transformers_tsukasa.evaluation.result_tables import markdown_tables, overall_rows, terminal_tables
from transformers_tsukasa.evaluation.summary import summarize, told_apart


def _record(name, speaker, **changes):
    record = {
        "name": name,
        "speaker": speaker,
        "reference": f"{name}-reference",
        "ours": {
            "seconds": 2.0,
            "phoneme_errors": {"edits": 3, "length": 10},
            "dnsmos": {"ovrl": 2.7},
            "real_time_factor": 0.1,
        },
        "recording": {"seconds": 1.0, "phoneme_errors": {"edits": 1, "length": 10}, "dnsmos": {"ovrl": 3.0}},
        "compared": {"mcd_db": 4.0, "f0_correlation": 0.9, "duration_errors_ms": {"sum": 100.0, "count": 10}},
        "styles": {},
        "notes": [],
    }
    return {**record, **changes}


def test_figures_by_hand():
    other = _record("b", "taro")
    other["ours"] = {**other["ours"], "seconds": 6.0, "real_time_factor": 0.3}
    other["ours"]["phoneme_errors"] = {"edits": 0, "length": 30}
    other["recording"] = {**other["recording"], "phoneme_errors": {"edits": 3, "length": 30}}
    other["compared"] = {"mcd_db": 6.0, "f0_correlation": None, "duration_errors_ms": {"sum": 500.0, "count": 30}}
    summary = summarize([_record("a", "mei"), other])
    found = summary["all"]
    assert summary["sentences"] == 2 and set(summary["speakers"]) == {"mei", "taro"}
    # Sums over sums: 3 of 40 against 4 of 40.
    assert found["per_percent"] == 7.5 and found["per_recording_percent"] == 10.0
    assert found["per_difference_points"] == -2.5
    assert found["mcd_db"] == 5.0
    assert found["f0_correlation"] == 0.9 and found["missing"] == {"f0_correlation": 1}
    assert found["duration_error_ms"] == 15.0
    assert found["dnsmos_ovrl_percent"] == pytest.approx(90.0)
    assert found["real_time_factor"] == pytest.approx((0.1 * 2 + 0.3 * 6) / 8)
    assert found["length_ratio"] == pytest.approx(4.0)
    assert summary["speakers"]["mei"]["per_difference_points"] == pytest.approx(20.0)
    # 1.96 * sqrt(2) / sqrt(2), the spread of 4 and 6; of sums over sums, what is left beside the ratio: 225 points and
    # -225 where the ratio is -2.5 over 10 and 30 symbols, -50 ms and 50 ms where it is 15 over 10 and 30 phonemes.
    assert found["intervals"] == {
        "mcd_db": pytest.approx(1.96),
        "per_difference_points": pytest.approx(1.96 * 2 * 225 / 40),
        "duration_error_ms": pytest.approx(1.96 * 2 * 50 / 40),
    }
    assert "cer_percent" not in found and "voice_told_ours_percent" not in found


def _styled(name, speaker, recording, ours, reference, reference_name="x"):
    styles = {"recording": recording, "ours": ours, "reference": reference}
    return _record(name, speaker, styles=styles, reference=reference_name)


def test_voices_are_told_by_the_nearest_mean():
    records = [
        _styled("a", "mei", [1.0, 0.1], [0.9, 0.0], [1.0, 0.0]),
        _styled("b", "mei", [0.8, 0.0], [-0.9, 0.1], [0.8, 0.0]),
        _styled("c", "taro", [-1.0, 0.0], [-1.0, 0.0], [-1.0, 0.1]),
    ]
    assert told_apart(records) == {
        "recording": {"a": True, "b": True, "c": True},
        "ours": {"a": True, "b": False, "c": True},
    }
    found = summarize(records)
    assert found["all"]["voice_told_ours_percent"] == pytest.approx(200 / 3)
    assert found["speakers"]["mei"]["voice_told_ours_percent"] == 50.0


def test_a_clip_is_not_compared_with_itself():
    # The only reference of mei's that looks like `a` is `a` itself, which served `b` as its reference.
    records = [
        _styled("a", "mei", [-1.0, 0.0], [-1.0, 0.0], [1.0, 0.0]),
        _styled("b", "mei", [1.0, 0.0], [1.0, 0.0], [-9.0, 0.0], reference_name="a"),
        _styled("c", "taro", [-1.0, 0.1], [-1.0, 0.1], [-1.0, 0.1]),
    ]
    assert told_apart(records)["recording"]["a"] is False


def test_one_voice_is_not_told_from_itself():
    assert told_apart([_styled("a", "mei", [1.0, 0.1], [0.9, 0.0], [1.0, 0.0])]) == {}
    with pytest.raises(ValueError, match="at least two of them, got 1"):
        nearest(np.ones(2), {"mei": np.ones(2)})


def test_tables_show_what_there_is():
    records = [_record("a", "mei"), _record("b", "taro", notes=["a note"])]
    result = {
        "summary": summarize(records),
        "settings": {"model": "voice", "data": "corpus", "seed": 0},
        "notes": {"b": ["a note"]},
    }
    rows = {title: value for title, value, _ in overall_rows(result["summary"])}
    assert rows["phoneme error rate, ours minus the recordings'"] == "20.0 ± 0.0 points"
    assert rows["mel-cepstral distortion (DTW)"] == "4.00 ± 0.00 dB"
    assert rows["DNSMOS OVRL, ours of the recordings'"] == "90.0 %"
    assert not any("character" in title for title in rows)
    terminal, markdown = terminal_tables(result), markdown_tables(result)
    assert "2 sentences, 2 speakers" in terminal and "notes on 1 sentence: see" in terminal
    assert "| mei | 1 | 20.0 | 4.00 | 0.900 | 10.0 | 90.0 |" in markdown
    assert markdown.startswith("# Evaluation of voice\n")
