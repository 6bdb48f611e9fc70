# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import json
import re
import shutil
from pathlib import Path

import pytest
import torch

from support.corpora import prepare_tones
from support.tiny import CONFIGS, tiny_config
from transformers_tsukasa.cli.main import main


pytest.importorskip("accelerate")
pytest.importorskip("datasets")
pytest.importorskip("swift_f0")

from support.stage1_toys import Hums, stage1_trainer
from support.stage2_toys import ToySpeechLanguageModel, stage2_trainer
from support.training_toys import make_trainer
from transformers_tsukasa.data.corpus import REPORT_FILE
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.training.doctor import resources as doctor_resources
from transformers_tsukasa.training.doctor.findings import OK, PROBLEM, WARNING, Finding, summary, table
from transformers_tsukasa.training.doctor.memory_meter import MemoryMeter
from transformers_tsukasa.training.doctor.resources import activation_bytes, disk_finding, examine_resources
from transformers_tsukasa.training.doctor.schedule import largest_batch
from transformers_tsukasa.training.engine.phases import Absence, Loss, Phase, Schedule
from transformers_tsukasa.training.engine.run_plan import loss_starts, resolve


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A corpus of 14 hums of 154 to 202 mel frames and an aligner."""
    folder = tmp_path_factory.mktemp("doctor")
    prepare_tones(folder, {"mei": 9, "taro": 5}, 1.5, "--validation", "0.2")
    config = tiny_config().text_aligner_config
    config.first_alignment_row = 0
    TsukasaTextAligner(config).save_pretrained(folder / "aligner")
    return folder


@pytest.fixture
def config(places, tmp_path):
    values = {
        "model": str(CONFIGS / "tiny.yaml"),
        "corpus": str(places / "corpus"),
        "aligner": str(places / "aligner"),
        "output_dir": str(tmp_path / "out"),
        "max_frames_per_batch": 1000,
        "num_train_epochs": 8,
        "max_crop_frames": 80,
        "eval_strategy": "epoch",
        "save_strategy": "epoch",
        "use_cpu": True,
        "report_to": "none",
    }
    path = tmp_path / "stage1.yaml"
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


def rows(capsys, *arguments, code):
    """The table, by what was looked at: (level, text)."""
    assert main(["doctor", *map(str, arguments)]) == code
    lines = capsys.readouterr().out.splitlines()[:-1]
    found, name = {}, None
    for line in lines:
        match = re.match(r"(ok|warning|PROBLEM) +(.+?)  +(.*)", line)
        if match:
            level, name, text = match.groups()
            found[name] = (level, text)
        else:
            found[name] = (found[name][0], f"{found[name][1]} {line.strip()}")
    return found


def test_a_healthy_run(config, tmp_path, capsys):
    found = rows(capsys, config, code=0)
    assert "PROBLEM" not in {level for level, _ in found.values()}
    assert re.match(r"11 utterances, 0.\d min; the shortest 1.\d\d s \(\d+ mel frames\)", found["corpus, train"][1])
    assert found["speakers"][1] == "2 with 4 ('taro') to 7 utterances"
    assert found["updates"][1] == "3 an epoch, 24 in all"
    assert re.match(r"3 an epoch, of \d to \d utterances", found["batches"][1])
    assert found["phase 'adversarial'"][1].startswith("from update 15 (epoch 5), 9 updates: ")
    assert found["loss mel"] == ("ok", "starts at update 0 (epoch 0), weight 5")
    assert found["loss discriminator"] == ("ok", "starts at update 15 (epoch 5)")
    assert found["loss slm_features"] == ("warning", "never, because no speech_language_model is given")
    assert "of the largest batch went through" in found["rehearsal of 'adversarial'"][1]
    assert "free on cpu" in found["memory"][1] and "8 checkpoints" in found["disk"][1]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("changes", "name", "text"),
    [
        (
            ["num_train_epochs=3"],
            "loss adversarial",
            "never, because phase 'adversarial' begins at update 15, and the",
        ),
        (["num_train_epochs=3"], "phase 'adversarial'", "never: it would begin at update 15, and the run ends at 9"),
        (["max_frames_per_batch=150"], "schedule", "more than max_frames_per_batch (150): raise it"),
        (["aligner=nowhere"], "start", "there is no folder 'nowhere' (aligner)"),
        (["corpus=nowhere"], "corpus", "there is no prepared corpus at 'nowhere'"),
        (["learning_rat=1"], "config", "unknown key 'learning_rat'; did you mean learning_rate"),
        (["tma_epoch=soon"], "config", "tma_epoch must be float, got 'soon'"),
        (["loss_weights.mell=2"], "start", "loss_weights names 'mell'"),
        (["learning_rates.decoder=-1"], "config", "learning_rates.decoder must be a finite number of at least 0"),
        (["loss_weights.mel=0"], "schedule", "nothing would be learned in phase 'reconstruction', from update 0"),
        (
            ["frozen=[decoder,text_encoder,acoustic_style_encoder]"],
            "schedule",
            "no module would learn in phase 'reconstruction', from update 0",
        ),
    ],
)
def test_problems_are_named_and_the_exit_code_tells(config, capsys, changes, name, text):
    level, printed = rows(capsys, "stage1", config, *changes, code=1)[name]
    assert level == "PROBLEM" and text in printed


def test_a_model_for_another_corpus(config, places, tmp_path, capsys):
    shutil.copy(CONFIGS / "tiny.yaml", tmp_path / "high.yaml")
    text = (
        (tmp_path / "high.yaml")
        .read_text()
        .replace("{num_mel_bins: 80}", "{num_mel_bins: 80, mel_sampling_rate: 8000}")
    )
    (tmp_path / "high.yaml").write_text(text)
    for part, dropped in (("stage1", ""), ("aligner", "aligner"), ("pitch", "aligner")):
        values = json.loads(config.read_text())
        values.pop(dropped, None)
        if part == "aligner":
            values.pop("max_crop_frames")
        (tmp_path / "run.yaml").write_text(json.dumps(values))
        found = rows(capsys, part, tmp_path / "run.yaml", f"model={tmp_path / 'high.yaml'}", code=1)
        assert "prepared with mel_sampling_rate 16000, but the model has 8000" in found["start"][1], part


@pytest.mark.slow
def test_a_corpus_that_was_changed(config, places, tmp_path, capsys):
    shutil.copytree(places / "corpus", tmp_path / "corpus")
    report = json.loads((tmp_path / "corpus" / REPORT_FILE).read_text())
    (tmp_path / "corpus" / REPORT_FILE).write_text(json.dumps({**report, "voiced_share": 0.01}))
    (tmp_path / "corpus" / "out_of_domain.txt").write_text("")
    found = rows(capsys, config, f"corpus={tmp_path / 'corpus'}", code=0)
    assert found["features"][0] == found["out-of-domain texts"][0] == "warning"

    from transformers_tsukasa.data.corpus_alignments import add_alignments

    add_alignments(tmp_path / "corpus", places / "aligner")
    found = rows(capsys, config, f"corpus={tmp_path / 'corpus'}", code=0)
    assert found["alignments"] == ("ok", "durations of all utterances are cached")
    import numpy as np

    path = tmp_path / "corpus" / "alignments" / "train.npz"
    with np.load(path) as arrays:
        values, ends = arrays["values"], arrays["ends"]
    values[3] += 1
    np.savez(path, values=values, ends=ends)
    found = rows(capsys, config, f"corpus={tmp_path / 'corpus'}", code=1)
    assert found["alignments"][1].startswith("1 of train do not fit their utterances: make them again")


def test_too_little_memory_and_disk(config, capsys, monkeypatch):
    monkeypatch.setattr("transformers_tsukasa.training.doctor.examination.free_memory", lambda device: 2**20)
    monkeypatch.setattr(doctor_resources.shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(9, 9, 9))
    found = rows(capsys, config, code=1)
    assert found["memory"][0] == "PROBLEM" and "lower the budget of a batch" in found["memory"][1]
    assert found["disk"][0] == "PROBLEM" and "lower save_total_limit" in found["disk"][1]


def test_several_processes_make_fewer_updates(config, capsys):
    found = rows(capsys, config, "num_train_epochs=6", "--processes", 2, code=0)
    assert found["updates"][1] == "2 an epoch, 12 in all" and "3 an epoch on 2 processes" in found["batches"][1]
    assert found["loss adversarial"][1].startswith("starts at update 10 ")
    level, text = rows(capsys, config, "gradient_accumulation_steps=9", "tma_epoch=2", code=0)["updates"]
    assert level == "warning" and text.startswith("1 an epoch from 3 batches each, 8 in all; gradient_accum")
    assert main(["doctor", str(config), "--processes", "0"]) == 1


def test_a_run_that_is_there_already(config, tmp_path, capsys):
    (tmp_path / "out" / "checkpoint-7").mkdir(parents=True)
    (tmp_path / "out" / "checkpoint-7" / "trainer_state.json").write_text("{}")
    level, text = rows(capsys, config, code=0)["output_dir"]
    assert level == "warning" and "(checkpoint-7): resume it with --resume" in text
    assert (tmp_path / "out" / "checkpoint-7").is_dir()


def test_the_part_is_told_by_name_by_keys_or_by_word(config, tmp_path, capsys):
    plain = config.rename(tmp_path / "mine.yaml")
    assert "loss mel" in rows(capsys, plain, "tma_epoch=2", code=0)
    values = json.loads(plain.read_text())
    for key in ("aligner", "max_crop_frames"):
        values.pop(key)
    plain.write_text(json.dumps(values))
    assert main(["doctor", str(plain)]) == 1
    assert "cannot tell which part" in capsys.readouterr().err
    assert "loss ctc" in rows(capsys, "aligner", plain, "max_steps=9", code=0)
    assert main(["doctor", "pitch"]) == 1
    assert "name the config of the run: tsukasa doctor pitch CONFIG" in capsys.readouterr().err


def test_what_it_foretells_happens(tmp_path):
    trainer = stage1_trainer(
        tmp_path, tma_step=None, tma_epoch=1.0, max_steps=-1, num_train_epochs=2, gradient_accumulation_steps=2,
        max_frames_per_batch=120, save_strategy="epoch",
    )  # fmt: skip
    starts = {start.name: start.update for start in trainer.plan.loss_starts}
    planned, disk = trainer.plan.updates, disk_finding(trainer, trainer.plan)
    trainer.train()
    assert planned == trainer.state.global_step == trainer.state.max_steps
    for place, entry in enumerate(entry for entry in trainer.state.log_history if "loss" in entry):
        for name, update in starts.items():
            assert (name in entry) == (update is not None and place >= update), (place, name)
    folders = list(Path(tmp_path).glob("checkpoint-*"))
    assert disk.state.startswith(f"{len(folders)} checkpoints of ")
    # Beside so small a model names and settings take much space; its optimizer has states of trained weights only.
    predicted = float(re.search(r"of ([\d.]+) MiB", disk.state).group(1)) * 2**20
    taken = sum(path.stat().st_size for path in folders[-1].rglob("*") if path.is_file())
    assert taken == pytest.approx(predicted, rel=0.4)


def test_a_few_rows_tell_what_many_take(tmp_path):
    trainer = stage1_trainer(tmp_path, Hums(8), tma_step=1, max_frames_per_batch=960)
    largest = largest_batch(trainer)
    assert len(largest) == 8
    for phase in trainer.schedule.phases:
        complete, losses = activation_bytes(trainer, phase, largest, 8)
        told, _ = activation_bytes(trainer, phase, [*largest[:2], largest[-1]], 8)
        assert told == pytest.approx(complete, rel=0.05) and complete > 2**20
        assert set(phase.loss_names) <= losses.keys()
    assert all(weight.grad is None for weight in trainer.model.parameters())


def test_a_rehearsal_moves_no_weight(tmp_path):
    trainer = stage1_trainer(tmp_path, tma_step=1)
    before = {name: value.clone() for name, value in trainer.model.named_parameters()}
    findings = examine_resources(trainer, trainer.plan, 2**40, measure=True)
    assert [finding.level for finding in findings] == [OK, OK, OK, WARNING]  # no checkpoints are saved here
    assert all(torch.equal(value, before[name]) for name, value in trainer.model.named_parameters())
    assert trainer.schedule.starts == [0, 1] and not trainer.counts.updates


def test_weights_that_are_not_finite_are_found(tmp_path):
    trainer = stage1_trainer(tmp_path, tma_step=9, max_steps=1)
    with torch.no_grad():
        next(trainer.model.tts.decoder.parameters()).fill_(float("nan"))
    (rehearsal, *_) = examine_resources(trainer, trainer.plan, 2**40, measure=False)
    assert rehearsal.level == PROBLEM and "not finite in utterances" in rehearsal.state and "mel" in rehearsal.state


def test_a_step_that_fails_is_a_row(tmp_path):
    trainer = make_trainer(tmp_path, duel_from=0)
    trainer.compute_losses = lambda *arguments: {}["mel"]
    (rehearsal, *_) = examine_resources(trainer, trainer.plan, 2**40, measure=False)
    assert rehearsal.level == PROBLEM and "the step fails" in rehearsal.state


def test_the_meter_counts_what_is_held_and_not_what_was_there():
    device, there = torch.device("cpu"), torch.zeros(1000)
    with MemoryMeter(device) as meter:
        there.add_(1.0)
        there.view(10, 100)
        first = there + 1
        del first
        second, third = there * 2, there * 3
        del second, third
    assert meter.bytes == 8000
    weights = [torch.randn(64, 64, requires_grad=True) for _ in range(10)]
    values = torch.randn(512, 64)

    def learn():
        hidden = values
        for weight in weights:
            hidden = torch.tanh(hidden @ weight)
        hidden.sum().backward()

    learn()
    with MemoryMeter(device) as meter:
        learn()
    kept = 10 * 512 * 64 * 4  # what tanh returns, for the backward pass
    assert kept < meter.bytes < 1.3 * kept


def test_when_losses_start():
    one, two, three, four, five = (Loss(name) for name in ("one", "two", "three", "four", "five"))
    early, late = Phase("early", ("a",), (one, two)), Phase("late", ("a",), (one, three, four))
    replaced = Phase("replaced", ("a",), (five, Loss("six"), Loss("seven", None, serves=("six",))))
    absences = [Absence(("six",), "no kettle is given")]
    schedule = Schedule([0, 3, 3], [resolve(phase, {"three": 0.0}, absences) for phase in (early, replaced, late)])
    assert schedule.spans(5) == [range(0, 3), range(3, 3), range(3, 5)]
    assert schedule.spans(2) == [range(0, 2), range(3, 3), range(3, 3)]
    obstacles = {"four": "it rains"}
    starts = {s.name: s for s in loss_starts(schedule, 5, lambda name, span: obstacles.get(name))}
    assert [starts[name].update for name in ("one", "two", "three", "four", "five")] == [0, 0, None, None, None]
    assert starts["three"].is_chosen and starts["three"].reason == "its weight is 0"
    assert starts["four"].reason == "it rains" and not starts["four"].is_chosen
    assert "and so does the next one, which replaces it" in starts["five"].reason and starts["one"].weight == 1.0
    assert starts["six"].reason == "no kettle is given" and starts["seven"].reason == "six does not run"
    assert starts["six"].is_chosen and starts["seven"].is_chosen
    never = {s.name: s for s in loss_starts(schedule, 2)}["four"]
    assert never.reason == "phase 'late' begins at update 3, and the run ends at 2" and not never.is_chosen


def test_the_adversary_of_speech_language_models_reports_what_it_lacks(tmp_path):
    steps = {"diffusion_step": 0, "joint_step": 1, "max_steps": 4, "slm": ToySpeechLanguageModel()}

    def start(**options):
        trainer = stage2_trainer(tmp_path, **{**steps, "slm_every": 2, "slm_min_frames": 40, **options})
        return {start.name: start for start in trainer.plan.loss_starts}["slm_adversarial"]

    assert start().update == 1
    assert "none of the 3 updates of its phase is one of every slm_every (9)" in start(slm_every=9).reason
    assert "no recording has slm_min_frames (300) mel frames" in start(slm_min_frames=300, slm_max_frames=400).reason


def test_the_table_is_one():
    findings = [
        Finding(OK, "声", "good"),
        Finding(PROBLEM, "memory", "none " * 40, "buy some"),
        Finding(WARNING, "a", "b"),
    ]
    lines = table(findings).splitlines()
    assert lines[0] == "ok      声      good" and lines[1].startswith("PROBLEM memory  none none")
    assert all(len(line) < 119 for line in lines) and lines[-2].endswith("buy some")
    assert summary(findings) == "1 problem, 1 warning: do not start this run yet"
    assert summary(findings[:1]) == "no problems, 0 warnings"
