# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Seconds of computing per second of speech."""

import datasets
import evaluate


_CITATION = """\
Zen, H., Agiomyrgiannakis, Y., Egberts, N., Henderson, F., & Szczepaniak, P. (2016). Fast, compact, and high quality
LSTM-RNN based statistical parametric speech synthesizers for mobile devices. Interspeech.
"""

_DESCRIPTION = """\
Seconds of computing over seconds of speech, of all utterances together; 0.1 is ten times faster than real time.
"""

_INPUTS = """
Args:
    predictions: list of seconds of computing.
    references: list of seconds of the speech that was made.

Returns:
    real_time_factor: the ratio of the sums.
    times_real_time: its inverse.
"""


class RealTimeFactor(evaluate.Metric):
    """Seconds of computing per second of speech."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features(
                {"predictions": datasets.Value("float64"), "references": datasets.Value("float64")}
            ),
        )

    def _compute(self, predictions, references):
        computed, spoken = sum(predictions), sum(references)
        if min(computed, spoken) <= 0:
            raise ValueError(f"seconds must be above 0, got {computed:g} of computing and {spoken:g} of speech")
        return {"real_time_factor": computed / spoken, "times_real_time": spoken / computed}
