# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Runs whose parts are compiled, without a code generator: what is captured is what it would be given."""

import copy
from functools import partial

import pytest
import torch
from torch._dynamo.utils import counters


pytest.importorskip("accelerate")

from support.stage1_toys import stage1_trainer
from support.training_toys import losses_of
from transformers_tsukasa.training.engine import trainer as trainer_module
from transformers_tsukasa.training.engine.trained_modules import COMPILED_PARTS, compile_parts


@pytest.fixture(autouse=True)
def captured_only(monkeypatch):
    torch._dynamo.reset()
    counters.clear()
    monkeypatch.setattr(trainer_module, "compile_parts", partial(compile_parts, backend="aot_eager"))
    yield
    torch._dynamo.reset()


def graphs():
    return counters["stats"]["unique_graphs"]


@pytest.mark.slow
def test_a_compiled_run_is_the_plain_run(tmp_path):
    losses = {}
    for is_compiled in (False, True):
        trainer = stage1_trainer(tmp_path / str(is_compiled), tma_step=1, compile_parts=is_compiled)
        trainer.train()
        losses[is_compiled] = losses_of(trainer)
        assert (graphs() > 0) == is_compiled and not counters["graph_break"]
    for plain, compiled in zip(losses[False], losses[True], strict=True):
        for name in ("mel", "loss", "s2s", "ctc", "adversarial"):
            assert compiled.get(name) == pytest.approx(plain.get(name), abs=1e-4), name


def test_another_length_is_no_other_graph(tmp_path):
    models = stage1_trainer(tmp_path).model
    compile_parts(models, backend="eager")
    known = []
    for tokens in (9, 7, 12, 30):
        ids, mask = torch.randint(40, 60, (2, tokens)), torch.ones(2, tokens, dtype=torch.long)
        text = models.tts.text_encoder(ids, mask).transpose(1, 2)
        contours = torch.full((2, 2 * tokens), 150.0), torch.zeros(2, 2 * tokens)
        models.tts.decoder(text, *contours, torch.randn(2, models.tts.config.style_dim))
        known.append(graphs())
    assert known[0] > 0 and known[1:] == known[:1] * 3


def test_every_part_is_compiled_and_a_copy_has_its_own_weights(tmp_path):
    model = stage1_trainer(tmp_path).model
    assert compile_parts(model, backend="eager") == sum(
        isinstance(module, COMPILED_PARTS) for module in model.modules()
    )
    twin = copy.deepcopy(model)
    ids, mask = torch.tensor([[0, 41, 42, 0]]), torch.ones(1, 4, dtype=torch.long)
    expected = model.tts.text_encoder.eval()(ids, mask)
    for weight in model.parameters():
        weight.data.zero_()
    torch.testing.assert_close(twin.tts.text_encoder.eval()(ids, mask), expected)
