# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Cosine similarity of speaker embeddings."""

import datasets
import evaluate
import numpy as np

from transformers_tsukasa.evaluation.networks.speaker_identity import XVectorEmbedder, cosine_similarity


_CITATION = """\
Snyder, D., Garcia-Romero, D., Sell, G., Povey, D., & Khudanpur, S. (2018). X-vectors. ICASSP.
Chen, S., et al. (2022). WavLM: Large-scale self-supervised pre-training for full stack speech processing.
IEEE JSTSP 16.
"""

_DESCRIPTION = """\
Cosine of the angle between the embeddings of two utterances, -1 to 1, the mean over pairs. The embeddings come from
any speaker network: given as they are, by a function, or by a folder that transformers loads.
"""

_INPUTS = """
Args:
    predictions: list of embeddings `(size,)`; with an embedder, of waveforms `(samples,)`.
    references: the same, of the speaker that each is compared with.
    embedder: a function (waveform, sampling_rate) -> embedding, or a folder with a network of transformers that has an
        x-vector head.
    sampling_rate: of waveforms, in Hz.

Returns:
    speaker_similarity: mean over pairs.
    values: one for every pair.
"""


class SpeakerSimilarity(evaluate.Metric):
    """Cosine similarity of speaker embeddings."""

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

    def _compute(self, predictions, references, embedder=None, sampling_rate=None):
        if embedder is not None:
            if sampling_rate is None:
                raise ValueError("an embedder takes waveforms: pass their `sampling_rate`")
            embed = embedder if callable(embedder) else XVectorEmbedder(embedder)
            predictions, references = (
                [embed(np.asarray(waveform, dtype=np.float32), sampling_rate) for waveform in waveforms]
                for waveforms in (predictions, references)
            )
        values = [cosine_similarity(*pair) for pair in zip(predictions, references, strict=True)]
        return {"speaker_similarity": float(np.mean(values)), "values": values}
