# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Questions as VOICEVOX's engine asks them: with one more mora at the end, higher than the last one.

Our models ask by themselves where a text has a question mark, so this is for those that want the other way.
"""

from collections.abc import Collection
from dataclasses import replace

from ...text.phonemes.morae import LONG_MARK, MORAIC_NASAL, split_written_morae
from ...text.phonemizer import Phonemizer
from ...text.types import Word
from .arithmetic.moras import VOWEL_KANA, VOWELS
from .lines import Line, LineMora, written
from .queries import AccentPhrase, AudioQuery, Mora, phrase_spans


_SECONDS = 0.15
_RISE = 0.3  # of the logarithm of F0
_HIGHEST_PITCH = 6.5


def with_upspeak(query: AudioQuery) -> tuple[AudioQuery, list[int]]:
    """A query whose questions are statements with a mora more, and the morae of the given one that it follows."""
    phrases, places = [], []
    for _, end, phrase in phrase_spans(query.accent_phrases):
        last = phrase.moras[-1]
        changes: dict[str, object] = {"is_interrogative": False}
        if phrase.is_interrogative and last.pitch > 0 and last.vowel.lower() in {*VOWELS, "n"}:
            changes |= {"moras": [*phrase.moras, _rising(last)], "accent": phrase.nucleus}
            places.append(end - 1)
        phrases.append(phrase.model_copy(update=changes))
    return query.model_copy(update={"accent_phrases": phrases}), places


def _rising(last: Mora) -> Mora:
    vowel = last.vowel
    kana = MORAIC_NASAL if vowel == "N" else VOWEL_KANA[vowel.lower()]
    return Mora(text=kana, vowel=vowel, vowel_length=_SECONDS, pitch=min(last.pitch + _RISE, _HIGHEST_PITCH))


def lengthened(line: Line, places: Collection[int], phrases: list[AccentPhrase], phonemizer: Phonemizer) -> Line:
    """A line with one more mora after some of its morae.

    Args:
        line: without the morae.
        places: numbers of morae.
        phrases: of the result.
        phonemizer: writes the words.
    """
    sentences = list(line.sentences)
    morae: list[LineMora] = []
    added: dict[int, int] = {}  # morae that were added to a sentence
    for place, mora in enumerate(line.morae):
        moved = tuple(number + added.get(mora.sentence, 0) for number in mora.own)
        morae.append(replace(mora, own=moved))
        if place not in places:
            continue
        last = max((number for each in morae if each.sentence == mora.sentence for number in each.own), default=-1)
        utterance, reading = sentences[mora.sentence]
        kana = MORAIC_NASAL if mora.text == MORAIC_NASAL else LONG_MARK
        words = _with_mora(reading.accented_words, last, kana)
        sentences[mora.sentence] = utterance, written(reading.text, words, phonemizer)
        added[mora.sentence] = added.get(mora.sentence, 0) + 1
        morae.append(LineMora(kana, mora.sentence, (last + 1,)))
    texts = [mora.text for phrase in phrases for mora in phrase.moras]
    named = tuple(replace(mora, text=text) for mora, text in zip(morae, texts, strict=True))
    return replace(line, sentences=tuple(sentences), morae=named, phrases=tuple(phrases))


def _with_mora(words: tuple[Word, ...], after: int, kana: str) -> list[Word]:
    """Words with one more mora after the one with a number."""
    found: list[Word] = []
    start = 0
    for word in words:
        pieces = split_written_morae(word.pronunciation)
        inside = after - start
        if 0 <= inside < len(pieces):
            spoken = "".join([*pieces[: inside + 1], kana, *pieces[inside + 1 :]])
            word = word._replace(pronunciation=spoken, lengthened="")
        found.append(word)
        start += len(pieces)
    return found


__all__ = ["lengthened", "with_upspeak"]
