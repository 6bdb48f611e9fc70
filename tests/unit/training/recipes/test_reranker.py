# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
from random import Random

import pytest
import torch


pytest.importorskip("accelerate")

from support.reranker_toys import TOWER, reranker_trainer
from transformers_tsukasa.models.clvp.modeling_clvp import TsukasaClvpModel
from transformers_tsukasa.text.phonemes.symbols import PAD_ID, SYMBOL_TO_ID, SYMBOLS
from transformers_tsukasa.training.recipes import reranker_negatives
from transformers_tsukasa.training.recipes.reranker import CONTRASTING
from transformers_tsukasa.training.recipes.reranker_negatives import damaged, edited, with_hiss


def ids(phonemes):
    return [PAD_ID, *(SYMBOL_TO_ID[symbol] for symbol in phonemes), PAD_ID]


TEXT = ids("kʲo↓ːwa ii te↓ŋki desɯ.")


def test_edited_texts_are_other_texts_between_the_same_pads():
    seen = set()
    for seed in range(300):
        changed = edited(TEXT, 1 + seed % 3, Random(seed))
        assert changed != TEXT and changed[0] == changed[-1] == PAD_ID
        assert PAD_ID not in changed[1:-1] and len(changed) >= 3
        written = "".join(SYMBOLS[token] for token in changed[1:-1])
        assert written == written.strip() and "  " not in written and " ↓" not in written and " ." not in written
        seen.add(written)
    assert len(seen) > 100
    assert edited(TEXT, 2, Random(5)) == edited(TEXT, 2, Random(5))
    assert edited(ids("."), 3, Random(0)) == ids(".")  # nothing to slip on


def test_every_kind_of_edit_occurs():
    text = ids("ka to↓")
    found = {"".join(SYMBOLS[one] for one in edited(text, 1, Random(seed))[1:-1]) for seed in range(400)}
    for kind in ("ga to↓", "to↓", "kaka to↓", "to↓ ka", "ka↓ to"):
        assert kind in found, (kind, sorted(found))


@pytest.mark.parametrize("kind", reranker_negatives._DAMAGES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("frames", [2, 9, 200])
def test_damaged_recordings_are_other_recordings(kind, frames):
    log_mel = torch.randn(80, frames, generator=torch.Generator().manual_seed(0))
    for seed in range(5):
        after = kind(log_mel, Random(seed))
        assert after.shape[0] == 80 and after.shape[1] >= 1 and after.isfinite().all()
        if frames == 200:
            assert after.shape != log_mel.shape or not torch.equal(after, log_mel)
    assert damaged(log_mel, Random(1)).dtype == log_mel.dtype


def test_hiss_raises_what_is_quiet_and_hardly_what_is_loud():
    log_mel = torch.cat([torch.full((80, 5), -1.5), torch.full((80, 5), 1.0)], dim=1)
    after = with_hiss(log_mel, Random(0))
    assert (after[:, :5] > log_mel[:, :5] + 0.3).all() and (after[:, 5:] - log_mel[:, 5:]).abs().max() < 0.2


def test_a_run_learns_which_text_is_spoken(tmp_path):
    trainer = reranker_trainer(tmp_path, max_steps=20, learning_rate=5e-3, logging_steps=5)
    before = {name: weight.clone() for name, weight in trainer.model.named_parameters()}
    trainer.train()
    logged = [entry for entry in trainer.state.log_history if "loss" in entry]
    assert logged[-1]["speech_to_text"] < 0.7 * logged[0]["speech_to_text"]
    changed = {name for name, weight in trainer.model.named_parameters() if not torch.equal(weight, before[name])}
    assert changed == set(before)
    trainer.export(tmp_path / "final")
    loaded = TsukasaClvpModel.from_pretrained(tmp_path / "final")
    assert torch.equal(loaded.logit_scale, trainer.model.clvp.logit_scale.cpu())


def test_recordings_of_one_sentence_do_not_compete(tmp_path):
    trainer = reranker_trainer(tmp_path)
    draw = torch.Generator().manual_seed(0)
    texts, recordings = (torch.nn.functional.normalize(torch.randn(6, 8, generator=draw), dim=1) for _ in range(2))
    texts[1] = texts[0]
    outputs = {"text_embeds": texts, "speech_embeds": recordings, "scale": torch.tensor(5.0)}
    inputs = {"input_ids": torch.tensor([[0, 5, 6, 0], [0, 5, 6, 0], [0, 7, 0, 0]])}
    losses = trainer.compute_losses(outputs, inputs, CONTRASTING)
    expected = []
    for item, rivals in ((0, [0, 2, 3, 4, 5]), (1, [1, 2, 3, 4, 5]), (2, [0, 1, 2, 3, 4, 5])):
        logits = 5.0 * texts[item] @ recordings[rivals].T
        expected.append(logits.logsumexp(0) - logits[rivals.index(item)])
    torch.testing.assert_close(losses["text_to_speech"], torch.stack(expected).mean())
    assert trainer.figures(outputs, inputs, CONTRASTING)["accuracy"] <= 1


def test_copies_can_be_left_out_and_evaluation_reports_what_matters(tmp_path):
    trainer = reranker_trainer(tmp_path, max_steps=1, edited_copies=0, damaged_copies=0)
    assert {"eval_accuracy"} <= trainer.evaluate().keys()
    with_copies = reranker_trainer(tmp_path, max_steps=1).evaluate()
    assert 0 <= with_copies["eval_prefers_true"] <= 1
    with pytest.raises(ValueError, match="edited_copies must be at least 0"):
        reranker_trainer(tmp_path, edited_copies=-1)


def test_a_run_that_resumes_is_the_run_that_did_not_stop(tmp_path):
    straight = reranker_trainer(tmp_path / "a", max_steps=3)
    straight.train()
    first = reranker_trainer(tmp_path / "b", max_steps=3, save_strategy="steps", save_steps=2)
    first.train()
    resumed = reranker_trainer(tmp_path / "b", max_steps=3)
    resumed.train(resume_from_checkpoint=str(tmp_path / "b" / "checkpoint-2"))
    for name, weight in straight.model.named_parameters():
        assert torch.equal(weight, resumed.model.get_parameter(name)), name


def test_the_command_trains_one_for_a_corpus_and_another_corpus_must_fit(tmp_path, capsys):
    for package in ("datasets", "swift_f0"):
        pytest.importorskip(package)
    from support.corpora import prepare_tones
    from support.tiny import CONFIGS
    from transformers_tsukasa.cli.main import main

    corpus = prepare_tones(tmp_path, {"a": 5}, 1.0)
    shared = ["max_steps=1", "use_cpu=true", "report_to=none", "eval_strategy=no", f"corpus={corpus}"]
    towers = [f"clvp_config={{projection_dim: 16, text_config: {TOWER}, speech_config: {TOWER}}}"]
    command = ["train", "reranker", str(CONFIGS / "train/reranker.yaml"), *shared]
    assert main([*command, f"model={CONFIGS / 'tiny.yaml'}", f"output_dir={tmp_path / 'run'}", *towers]) == 0
    config = TsukasaClvpModel.from_pretrained(tmp_path / "run" / "final").config
    assert config.text_config.num_hidden_layers == 1 and config.text_profile and config.features["hop_length"] == 300
    for change, message in (
        ("clvp_config.depth=3", "unknown key 'clvp_config.depth'"),
        ("clvp_config.text_config.layers=3", "unknown key 'clvp_config.text_config.layers'"),
        ("clvp_config.text_config=3", "clvp_config.text_config must be a mapping"),
        ("clvp_config.projection_dim=0", "clvp_config cannot be used"),
    ):
        assert main([*command, f"model={CONFIGS / 'tiny.yaml'}", f"output_dir={tmp_path / 'wrong'}", change]) == 1
        assert message in capsys.readouterr().err, change
    further = [*command, f"model={tmp_path / 'run' / 'final'}", f"output_dir={tmp_path / 'further'}"]
    assert main(further) == 1
    assert "clvp_config is of a new reranker" in capsys.readouterr().err
    assert main([*further, "clvp_config=null"]) == 0
