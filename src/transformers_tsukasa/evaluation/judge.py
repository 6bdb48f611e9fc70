# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A trained text aligner as a judge: which phonemes it hears by its CTC head, and how long each of them lasts."""

import os
from pathlib import Path

import numpy as np
import torch

from ..audio.files import resample
from ..audio.mel import log_mel_for
from ..audio.silence import padding_samples, trim_speech
from ..models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME, TsukasaAudioConfig
from ..models.tsukasa.training_models.alignment_search import (
    durations_from_alignment,
    search_monotonic_alignment,
    token_scores_from_ctc,
)
from ..models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from ..text.phonemes.symbols import PAD_ID, SYMBOL_TO_ID, SYMBOLS
from .error_rates import is_sound


# Silence this far under the loudest moment is cut off at both ends, as `tsukasa prepare` does.
_TRIM_DB = 40.0
# How often the speech is heard, at as many places of the grid of frames, for its durations.
_HEARINGS = 5


class PhonemeJudge:
    """Hears phonemes as a trained aligner does.

    The aligner must have been trained with features of the given `audio_config` (its folder does not say which), and
    is a fair judge only if it has never heard speech of the model that it judges.

    Args:
        folder: a folder that `TsukasaTextAligner.from_pretrained` loads, or the aligner itself.
        audio_config: features it was trained with.
        device: where it runs.

    Raises:
        FileNotFoundError: when there is no aligner in the folder.
        ValueError: when it hears another number of mel bands.
    """

    def __init__(
        self, folder: str | os.PathLike | TsukasaTextAligner, audio_config: TsukasaAudioConfig, device: str = "cpu"
    ) -> None:
        if not isinstance(folder, TsukasaTextAligner):
            if not (Path(folder) / "config.json").is_file():
                raise FileNotFoundError(f"there is no trained aligner in '{folder}' (config.json): train one first")
            folder = TsukasaTextAligner.from_pretrained(folder)
        audio_config.check_features(folder.config.features, "the judge")
        self.aligner = folder.eval().to(device)
        self.audio_config = audio_config
        if self.aligner.config.num_mel_bins != audio_config.num_mel_bins:
            raise ValueError(
                f"the judge hears {self.aligner.config.num_mel_bins} mel bands, but the features have "
                f"{audio_config.num_mel_bins}: it was trained for another model"
            )

    @property
    def frame_seconds(self) -> float:
        """Length of a text frame, the finest step of its durations."""
        return MEL_FRAMES_PER_TEXT_FRAME * self.audio_config.hop_length / self.audio_config.sampling_rate

    def hear(self, waveform: np.ndarray, sampling_rate: int) -> str:
        """The phonemes of `(samples,)`, by greedy decoding (Graves et al. 2006, best path): the likeliest symbol of
        every text frame, repetitions as one, blanks left out. Punctuation and spaces are heard too."""
        best = self._ctc_logits(waveform, sampling_rate)[0].argmax(dim=-1)
        kept = torch.unique_consecutive(best).tolist()
        return "".join(SYMBOLS[token] for token in kept if token != PAD_ID)

    def durations(self, waveform: np.ndarray, sampling_rate: int, phonemes: str) -> np.ndarray:
        """Seconds of every symbol of `phonemes`, on the best monotonic path through what the CTC head heard.

        The speech is heard five times, each time a fifth of a text frame later, and the mean is taken: a single path
        knows durations in whole text frames, and silence in front of an utterance changes them by 7 ms a phoneme.

        Args:
            waveform: `(samples,)`; silence at its ends belongs to no symbol.

        Returns:
            `(symbols,)` float64, in steps of a fifth of a text frame.

        Raises:
            ValueError: when the speech is too short to hold so many symbols.
        """
        # The pads at both ends take the silence.
        ids = torch.tensor([[PAD_ID, *(SYMBOL_TO_ID[symbol] for symbol in phonemes), PAD_ID]])
        samples_per_frame = MEL_FRAMES_PER_TEXT_FRAME * self.audio_config.hop_length
        delays = [samples_per_frame * step // _HEARINGS for step in range(_HEARINGS)]
        heard = [self._align(self._ctc_logits(waveform, sampling_rate, delay), ids) for delay in delays]
        return np.mean(heard, axis=0)[1:-1] * self.frame_seconds

    def _align(self, logits: torch.Tensor, ids: torch.Tensor) -> np.ndarray:
        """Text frames of every token `(tokens,)`."""
        if ids.shape[1] > logits.shape[1]:
            raise ValueError(f"{ids.shape[1] - 2} symbols do not fit into {logits.shape[1]} text frames of speech")
        scores = token_scores_from_ctc(logits, ids.to(logits.device))
        path = search_monotonic_alignment(scores, *(torch.tensor([n], device=logits.device) for n in scores.shape[1:]))
        return durations_from_alignment(path)[0].cpu().numpy()

    @torch.no_grad()
    def _ctc_logits(self, waveform: np.ndarray, sampling_rate: int, delay: int = 0) -> torch.Tensor:
        """(1, text_frames, vocab_size): the speech trimmed and padded as it is for training, `delay` samples later."""
        rate = self.audio_config.sampling_rate
        speech = trim_speech(resample(np.asarray(waveform, dtype=np.float32), sampling_rate, rate), rate, _TRIM_DB)
        padding = padding_samples(rate)
        padded = torch.from_numpy(np.pad(speech, (padding + delay, padding))).to(self.aligner.device)
        log_mel = log_mel_for(padded, self.audio_config)
        return self.aligner.ctc_logits(self.aligner.encode(log_mel[None])).float()


def duration_errors(seconds: np.ndarray, reference: np.ndarray, phonemes: str) -> np.ndarray:
    """Absolute errors in ms of the sounds of `phonemes`; punctuation and spaces, which are pauses, are left out.

    Args:
        seconds, reference: `(symbols,)`, of every symbol of `phonemes`.

    Raises:
        ValueError: when the three do not have the same length.
    """
    if not len(seconds) == len(reference) == len(phonemes):
        raise ValueError(
            f"{len(seconds)} durations, {len(reference)} in the reference and {len(phonemes)} phonemes: they must be "
            "as many"
        )
    chosen = np.array([is_sound(symbol) for symbol in phonemes], dtype=bool)
    return 1000.0 * np.abs(np.asarray(seconds, dtype=float) - np.asarray(reference, dtype=float))[chosen]
