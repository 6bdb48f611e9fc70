# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The last word on heteronyms: another reading of the dictionaries where the model is sure enough of it.

The rules are right about 19 of 20 such words, so the model only speaks by a margin, and never for another form of the
same word (`reading_variants`). Words that it doubts keep their reading and are marked.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ...phonemes.morae import comparable_morae, to_katakana
from ..heteronyms import accent_of
from ..njd_words import NjdWord, reread
from ..reading_variants import reading_variants
from .context_features import Core, context_features, core_of
from .reading_model import PRESENT, ReadingModel, packaged_model


def choose_learned_readings(words: Sequence[NjdWord], model: ReadingModel | None = None) -> list[NjdWord]:
    """The words with those read again of which the model is sure.

    Args:
        words: after all rules; those with a given reading stay as they are.
        model: the one in the package if it is None.

    Returns:
        The words. One that is read again has the source "model"; one that the model doubts has alternatives, and is
        not confident.
    """
    model = model or packaged_model()
    result = list(words)
    for index, word in enumerate(words):
        core = core_of(word)
        if core is None or len(offered := offered_readings(model.readings, word, core)) < 2:
            continue
        scores = model.scores(context_features(words, index, core), core.written, offered)
        scores[0] += PRESENT
        best = 1 + int(np.argmax(scores[1:]))
        lead = float(scores[best] - scores[0])
        if lead > 0:
            tail = to_katakana(core.tail)
            result = _reread(result, index, offered[best] + tail, lead, is_sure=lead > model.margin)
    return result


def offered_readings(known: Mapping[tuple[str, str], tuple[str, ...]], word: NjdWord, core: Core) -> list[str]:
    """The present reading of a core, then those other ones that are no variants of it; katakana."""
    tail = to_katakana(core.tail)
    present = word.kana.removesuffix(tail)
    readings = [kana for kana in known.get((core.written, core.tail), ()) if _sound(kana) != core.reading]
    if not readings:
        return [present]
    variants = {_sound(kana) for kana in reading_variants(word.surface, word.lemma, word.kana)}
    return [present, *(kana for kana in readings if _sound(kana + tail) not in variants)]


def _sound(kana: str) -> str:
    return "".join(comparable_morae(kana))


def _reread(words: list[NjdWord], index: int, kana: str, lead: float, is_sure: bool) -> list[NjdWord]:
    word = words[index]
    percent = f"{100 / (1 + math.exp(-lead)):.0f} %"
    if not is_sure:
        alternatives = tuple(dict.fromkeys((kana, *word.alternatives)))
        note = word.note or f"{kana} by the context ({percent}), which is not sure enough"
        doubted = word._replace(alternatives=alternatives, is_confident=False, note=note)
        return [*words[:index], doubted, *words[index + 1 :]]
    result = reread(words, index, kana, accent=accent_of(word, kana))
    result[index] = result[index]._replace(
        source="model",
        note=f"{kana} rather than {word.kana} in this context ({percent})",
        alternatives=tuple(dict.fromkeys((word.kana, *(other for other in word.alternatives if other != kana)))),
        is_confident=True,
    )
    return result
