# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest
import torch
from torch.nn.utils import parametrizations
from torch.nn.utils import spectral_norm as old_spectral_norm

from transformers_tsukasa.conversion.errors import ConversionError
from transformers_tsukasa.conversion.norm_folding import fold


def test_weight_norm_folds_as_torch_folds_it():
    conv = torch.nn.ConvTranspose1d(4, 6, 3)
    torch.nn.init.normal_(conv.weight)
    with pytest.warns(FutureWarning):
        old = torch.nn.utils.weight_norm(conv)
    with torch.no_grad():
        old.weight_g.mul_(1.7)
    state = {name: tensor.detach() for name, tensor in old.state_dict().items()}
    old(torch.zeros(1, 4, 5))  # computes the weight
    folded = fold(state)
    assert sorted(folded) == ["bias", "weight"]
    assert torch.equal(folded["weight"].make(), old.weight)
    new = parametrizations.weight_norm(torch.nn.Conv1d(4, 6, 3))
    assert torch.equal(fold(new.state_dict())["weight"].make(), new.weight)


def test_spectral_norm_folds_as_torch_folds_it():
    conv = torch.nn.Conv2d(3, 5, 3)
    old = old_spectral_norm(conv)
    for _ in range(3):
        old(torch.zeros(1, 3, 4, 4))
    state = {name: tensor.detach().clone() for name, tensor in old.state_dict().items()}
    old.eval()(torch.zeros(1, 3, 4, 4))
    assert torch.equal(fold(state)["weight"].make(), old.weight)
    new = parametrizations.spectral_norm(torch.nn.Conv2d(3, 5, 3)).eval()
    assert torch.allclose(fold(new.state_dict())["weight"].make(), new.weight, rtol=1e-6)


def test_folding_keeps_half_precision_and_computes_in_single():
    gain, direction = torch.rand(8, 1, 1).half(), torch.randn(8, 4, 3).half()
    weight = fold({"x.weight_g": gain, "x.weight_v": direction})["x.weight"]
    exact = gain.double() * direction.double() / direction.double().flatten(1).norm(dim=1)[:, None, None]
    assert weight.dtype is torch.float16 and weight.make().dtype is torch.float16
    assert torch.allclose(weight.make().double(), exact, rtol=6e-4, atol=1e-7)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"x.weight_g": torch.ones(2, 1)}, "x.weight_v is missing"),
        ({"x.weight_v": torch.ones(2, 3)}, "x.weight_v is a piece"),
        ({"x.weight_orig": torch.ones(2, 3), "x.weight_v": torch.ones(3)}, "x.weight_u is missing"),
        ({"x.weight_g": torch.ones(3, 1), "x.weight_v": torch.ones(2, 3)}, r"x.weight_g has shape \(3, 1\)"),
    ],
)
def test_an_incomplete_norm_is_refused(state, sentence):
    with pytest.raises(ConversionError, match=sentence):
        fold(state)
