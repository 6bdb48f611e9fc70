# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What can be heard and seen of a training, in TensorBoard at every evaluation: speech, alignments, spectrograms."""

import logging
from typing import TYPE_CHECKING

import numpy as np
import torch
from transformers import TrainerCallback
from transformers.integrations import TensorBoardCallback

from ...audio.mel import log_mel_spectrogram
from .pictures import curves, picture_of, stacked


if TYPE_CHECKING:
    from .trainer import TsukasaTrainer

logger = logging.getLogger(__name__)


def samples_of(outputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What can be heard and seen of the outputs of one utterance.

    Returns:
        By name, sounds (samples,) and tables (rows, columns): the waveforms `recorded` and `generated`; ours over the
        recording's spectrogram; alignments (tokens, text_frames); and wherever there are `x` and `true_x`
        (1, frames), ours drawn over the true curve.
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


class MediaCallback(TrainerCallback):
    """Writes samples of `num_logged_samples` utterances of the validation part, always the same, at evaluation."""

    def __init__(self, trainer: "TsukasaTrainer") -> None:
        self.trainer = trainer
        self._has_said = False

    def on_evaluate(self, args, state, control, **keywords) -> None:
        if not args.num_logged_samples or not state.is_world_process_zero or self.trainer.eval_dataset is None:
            return
        writer = self._writer()
        if writer is None:
            self._say("TensorBoard is not among report_to: neither sounds nor pictures are logged")
            return
        rate = self.trainer.model.sampling_rate
        is_empty = True
        for place, samples in enumerate(self.trainer.samples(args.num_logged_samples)):
            for name, value in samples.items():
                is_empty = False
                _write(writer, f"utterance_{place}/{name}", value.numpy(), state.global_step, rate)
        writer.flush()
        if is_empty:
            self._say("this training has nothing to hear and to look at: nothing but figures is logged")

    def _writer(self):
        """TensorBoard's, where it is."""
        callbacks = self.trainer.callback_handler.callbacks
        return next((one.tb_writer for one in callbacks if isinstance(one, TensorBoardCallback)), None)

    def _say(self, message: str) -> None:
        if not self._has_said:
            logger.info(message)
        self._has_said = True


def _write(writer, tag: str, value: np.ndarray, step: int, rate: int) -> None:
    if value.ndim == 1:
        # TensorBoard keeps 16 bits.
        writer.add_audio(tag, np.clip(np.nan_to_num(value), -1.0, 1.0), step, sample_rate=rate)
    else:
        writer.add_image(tag, picture_of(value), step, dataformats="HWC")


__all__ = ["MediaCallback", "samples_of"]
