# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Clips in any form to a padded batch of samples at the rate that SpeechSR reads."""

from typing import Any

import numpy as np
from transformers.feature_extraction_sequence_utils import SequenceFeatureExtractor
from transformers.feature_extraction_utils import BatchFeature

from ...audio.clip_forms import as_clips
from ...audio.clips import load_signal


class SpeechSRFeatureExtractor(SequenceFeatureExtractor):
    r"""
    Mixes clips down, resamples them and pads them to a batch. Silence is a signal like any other here.

    Args:
        feature_size (`int`, *optional*, defaults to 1):
            Values of a sample.
        sampling_rate (`int`, *optional*, defaults to 16000):
            Samples per second that the model reads.
        padding_value (`float`, *optional*, defaults to 0.0):
            Value that fills up the shorter clips of a batch.
    """

    model_input_names = ["input_values", "attention_mask"]

    def __init__(
        self, feature_size: int = 1, sampling_rate: int = 16000, padding_value: float = 0.0, **kwargs: Any
    ) -> None:
        kwargs.setdefault("return_attention_mask", True)
        super().__init__(feature_size, sampling_rate, padding_value, **kwargs)

    def __call__(
        self, audio: Any, sampling_rate: int | None = None, return_tensors: str | None = None
    ) -> BatchFeature:
        """Prepares one clip or several.

        Args:
            audio: a clip or a list of them, in any form that `audio.clips.load_clip` takes.
            sampling_rate: in Hz, of clips without a rate of their own; the model's without it.
            return_tensors: `"pt"` or `"np"`.

        Returns:
            `input_values` and `attention_mask`, (batch, samples).

        Raises:
            ValueError: for what is no audio, holds no samples or samples that are not finite.
            OSError: for a file that cannot be read.
        """
        signals = [load_signal(clip, sampling_rate, self.sampling_rate) for clip in as_clips(audio)]
        batch = BatchFeature({"input_values": [np.ascontiguousarray(signal) for signal in signals]})
        return self.pad(batch, padding=True, return_attention_mask=True, return_tensors=return_tensors)


__all__ = ["SpeechSRFeatureExtractor"]
