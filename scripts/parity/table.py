# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Compares recorded tensors with ours, one row each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch
from safetensors import safe_open


INTERMEDIATE_LIMIT = 1e-4
WAVEFORM_LIMIT = 1e-3
# Given to our steps, and also computed by them.
INPUTS = ("input_ids", "input_ids_0", "input_ids_1")
# Integers that are stored as floats.
INTEGERS = ("monotonic_alignment",)
# Samples of 16 bits, where the last bit may differ.
SAMPLES = "pcm"


Values = dict[str, torch.Tensor]
Step = Callable[[Values], Values]


@dataclass
class Row:
    """The comparison of one recorded tensor.

    Attributes:
        name (`str`): its name in the file.
        kind (`str`): `input` (given to ours), `computed`, or `no rule`.
        error (`float`, *optional*):
            of our step on the recorded inputs of that step; for integers, the share of unequal values.
        limit (`float`): the largest error that passes.
        end_to_end (`float`, *optional*): the error when the step's inputs are our own results, too.
        note (`str`): the way to the tensor, where there are several.
    """

    name: str
    kind: str
    error: float | None
    limit: float
    end_to_end: float | None = None
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the row keeps its limit; an input that our steps do not compute always does."""
        return self.kind == "input" if self.error is None else self.error <= self.limit


@dataclass
class Comparison:
    """The rows of one recorded file.

    Attributes:
        path (`Path`): the file.
        recorded (`Values`): its tensors.
        metadata (`dict[str, str]`): its metadata.
        rows (`list[Row]`): what was compared so far.
    """

    path: Path
    recorded: Values = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    @classmethod
    def open(cls, path: Path, device: torch.device) -> "Comparison":
        """Reads a recorded file."""
        with safe_open(path, framework="pt", device=str(device)) as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            return cls(path, tensors, dict(file.metadata() or {}))

    def given(self, *names: str) -> None:
        """Adds rows of inputs that only the recording knows."""
        self.rows += [Row(name, "input", None, 0.0) for name in names if name in self.recorded]

    def run(self, steps: Sequence[Step], kept: Sequence[str] = (), only: Sequence[str] = ()) -> None:
        """Compares the results of every step twice: on recorded inputs, and end to end on our own.

        A step takes all values so far and returns results by their recorded names; a remark in brackets after the
        name, as in `waveform (generate)`, marks another way to the same tensor.

        Args:
            steps (`Sequence[Step]`): in order.
            kept (`Sequence[str]`): results that the end-to-end run replaces by the recorded ones, where there are any.
            only (`Sequence[str]`): results that get rows; by default all.
        """
        fed, own = dict(self.recorded), {name: self.recorded[name] for name in self._inputs()}
        for step in steps:
            results, chained = step(fed), step(own)
            for name, ours in results.items():
                recorded = name.split(" (")[0]
                if recorded in self.recorded and (not only or recorded in only):
                    measure = _measure(recorded, ours)
                    error, end_to_end = (measure(x, self.recorded[recorded]) for x in (ours, chained[name]))
                    kind = "input" if recorded in INPUTS else "computed"
                    note = "" if name == recorded else name[len(recorded) + 1 :]
                    self.rows.append(Row(recorded, kind, error, _limit(recorded, ours), end_to_end, note))
            fed.update({name: ours for name, ours in results.items() if name not in self.recorded})
            given = {name: self.recorded[name] for name in kept if name in self.recorded}
            own.update({**chained, **{name: given[name] for name in chained if name in given}})

    def _inputs(self) -> list[str]:
        return [row.name for row in self.rows if row.kind == "input"] + [n for n in INPUTS if n in self.recorded]

    def finish(self) -> None:
        """Adds a failing row for every recorded tensor without a comparison."""
        known = {row.name for row in self.rows}
        self.rows += [Row(name, "no rule", None, 0.0) for name in self.recorded if name not in known]

    def print(self) -> None:
        """Prints the rows."""
        print(f"\n{self.path.name}  {' '.join(f'{key}={value}' for key, value in sorted(self.metadata.items()))}")
        width = max([len(row.name) for row in self.rows] + [len("tensor")])
        print(f"  {'tensor':{width}}  kind      error     limit  verdict  end to end")
        for row in self.rows:
            error, end_to_end = ("-" if value is None else f"{value:.1e}" for value in (row.error, row.end_to_end))
            limit = "-" if row.error is None else "equal" if row.limit == 0 else f"{row.limit:.0e}"
            verdict = "ok" if row.holds else "FAILS"
            line = (
                f"  {row.name:{width}}  {row.kind:8}  {error:8}  {limit:5}  {verdict:7}  {end_to_end:10}  {row.note}"
            )
            print(line.rstrip())


def _measure(name: str, tensor: torch.Tensor) -> Callable[[torch.Tensor, torch.Tensor], float]:
    if name.startswith(SAMPLES):
        return partial(unequal_share, tolerance=1)
    return unequal_share if _is_integer(name, tensor) else relative_error


def _limit(name: str, tensor: torch.Tensor) -> float:
    if _is_integer(name, tensor):
        return 0.0
    return WAVEFORM_LIMIT if name.startswith("waveform") else INTERMEDIATE_LIMIT


def _is_integer(name: str, tensor: torch.Tensor) -> bool:
    return name in INTEGERS or not tensor.is_floating_point()


def unequal_share(ours: torch.Tensor, expected: torch.Tensor, tolerance: int = 0) -> float:
    """The share of values that differ by more than a tolerance; 1 for another shape."""
    if ours.shape != expected.shape:
        return 1.0
    return float(((ours.double() - expected.double()).abs() > tolerance).double().mean())


def relative_error(ours: torch.Tensor, expected: torch.Tensor) -> float:
    """`||ours - expected|| / ||expected||` in float64, infinite for another shape or values that are not finite."""
    if ours.shape != expected.shape or not torch.isfinite(ours).all():
        return float("inf")
    ours, expected = ours.double(), expected.double()
    norm = float(expected.norm())
    difference = float((ours - expected).norm())
    return difference / norm if norm > 0 else difference
