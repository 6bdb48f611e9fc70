# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Figures of a model from the records of sentences: of all of them, and of every speaker."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .networks.speaker_identity import centroids, nearest
from .usability import unusable_measures


Record = dict[str, Any]

_DNSMOS_SCORES = ("ovrl", "sig", "bak", "p808", "pro")
_ERROR_RATES = {"per": "phoneme_errors", "cer": "character_errors", "kana_error_rate": "kana_errors"}
_DISTANCES = (
    "mcd_db",
    "lsd_db",
    "f0_rmse_cents",
    "f0_correlation",
    "f0_shift_cents",
    "voicing_error",
    "speaker_similarity",
)


@dataclass
class _Figures:
    """Figures that are being collected from some records, see `figures`."""

    records: Sequence[Record]
    values: dict[str, float] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    intervals: dict[str, float] = field(default_factory=dict)

    def add_ratio(self, name: str, sums: Sequence[float], counts: Sequence[float]) -> None:
        """Add a sum over a sum, with half its 95 % interval (linearisation, Cochran 1977, section 6.4)."""
        self.values[name] = sum(sums) / sum(counts)
        self.add_interval(name, sums, counts)

    def add_interval(self, name: str, sums: Sequence[float], counts: Sequence[float]) -> None:
        """Add half the 95 % interval of a sum over a sum; there is none for a single sentence."""
        if len(sums) > 1 and any(counts):
            values, weights = np.asarray(sums, dtype=float), np.asarray(counts, dtype=float)
            rests = values - weights * values.sum() / weights.sum()
            deviation = math.sqrt((rests**2).sum() / (len(rests) - 1))
            self.intervals[name] = 1.96 * deviation * math.sqrt(len(rests)) / float(weights.sum())

    def note_missing(self, name: str, taken: int) -> None:
        """Note the sentences without a measure that others have."""
        if taken < len(self.records):
            self.missing[name] = len(self.records) - taken


def summarize(records: Sequence[Record]) -> dict[str, Any]:
    """Summarise an evaluation.

    Returns:
        `all` and `speakers`, by name, each as returned by `figures`, without the measures that cannot be used;
        `unusable`, a sentence for each of those, by name; and `sentences`, their number.
    """
    told = told_apart(records)
    by_speaker: dict[str, list[Record]] = {}
    for record in records:
        by_speaker.setdefault(record["speaker"], []).append(record)
    everyone = figures(records, told)
    unusable = unusable_measures(everyone, records)
    return {
        "sentences": len(records),
        "all": _without(everyone, unusable),
        "speakers": {name: _without(figures(own, told), unusable) for name, own in sorted(by_speaker.items())},
        "unusable": unusable,
    }


def _without(found: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Figures without some measures, and without their intervals."""
    return {
        name: _without(value, names) if isinstance(value, dict) else value
        for name, value in found.items()
        if name not in names
    }


def figures(records: Sequence[Record], told: dict[str, dict[str, bool]]) -> dict[str, Any]:
    """Compute the figures of some records.

    Error rates and duration errors are sums over sums, so that every symbol counts the same; the rest are means over
    sentences. A measure that no record has is left out.

    Args:
        records: of the sentences.
        told: by sentence, whether its voice was recognised, see `told_apart`.

    Returns:
        name of the measure -> number; `sentences`; `missing`, the number of sentences without a measure that others
        have, by name; `intervals`, half the width of the 95 % interval over sentences, by name, of everything but
        DNSMOS's scores, speeds and recognised voices.
    """
    found = _Figures(records)
    for name, key in _ERROR_RATES.items():
        _add_error_rates(found, name, key)
    for name in _DISTANCES:
        values = _finite(record["compared"].get(name) for record in records)
        if values:
            found.values[name] = float(np.mean(values))
            found.add_interval(name, values, [1] * len(values))
            found.note_missing(name, len(values))
    durations = [errors for record in records if (errors := record["compared"].get("duration_errors_ms"))]
    if durations:
        found.add_ratio("duration_error_ms", [one["sum"] for one in durations], [one["count"] for one in durations])
        found.note_missing("duration_error_ms", len(durations))
    found.values |= _opinions(records)
    speeds = [record["ours"] for record in records if "real_time_factor" in record["ours"]]
    if speeds:
        spoken = sum(one["seconds"] for one in speeds)
        found.values["real_time_factor"] = sum(one["real_time_factor"] * one["seconds"] for one in speeds) / spoken
    for side in ("recording", "ours"):
        answers = [told[side][record["name"]] for record in records if record["name"] in told.get(side, {})]
        if answers:
            found.values[f"voice_told_{side}_percent"] = 100.0 * float(np.mean(answers))
    lengths = [record["ours"]["seconds"] / record["recording"]["seconds"] for record in records]
    found.values["length_ratio"] = float(np.mean(lengths))
    return {"sentences": len(records), **found.values, "missing": found.missing, "intervals": found.intervals}


def _add_error_rates(found: _Figures, name: str, key: str) -> None:
    """Add the error rates of our speech and of the recordings, and their difference."""
    pairs = [(record["ours"][key], record["recording"][key]) for record in found.records if key in record["ours"]]
    lengths = [sum(pair[side]["length"] for pair in pairs) for side in (0, 1)]
    if not all(lengths):
        return
    ours, recording = (100.0 * sum(pair[side]["edits"] for pair in pairs) / lengths[side] for side in (0, 1))
    found.values |= {f"{name}_percent": ours, f"{name}_recording_percent": recording}
    found.values[f"{name}_difference_points"] = ours - recording
    differences = [100.0 * (ours["edits"] - recording["edits"]) for ours, recording in pairs]
    found.add_interval(f"{name}_difference_points", differences, [ours["length"] for ours, _ in pairs])


def told_apart(records: Sequence[Record]) -> dict[str, dict[str, bool]]:
    """Test whether the style of a clip is nearest to the voice of its own speaker.

    The voices are the named ones where they were used to speak, otherwise the means of the styles of the reference
    clips; a clip is never part of the mean that it is compared with.

    Returns:
        `recording` and `ours` -> name of the sentence -> whether the recording, or our speech, was recognised. Empty
        without styles, or with one speaker.
    """
    styled = [record for record in records if record["styles"]]
    if len({record["speaker"] for record in styled}) < 2:
        return {}
    everyone, references = _voices(styled), {record["reference"] for record in styled}
    told: dict[str, dict[str, bool]] = {"recording": {}, "ours": {}}
    for record in styled:
        name, speaker = record["name"], record["speaker"]
        known = _voices(styled, without=name) if name in references else everyone
        if speaker in known and len(known) > 1:
            for side in told.keys() & record["styles"].keys():
                told[side][name] = nearest(record["styles"][side], known) == speaker
    return told


def _voices(records: Iterable[Record], without: str | None = None) -> dict[str, np.ndarray]:
    kept = [record for record in records if "named_voice" in record["styles"] or record["reference"] != without]
    vectors = [record["styles"].get("named_voice", record["styles"]["reference"]) for record in kept]
    return centroids(vectors, [record["speaker"] for record in kept])


def _opinions(records: Sequence[Record]) -> dict[str, float]:
    """Average DNSMOS's scores of both, and relate ours to the recordings' in percent."""
    found = {}
    for score in _DNSMOS_SCORES:
        ours, recording = (
            _finite(record[side].get("dnsmos", {}).get(score) for record in records) for side in ("ours", "recording")
        )
        if ours and recording:
            means = float(np.mean(ours)), float(np.mean(recording))
            found[f"dnsmos_{score}"], found[f"dnsmos_{score}_recording"] = means
            found[f"dnsmos_{score}_percent"] = 100.0 * means[0] / means[1]
    return found


def _finite(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None and math.isfinite(value)]
