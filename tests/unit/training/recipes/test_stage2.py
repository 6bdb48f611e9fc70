# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Stage 2: phases, losses, resume, evaluation and result."""

import logging

import pytest
import torch


pytest.importorskip("accelerate")

from support.stage1_toys import Hums
from support.stage2_toys import SpokenHums, ToySpeechLanguageModel, stage2_trainer
from support.tiny import tiny_config
from support.training_toys import losses_of, moved_parts, parts_of
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.style.diffusion_sampler import estimate_sigma_data
from transformers_tsukasa.models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.training.recipes.speech_adversaries import SLM_LOSSES
from transformers_tsukasa.training.recipes.stage2.arguments import Stage2Arguments
from transformers_tsukasa.training.recipes.stage2.phases import DIFFUSION, JOINT, PROSODY


PHASES = {
    "prosody": (PROSODY, {}),
    "diffusion": (DIFFUSION, {"diffusion_step": 0}),
    "joint": (JOINT, {"diffusion_step": 0, "joint_step": 0}),
}


@pytest.mark.parametrize("name", PHASES)
def test_in_each_phase_just_its_modules_move(tmp_path, name):
    phase, steps = PHASES[name]
    trainer = stage2_trainer(tmp_path, **steps)
    assert moved_parts(trainer, trainer.train) == set(phase.learns)
    entry = losses_of(trainer)[0]
    assert set(phase.loss_names) - set(SLM_LOSSES) <= entry.keys()
    assert not set(SLM_LOSSES) & entry.keys()
    names = [one for one in trainer.loss_weights if one in entry]
    assert set(names) == set(phase.loss_names) - set(SLM_LOSSES) - {"discriminator"}
    assert entry["loss"] == pytest.approx(sum(trainer.loss_weights[one] * entry[one] for one in names), rel=1e-4)


@pytest.mark.parametrize("name", PHASES)
def test_no_weight_that_learns_idles(tmp_path, name):
    phase, steps = PHASES[name]
    trainer = stage2_trainer(tmp_path, max_steps=1, **steps)
    trainer.train()
    # No gradient passes the source of iSTFTNet; PL-BERT's pooler and the discriminator on the language model are not
    # used, and the sampler's table of guidance only when a text is dropped.
    idle = ("source.mix", "pooler", "speech_language_model", "unconditional_states")
    states = dict(trainer.optimizer.optimizer.state)
    for adversary in trainer.adversaries_in(trainer.schedule.at(0)):
        states.update(adversary.optimizer.optimizer.state)
    for part, module in parts_of(trainer).items():
        for weight_name, weight in module.named_parameters():
            if not any(one in weight_name for one in idle):
                assert (weight in states) == (part in phase.learns), f"{part}.{weight_name}"


@pytest.mark.parametrize("name", PHASES)
def test_states_follow_alignments_without_the_delay_of_synthesis(tmp_path, name):
    """Alignments are times of the sound (docs/decisions/0034)."""
    phase, steps = PHASES[name]
    trainer = stage2_trainer(tmp_path, **steps)
    trainer.let_learn(phase)
    trainer.model.eval()
    batch = trainer.data_collator([trainer.train_dataset[index] for index in range(2)])
    outputs = []
    for delay in (0, 1):
        trainer.model.tts.config.alignment_delay = delay
        torch.manual_seed(0)
        with torch.no_grad():
            outputs.append(trainer.model(phase=phase, batch=batch))
    for one in ("f0", "energy", "generated", "recorded", "durations"):
        assert torch.equal(outputs[0][one], outputs[1][one]), one


def test_parts_have_the_rates_and_betas_of_the_recipe(tmp_path):
    trainer = stage2_trainer(tmp_path, learning_rate=1e-4, learning_rates={"decoder": 3e-5}, max_steps=1)
    trainer.train()
    groups = {group["name"]: group for group in trainer.optimizer.param_groups}
    assert set(groups) == {*JOINT.learns} - {"discriminators"}
    plbert, decoder, predictor = (groups[name] for name in ("plbert", "decoder", "prosody_predictor"))
    assert (plbert["lr"], plbert["betas"], plbert["weight_decay"]) == (1e-5, (0.9, 0.99), 0.01)
    assert (decoder["lr"], decoder["betas"], decoder["weight_decay"]) == (3e-5, (0.0, 0.99), 1e-4)
    assert groups["acoustic_style_encoder"]["lr"] == 1e-5
    assert (predictor["lr"], predictor["betas"]) == (1e-4, (0.85, 0.99))


def test_phases_begin_by_epoch_or_step_and_the_log_names_what_never_runs(tmp_path, caplog):
    trainer = stage2_trainer(tmp_path, diffusion_step=None, diffusion_epoch=1.5, joint_step=9, max_steps=4)
    with caplog.at_level(logging.INFO, logger="transformers_tsukasa"):
        updates = len(trainer.get_train_dataloader())
        trainer.train()
    assert trainer.schedule.starts == [0, round(1.5 * updates), 9]
    assert "frozen: style_diffusion, acoustic_style_encoder, decoder, discriminators; frozen in every" in caplog.text
    assert "frozen in every phase: slm_discriminator, text_encoder, text_aligner; losses" in caplog.text
    assert "phase 'joint' would begin at update 9 and never runs: the run ends at 4" in caplog.text
    assert "phase 'diffusion' from update 3; learns: plbert" in caplog.text
    assert "does NOT run: slm_features (no speech_language_model is given)" in caplog.text
    with pytest.raises(ValueError, match="before the diffusion phase"):
        stage2_trainer(tmp_path, diffusion_step=5, joint_step=4).train()


def test_targets_are_the_decoders_own_speech_until_it_learns(tmp_path):
    dataset = SpokenHums(1)
    trainer = stage2_trainer(tmp_path, dataset)
    batch = trainer.data_collator([dataset[0]])
    models = trainer.model.eval()
    waveforms = batch["waveform"][0].unfold(0, 80 * 300, 600)
    for phase, is_recording in ((PROSODY, False), (DIFFUSION, False), (JOINT, True)):
        recorded = models(phase, batch)["recorded"]
        assert recorded.shape == (1, 80 * 300) and not recorded.requires_grad
        assert bool((waveforms == recorded).all(dim=1).any()) == is_recording


def test_with_true_curves_the_own_speech_is_met(tmp_path):
    dataset = SpokenHums(2)
    trainer = stage2_trainer(tmp_path, dataset)
    batch = trainer.data_collator([dataset[0], dataset[1]])
    models = trainer.model.eval()
    seen = {}
    models.tts.decoder.register_forward_pre_hook(
        lambda module, inputs, keywords: seen.setdefault("curves", []).append(inputs[1:3]), with_kwargs=True
    )
    outputs = models(PROSODY, batch)
    (true_f0, true_energy), (f0, energy) = seen["curves"]
    assert torch.equal(true_f0, outputs["true_f0"]) and torch.equal(true_energy, outputs["true_energy"])
    assert torch.equal(f0, outputs["f0"]) and torch.equal(energy, outputs["energy"])


@pytest.mark.parametrize("name", ["prosody", "diffusion"])
def test_where_no_loss_needs_speech_none_is_generated(tmp_path, name):
    phase, steps = PHASES[name]
    unheard = {"mel": 0, "adversarial": 0, "feature_matching": 0}
    trainer = stage2_trainer(tmp_path, **steps, loss_weights=unheard)
    calls = []
    trainer.model.tts.decoder.register_forward_hook(lambda *_: calls.append(1))
    assert moved_parts(trainer, trainer.train) == set(phase.learns) - {"discriminators"}
    assert not calls
    entry = losses_of(trainer)[0]
    assert set(unheard).isdisjoint(entry) and "discriminator" not in entry
    assert set(phase.loss_names) - set(SLM_LOSSES) - set(unheard) - {"discriminator"} <= entry.keys()
    spoken = stage2_trainer(tmp_path, **steps, max_steps=1)
    batch = spoken.data_collator([spoken.train_dataset[0]])
    assert "generated" in spoken.model(phase, batch)


def test_without_an_adversary_speech_is_still_compared(tmp_path, caplog):
    trainer = stage2_trainer(tmp_path, diffusion_step=0, loss_weights={"adversarial": 0, "feature_matching": 0})
    with caplog.at_level(logging.INFO, logger="transformers_tsukasa"):
        assert "discriminators" not in moved_parts(trainer, trainer.train)
    assert "mel" in losses_of(trainer)[0]
    assert "adversarial, feature_matching (their weights are 0), discriminator (adversarial and" in caplog.text


def test_cached_alignments_stand_in_for_the_aligner(tmp_path):
    trainer = stage2_trainer(tmp_path, max_steps=1)
    assert trainer.model.alignments.uses_durations
    calls = []
    trainer.model.text_aligner.register_forward_hook(lambda *_: calls.append(1))
    trainer.train()
    assert not calls
    batch = trainer.data_collator([trainer.train_dataset[1]])
    assert trainer.model(PROSODY, batch)["durations"].tolist() == batch["durations"].tolist()

    trainer = stage2_trainer(tmp_path, Hums(), max_steps=1)
    assert not trainer.model.alignments.uses_durations
    trainer.model.text_aligner.register_forward_hook(lambda *_: calls.append(1))
    trainer.train()
    assert calls
    with pytest.raises(ValueError, match="alignments is 'cached', but the corpus has none"):
        stage2_trainer(tmp_path, Hums(), alignments="cached")


def test_sigma_data_is_the_mean_deviation_of_the_styles_and_is_kept(tmp_path):
    trainer = stage2_trainer(tmp_path / "a", diffusion_step=1, max_steps=4, save_strategy="steps", save_steps=4)
    styles, compute = [], trainer.compute_losses

    def keep(outputs, inputs, phase):
        styles.append(outputs.get("target_style"))
        return compute(outputs, inputs, phase)

    trainer.compute_losses = keep
    trainer.train()
    assert styles[0] is None and len(styles) == 4
    config = trainer.model.tts.config.style_diffusion_config
    assert config.sigma_data == pytest.approx(estimate_sigma_data(torch.cat(styles[1:])), rel=1e-5)
    used = [entry.get("sigma_data") for entry in losses_of(trainer)]
    assert used[:2] == [None, pytest.approx(tiny_config().style_diffusion_config.sigma_data)]
    assert used[2] == pytest.approx(estimate_sigma_data(styles[1]), rel=1e-5)
    trainer.export(tmp_path / "voice")
    for folder in (tmp_path / "voice", tmp_path / "a" / "checkpoint-4"):
        loaded = TsukasaModelForConditionalGeneration.from_pretrained(folder)
        assert loaded.config.style_diffusion_config.sigma_data == pytest.approx(config.sigma_data)


@pytest.mark.parametrize("steps", [{}, {"diffusion_step": 1}, {"diffusion_step": 1, "joint_step": 2}])
def test_a_resumed_run_is_the_straight_run(tmp_path, steps):
    changes = {"max_steps": 5, "ema_decay": 0.9, "slm": ToySpeechLanguageModel(), **steps}
    straight = stage2_trainer(tmp_path / "a", **changes)
    straight.train()
    stage2_trainer(tmp_path / "b", **changes, save_strategy="steps", save_steps=3).train()
    resumed = stage2_trainer(tmp_path / "c", **changes)
    resumed.train(resume_from_checkpoint=str(tmp_path / "b" / "checkpoint-3"))
    for ours, theirs in zip(losses_of(resumed)[3:], losses_of(straight)[3:], strict=True):
        names = [name for name in theirs if name in straight.loss_weights or name in ("loss", "sigma_data")]
        assert {name: ours[name] for name in names} == pytest.approx({name: theirs[name] for name in names}, abs=1e-5)
    for (name, one), other in zip(
        straight.model.state_dict().items(), resumed.model.state_dict().values(), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-6, msg=name)
    for name, mean in straight.average.means.items():
        torch.testing.assert_close(mean, resumed.average.means[name], rtol=0, atol=1e-6, msg=name)


def test_the_result_loads_keeps_its_voices_and_speaks(tmp_path):
    trainer = stage2_trainer(tmp_path, diffusion_step=0, max_steps=1)
    trainer.model.tts.voices.add("hum", torch.linspace(-1, 1, 16), "a hum")
    trainer.train()
    trainer.export(tmp_path / "voice")
    voice = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "voice").eval()
    assert not voice.config.weight_norm and list(voice.voices) == ["hum"]
    TsukasaTextAligner.from_pretrained(tmp_path / "voice" / "text_aligner")
    TsukasaDiscriminators.from_pretrained(tmp_path / "voice" / "discriminators")
    from transformers_tsukasa.models.tsukasa.processing_tsukasa import TsukasaProcessor

    inputs = TsukasaProcessor.from_pretrained(tmp_path / "voice")(text="はい", return_tensors="pt")
    spoken = voice.generate(**inputs, voice="hum", alpha=0.5, beta=0.5)
    assert spoken.waveform.shape[1] > 1000 and torch.isfinite(spoken.waveform).all()


@pytest.mark.parametrize("name", PHASES)
def test_evaluation_has_the_losses_of_the_phase(tmp_path, name):
    phase, steps = PHASES[name]
    trainer = stage2_trainer(tmp_path, **steps, slm=ToySpeechLanguageModel())
    metrics = trainer.evaluate()
    of_adversaries = {"adversarial", "feature_matching", "discriminator", "slm_adversarial", "slm_discriminator"}
    found = {key.removeprefix("eval_") for key in metrics}
    assert found & set(phase.loss_names) == set(phase.loss_names) - of_adversaries
    assert trainer.evaluate()["eval_loss"] == metrics["eval_loss"]


@pytest.mark.parametrize("name", PHASES)
def test_bf16_stays_finite(tmp_path, name):
    trainer = stage2_trainer(tmp_path, **PHASES[name][1], bf16=True, max_steps=2, slm=ToySpeechLanguageModel())
    trainer.train()
    entry = losses_of(trainer)[-1]
    assert 0 < entry["grad_norm"] < float("inf") and entry["mel"] < 10
    assert next(trainer.model.parameters()).dtype == torch.float32


def test_the_joint_phase_stays_finite_in_fp16(tmp_path):
    trainer = stage2_trainer(
        tmp_path, **PHASES["joint"][1], fp16=True, max_steps=2, slm_every=1, slm=ToySpeechLanguageModel()
    )
    trainer.accelerator.scaler = torch.amp.GradScaler("cpu", init_scale=16.0)
    trainer.train()
    for entry in losses_of(trainer):
        assert 0 < entry["grad_norm"] < float("inf") and entry["mel"] < 10 and entry["loss_scale"] == 16.0


@pytest.mark.parametrize("name", PHASES)
def test_one_short_utterance_is_a_batch(tmp_path, name):
    trainer = stage2_trainer(
        tmp_path, SpokenHums(1, frames=(82,)), **PHASES[name][1], max_steps=2, slm=ToySpeechLanguageModel()
    )
    trainer.train()
    assert all(entry["grad_norm/prosody_predictor"] > 0 for entry in losses_of(trainer))
    assert all(torch.isfinite(weight).all() for weight in trainer.model.parameters())


def test_speech_without_variation_gives_finite_gradients(tmp_path):
    class Silence(SpokenHums):
        def __getitem__(self, index):
            item = super().__getitem__(index)
            return {**item, "waveform": torch.zeros_like(item["waveform"]), "f0": torch.zeros_like(item["f0"])}

    trainer = stage2_trainer(tmp_path, Silence(), diffusion_step=0, joint_step=0, slm=ToySpeechLanguageModel())
    trainer.train()
    assert trainer.state.global_step == 2 and not trainer.counts.skipped
    assert all(torch.isfinite(weight).all() for weight in trainer.model.parameters())


def test_losses_of_prosody_fall(tmp_path):
    trainer = stage2_trainer(tmp_path, SpokenHums(2, frames=(100,)), max_steps=30, learning_rate=1e-2)
    trainer.train()
    entries = losses_of(trainer)
    for name in ("duration_ce", "energy", "f0"):
        values = [entry[name] for entry in entries]
        assert sum(values[-8:]) < 0.8 * sum(values[:8]), name


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"max_crop_frames": 60}, "max_crop_frames"),
        ({"slm_min_frames": 41}, "slm_min_frames"),
        ({"slm_min_frames": 90}, "must not be below slm_min_frames"),
        ({"alignment_source": "magic"}, "alignment_source"),
        ({"alignments": "magic"}, "alignments"),
        ({"joint_step": -1}, "joint_step"),
        ({"slm_every": 0}, "slm_every"),
        ({"slm_batch_share": 0.0}, "slm_batch_share"),
    ],
)
def test_impossible_options_are_refused(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        stage2_trainer(tmp_path, **changes)


def test_the_default_run_is_that_of_the_published_system(tmp_path):
    arguments = Stage2Arguments(output_dir=str(tmp_path), use_cpu=True)
    assert arguments.phase_starts(100) == (400, 1200)
    assert (arguments.clip_window.min_frames, arguments.clip_window.max_frames) == (200, 250)
