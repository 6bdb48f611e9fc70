# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""SpeechSR: the published weights, converted, on recorded signals."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import torch

from transformers_tsukasa.models.speechsr.modeling_speechsr import SpeechSRModel

from .table import Comparison, Values


PREFIX = "golden_speechsr"
_COLUMNS = 256  # of inner states that are recorded
_KINDS = ("24k", "48k")


def convert_speechsr(recorded: Path, work: Path) -> dict[str, Path]:
    """Model folders of both networks, by their kind, from the checkpoints beside the records."""
    folders = {}
    for kind in _KINDS:
        checkpoints = sorted(recorded.glob(f"speechsr{kind}_G_*.pth"))
        if len(checkpoints) != 1:
            raise SystemExit(f"{recorded} has {len(checkpoints)} checkpoints speechsr{kind}_G_*.pth, expected one")
        folders[kind] = work / f"speechsr_{kind}"
        config = recorded / f"speechsr{kind}_config.json"
        arguments = ["convert", str(checkpoints[0]), str(folders[kind]), "--config", str(config)]
        subprocess.run([sys.executable, "-m", "transformers_tsukasa", *arguments], check=True)
    return folders


@torch.inference_mode()
def compare_speechsr(file: Comparison, folders: dict[str, Path], device: torch.device) -> None:
    """Adds the rows of a file of records.

    Args:
        file: the recorded results; `NAME.input` and what both networks make of it.
        folders: of `convert_speechsr`.
        device: where ours compute.
    """
    clips = [name.removesuffix(".input") for name in file.recorded if name.endswith(".input")]
    file.given(*(f"{clip}.input" for clip in clips))
    for kind, folder in folders.items():
        model = SpeechSRModel.from_pretrained(folder).eval().to(device)
        file.run([partial(_raise_exactly, model, kind, clip) for clip in clips])
        model.config.interpolation = "drifting"
        file.run([partial(_raise_as_released, model, kind, clip) for clip in clips])


def _raise_exactly(model: SpeechSRModel, kind: str, clip: str, values: Values) -> Values:
    """The results in float64 of the original, which ours meet in float32; in pieces and at once."""
    waveform = values[f"{clip}.input"][None]
    name = f"{clip}.output_{kind}_f64"
    return {f"{name} (in pieces)": model(waveform).waveform[0], f"{name} (at once)": model.raise_piece(waveform)[0]}


def _raise_as_released(model: SpeechSRModel, kind: str, clip: str, values: Values) -> Values:
    """The results of the released code, whose interpolation drifts."""
    waveform = values[f"{clip}.input"]
    before = model.input_conv(waveform[None, :, None])
    raised = model.interpolate(before)
    mixed = model.stage(raised)
    last = model.activation(mixed)
    inner = {
        "conv_pre": before,
        "interp": raised,
        "amp0": model.stage.blocks[0](raised),
        "amp_mean": mixed,
        "act_post": last,
        "pre_tanh": model.output_conv(last),
    }
    states = {f"{clip}.{kind}.{name}_first{_COLUMNS}": state[0, :_COLUMNS].T for name, state in inner.items()}
    return {**states, f"{clip}.output_{kind}": model(waveform[None]).waveform[0]}
