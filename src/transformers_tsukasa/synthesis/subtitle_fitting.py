# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech that fits the times of subtitles, by its rate within limits, with a report of what does not fit."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..models.tsukasa.speaking.speech_options import read_options
from ..text import NothingToReadError
from .speaker import Speaker, SpeechArguments
from .speech import Speech, moved
from .subtitles import Subtitle


if TYPE_CHECKING:
    from typing_extensions import Unpack


_HALVINGS = 7  # of the interval of rates: what is left of 1 to 2 is less than a hundredth
_SEED_BITS = 31
_DIGITS = 3  # of seconds and rates in a report


@dataclass(frozen=True)
class RateLimits:
    """Factors of the speaking rate between which speech is fitted.

    Args:
        slowest: 1 never slows down; 0.8 stretches speech that is shorter than its subtitle by up to a quarter.
        fastest: at least `slowest`.

    Raises:
        ValueError: for limits that are out of order, or so far from 1 that nobody understands the speech (0.5 to 3).
    """

    slowest: float = 1.0
    fastest: float = 1.5

    def __post_init__(self) -> None:
        if not 0.5 <= self.slowest <= self.fastest <= 3:
            raise ValueError(
                f"rates of subtitles are limited by 0.5 <= `slowest` <= `fastest` <= 3, not {self.slowest} and "
                f"{self.fastest}"
            )


@dataclass(frozen=True)
class SubtitleFit:
    """How one subtitle is spoken.

    Args:
        number: of the subtitle, from 1.
        start, end: of the subtitle, seconds.
        text: of the subtitle.
        spoken_start, spoken_end: of its speech, seconds; None where there is nothing to read.
        rate: the factor of the speaking rate, likewise.
        late: seconds by which the speech begins after the subtitle, as the one before lasts longer.
        over: seconds by which the speech ends after the subtitle.
    """

    number: int
    start: float
    end: float
    text: str
    spoken_start: float | None = None
    spoken_end: float | None = None
    rate: float | None = None
    late: float = 0.0
    over: float = 0.0

    @property
    def fits(self) -> bool:
        """Whether all of it is spoken while the subtitle is shown."""
        return self.spoken_start is not None and self.late == 0 and self.over == 0

    def row(self) -> dict[str, Any]:
        """The fields, and whether it fits, as JSON values."""
        values = {**asdict(self), "fits": self.fits}
        return {name: round(value, _DIGITS) if isinstance(value, float) else value for name, value in values.items()}

    def sentence(self) -> str:
        """Tell in words where it does not fit."""
        if self.spoken_start is None:
            return f"subtitle {self.number} has nothing to read: {self.text}"
        late = f"begins {self.late:.2f} s late" if self.late else ""
        over = f"ends {self.over:.2f} s late at {self.rate:.2f} times the rate" if self.over else ""
        return f"subtitle {self.number} {' and '.join(filter(None, (late, over)))}: {self.text}"


def speak_subtitles(
    speaker: Speaker,
    subtitles: Sequence[Subtitle],
    limits: RateLimits | None = None,
    **arguments: "Unpack[SpeechArguments]",
) -> Iterator[tuple[Speech | None, SubtitleFit]]:
    """Speak subtitles at their times, each at the rate closest to 1 within the limits at which it fits.

    Joined, the waveforms are one that begins at second 0, with silence between subtitles. A subtitle that does not fit
    at the fastest rate delays the next, which then has less time. The rate is found by predicting durations, which
    costs a part of speaking; a subtitle that fits as it is costs none.

    Args:
        speaker: speaks them.
        subtitles: in the order of their starts, see `subtitles.read_subtitles`.
        limits: of rates, 1 to 1.5 without them.
        arguments: as of `Speaker.speak`; the rates are factors of `speaking_rate`.

    Yields:
        The speech of each, which begins with the silence before it, and how it fits; None in place of the speech of a
        subtitle without anything to read, such as a note.

    Raises:
        ValueError, KeyError, OSError: as of `Speaker.speak`; a ValueError names the subtitle.
    """
    limits = limits or RateLimits()
    if arguments.get("seed") is None:  # the lengths that are predicted are those that are spoken
        arguments["seed"] = secrets.randbits(_SEED_BITS)
    position = 0  # samples that are spoken
    for number, subtitle in enumerate(subtitles, start=1):
        begin, end = (round(time * speaker.sampling_rate) for time in (subtitle.start, subtitle.end))
        first = max(begin, position)
        try:
            spoken, rate = _fitted(speaker, subtitle.text, end - first, limits, arguments)
        except NothingToReadError:
            yield None, SubtitleFit(number, subtitle.start, subtitle.end, subtitle.text)
            continue
        except ValueError as error:
            raise ValueError(f"subtitle {number} cannot be spoken: {error}") from error
        waveform = np.pad(spoken.waveform, (first - position, 0))
        position = first + len(spoken.waveform)
        start, over = first / speaker.sampling_rate, max(position - end, 0) / speaker.sampling_rate
        yield (
            moved(spoken, start, waveform),
            SubtitleFit(
                number,
                subtitle.start,
                subtitle.end,
                subtitle.text,
                spoken_start=start,
                spoken_end=position / speaker.sampling_rate,
                rate=rate,
                late=(first - begin) / speaker.sampling_rate,
                over=over,
            ),
        )


def _fitted(
    speaker: Speaker, text: str, samples: int, limits: RateLimits, arguments: SpeechArguments
) -> tuple[Speech, float]:
    """Speech of a text in so many samples if it can be, and its factor of the rate."""
    asked = {"speaking_rate": arguments.get("speaking_rate")}
    usual = read_options(speaker.model.generation_config, None, asked).speaking_rate

    def at(rate: float, is_spoken: bool) -> Speech:
        changed: SpeechArguments = {**arguments, "speaking_rate": usual * rate, "return_waveform": is_spoken}
        return speaker.speak(text, **changed)

    def is_longer(rate: float) -> bool:
        return len(at(rate, False).waveform) > samples

    usual_speech = at(1.0, limits.slowest == 1.0)
    if limits.slowest == 1.0 and len(usual_speech.waveform) <= samples:
        return usual_speech, 1.0
    rate = _closest_rate(is_longer, len(usual_speech.waveform) > samples, limits)
    return at(rate, True), rate


def _closest_rate(is_longer: Callable[[float], bool], is_usual_longer: bool, limits: RateLimits) -> float:
    """The slowest rate at which speech fits, on the side of 1 that the usual length asks for, or the limit there."""
    low, high = (1.0, limits.fastest) if is_usual_longer else (limits.slowest, 1.0)
    if is_usual_longer and is_longer(high):
        return high
    if not is_usual_longer and not is_longer(low):
        return low
    for _ in range(_HALVINGS):  # low is longer than there is time, high is not
        middle = (low + high) / 2
        low, high = (middle, high) if is_longer(middle) else (low, middle)
    return high


__all__ = ["RateLimits", "SubtitleFit", "speak_subtitles"]
