# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Train a small model of masked characters on plain Japanese text.

    python scripts/character_model/train.py FILE.jsonl[.gz] [...] --output FOLDER [--updates 3000] [--seed 0]

A file has texts as `t` or `text` of JSON lines, or one a line. A text of fifty is held out, and the loss on those is
printed with every checkpoint: the mean of -log p of a hidden character. `FOLDER/checkpoint.pt` is written every
`--every` updates; the same command resumes from it, and a resumed run gives the same weights as one that was not
interrupted. `FOLDER/characters.pt` is the finished model, as `load_model` reads it.
"""

import argparse
import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional


sys.path.append(str(Path(__file__).resolve().parents[1]))

from character_model.network import CharacterModel, Shape
from character_model.texts import Characters, is_held_out, known_characters, masked, read_texts, windows
from transformers_tsukasa.utils.atomic_files import atomic_file
from transformers_tsukasa.utils.resumable import files_digest, identity_of


@dataclass(frozen=True)
class Settings:
    """How the model is trained; the defaults take about an hour of one core."""

    updates: int = 3000
    batch: int = 32
    rate: float = 1.5e-3
    warm_up: int = 200
    decay: float = 0.01
    masked: float = 0.2
    rarest: int = 5
    most_characters: int = 5000
    seed: int = 0


def rate_at(update: int, settings: Settings) -> float:
    """The learning rate of an update: up in a line, then down to zero in half a cosine."""
    if update < settings.warm_up:
        return settings.rate * (update + 1) / settings.warm_up
    done = (update - settings.warm_up) / max(settings.updates - settings.warm_up, 1)
    return settings.rate * (0.5 + 0.5 * math.cos(math.pi * min(done, 1.0)))


def batches(stream: np.ndarray, shape: Shape, settings: Settings) -> Iterator[tuple[torch.Tensor, ...]]:
    """What is read, the characters, and where they are to be guessed, for every update of a run; endless."""
    epoch = 0
    while True:
        generator = random.Random(f"{settings.seed} {epoch}")
        hiding = np.random.default_rng([settings.seed, epoch])
        made = list(windows(stream, shape.positions, settings.batch, generator))
        for batch in made:
            read, chosen = masked(batch, settings.masked, shape.characters, hiding)
            yield torch.from_numpy(read).long(), torch.from_numpy(batch).long(), torch.from_numpy(chosen)
        if not made:
            raise ValueError(
                f"{len(stream)} characters are no batch of {settings.batch} x {shape.positions}; add text"
            )
        epoch += 1


def loss_of(model: CharacterModel, read: torch.Tensor, batch: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """The mean of -log p of the hidden characters of a batch."""
    return functional.cross_entropy(model.guesses(model(read)[chosen]), batch[chosen])


def held_out_loss(model: CharacterModel, stream: np.ndarray, settings: Settings) -> float:
    """The loss on texts that were held out, the same characters hidden each time; not a number without a batch."""
    hiding = np.random.default_rng(0)
    losses = []
    with torch.no_grad():
        for batch in windows(stream, model.shape.positions, settings.batch, random.Random(0)):
            read, chosen = masked(batch, settings.masked, model.shape.characters, hiding)
            parts = (torch.from_numpy(part) for part in (read.astype(np.int64), batch.astype(np.int64), chosen))
            losses.append(float(loss_of(model, *parts)))
    return sum(losses) / len(losses) if losses else math.nan


def save(path: Path, content: dict[str, Any]) -> None:
    with atomic_file(path) as part:
        torch.save(content, part)


def load_model(path: Path) -> tuple[CharacterModel, Characters]:
    """A finished model and the characters that it knows."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    model = CharacterModel(Shape(**content["shape"]))
    model.load_state_dict(content["model"])
    return model.eval(), Characters(content["known"])


class Run:
    """A training run in a folder: where it is, and how it is continued."""

    def __init__(self, folder: Path, paths: Sequence[Path], shape: dict[str, int], settings: Settings) -> None:
        texts = [text for path in paths for text in read_texts(path)]
        characters = Characters(known_characters(texts, settings.rarest, settings.most_characters))
        self.folder, self.settings, self.characters = folder, settings, characters
        self.shape = Shape(len(characters), **shape)
        self.identity = identity_of({**asdict(settings), **asdict(self.shape), "texts": files_digest(paths)})
        self.stream = characters.stream(text for text in texts if not is_held_out(text))
        self.held_out = characters.stream(text for text in texts if is_held_out(text))
        torch.manual_seed(settings.seed)
        self.model = CharacterModel(self.shape)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), settings.rate, betas=(0.9, 0.98), weight_decay=settings.decay
        )
        self.done = 0

    def resume(self) -> None:
        """Take over a checkpoint of the same run, if there is one.

        Raises:
            ValueError: for a checkpoint of other texts or settings.
        """
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        content = torch.load(path, map_location="cpu", weights_only=True)
        if content["identity"] != self.identity:
            raise ValueError(f"{path} is of other texts or settings; give another folder or delete it")
        self.model.load_state_dict(content["model"])
        self.optimizer.load_state_dict(content["optimizer"])
        self.done = content["done"]

    def checkpoint(self) -> None:
        """Write all that a later run needs to resume from here."""
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        save(self.folder / "checkpoint.pt", {"identity": self.identity, "done": self.done, **state})

    def train(self, every: int) -> None:
        """Make the updates that are missing, with a checkpoint and a line of progress after each `every`."""
        began, first = time.monotonic(), self.done
        for number, parts in enumerate(batches(self.stream, self.shape, self.settings)):
            if number >= self.settings.updates:
                break
            if number < first:
                continue
            loss = self.update(number, *parts)
            self.done = number + 1
            if self.done % every == 0 or self.done == self.settings.updates:
                self.checkpoint()
                seconds = (time.monotonic() - began) / (self.done - first)
                unseen = held_out_loss(self.model, self.held_out, self.settings)
                left = seconds * (self.settings.updates - self.done) / 60
                print(
                    f"{self.done} of {self.settings.updates} updates: loss {loss:.3f}, held out {unseen:.3f}, "
                    f"{seconds:.2f} s each, {left:.0f} minutes left",
                    flush=True,
                )
        known = self.characters.known
        save(
            self.folder / "characters.pt",
            {"shape": asdict(self.shape), "known": known, "model": self.model.state_dict()},
        )

    def update(self, number: int, *parts: torch.Tensor) -> float:
        """One step of the optimizer; returns the loss before it."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(number, self.settings)
        loss = loss_of(self.model, *parts)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return float(loss.detach())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--every", type=int, default=100, help="updates between checkpoints")
    for name in ("updates", "batch", "rarest", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Settings, name))
    for name in ("width", "layers", "heads", "positions"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Shape, name))
    options = parser.parse_args(arguments)
    missing = [path for path in options.files if not path.is_file()]
    if missing:
        parser.error(f"{missing[0]} does not exist; name files of texts")
    settings = Settings(updates=options.updates, batch=options.batch, rarest=options.rarest, seed=options.seed)
    shape = {name: getattr(options, name) for name in ("width", "layers", "heads", "positions")}
    torch.set_num_threads(1)
    options.output.mkdir(parents=True, exist_ok=True)
    try:
        run = Run(options.output, options.files, shape, settings)
        run.resume()
        values = sum(parameter.numel() for parameter in run.model.parameters())
        print(f"{len(run.stream)} characters, {len(run.characters)} known; {values} values", flush=True)
        run.train(max(options.every, 1))
    except ValueError as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
