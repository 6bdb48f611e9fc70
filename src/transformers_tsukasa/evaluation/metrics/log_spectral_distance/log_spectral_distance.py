# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Log-spectral distance along the path of dynamic time warping."""

import datasets
import evaluate
import numpy as np

from transformers_tsukasa.evaluation.distances import compare_waveforms


_CITATION = """\
Gray, A., & Markel, J. (1976). Distance measures for speech processing. IEEE TASSP 24.
Sakoe, H., & Chiba, S. (1978). Dynamic programming algorithm optimization for spoken word recognition. IEEE TASSP 26.
"""

_DESCRIPTION = """\
Log-spectral distance in dB: the root mean square over frequencies of the difference of log power spectra (Hann windows
of 25 ms every 5 ms), the mean over pairs of frames along the path of the smallest mel-cepstral
distance.
"""

_INPUTS = """
Args:
    predictions: list of waveforms `(samples,)` in [-1, 1].
    references: list of waveforms, the same sentences in the same order.
    sampling_rate: of all of them, in Hz.
    f0_min, f0_max: range of the pitch tracker in Hz, 50 to 900.

Returns:
    lsd_db: mean over utterances.
    values: one for every utterance.
"""


class LogSpectralDistance(evaluate.Metric):
    """Log-spectral distance along the path of dynamic time warping."""

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
        values = compare_waveforms(predictions, references, sampling_rate, f0_min, f0_max)["lsd_db"]
        return {"lsd_db": float(np.mean(values)), "values": values}
