# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from transformers_tsukasa.synthesis.bulk.shares import Share


ARRAY = {"SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_ID": "14", "SLURM_ARRAY_TASK_MIN": "10"}
STEP = {"SLURM_STEP_ID": "0", "SLURM_NTASKS": "4", "SLURM_PROCID": "1", "SLURM_LOCALID": "1"}


@pytest.mark.parametrize(
    ("environment", "share"),
    [
        ({}, Share(0, 1)),
        ({"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", **STEP}, Share(5, 8, 1)),
        (STEP, Share(1, 4, 1)),
        ({name: value for name, value in STEP.items() if name != "SLURM_STEP_ID"}, Share(0, 1)),
        ({**ARRAY, "SLURM_ARRAY_TASK_STEP": "2"}, Share(2, 3)),
        ({**ARRAY, "SLURM_ARRAY_TASK_STEP": "2", **STEP}, Share(9, 12, 1)),
    ],
)
def test_launchers_are_understood(environment, share):
    assert Share.of_launcher(environment) == share


def test_shares_are_all_of_it_once():
    parts = [list(Share(index, 3).of(10)) for index in range(3)]
    assert sorted(sum(parts, [])) == list(range(10)) and parts[1] == [1, 4, 7]


@pytest.mark.parametrize("written", ["0/4", "5/4", "1/0", "1", "a/b", "-1/4", "1/4/2"])
def test_shares_that_no_process_has_are_refused(written):
    with pytest.raises(ValueError, match=r"written as 2/8|have the numbers 1 to"):
        Share.read(written)
