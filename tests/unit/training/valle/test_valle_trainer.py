# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Training of VALL-E's two networks: what learns, what is predicted, and resuming."""

import pytest
import torch
from transformers import TrainingArguments

from support.tiny_valle import tiny_valle
from transformers_tsukasa.models.valle.modeling_valle import IGNORED
from transformers_tsukasa.training.valle.scaled_adam import Eden, ScaledAdam, eden_factor
from transformers_tsukasa.training.valle.targets import Prefix, autoregressive_inputs, refiner_inputs
from transformers_tsukasa.training.valle.trainer import VallETrainer
from transformers_tsukasa.training.valle.utterances import CodedUtterance, CodedUtterances


def _utterances(model, count=6):
    draw = torch.Generator().manual_seed(0)
    made = []
    for index in range(count):
        codes = torch.randint(0, 12, (8 + index, 4), generator=draw)
        made.append(CodedUtterance([5, 6 + index, 7], codes, speaker=str(index % 2)))
    return CodedUtterances(made, model.config)


def _trainer(network, folder, utterances, **changes):
    values = {"max_steps": 4, "learning_rate": 0.01, "save_steps": 2, "logging_steps": 1, "report_to": []}
    args = TrainingArguments(str(folder), use_cpu=True, disable_tqdm=True, seed=3, **{**values, **changes})
    return VallETrainer(network, args, utterances, utterances, max_seconds_per_batch=30 / 75)


@pytest.mark.parametrize("prepend_bos", [False, True])
def test_every_item_ends_once_and_padding_does_not_count(prepend_bos):
    config = tiny_valle(prepend_bos=prepend_bos).config
    codes = torch.arange(1, 9).reshape(2, 4, 1).repeat(1, 1, 4)
    lengths = torch.tensor([4, 2])
    clean = autoregressive_inputs(codes, lengths, config)
    counted = autoregressive_inputs(codes, lengths, config, count_padding=True)
    begin = 13
    if prepend_bos:
        assert clean["input_ids"].tolist() == [[begin, 1, 2, 3, 4], [begin, 5, 6, 12, 12]]
        assert clean["labels"].tolist() == [[1, 2, 3, 4, 12], [5, 6, 12, IGNORED, IGNORED]]
    else:
        assert clean["input_ids"].tolist() == [[1, 2, 3, 4], [5, 6, 12, 12]]
        assert clean["labels"].tolist() == [[2, 3, 4, 12], [6, 12, IGNORED, IGNORED]]
    assert counted["labels"][1, -2:].tolist() == [12, 12]


def test_labels_of_every_prefix_mode():
    codes = torch.arange(16).reshape(2, 8)[..., None].repeat(1, 1, 4) % 12
    lengths = torch.tensor([8, 6])

    def labels(mode, prefix):
        return refiner_inputs(codes, lengths, 2, prefix, tiny_valle(prefix_mode=mode).config)["labels"].tolist()

    none = IGNORED
    assert labels(0, Prefix())[1] == [8, 9, 10, 11, 0, 1, none, none]
    assert labels(1, Prefix(2))[1] == [none, none, 10, 11, 0, 1, none, none]
    copied = labels(2, Prefix(2, starts=torch.tensor([0, 3])))
    assert copied[0] == [none, none, none, none, 2, 3, 4, 5, 6, 7]
    assert copied[1] == [none, none, 8, 9, 10, none, none, 1, none, none]
    assert labels(4, Prefix(3, codes=codes[:, :3]))[0] == [none] * 3 + list(range(8))


@pytest.mark.parametrize("network", ["autoregressive", "refiner"])
def test_a_network_learns_and_a_resumed_run_is_a_straight_one(tmp_path, network):
    weights = []
    for folder, steps in (("straight", (4,)), ("resumed", (2, 4))):
        model = tiny_valle(prefix_mode=4, hidden_dropout=0.0)
        before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        for number, until in enumerate(steps):
            trainer = _trainer(getattr(model, network), tmp_path / folder, _utterances(model))
            trainer.args.max_steps = until
            trainer.args.lr_scheduler_type = "constant"
            trainer.train(resume_from_checkpoint=number > 0)
        changed = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
        assert changed and all(name.startswith(network) for name in changed)
        weights.append(model.state_dict())
    for name, tensor in weights[0].items():
        torch.testing.assert_close(weights[1][name], tensor, msg=name)


def test_evaluation_draws_the_same_every_time(tmp_path):
    model = tiny_valle()
    trainer = _trainer(model.refiner, tmp_path, _utterances(model))
    first = trainer.evaluate()["eval_loss"]
    trainer.state.epoch = 2.0
    assert trainer.evaluate()["eval_loss"] == first and first > 0


@pytest.mark.parametrize(
    "change, message",
    [
        ({"text_ids": []}, "utterance 0 has no phones"),
        ({"codes": torch.zeros(3, 4, dtype=torch.long)}, "has 3 frames, but at least 4"),
        ({"codes": torch.full((8, 4), 12)}, "of another codec"),
        ({"codes": torch.zeros(8, 8, dtype=torch.long)}, "made for 4 codebooks"),
        ({"language_ids": [2]}, "none in one without"),
    ],
)
def test_utterances_that_cannot_be_learned_are_refused(change, message):
    values = {"text_ids": [5], "codes": torch.zeros(8, 4, dtype=torch.long), **change}
    with pytest.raises(ValueError, match=message):
        CodedUtterances([CodedUtterance(**values)], tiny_valle().config)


def test_scaled_adam_does_not_mind_the_size_of_gradients():
    results = []
    for factor in (1.0, 1000.0):
        tensor = torch.nn.Parameter(torch.linspace(-1, 1, 12))
        optimizer = ScaledAdam([tensor], lr=0.05)
        schedule = Eden(optimizer, warmup_batches=2)
        for step in range(8):
            tensor.grad = factor * (tensor.detach() - 0.3 * step)
            optimizer.step()
            schedule.step()
        results.append(tensor.detach().clone())
    torch.testing.assert_close(results[0], results[1], atol=1e-5, rtol=1e-4)
    assert eden_factor(0, 0, 5000, 4, 200) == 0.5 and eden_factor(5000, 0, 5000, 4, 200) == pytest.approx(2**-0.25)
