# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Queries as they are sent: morae with lengths and pitches, accent phrases, and the scales of a line."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from .arithmetic.moras import SYMBOLS, VOWELS


LONGEST = 30.0  # seconds of a mora or a pause
Seconds = Annotated[float, Field(ge=0, le=LONGEST, allow_inf_nan=False)]
"""The length of a part of speech."""

_HIGHEST_PITCH = 7.0
_LOWEST_PITCH = 3.0
_PAUSE_TEXT = "、"


class Mora(BaseModel):
    """A mora, or a pause.

    Args:
        text: katakana, or a mark.
        consonant: its symbol.
        consonant_length: seconds; none without a consonant.
        vowel: a i u e o, in upper case where it is unvoiced; N, cl, or pau.
        vowel_length: seconds.
        pitch: natural logarithm of Hz, 0 where it is unvoiced.
    """

    text: str
    consonant: str | SkipJsonSchema[None] = None
    consonant_length: Seconds | SkipJsonSchema[None] = None
    vowel: str
    vowel_length: Seconds
    pitch: Annotated[float, Field(allow_inf_nan=False)]

    @model_validator(mode="after")
    def _check_pitch(self) -> "Mora":
        if self.pitch != 0 and not _LOWEST_PITCH <= self.pitch <= _HIGHEST_PITCH:
            raise ValueError(f"pitch は 0 か 3〜7 です: pitch must be 0 or 3 to 7, got {self.pitch:g}")
        return self

    @classmethod
    def of_kana(cls, text: str, is_unvoiced: bool = False) -> "Mora":
        """A mora without lengths and pitch."""
        consonant, vowel = SYMBOLS[text]
        vowel = vowel.upper() if is_unvoiced and vowel in VOWELS else vowel
        length = None if consonant is None else 0.0
        return cls(text=text, consonant=consonant, consonant_length=length, vowel=vowel, vowel_length=0.0, pitch=0.0)

    @classmethod
    def pause(cls, text: str = _PAUSE_TEXT) -> "Mora":
        """A pause without a length."""
        return cls(text=text, vowel="pau", vowel_length=0.0, pitch=0.0)


class AccentPhrase(BaseModel):
    """An accent phrase; its pitch falls after mora number `accent`, or not at all when that is the last one."""

    moras: list[Mora]
    accent: int
    pause_mora: Mora | SkipJsonSchema[None] = None
    is_interrogative: bool = False

    @model_validator(mode="after")
    def _check_morae(self) -> "AccentPhrase":
        if not self.moras:
            raise ValueError("moras が空です: moras must have at least one mora")
        for mora in self.moras:
            if mora.text not in SYMBOLS:
                raise ValueError(f"「{mora.text}」はモーラではありません: '{mora.text}' is no mora; write katakana")
        return self

    @property
    def nucleus(self) -> int:
        """The accent, from 1 to the number of morae."""
        count = len(self.moras)
        return count if self.accent < 1 else min(self.accent, count)


class Extension(BaseModel):
    """Fields of our queries beside those of VOICEVOX; clients may drop them."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = None
    seed: Annotated[int, Field(ge=0, le=2**62)] | None = None


class Scales(BaseModel):
    """How a line is spoken as far as that does not depend on its text.

    Args:
        speedScale: 2 is twice as fast.
        pitchScale: exponent of two, by which pitches are multiplied.
        intonationScale: factor of the distances of pitches from their mean.
        volumeScale: factor of samples.
        prePhonemeLength, postPhonemeLength: seconds of silence, before the speed.
        pauseLength: seconds of every pause, before the speed, in place of its own.
        pauseLengthScale: factor of pauses.
    """

    speedScale: Annotated[float, Field(ge=0.1, le=10, allow_inf_nan=False)]
    pitchScale: Annotated[float, Field(ge=-2, le=2, allow_inf_nan=False)]
    intonationScale: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
    volumeScale: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
    prePhonemeLength: Seconds
    postPhonemeLength: Seconds
    pauseLength: Seconds | None = None
    pauseLengthScale: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] = 1.0


class AudioQuery(Scales):
    """A line of speech, as it is to be spoken."""

    accent_phrases: list[AccentPhrase]
    outputSamplingRate: Annotated[int, Field(ge=8_000, le=192_000)]
    outputStereo: bool
    kana: str | SkipJsonSchema[None] = None
    tsukasa: Extension | SkipJsonSchema[None] = None

    def pause_seconds(self, pause: Mora) -> float:
        """The length of a pause, before the speed."""
        length = pause.vowel_length if self.pauseLength is None else self.pauseLength
        return length * self.pauseLengthScale

    @property
    def seconds(self) -> float:
        """The length of the speech."""
        morae = sum((mora.consonant_length or 0.0) + mora.vowel_length for mora in all_morae(self.accent_phrases))
        pauses = sum(
            self.pause_seconds(each.pause_mora) for each in self.accent_phrases if each.pause_mora is not None
        )
        return (self.prePhonemeLength + morae + pauses + self.postPhonemeLength) / self.speedScale


def all_morae(phrases: Sequence[AccentPhrase]) -> Iterator[Mora]:
    """The morae of phrases in order, without pauses."""
    return (mora for phrase in phrases for mora in phrase.moras)


def phrase_spans(phrases: Sequence[AccentPhrase]) -> Iterator[tuple[int, int, AccentPhrase]]:
    """Every phrase after the number of its first mora in the line, and one past that of its last."""
    end = 0
    for phrase in phrases:
        start, end = end, end + len(phrase.moras)
        yield start, end, phrase


def as_json(phrases: Sequence[AccentPhrase]) -> list[dict[str, Any]]:
    """Phrases as they are sent."""
    return [phrase.model_dump() for phrase in phrases]


__all__ = [
    "AccentPhrase",
    "AudioQuery",
    "Extension",
    "Mora",
    "Scales",
    "Seconds",
    "all_morae",
    "as_json",
    "phrase_spans",
]
