# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from transformers_tsukasa.evaluation.result_tables import markdown_tables, overall_rows, terminal_tables
from transformers_tsukasa.evaluation.summary import summarize


def _record(name, speaker="mei", errors=1, **changes):
    """A sentence whose recording is recognised with so many errors in ten symbols, and our speech as well."""
    counts = {key: {"edits": errors, "length": 10} for key in ("phoneme_errors", "character_errors", "kana_errors")}
    rated = {"seconds": 1.0, **counts, "dnsmos": {"ovrl": 3.0 + 0.1 * len(name)}}
    record = {
        "name": name,
        "speaker": speaker,
        "reference": f"{name}-reference",
        "ours": dict(rated),
        "recording": dict(rated),
        "compared": {"mcd_db": 4.0, "duration_errors_ms": {"sum": 100.0, "count": 10}, "speaker_similarity": 0.9},
        "styles": {},
        "notes": [],
    }
    return {**record, **changes}


def _result(records):
    settings = {"model": "voice", "data": "corpus", "seed": 0}
    return {"summary": summarize(records), "settings": settings, "notes": {}}


@pytest.mark.parametrize("errors, is_used", [(5, True), (6, True), (7, False), (10, False), (30, False)])
def test_a_recogniser_that_fails_on_recordings_has_no_figures_of_ours(errors, is_used):
    result = _result([_record("a", errors=errors), _record("bb", "taro", errors=errors)])
    found = result["summary"]["all"]
    names = ("per_difference_points", "per_percent", "cer_percent", "kana_error_rate_percent", "duration_error_ms")
    for figures in (found, *result["summary"]["speakers"].values()):
        assert [name in figures for name in names] == [is_used] * 5
        assert ("per_difference_points" in figures["intervals"]) in (False, is_used)
    assert found["per_recording_percent"] == 10 * errors and found["mcd_db"] == 4.0
    titles = {title for title, _, _ in overall_rows(result["summary"])}
    assert ("phoneme error rate, ours minus the recordings'" in titles) == is_used
    for text in (terminal_tables(result), markdown_tables(result)):
        sentence = (
            f"the evaluation aligner does not recognise the recordings themselves (phoneme error rate {10 * errors}"
        )
        assert (sentence in text) != is_used
        assert ("the speech recogniser does not recognise the recordings" in text) != is_used


def _opinions(*values):
    return [
        _record(str(place), recording={**_record("a")["recording"], "dnsmos": {"ovrl": value}})
        for place, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    "values, sentence",
    [
        ((3.0, 3.2), None),
        ((2.0, 2.1), None),
        ((1.0, 1.2), "rates the recordings themselves at the floor (1.10)"),
        ((3.0, 3.0), None),
        ((3.0, 3.0, 3.0), "rates all recordings the same (3.00)"),
        ((3.0,), None),
    ],
)
def test_opinions_that_do_not_depend_on_the_recording_are_left_out(values, sentence):
    summary = summarize(_opinions(*values))
    assert ("dnsmos_ovrl_percent" in summary["all"]) == (sentence is None)
    assert summary["all"]["dnsmos_ovrl_recording"] == pytest.approx(sum(values) / len(values))
    if sentence is not None:
        assert sentence in summary["unusable"]["dnsmos_ovrl"]


def _voiced(name, speaker, recording, style, **changes):
    return _record(name, speaker, speaker_vectors={"recording": recording, "reference": style}, **changes)


def _mei_and_taro(mei, taro):
    return [_voiced(f"m{n}", "mei", mei, mei) for n in range(3)] + [
        _voiced(f"t{n}", "taro", taro, taro) for n in range(3)
    ]


@pytest.mark.parametrize(
    "records, is_used",
    [
        (_mei_and_taro([1.0, 0.1], [0.1, 1.0]), True),
        (_mei_and_taro([1.0, 0.1], [1.0, 0.1]), False),  # the same vector for everyone
        (_mei_and_taro([0.0, 0.0], [0.0, 0.0]), False),
        ([_voiced("a", "mei", [1.0, 0.0], [0.0, 1.0]), _voiced("b", "taro", [0.0, 1.0], [1.0, 0.0])], False),
        ([_voiced("a", "mei", [1.0, 0.0], [1.0, 0.0])], True),  # one speaker: nothing to compare with
    ],
)
def test_a_speaker_network_must_tell_the_recordings_speakers(records, is_used):
    summary = summarize(records)
    assert ("speaker_similarity" in summary["all"]) == is_used
    assert ("speaker_similarity" in summary["unusable"]) != is_used


def test_a_recording_that_is_its_own_reference_shows_nothing():
    records = [
        _voiced("a", "mei", [1.0, 0.0], [1.0, 0.0], reference="a"),
        _voiced("b", "taro", [0.0, 1.0], [1.0, 0.0]),
    ]
    # Only taro's recording counts, which is as like mei's reference as like his own.
    assert "speaker_similarity" in summarize(records)["unusable"]


def _styled(name, speaker, recording, reference):
    return _record(name, speaker, styles={"recording": recording, "ours": recording, "reference": reference})


def test_encoders_that_do_not_tell_recordings_apart():
    good = [_styled("a", "mei", [1.0, 0.1], [1.0, 0.0]), _styled("b", "taro", [-1.0, 0.1], [-1.0, 0.0])]
    bad = [_styled("a", "mei", [-1.0, 0.1], [1.0, 0.0]), _styled("b", "taro", [1.0, 0.1], [-1.0, 0.0])]
    assert summarize(good)["all"]["voice_told_ours_percent"] == 100.0
    summary = summarize(bad)
    assert "voice_told_ours_percent" not in summary["all"] and summary["all"]["voice_told_recording_percent"] == 0.0
    assert "in only 0 % (chance: 50 %)" in summary["unusable"]["voice_told_ours_percent"]


def test_an_evaluation_without_networks_can_use_everything():
    plain = {"seconds": 1.0}
    records = [_record("a", ours=dict(plain), recording=dict(plain), compared={"mcd_db": 4.0})]
    assert summarize(records)["unusable"] == {}
    assert "warning" not in terminal_tables(_result(records))
