# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The script that makes the packaged model: which commands it runs. The commands have tests of their own."""

import subprocess

import pytest

from support.script_modules import import_script


pytest.importorskip("datasets")
STEPS = ["split", "speak-train", "prepare-train", "aligner", "align", "pitch", "plbert", "stage1", "stage2"]
STEPS += ["speak-test", "prepare-test", "evaluation_aligner"]


@pytest.fixture(scope="module")
def script():
    return import_script("train_default_model")


@pytest.fixture
def run(script, tmp_path, monkeypatch):
    """Runs the script with stubs that only create each step's result; returns its exit code and the commands."""
    sentences = tmp_path / "sentences.txt"
    sentences.write_text("".join(f"文は{number}です。\n" for number in range(40)), encoding="utf-8")

    def main(*arguments, lazy=None):
        given = [str(tmp_path / "work"), "--voices", "voices", "--sentences", str(sentences), *arguments]
        steps = script.make_steps(tmp_path / "work", script.parse(given))
        commands = []

        def pretend(command, check, env):
            assert check
            missing = next(name for name, (result, _) in steps.items() if not result.exists())
            commands.append((missing, command, env))
            if missing != lazy:
                steps[missing][0].mkdir(parents=True)

        monkeypatch.setattr(subprocess, "run", pretend)
        return script.main(given), commands

    return main


def test_every_step_runs_once_and_in_order(run):
    code, commands = run("--until", "plbert")
    assert code == 0 and [name for name, _, _ in commands] == STEPS[1:7]
    code, commands = run()
    assert code == 0 and [name for name, _, _ in commands] == STEPS[7:]
    assert run() == (0, [])


def test_training_and_test_share_no_sentence(run, script, tmp_path):
    run("--until", "split")
    train, test = ((tmp_path / "work" / f"{name}.txt").read_text("utf-8").split() for name in ("train", "test"))
    short = script.SHORT_TEXTS.read_text(encoding="utf-8").split()
    assert len(test) == 2 and not set(train) & set(test)
    assert len(train) == 38 + len(short) and set(short) < set(train)


def test_several_processes_share_the_batches_of_both_stages(run, script):
    _, commands = run("--processes", "2", "stage1:seed=7", "report_to=tensorboard")
    given = {name: (command, env) for name, command, env in commands}
    for part in ("stage1", "stage2"):
        command, env = given[part]
        config = script.yaml.safe_load((script.ROOT / f"configs/default_model/{part}.yaml").read_text("utf-8"))
        assert f"max_frames_per_batch={config['max_frames_per_batch'] // 2}" in command
        assert command[command.index("--nproc_per_node") + 1] == "2" and int(env["OMP_NUM_THREADS"]) >= 1
        assert ("seed=7" in command) == (part == "stage1")
        started = command[command.index("2") + 1 :]
        assert started[:4] == ["-m", "transformers_tsukasa", "train", part]
    for part in ("aligner", "plbert", "evaluation_aligner"):
        assert "--nproc_per_node" not in given[part][0] and "report_to=tensorboard" in given[part][0]


def test_the_evaluation_aligner_is_trained_from_another_seed_than_the_aligner_of_training(run):
    _, commands = run()
    given = {name: command for name, command, _ in commands}
    (seed,) = [word for word in given["evaluation_aligner"] if word.startswith("seed=")]
    assert seed not in given["aligner"] and given["evaluation_aligner"][:5] == given["aligner"][:5]
    assert given["align"][-1].endswith("work/aligner/final")


def test_an_interrupted_training_resumes(run, tmp_path):
    run("--until", "pitch")
    (tmp_path / "work/plbert/checkpoint-100").mkdir(parents=True)
    _, commands = run("--until", "plbert")
    assert [(name, command[-1]) for name, command, _ in commands] == [("plbert", "--resume")]


def test_a_step_without_result_ends_the_run(run, capsys):
    code, commands = run(lazy="aligner")
    assert code == 1 and commands[-1][0] == "aligner"
    assert "step 'aligner' ended without" in capsys.readouterr().err


def test_an_unknown_step_is_named(run):
    with pytest.raises(ValueError, match="`--until stage9`: there is no such step; the steps are split, speak-train"):
        run("--until", "stage9")
