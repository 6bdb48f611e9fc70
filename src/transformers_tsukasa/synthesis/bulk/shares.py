# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Which part of the work one of several processes has: as its launcher says, or as it is told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """The part of one process.

    Args:
        index: of the process, from 0.
        count: of processes.
        local_index: of the process among those of its machine, by which it takes a GPU; None where nobody said.

    Raises:
        ValueError: for an index that no process can have.
    """

    index: int = 0
    count: int = 1
    local_index: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.count:
            raise ValueError(f"{self.count} processes have the numbers 1 to {self.count}, not {self.index + 1}")

    def of(self, shards: int) -> range:
        """The numbers of the shards that the process writes."""
        return range(self.index, shards, self.count)

    @classmethod
    def read(cls, written: str) -> "Share":
        """Read "2/8", the second of eight processes.

        Raises:
            ValueError: for anything else.
        """
        numbers = re.fullmatch(r"(\d+)/(\d+)", written)
        if numbers is None:
            raise ValueError(f"a `shard` is written as 2/8, the second of eight processes, not '{written}'")
        return cls(int(numbers[1]) - 1, int(numbers[2]))

    @classmethod
    def of_launcher(cls, environment: Mapping[str, str]) -> "Share":
        """The share that the environment of a process tells.

        `accelerate launch` and `torchrun` set RANK and WORLD_SIZE. SLURM numbers the tasks of `srun` and jobs of an
        array; an array of jobs of several tasks has their product. A batch script itself, outside `srun`, has the
        number of a task too, but is alone: there SLURM_STEP_ID is missing.
        """
        if "RANK" in environment and "WORLD_SIZE" in environment:
            local = environment.get("LOCAL_RANK")
            return cls(int(environment["RANK"]), int(environment["WORLD_SIZE"]), int(local) if local else None)
        job, jobs, task, tasks = 0, 1, 0, 1
        local_task: int | None = None
        if "SLURM_ARRAY_TASK_COUNT" in environment:
            step = int(environment.get("SLURM_ARRAY_TASK_STEP", 1))
            first = int(environment.get("SLURM_ARRAY_TASK_MIN", 0))
            job = (int(environment["SLURM_ARRAY_TASK_ID"]) - first) // step
            jobs = int(environment["SLURM_ARRAY_TASK_COUNT"])
        if "SLURM_STEP_ID" in environment and "SLURM_NTASKS" in environment:
            task, tasks = int(environment["SLURM_PROCID"]), int(environment["SLURM_NTASKS"])
            local_task = int(environment.get("SLURM_LOCALID", 0))
        return cls(job * tasks + task, jobs * tasks, local_task)


__all__ = ["Share"]
