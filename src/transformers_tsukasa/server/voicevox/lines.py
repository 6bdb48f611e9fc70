# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A line of text as its accent phrases, and the same words with the accents, phrases and pauses of a query."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...text.phonemes.morae import split_written_morae
from ...text.phonemes.rendering import render
from ...text.phonemes.units import PUNCTUATION, accent_phrases
from ...text.phonemization import Phonemization
from ...text.phonemizer import Phonemizer
from ...text.sentence_readings import read_sentences
from ...text.types import UNSPOKEN, Word
from ...text.utterances import Utterance
from .arithmetic.moras import SYMBOLS, VOWELS, query_morae, speakable
from .queries import AccentPhrase, Mora, all_morae, phrase_spans


if TYPE_CHECKING:
    from ...models.tsukasa.tokenization_tsukasa import TsukasaTokenizer

_PAUSE_TEXTS = "、。？！…・"
_QUESTION, _STOP, _COMMA = "？", "。", "、"
_LENGTHENED = {("o", "オ"): "ウ", ("e", "エ"): "イ"}  # as readings write what is spoken longer


@dataclass(frozen=True)
class LineMora:
    """A mora of a query in its line.

    Args:
        text: katakana.
        sentence: number of its sentence.
        own: numbers of its morae in the reading of the sentence; none where the one before has them.
    """

    text: str
    sentence: int
    own: tuple[int, ...]


@dataclass(frozen=True)
class Line:
    """A text, read.

    Args:
        sentences: with their readings.
        morae: of all accent phrases, in order.
        phrases: without lengths and pitches.
        has_words: False where only kana is known, whose accents are those of a query.
    """

    sentences: tuple[tuple[Utterance, Phonemization], ...]
    morae: tuple[LineMora, ...]
    phrases: tuple[AccentPhrase, ...]
    has_words: bool = True

    @property
    def texts(self) -> tuple[str, ...]:
        """The kana of the morae, by which lines are found again."""
        return tuple(mora.text for mora in self.morae)

    @property
    def structure(self) -> tuple[tuple[int, int, bool], ...]:
        """Number of morae, accent, and whether there is a pause, of every phrase."""
        return tuple((len(each.moras), each.nucleus, each.pause_mora is not None) for each in self.phrases)


def japanese_phonemizer(tokenizer: "TsukasaTokenizer") -> Phonemizer:
    """The reader of texts for a model.

    Raises:
        ValueError: for a model of another language.
    """
    phonemizer = tokenizer.phonemizer
    if not isinstance(phonemizer, Phonemizer):
        raise ValueError("このモデルは日本語を読みません: this model does not read Japanese; use one that does")
    return phonemizer


def read_line(text: str, phonemizer: Phonemizer) -> Line:
    """Read a text; one without anything to speak has no phrases.

    Raises:
        ValueError: for a pause in the text that cannot be spoken.
    """
    read = read_sentences(text, phonemizer)
    return _line(tuple((utterance, reading) for utterance, reading in read if reading is not None))


def line_of_kana(phrases: Sequence[AccentPhrase], phonemizer: Phonemizer) -> Line:
    """Accent phrases, of which no text is known, as a line of one sentence with a word for each."""
    words: list[Word] = []
    own: list[tuple[int, ...]] = []
    count = 0
    for number, phrase in enumerate(phrases, start=1):
        reading, vowel = "", ""
        for mora in phrase.moras:
            kana = _LENGTHENED.get((vowel, mora.text), speakable(mora.text))
            size = len(split_written_morae(kana))
            own.append(tuple(range(count, count + size)))
            reading, vowel, count = reading + kana, SYMBOLS[mora.text].vowel, count + size
        accent = (
            0 if phrase.nucleus == len(phrase.moras) else sum(map(len, own[-len(phrase.moras) :][: phrase.nucleus]))
        )
        words.append(Word(reading, 0, 0, reading, reading, accent, True, source="kana"))
        words += _kana_marks(phrase, number == len(phrases))
    if not words:
        return Line((), (), ())
    morae = tuple(LineMora(mora.text, 0, numbers) for mora, numbers in zip(all_morae(phrases), own, strict=True))
    plain = tuple(_plain(phrase) for phrase in phrases)
    text = "".join(word.surface for word in words)
    return Line(((Utterance(text, "none"), written(text, words, phonemizer)),), morae, plain, has_words=False)


def _kana_marks(phrase: AccentPhrase, is_last: bool) -> Iterator[Word]:
    if phrase.is_interrogative:
        yield _mark(_QUESTION)
    elif is_last:
        yield _mark(_STOP)
    elif phrase.pause_mora is not None:
        yield _mark(phrase.pause_mora.text if phrase.pause_mora.text in PUNCTUATION else _COMMA)


def restated(line: Line, phrases: Sequence[AccentPhrase], phonemizer: Phonemizer, asks: bool = True) -> Line:
    """The words of a line with the phrases, accents, pauses and questions that a query has.

    Args:
        line: whose morae are those of the phrases.
        phrases: of the query.
        asks: False speaks questions as statements.
    """
    wanted = tuple(_plain(phrase, asks) for phrase in phrases)
    if wanted == line.phrases:
        return line
    if not line.has_words:
        return replace(line_of_kana(wanted, phonemizer), phrases=wanted)
    sentences = []
    for number, (utterance, reading) in enumerate(line.sentences):
        words = _Restatement(line, wanted, number).words()
        same = words == list(reading.accented_words)
        sentences.append((utterance, reading if same else written(reading.text, words, phonemizer)))
    return Line(tuple(sentences), line.morae, wanted)


class _Restatement:
    """The words of one sentence of a line, stated again."""

    def __init__(self, line: Line, wanted: Sequence[AccentPhrase], sentence: int) -> None:
        # Phrases by the number of their first mora in the line, and by that of their last.
        self._old = {start: phrase for start, _, phrase in phrase_spans(line.phrases)}
        self._new = {start: phrase for start, _, phrase in phrase_spans(wanted)}
        self._old_ends = {end - 1: phrase for _, end, phrase in phrase_spans(line.phrases)}
        self._ends = {end - 1: phrase for _, end, phrase in phrase_spans(wanted)}
        self._words = line.sentences[sentence][1].accented_words
        # The morae of the query that begin at morae of the reading, and the last one of the sentence.
        self._query: dict[int, int] = {}
        self._last = -1
        for place, mora in enumerate(line.morae):
            if mora.sentence == sentence:
                self._last = place
                if mora.own:
                    self._query[mora.own[0]] = place

    def words(self) -> list[Word]:
        """The words."""
        found: list[Word] = []
        marks: list[Word] = []
        end = -1  # the mora of the query that was last
        mora = 0
        for word in self._words:
            if not word.pronunciation:
                marks.append(word)
                continue
            found += self._marks(end, marks) if end >= 0 else marks
            marks = []
            pieces = split_written_morae(word.pronunciation)
            cuts = [at for at in range(len(pieces)) if at == 0 or self._starts(mora + at)]
            for first, last in zip(cuts, [*cuts[1:], len(pieces)], strict=True):
                found += self._pause_inside(mora + first) if first else []
                found.append(self._piece(word, pieces, first, last, mora + first))
            mora += len(pieces)
            end = max((place for own, place in self._query.items() if own < mora), default=end)
        return found + self._marks(self._last, marks)

    def _starts(self, mora: int) -> bool:
        return self._query.get(mora) in self._new

    def _pause_inside(self, mora: int) -> list[Word]:
        phrase = self._ends.get(self._query[mora] - 1)
        return [_mark(_COMMA)] if phrase is not None and phrase.pause_mora is not None else []

    def _piece(self, word: Word, pieces: Sequence[str], first: int, last: int, mora: int) -> Word:
        """A word, or the part of it from one phrase's beginning to the next."""
        if (first, last) != (0, len(pieces)):
            kana = "".join(pieces[first:last])
            word = word._replace(pronunciation=kana, kana=kana, lengthened="", joined=word.joined and first == 0)
        place = self._query.get(mora)
        if place is None or place not in self._new:
            return word if place not in self._old else word._replace(starts_accent_phrase=False)
        phrase = self._new[place]
        old = self._old.get(place)
        if old is not None and (len(old.moras), old.nucleus) == (len(phrase.moras), phrase.nucleus):
            return word
        count = len(phrase.moras)
        is_flat = phrase.nucleus == count and word.accent != count
        return word._replace(starts_accent_phrase=True, accent=0 if is_flat else phrase.nucleus)

    def _marks(self, end: int, marks: list[Word]) -> list[Word]:
        """The marks after a mora of the query, as the phrase that ends there has them."""
        phrase, old = self._ends.get(end), self._old_ends.get(end)
        is_inside = end != self._last
        is_asked = phrase is not None and phrase.is_interrogative
        was_asked = old is not None and old.is_interrogative
        if is_inside and (phrase is None or phrase.pause_mora is None) and not is_asked:
            return [mark for mark in marks if not _is_mark(mark)]
        if was_asked and not is_asked:
            statement = _COMMA if is_inside else _STOP
            return [_mark(statement) if PUNCTUATION.get(mark.surface) == "?" else mark for mark in marks]
        if is_asked and not was_asked:
            return [mark for mark in marks if PUNCTUATION.get(mark.surface) not in (".", ",")] + [_mark(_QUESTION)]
        if is_inside and not any(map(_is_mark, marks)):
            return [*marks, _mark(_COMMA)]
        return marks


def _line(sentences: tuple[tuple[Utterance, Phonemization], ...]) -> Line:
    morae: list[LineMora] = []
    phrases: list[AccentPhrase] = []
    for number, (_, reading) in enumerate(sentences):
        if phrases and phrases[-1].pause_mora is None:
            phrases[-1] = phrases[-1].model_copy(update={"pause_mora": Mora.pause(_STOP)})
        phrases += _sentence_phrases(reading.accented_words, number, morae)
    if phrases:
        phrases[-1] = phrases[-1].model_copy(update={"pause_mora": None})
    return Line(sentences, tuple(morae), tuple(phrases))


def _sentence_phrases(words: Sequence[Word], sentence: int, morae: list[LineMora]) -> list[AccentPhrase]:
    """The accent phrases of a sentence, whose morae are added to those of the line."""
    counts = [len(split_written_morae(word.pronunciation)) for word in words]
    starts = [sum(counts[:number]) for number in range(len(words))]
    groups = list(accent_phrases(words))
    phrases = []
    for group, next_group in zip(groups, [*groups[1:], [len(words)]], strict=True):
        first = len(morae)
        vowel, nucleus = "", words[group[0]].accent
        place, accent = 0, 0
        for word in group:
            for offset, kana in enumerate(_spoken_morae(words[word])):
                own: tuple[int, ...] = (starts[word] + offset,)
                for text in query_morae(kana, vowel):
                    morae.append(LineMora(text, sentence, own))
                    vowel, own = SYMBOLS[text].vowel, ()
                place += 1
                accent = len(morae) - first if place == nucleus else accent
        count = len(morae) - first
        if count == 0:
            continue
        marks = [word for word in words[group[-1] + 1 : next_group[0]] if _is_mark(word)]
        phrases.append(
            AccentPhrase(
                moras=[Mora.of_kana(mora.text) for mora in morae[first:]],
                accent=accent or count,
                pause_mora=Mora.pause(_pause_text(marks)) if marks else None,
                is_interrogative=any("?" in PUNCTUATION.get(sign, "") for mark in marks for sign in mark.surface),
            )
        )
    return phrases


def _spoken_morae(word: Word) -> tuple[str, ...]:
    """The morae of a word, with ー for what lengthens a vowel where that is known."""
    written = split_written_morae(word.pronunciation)
    spoken = split_written_morae(word.lengthened)
    return spoken if len(spoken) == len(written) else written


def _plain(phrase: AccentPhrase, asks: bool = True) -> AccentPhrase:
    """A phrase without what a model predicts, to be compared."""
    pause = None if phrase.pause_mora is None else Mora.pause(phrase.pause_mora.text)
    return AccentPhrase(
        moras=[Mora.of_kana(mora.text) for mora in phrase.moras],
        accent=phrase.nucleus,
        pause_mora=pause,
        is_interrogative=phrase.is_interrogative and asks,
    )


def _is_mark(word: Word) -> bool:
    return word.pos != UNSPOKEN and not word.pronunciation and any(sign in PUNCTUATION for sign in word.surface)


def _pause_text(marks: Sequence[Word]) -> str:
    signs = [sign for mark in marks for sign in mark.surface if sign in _PAUSE_TEXTS]
    return signs[0] if signs else _COMMA


def _mark(sign: str) -> Word:
    return Word(sign, 0, 0, "", "", 0, True, pos="記号", source="symbol")


def written(text: str, words: Sequence[Word], phonemizer: Phonemizer) -> Phonemization:
    """Words, whose accents are decided, as the reading of a text."""
    phonemes = render(words, phonemizer.profile, phonemizer.accent)
    return Phonemization(text, phonemes.symbols, tuple(words), tuple(phonemes.owners))


__all__ = ["Line", "LineMora", "VOWELS", "japanese_phonemizer", "line_of_kana", "read_line", "restated", "written"]
