# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Error rates of recognised text: of characters and of kana."""

import datasets
import evaluate

from transformers_tsukasa.evaluation.error_rates import ErrorRate
from transformers_tsukasa.evaluation.text_comparison import TextComparison


_CITATION = """\
Levenshtein, V. (1966). Binary codes capable of correcting deletions, insertions, and reversals.
"""

_DESCRIPTION = """\
Insertions, deletions and substitutions per 100 characters of the reference, over all sentences, after NFKC, in lower
case, without punctuation and spaces; and the same of katakana as our own front-end reads both texts, which makes
different spellings of one sound equal. The recognised text may come from any recogniser.
"""

_INPUTS = """
Args:
    predictions: list of recognised texts.
    references: list of the texts that were spoken.

Returns:
    cer_percent, kana_error_rate_percent: the error rates.
"""


class CharacterErrorRate(evaluate.Metric):
    """Error rates of recognised text: of characters and of kana."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features(
                {"predictions": datasets.Value("string"), "references": datasets.Value("string")}
            ),
        )

    def _compute(self, predictions, references):
        texts = TextComparison()
        pairs = list(zip(predictions, references, strict=True))
        characters = sum((texts.characters(*pair) for pair in pairs), ErrorRate(0, 0))
        kana = sum((texts.kana(*pair) for pair in pairs), ErrorRate(0, 0))
        if not characters.length:
            raise ValueError("the references hold no character to compare with")
        return {"cer_percent": characters.percent, "kana_error_rate_percent": kana.percent}
