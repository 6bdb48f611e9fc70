# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import copy

import pytest
import torch

from support.stage1_toys import Hums, options, stage1_trainer
from support.tiny import speak_given_f0, tiny_config, tiny_model
from support.training_toys import losses_of, moved_parts
from transformers_tsukasa.audio.mel import energy_from_mel, log_mel_spectrogram
from transformers_tsukasa.data.collator import TsukasaDataCollator
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from transformers_tsukasa.models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner


pytest.importorskip("accelerate")

from transformers_tsukasa.training.engine.arguments import TsukasaTrainingArguments
from transformers_tsukasa.training.recipes.aligned_models import AlignmentPlan, crop, draw_starts
from transformers_tsukasa.training.recipes.aligner import AlignerModels, AlignerTrainer
from transformers_tsukasa.training.recipes.pitch import PitchArguments, PitchModels, PitchTrainer
from transformers_tsukasa.training.recipes.stage1 import (
    ADVERSARIAL,
    RECONSTRUCTION,
    Stage1Arguments,
    Stage1Models,
)


def test_before_the_tma_epoch_only_the_reconstruction_learns(tmp_path):
    trainer = stage1_trainer(tmp_path, tma_step=9)
    assert moved_parts(trainer, trainer.train) == set(RECONSTRUCTION.learns)
    assert {"mel"} <= losses_of(trainer)[0].keys() and "adversarial" not in losses_of(trainer)[0]


def test_from_the_tma_epoch_aligner_and_discriminators_learn_too(tmp_path):
    trainer = stage1_trainer(tmp_path, tma_step=0)
    assert moved_parts(trainer, trainer.train) == set(ADVERSARIAL.learns)
    entry = losses_of(trainer)[0]
    assert set(ADVERSARIAL.loss_names) - {"slm_features"} <= entry.keys()
    weights = trainer.loss_weights
    assert entry["loss"] == pytest.approx(sum(weights[name] * entry[name] for name in weights), rel=1e-4)
    # The discriminator on speech language models does not run, and nothing else is idle.
    for name, weight in trainer.discriminators.named_parameters():
        has_moved = bool(trainer.adversaries["discriminators"].optimizer.optimizer.state.get(weight))
        assert has_moved == (not name.startswith("speech_language_model")), name


def test_the_tma_epoch_counts_updates_of_an_epoch(tmp_path):
    trainer = stage1_trainer(tmp_path, tma_step=None, tma_epoch=1.5)
    assert len(trainer.get_train_dataloader()) == 2
    assert trainer.schedule.starts == [0, 3]


def test_a_resumed_run_is_the_straight_run(tmp_path):
    changes = {"max_steps": 3, "tma_step": 1, "ema_decay": 0.9, "soft_alignment_share": 0.5}
    straight = stage1_trainer(tmp_path / "a", **changes)
    straight.train()
    stage1_trainer(tmp_path / "b", **changes, save_strategy="steps", save_steps=2).train()
    resumed = stage1_trainer(tmp_path / "c", **changes)
    resumed.train(resume_from_checkpoint=str(tmp_path / "b" / "checkpoint-2"))
    assert losses_of(resumed)[-1]["loss"] == pytest.approx(losses_of(straight)[-1]["loss"], abs=1e-5)
    for (name, one), other in zip(
        straight.model.state_dict().items(), resumed.model.state_dict().values(), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-6, msg=name)
    checkpoint = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "b" / "checkpoint-2")
    assert checkpoint.config.weight_norm


def test_the_result_loads_and_sounds_like_the_training_model(tmp_path):
    trainer = stage1_trainer(tmp_path, tma_step=0, max_steps=1)
    trainer.train()
    trainer.export(tmp_path / "voice")
    voice = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "voice").eval()
    assert not voice.config.weight_norm and not any("parametrizations" in name for name in voice.state_dict())
    trained = trainer.model.tts.eval()
    torch.testing.assert_close(
        voice.decoder.generator.output_conv.weight, trained.decoder.generator.output_conv.weight, rtol=1e-6, atol=0
    )
    inputs = {"input_ids": torch.tensor([[0, 44, 50, 0]]), "style_vector": torch.ones(1, 16) * 0.1}
    with torch.no_grad():
        ours, theirs = (model(**inputs) for model in (trained, voice))
    torch.testing.assert_close(ours.f0, theirs.f0, rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(speak_given_f0(trained), speak_given_f0(voice), rtol=1e-4, atol=1e-5)
    TsukasaTextAligner.from_pretrained(tmp_path / "voice" / "text_aligner")
    TsukasaDiscriminators.from_pretrained(tmp_path / "voice" / "discriminators")
    from transformers_tsukasa.models.tsukasa.processing_tsukasa import TsukasaProcessor

    assert TsukasaProcessor.from_pretrained(tmp_path / "voice")(text="はい").input_ids


def test_alignment_source_fits_the_aligner(tmp_path):
    config = tiny_config()
    published = stage1_trainer(tmp_path, config=config).model
    assert published.alignments == AlignmentPlan("attention", 0.5)
    config.text_aligner_config.first_alignment_row = 0
    scratch = stage1_trainer(tmp_path, config=config).model
    assert scratch.alignments == AlignmentPlan("ctc", 0.0)
    wanted = stage1_trainer(tmp_path, config=config, alignment_source="attention").model
    assert wanted.alignments == AlignmentPlan("attention", 0.5)


def test_utterances_too_short_for_a_crop_are_left_out(tmp_path, caplog):
    trainer = stage1_trainer(tmp_path, Hums(4, frames=(100, 78, 120, 90)))
    seen = [index for batch in trainer.get_train_dataloader() for index in batch["indices"].tolist()]
    assert sorted(seen) == [0, 2, 3] and trainer.plan.left_out == 1
    trainer.train()
    assert "left out of training: 1 utterance with fewer than 80 mel frames" in caplog.text
    with pytest.raises(ValueError, match="none of 4 utterances has the 80 mel frames"):
        stage1_trainer(tmp_path, Hums(4, frames=(60,))).train()


def test_crops_lie_on_the_same_speech(tmp_path):
    dataset = Hums(2)
    trainer = stage1_trainer(tmp_path, dataset)
    models = trainer.model.train()
    batch = TsukasaDataCollator()([dataset[0], dataset[1]])
    seen = {}
    models.tts.decoder.register_forward_pre_hook(
        lambda module, arguments: seen.update(energy=arguments[2]), with_kwargs=False
    )
    outputs = models(RECONSTRUCTION, batch)
    assert outputs["generated"].shape == outputs["recorded"].shape == (2, 80 * 300)
    energy = energy_from_mel(log_mel_spectrogram(outputs["recorded"]))[:, :80]
    # Frames at the ends depend on samples outside of the crop.
    torch.testing.assert_close(energy[:, 5:75], seen["energy"][:, 5:75], rtol=0.05, atol=0.05)


def test_crops_lie_within_their_utterance():
    lengths = torch.tensor([4, 9])
    starts = torch.stack([draw_starts(lengths, 4) for _ in range(60)])
    assert set(starts[:, 0].tolist()) == {0} and set(starts[:, 1].tolist()) == set(range(6))
    values = torch.arange(20.0).view(2, 1, 10)
    assert crop(values, torch.tensor([0, 5]), 4).tolist() == [[[0, 1, 2, 3]], [[15, 16, 17, 18]]]
    with pytest.raises(ValueError, match="crop of 11"):
        crop(values, torch.tensor([0, 0]), 11)


def test_evaluation_has_named_losses_and_needs_no_optimizer(tmp_path):
    metrics = stage1_trainer(tmp_path, tma_step=0).evaluate()
    assert metrics["eval_mel"] > 0 and metrics["eval_s2s"] > 0 and "eval_adversarial" not in metrics


def test_bf16_stays_finite(tmp_path):
    trainer = stage1_trainer(tmp_path, tma_step=0, bf16=True, max_steps=1)
    trainer.train()
    assert losses_of(trainer)[0]["grad_norm"] > 0 and losses_of(trainer)[0]["mel"] < 10


def test_one_utterance_is_a_batch(tmp_path):
    trainer = stage1_trainer(tmp_path, Hums(1), tma_step=0, max_steps=1)
    trainer.train()
    assert losses_of(trainer)[0]["grad_norm/decoder"] > 0


def test_impossible_options_are_refused(tmp_path):
    for changes, message in (
        ({"max_crop_frames": 60}, "max_crop_frames"),
        ({"alignment_source": "magic"}, "alignment_source"),
        ({"soft_alignment_share": 2.0}, "soft_alignment_share"),
        ({"tma_step": -1}, "tma_step"),
    ):
        with pytest.raises(ValueError, match=message):
            Stage1Arguments(**options(tmp_path, **changes))


def test_without_its_loss_the_aligners_decoder_does_not_run(tmp_path):
    aligner = TsukasaTextAligner(tiny_config().text_aligner_config)
    before = copy.deepcopy(aligner.decoder.state_dict())
    trainer = AlignerTrainer(
        AlignerModels(aligner),
        TsukasaTrainingArguments(**options(tmp_path, max_steps=2, loss_weights={"s2s": 0})),
        train_dataset=Hums(),
        data_collator=TsukasaDataCollator(),
    )
    calls = []
    aligner.decoder.register_forward_hook(lambda *_: calls.append(1))
    trainer.train()
    assert not calls
    assert losses_of(trainer)[0]["ctc"] > 0 and "s2s" not in losses_of(trainer)[0]
    assert all(torch.equal(value, before[name]) for name, value in aligner.decoder.state_dict().items())


def test_the_aligner_learns_and_its_result_loads(tmp_path):
    torch.manual_seed(0)
    aligner = TsukasaTextAligner(tiny_config().text_aligner_config)
    before = copy.deepcopy(aligner.state_dict())
    trainer = AlignerTrainer(
        AlignerModels(aligner),
        TsukasaTrainingArguments(**options(tmp_path, max_steps=12, learning_rate=3e-3)),
        train_dataset=Hums(),
        data_collator=TsukasaDataCollator(),
    )
    trainer.train()
    history = losses_of(trainer)
    for name in ("ctc", "s2s"):
        assert sum(entry[name] for entry in history[-4:]) < 0.95 * sum(entry[name] for entry in history[:4])
    still = [name for name, value in aligner.state_dict().items() if torch.equal(value, before[name])]
    assert still == ["cosine_transform"]
    trainer.export(tmp_path / "aligner")
    loaded = TsukasaTextAligner.from_pretrained(tmp_path / "aligner")
    assert all(torch.equal(value, aligner.state_dict()[name]) for name, value in loaded.state_dict().items())


def test_the_pitch_extractor_learns_and_its_result_loads(tmp_path):
    torch.manual_seed(0)
    extractor = TsukasaPitchExtractor(tiny_config().pitch_extractor_config)
    before = copy.deepcopy(extractor.state_dict())
    trainer = PitchTrainer(
        PitchModels(extractor, 40),
        PitchArguments(**options(tmp_path, max_steps=16, learning_rate=2e-2, max_crop_frames=40)),
        train_dataset=Hums(),
        data_collator=TsukasaDataCollator(),
    )
    trainer.train()
    history = losses_of(trainer)
    for name in ("f0", "voicing"):
        assert sum(entry[name] for entry in history[-6:]) < 0.9 * sum(entry[name] for entry in history[:6])
    assert not [name for name, value in extractor.state_dict().items() if torch.equal(value, before[name])]
    trainer.export(tmp_path / "pitch")
    TsukasaPitchExtractor.from_pretrained(tmp_path / "pitch")


def test_models_of_one_stage_put_weight_norm_on(tmp_path):
    config = tiny_config()
    aligner = TsukasaTextAligner(config.text_aligner_config)
    voice = tiny_model(config=config)
    Stage1Models(voice, aligner, AlignmentPlan("ctc"), 80)
    assert voice.config.weight_norm and any("parametrizations" in name for name in voice.state_dict())
