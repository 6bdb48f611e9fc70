# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Pictures of a sentence: log-mels of our speech and of the recording, and F0 of both on the recording's time axis."""

import os
from types import ModuleType
from typing import Any

import numpy as np
import torch

from ..audio.files import resample
from ..audio.mel import log_mel_for
from ..audio.time_warping import distances, time_warping_path
from ..models.tsukasa.configuration_tsukasa import TsukasaAudioConfig
from ..utils.atomic_files import atomic_file
from ..utils.wording import install_hint
from .distances import cents
from .sentences import Clip
from .speech_analysis import FRAME_SECONDS, SpeechAnalyzer


_PIXELS_PER_SECOND = 220
_BAND_PIXELS = 2
_F0_HEIGHT = 180
_LEFT, _TOP, _GAP, _BOTTOM = 64, 28, 30, 26
_INK, _GRID, _OURS, _THEIRS = (20, 20, 20), (222, 222, 222), (214, 39, 40), (31, 119, 180)
# Dark blue over violet and orange to light yellow: brighter is louder, in grey too.
_COLOURS = np.array([(8, 8, 40), (92, 22, 110), (190, 55, 85), (246, 140, 40), (252, 252, 180)], dtype=float)
_F0_LINES = (60, 80, 100, 150, 200, 300, 400, 600, 800)


def import_pillow() -> tuple[ModuleType, ModuleType]:
    """Import `Image` and `ImageDraw` of Pillow.

    Raises:
        ImportError: with how to install it.
    """
    try:
        from PIL import Image, ImageDraw
    except ImportError as error:
        raise ImportError(f"pictures need Pillow: {install_hint('evaluate')}") from error
    return Image, ImageDraw


def draw_comparison(
    path: str | os.PathLike,
    title: str,
    ours: Clip,
    recording: Clip,
    analyzer: SpeechAnalyzer,
    audio: TsukasaAudioConfig,
) -> None:
    """Draw a PNG, which appears when it is complete.

    Args:
        path: of the picture.
        title: written above it; the font has no Japanese, whose characters become boxes.
        ours, recording: the two clips.
        analyzer: computes F0, and the frames by which our speech is warped onto the recording's time.
        audio: features of the log-mels.

    Raises:
        ImportError: when Pillow is not installed.
        ValueError: when one of the clips has no sound in it.
    """
    Image, ImageDraw = import_pillow()
    mels = [_mel_pixels(clip, audio) for clip in (ours, recording)]
    frames = [analyzer(clip.waveform, clip.sampling_rate) for clip in (ours, recording)]
    left, right = time_warping_path(distances(frames[0].mel_cepstra[:, 1:], frames[1].mel_cepstra[:, 1:]))
    width = max(mel.shape[1] for mel in mels)
    mel_height = mels[0].shape[0]
    height = _TOP + 2 * (mel_height + _GAP) + _F0_HEIGHT + _BOTTOM
    picture = Image.new("RGB", (_LEFT + width + 12, height), "white")
    draw = ImageDraw.Draw(picture)
    draw.text((_LEFT, 6), title, fill=_INK)
    top = _TOP
    for name, mel in zip(("ours", "recording"), mels, strict=True):
        picture.paste(Image.fromarray(mel), (_LEFT, top))
        draw.text((6, top + 4), name, fill=_INK)
        _seconds_axis(draw, top + mel_height, mel.shape[1])
        top += mel_height + _GAP
    _f0_axes(draw, top, width)
    _curve(draw, top, frames[1].places, frames[1].f0, _THEIRS)
    _curve(draw, top, frames[1].places[right], frames[0].f0[left], _OURS)
    draw.text((_LEFT + 6, top + 2), "ours (in the recording's time)", fill=_OURS)
    draw.text((_LEFT + 200, top + 2), "recording", fill=_THEIRS)
    with atomic_file(path) as partial:
        picture.save(partial, format="PNG")


def _mel_pixels(clip: Clip, audio: TsukasaAudioConfig) -> np.ndarray:
    """Return (height, width, 3) bytes of the log-mel, low bands below."""
    speech = resample(clip.waveform, clip.sampling_rate, audio.sampling_rate)
    log_mel = log_mel_for(torch.from_numpy(np.ascontiguousarray(speech, dtype=np.float32)), audio).numpy()
    width = max(round(len(speech) / audio.sampling_rate * _PIXELS_PER_SECOND), 1)
    columns = np.minimum(np.arange(width) * log_mel.shape[1] // width, log_mel.shape[1] - 1)
    # The normalised log-mel of speech lies between -1.5 and 2.
    levels = np.clip((log_mel[::-1][:, columns] + 1.5) / 3.5, 0.0, 1.0) * (len(_COLOURS) - 1)
    rgb = np.stack([np.interp(levels, np.arange(len(_COLOURS)), channel) for channel in _COLOURS.T], axis=-1)
    return rgb.astype(np.uint8).repeat(_BAND_PIXELS, axis=0)


def _seconds_axis(draw: Any, top: int, width: int) -> None:
    for half in range(int(2 * width / _PIXELS_PER_SECOND) + 1):
        x = _LEFT + half * _PIXELS_PER_SECOND // 2
        draw.line((x, top, x, top + 4), fill=_INK)
        draw.text((x + 2, top + 4), f"{half / 2:g} s", fill=_INK)


def _height(f0: np.ndarray) -> np.ndarray:
    """Return pixels below the upper edge of the F0 panel, on a scale of cents."""
    low, high = cents(np.array([_F0_LINES[0], _F0_LINES[-1]], dtype=float))
    return (high - cents(np.clip(f0, _F0_LINES[0], _F0_LINES[-1]))) / (high - low) * _F0_HEIGHT


def _f0_axes(draw: Any, top: int, width: int) -> None:
    for hertz in _F0_LINES:
        y = top + float(_height(np.array([hertz], dtype=float))[0])
        draw.line((_LEFT, y, _LEFT + width, y), fill=_GRID)
        draw.text((6, y - 6), f"{hertz} Hz", fill=_INK)
    _seconds_axis(draw, top + _F0_HEIGHT, width)


def _curve(draw: Any, top: int, frames: np.ndarray, f0: np.ndarray, colour: tuple[int, int, int]) -> None:
    """Draw F0 (steps,) at the given frames, interrupted where speech is unvoiced or a frame is left out."""
    voiced = np.flatnonzero(f0 > 0)
    x = _LEFT + frames * FRAME_SECONDS * _PIXELS_PER_SECOND
    y = top + _height(np.maximum(f0, 1.0))
    gaps = (np.diff(voiced) > 1) | (np.diff(frames[voiced]) > 1)
    for run in np.split(voiced, np.flatnonzero(gaps) + 1):
        if len(run) > 1:
            draw.line([(float(x[place]), float(y[place])) for place in run], fill=colour, width=2)
