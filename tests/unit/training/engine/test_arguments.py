# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest


pytest.importorskip("accelerate")

from transformers_tsukasa.training.engine.arguments import TsukasaTrainingArguments


def make_arguments(**options):
    return TsukasaTrainingArguments(output_dir="out", use_cpu=True, report_to="none", **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learning_rate": -1.0}, "learning_rate must be a finite number of at least 0, got -1.0"),
        ({"learning_rates": {"decoder": -1}}, "learning_rates.decoder must be a finite number"),
        ({"learning_rates": {"decoder": True}}, "learning_rates.decoder must be .*, got True"),
        ({"learning_rates": {"decoder": "abc"}}, "learning_rates.decoder must be .*, got 'abc'"),
        ({"learning_rates": {"decoder": float("nan")}}, "learning_rates.decoder must be .*, got nan"),
        ({"loss_weights": {"mel": -5}}, "loss_weights.mel must be a finite number"),
        ({"loss_weights": {"mel": float("inf")}}, "loss_weights.mel must be .*, got inf"),
        ({"loss_weights": {"mel": "abc"}}, "loss_weights.mel must be .*, got 'abc'"),
        ({"max_grad_norm": -1}, "max_grad_norm must be a finite number of at least 0"),
        ({"weight_decay": -1}, "weight_decay must be a finite number"),
        ({"adam_beta1": 1.0}, "adam_beta1 must be at least 0 and below 1"),
        ({"gradient_accumulation_steps": 0}, "gradient_accumulation_steps must be at least 1, got 0"),
        ({"max_steps": 0}, "max_steps must be at least 1, or -1 to go by num_train_epochs, got 0"),
        ({"num_train_epochs": -1}, "num_train_epochs must be above 0"),
        ({"num_train_epochs": float("nan")}, "num_train_epochs must be above 0"),
        ({"frozen": 3}, "frozen must be a list of names of modules, as in .decoder., got 3"),
    ],
)
def test_numbers_that_nothing_can_be_learned_with_are_refused_by_key(options, message):
    with pytest.raises(ValueError, match=message):
        make_arguments(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"optim": "sgd"}, "optim is not supported: it is fused AdamW"),
        ({"optim_args": "momentum=0.9"}, "optim_args is not supported"),
        (
            {"train_sampling_strategy": "group_by_length"},
            "train_sampling_strategy is not .*: batches are always made by",
        ),
        ({"auto_find_batch_size": True}, "auto_find_batch_size is not .*max_frames_per_batch"),
        ({"label_smoothing_factor": 0.1}, "label_smoothing_factor is not supported"),
        ({"neftune_noise_alpha": 5.0}, "neftune_noise_alpha is not supported"),
        ({"dataloader_drop_last": True}, "dataloader_drop_last is not supported: leave it out"),
        (
            {"lr_scheduler_type": "reduce_lr_on_plateau"},
            "lr_scheduler_type must not be one of reduce_lr_on_plateau and",
        ),
    ],
)
def test_what_the_trainers_would_ignore_or_fail_on_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make_arguments(**options)


def test_what_stops_modules_and_what_counts_epochs_is_allowed():
    arguments = make_arguments(
        learning_rate=0, learning_rates={"decoder": 0}, loss_weights={"mel": 0}, max_grad_norm=0, num_train_epochs=0.5
    )
    assert (arguments.learning_rate, arguments.max_steps) == (0, -1)
    assert make_arguments(num_train_epochs=0, max_steps=3).max_steps == 3
    assert make_arguments(frozen="decoder").frozen == ["decoder"]
    assert make_arguments(optim="adamw_torch_fused").frozen is None
