# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Reference clips to the log-mel features of the style encoders."""

import json
import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers.feature_extraction_sequence_utils import SequenceFeatureExtractor
from transformers.feature_extraction_utils import BatchFeature
from transformers.utils import PROCESSOR_NAME

from ...audio.clip_forms import as_clips, states_rate
from ...audio.clips import load_clip
from ...audio.files import trim_silence
from ...audio.mel import log_mel_for
from ...hub import HubShimMixin
from ...utils.atomic_files import write_text
from ...utils.damaged_files import read_json
from .configuration_audio import TsukasaAudioConfig


logger = logging.getLogger(__name__)


class TsukasaFeatureExtractor(HubShimMixin, SequenceFeatureExtractor):
    r"""
    Turns clips of any rate and number of channels into normalised log-mels (docs/spec/model.md, Features and Style):
    mixed down, resampled to the model's rate, silence trimmed at both ends, and at least `min_frames` long.

    Args:
        feature_size (`int`, *optional*, defaults to 80):
            Number of mel bands.
        sampling_rate (`int`, *optional*, defaults to 24000):
            The model's rate in Hz, to which clips are resampled.
        padding_value (`float`, *optional*, defaults to 0.0):
            Value that fills up the shorter clips of a batch.
        n_fft (`int`, *optional*, defaults to 2048):
            Length of the Fourier transform, in samples.
        win_length (`int`, *optional*, defaults to 1200):
            Length of its Hann window, in samples.
        hop_length (`int`, *optional*, defaults to 300):
            Samples per frame.
        mel_sampling_rate (`int`, *optional*, defaults to 16000):
            Rate for which the mel filters are laid out.
        trim_top_db (`float`, *optional*, defaults to 30.0):
            Silence this many decibels under the loudest frame is trimmed at both ends; `None` keeps it.
        min_frames (`int`, *optional*, defaults to 80):
            A clip shorter than this many frames is repeated until it is that long, with a warning.
    """

    model_input_names = ["input_features", "input_features_mask"]

    def __init__(
        self,
        feature_size: int = 80,
        sampling_rate: int = 24000,
        padding_value: float = 0.0,
        n_fft: int = 2048,
        win_length: int = 1200,
        hop_length: int = 300,
        mel_sampling_rate: int = 16000,
        trim_top_db: float | None = 30.0,
        min_frames: int = 80,
        **kwargs: Any,
    ) -> None:
        # Where remote code lies is written by the hub shim, and is no setting of the extractor.
        kwargs.pop("auto_map", None)
        super().__init__(feature_size=feature_size, sampling_rate=sampling_rate, padding_value=padding_value, **kwargs)
        self.n_fft = n_fft
        self.win_length = win_length
        self.hop_length = hop_length
        self.mel_sampling_rate = mel_sampling_rate
        self.trim_top_db = trim_top_db
        self.min_frames = min_frames

    @property
    def num_mel_bins(self) -> int:
        """Number of mel bands, by the name that a model's `audio_config` has for it."""
        return self.feature_size

    @classmethod
    def from_audio_config(cls, audio_config: TsukasaAudioConfig) -> "TsukasaFeatureExtractor":
        """The extractor that belongs to a model, from its `config.audio_config`."""
        return cls(
            feature_size=audio_config.num_mel_bins,
            sampling_rate=audio_config.sampling_rate,
            n_fft=audio_config.n_fft,
            win_length=audio_config.win_length,
            hop_length=audio_config.hop_length,
            mel_sampling_rate=audio_config.mel_sampling_rate,
            trim_top_db=audio_config.trim_top_db,
            min_frames=audio_config.min_reference_frames,
        )

    def save_pretrained(self, save_directory: str | os.PathLike, *args: Any, **kwargs: Any) -> Any:
        """Saves the settings as transformers does, and in place of those that a processor has left in the folder."""
        saved = super().save_pretrained(save_directory, *args, **kwargs)
        path = Path(save_directory) / PROCESSOR_NAME
        processor = read_json(path, "save the processor again") if path.is_file() else {}
        if "feature_extractor" in processor:  # which would be loaded rather than ours
            processor["feature_extractor"] = self.to_dict()
            write_text(path, json.dumps(processor, indent=2, sort_keys=True) + "\n")
        return saved

    def __call__(
        self,
        audio: Any,
        sampling_rate: int | None = None,
        padding: bool | str = True,
        max_length: int | None = None,
        truncation: bool = False,
        pad_to_multiple_of: int | None = None,
        return_attention_mask: bool | None = None,
        return_tensors: str | None = None,
        **kwargs: Any,
    ) -> BatchFeature:
        """Features of one clip or of a list of clips.

        Args:
            audio: a clip as [`~audio.clips.load_clip`] reads it, or a list of clips. A two-dimensional array is one
                clip with channels, not a batch.
            sampling_rate: rate in Hz of clips given as arrays; without it they are taken to be at the model's rate,
                with a warning.
            padding, max_length, truncation, pad_to_multiple_of: as everywhere in transformers, in frames.
            return_attention_mask: whether to return `input_features_mask`.
            return_tensors: `"pt"` or `"np"`; lists of arrays otherwise.

        Returns:
            `input_features` `(batch, feature_size, frames)` float32 and `input_features_mask` `(batch, frames)`,
            1 where a frame is real.

        Raises:
            ValueError: for a clip that is not audio, silent, not finite or shorter than 25 ms, channels that cancel
                each other, and for a rate that contradicts that of the clip.
        """
        if kwargs:
            raise ValueError(f"unknown arguments of the feature extractor: {', '.join(sorted(kwargs))}")
        clips = as_clips(audio)
        if not clips:
            raise ValueError("no clip was given: the list of clips is empty")
        if sampling_rate is None and not all(map(states_rate, clips)):
            logger.warning(
                "a clip was given as samples without their rate and is taken to be at %d Hz: pass `sampling_rate`, "
                "because at another rate it would be another voice",
                self.sampling_rate,
            )
        features = [self._features(self.load(clip, sampling_rate)) for clip in clips]
        padded = self.pad(
            BatchFeature({"input_features": features}),
            padding=padding,
            max_length=max_length,
            truncation=truncation,
            pad_to_multiple_of=pad_to_multiple_of,
            return_attention_mask=return_attention_mask,
        )
        data = {"input_features": [np.ascontiguousarray(frames.T) for frames in padded["input_features"]]}
        if "attention_mask" in padded:
            data["input_features_mask"] = list(padded["attention_mask"])
        return BatchFeature(data, tensor_type=return_tensors)

    def load(self, clip: Any, sampling_rate: int | None = None) -> np.ndarray:
        """One clip ready for the log-mel: `(samples,)` float32, mono, at our rate, trimmed, long enough."""
        waveform = load_clip(clip, sampling_rate, self.sampling_rate)
        recorded = len(waveform)
        if self.trim_top_db is not None:
            waveform = trim_silence(waveform, self.trim_top_db)
        return self._long_enough(waveform, trimmed=len(waveform) < recorded)

    def _long_enough(self, waveform: np.ndarray, trimmed: bool) -> np.ndarray:
        milliseconds = 1000 * len(waveform) / self.sampling_rate
        wanted = (self.min_frames - 1) * self.hop_length
        wanted_milliseconds = 1000 * wanted / self.sampling_rate
        length = f"{milliseconds:.0f} ms long" + (" without the silence at its ends" if trimmed else "")
        # Two frames are one text frame, the shortest thing that the model can speak.
        if len(waveform) < 2 * self.hop_length:
            raise ValueError(
                f"the clip is {length}, too short to take a style from: give at least {wanted_milliseconds:.0f} ms"
            )
        if len(waveform) >= wanted:
            return waveform
        logger.warning(
            "the clip is %s and is repeated to %.0f ms: a longer one gives a better style", length, wanted_milliseconds
        )
        return np.resize(waveform, wanted)

    def _features(self, waveform: np.ndarray) -> np.ndarray:
        """`(frames, feature_size)`, time first, as `pad` wants it."""
        return log_mel_for(torch.from_numpy(np.ascontiguousarray(waveform)), self).T.numpy()


__all__ = ["TsukasaFeatureExtractor"]
