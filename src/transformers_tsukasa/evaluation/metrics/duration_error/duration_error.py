# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Mean absolute error of durations per phoneme."""

import datasets
import evaluate
import numpy as np

from transformers_tsukasa.evaluation.networks.evaluation_aligner import duration_errors


_CITATION = """\
Zen, H., Tokuda, K., & Black, A. (2009). Statistical parametric speech synthesis. Speech Communication 51.
"""

_DESCRIPTION = """\
Mean absolute difference of phoneme durations in ms, every phoneme counting the same. Punctuation and spaces, which are
pauses, are left out when phonemes are given.
"""

_INPUTS = """
Args:
    predictions: list of durations `(symbols,)` in seconds.
    references: list of durations, as many for every sentence.
    phonemes: list of strings with a symbol for every duration, if any of them are pauses.

Returns:
    duration_error_ms: mean over all phonemes.
    phonemes: how many.
"""


class DurationError(evaluate.Metric):
    """Mean absolute error of durations per phoneme."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features(
                {
                    "predictions": datasets.Sequence(datasets.Value("float64")),
                    "references": datasets.Sequence(datasets.Value("float64")),
                }
            ),
        )

    def _compute(self, predictions, references, phonemes=None):
        phonemes = ["a" * len(one) for one in references] if phonemes is None else phonemes
        sentences = zip(predictions, references, phonemes, strict=True)
        errors = np.concatenate([duration_errors(*sentence) for sentence in sentences])
        if not errors.size:
            raise ValueError("the sentences have no phoneme to compare")
        return {"duration_error_ms": float(errors.mean()), "phonemes": int(errors.size)}
