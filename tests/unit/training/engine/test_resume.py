# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What a run resumes from, what it refuses, and which changes it reports."""

import json
import os
import re
import shutil
import threading
from dataclasses import dataclass

import pytest
import torch
from filelock import FileLock
from safetensors.torch import load_file, save_file


pytest.importorskip("accelerate")

from support.training_toys import ToyTrainer, losses_of, make_trainer, snapshot
from transformers_tsukasa.training.doctor.examination import output_finding
from transformers_tsukasa.training.engine.arguments import TsukasaTrainingArguments
from transformers_tsukasa.training.engine.run import run_config
from transformers_tsukasa.training.engine.trained_modules import read_weights
from transformers_tsukasa.utils.full_disk import full_disk_in_threads_explained


@dataclass
class ToyOptions:
    """A run of the toy starts from nothing."""


class OtherTrainer(ToyTrainer):
    """Of another training."""


def export(trainer, folder):
    with trainer.exported_weights():
        trainer.model.save(folder)
    return folder


def toy_run(folder, *, resume=False, kind=ToyTrainer, duel_from=2, **changes):
    """A run as the command line makes it; returns its trainer."""
    values = {"max_frames_per_batch": 20, "max_steps": 4, "save_strategy": "steps", "save_steps": 2, "use_cpu": True}
    values.update(logging_steps=1, report_to="none", disable_tqdm=True, learning_rate=1e-2)
    values.update(changes)
    config = folder.parent / "run.yaml"
    config.write_text(json.dumps({**values, "output_dir": str(folder)}), encoding="utf-8")
    made = []

    def make(cls, options, arguments):
        trainer = make_trainer(folder, duel_from=duel_from, **values)
        trainer.__class__ = cls
        made.append(trainer)
        return trainer

    members = {"export": export, "OPTIONS": ToyOptions, "from_options": classmethod(make)}
    result = run_config(type(kind.__name__, (kind,), members), config, [], resume)
    assert result == folder / "final"
    return made[0]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished") / "run"
    toy_run(folder)
    return folder


@pytest.fixture
def run(finished, tmp_path):
    """A finished run of four updates, with checkpoints of two and four."""
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


def names_of(folder):
    return sorted(path.name for path in folder.iterdir())


# Checkpoints that are not complete


@pytest.mark.parametrize(
    "name", ["optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_extra.pt", "trainer_state.json"]
)
def test_a_missing_piece_is_named(run, name):
    (run / "checkpoint-4" / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"checkpoint-4' is not complete, it has no {re.escape(name)}: move"):
        toy_run(run, resume=True, max_steps=6)
    with pytest.raises(ValueError, match=r"holds a run already \(checkpoint-4\): resume it with `resume=True`"):
        toy_run(run)
    assert names_of(run) == ["checkpoint-2", "checkpoint-4", "final"]


def test_without_the_newest_it_resumes_from_an_older_one(run, tmp_path):
    shutil.move(run / "checkpoint-4", tmp_path / "aside")
    assert len(losses_of(toy_run(run, resume=True))) == 4
    assert names_of(run) == ["checkpoint-2", "checkpoint-4", "final"]


def test_a_random_state_that_is_missing_among_several(run):
    checkpoint = run / "checkpoint-4"
    record = json.loads((checkpoint / "run.json").read_text())
    (checkpoint / "run.json").write_text(json.dumps({**record, "processes": 2}))
    (checkpoint / "rng_state.pth").rename(checkpoint / "rng_state_0.pth")
    with pytest.raises(FileNotFoundError, match="it has no rng_state_1.pth"):
        toy_run(run, resume=True, max_steps=6)


def test_another_number_of_processes_is_logged(run, caplog):
    checkpoint = run / "checkpoint-4"
    record = json.loads((checkpoint / "run.json").read_text())
    (checkpoint / "run.json").write_text(json.dumps({**record, "processes": 2}))
    (checkpoint / "rng_state.pth").rename(checkpoint / "rng_state_0.pth")
    shutil.copy(checkpoint / "rng_state_0.pth", checkpoint / "rng_state_1.pth")
    toy_run(run, resume=True, max_steps=6)
    assert "is of 2 process(es), and this run has 1" in caplog.text


@pytest.mark.parametrize(
    "name",
    ["optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_extra.pt", "trainer_state.json", "run.json"],
)
@pytest.mark.parametrize("content", [b"\x93noise" * 40, b"{", None])
def test_a_damaged_file_is_named(run, name, content):
    path = run / "checkpoint-4" / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if content is None else content)
    with pytest.raises(ValueError, match=f"checkpoint-4/{re.escape(name)}' cannot be read: it is damaged"):
        toy_run(run, resume=True, max_steps=6)


@pytest.mark.parametrize(("name", "content"), [("run.json", "[]"), ("trainer_state.json", "{}")])
def test_a_file_with_other_content_is_named(run, name, content):
    (run / "checkpoint-4" / name).write_text(content)
    with pytest.raises(ValueError, match=f"checkpoint-4/{re.escape(name)}' cannot be read: it is damaged"):
        toy_run(run, resume=True, max_steps=6)


def test_the_trainer_itself_names_a_damaged_state(run):
    (run / "checkpoint-4" / "trainer_state.json").write_bytes(b"{")
    with pytest.raises(ValueError, match=r"checkpoint-4/trainer_state.json' cannot be read: it is damaged"):
        make_trainer(run, max_steps=6).train(resume_from_checkpoint=str(run / "checkpoint-4"))


@pytest.mark.parametrize("name", ["optimizer.pt", "scheduler.pt", "trainer_extra.pt"])
@pytest.mark.parametrize("content", [{}, [1]])
def test_states_of_another_version_are_refused(run, name, content):
    torch.save(content, run / "checkpoint-4" / name)
    sentence = f"checkpoint-4': its .*{re.escape(name)} .*do not fit this run, .* move this checkpoint away"
    with pytest.raises(ValueError, match=sentence) as error:
        toy_run(run, resume=True, max_steps=6)
    assert "\n" not in str(error.value)


def test_weights_of_another_model_are_refused(run):
    path = run / "checkpoint-4" / "model.safetensors"
    save_file({name: torch.zeros(3) for name in load_file(path)}, path)
    with pytest.raises(ValueError, match="checkpoint-4': its weights do not fit this run") as error:
        toy_run(run, resume=True, max_steps=6)
    assert "\n" not in str(error.value)


def test_damaged_weights_are_named(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00{half")
    with pytest.raises(ValueError, match="model.safetensors' cannot be read: it is damaged"):
        read_weights(tmp_path)


# The end


@pytest.mark.parametrize("max_steps", [4, 3])
def test_a_finished_run_makes_no_update(run, caplog, max_steps):
    (run / "final" / "notes.txt").write_text("mine")
    toy_run(run, resume=True, max_steps=max_steps)
    assert f"is finished, at update 4 of {max_steps}: raise max_steps to train on" in caplog.text
    assert names_of(run) == ["checkpoint-2", "checkpoint-4", "final"] and (run / "final" / "notes.txt").is_file()


@pytest.mark.parametrize("ema_decay", [0.0, 0.5])
def test_a_finished_run_writes_its_missing_result(tmp_path, ema_decay):
    toy_run(tmp_path / "run", ema_decay=ema_decay)
    result = tmp_path / "run" / "final"
    expected = (result / "model.safetensors").read_bytes()
    shutil.rmtree(result)
    toy_run(tmp_path / "run", resume=True, ema_decay=ema_decay)
    assert (result / "model.safetensors").read_bytes() == expected


def test_an_older_result_is_not_taken_for_that_of_a_longer_run(run):
    toy_run(run, resume=True, max_steps=6)
    expected = (run / "final" / "model.safetensors").read_bytes()
    (run / "final" / "model.safetensors").write_bytes(b"of update 4")
    os.utime(run / "final", (1, 1))
    toy_run(run, resume=True, max_steps=6)
    assert (run / "final" / "model.safetensors").read_bytes() == expected


# The folder


@pytest.mark.parametrize("resume", [False, True])
def test_a_result_is_not_replaced_by_a_new_run(tmp_path, resume):
    toy_run(tmp_path / "run", save_strategy="no")
    (tmp_path / "run" / "final" / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="holds a result already .*move it away, or name another output_dir"):
        toy_run(tmp_path / "run", resume=resume, save_strategy="no")
    assert (tmp_path / "run" / "final" / "notes.txt").is_file()
    finding = output_finding(TsukasaTrainingArguments(output_dir=str(tmp_path / "run"), use_cpu=True))
    assert finding.level == "problem" and "holds a result already ('final')" in finding.state


def test_a_folder_belongs_to_one_run_at_a_time(run):
    with FileLock(run / ".lock"), pytest.raises(BlockingIOError, match="another run is writing into .*run': wait"):
        toy_run(run, resume=True, max_steps=6)
    toy_run(run, resume=True, max_steps=6)  # the file of a process that was killed holds nobody up
    assert not (run / ".lock").exists()


def test_a_run_that_cannot_begin_leaves_no_folder(tmp_path):
    with pytest.raises(ValueError, match="resume_from_checkpoint is not used: `resume=True` resumes"):
        toy_run(tmp_path / "run", resume_from_checkpoint="nowhere")
    assert not (tmp_path / "run").exists()


# What the run was


def test_another_training_is_refused(run):
    with pytest.raises(
        ValueError, match="it belongs to a run of 'toy', and this is a run of 'other'; resume with that one"
    ):
        toy_run(run, resume=True, kind=OtherTrainer, max_steps=6)


def test_other_modules_that_learn_are_refused(run):
    with pytest.raises(
        ValueError, match=r"which these modules learn: \[\w+, first, second\], and this is .*: \[\w+, first\]"
    ):
        toy_run(run, resume=True, max_steps=6, frozen=["second"])


def test_changes_are_logged(run, caplog):
    changes = {"seed": 5, "max_frames_per_batch": 40, "loss_weights": {"distance": 3.0}}
    toy_run(run, resume=True, max_steps=6, **changes)
    printed = [record.getMessage() for record in caplog.records if " was " in record.getMessage()]
    assert printed == [
        "loss_weights was None and is {'distance': 3.0}: the new value holds from here on",
        "max_frames_per_batch was 20 and is 40: the new value holds from here on",
        "max_steps was 4 and is 6: the new value holds from here on",
        "seed was 42 and is 5: the new value holds for what is drawn of the data; other random draws continue as they "
        "were",
    ]


def test_new_rates_hold_on_their_schedule(run, caplog):
    rates = {"learning_rates": {"second": 1e-3, "discriminators": 5e-3}, "learning_rate": 2e-2, "adam_beta1": 0.5}
    trainer = toy_run(run, resume=True, max_steps=8, lr_scheduler_type="linear", **rates)
    assert "learning_rate was 0.01 and is 0.02: the new value holds" in caplog.text
    last = losses_of(trainer)[4]  # the fifth of eight updates: four eighths are left when it is made
    assert last["learning_rate/first"] == pytest.approx(2e-2 * 4 / 8)
    assert last["learning_rate/second"] == pytest.approx(1e-3 * 4 / 8)
    # The discriminators' own schedule began with the duel: the third of its six updates.
    assert last["learning_rate/discriminators"] == pytest.approx(5e-3 * 4 / 6)
    assert {group["betas"][0] for group in trainer.optimizer.param_groups} == {0.5}


def test_a_run_resumes_from_a_checkpoint_without_a_record(run, tmp_path):
    straight = toy_run(tmp_path / "straight", max_steps=6)
    (run / "checkpoint-4" / "run.json").unlink()
    resumed = snapshot(toy_run(run, resume=True, max_steps=6))
    for name, values in snapshot(straight).items():
        for one, other in zip(values, resumed[name], strict=True):
            assert torch.equal(one, other)


def test_a_full_disk_in_a_thread_is_logged_in_a_line(caplog, capsys):
    def write():
        raise OSError(28, "No space left on device")

    with full_disk_in_threads_explained():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert "is not written any more" in caplog.text and "Traceback" not in capsys.readouterr().err
