# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Mel-cepstral distortion along the path of dynamic time warping."""

import datasets
import evaluate
import numpy as np

from transformers_tsukasa.evaluation.distances import compare_waveforms


_CITATION = """\
Kubichek, R. (1993). Mel-cepstral distance measure for objective speech quality assessment. PACRIM.
Morise, M. (2015). CheapTrick, a spectral envelope estimator for high-quality speech synthesis.
Speech Communication 67.
Sakoe, H., & Chiba, S. (1978). Dynamic programming algorithm optimization for spoken word recognition. IEEE TASSP 26.
"""

_DESCRIPTION = """\
Mel-cepstral distortion in dB, 10 / ln 10 * sqrt(2 * sum of squared differences of c1 to c24): the mean over pairs of
frames on the path of dynamic time warping. CheapTrick envelopes every 5 ms, all-pass constant 0.466 at 24 kHz.
"""

_INPUTS = """
Args:
    predictions: list of waveforms `(samples,)` in [-1, 1].
    references: list of waveforms, the same sentences in the same order.
    sampling_rate: of all of them, in Hz.
    f0_min, f0_max: range of the pitch tracker in Hz, 50 to 900.

Returns:
    mcd_db: mean over utterances.
    values: one for every utterance.
"""


class MelCepstralDistortion(evaluate.Metric):
    """Mel-cepstral distortion along the path of dynamic time warping."""

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
        values = compare_waveforms(predictions, references, sampling_rate, f0_min, f0_max)["mcd_db"]
        return {"mcd_db": float(np.mean(values)), "values": values}
