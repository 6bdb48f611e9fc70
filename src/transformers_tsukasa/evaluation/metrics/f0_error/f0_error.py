# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""F0 error, correlation and voicing error along the path of dynamic time warping."""

import datasets
import evaluate
import numpy as np

from transformers_tsukasa.evaluation.distances import compare_waveforms


_CITATION = """\
Nakatani, T., Amano, S., Irino, T., Ishizuka, K., & Kondo, T. (2008). A method for fundamental frequency estimation and
voicing decision: Application to infant utterances recorded in real acoustical environments. Speech Communication 50.
Nieradzik, L. (2025). SwiftF0: Fast and accurate monophonic pitch detection. arXiv:2508.18440.
"""

_DESCRIPTION = """\
F0 by SwiftF0 every 5 ms, frames paired along the path of the smallest mel-cepstral distance. Root mean square of the
difference in cents, Pearson's correlation of F0 in cents, mean difference in cents, all over pairs of voiced frames,
and the share of pairs of which only one is voiced.
"""

_INPUTS = """
Args:
    predictions: list of waveforms `(samples,)` in [-1, 1].
    references: list of waveforms, the same sentences in the same order.
    sampling_rate: of all of them, in Hz.
    f0_min, f0_max: range of the pitch tracker in Hz, 50 to 900.

Returns:
    f0_rmse_cents, f0_correlation, f0_shift_cents, voicing_error: means over the utterances that have the measure.
    values: the same, with a list each, one for every utterance; NaN where fewer than two pairs are voiced.
"""


class F0Error(evaluate.Metric):
    """F0 error, correlation and voicing error along the path of dynamic time warping."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features(
                {
                    "predictions": datasets.Sequence(datasets.Value("float32")),
                    "references": datasets.Sequence(datasets.Value("float32")),
                }
            ),
        )

    def _compute(self, predictions, references, sampling_rate, f0_min=50.0, f0_max=900.0):
        compared = compare_waveforms(predictions, references, sampling_rate, f0_min, f0_max)
        names = ("f0_rmse_cents", "f0_correlation", "f0_shift_cents", "voicing_error")
        values = {name: compared[name] for name in names}
        return {**{name: _mean(own) for name, own in values.items()}, "values": values}


def _mean(values: list[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")
