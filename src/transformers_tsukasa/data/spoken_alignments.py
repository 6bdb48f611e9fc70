# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Durations of recorded phonemes without an aligner: the model speaks the text, and the recording follows its speech.

Of its own speech the model knows which frame belongs to which token, and dynamic time warping of both spectra brings
that over to the recording (Malfrère & Dutoit 1997, High-quality speech synthesis for phonetic speech segmentation).
The borders are then those that the model itself means by its durations: which token has the silence of a pause, for
example (docs/decisions/0033).
"""

import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np
import torch

from ..audio.mel import LOG_MEAN, LOG_STD, energy_from_mel, log_mel_for
from ..audio.time_warping import distances, follow_template
from ..models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ..models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..models.tsukasa.prosody.length_regulation import round_durations
from ..text.phonemes.symbols import PAD, SPACE


# Natural logarithms of powers: one is 4.3 dB. Frames so far below loud speech are silent, and so are frames hardly
# above the background noise, as far as it leaves speech; bands so far below the highest ones count as equal.
_SILENCE, _ABOVE_NOISE, _SPEECH, _FLOOR = 8.0, 3.0, 4.0, 11.0
_NUM_CEPSTRA = 13

# Costs beside the distances of frames, which are around 2 for the same sound of two speakers: of every further frame
# in which a sound is held, and of one that is left out. Both are nearly free in silence, whose length varies.
_STAY, _SKIP = 0.5, 2.0
_STAY_SILENT, _SKIP_SILENT = 0.02, 0.1
# Of silence in the recording where the model is silent, and where it may be; louder frames cost more.
_SILENCE_FITS, _SILENCE_MAY_BE, _LOUD = 0.0, 0.3, 20.0

_SLOWEST, _FASTEST = 0.5, 2.0  # pace of the model's speech, which is brought near that of the recording


class SpokenAligner:
    """Finds durations by a model's own speech.

    Args:
        model: in evaluation mode.
        symbols: of the model's texts, symbol to token id.
        voice: of the model, that speaks; by default each clip's own style where the model has style encoders, or else
            the model's default voice or its first one.

    Raises:
        KeyError: when the model has no such voice.
        ValueError: when it has neither style encoders nor voices.
    """

    def __init__(
        self, model: TsukasaModelForConditionalGeneration, symbols: Mapping[str, int], voice: str | None = None
    ) -> None:
        self.model, self.voice = model, _voice_to_speak_with(model, voice)
        self._marks = [token for symbol, token in symbols.items() if symbol == PAD or _is_mark(symbol)]
        self._space = symbols.get(SPACE)

    @torch.no_grad()
    def __call__(self, input_ids: Sequence[torch.Tensor], log_mels: Sequence[torch.Tensor]) -> list[np.ndarray]:
        """Durations in text frames, `(tokens,)` int32 each; at least one, and as many in all as the recording has.

        Args:
            input_ids: `(tokens,)` of every text, the pads at both ends included.
            log_mels: `(mel_frames, num_mel_bins)` of the recordings, an even number of frames.

        Raises:
            ValueError: when a recording has fewer text frames than its text has tokens.
        """
        return [self._align(ids, mel) for ids, mel in zip(input_ids, log_mels, strict=True)]

    def _align(self, ids: torch.Tensor, log_mel: torch.Tensor) -> np.ndarray:
        recorded = Sound(log_mel)
        spoken, durations = self._speak(ids.to(self.model.device)[None], recorded, self._style(ids, log_mel))
        tokens = np.repeat(np.arange(len(durations)), durations)
        # Times of tokens are those of the sound, which comes later than the durations say.
        delayed = tokens[np.maximum(np.arange(len(tokens)) - self.model.config.alignment_delay, 0)]
        token_of_frame = delayed.repeat(MEL_FRAMES_PER_TEXT_FRAME)
        followed = follow_recording(recorded, spoken, self._may_pause(ids.numpy(), token_of_frame))
        ends = np.searchsorted(token_of_frame[followed], np.arange(len(durations)), side="right")
        return durations_from_ends(ends / MEL_FRAMES_PER_TEXT_FRAME)

    def _style(self, ids: torch.Tensor, log_mel: torch.Tensor) -> torch.Tensor:
        """(1, 2 * style_dim)"""
        if self.voice is None:
            return self.model.encode_reference(log_mel.T[None])
        count = sum(token != self.model.config.pad_token_id for token in ids.tolist())
        return self.model.voices.style(self.voice, count)[None].to(self.model.device)

    def _speak(self, ids: torch.Tensor, recorded: "Sound", style: torch.Tensor) -> tuple["Sound", np.ndarray]:
        """The model's speech at about the pace of the recording, and its durations (tokens,) in text frames."""
        model, mask = self.model, torch.ones_like(ids)
        encoded = model.encode_prosody(model.encode_text(ids, mask)[1], style, mask)
        predicted = model.prosody_predictor.predict_durations(encoded, mask).sigmoid().sum(dim=-1)
        loud = max(int(recorded.is_loud.sum()), 1)
        pace = float(predicted[0, 1:-1].sum()) * MEL_FRAMES_PER_TEXT_FRAME / loud
        durations = round_durations(predicted, mask, min(max(pace, _SLOWEST), _FASTEST))
        spoken = model(ids, style_vector=style, durations=durations, noise_scale=0.0)
        mel = log_mel_for(spoken.waveform[0].cpu(), model.config.audio_config)
        frames = MEL_FRAMES_PER_TEXT_FRAME * int(durations.sum())
        return Sound(mel[:, :frames].T), durations[0].cpu().numpy()

    def _may_pause(self, ids: np.ndarray, token_of_frame: np.ndarray) -> np.ndarray:
        """Frames at which a pause may be longer than the model's: those of marks and pads, and the ends of words."""
        may_pause = np.isin(ids, self._marks)[token_of_frame]
        is_last = np.append(token_of_frame[1:] != token_of_frame[:-1], True)
        is_before_space = np.append(ids[1:] == self._space, False)
        return may_pause | (is_last & is_before_space[token_of_frame])


class Sound:
    """An utterance to be compared frame by frame: its spectrum without the speaker, and how loud it is.

    Args:
        log_mel: `(mel_frames, num_mel_bins)`, normalised.

    Attributes:
        features: `(mel_frames, size)`, cepstra of the log-mel and their slopes, less the mean of loud frames, which
            is what speaker and microphone add to everything.
        excess: `(mel_frames,)`, loudness above that of silence, 0 in silence.
    """

    def __init__(self, log_mel: torch.Tensor) -> None:
        power = (LOG_STD * log_mel.double() + LOG_MEAN).numpy()
        loudness = energy_from_mel(log_mel.T).double().numpy()
        loud, audible = np.percentile(loudness, 95), loudness[loudness > loudness.min() + 1.0]
        noise = np.percentile(audible, 10) if len(audible) else loud
        threshold = min(max(loud - _SILENCE, noise + _ABOVE_NOISE), loud - _SPEECH)
        self.excess = np.maximum(loudness - threshold, 0.0)
        self.is_loud = self.excess > 0
        floor = np.percentile(power, 95) - _FLOOR
        power = np.maximum(np.where(self.is_loud[:, None], power, floor), floor)
        cepstra = (power - power[self.is_loud].mean(axis=0)) @ _cosines(power.shape[1])
        padded = np.pad(cepstra, ((2, 2), (0, 0)), mode="edge")
        self.features = np.concatenate([cepstra, 0.5 * (padded[4:] - padded[:-4])], axis=1)


def follow_recording(recorded: Sound, spoken: Sound, may_pause: np.ndarray) -> np.ndarray:
    """The frame of the model's speech that every frame of a recording follows.

    Silence of the recording is spent where the model is silent, or may pause, and stretches no sound.

    Args:
        recorded, spoken: both of the same text.
        may_pause: `(spoken_frames,)` bool.

    Returns:
        `(recorded_frames,)` int, never falling.
    """
    costs, is_silent = distances(recorded.features, spoken.features), ~spoken.is_loud
    silence = np.where(is_silent, _SILENCE_FITS, np.where(may_pause, _SILENCE_MAY_BE, np.inf))
    costs = np.minimum(costs, _LOUD * recorded.excess[:, None] + silence)
    stay = np.where(is_silent | may_pause, _STAY_SILENT, _STAY)
    return follow_template(costs, stay, np.where(is_silent, _SKIP_SILENT, _SKIP))


def durations_from_ends(ends: np.ndarray) -> np.ndarray:
    """Durations `(tokens,)` int32, integers of at least one, whose ends are as near as they can be to given ones.

    Args:
        ends: `(tokens,)`, never falling; the last one is the length of all, and stays.

    Raises:
        ValueError: when there are fewer frames than tokens.
    """
    total, places = round(float(ends[-1])), np.arange(1, len(ends) + 1)
    if total < len(ends):
        raise ValueError(
            f"{total} text frames cannot hold {len(ends)} tokens: leave out recordings that are too short for their "
            "text"
        )
    rounded = np.maximum.accumulate(np.maximum(np.round(ends), 1) - places) + places
    rounded = np.minimum(rounded, total - len(ends) + places)
    return np.diff(rounded, prepend=0).astype(np.int32)


def _cosines(bands: int) -> np.ndarray:
    """The first places of an orthonormal cosine transform, divided so that distances do not grow with their number."""
    waves = np.cos(np.pi / bands * np.outer(np.arange(bands) + 0.5, np.arange(_NUM_CEPSTRA))) * np.sqrt(2.0 / bands)
    waves[:, 0] *= np.sqrt(0.5)
    return waves / np.sqrt(_NUM_CEPSTRA)


def _is_mark(symbol: str) -> bool:
    return symbol != SPACE and unicodedata.category(symbol)[0] == "P"


def _voice_to_speak_with(model: TsukasaModelForConditionalGeneration, voice: str | None) -> str | None:
    """The voice, checked, or the one to take; None when styles of clips are."""
    if voice is not None:
        model.voices.by_length(voice)
        return voice
    if model.config.style_encoder_config is not None:
        return None
    default = getattr(model.generation_config, "voice", None)
    if isinstance(default, str) and default in model.voices:
        return default
    if not model.voices:
        raise ValueError(
            "the model has neither style encoders nor voices to speak with: add one with `tsukasa voices add`"
        )
    return next(iter(model.voices))


__all__ = ["Sound", "SpokenAligner", "follow_recording", "durations_from_ends"]
