# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech, alignments and spectrograms of a training, for TensorBoard at every evaluation."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.integrations import TensorBoardCallback
from transformers.trainer_callback import CallbackHandler

from ...audio.mel import log_mel_spectrogram


logger = logging.getLogger(__name__)

# From dark blue over red to pale yellow, brighter with every step, so that it can also be read without colours.
_COLOURS = np.array([(8, 8, 40), (76, 20, 110), (160, 44, 92), (230, 92, 48), (250, 168, 60), (252, 252, 200)])
_LEAST_HEIGHT = 160
_CURVE_HEIGHT = 96


def samples_of(outputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Sounds and tables of the outputs of one utterance.

    Returns:
        By name, sounds (samples,) and tables (rows, columns): the waveforms `recorded` and `generated`; the generated
        spectrogram above the recorded one; alignments (tokens, text_frames); and wherever there are `x` and `true_x`
        (1, frames), the predicted curve drawn over the true one.
    """
    found = {name: outputs[name][0].float().cpu() for name in ("recorded", "generated") if name in outputs}
    if len(found) == 2:
        mels = [log_mel_spectrogram(found[name]).numpy() for name in ("recorded", "generated")]
        found["spectrogram"] = torch.from_numpy(stacked(*mels))
    for name in ("soft_alignment", "alignment"):
        if name in outputs:
            found[name] = outputs[name][0].float().cpu()
    for name in outputs:
        if f"true_{name}" in outputs:
            pair = (outputs[key][0].float().cpu().numpy() for key in (f"true_{name}", name))
            found[name] = torch.from_numpy(curves(*pair))
    return found


class LoggedSamples(TrainerCallback):
    """Writes samples of `num_logged_samples` utterances of the validation part, always the same, at evaluation.

    Args:
        samples: yields those of so many utterances, see `samples_of`; nothing when there is no validation part.
        sampling_rate: of the waveforms in Hz; None when there are none.
        callbacks: of the trainer, among which TensorBoard's may be.
    """

    def __init__(
        self,
        samples: Callable[[int], Iterator[dict[str, torch.Tensor]]],
        sampling_rate: int | None,
        callbacks: CallbackHandler,
    ) -> None:
        self._samples, self._sampling_rate, self._callbacks = samples, sampling_rate, callbacks
        self._has_logged_a_reason = False

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **keywords: Any
    ) -> None:
        """Called by transformers after every evaluation."""
        count = getattr(args, "num_logged_samples", 0)
        if not count or not state.is_world_process_zero:
            return
        writer = self._writer()
        if writer is None:
            self._log_once("TensorBoard is not among report_to: neither sounds nor pictures are logged")
            return
        is_empty = True
        for place, samples in enumerate(self._samples(count)):
            for name, value in samples.items():
                is_empty = False
                tag = f"utterance_{place}/{name}"
                if value.ndim == 1:
                    # TensorBoard keeps 16 bits.
                    sound = np.clip(np.nan_to_num(value.numpy()), -1.0, 1.0)
                    writer.add_audio(tag, sound, state.global_step, sample_rate=self._sampling_rate)
                else:
                    writer.add_image(tag, picture_of(value.numpy()), state.global_step, dataformats="HWC")
        writer.flush()
        if is_empty:
            self._log_once("this training has neither sounds nor pictures: only figures are logged")

    def _writer(self) -> Any:
        """TensorBoard's, where it is."""
        callbacks = self._callbacks.callbacks
        return next((one.tb_writer for one in callbacks if isinstance(one, TensorBoardCallback)), None)

    def _log_once(self, message: str) -> None:
        if not self._has_logged_a_reason:
            logger.info(message)
        self._has_logged_a_reason = True


# Pictures: colours for heights, and curves over time. Rows are counted from below, as plots are read.


def picture_of(values: np.ndarray) -> np.ndarray:
    """Heights as colours.

    Args:
        values: (rows, columns), the first row below; what is not finite counts as the lowest.

    Returns:
        (height, width, 3) uint8. Small tables are enlarged by whole numbers.
    """
    values = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    low, high = (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (0.0, 0.0)
    heights = np.nan_to_num((values - low) / max(high - low, 1e-12))
    steps = np.linspace(0.0, 1.0, len(_COLOURS))
    colours = np.stack([np.interp(heights, steps, channel) for channel in _COLOURS.T], axis=-1)
    times = max(1, _LEAST_HEIGHT // len(values))
    return colours[::-1].round().astype(np.uint8).repeat(times, axis=0).repeat(times, axis=1)


def stacked(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    """Two tables over the same columns, a bright line between them, as one: (rows, columns) each."""
    columns = min(below.shape[1], above.shape[1])
    line = np.full((2, columns), max(below.max(), above.max()))
    return np.concatenate([below[:, :columns], line, above[:, :columns]])


def curves(dim: np.ndarray, bright: np.ndarray) -> np.ndarray:
    """Two curves (frames,) as a table for `picture_of`, the second drawn over the first."""
    both = np.nan_to_num(np.stack([dim, bright]).astype(np.float64))
    low, high = both.min(), both.max()
    rows = ((both - low) / max(high - low, 1e-12) * (_CURVE_HEIGHT - 1)).round().astype(int)
    table = np.zeros((_CURVE_HEIGHT, both.shape[1]))
    for row, brightness in zip(rows, (0.5, 1.0), strict=True):
        for frame in range(len(row)):
            # Down to the frame before, so that steep places are lines and not dots.
            first, last = sorted((row[max(frame - 1, 0)], row[frame]))
            table[first : last + 1, frame] = brightness
    return table


__all__ = ["LoggedSamples", "curves", "picture_of", "samples_of", "stacked"]
