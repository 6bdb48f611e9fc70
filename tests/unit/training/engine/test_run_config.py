# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.

import pytest

from support.corpora import prepared_nothing
from support.training_toys import START
from transformers_tsukasa import default_model
from transformers_tsukasa.cli.main import main


pytest.importorskip("accelerate")

from support.tiny import CONFIGS
from transformers_tsukasa.training.engine.arguments import TsukasaTrainingArguments
from transformers_tsukasa.training.engine.checkpoints import last_checkpoint
from transformers_tsukasa.training.engine.phases import Phase, Schedule
from transformers_tsukasa.training.engine.run_config import read_run
from transformers_tsukasa.training.engine.run_options import RunOptions
from transformers_tsukasa.training.recipes.stage1 import Stage1Arguments, Stage1RunOptions


CLASSES = (RunOptions, TsukasaTrainingArguments)


def write(tmp_path, text):
    path = tmp_path / "run.yaml"
    path.write_text(
        f"model: a.yaml\ncorpus: b\noutput_dir: {tmp_path / 'out'}\nuse_cpu: true\n{text}", encoding="utf-8"
    )
    return path


def test_keys_of_the_file_and_of_the_command_line(tmp_path):
    path = write(tmp_path, "learning_rate: 1e-3\nlearning_rates: {decoder: 1e-5, text_encoder: 2e-5}\nmax_steps: 3\n")
    changes = [
        "eval_strategy=no",
        "max_steps=7",
        "learning_rates.decoder=3e-5",
        "loss_weights.mel=10",
        "corpus=elsewhere",
    ]
    options, arguments = read_run(path, changes, CLASSES)
    assert (options.model, options.corpus) == ("a.yaml", "elsewhere")
    assert (arguments.learning_rate, arguments.max_steps) == (1e-3, 7)
    assert arguments.learning_rates == {"decoder": 3e-5, "text_encoder": 2e-5}
    assert arguments.loss_weights == {"mel": 10}


@pytest.mark.parametrize(
    ("text", "changes", "message"),
    [
        ("learning_rat: 1\n", [], "unknown key 'learning_rat'; did you mean learning_rate"),
        ("", ["tma_epoch=3"], "unknown key 'tma_epoch'"),
        ("", ["max_steps"], "write changes of the config as key=value"),
        ("", ["max_steps.a=3"], "max_steps must be int"),
        ("", ["use_cpu=3"], "use_cpu must be bool"),
        ("fp16: true\n", ["bf16=true"], "At most one of fp16 and bf16"),
        ("a: [\n", [], "is not YAML"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, text, changes, message):
    with pytest.raises((ValueError, TypeError), match=message):
        read_run(write(tmp_path, text), changes, CLASSES)


def test_a_missing_key_is_named(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("corpus: b\noutput_dir: c\n", encoding="utf-8")
    with pytest.raises(ValueError, match="run.yaml': the key 'model' is missing"):
        read_run(path, [], CLASSES)


@pytest.mark.parametrize("part", ["aligner", "pitch", "stage1"])
def test_configs_in_the_repository_are_read(part):
    from transformers_tsukasa.training.recipes.pitch import PitchArguments

    classes = {
        "aligner": CLASSES,
        "pitch": (RunOptions, PitchArguments),
        "stage1": (Stage1RunOptions, Stage1Arguments),
    }[part]
    options, arguments = read_run(CONFIGS / "train" / f"{part}.yaml", ["report_to=none", "use_cpu=true"], classes)
    assert options.model == "configs/mini.yaml" and arguments.output_dir == f"runs/{part}"


def test_small_models_are_finetuned_without_what_seven_minutes_cannot_teach():
    from transformers_tsukasa.training.recipes.finetune import FinetuneArguments
    from transformers_tsukasa.training.recipes.stage2.start import Stage2RunOptions

    classes = (Stage2RunOptions, FinetuneArguments)
    options, arguments = read_run(CONFIGS / "train" / "finetune_small.yaml", ["use_cpu=true"], classes)
    assert options.model == default_model()
    assert arguments.phase_starts(19) == (40 * 19, 40 * 19)  # the last update: neither phase runs
    assert arguments.loss_weights["adversarial"] == arguments.loss_weights["feature_matching"] == 0


def test_the_command_names_what_is_missing_in_a_sentence(tmp_path, capsys):
    assert main(["train", "stage1", str(tmp_path / "no.yaml")]) == 1
    assert "there is no config" in capsys.readouterr().err
    path = write(tmp_path, f"aligner: {tmp_path / 'no'}\n")
    command = [str(path), f"model={CONFIGS / 'tiny.yaml'}"]
    assert main(["train", "stage1", *command]) == 1
    assert "there is no prepared corpus at 'b'" in capsys.readouterr().err
    command.append(f"corpus={prepared_nothing(tmp_path / 'corpus')}")
    assert main(["train", "stage1", *command]) == 1
    assert f"there is no folder '{tmp_path / 'no'}' (aligner)" in capsys.readouterr().err
    (tmp_path / "no").mkdir()
    assert main(["train", "aligner", *command]) == 1
    assert "unknown key 'aligner'" in capsys.readouterr().err


def test_the_last_checkpoint_is_the_last_complete_one(tmp_path):
    assert last_checkpoint(tmp_path) is None
    for step in (9, 10, 11):
        (tmp_path / f"checkpoint-{step}").mkdir()
    for step in (9, 10):
        (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text("{}")
    assert last_checkpoint(tmp_path).name == "checkpoint-10"


def test_phases_run_from_their_updates():
    later, last = Phase("later", learns=("second", "discriminators")), Phase("last", learns=("second",))
    schedule = Schedule([0, 4, 4], [START, later, last])
    assert [schedule.at(step).name for step in (0, 3, 4, 99)] == ["start", "start", "last", "last"]
    assert schedule.first_update_of({"discriminators"}) == 4 and schedule.first_update_of({"second"}) == 4
    assert schedule.learners == {"first", "second", "discriminators"}
    assert "later" not in schedule.describe() and "from update 4: last (second)" in schedule.describe()
    with pytest.raises(ValueError, match="do not fall"):
        Schedule([0, 5, 4], [START, later, last])
