# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The line of a logged update: what is in it, and what is left to the reporters."""

import logging
import re

import pytest


pytest.importorskip("accelerate")

from support.training_toys import losses_of, make_trainer
from transformers_tsukasa.cli import train
from transformers_tsukasa.training.logs.log_lines import end_line, evaluation_line, update_line
from transformers_tsukasa.utils.wording import OF_THIS_PROCESS


def test_an_update_is_one_line():
    logs = {
        "loss": 4.21337,
        "mel": 0.5,
        "f0": 12345.678,
        "grad_norm": 3.0,
        "grad_norm/decoder": 2.0,
        "learning_rate": 1e-4,
        "learning_rate/decoder": 1e-5,
        "epoch": 3.0,
    }
    assert update_line(logs, ("f0", "mel", "ctc"), 1200, 4000, 1.5) == (
        "update 1,200 of 4,000 (epoch 3.00): loss 4.213 (f0 1.235e+04, mel 0.5), lr 0.0001, 1.50 s an update, "
        "1:10:00 left"
    )
    assert update_line({"loss": float("nan")}, (), 1, 2, None) == "update 1 of 2 (epoch 0.00): loss nan"


def test_evaluations_and_the_end_are_lines_too():
    logs = {"test_loss": 2.0, "test_mel": 0.5, "test_runtime": 3.0}
    assert evaluation_line(logs, ("mel",), 20) == "evaluation after update 20: loss 2 (mel 0.5)"
    assert evaluation_line({"epoch": 1.0}, ("mel",), 20) is None
    ended = end_line({"train_runtime": 3725.4, "train_loss": 1.25, "train_samples_per_second": 7.125}, 40)
    assert ended == "trained to update 40 in 1:02:05, mean loss 1.25, 7.12 utterances a second"


@pytest.mark.parametrize("disable_tqdm", [True, False])
def test_a_run_writes_a_line_for_every_logged_update_and_no_dict(tmp_path, capsys, disable_tqdm):
    trainer = make_trainer(tmp_path, max_steps=3, logging_steps=1, disable_tqdm=disable_tqdm)
    trainer.train()
    printed = capsys.readouterr()
    line = r"update \d+ of 3 \(epoch [\d.]+\): loss \S+ \(.+\), lr .+ s an update, 0:00:0\d left"
    lines = re.findall(line, printed.err)
    assert len(lines) == 3 and "trained to update 3" in printed.err
    assert "{" not in printed.out + printed.err
    assert any(name.startswith("grad_norm/") for name in losses_of(trainer)[0])  # for the reporters


def test_only_the_first_process_writes_what_all_have_to_say(monkeypatch, capsys):
    logger = logging.getLogger("transformers_tsukasa.training")
    for rank, expected in (("0", ["notice", "warning", "own", "error"]), ("1", ["own", "error"])):
        monkeypatch.setenv("RANK", rank)
        with train.visible_log():
            logger.info("notice")
            logger.warning("warning")
            logger.warning("own", extra=OF_THIS_PROCESS)
            logger.error("error")
        assert capsys.readouterr().err.split() == expected
