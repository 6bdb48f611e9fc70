# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The codecs that transformers has: EnCodec, Mimi and DAC."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from transformers import DacModel, EncodecModel, MimiModel, PreTrainedModel

from ...strict_loading import load_complete
from .codec import AudioCodec
from .vocos import VocosModel


VOCOS_FOLDER = "vocos"
"""Folder in that of an EnCodec model with the Vocos that decodes instead of it."""


class _Kind(NamedTuple):
    """How one kind of codec is used.

    Attributes:
        model_class: of transformers.
        codebooks: how many a model has.
        encode: model, waveforms (1, 1, samples) and the number of codebooks to codes (1, codebooks, frames).
        decode: model and codes (1, codebooks, frames) to waveforms (1, 1, samples) or (1, samples).
        frame_rate: of its config.
    """

    model_class: type[PreTrainedModel]
    codebooks: Callable[[Any], int]
    encode: Callable[[Any, torch.Tensor, int], torch.Tensor]
    decode: Callable[[Any, torch.Tensor], torch.Tensor]
    frame_rate: Callable[[Any], float]


def _encode_encodec(model: Any, waveform: torch.Tensor, codebooks: int) -> torch.Tensor:
    per_codebook = model.config.frame_rate * np.log2(model.config.codebook_size) / 1000
    rates = {round(rate / per_codebook): rate for rate in model.config.target_bandwidths}
    if codebooks not in rates:
        raise ValueError(f"this EnCodec model has bit rates of {sorted(rates)} codebooks, and none of {codebooks}")
    return model.encode(waveform, bandwidth=rates[codebooks]).audio_codes[0]


CODEC_MODELS: dict[str, _Kind] = {
    "encodec": _Kind(
        EncodecModel,
        lambda model: model.config.num_quantizers,
        _encode_encodec,
        lambda model, codes: model.decode(codes[None], [None]).audio_values,
        lambda config: config.frame_rate,
    ),
    "mimi": _Kind(
        MimiModel,
        lambda model: model.config.num_quantizers,
        lambda model, waveform, codebooks: model.encode(waveform, num_quantizers=codebooks).audio_codes,
        lambda model, codes: model.decode(codes).audio_values,
        lambda config: config.frame_rate,
    ),
    "dac": _Kind(
        DacModel,
        lambda model: model.config.n_codebooks,
        lambda model, waveform, codebooks: model.encode(waveform, n_quantizers=codebooks).audio_codes,
        lambda model, codes: model.decode(audio_codes=codes).audio_values,
        lambda config: config.sampling_rate / config.hop_length,
    ),
}
"""Kinds of codecs by the `model_type` of their folders."""


class TransformersCodec(AudioCodec):
    """A codec of transformers, with Vocos as the decoder of EnCodec's codes where its folder holds one.

    Args:
        folder: with config and weights.
        kind: a key of `CODEC_MODELS`.
        num_codebooks: codebooks to use.
    """

    def __init__(self, folder: Path, kind: str, num_codebooks: int):
        self._kind = CODEC_MODELS[kind]
        self._model = load_complete(self._kind.model_class, folder).eval()
        most = self._kind.codebooks(self._model)
        if num_codebooks > most:
            raise ValueError(f"the codec in '{folder}' has {most} codebooks, not {num_codebooks}")
        config: Any = self._model.config
        self.folder, self.num_codebooks = folder, num_codebooks
        self.sampling_rate, self.codebook_size = config.sampling_rate, config.codebook_size
        self.frame_rate = self._kind.frame_rate(config)
        vocos = folder / VOCOS_FOLDER
        self._vocos = VocosModel.from_pretrained(vocos).eval() if kind == "encodec" and vocos.is_dir() else None

    @torch.no_grad()
    def encode(self, waveform: np.ndarray) -> torch.Tensor:
        """(samples,) -> (frames, num_codebooks)"""
        samples = torch.as_tensor(waveform, dtype=torch.float32)[None, None]
        return self._kind.encode(self._model, samples, self.num_codebooks)[0].T.long()

    @torch.no_grad()
    def decode(self, codes: torch.Tensor) -> np.ndarray:
        """(frames, num_codebooks) -> (samples,)"""
        self.check_codes(codes)
        codes = codes.cpu()
        if self._vocos is not None:
            return self._vocos(codes[None])[0].numpy()
        return self._kind.decode(self._model, codes.T[None]).reshape(-1).numpy()


__all__ = ["CODEC_MODELS", "VOCOS_FOLDER", "TransformersCodec"]
