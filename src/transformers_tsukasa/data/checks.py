# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Checks that recordings and texts are fit for training: pure functions that refuse with a reason and a sentence."""

from dataclasses import dataclass

import numpy as np

from ..audio.clips import mix_down
from ..text.phonemes.symbols import symbol_table
from .preparation.corpus_rows import RowRejected


@dataclass(frozen=True)
class Limits:
    """Limits of what is accepted.

    Args:
        min_seconds, max_seconds: length of a recording without the silence at its ends.
        min_frames_per_token, max_frames_per_token: mel frames per phoneme symbol, without the padding. Fluent Japanese
            has 4 to 8 at 12.5 ms a frame; below 2, an aligner that steps by two frames cannot align it.
        max_clipped: share of samples in runs at the limit.
        silent_db: a recording whose peak stays under this, in decibels of full scale, is silent.
        max_tokens: longest phoneme sequence that the phoneme language model reads, with its two pads.
    """

    min_seconds: float = 0.4
    max_seconds: float = 30.0
    min_frames_per_token: float = 2.0
    max_frames_per_token: float = 40.0
    max_clipped: float = 0.002
    silent_db: float = -50.0
    max_tokens: int = 512

    def __post_init__(self) -> None:
        for low, high in (("min_seconds", "max_seconds"), ("min_frames_per_token", "max_frames_per_token")):
            if not 0 <= getattr(self, low) < getattr(self, high):
                raise ValueError(
                    f"`{low}` ({getattr(self, low):g}) must be at least 0 and less than `{high}` "
                    f"({getattr(self, high):g})"
                )
        if not 0 <= self.max_clipped <= 1:
            raise ValueError(f"`max_clipped` is a share between 0 and 1, got {self.max_clipped:g}")


# Fewer samples in a row at one level can be chance.
_SHORTEST_CLIPPED_RUN = 4
# In quantisation steps, see `_falls_beside`.
_HIGHEST_ROUND_FALL = 6
# A channel at less than a hundredth (-40 dB) of the loudest one's range adds noise to the mix, and no speech.
_INAUDIBLE = 0.01
# In seconds. Some writers count their header with the samples: so little is not a cut.
_LONGEST_LOSS = 0.01
# From here on samples count as full scale: lossy formats do not keep a flat top exactly.
_FULL_SCALE = 0.9999
# Lossy formats overshoot where the sound was clipped; samples beyond that are floats without a limit.
_HIGHEST_DECODED = 1.5


def check_complete(num_samples: int, promised: int, rate: int) -> None:
    """Refuse a recording that was cut off: the rest of its text is not in it. Sizes in samples of a channel."""
    if promised - num_samples > _LONGEST_LOSS * rate:
        raise RowRejected(
            "cut_off",
            f"its header states {promised / rate:.2f} s, but the file ends after {num_samples / rate:.2f} s: copy "
            "it again",
        )


def check_samples(samples: np.ndarray, limits: Limits) -> None:
    """Refuse silence, samples that are not finite, and recordings without samples. samples: `(..., samples)`"""
    if samples.size == 0:
        raise RowRejected("too_short", "the recording holds no samples")
    finite = np.isfinite(samples)
    if not finite.all():
        count = int((~finite).sum())
        raise RowRejected("not_finite", f"{count} sample{' is' if count == 1 else 's are'} NaN or infinite")
    peak = float(np.abs(samples).max())
    if 20 * np.log10(max(peak, 1e-12)) < limits.silent_db:
        raise RowRejected("silent", f"the recording is silent: its peak is {20 * np.log10(max(peak, 1e-12)):.0f} dB")


def mixed_speech(channels: np.ndarray, limits: Limits) -> np.ndarray:
    """The mean `(samples,)` of channels `(channels, samples)` as the processor mixes clips down.

    Refuses channels that cancel each other, and samples beyond everything that is audio.
    """
    try:
        mixed = mix_down(channels)
    except ValueError as error:
        raise RowRejected("not_mixed", str(error)) from error
    check_samples(mixed, limits)
    return mixed


def clipped_share(samples: np.ndarray) -> float:
    """Share of samples in runs of four and more at the recording's own limits (or at full scale).

    A recording that was clipped and then made quieter is found as long as its flat tops are still flat.

    Args:
        samples: `(samples,)` or `(channels, samples)`, of which the worst channel counts. Channels that hold hardly
            any sound in comparison with the loudest one do not count: hiss and silence have no limit.
    """
    channels = np.atleast_2d(samples)
    if channels.size == 0:
        return 0.0
    # A constant offset is no sound.
    ranges = np.ptp(channels, axis=1)
    return max((_clipped_channel(channel) for channel in channels[ranges > _INAUDIBLE * ranges.max()]), default=0.0)


def _clipped_channel(samples: np.ndarray) -> float:
    """The share of one channel that is not constant."""
    highest, lowest = float(samples.max()), float(samples.min())
    peak = max(abs(highest), abs(lowest))
    full_scale = _FULL_SCALE if peak < _HIGHEST_DECODED else peak
    is_at_limit = samples >= min(highest - 1e-6 * peak, full_scale)
    is_at_limit |= samples <= max(lowest + 1e-6 * peak, -full_scale)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_at_limit.astype(np.int8), [0]])))
    starts, ends = edges[::2], edges[1::2]
    is_run = ends - starts >= _SHORTEST_CLIPPED_RUN
    starts, ends = starts[is_run], ends[is_run]
    is_flat = _falls_beside(samples, starts, ends) if len(starts) else is_run[:0]
    return float((ends - starts)[is_flat].sum() / len(samples))


def _falls_beside(samples: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Whether the sound falls off steeply on both sides of runs at the limit, as it does where it was cut.

    The round top of a quiet or 8-bit recording is flat too, for as long as it stays within a step. Half as far beside
    it, a parabola has fallen by four to six steps.
    """
    step = float(np.diff(np.unique(samples)).min())
    distances = (ends - starts) // 2
    # At the ends of the recording, one side is enough.
    before = samples[np.maximum(starts - distances, 0)]
    after = samples[np.minimum(ends - 1 + distances, len(samples) - 1)]
    falls = np.stack([np.abs(before - samples[starts]), np.abs(after - samples[ends - 1])])
    falls[0, starts == 0] = falls[1, starts == 0]
    falls[1, ends == len(samples)] = falls[0, ends == len(samples)]
    return falls.min(axis=0) > _HIGHEST_ROUND_FALL * step


def check_clipping(share: float, limits: Limits) -> None:
    """Refuse recordings with too many clipped samples."""
    if share > limits.max_clipped:
        raise RowRejected(
            "clipped", f"{100 * share:.2f} % of the samples are clipped (limit {limits.max_clipped:.2%})"
        )


def check_duration(seconds: float, limits: Limits) -> None:
    """Refuse recordings that are too short to tell a speaker by, or too long to align at once."""
    if seconds < limits.min_seconds:
        raise RowRejected("too_short", f"{1000 * seconds:.0f} ms of speech, less than {limits.min_seconds:g} s")
    if seconds > limits.max_seconds:
        raise RowRejected(
            "too_long", f"{seconds:.1f} s of speech, more than {limits.max_seconds:g} s: cut it into sentences"
        )


def check_phonemes(phonemes: str, limits: Limits, profile: str = "legacy") -> None:
    """Refuse symbols that no checkpoint of the profile knows, no symbols at all, and more than the model reads."""
    table = symbol_table(profile)
    if not phonemes.strip():
        raise RowRejected("no_text", "there is neither text nor phonemes")
    for place, symbol in enumerate(phonemes, 1):
        if symbol not in table:
            raise RowRejected(
                "unknown_symbol",
                f"the symbol {symbol!r} (U+{ord(symbol):04X}) at position {place} of the phonemes is none that "
                "the model knows",
            )
    if len(phonemes) + 2 > limits.max_tokens:
        raise RowRejected(
            "text_too_long",
            f"{len(phonemes)} phonemes and two pads, more than the {limits.max_tokens} the model reads",
        )


def check_pace(pace: float, limits: Limits) -> None:
    """Refuse a text that does not fit its audio. pace: mel frames of speech, without padding, per phoneme symbol."""
    if pace < limits.min_frames_per_token:
        raise RowRejected(
            "pace_too_fast",
            f"{pace:.1f} mel frames per phoneme, less than {limits.min_frames_per_token:g}: the text is longer than "
            "the speech, or the recording is cut",
        )
    if pace > limits.max_frames_per_token:
        raise RowRejected(
            "pace_too_slow",
            f"{pace:.1f} mel frames per phoneme, more than {limits.max_frames_per_token:g}: the text is shorter than "
            "the speech, or there is long silence",
        )
