# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From the records of sentences to the figures of a model: of all sentences, and of every speaker."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .judges.speaker_identity import centroids, nearest


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


def summarize(records: Sequence[Record]) -> dict[str, Any]:
    """Figures of a whole evaluation.

    Returns:
        `all` and `speakers`, by name, each as `figures` gives them, and `sentences`, how many there are.
    """
    told = told_apart(records)
    by_speaker: dict[str, list[Record]] = {}
    for record in records:
        by_speaker.setdefault(record["speaker"], []).append(record)
    return {
        "sentences": len(records),
        "all": figures(records, told),
        "speakers": {name: figures(own, told) for name, own in sorted(by_speaker.items())},
    }


def figures(records: Sequence[Record], told: dict[str, dict[str, bool]]) -> dict[str, Any]:
    """Figures of some records.

    Error rates and duration errors are sums over sums, so that every symbol counts the same; the rest are means over
    sentences. A measure that no record has is missing.

    Args:
        records: of the sentences.
        told: by sentence, whether the voice was told, see `told_apart`.

    Returns:
        name of the measure -> number; `sentences`; `missing`, sentences without a measure that others have, by name;
        `intervals`, half the width of the 95 % interval over sentences, by name, of everything but DNSMOS's scores,
        speeds and told voices.
    """
    found: dict[str, Any] = {"sentences": len(records)}
    missing, intervals = {}, {}
    for name, key in _ERROR_RATES.items():
        rates = {side: _rate(records, side, key) for side in ("ours", "recording")}
        if rates["ours"] is not None:
            found |= {f"{name}_percent": rates["ours"], f"{name}_recording_percent": rates["recording"]}
            found[f"{name}_difference_points"] = rates["ours"] - rates["recording"]
            pairs = [(record["ours"][key], record["recording"][key]) for record in records if key in record["ours"]]
            more = [100.0 * (ours["edits"] - recording["edits"]) for ours, recording in pairs]
            _note_interval(intervals, f"{name}_difference_points", more, [ours["length"] for ours, _ in pairs])
    for name in _DISTANCES:
        values = _values(records, lambda record, name=name: record["compared"].get(name))
        if values:
            found[name] = float(np.mean(values))
            _note_interval(intervals, name, values, [1] * len(values))
            if len(values) < len(records):
                missing[name] = len(records) - len(values)
    durations = [errors for record in records if (errors := record["compared"].get("duration_errors_ms"))]
    if durations:
        sums, counts = [one["sum"] for one in durations], [one["count"] for one in durations]
        found["duration_error_ms"] = sum(sums) / sum(counts)
        _note_interval(intervals, "duration_error_ms", sums, counts)
        if len(durations) < len(records):
            missing["duration_error_ms"] = len(records) - len(durations)
    found |= _opinions(records)
    speeds = [record["ours"] for record in records if "real_time_factor" in record["ours"]]
    if speeds:
        spoken = sum(one["seconds"] for one in speeds)
        found["real_time_factor"] = sum(one["real_time_factor"] * one["seconds"] for one in speeds) / spoken
    for side in ("recording", "ours"):
        answers = [told[side][record["name"]] for record in records if record["name"] in told.get(side, {})]
        if answers:
            found[f"voice_told_{side}_percent"] = 100.0 * float(np.mean(answers))
    lengths = [record["ours"]["seconds"] / record["recording"]["seconds"] for record in records]
    found["length_ratio"] = float(np.mean(lengths))
    return found | {"missing": missing, "intervals": intervals}


def _note_interval(intervals: dict[str, float], name: str, sums: Sequence[float], counts: Sequence[int]) -> None:
    """Half the 95 % interval of a sum over a sum, by its linearisation (Cochran 1977, section 6.4); none of one."""
    if len(sums) > 1 and sum(counts):
        values, weights = np.asarray(sums, dtype=float), np.asarray(counts, dtype=float)
        rests = values - weights * values.sum() / weights.sum()
        deviation = math.sqrt((rests**2).sum() / (len(rests) - 1))
        intervals[name] = 1.96 * deviation * math.sqrt(len(rests)) / float(weights.sum())


def told_apart(records: Sequence[Record]) -> dict[str, dict[str, bool]]:
    """Whether the style of a clip is nearest to the voice of its own speaker.

    The voices are the named ones when they were spoken with, otherwise the means of the styles of the reference clips;
    a clip never counts for the mean that it is compared with.

    Returns:
        `recording` and `ours` -> name of the sentence -> whether the recording, or our speech, was told. Empty without
        styles, or with one speaker.
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
    """Means of DNSMOS's scores for both, and ours in percent of the recording's."""
    found = {}
    for score in _DNSMOS_SCORES:
        means = [
            _values(records, lambda record, side=side, score=score: record[side].get("dnsmos", {}).get(score))
            for side in ("ours", "recording")
        ]
        if all(means):
            ours, recording = map(np.mean, means)
            found[f"dnsmos_{score}"], found[f"dnsmos_{score}_recording"] = float(ours), float(recording)
            found[f"dnsmos_{score}_percent"] = float(100.0 * ours / recording)
    return found


def _rate(records: Sequence[Record], side: str, key: str) -> float | None:
    counts = [record[side][key] for record in records if key in record[side]]
    length = sum(count["length"] for count in counts)
    return 100.0 * sum(count["edits"] for count in counts) / length if length else None


def _values(records: Sequence[Record], read: Callable[[Record], Any]) -> list[float]:
    values = [read(record) for record in records]
    return [value for value in values if value is not None and math.isfinite(value)]
