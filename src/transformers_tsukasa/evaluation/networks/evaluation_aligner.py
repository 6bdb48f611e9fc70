# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A trained text aligner that evaluates: it recognises phonemes by its CTC head, and measures how long each lasts."""

import os

import numpy as np
import torch

from ...audio.files import resample
from ...models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME, TsukasaAudioConfig
from ...models.tsukasa.training_models.aligner_features import aligner_log_mel
from ...models.tsukasa.training_models.alignment_search import (
    best_path_symbols,
    durations_from_alignment,
    search_monotonic_alignment,
    token_scores_from_ctc,
)
from ...models.tsukasa.training_models.text_aligner import TsukasaTextAligner, load_aligner
from ...text.phonemes.symbols import PAD_ID, SYMBOL_TO_ID
from ..error_rates import is_sound


# How often speech is aligned for its durations, each time at another offset from the grid of frames.
_ALIGNMENTS = 5


class EvaluationAligner:
    """Recognises and aligns phonemes with a trained text aligner.

    It is fair only if speech of the evaluated model was not part of its training.

    Args:
        aligner: the aligner, or a folder that `TsukasaTextAligner.from_pretrained` loads.
        audio_config: the log-mels to give it, which must be those it was trained with.
        device: where it runs.

    Raises:
        OSError: when there is no aligner in the folder, or it cannot be read.
        ValueError: when it was trained with other log-mels.
    """

    def __init__(
        self, aligner: str | os.PathLike | TsukasaTextAligner, audio_config: TsukasaAudioConfig, device: str = "cpu"
    ) -> None:
        if isinstance(aligner, TsukasaTextAligner):
            audio_config.check_features(aligner.config.features, "the aligner")
        else:
            aligner = load_aligner(aligner, audio_config)
        if aligner.config.num_mel_bins != audio_config.num_mel_bins:
            raise ValueError(
                f"the aligner was trained with {aligner.config.num_mel_bins} mel bands, but the corpus has "
                f"{audio_config.num_mel_bins}: take one that was trained for this corpus"
            )
        self.aligner = aligner.eval().to(device)
        self.audio_config = audio_config

    @property
    def frame_seconds(self) -> float:
        """Length of a text frame, in which the aligner measures durations."""
        return MEL_FRAMES_PER_TEXT_FRAME * self.audio_config.hop_length / self.audio_config.sampling_rate

    def transcribe(self, waveform: np.ndarray, sampling_rate: int) -> str:
        """Recognise the phonemes of `(samples,)`, with punctuation and spaces, by greedy decoding."""
        return best_path_symbols(self._ctc_logits(waveform, sampling_rate))

    def durations(self, waveform: np.ndarray, sampling_rate: int, phonemes: str) -> np.ndarray:
        """Measure the seconds of every symbol of `phonemes`, on the best monotonic path through the CTC scores.

        The speech is aligned five times, each time a fifth of a text frame later, and the durations are averaged: one
        path has a resolution of a text frame, and silence before an utterance changes it by 7 ms a phoneme.

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
        delays = [samples_per_frame * step // _ALIGNMENTS for step in range(_ALIGNMENTS)]
        durations = [self._align(self._ctc_logits(waveform, sampling_rate, delay), ids) for delay in delays]
        return np.mean(durations, axis=0)[1:-1] * self.frame_seconds

    def _align(self, logits: torch.Tensor, ids: torch.Tensor) -> np.ndarray:
        """Count the text frames of every token `(tokens,)`."""
        if ids.shape[1] > logits.shape[1]:
            raise ValueError(f"{ids.shape[1] - 2} symbols do not fit into {logits.shape[1]} text frames of speech")
        scores = token_scores_from_ctc(logits, ids.to(logits.device))
        tokens, frames = (torch.tensor([length], device=logits.device) for length in scores.shape[1:])
        path = search_monotonic_alignment(scores, tokens, frames)
        return durations_from_alignment(path)[0].cpu().numpy()

    @torch.no_grad()
    def _ctc_logits(self, waveform: np.ndarray, sampling_rate: int, delay: int = 0) -> torch.Tensor:
        """Return (1, text_frames, vocab_size) for speech trimmed and padded as for training, `delay` samples later."""
        samples = resample(np.asarray(waveform, dtype=np.float32), sampling_rate, self.audio_config.sampling_rate)
        log_mel = aligner_log_mel(samples, self.audio_config, self.aligner.device, delay)
        return self.aligner.ctc_logits(self.aligner.encode(log_mel[None])).float()


def duration_errors(seconds: np.ndarray, reference: np.ndarray, phonemes: str) -> np.ndarray:
    """Return absolute errors in ms of the sounds of `phonemes`, without its pauses: punctuation and spaces.

    Args:
        seconds, reference: `(symbols,)`, of every symbol of `phonemes`.

    Raises:
        ValueError: when the three do not have the same length.
    """
    if not len(seconds) == len(reference) == len(phonemes):
        raise ValueError(
            f"{len(seconds)} durations, {len(reference)} in the reference and {len(phonemes)} phonemes: their numbers "
            "must be equal"
        )
    chosen = np.array([is_sound(symbol) for symbol in phonemes], dtype=bool)
    return 1000.0 * np.abs(np.asarray(seconds, dtype=float) - np.asarray(reference, dtype=float))[chosen]
