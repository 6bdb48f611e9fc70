# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Preparation of one row: it becomes a row of the prepared corpus, or is rejected with a reason."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ...audio.files import resample
from ...audio.pitch_tracking import SwiftPitchTracker
from ...audio.silence import trim_speech
from ...models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME, TsukasaAudioConfig
from ...text.accents.sources import LEARNED
from ...text.phonemes.symbols import PHONEMES_ONLY
from ...text.phonemizer import NothingToReadError, Phonemizer
from ..checks import (
    Limits,
    check_clipping,
    check_duration,
    check_pace,
    check_phonemes,
    check_samples,
    clipped_share,
    mixed_speech,
)
from ..sources import Source
from .corpus_rows import Note, RowRejected, SourceRow
from .encoded_audio import encode_flac
from .features import ExtractorPitchTracker, PitchTracker, mel_and_energy, pad_waveform


# A character is a symbol or more, but for marks and for readings that stand beside the text.
_MOST_CHARACTERS_PER_SYMBOL = 4
# How many times longer than the longest speech a recording with its silence may be.
_LONGEST_SILENCE = 4


@dataclass(frozen=True)
class PreparationSettings:
    """Everything that the content of a prepared corpus depends on beside its source.

    Args:
        audio: fields of `TsukasaAudioConfig`.
        profile, accent, accent_source: how phonemes are written, see `Phonemizer`.
        dictionary: path of a user dictionary.
        trim_db: silence this many decibels under the loudest frame is trimmed at both ends; None keeps it.
        limits: of recordings and texts that are accepted.
        f0_min, f0_max: range of F0 in Hz.
        pitch_extractor: folder of a trained pitch extractor to use in place of the tracker.
        validation: share of every speaker's utterances that is kept for validation.
        seed: of the split.
        speaker: name of the speaker of rows without one.
    """

    audio: dict[str, Any]
    profile: str = "legacy"
    accent: bool = False
    accent_source: str = LEARNED
    dictionary: str | None = None
    trim_db: float | None = 40.0
    limits: Limits = field(default_factory=Limits)
    f0_min: float = 50.0
    f0_max: float = 900.0
    pitch_extractor: str | None = None
    validation: float = 0.02
    seed: int = 0
    speaker: str = "speaker"

    def __post_init__(self) -> None:
        if not 0 <= self.validation < 1:
            raise ValueError(f"`validation` is a share of at least 0 and less than 1, got {self.validation:g}")
        if self.trim_db is not None and self.trim_db <= 0:
            raise ValueError(f"`trim_db` must be above 0, got {self.trim_db:g}")


@dataclass(frozen=True)
class PreparedRow:
    """A row that was taken.

    Args:
        values: of all columns of `corpus_features` except the speaker's id.
        frames_per_token: mel frames of the speech, without padding, per phoneme symbol.
        notes: on the row.
    """

    values: dict[str, Any]
    frames_per_token: float
    notes: list[Note]


class RowPreparer:
    """Prepares rows one by one; every worker process has one. Models and dictionaries load when first needed."""

    def __init__(self, source: Source, settings: PreparationSettings) -> None:
        self.source = source
        self.settings = settings
        self.audio_config = TsukasaAudioConfig(**settings.audio)

    @cached_property
    def phonemizer(self) -> Phonemizer:
        """Turns Japanese text into phonemes."""
        settings = self.settings
        return Phonemizer(settings.profile, settings.accent, settings.dictionary, settings.accent_source)

    @cached_property
    def pitch_tracker(self) -> PitchTracker:
        """Tracks F0."""
        if self.settings.pitch_extractor is not None:
            return ExtractorPitchTracker(self.settings.pitch_extractor, self.audio_config)
        return SwiftPitchTracker(
            self.audio_config.sampling_rate, self.audio_config.hop_length, self.settings.f0_min, self.settings.f0_max
        )

    def load(self) -> None:
        """Load everything that rows need, so that what is wrong with it shows before hours of work.

        Raises:
            OSError, ValueError, ImportError: when something cannot be loaded.
        """
        if self.settings.profile != PHONEMES_ONLY:
            _ = self.phonemizer
        _ = self.pitch_tracker

    def __call__(self, row: SourceRow) -> PreparedRow:
        """Prepare a row.

        Raises:
            RowRejected: when the row cannot be used.
        """
        notes: list[Note] = []
        phonemes = self.phonemes_of(row, notes)
        samples = self._speech(row, notes)
        pace = (len(samples) // self.audio_config.hop_length + 1) / len(phonemes)
        check_pace(pace, self.settings.limits)
        padded = pad_waveform(samples, self.audio_config.sampling_rate, self.audio_config.hop_length)
        log_mel, energy = mel_and_energy(padded, self.audio_config)
        if log_mel.shape[-1] < MEL_FRAMES_PER_TEXT_FRAME * (len(phonemes) + 2):
            raise RowRejected("pace_too_fast", "there are fewer text frames than phonemes, which cannot be aligned")
        f0 = self.pitch_tracker(padded, log_mel)
        if not f0.any():
            notes.append(_note(row, "no_voice", "no frame is voiced: is it whispered, or not speech?"))
        values = {
            "id": f"{row.number}:{row.audio}",
            "audio": {"bytes": encode_flac(samples, self.audio_config.sampling_rate), "path": None},
            "text": row.text,
            "phonemes": phonemes,
            "speaker": row.speaker or self.settings.speaker,
            "description": row.description,
            "num_frames": log_mel.shape[-1],
            "num_tokens": len(phonemes) + 2,
            "seconds": len(samples) / self.audio_config.sampling_rate,
            # Frames first, so that a crop is one piece of memory.
            "log_mel": np.ascontiguousarray(log_mel.T.numpy()).astype(np.float16).reshape(-1),
            "f0": f0,
            "energy": energy.numpy(),
        }
        return PreparedRow(values, pace, notes)

    def phonemes_of(self, row: SourceRow, notes: list[Note] | None = None) -> str:
        """The phonemes of a row, given or read from its text.

        Args:
            row: the row.
            notes: gets a note when words that no rule reads are left out.

        Raises:
            RowRejected: when there are none, or too many, or one is unknown.
        """
        phonemes = row.phonemes
        if not phonemes and row.text:
            if self.settings.profile == PHONEMES_ONLY:
                raise RowRejected("unreadable_text", "the model reads phonemes, and the row has text only")
            longest = self.settings.limits.max_tokens
            if len(row.text) > _MOST_CHARACTERS_PER_SYMBOL * longest:
                message = f"{len(row.text)} characters, far more than the {longest} phonemes that the model reads"
                raise RowRejected("text_too_long", message)
            try:
                read = self.phonemizer(row.text)
            except NothingToReadError as error:
                raise RowRejected("unreadable_text", str(error)) from error
            if read.unreadable and notes is not None:
                left_out = ", ".join(word.surface for word in read.unreadable)
                notes.append(_note(row, "words_left_out", f"no rule reads {left_out}: is it spoken in the recording?"))
            phonemes = read.phonemes
        check_phonemes(phonemes, self.settings.limits, self.settings.profile)
        return phonemes

    def _speech(self, row: SourceRow, notes: list[Note]) -> np.ndarray:
        """`(samples,)` float32 in [-1, 1]: mono, at our rate, without the silence at its ends."""
        limits = self.settings.limits
        # So much silence cannot be intended: do not spend memory and time on it.
        channels, rate = self.source.load(row, longest_seconds=_LONGEST_SILENCE * limits.max_seconds)
        check_samples(channels, limits)
        share = clipped_share(channels)
        check_clipping(share, limits)
        if share > 0:
            notes.append(_note(row, "slightly_clipped", f"{100 * share:.3f} % of the samples are clipped"))
        if len(channels) > 1:
            notes.append(_note(row, "mixed_down", f"{len(channels)} channels were mixed down to one"))
        if rate < self.audio_config.sampling_rate:
            notes.append(
                _note(
                    row, "low_rate", f"{rate} Hz, below the model's {self.audio_config.sampling_rate}: it sounds dull"
                )
            )
        samples = resample(mixed_speech(channels, limits), rate, self.audio_config.sampling_rate)
        samples = trim_speech(samples, self.audio_config.sampling_rate, self.settings.trim_db)
        check_duration(len(samples) / self.audio_config.sampling_rate, limits)
        peak = float(np.abs(samples).max())
        if peak > 1.0:
            # Resampling may exceed full scale, and so may float files.
            notes.append(_note(row, "scaled_down", f"its peak {peak:.2f} was scaled down to full scale"))
            samples = samples / peak
        return samples.astype(np.float32)


def _note(row: SourceRow, reason: str, message: str) -> Note:
    return Note(row.number, row.audio, reason, message)
