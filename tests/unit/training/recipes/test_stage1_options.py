# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Stage 1 with cached alignments, with a frozen aligner, and with a speech language model."""

import logging

import pytest
import torch

from support.launching import launch
from support.tiny import tiny_config
from support.tiny_speech_models import save_tiny_whisper
from transformers_tsukasa.data.collator import TsukasaDataCollator
from transformers_tsukasa.models.tsukasa.training_models.alignment_search import durations_from_alignment


pytest.importorskip("accelerate")

from support.stage1_toys import Hums, options, stage1_trainer, with_speech_model
from support.training_toys import losses_of, moved_parts
from transformers_tsukasa.training.recipes.aligned_models import monotonic_path, path_from_durations
from transformers_tsukasa.training.recipes.stage1 import Stage1Arguments
from transformers_tsukasa.training.speech_models.speech_language_model import (
    SpeechLanguageModel,
    chosen_speech_language_model,
)


class AlignedHums(Hums):
    """Hums with the durations that an aligner finds."""

    def __init__(self, models, count=4):
        super().__init__(count)
        models.eval()
        self.durations = []
        for index in range(count):
            batch = TsukasaDataCollator()([super().__getitem__(index)])
            output = models.run_aligner(batch)
            path = monotonic_path(output, batch["input_ids"], batch["attention_mask"], models.alignments.source)
            self.durations.append(durations_from_alignment(path)[0])

    def __getitem__(self, index):
        return {**super().__getitem__(index), "durations": self.durations[index]}


def ctc_config():
    config = tiny_config()
    config.text_aligner_config.first_alignment_row = 0  # no batch is spoken from attention
    return config


@pytest.fixture
def aligned_hums(tmp_path):
    return AlignedHums(stage1_trainer(tmp_path / "aligner", config=ctc_config()).model)


def count_calls(trainer):
    calls = []
    trainer.model.text_aligner.register_forward_hook(lambda *_: calls.append(trainer.state.global_step))
    return calls


@pytest.fixture
def speech_model(tmp_path):
    save_tiny_whisper(tmp_path / "whisper")
    return SpeechLanguageModel.from_pretrained(tmp_path / "whisper")


@pytest.mark.slow
def test_two_processes_give_the_speech_features_gradient_of_one(tmp_path):
    save_tiny_whisper(tmp_path / "whisper")
    (joined,), _ = launch(1, tmp_path / "one", "speech_features", "max_frames_per_batch=320")
    parts, _ = launch(2, tmp_path / "two", "speech_features", "max_frames_per_batch=160")
    assert parts[0]["history"][0]["slm_features"] == pytest.approx(joined["history"][0]["slm_features"], rel=1e-4)
    one = torch.load(tmp_path / "one" / "gradients-0.pt", weights_only=True)
    for rank in range(2):
        other = torch.load(tmp_path / "two" / f"gradients-{rank}.pt", weights_only=True)
        assert one.keys() == other.keys()
        for part in ("tts.decoder", "tts.text_encoder", "tts.acoustic_style_encoder"):
            names = [name for name in one if name.startswith(part)]
            expected, given = (torch.cat([grads[name].flatten() for name in names]) for grads in (one, other))
            assert expected.norm() > 0, part
            assert (given - expected).norm() < 1e-3 * expected.norm(), part


@pytest.mark.parametrize("aligner_learns", [True, False])
def test_cached_alignments_give_what_the_aligner_gives(tmp_path, aligned_hums, aligner_learns):
    results = {}
    for alignments in ("aligner", "cached", "auto"):
        changes = {"alignments": alignments, "aligner_learns": aligner_learns, "max_steps": 4, "tma_step": 2}
        trainer = stage1_trainer(tmp_path / alignments, aligned_hums, ctc_config(), **changes)
        calls = count_calls(trainer)
        trainer.train()
        results[alignments] = trainer
        if alignments == "aligner":
            assert set(calls) == {0, 1, 2, 3}
        else:
            assert set(calls) == ({2, 3} if aligner_learns else set())
    expected = [entry["loss"] for entry in losses_of(results["aligner"])]
    for alignments in ("cached", "auto"):
        assert [entry["loss"] for entry in losses_of(results[alignments])] == pytest.approx(expected, rel=1e-4)
        for (name, one), other in zip(
            results["aligner"].model.state_dict().items(), results[alignments].model.state_dict().values(), strict=True
        ):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5, msg=name)


def test_batches_aligned_by_attention_still_run_the_aligner(tmp_path, aligned_hums):
    config = ctc_config()
    soft = stage1_trainer(tmp_path / "a", aligned_hums, config, tma_step=9, soft_alignment_share=1.0)
    calls = count_calls(soft)
    soft.train()
    assert len(calls) == 2 and soft.model.alignments.uses_durations


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"aligner_learns": False}, "aligner_learns is false"), ({"frozen": ["text_aligner"]}, "text_aligner is frozen")],
)
def test_a_frozen_aligner_stays_as_it_was_and_need_not_run(tmp_path, aligned_hums, caplog, change, reason):
    caplog.set_level(logging.INFO)
    trainer = stage1_trainer(tmp_path, aligned_hums, ctc_config(), tma_step=0, **change)
    calls = count_calls(trainer)
    moved = moved_parts(trainer, trainer.train)
    assert moved == {"text_encoder", "acoustic_style_encoder", "decoder", "discriminators"}
    entry = losses_of(trainer)[0]
    assert "adversarial" in entry and not {"monotonic", "s2s", "ctc", "slm_features"} & entry.keys()
    assert f"does NOT run: monotonic, s2s, ctc ({reason})" in caplog.text and calls == []
    assert "slm_features (no speech_language_model is given)" in caplog.text
    assert "the cached ones of the corpus: while the aligner does not learn, it runs not at all" in caplog.text
    assert {"eval_mel"} <= trainer.evaluate().keys()


def test_it_is_logged_when_there_are_no_cached_alignments(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    trainer = stage1_trainer(tmp_path, tma_step=9)
    assert not trainer.model.alignments.uses_durations
    assert "the aligner runs in every batch, because the corpus has no cached ones" in caplog.text
    with pytest.raises(ValueError, match="tsukasa prepare. .`aligner`"):
        stage1_trainer(tmp_path, alignments="cached")
    with pytest.raises(ValueError, match="alignments must be"):
        Stage1Arguments(**options(tmp_path, alignments="yes"))


def test_alignments_of_another_corpus_are_refused(aligned_hums):
    batch = TsukasaDataCollator()([aligned_hums[0], aligned_hums[1]])
    assert path_from_durations(batch).sum(dim=(1, 2)).tolist() == [50, 45]
    batch["durations"][1, 0] += 1
    with pytest.raises(ValueError, match=r"do not fit utterances \[1\]"):
        path_from_durations(batch)


def test_gradients_of_the_speech_features_alone_reach_the_generator(tmp_path, speech_model):
    weights = {"mel": 0, "monotonic": 0, "s2s": 0, "ctc": 0, "adversarial": 0, "feature_matching": 0}
    changes = {"tma_step": 0, "max_steps": 1, "soft_alignment_share": 0.0}
    trainer = with_speech_model(tmp_path, speech_model, loss_weights=weights, **changes)
    encoder = speech_model._unregistered[0]
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    moved = moved_parts(trainer, trainer.train)
    entry = losses_of(trainer)[0]
    assert entry["slm_features"] > 0 and entry["loss"] == pytest.approx(entry["slm_features"], rel=1e-5)
    for name in ("decoder", "text_encoder", "acoustic_style_encoder"):
        assert entry[f"grad_norm/{name}"] > 0, name
        assert name in moved
    assert "grad_norm/text_aligner" not in entry and "text_aligner" not in moved
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())


def test_the_speech_language_model_begins_with_the_adversarial_phase(tmp_path, speech_model, caplog):
    caplog.set_level(logging.INFO)
    trainer = with_speech_model(tmp_path, speech_model, tma_step=1, save_strategy="steps", save_steps=2)
    trainer.train()
    first, second = losses_of(trainer)
    assert "slm_features" not in first and second["slm_features"] > 0
    assert "slm_features (no speech" not in caplog.text.split("adversarial' from update")[1]
    known = {id(weight) for weight in speech_model._unregistered[0].parameters()}
    for optimizer in (trainer.optimizer, trainer.adversaries["discriminators"].optimizer.optimizer):
        assert not known & {id(weight) for group in optimizer.param_groups for weight in group["params"]}
    from transformers_tsukasa.training.engine.trained_modules import read_weights

    saved = [name for folder in ("", "text_aligner") for name in read_weights(tmp_path / "checkpoint-2" / folder)]
    assert saved and not any("embed_positions" in name for name in saved)
    assert "eval_slm_features" in trainer.evaluate()


def test_bf16_computes_nearly_the_same(tmp_path, speech_model):
    entries = []
    for bf16 in (False, True):
        trainer = with_speech_model(tmp_path, speech_model, tma_step=0, max_steps=1, bf16=bf16)
        trainer.train()
        entries.append(losses_of(trainer)[0])
    assert entries[1]["slm_features"] == pytest.approx(entries[0]["slm_features"], rel=0.1)


def test_none_is_no_model(tmp_path):
    assert chosen_speech_language_model(None) is None and chosen_speech_language_model("none") is None
    with pytest.raises(OSError, match="holds no speech language model"):
        chosen_speech_language_model(str(tmp_path))


def test_compilation_is_refused_with_the_reason(tmp_path):
    for changes in ({"torch_compile": True}, {"torch_compile_backend": "inductor"}):
        with pytest.raises(ValueError, match="torch_compile is not supported: batches differ in length"):
            Stage1Arguments(**options(tmp_path, **changes))
