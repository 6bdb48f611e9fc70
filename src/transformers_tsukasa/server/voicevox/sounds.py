# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""WAV files as VOICEVOX's clients expect them: 16 bits, of known size, in any rate, mono or stereo."""

import io
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .refusals import invalid


if TYPE_CHECKING:
    import numpy as np

_MOST_CHANNELS = 2


def wav_file(samples: "np.ndarray", rate: int) -> bytes:
    """A WAV file.

    Args:
        samples: float32, (frames,) or (frames, channels).
        rate: in Hz.
    """
    from ...audio.encoding import to_pcm16, wav_header

    channels = 1 if samples.ndim == 1 else samples.shape[1]
    return wav_header(rate, channels, len(samples)) + to_pcm16(samples).tobytes()


def at_rate(samples: "np.ndarray", from_rate: int, to_rate: int) -> "np.ndarray":
    """Samples (frames,) at another rate in Hz."""
    import torch

    from ...audio.resampling import resample_waveform

    if from_rate == to_rate or not len(samples):
        return samples
    return resample_waveform(torch.from_numpy(samples)[None], from_rate, to_rate)[0].numpy()


def finished(samples: "np.ndarray", from_rate: int, to_rate: int, volume: float, is_stereo: bool) -> "np.ndarray":
    """Speech (samples,) at the volume and the rate of a query, with a second channel where it wants one."""
    import numpy as np

    sound = at_rate(samples if volume == 1 else samples * np.float32(volume), from_rate, to_rate)
    return np.stack([sound, sound], axis=1) if is_stereo else sound


def joined_waves(files: Sequence[bytes]) -> bytes:
    """WAV files one after the other, at the highest of their rates; stereo where one is.

    Raises:
        ServerProblem: 422 for no files, and for what is no sound or has more than two channels.
    """
    import numpy as np
    import soundfile

    if not files:
        raise invalid("wav がありません: send at least one WAV file")
    sounds = []
    for number, content in enumerate(files, start=1):
        try:
            samples, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
        except (soundfile.SoundFileError, OSError, ValueError) as error:
            raise invalid(
                f"{number}番目の wav が読めません: file {number} is no WAV file; send another one"
            ) from error
        if samples.shape[1] > _MOST_CHANNELS:
            raise invalid(f"{number}番目の wav のチャンネルが多すぎます: file {number} must be mono or stereo")
        sounds.append((samples, rate))
    rate = max(own for _, own in sounds)
    channels = max(samples.shape[1] for samples, _ in sounds)
    pieces = []
    for samples, own in sounds:
        columns = [at_rate(np.ascontiguousarray(column), own, rate) for column in samples.T]
        pieces.append(np.stack(columns * (channels // len(columns)), axis=1))
    return wav_file(np.concatenate(pieces), rate)


def zipped(files: Sequence[bytes]) -> bytes:
    """WAV files as 001.wav, 002.wav and so on in a ZIP file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for number, content in enumerate(files, start=1):
            archive.writestr(f"{number:03d}.wav", content)
    return target.getvalue()


__all__ = ["at_rate", "finished", "joined_waves", "wav_file", "zipped"]
