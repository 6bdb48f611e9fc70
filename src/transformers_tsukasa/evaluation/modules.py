# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The metrics as modules of Hugging Face's package `evaluate`, loaded from this package without a network."""

from pathlib import Path
from typing import Any

from ..utils.wording import install_hint


_FOLDER = Path(__file__).parent / "metrics"

METRICS = (
    "mel_cepstral_distortion",
    "log_spectral_distance",
    "f0_error",
    "duration_error",
    "phoneme_error_rate",
    "character_error_rate",
    "speaker_similarity",
    "dnsmos",
    "real_time_factor",
    "voices_told_apart",
)
"""Names of the metrics, each a folder in `evaluation/metrics`."""

_SHORT_NAMES = {"mcd": "mel_cepstral_distortion", "lsd": "log_spectral_distance", "f0": "f0_error"}
_SHORT_NAMES |= {"per": "phoneme_error_rate", "cer": "character_error_rate", "rtf": "real_time_factor"}


def module_path(name: str) -> str:
    """Return the folder of a metric, for `evaluate.load(module_path("mcd"))`.

    Raises:
        ValueError: when there is no such metric.
    """
    full = _SHORT_NAMES.get(name, name)
    if full not in METRICS:
        raise ValueError(f"there is no metric '{name}'; there are {', '.join((*METRICS, *_SHORT_NAMES))}")
    return str(_FOLDER / full)


def load(name: str, **arguments: Any) -> Any:
    """Load a metric as an `evaluate.EvaluationModule`.

    Args:
        name: one of `METRICS`, or mcd, lsd, f0, per, cer, rtf for short.
        arguments: as of `evaluate.load`.

    Raises:
        ValueError: when there is no such metric.
        ImportError: when `evaluate` is not installed.
    """
    path = module_path(name)
    try:
        import evaluate
    except ImportError as error:
        raise ImportError(f"metrics as modules need the package evaluate: {install_hint('evaluate')}") from error
    return evaluate.load(path, **arguments)
