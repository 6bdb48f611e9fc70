# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Started by the tests in several processes: python training_processes.py KIND FOLDER KEY=VALUE ..."""

import os
import sys
from pathlib import Path

import torch
import yaml

import transformers_tsukasa.training.losses as losses
from support.stage1_toys import speech_features_trainer, stage1_trainer
from support.stage2_still import still_trainer
from support.text_toys import plbert_trainer, stage3_trainer
from support.training_toys import ToyDataset, make_trainer


_TRAINERS = {
    "stage1": stage1_trainer,
    "speech_features": speech_features_trainer,
    "still": still_trainer,
    "plbert": plbert_trainer,
    "stage3": stage3_trainer,
}


def main(kind: str, folder: str, *changes: str) -> None:
    torch.set_num_threads(1)
    options = {key: yaml.safe_load(value) for key, value in (change.split("=") for change in changes)}
    checkpoint = options.pop("resume", None)
    if kind == "toy":
        # R takes a median over the batch, which a part of it does not have.
        losses.relativistic_loss = lambda difference: difference.sum() * 0.0
        trainer = make_trainer(folder, ToyDataset(8, options.pop("broken", None)), **options)
    else:
        trainer = _TRAINERS[kind](folder, **options)
    trainer.train(resume_from_checkpoint=checkpoint)
    state = dict(trainer.model.state_dict())
    if hasattr(trainer, "discriminators"):
        state.update(trainer.discriminators.state_dict())
    history = [entry for entry in trainer.state.log_history if "loss" in entry]
    torch.save({"state": state, "history": history}, Path(folder) / f"result-{trainer.args.process_index}.pt")


def run_elsewhere(environment, printed, *arguments):
    """Run as this script does, in a process of another environment that prints to a file."""
    os.environ.clear()
    os.environ.update(environment)
    with open(printed, "wb") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    main(*arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
