# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Phoneme error rate of recognised phonemes, or of phonemes that a trained aligner recognises in speech."""

import datasets
import evaluate
import numpy as np

from transformers_tsukasa.evaluation.error_rates import sounds, total_error_rate
from transformers_tsukasa.evaluation.networks.evaluation_aligner import EvaluationAligner
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaAudioConfig


_CITATION = """\
Graves, A., Fernandez, S., Gomez, F., & Schmidhuber, J. (2006). Connectionist temporal classification. ICML.
Levenshtein, V. (1966). Binary codes capable of correcting deletions, insertions, and reversals.
"""

_DESCRIPTION = """\
Insertions, deletions and substitutions per 100 phonemes of the reference, over all sentences. Punctuation, spaces and
accent marks count for nothing. In speech, the CTC head of a text aligner recognises the phonemes, decoded
greedily.
"""

_INPUTS = """
Args:
    predictions: list of strings of phonemes, or list of waveforms `(samples,)` in [-1, 1].
    references: list of strings of phonemes.
    aligner: for waveforms, the folder of a trained text aligner.
    sampling_rate: of waveforms, in Hz.
    audio_config: for waveforms, the features the aligner was trained with: a `TsukasaAudioConfig` or a dict with its
        fields; by default those of the 24 kHz model.

Returns:
    per_percent: the error rate.
    edits, length: the sums that it is computed from.
    recognized: the phonemes that were compared, for every sentence.
"""


class PhonemeErrorRate(evaluate.Metric):
    """Phoneme error rate of recognised phonemes, or of phonemes that a trained aligner recognises in speech."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=[
                datasets.Features({"predictions": datasets.Value("string"), "references": datasets.Value("string")}),
                datasets.Features(
                    {
                        "predictions": datasets.Sequence(datasets.Value("float32")),
                        "references": datasets.Value("string"),
                    }
                ),
            ],
        )

    def _compute(self, predictions, references, aligner=None, sampling_rate=None, audio_config=None):
        if not isinstance(predictions[0], str):
            predictions = _transcribe(predictions, aligner, sampling_rate, audio_config)
        recognized = [sounds(one) for one in predictions]
        total = total_error_rate(recognized, [sounds(one) for one in references])
        return {"per_percent": total.percent, "edits": total.edits, "length": total.length, "recognized": recognized}


def _transcribe(waveforms, aligner, sampling_rate, audio_config) -> list[str]:
    if aligner is None or sampling_rate is None:
        raise ValueError("waveforms need `aligner`, the folder of a trained aligner, and `sampling_rate`")
    if not isinstance(audio_config, TsukasaAudioConfig):
        audio_config = TsukasaAudioConfig(**(audio_config or {}))
    network = EvaluationAligner(aligner, audio_config)
    return [network.transcribe(np.asarray(waveform, dtype=np.float32), sampling_rate) for waveform in waveforms]
