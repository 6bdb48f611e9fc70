# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words to phonemes in any profile: how a model learned to read them."""

from collections.abc import Sequence

from ..types import Word
from .ipa import render_clean, render_legacy
from .kokoro import render_kokoro
from .phoneme_text import PhonemeText
from .symbols import PHONEMES_ONLY


PROFILES = ("legacy", "clean", "kokoro")
"""Ways to write Japanese. Models of other languages have the profile `PHONEMES_ONLY`, for which nothing is read."""


def check_profile(profile: str, accent: bool) -> None:
    """Raises a ValueError for a profile in which no Japanese is written, and for accent marks beside "clean"."""
    if profile == PHONEMES_ONLY:
        raise ValueError(
            f'the profile "{PHONEMES_ONLY}" has no reading of Japanese: give phonemes, or a phonemizer of the language'
        )
    if profile not in PROFILES:
        raise ValueError(f"unknown profile {profile!r}; choose one of {', '.join(PROFILES)}")
    if accent and profile != "clean":
        raise ValueError(f'the profile "{profile}" has no accent marks; use profile="clean" with accent=True')


def render(words: Sequence[Word], profile: str = "legacy", accent: bool = False) -> PhonemeText:
    """The phonemes of analysed words.

    Args:
        words: as `analysis.analyze` returns them.
        profile: "legacy" for Tsukasa's published checkpoints, "clean" for new training, "kokoro" for Kokoro v1.0.
        accent: mark where the pitch rises (↑) and falls (↓); only with "clean".

    Raises:
        ValueError: as `check_profile` does.
    """
    check_profile(profile, accent)
    if profile == "kokoro":
        return render_kokoro(words)
    return render_clean(words, accent) if profile == "clean" else render_legacy(words)
