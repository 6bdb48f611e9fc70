# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Slips for a reranker to notice: texts with changed sounds, and log-mels with a piece lost, doubled or noisy."""

from collections.abc import Callable, Sequence
from random import Random

import torch

from ...audio.mel import LOG_MEAN, LOG_STD
from ...text.phonemes.symbols import ACCENT_FALL, PAD_ID, SPACE, SYMBOL_TO_ID, SYMBOLS, is_sound


# Sounds of Japanese that are taken for one another.
_CONFUSIONS = ("kgtp", "szhɕʑç", "tdɾ", "bpmh", "nmɲ", "ɾnd", "iɯe", "aoe", "oɯ", "jwɾ", "ɸhç")
_PARTNERS = {
    symbol: sorted(
        {other for group in _CONFUSIONS if symbol in group for other in group if other in SYMBOL_TO_ID} - {symbol}
    )
    for symbol in {symbol for group in _CONFUSIONS for symbol in group}
}
_VOWELS = frozenset("aiɯeoɨ")
_GAP, _FALL = SYMBOL_TO_ID[SPACE], SYMBOL_TO_ID[ACCENT_FALL]
_NEEDING_SOUND = frozenset({_FALL, SYMBOL_TO_ID["ː"]})

_HOP_SECONDS = 0.0125  # of the log-mels, for lengths in seconds

Tokens = list[int]
LogMel = torch.Tensor


def edited(tokens: Sequence[int], edits: int, random: Random) -> Tokens:
    """Tokens with so many edits, which are unlike the given ones; fewer where a text is too short for them.

    An edit changes a sound for one that it is confused with, drops or doubles a mora, swaps two words, moves the fall
    of an accent, or cuts the tail.

    Args:
        tokens: ids of phonemes, pads included.
        edits: how many.
        random: draws kind and place.
    """
    changed = list(tokens)
    for _ in range(edits):
        kinds = list(_EDITS)
        random.shuffle(kinds)
        for kind in kinds:  # the first that this text has a place for
            after = kind(changed, random)
            if after is None:
                continue
            after = _tidied(after)
            if after not in (list(tokens), changed) and any(is_sound(SYMBOLS[token]) for token in after):
                changed = after
                break
    return changed


def _tidied(tokens: Tokens) -> Tokens:
    """Tokens as the front-end could have written them: no double space or one at an end, no fall without a sound.

    Otherwise an edited text could be told by its spaces.
    """
    kept = tokens[:1]
    for token in tokens[1:]:
        is_space, before = token == _GAP, kept[-1]
        if is_space and before in (_GAP, PAD_ID) or token in _NEEDING_SOUND and not is_sound(SYMBOLS[before]):
            continue
        if before == _GAP and (token == PAD_ID or SYMBOLS[token] in ".,?!:;—"):
            kept.pop()
        kept.append(token)
    return kept


def _substituted(tokens: Tokens, random: Random) -> Tokens | None:
    places = [place for place, token in enumerate(tokens) if _PARTNERS.get(SYMBOLS[token])]
    if not places:
        return None
    place = random.choice(places)
    return [*tokens[:place], SYMBOL_TO_ID[random.choice(_PARTNERS[SYMBOLS[tokens[place]]])], *tokens[place + 1 :]]


def _mora(tokens: Tokens, random: Random) -> tuple[int, int] | None:
    """First and last place of a vowel with the consonants before it."""
    vowels = [place for place, token in enumerate(tokens) if SYMBOLS[token] in _VOWELS]
    if len(vowels) < 2:  # one is left
        return None
    end = start = random.choice(vowels)
    while start and is_sound(SYMBOLS[tokens[start - 1]]) and SYMBOLS[tokens[start - 1]] not in _VOWELS | {"ɴ", "ː"}:
        start -= 1
    return start, end + 1


def _without_mora(tokens: Tokens, random: Random) -> Tokens | None:
    mora = _mora(tokens, random)
    return None if mora is None else tokens[: mora[0]] + tokens[mora[1] :]


def _with_doubled_mora(tokens: Tokens, random: Random) -> Tokens | None:
    mora = _mora(tokens, random)
    return None if mora is None else tokens[: mora[1]] + tokens[mora[0] :]


def _with_swapped_words(tokens: Tokens, random: Random) -> Tokens | None:
    words: list[Tokens] = [[]]
    for token in tokens[1:-1]:
        if token == _GAP:
            words.append([])
        else:
            words[-1].append(token)
    if len(words) < 2:
        return None
    place = random.randrange(len(words) - 1)
    words[place : place + 2] = [words[place + 1], words[place]]
    inner = [token for word in words for token in [_GAP, *word]][1:]
    return [tokens[0], *inner, tokens[-1]]


def _with_moved_fall(tokens: Tokens, random: Random) -> Tokens | None:
    falls = [place for place, token in enumerate(tokens) if token == _FALL]
    if not falls:
        return None
    place = random.choice(falls)
    rest = tokens[:place] + tokens[place + 1 :]
    vowels = [there + 1 for there, token in enumerate(rest) if SYMBOLS[token] in _VOWELS and there + 1 != place]
    if not vowels:
        return None
    nearest = min(vowels, key=lambda there: abs(there - place))
    return [*rest[:nearest], _FALL, *rest[nearest:]]


def _without_tail(tokens: Tokens, random: Random) -> Tokens | None:
    kept = len(tokens) - 1 - random.randint(2, 6)
    return [*tokens[:kept], tokens[-1]] if kept >= 3 else None


_EDITS: tuple[Callable[[Tokens, Random], Tokens | None], ...] = (
    _substituted,
    _substituted,  # the most frequent slip
    _without_mora,
    _with_doubled_mora,
    _with_swapped_words,
    _with_moved_fall,
    _without_tail,
)


def damaged(log_mel: LogMel, random: Random) -> LogMel:
    """A log-mel (num_mel_bins, frames) with a piece lost, doubled or in another place, a pause, or hiss."""
    return random.choice(_DAMAGES)(log_mel, random)


def _frames(seconds: float) -> int:
    return round(seconds / _HOP_SECONDS)


def _piece(log_mel: LogMel, random: Random) -> tuple[int, int]:
    """First frame and frames of 100 to 300 ms, at most a third."""
    frames = log_mel.shape[1]
    length = max(min(random.randint(_frames(0.1), _frames(0.3)), frames // 3), 1)
    return random.randint(0, frames - length), length


def _with_cut_tail(log_mel: LogMel, random: Random) -> LogMel:
    return log_mel[:, : max(round(log_mel.shape[1] * random.uniform(0.6, 0.85)), 1)]


def _with_repeated_piece(log_mel: LogMel, random: Random) -> LogMel:
    start, length = _piece(log_mel, random)
    return torch.cat([log_mel[:, : start + length], log_mel[:, start:]], dim=1)


def _with_dropped_piece(log_mel: LogMel, random: Random) -> LogMel:
    start, length = _piece(log_mel, random)
    return torch.cat([log_mel[:, :start], log_mel[:, start + length :]], dim=1)


def _with_swapped_parts(log_mel: LogMel, random: Random) -> LogMel:
    frames = log_mel.shape[1]
    first, second = sorted((random.randint(0, frames // 2), random.randint(frames // 2, frames)))
    return torch.cat([log_mel[:, second:], log_mel[:, first:second], log_mel[:, :first]], dim=1)


def _with_pause(log_mel: LogMel, random: Random) -> LogMel:
    place, length = _piece(log_mel, random)
    silence = log_mel.min(dim=1, keepdim=True).values.expand(-1, 2 * length)
    return torch.cat([log_mel[:, :place], silence, log_mel[:, place:]], dim=1)


def with_hiss(log_mel: LogMel, random: Random) -> LogMel:
    """Noise of all bands at 0 to 15 dB below the mean power, added to the powers."""
    power = torch.exp(LOG_STD * log_mel.float() + LOG_MEAN)
    level = power.mean() * 10 ** (-random.uniform(0.0, 1.5))
    return ((torch.log(power + level) - LOG_MEAN) / LOG_STD).to(log_mel.dtype)


_DAMAGES: tuple[Callable[[LogMel, Random], LogMel], ...] = (
    _with_cut_tail,
    _with_repeated_piece,
    _with_dropped_piece,
    _with_swapped_parts,
    _with_pause,
    with_hiss,
)


__all__ = ["damaged", "edited", "with_hiss"]
