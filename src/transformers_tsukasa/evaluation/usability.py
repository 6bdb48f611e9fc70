# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measures that say nothing: those of networks that fail on the recordings themselves.

A network that recognises nothing makes as many errors on our speech as on the recordings, and their difference is
zero, which reads like perfection. Every network is therefore tested on the recordings first.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .networks.speaker_identity import cosine_similarity


Record = dict[str, Any]

# A recogniser with more errors on recordings than this, in percent, does not understand the language, or the features.
_MOST_ERRORS = 60.0
# How far from chance (0) towards certainty (1) recordings must be told apart.
_LEAST_SKILL = 0.2
# DNSMOS gives 1 to 5; recordings of speech, noisy ones too, have 2 and more.
_LOWEST_OPINION = 1.5
# The scores of so many different recordings differ by more than this.
_FEWEST_ALIKE, _LEAST_SPREAD = 3, 1e-4

_RECOGNISERS = {
    "per": ("the evaluation aligner", "phoneme error rate"),
    "cer": ("the speech recogniser", "character error rate"),
    "kana_error_rate": ("the speech recogniser", "kana error rate"),
}
_SUFFIXES = ("_difference_points", "_percent")


def unusable_measures(found: Mapping[str, Any], records: Sequence[Record]) -> dict[str, str]:
    """Find the measures that cannot be used, each with a sentence why.

    Args:
        found: the figures of all sentences, see `summary.figures`.
        records: of the sentences.

    Returns:
        name of the measure, as in `summary.figures` -> a sentence; empty when all can be used.
    """
    unusable: dict[str, str] = {}
    for rate, (network, title) in _RECOGNISERS.items():
        errors = found.get(f"{rate}_recording_percent")
        if errors is not None and errors > _MOST_ERRORS:
            sentence = (
                f"{network} does not recognise the recordings themselves ({title} {errors:.0f} %), so that its "
                "figures say nothing about our speech: take one that was trained for this language and these features"
            )
            names = [rate + suffix for suffix in _SUFFIXES]
            # The same network measures the durations.
            unusable |= dict.fromkeys([*names, "duration_error_ms"] if rate == "per" else names, sentence)
    unusable |= _unusable_opinions(found, records)
    for name, reason in (
        ("speaker_similarity", _reason_of_similarity(records)),
        ("voice_told_ours_percent", _reason_of_styles(found, records)),
    ):
        if reason is not None and found.get(name) is not None:
            unusable[name] = reason
    return unusable


def _unusable_opinions(found: Mapping[str, Any], records: Sequence[Record]) -> dict[str, str]:
    unusable: dict[str, str] = {}
    for name, mean in found.items():
        if not (name.startswith("dnsmos_") and name.endswith("_recording")):
            continue
        score = name.removeprefix("dnsmos_").removesuffix("_recording")
        values = [record["recording"].get("dnsmos", {}).get(score) for record in records]
        real = [value for value in values if value is not None]
        if mean < _LOWEST_OPINION:
            reason = f"rates the recordings themselves at the floor ({mean:.2f}): are they speech?"
        elif len(real) >= _FEWEST_ALIKE and float(np.ptp(real)) < _LEAST_SPREAD:
            reason = f"rates all recordings the same ({mean:.2f}): is it the right network?"
        else:
            continue
        sentence = f"DNSMOS {score.upper()} {reason}"
        unusable |= {f"dnsmos_{score}": sentence, f"dnsmos_{score}_percent": sentence}
    return unusable


def _reason_of_similarity(records: Sequence[Record]) -> str | None:
    """Why the speaker network cannot be used: recordings are no more like their own speaker than like others."""
    voiced = [record for record in records if record.get("speaker_vectors")]
    recordings, references = (
        [np.asarray(record["speaker_vectors"][side], dtype=np.float64) for record in voiced]
        for side in ("recording", "reference")
    )
    wins: list[float] = []
    for record, recording, reference in zip(voiced, recordings, references, strict=True):
        if record["reference"] == record["name"]:  # a recording against itself shows nothing
            continue
        own = _similarity(recording, reference)
        for other, other_reference in zip(voiced, references, strict=True):
            if other["speaker"] != record["speaker"]:
                score = _similarity(recording, other_reference)
                wins.append(float(own > score) if own != score else 0.5)
    if not wins or _skill(float(np.mean(wins)), chance=0.5) >= _LEAST_SKILL:
        return None
    return (
        f"the speaker network finds recordings more like their own speaker than like another one in only "
        f"{100 * np.mean(wins):.0f} % of the comparisons (chance: 50 %), so that its similarities say nothing about "
        "our speech: take one that was trained to tell speakers"
    )


def _similarity(recording: np.ndarray, reference: np.ndarray) -> float:
    """Similarity of a recording to a reference; 0 where the network gives no vector."""
    try:
        return cosine_similarity(recording, reference)
    except ValueError:
        return 0.0


def _reason_of_styles(found: Mapping[str, Any], records: Sequence[Record]) -> str | None:
    told = found.get("voice_told_recording_percent")
    voices = len({record["speaker"] for record in records if record["styles"]})
    if told is None or voices < 2 or _skill(told / 100, chance=1 / voices) >= _LEAST_SKILL:
        return None
    return (
        f"the model's encoders tell the recordings themselves apart in only {told:.0f} % (chance: "
        f"{100 / voices:.0f} %), so that whether our speech is told apart says nothing"
    )


def _skill(share: float, chance: float) -> float:
    """How far a share is from chance (0) towards certainty (1)."""
    return (share - chance) / (1 - chance)


__all__ = ["unusable_measures"]
