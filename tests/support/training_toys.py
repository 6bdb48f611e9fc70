# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A toy for the tests of the trainers: two small modules that generate, and a discriminator, all deterministic."""

import copy
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.utils.data import Dataset

from support.devices import USE_CPU
from transformers_tsukasa.models.tsukasa.training_models.discriminators import TsukasaDiscriminatorOutput
from transformers_tsukasa.training.engine.adversary import Adversary
from transformers_tsukasa.training.engine.arguments import TsukasaTrainingArguments
from transformers_tsukasa.training.engine.phases import DISCRIMINATORS, Absence, Loss, Phase
from transformers_tsukasa.training.engine.trained_modules import TrainedModels
from transformers_tsukasa.training.engine.trainer import PhasedTrainer
from transformers_tsukasa.training.losses import adversarial_loss, discriminator_loss, feature_matching_loss
from transformers_tsukasa.training.recipes.speech_adversaries import ADVERSARIAL_LOSSES, TAUGHT_BY


SIZE = 12


class ToyDataset(Dataset):
    """Utterances of one length, each a fixed vector. `broken` is one that is not finite."""

    def __init__(self, count: int = 8, broken: int | None = None):
        random = torch.Generator().manual_seed(3)
        self.values = torch.randn(count, SIZE, generator=random)
        if broken is not None:
            self.values[broken] = float("nan")
        self.frame_counts = [10] * count

    def __len__(self):
        return len(self.values)

    def __getitem__(self, index):
        return {"values": self.values[index], "index": index}


SHORT_RUN = {
    "max_frames_per_batch": 400,
    "max_steps": 2,
    "logging_steps": 1,
    "use_cpu": USE_CPU,
    "report_to": "none",
    "disable_tqdm": True,
    "save_strategy": "no",
}
"""Arguments of a run of two updates that saves nothing."""


def collate(items):
    return {
        "values": torch.stack([item["values"] for item in items]),
        "indices": torch.tensor([item["index"] for item in items]),
    }


class ToyModels(TrainedModels):
    def __init__(self, noise: float = 0.0, dropout: float = 0.0):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = nn.Linear(SIZE, SIZE), nn.Linear(SIZE, SIZE)
        self.never = nn.Sequential(nn.Linear(SIZE, SIZE), nn.BatchNorm1d(SIZE))
        self.dropout, self.noise = nn.Dropout(dropout), noise

    def forward(self, phase, batch):
        values = batch["values"]
        hidden = torch.tanh(self.first(values + self.noise * torch.randn_like(values)))
        return {"recorded": values, "generated": self.second(hidden) + 0.0 * self.never(values)}

    def save(self, folder):
        save_file(self.state_dict(), Path(folder) / "model.safetensors")

    def load(self, folder):
        self.load_state_dict(load_file(Path(folder) / "model.safetensors"))


class ToyDiscriminator(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.hidden, self.score = nn.Linear(SIZE, 6), nn.Linear(6, 1)

    def forward(self, waveform):
        features = torch.tanh(self.hidden(waveform))
        return TsukasaDiscriminatorOutput([self.score(features)], [[features]])


DISTANCE = Loss("distance", 2.0)
START = Phase("start", learns=("first",), losses=(DISTANCE,))
DUEL = Phase(
    "duel",
    learns=("first", "second", DISCRIMINATORS),
    losses=(DISTANCE, *ADVERSARIAL_LOSSES),
    absences=(Absence(("tea",), "no kettle is given"),),
)


class ToyTrainer(PhasedTrainer):
    PHASES = (START, DUEL)
    MODULES = {"first": "first", "second": "second"}
    duel_from = 2

    def __init__(self, model, args, *, discriminators, **arguments):
        super().__init__(model, args, **arguments)
        self.discriminators = discriminators
        self.adversaries[DISCRIMINATORS] = Adversary(
            [discriminators],
            self.accelerator,
            self.loss_scale,
            own_loss=("discriminator", discriminator_loss),
            losses={"adversarial": adversarial_loss, "feature_matching": feature_matching_loss},
        )

    def taught_by(self):
        return TAUGHT_BY

    def phase_starts(self, updates_per_epoch):
        return [0, self.duel_from]

    def compute_losses(self, outputs, inputs, phase):
        if not phase.has("distance"):
            return {}
        return {"distance": (outputs["generated"].float() - outputs["recorded"]).square().mean()}


def make_trainer(folder, dataset=None, *, noise=0.0, duel_from=2, eval_dataset=None, **options):
    defaults = {
        "output_dir": str(folder),
        "use_cpu": USE_CPU,
        "max_frames_per_batch": 20,
        "max_steps": 4,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "learning_rate": 1e-2,
    }
    trainer = ToyTrainer(
        ToyModels(noise),
        TsukasaTrainingArguments(**{**defaults, **options}),
        train_dataset=dataset or ToyDataset(),
        eval_dataset=eval_dataset,
        data_collator=collate,
        discriminators=ToyDiscriminator(),
    )
    trainer.duel_from = duel_from
    return trainer


def snapshot(trainer):
    parts = {**dict(trainer.model.named_children()), "discriminators": trainer.discriminators}
    return {name: [value.clone() for value in part.state_dict().values()] for name, part in parts.items()}


def moved(before, after):
    return {
        name for name in before if any(not torch.equal(a, b) for a, b in zip(before[name], after[name], strict=True))
    }


def losses_of(trainer):
    return [entry for entry in trainer.state.log_history if "loss" in entry]


def parts_of(trainer):
    """Every part of the models of a run by name."""
    found = {**dict(trainer.model.tts.named_children()), "text_aligner": trainer.model.text_aligner}
    return {**found, "discriminators": trainer.discriminators}


def moved_parts(trainer, run):
    """Names of all parts in which a weight or a buffer changed."""
    before = {name: copy.deepcopy(part.state_dict()) for name, part in parts_of(trainer).items()}
    run()
    return {
        name
        for name, part in parts_of(trainer).items()
        if any(not torch.equal(value, before[name][key]) for key, value in part.state_dict().items())
    }


def after_gradients(trainer, act):
    """Calls `act(kind)` whenever the gradients of an update are ready; `kind` is empty for the usual one."""
    finish = trainer.finish_gradients

    def finish_and_act(batches, adversaries, kind="", change=None):
        result = finish(batches, adversaries, kind, change)
        act(kind)
        return result

    trainer.finish_gradients = finish_and_act
