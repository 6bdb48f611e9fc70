# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The notation of readings with accents that VOICEVOX's clients use: コンニチワ'、セ'カイ？"""

from collections.abc import Iterator, Sequence

from ..problems import ServerProblem
from .arithmetic.moras import SYMBOLS, VOWELS, mora_at
from .queries import AccentPhrase, Mora


_ACCENT, _UNVOICED, _QUESTION, _JOINT, _PAUSE = "'", "_", "？", "/", "、"
_MOST_STEPS = 300  # in a phrase: morae and the accent
_SENTENCES = {
    "EMPTY_PHRASE": "{position}番目のアクセント句が空です: phrase {position} is empty; write a reading there",
    "INTERROGATION_MARK_NOT_AT_END": "「？」は句の末尾に書きます: '？' must end its phrase, see '{text}'",
    "ACCENT_TOP": "句頭にアクセントは置けません: put the accent after a mora, not before the first of '{text}'",
    "ACCENT_TWICE": "アクセントが二つ以上あります: leave one accent in '{text}'",
    "UNKNOWN_TEXT": "読めない文字があります: write '{text}' in the katakana of morae",
    "ACCENT_NOTFOUND": "アクセントがありません: put ' after a mora of '{text}'",
    "INFINITE_LOOP": "アクセント句が長すぎます: a phrase is too long; cut it with / or 、",
}


class KanaProblem(ServerProblem):
    """A text is not in the notation.

    Args:
        name: which fault it is.
        arguments: where it is.
    """

    def __init__(self, name: str, **arguments: str) -> None:
        message = _SENTENCES[name].format(**arguments)
        detail = {"text": message, "error_name": name, "error_args": arguments}
        super().__init__(400, name.lower(), message, param="text", also={"detail": detail})
        self.name, self.arguments = name, arguments


def read_kana(text: str) -> list[AccentPhrase]:
    """The accent phrases of a text in the notation, without lengths and pitches.

    Raises:
        KanaProblem: for a text that is not in the notation.
    """
    return [_read_phrase(phrase, joint) for phrase, joint in _phrases(text)]


def _phrases(text: str) -> Iterator[tuple[str, str]]:
    """The phrases of a text with what follows each."""
    start = 0
    for number in range(1, len(text) + 2):
        end = start
        while end < len(text) and text[end] not in (_JOINT, _PAUSE):
            end += 1
        if end == start:
            raise KanaProblem("EMPTY_PHRASE", position=str(number))
        yield text[start:end], text[end : end + 1]
        if end == len(text):
            return
        start = end + 1


def _read_phrase(phrase: str, joint: str) -> AccentPhrase:
    is_question = _QUESTION in phrase
    if is_question and phrase.index(_QUESTION) != len(phrase) - 1:
        raise KanaProblem("INTERROGATION_MARK_NOT_AT_END", text=phrase)
    text = phrase.removesuffix(_QUESTION)
    morae: list[Mora] = []
    accent, place = 0, 0
    for step in range(len(text)):
        if place == len(text):
            break
        if step >= _MOST_STEPS:
            raise KanaProblem("INFINITE_LOOP")
        if text[place] == _ACCENT:
            if not morae:
                raise KanaProblem("ACCENT_TOP", text=text)
            if accent:
                raise KanaProblem("ACCENT_TWICE", text=text)
            accent, place = len(morae), place + 1
            continue
        is_unvoiced = text[place] == _UNVOICED
        kana = mora_at(text, place + is_unvoiced)
        if kana is None or (is_unvoiced and SYMBOLS[kana].vowel not in VOWELS):
            raise KanaProblem("UNKNOWN_TEXT", text=text[place:].split(_ACCENT)[0])
        morae.append(Mora.of_kana(kana, is_unvoiced))
        place += is_unvoiced + len(kana)
    if not accent:
        raise KanaProblem("ACCENT_NOTFOUND", text=text)
    pause = Mora.pause() if joint == _PAUSE else None
    return AccentPhrase(moras=morae, accent=accent, pause_mora=pause, is_interrogative=is_question)


def write_kana(phrases: Sequence[AccentPhrase]) -> str:
    """Accent phrases in the notation."""
    written = ""
    for number, phrase in enumerate(phrases, start=1):
        for place, mora in enumerate(phrase.moras, start=1):
            is_unvoiced = mora.vowel in VOWELS.upper()
            written += _UNVOICED * is_unvoiced + mora.text + _ACCENT * (place == phrase.nucleus)
        written += _QUESTION * phrase.is_interrogative
        if number < len(phrases):
            written += _JOINT if phrase.pause_mora is None else _PAUSE
    return written


__all__ = ["KanaProblem", "read_kana", "write_kana"]
