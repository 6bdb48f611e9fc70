# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Lyra 1.3.2 (google/lyra, Apache-2.0): SoundStream's encoder, a residual quantiser, and LyraGAN as the decoder.

Its 46 codebooks have 16 entries each. Two neighbours are read as one codebook of 256: code `16 * first + second`.
Eight of these are 3.2 kbit/s, 50 frames a second. The networks are TensorFlow Lite files, which keep their states
between frames, so that every utterance gets fresh interpreters.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from .codec import AudioCodec


_ENCODER, _QUANTIZER, _DECODER = "soundstream_encoder.tflite", "quantizer.tflite", "lyragan.tflite"
_SAMPLES_PER_FRAME = 320
_ENTRIES = 16
_QUANTIZERS = 46
_UNUSED = -1
_RATE = 16_000


def is_lyra_folder(folder: Path) -> bool:
    """Whether a folder holds the three files of Lyra."""
    return all((folder / name).is_file() for name in (_ENCODER, _QUANTIZER, _DECODER))


class LyraCodec(AudioCodec):
    """Lyra as a codec of eight (at most 23) codebooks of 256 entries at 50 frames a second of 16 kHz.

    Args:
        folder: with the three .tflite files.
        num_codebooks: codebooks to use.

    Raises:
        ImportError: without the package that runs such files.
        ValueError: for more codebooks than there are.
    """

    sampling_rate = _RATE
    frame_rate = _RATE / _SAMPLES_PER_FRAME
    codebook_size = _ENTRIES**2

    def __init__(self, folder: Path, num_codebooks: int):
        if not 0 < num_codebooks <= _QUANTIZERS // 2:
            raise ValueError(f"Lyra has {_QUANTIZERS // 2} codebooks of {self.codebook_size}, not {num_codebooks}")
        _interpreter_class()  # a missing package is told here and not at the first clip
        self.folder, self.num_codebooks = folder, num_codebooks

    def encode(self, waveform: np.ndarray) -> torch.Tensor:
        """(samples,) -> (frames, num_codebooks); the last frame is filled up with silence"""
        samples = np.asarray(waveform, dtype=np.float32)
        samples = np.pad(samples, (0, -len(samples) % _SAMPLES_PER_FRAME))
        features = self.features(samples.reshape(-1, _SAMPLES_PER_FRAME))
        return paired(torch.from_numpy(self.quantize(features)[:, : 2 * self.num_codebooks]))

    def decode(self, codes: torch.Tensor) -> np.ndarray:
        """(frames, num_codebooks) -> (samples,)"""
        self.check_codes(codes)
        return self.synthesize(self.dequantize(unpaired(codes.cpu()).numpy()))

    def features(self, frames: np.ndarray) -> np.ndarray:
        """Features of one utterance; (frames, 320) samples -> (frames, 64)"""
        return self._run(_ENCODER, frames)

    def quantize(self, features: np.ndarray) -> np.ndarray:
        """Indices of the codebooks of 16 entries that are used; (frames, 64) -> (frames, 2 * num_codebooks)"""
        encode = self._load(_QUANTIZER).get_signature_runner("encode")
        number = np.array(2 * self.num_codebooks, dtype=np.int32)
        rows = []
        for frame in features:
            found = encode(input_frames=frame[None, None], num_quantizers=number)
            indices = next(value for value in found.values() if value.size == _QUANTIZERS)
            rows.append(indices.reshape(-1)[: 2 * self.num_codebooks])
        return np.array(rows, dtype=np.int64).reshape(-1, 2 * self.num_codebooks)

    def dequantize(self, indices: np.ndarray) -> np.ndarray:
        """Features of the first codebooks of 16 entries; (frames, at most 46) -> (frames, 64)"""
        decode = self._load(_QUANTIZER).get_signature_runner("decode")
        complete = np.full((len(indices), _QUANTIZERS), _UNUSED, dtype=np.int32)
        complete[:, : indices.shape[1]] = indices
        rows = [next(iter(decode(encoding_indices=row[:, None, None]).values())).reshape(-1) for row in complete]
        return np.array(rows, dtype=np.float32).reshape(len(indices), -1)

    def synthesize(self, features: np.ndarray) -> np.ndarray:
        """The waveform of one utterance; (frames, 64) -> (frames * 320,)"""
        return self._run(_DECODER, features).reshape(-1)

    def _run(self, name: str, frames: np.ndarray) -> np.ndarray:
        """The outputs of a network of one frame a call, from its first state on."""
        interpreter = self._load(name)
        interpreter.allocate_tensors()
        source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
        rows = []
        for frame in frames:
            interpreter.set_tensor(source["index"], frame.astype(np.float32).reshape(source["shape"]))
            interpreter.invoke()
            rows.append(interpreter.get_tensor(target["index"]).reshape(-1).copy())
        return np.array(rows, dtype=np.float32).reshape(len(frames), -1)

    def _load(self, name: str) -> Any:
        return _interpreter_class()(model_path=str(self.folder / name))


def paired(indices: torch.Tensor) -> torch.Tensor:
    """Two codebooks of 16 entries as one of 256; (frames, 2 n) -> (frames, n)"""
    first, second = indices.long().unflatten(1, (-1, 2)).unbind(dim=2)
    return first * _ENTRIES + second


def unpaired(codes: torch.Tensor) -> torch.Tensor:
    """The codebooks of 16 entries of which those of 256 are made; (frames, n) -> (frames, 2 n)"""
    return torch.stack([codes // _ENTRIES, codes % _ENTRIES], dim=2).flatten(1)


def _interpreter_class() -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise ImportError("Lyra needs the package ai-edge-litert: pip install 'transformers-tsukasa[lyra]'") from error
    return Interpreter


__all__ = ["LyraCodec", "is_lyra_folder", "paired", "unpaired"]
