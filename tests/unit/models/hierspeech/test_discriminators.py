# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The discriminators of HierSpeech++: shapes, short crops, and a checkpoint converted."""

import pytest
import torch

from transformers_tsukasa.conversion.convert import convert
from transformers_tsukasa.conversion.errors import ConversionError
from transformers_tsukasa.models.hierspeech.discriminators import (
    HierSpeechDiscriminatorConfig,
    HierSpeechDiscriminators,
)


def tiny(**changes) -> HierSpeechDiscriminators:
    torch.manual_seed(0)
    sizes = {"spectrum_sizes": (64, 32), "spectrum_channels": 2, "period_channels": (2, 2, 2, 2, 2)}
    return HierSpeechDiscriminators(HierSpeechDiscriminatorConfig(**{**sizes, **changes})).eval()


def published(model: HierSpeechDiscriminators) -> dict[str, torch.Tensor]:
    state = {f"discriminators.{n}.spec_transform.window": torch.hann_window(size) for n, size in enumerate((64, 32))}
    for name, value in model.state_dict().items():
        name = name.replace("output_conv", "conv_post")
        if name.endswith("weight"):
            state[f"{name}_g"] = value.flatten(1).norm(dim=1)[:, None, None, None]
            state[f"{name}_v"] = 2 * value
        else:
            state[name] = value
    return state


def test_every_discriminator_scores_places_and_keeps_its_maps():
    scored = tiny()(torch.randn(3, 300, generator=torch.manual_seed(1)))
    assert len(scored) == 7
    # 15 frames of 33 bins, halved three times; lines of 2 samples, a third of their length four times.
    assert scored[0][0].shape == (3, 15 * 5) and scored[2][0].shape == (3, 2 * 2)
    for scores, maps in scored:
        assert len(maps) == 6 and torch.equal(scores, maps[-1].flatten(1))


def test_training_reaches_every_weight():
    model = tiny(weight_norm=True).train()
    sum(scores.square().sum() for scores, _ in model(torch.randn(1, 300))).backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in model.parameters())


@pytest.mark.parametrize("shape", [(1, 63), (300,), (1, 1, 300)])
def test_waveforms_that_do_not_fit_are_refused(shape):
    with pytest.raises(ValueError, match="too short|must be"):
        tiny()(torch.zeros(shape))
    with pytest.raises(ValueError, match="period 11"):
        tiny(spectrum_sizes=())(torch.zeros(1, 10))


def test_a_checkpoint_is_converted(tmp_path):
    model = tiny()
    torch.save({"model": published(model), "iteration": 1}, tmp_path / "D_0.pth")
    convert(tmp_path / "D_0.pth", tmp_path / "out")
    converted, waveform = HierSpeechDiscriminators.from_pretrained(tmp_path / "out").eval(), torch.randn(1, 300)
    with torch.inference_mode():
        for (ours, _), (theirs, _) in zip(converted(waveform), model(waveform), strict=True):
            assert torch.allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda state: state.update({"discriminators.0.spec_transform.window": torch.ones(64)}), "not the constant"),
        (lambda state: [state.pop(f"discriminators.2.convs.0.weight_{piece}") for piece in "gv"], "are not those of"),
        (lambda state: state.pop("discriminators.6.conv_post.bias"), "missing"),
    ],
)
def test_foreign_tensors_are_refused(change, sentence, tmp_path):
    state = published(tiny())
    change(state)
    torch.save({"model": state}, tmp_path / "D_0.pth")
    with pytest.raises(ConversionError, match=sentence):
        convert(tmp_path / "D_0.pth", tmp_path / "out")
