# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Tables of the figures of an evaluation, for the terminal and in Markdown."""

from typing import Any

from ..utils.wording import counted


# name of the measure: its title, unit, digits after the point, and which direction is better
_MEASURES = {
    "per_difference_points": ("phoneme error rate, ours minus the recordings'", "points", 1, "lower"),
    "per_percent": ("phoneme error rate, ours", "%", 1, "lower"),
    "per_recording_percent": ("phoneme error rate, recordings", "%", 1, ""),
    "mcd_db": ("mel-cepstral distortion (DTW)", "dB", 2, "lower"),
    "lsd_db": ("log-spectral distance (DTW)", "dB", 2, "lower"),
    "f0_correlation": ("F0 correlation", "", 3, "higher"),
    "f0_rmse_cents": ("F0 root mean square error", "cents", 0, "lower"),
    "f0_shift_cents": ("F0 mean difference", "cents", 0, "near 0"),
    "voicing_error": ("voicing error, share of frames", "", 3, "lower"),
    "duration_error_ms": ("duration error per phoneme", "ms", 1, "lower"),
    "length_ratio": ("length, ours over the recordings'", "", 3, "near 1"),
    "dnsmos_ovrl_percent": ("DNSMOS OVRL, ours of the recordings'", "%", 1, "higher"),
    "dnsmos_ovrl": ("DNSMOS OVRL, ours", "", 2, "higher"),
    "dnsmos_ovrl_recording": ("DNSMOS OVRL, recordings", "", 2, ""),
    "dnsmos_sig_percent": ("DNSMOS SIG, ours of the recordings'", "%", 1, "higher"),
    "dnsmos_bak_percent": ("DNSMOS BAK, ours of the recordings'", "%", 1, "higher"),
    "dnsmos_p808_percent": ("DNSMOS P.808, ours of the recordings'", "%", 1, "higher"),
    "dnsmos_pro_percent": ("DNSMOS Pro, ours of the recordings'", "%", 1, "higher"),
    "dnsmos_pro": ("DNSMOS Pro, ours", "", 2, "higher"),
    "voice_told_recording_percent": ("voices told apart, recordings", "%", 1, "higher"),
    "voice_told_ours_percent": ("voices told apart, ours", "%", 1, "higher"),
    "speaker_similarity": ("speaker similarity (cosine)", "", 3, "higher"),
    "cer_percent": ("character error rate, ours", "%", 1, "lower"),
    "cer_recording_percent": ("character error rate, recordings", "%", 1, ""),
    "kana_error_rate_percent": ("kana error rate, ours", "%", 1, "lower"),
    "kana_error_rate_recording_percent": ("kana error rate, recordings", "%", 1, ""),
    "real_time_factor": ("real-time factor", "", 3, "lower"),
}
_BY_SPEAKER = {
    "sentences": "n",
    "per_difference_points": "PER diff",
    "mcd_db": "MCD dB",
    "f0_correlation": "F0 corr",
    "f0_rmse_cents": "F0 cents",
    "duration_error_ms": "dur ms",
    "dnsmos_ovrl_percent": "OVRL %",
    "voice_told_recording_percent": "told %",
    "voice_told_ours_percent": "told ours %",
    "speaker_similarity": "spk sim",
}


def overall_rows(summary: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Make rows of measure, value (with half the 95 % interval) and unit, and the better direction.

    Measures that were not taken are left out.
    """
    found = summary["all"]
    rows = []
    for name, (title, unit, digits, better) in _MEASURES.items():
        if found.get(name) is not None:
            missing, interval = found["missing"].get(name), found["intervals"].get(name)
            note = f" ({missing} sentences missing)" if missing else ""
            spread = "" if interval is None else f" ± {interval:.{digits}f}"
            rows.append((title + note, f"{found[name]:.{digits}f}{spread} {unit}".rstrip(), better))
    return rows


def speaker_rows(summary: dict[str, Any]) -> list[list[str]]:
    """Make a header and a row for every speaker, with the columns that any speaker has."""
    speakers = summary["speakers"]
    columns = [name for name in _BY_SPEAKER if any(found.get(name) is not None for found in speakers.values())]
    rows = [["speaker", *(_BY_SPEAKER[name] for name in columns)]]
    for speaker, found in speakers.items():
        rows.append([speaker, *(_cell(found.get(name), name) for name in columns)])
    return rows


def unusable_sentences(summary: dict[str, Any]) -> list[str]:
    """List why measures are left out: a sentence for each network, with the measures."""
    sentences: dict[str, list[str]] = {}
    for name, sentence in summary["unusable"].items():
        if name in _MEASURES:
            sentences.setdefault(sentence, []).append(_MEASURES[name][0])
    return [f"{sentence} (left out: {'; '.join(titles)})" for sentence, titles in sentences.items()]


def _cell(value: float | None, name: str) -> str:
    if value is None:
        return "-"
    return f"{value:.{_MEASURES[name][2] if name in _MEASURES else 0}f}"


def terminal_tables(result: dict[str, Any]) -> str:
    """Write both tables in columns."""
    summary = result["summary"]
    lines = [f"{counted(summary['sentences'], 'sentence')}, {counted(len(summary['speakers']), 'speaker')}", ""]
    lines += _columns([[title, value] for title, value, _ in overall_rows(summary)])
    lines += ["", *_columns(speaker_rows(summary))]
    lines += [f"\nwarning: {sentence}" for sentence in unusable_sentences(summary)]
    if result["notes"]:
        lines += ["", f"notes on {counted(len(result['notes']), 'sentence')}: see evaluation.json"]
    return "\n".join(lines)


def _columns(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def markdown_tables(result: dict[str, Any]) -> str:
    """Write both tables in Markdown, with the settings of the evaluation."""
    summary, settings = result["summary"], result["settings"]
    lines = [
        f"# Evaluation of {settings['model']}",
        "",
        f"{counted(summary['sentences'], 'sentence')} of {settings.get('data', 'a test set')}, seed "
        f"{settings['seed']}; the measures are defined in docs/evaluation.md.",
        "",
        "| measure | value | better |",
        "|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in overall_rows(summary)),
        "",
        *(f"**Cannot be used:** {sentence}\n" for sentence in unusable_sentences(summary)),
    ]
    header, *rows = speaker_rows(summary)
    lines += [f"| {' | '.join(header)} |", "|" + "---|" * len(header), *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + "\n"
