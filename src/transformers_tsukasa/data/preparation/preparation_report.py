# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The report of a preparation: counts for people and machines, and every rejected row with its reason."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ...utils.wording import counted
from .corpus_rows import Note
from .shards import ShardResult


# With fewer, the loss on them is that of these sentences.
_FEWEST_TO_VALIDATE = 5
_PERCENTILES = (1, 25, 50, 75, 99)


@dataclass
class PreparationReport:
    """Figures of a prepared corpus.

    Args:
        source: description of the source.
        rows: rows of the source, those without a recording included.
        splits: utterances and hours of every split.
        speakers: utterances and hours of every speaker.
        rejected: rows rejected for each reason.
        notes: rows that were taken with a note, by the note's reason.
        seconds: percentiles of the length of speech.
        frames_per_token: percentiles of mel frames per phoneme symbol, padding left out.
        voiced_share: share of the frames that have F0.
        out_of_domain_texts: their number.
        warnings: sentences on the entire corpus.
    """

    source: str
    rows: int = 0
    splits: dict[str, dict[str, float]] = field(default_factory=dict)
    speakers: dict[str, dict[str, float]] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    frames_per_token: dict[str, float] = field(default_factory=dict)
    voiced_share: float = 0.0
    out_of_domain_texts: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def utterances(self) -> int:
        """Rows that were taken."""
        return int(sum(split["utterances"] for split in self.splits.values()))

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, for JSON."""
        return {**asdict(self), "utterances": self.utterances}

    def table(self) -> str:
        """The report as text."""
        lines = [f"{self.source}: {self.utterances} of {self.rows} rows taken"]
        lines += [_figures(f"split {name}", figures) for name, figures in self.splits.items()]
        shown = sorted(self.speakers.items(), key=lambda item: -item[1]["utterances"])
        lines += [_figures(f"speaker {name}", figures) for name, figures in shown[:20]]
        if len(shown) > 20:
            lines.append(f"  and {len(shown) - 20} more speakers")
        lines.append(f"  seconds of speech          {_range(self.seconds)}")
        lines.append(f"  mel frames per phoneme     {_range(self.frames_per_token)}")
        lines.append(f"  voiced frames              {100 * self.voiced_share:.0f} %")
        lines.append(f"  out-of-domain texts        {self.out_of_domain_texts}")
        for title, counts, file in (
            ("rejected", self.rejected, "rejected.csv"),
            ("taken, but", self.notes, "warnings.csv"),
        ):
            lines += [
                f"  {title + ' ' + reason:26s} {count}  (see {file})" for reason, count in sorted(counts.items())
            ]
        return "\n".join(lines + [f"  warning: {warning}" for warning in self.warnings])


def build_report(
    source: str,
    num_rows: int,
    results: Mapping[str, Sequence[ShardResult]],
    rejected: Sequence[Note],
    speakers: list[str],
    validation: float,
) -> PreparationReport:
    """Sum up the records of the shards.

    Args:
        source: description of the source.
        num_rows: rows of the source.
        results: the records of every split's shards.
        rejected: notes on all rejected rows.
        speakers: names of all speakers of the source.
        validation: share that was to be kept for validation.
    """
    every = [result for split in results.values() for result in split]
    seconds = [value for result in every for value in result.seconds]
    paces = [value for result in every for value in result.paces]
    frames = sum(result.frames for result in every)
    report = PreparationReport(
        source=source,
        rows=num_rows,
        splits={
            name: _sum(pair for result in split for pair in result.speakers.values())
            for name, split in results.items()
        },
        speakers={name: _sum(r.speakers[name] for r in every if name in r.speakers) for name in speakers},
        rejected=dict(Counter(note.reason for note in rejected)),
        notes=dict(Counter(note.reason for result in every for note in result.notes)),
        seconds=_percentiles(seconds),
        frames_per_token=_percentiles(paces),
        voiced_share=round(sum(result.voiced_frames for result in every) / max(frames, 1), 4),
    )
    report.warnings = _warnings(report, results) + _split_warnings(report, validation)
    return report


def notes_table(notes: Sequence[Note]) -> str:
    """Notes as CSV, in the order of the source."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["row", "audio", "reason", "message"])
    writer.writerows(
        [note.number, note.audio, note.reason, note.message] for note in sorted(notes, key=lambda n: n.number)
    )
    return text.getvalue()


def _warnings(report: PreparationReport, results: Mapping[str, Sequence[ShardResult]]) -> list[str]:
    warnings = []
    in_training: Counter[str] = Counter()
    for result in results.get("train", ()):
        in_training.update({name: utterances for name, (utterances, _) in result.speakers.items()})
    lost = [name for name in report.speakers if in_training[name] == 0]
    lonely = [name for name in report.speakers if in_training[name] == 1]
    if lost:
        warnings.append(f"no utterance of {_listed(lost)} is left to train with")
    if lonely:
        warnings.append(f"only one utterance of {_listed(lonely)}: its reference will be the utterance itself")
    if len(report.speakers) > report.utterances / 2 and len(report.speakers) > 3:
        warnings.append(f"{len(report.speakers)} speakers for {report.utterances} utterances: is the column right?")
    if sum(report.rejected.values()) > 0.2 * report.rows:
        warnings.append("more than a fifth of the rows was rejected: see rejected.csv before training")
    if report.utterances and report.voiced_share < 0.15:
        warnings.append("hardly any voiced frame: is the range of F0 right (`f0_min`, `f0_max`)?")
    return warnings


def _split_warnings(report: PreparationReport, validation: float) -> list[str]:
    kept = int(report.splits.get("validation", {"utterances": 0})["utterances"])
    if validation == 0 or kept >= _FEWEST_TO_VALIDATE:
        return []
    if kept:
        return [f"only {counted(kept, 'utterance')} for validation, which says little about other sentences"]
    return ["no second utterance is left for validation: train without evaluation (eval_strategy=no)"]


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more speakers" if len(names) > 5 else "")


def _sum(pairs: Iterable[tuple[float, float]]) -> dict[str, float]:
    """Sum pairs of utterances and seconds."""
    pairs = list(pairs)
    return {
        "utterances": int(sum(count for count, _ in pairs)),
        "hours": round(sum(seconds for _, seconds in pairs) / 3600, 4),
    }


def _percentiles(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    return {f"{p}%": round(float(np.percentile(values, p)), 2) for p in _PERCENTILES}


def _range(percentiles: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:g}" for name, value in percentiles.items()) or "none"


def _figures(name: str, figures: dict[str, float]) -> str:
    minutes = 60 * figures["hours"]
    length = f"{figures['hours']:.1f} h" if minutes >= 120 else f"{minutes:.1f} min"
    return f"  {name:26s} {counted(int(figures['utterances']), 'utterance')}, {length}"
