# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Mean opinion scores predicted without a reference: DNSMOS and DNSMOS Pro, by networks in a folder of the user.

DNSMOS P.835 (Reddy et al. 2022, arXiv:2110.01763) and P.808 (Reddy et al. 2021, arXiv:2010.15258) as Microsoft's
DNS-Challenge publishes them; DNSMOS Pro by Cumlin et al. 2024 (Interspeech).
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...audio.files import resample
from ...utils.wording import install_hint


RATE = 16000
WINDOW_SECONDS = 9.01

# The published calibration of the network's outputs: coefficients of squares, of values, and constants.
_CALIBRATION = {
    "sig": (-0.08397278, 1.22083953, 0.0052439),
    "bak": (-0.13166888, 1.60915514, -0.39604546),
    "ovrl": (-0.06766283, 1.11546468, 0.04602535),
}
_TRANSFORM, _HOP, _MEL_BANDS = 321, 160, 120
_PRO_TRANSFORM = 320


class Dnsmos:
    """Mean opinion scores from 1 to 5: speech (sig), background (bak), overall (ovrl), P.808 (p808), DNSMOS Pro (pro).

    Args:
        folder: holds an ONNX file of P.835 (`*sig_bak_ovr*.onnx`), and optionally one of P.808 (`*model_v8*.onnx`) and
            a TorchScript file of DNSMOS Pro (`*dnsmospro*.pt`).

    Raises:
        FileNotFoundError: when there is neither P.835 nor DNSMOS Pro.
        ImportError: when there is an ONNX file and onnxruntime is not installed.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder)
        self._overall = _session(_find(self.folder, "*sig_bak_ovr*.onnx"))
        self._p808 = _session(_find(self.folder, "*model_v8*.onnx"))
        pro = _find(self.folder, "*dnsmos*pro*.pt")
        self._pro = None if pro is None else _load_script(pro)
        if self._overall is None and self._pro is None:
            raise FileNotFoundError(
                f"there is no DNSMOS network in '{folder}': put sig_bak_ovr.onnx of Microsoft's DNS-Challenge there"
            )

    def __call__(self, waveform: np.ndarray, sampling_rate: int) -> dict[str, float]:
        """Rate `(samples,)`; higher is better.

        Clips shorter than 9.01 s are repeated until they are long enough; of longer ones, the mean over windows of
        9.01 s every second is taken. DNSMOS Pro gets the clip unchanged.

        Returns:
            `sig`, `bak`, `ovrl` with P.835, `p808` with P.808, `pro` with DNSMOS Pro (the mean of its distribution).

        Raises:
            ValueError: when there are no samples.
        """
        if not len(waveform):
            raise ValueError("there are no samples to rate")
        audio = resample(np.asarray(waveform, dtype=np.float32), sampling_rate, RATE)
        scores: dict[str, float] = {}
        windows = _windows(audio)
        if self._overall is not None:
            # The mean of calibrated windows differs from the calibrated mean.
            curves = [_calibrate(_run(self._overall, window)) for window in windows]
            scores.update(zip(_CALIBRATION, np.mean(curves, axis=0).tolist(), strict=True))
        if self._p808 is not None:
            scores["p808"] = float(np.mean([_run(self._p808, _mel_levels(window[:-_HOP]))[0] for window in windows]))
        if self._pro is not None:
            with torch.no_grad():
                scores["pro"] = float(self._pro(_log_magnitudes(audio)[None, None])[0, 0])
        return scores


def _find(folder: Path, pattern: str) -> Path | None:
    found = sorted(folder.glob(pattern))
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise ValueError(f"'{folder}' holds several networks of one kind ({names}): leave one of them there")
    return found[0] if found else None


def _session(path: Path | None) -> Any:
    if path is None:
        return None
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError(f"DNSMOS needs onnxruntime: {install_hint('evaluate')}") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _load_script(path: Path) -> torch.jit.ScriptModule:
    return torch.jit.load(str(path), map_location="cpu").eval()


def _run(session: Any, values: np.ndarray) -> np.ndarray:
    (outputs,) = session.run(None, {session.get_inputs()[0].name: values[None].astype(np.float32)})
    return outputs[0]


def _windows(audio: np.ndarray) -> list[np.ndarray]:
    """Cut windows of 9.01 s, one every second; a short clip is doubled until it fills one."""
    length = int(WINDOW_SECONDS * RATE)
    while len(audio) < length:
        audio = np.concatenate([audio, audio])
    count = int(len(audio) // RATE - WINDOW_SECONDS) + 1
    return [audio[start : start + length] for start in range(0, count * RATE, RATE)]


def _calibrate(raw: np.ndarray) -> list[float]:
    """Calibrate the outputs of the network for speech, background and overall."""
    return [float(np.polyval(curve, value)) for curve, value in zip(_CALIBRATION.values(), raw, strict=True)]


def _mel_levels(audio: np.ndarray) -> np.ndarray:
    """`(frames, 120)`: mel powers in dB under the loudest one, at most 80 dB, scaled to -1 to 1."""
    segments = _segments(audio, _TRANSFORM)
    power = np.square(np.abs(np.fft.rfft(segments, axis=1))) @ _slaney_filters()
    levels = 10.0 * np.log10(np.maximum(power, 1e-10))
    return (np.maximum(levels - levels.max(), -80.0) + 40.0) / 40.0


def _log_magnitudes(audio: np.ndarray) -> torch.Tensor:
    """`(frames, 161)`: log10 of the magnitudes of a transform of 320 samples, between -7 and 7."""
    magnitudes = np.abs(np.fft.rfft(_segments(audio, _PRO_TRANSFORM), axis=1))
    return torch.from_numpy(np.log10(np.clip(magnitudes, 1e-7, 1e7)).astype(np.float32))


def _segments(audio: np.ndarray, length: int) -> np.ndarray:
    """`(frames, length)`: pieces centred every 160 samples, zeros beyond the ends, through a periodic Hann window."""
    padded = np.pad(audio.astype(np.float64), length // 2)
    starts = np.arange(1 + (len(padded) - length) // _HOP) * _HOP
    return padded[starts[:, None] + np.arange(length)] * np.hanning(length + 1)[:-1]


@lru_cache(maxsize=1)
def _slaney_filters() -> np.ndarray:
    """`(161, 120)`: triangles of unit area on Slaney's scale (Auditory Toolbox 1998), linear up to 1 kHz."""
    frequencies = np.fft.rfftfreq(_TRANSFORM, 1.0 / RATE)
    # 200 / 3 Hz a step up to step 15, which is 1 kHz; from there 27 steps to the 6.4-fold.
    highest = 15.0 + 27.0 * np.log(RATE / 2.0 / 1000.0) / np.log(6.4)
    steps = np.linspace(0.0, highest, _MEL_BANDS + 2)
    edges = np.where(steps < 15.0, steps * 200.0 / 3.0, 1000.0 * 6.4 ** ((steps - 15.0) / 27.0))
    rising = (frequencies[:, None] - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - frequencies[:, None]) / np.diff(edges)[1:]
    return np.maximum(np.minimum(rising, falling), 0.0) * 2.0 / (edges[2:] - edges[:-2])
