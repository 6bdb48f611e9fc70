# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest
import torch

from transformers_tsukasa.utils.devices import check_device


def test_a_device_of_this_machine_is_returned_by_name():
    assert check_device("cpu") == check_device(torch.device("cpu")) == "cpu"


@pytest.mark.parametrize("device", ["nonsense", "cuda:99", "meta"])
def test_a_device_that_cannot_be_used_is_refused(device):
    with pytest.raises(
        ValueError, match=f"`device` '{device}': torch .* has no such device on this machine; it has cpu"
    ):
        check_device(device)
