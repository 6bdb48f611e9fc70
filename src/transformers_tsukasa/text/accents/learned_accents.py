# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words with the borders of accent phrases and the nuclei that the accent model gives them.

Accents that the user or the text gives stay: an accent phrase of the rules that holds such a word keeps its borders
and its nucleus.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ..types import RUBY, AccentOrigin, Word
from .accent_model import AccentModel, packed_model
from .features import RulePhrase, view_of
from .paths import AFTER, BEFORE, NEVER, NUCLEUS, Scores, Step, likely_path, phrase_probabilities


GIVEN = ("user", RUBY)
"""Sources of words whose accent the model may not change."""


class _Phrase(NamedTuple):
    """An accent phrase of the rules.

    Attributes:
        head: the number of its first word.
        start, end: its first mora in the text, and one past its last.
        nucleus: of it.
        is_given: whether it stays as it is.
    """

    head: int
    start: int
    end: int
    nucleus: int
    is_given: bool

    @property
    def ends_high(self) -> bool:
        """Whether the pitch falls after its last mora, which no label tells."""
        return self.nucleus == self.end - self.start


def with_learned_accents(
    words: Sequence[Word], style: str | None = None, model: AccentModel | None = None
) -> list[Word]:
    """The words with other borders of accent phrases and other nuclei; all else of them stays.

    Args:
        words: of one text, with the accents of the rules.
        style: whose accents, the first of `model.styles` without it.
        model: the package's without it.

    Raises:
        ValueError: for a style that the model has not learned.
    """
    found = _decided(words, style, model or packed_model())
    return list(words) if found is None else found.words(words)


def with_accent_origins(words: Sequence[Word]) -> tuple[list[Word], dict[int, AccentOrigin]]:
    """The words of `with_learned_accents`, and where their accents are from by the first word of their phrases."""
    model = packed_model()
    found = _decided(words, None, model)
    return (list(words), {}) if found is None else (found.words(words), found.origins(model.scale))


class _Decision(NamedTuple):
    """A decision of the accent model about a text.

    Attributes:
        word_of: the number of the word of every mora.
        by_rules: the phrases that it had.
        allowed: the scores for `likely_path`.
        path: the one that is taken.
    """

    word_of: list[int]
    by_rules: list[_Phrase]
    allowed: list[Scores]
    path: list[Step]

    def words(self, words: Sequence[Word]) -> list[Word]:
        """The words with the borders and nuclei of the path."""
        return _with_path(words, self.word_of, self.path, self.by_rules)

    def origins(self, scale: float) -> dict[int, AccentOrigin]:
        """Where the accents are from, by the first word of their phrases."""
        given = {phrase.head for phrase in self.by_rules if phrase.is_given}
        scaled = [tuple(score / scale for score in one) for one in self.allowed]
        heads = [self.word_of[place] for place, step in enumerate(self.path) if step.begins]
        origins = {}
        for word, probability in zip(heads, phrase_probabilities(scaled, self.path), strict=True):
            origins[word] = AccentOrigin("given") if word in given else AccentOrigin("learned", probability)
        return origins


def _decided(words: Sequence[Word], style: str | None, model: AccentModel) -> _Decision | None:
    """The decision about analysed words; None for a text without morae."""
    view = view_of(words)
    scores = model.scores(view, style)
    if not scores:
        return None
    by_rules = [_phrase(phrase) for phrase in view.phrases]
    places = view.places
    allowed = _allowed(words, places, scores, by_rules)
    return _Decision([word for word, _ in places], by_rules, allowed, likely_path(allowed, model.scale))


def _phrase(phrase: RulePhrase) -> _Phrase:
    """A phrase of the rules, and why it stays as it is."""
    is_given = any(member.word.source in GIVEN for member in phrase.words)
    return _Phrase(phrase.words[0].number, phrase.start, phrase.start + phrase.size, phrase.nucleus, is_given)


def _allowed(
    words: Sequence[Word],
    places: Sequence[tuple[int, int]],
    scores: Sequence[Sequence[float]],
    by_rules: Sequence[_Phrase],
) -> list[Scores]:
    """The scores for `likely_path`: borders at the beginnings of words alone, and phrases that stay as they are."""
    allowed: list[Scores] = []
    for (word, mora), (begins, nucleus, after) in zip(places, scores, strict=True):
        if mora:
            allowed.append((NEVER, 0, 0, nucleus, after))
        else:
            is_after_mark = word == 0 or not words[word - 1].pronunciation
            allowed.append((begins, NEVER if is_after_mark else 0, 0, nucleus, after))
    for phrase in by_rules:
        if phrase.is_given:
            _keep(allowed, phrase)
    return allowed


def _keep(allowed: list[Scores], phrase: _Phrase) -> None:
    """Leaves only those paths that have this phrase."""
    nucleus = phrase.start + phrase.nucleus - 1 if phrase.nucleus and not phrase.ends_high else -1
    for mora in range(phrase.start, phrase.end):
        is_first = mora == phrase.start
        state = NUCLEUS if mora == nucleus else AFTER if 0 <= nucleus < mora else BEFORE
        before, high, after = (0 if other == state else NEVER for other in (BEFORE, NUCLEUS, AFTER))
        allowed[mora] = (0 if is_first else NEVER, NEVER if is_first else 0, before, high, after)
    if phrase.end < len(allowed):
        begins, _, *states = allowed[phrase.end]
        allowed[phrase.end] = (begins, NEVER, *states)


def _with_path(
    words: Sequence[Word], word_of: Sequence[int], path: Sequence[Step], by_rules: Sequence[_Phrase]
) -> list[Word]:
    """The words with the borders and nuclei of a path."""
    ends_high = {(phrase.start, phrase.end): phrase.nucleus for phrase in by_rules if phrase.ends_high}
    changed = list(words)
    starts = [place for place, step in enumerate(path) if step.begins]
    heads = {word_of[start] for start in starts}
    for start, end in zip(starts, [*starts[1:], len(path)], strict=True):
        nucleus = next((place - start + 1 for place in range(start, end) if path[place].state == NUCLEUS), 0)
        nucleus = nucleus or ends_high.get((start, end), 0)
        word = words[word_of[start]]
        if not word.starts_accent_phrase or word.accent != nucleus:
            changed[word_of[start]] = word._replace(starts_accent_phrase=True, accent=nucleus)
    for index, word in enumerate(words):
        if word.starts_accent_phrase and word.pronunciation and index not in heads:
            changed[index] = word._replace(starts_accent_phrase=False)
    return changed


__all__ = ["with_accent_origins", "with_learned_accents"]
