# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import io
import logging

import numpy as np
import pytest
import soundfile
import torch


pytest.importorskip("accelerate")
pytest.importorskip("tensorboard")

from support.stage1_toys import Hums, options, stage1_trainer
from support.stage2_toys import stage2_trainer
from support.tiny import tiny_config
from support.training_toys import ToyDataset, make_trainer
from transformers_tsukasa.data.collator import TsukasaDataCollator
from transformers_tsukasa.models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from transformers_tsukasa.training.logs.logged_samples import curves, picture_of, samples_of, stacked
from transformers_tsukasa.training.recipes.pitch import PitchArguments, PitchModels, PitchTrainer


def logged(folder):
    """Everything that TensorBoard would show."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (event_file,) = folder.rglob("events.out.tfevents.*")
    events = EventAccumulator(str(event_file), size_guidance={"audio": 0, "images": 0})
    events.Reload()
    return events


def read_picture(events, tag):
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(events.Images(tag)[-1].encoded_image_string)))


def test_sounds_and_pictures_of_an_evaluation(tmp_path):
    evaluation = {"eval_strategy": "steps", "eval_steps": 1, "num_logged_samples": 2, "report_to": "tensorboard"}
    trainer = stage1_trainer(tmp_path, tma_step=0, max_steps=2, **evaluation)
    trainer.train()
    events = logged(tmp_path)
    sounds = {f"utterance_{place}/{name}" for place in (0, 1) for name in ("recorded", "generated")}
    assert set(events.Tags()["audio"]) == sounds
    pictures = {"spectrogram", "soft_alignment", "alignment"}
    assert set(events.Tags()["images"]) == {f"utterance_{place}/{name}" for place in (0, 1) for name in pictures}
    assert [event.step for event in events.Audio("utterance_0/generated")] == [1, 2]

    again = list(trainer.samples(2))
    for name in ("recorded", "generated"):
        sound, rate = soundfile.read(io.BytesIO(events.Audio(f"utterance_1/{name}")[-1].encoded_audio_string))
        assert rate == 24000 and sound == pytest.approx(again[1][name].clamp(-1, 1).numpy(), abs=1e-3)
    for name in pictures:
        assert np.array_equal(read_picture(events, f"utterance_0/{name}"), picture_of(again[0][name].numpy()))
    assert again[0]["recorded"].shape == (80 * 300,) and not torch.equal(again[0]["recorded"], again[1]["recorded"])


def test_logging_samples_changes_nothing(tmp_path):
    states = {}
    for name, count in (("logged", 1), ("plain", 0)):
        trainer = stage1_trainer(
            tmp_path / name, tma_step=1, ema_decay=0.5, soft_alignment_share=0.5, num_logged_samples=count,
            eval_strategy="steps", eval_steps=1, report_to="tensorboard",
        )  # fmt: skip
        trainer.train()
        states[name] = trainer.model.state_dict()
    assert all(torch.equal(value, states["plain"][name]) for name, value in states["logged"].items())
    assert logged(tmp_path / "logged").Tags()["audio"] and not logged(tmp_path / "plain").Tags()["audio"]


def test_without_tensorboard_it_is_logged_once(tmp_path, caplog):
    trainer = make_trainer(tmp_path, eval_dataset=ToyDataset(4), eval_strategy="steps", eval_steps=1)
    with caplog.at_level(logging.INFO, logger="transformers_tsukasa"):
        trainer.train()
    assert caplog.text.count("TensorBoard is not among report_to") == 1


def test_a_number_that_cannot_be(tmp_path):
    with pytest.raises(ValueError, match="num_logged_samples must not be negative, got -1"):
        make_trainer(tmp_path, num_logged_samples=-1)


def test_the_pitch_extractor_shows_its_curve_over_the_true_one(tmp_path):
    torch.manual_seed(0)
    extractor = TsukasaPitchExtractor(tiny_config().pitch_extractor_config)
    arguments = PitchArguments(**options(tmp_path, max_crop_frames=40, eval_strategy="steps", eval_steps=2))
    trainer = PitchTrainer(
        PitchModels(extractor, 40), arguments, eval_dataset=Hums(), train_dataset=Hums(),
        data_collator=TsukasaDataCollator(),
    )  # fmt: skip
    (sample,) = trainer.samples(1)
    assert set(sample) == {"f0"} and sample["f0"].shape[1] == 40


def test_stage_2_shows_speech_alignment_and_curves(tmp_path):
    for steps in ({"diffusion_step": 8, "joint_step": 9}, {"diffusion_step": 0, "joint_step": 0}):
        (sample,) = stage2_trainer(tmp_path, **steps).samples(1)
        assert set(sample) == {"recorded", "generated", "spectrogram", "alignment", "f0", "energy"}
        assert sample["generated"].shape == sample["recorded"].shape and torch.isfinite(sample["generated"]).all()


def test_more_samples_than_utterances_are_all_utterances(tmp_path):
    assert len(list(stage1_trainer(tmp_path, tma_step=9, num_logged_samples=9).samples(9))) == 4


def test_colours_rise_with_the_heights():
    heights = np.array([[0.0, 1.0], [2.0, 4.0]])
    picture = picture_of(heights)
    assert picture.shape == (160, 160, 3) and picture.dtype == np.uint8
    brightness = picture.astype(int).sum(axis=-1)
    low, next_low, next_high, high = brightness[159, 0], brightness[159, 159], brightness[0, 0], brightness[0, 159]
    assert low < next_low < next_high < high  # the first row is below
    assert np.array_equal(picture_of(np.array([[np.nan, 1.0, np.inf]]))[0, 0], picture_of(np.zeros((1, 1)))[0, 0])
    assert (picture_of(np.full((3, 3), 7.0)) == picture_of(np.zeros((3, 3)))).all()


def test_curves_are_lines():
    table = curves(np.array([0.0, 1.0, 1.0]), np.array([0.0, 0.0, 0.5]))
    assert table[0].tolist() == [1.0, 1.0, 1.0] and table[-1].tolist() == [0.0, 0.5, 0.5]
    assert (table[:, 1] > 0).all()  # the steep rise of the first curve
    assert stacked(np.zeros((2, 5)), np.ones((3, 4))).shape == (7, 4)


def test_what_a_model_does_not_give_is_not_shown():
    assert samples_of({"token_logits": torch.zeros(1, 2, 3)}) == {}
