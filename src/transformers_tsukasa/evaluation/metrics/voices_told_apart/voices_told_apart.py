# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Share of clips whose style is nearest to the voice of their own speaker."""

import datasets
import evaluate
import numpy as np

from transformers_tsukasa.evaluation.networks.speaker_identity import nearest


_CITATION = """\
Jia, Y., et al. (2018). Transfer learning from speaker verification to multispeaker text-to-speech synthesis. NeurIPS.
(closed-set speaker identification of speech by its embeddings)
"""

_DESCRIPTION = """\
Share of clips whose style vector is nearest to that of its own voice among all voices: by the cosine, after the mean
of the voices is subtracted. The level of chance is 100 / voices %.
"""

_INPUTS = """
Args:
    predictions: list of style vectors `(size,)` of clips from which the voices were not computed.
    references: list of the names of the clips' voices.
    voices: name -> vector `(size,)`, such as a model's named voices or means of other clips.

Returns:
    told_percent: share of clips that were assigned to their own voice.
    chance_percent: the level of chance.
    told: the name of the nearest voice, for every clip.
"""


class VoicesToldApart(evaluate.Metric):
    """Share of clips whose style is nearest to the voice of their own speaker."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features(
                {
                    "predictions": datasets.Sequence(datasets.Value("float32")),
                    "references": datasets.Value("string"),
                }
            ),
        )

    def _compute(self, predictions, references, voices):
        unknown = sorted(set(references) - set(voices))
        if unknown:
            raise ValueError(f"there is no voice '{unknown[0]}'; the voices are {', '.join(voices)}")
        told = [nearest(vector, voices) for vector in predictions]
        hits = [one == reference for one, reference in zip(told, references, strict=True)]
        return {"told_percent": 100.0 * float(np.mean(hits)), "chance_percent": 100.0 / len(voices), "told": told}
