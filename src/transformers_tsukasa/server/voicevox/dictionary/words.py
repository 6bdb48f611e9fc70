# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words as VOICEVOX's clients write them, and the same words as entries of our user dictionary."""

import re
from collections.abc import Iterable
from enum import Enum
from typing import Annotated, NamedTuple

from pydantic import BaseModel, Field, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from ....text.dictionary import Entry, UserDictionary
from ....text.normalization.character_folding import fold_widths
from ....text.phonemes.morae import split_morae
from ....text.readings.given_kana import given_kana
from ..arithmetic.moras import mora_at


HIGHEST_PRIORITY, USUAL_PRIORITY = 10, 5
Priority = Annotated[int, Field(ge=0, le=HIGHEST_PRIORITY)]

_ANY = "*"
_RULES = re.compile(r"\*|C[1-5]")  # how accents of compounds follow from those of their parts
_PRONUNCIATION = re.compile("[ァ-ヴー]+")
# Small kana after small kana or ッ, and ヮ elsewhere than at a beginning and after ク and グ.
_UNSPEAKABLE = re.compile("[ァィゥェォャュョヮッ][ァィゥェォャュョヮ]|ッッ|(?<!^)(?<![クグ])ヮ")
_BROKEN = re.compile(r"[\r\n\0]")
_LONGEST = 1000  # characters of a surface or a reading
_TO_FULL_WIDTH = {code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)}


class WordTypes(str, Enum):
    """Kinds of words that a client can add."""

    PROPER_NOUN = "PROPER_NOUN"
    COMMON_NOUN = "COMMON_NOUN"
    VERB = "VERB"
    ADJECTIVE = "ADJECTIVE"
    SUFFIX = "SUFFIX"


class _Kind(NamedTuple):
    """A kind of words.

    Attributes:
        part_of_speech: with three details, as the dictionaries of MeCab have it.
        context_id: of its left and right context there.
        pos: our own part of speech.
        has_rule: whether accents of compounds may follow a rule.
    """

    part_of_speech: tuple[str, str, str, str]
    context_id: int
    pos: str
    has_rule: bool = True


_KINDS = {
    WordTypes.PROPER_NOUN: _Kind(("名詞", "固有名詞", "一般", _ANY), 1348, "固有名詞"),
    WordTypes.COMMON_NOUN: _Kind(("名詞", "一般", _ANY, _ANY), 1345, "名詞"),
    WordTypes.VERB: _Kind(("動詞", "自立", _ANY, _ANY), 642, "動詞", has_rule=False),
    WordTypes.ADJECTIVE: _Kind(("形容詞", "自立", _ANY, _ANY), 20, "形容詞", has_rule=False),
    WordTypes.SUFFIX: _Kind(("名詞", "接尾", "一般", _ANY), 1358, "接尾辞"),
}
_BY_CONTEXT = {kind.context_id: kind for kind in _KINDS.values()}


class UserDictWord(BaseModel):
    """A word of the user.

    Args:
        surface: as it stands in texts, signs of ASCII in full width.
        priority: 0 to 10; of words with one surface the highest one is used, and one with 0 never.
        context_id: decides what kind of word it is.
        part_of_speech, part_of_speech_detail_1, part_of_speech_detail_2, part_of_speech_detail_3: of that kind.
        inflectional_type, inflectional_form, stem, yomi: are kept for clients.
        pronunciation: katakana.
        accent_type: the mora after which the pitch falls; 0 is flat.
        mora_count: of the pronunciation, which decides it.
        accent_associative_rule: is kept for clients.
    """

    surface: Annotated[str, Field(max_length=_LONGEST)]
    priority: Priority
    context_id: int = _KINDS[WordTypes.PROPER_NOUN].context_id
    part_of_speech: str
    part_of_speech_detail_1: str
    part_of_speech_detail_2: str
    part_of_speech_detail_3: str
    inflectional_type: Annotated[str, Field(max_length=_LONGEST)]
    inflectional_form: Annotated[str, Field(max_length=_LONGEST)]
    stem: Annotated[str, Field(max_length=_LONGEST)]
    yomi: Annotated[str, Field(max_length=_LONGEST)]
    pronunciation: Annotated[str, Field(max_length=_LONGEST)]
    accent_type: int
    mora_count: int | SkipJsonSchema[None] = None
    accent_associative_rule: str

    @classmethod
    def of_kind(
        cls, surface: str, pronunciation: str, accent_type: int, word_type: WordTypes, priority: int
    ) -> "UserDictWord":
        """A word as clients describe it.

        Raises:
            ValueError: for a word that cannot be.
        """
        kind = _KINDS[word_type]
        part, *details = kind.part_of_speech
        return cls(
            surface=surface,
            priority=priority,
            context_id=kind.context_id,
            part_of_speech=part,
            part_of_speech_detail_1=details[0],
            part_of_speech_detail_2=details[1],
            part_of_speech_detail_3=details[2],
            inflectional_type=_ANY,
            inflectional_form=_ANY,
            stem=_ANY,
            yomi=pronunciation,
            pronunciation=pronunciation,
            accent_type=accent_type,
            accent_associative_rule=_ANY,
        )

    @field_validator("surface")
    @classmethod
    def _check_surface(cls, surface: str) -> str:
        if _BROKEN.search(surface) or not fold_widths(surface).text.strip():
            raise ValueError("表記は1行の文字列です: the surface must be a word, without line breaks")
        _check_unicode(surface)
        return surface.translate(_TO_FULL_WIDTH)

    @field_validator("inflectional_type", "inflectional_form", "stem", "yomi")
    @classmethod
    def _check_kept(cls, text: str) -> str:
        if _BROKEN.search(text) or "," in text or '"' in text:
            raise ValueError("コンマ、引用符、改行は使えません: leave out commas, quotation marks and line breaks")
        _check_unicode(text)
        return text

    @field_validator("pronunciation")
    @classmethod
    def _check_pronunciation(cls, kana: str) -> str:
        if _PRONUNCIATION.fullmatch(kana) is None:
            raise ValueError("読みは全角カタカナで書きます: write the pronunciation in katakana")
        if _UNSPEAKABLE.search(kana):
            raise ValueError("読めない小書き文字があります: the pronunciation has small kana that nobody can speak")
        return kana

    @model_validator(mode="after")
    def _check_together(self) -> "UserDictWord":
        kind = _BY_CONTEXT.get(self.context_id)
        details = (self.part_of_speech_detail_1, self.part_of_speech_detail_2, self.part_of_speech_detail_3)
        if kind is None or kind.part_of_speech != (self.part_of_speech, *details):
            raise ValueError(
                f"品詞が context_id {self.context_id} と合いません: the part of speech is not that of the context_id"
            )
        rule = self.accent_associative_rule
        if _RULES.fullmatch(rule) is None or (rule != _ANY and not kind.has_rule):
            raise ValueError(
                "アクセント結合規則が使えません: the accent_associative_rule must be *, or of nouns C1 to C5"
            )
        self.mora_count = len(_word_morae(self.pronunciation))
        if not 0 <= self.accent_type <= self.mora_count:
            raise ValueError(
                f"アクセント型は0から{self.mora_count}です: accent_type must be 0 (flat) to {self.mora_count}"
            )
        return self

    def entry(self) -> Entry | None:
        """The word in our user dictionary; None for a reading that is ー alone, which nobody can speak."""
        kana = given_kana(self.pronunciation)
        if kana is None:
            return None
        # Morae that are one here may be two of ours (キィ), and two may be one (フャ).
        accent = len(split_morae("".join(_word_morae(self.pronunciation)[: self.accent_type])))
        return Entry(self.surface, kana, min(accent, len(split_morae(kana))), _BY_CONTEXT[self.context_id].pos)


def compiled(words: Iterable[UserDictWord]) -> UserDictionary:
    """The words that are applied as a user dictionary: of those with one surface the highest priority, then the last.

    Args:
        words: the oldest first.
    """
    used = sorted((word for word in words if word.priority > 0), key=lambda word: word.priority)
    return UserDictionary(entry for word in used if (entry := word.entry()) is not None)


def _word_morae(kana: str) -> list[str]:
    morae: list[str] = []
    place = 0
    while place < len(kana):
        morae.append(mora_at(kana, place) or kana[place])  # ー is one
        place += len(morae[-1])
    return morae


def _check_unicode(text: str) -> None:
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("壊れた文字があります: the text holds half a character (a lone surrogate)")


__all__ = ["HIGHEST_PRIORITY", "USUAL_PRIORITY", "Priority", "UserDictWord", "WordTypes", "compiled"]
