# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""New voices for a frozen network: what changes, what comes out, and what is refused."""

import copy
import json

import pytest
import torch
from safetensors.torch import load_file

from support.corpora import prepare_tones
from support.tiny import CONFIGS, save_speaking, tiny_config, tiny_model, tokens, with_trained_prosody
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner


pytest.importorskip("accelerate")
pytest.importorskip("datasets")
pytest.importorskip("swift_f0")

from support.training_toys import SHORT_RUN
from support.voice_toys import small_family_model, voice_trainer
from transformers_tsukasa.data.corpus import PreparedCorpus
from transformers_tsukasa.synthesis.speaker import Speaker
from transformers_tsukasa.training import VoiceArguments, VoiceTrainer
from transformers_tsukasa.training.recipes.voice import STYLES_FILE, starting_styles
from transformers_tsukasa.training.recipes.voice_styles import VoiceStyles, length_shares


LOSSES = ("mel", "duration", "duration_ce", "f0", "energy")


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())


@pytest.mark.parametrize("kind", ["as Kokoro", "as Tsukasa"])
def test_a_voice_is_learned_and_the_network_stays(tmp_path, kind):
    tts = small_family_model() if kind == "as Kokoro" else with_trained_prosody(tiny_model())
    tts.voices.add("old", torch.zeros(16))
    before, config = copy.deepcopy(tts.state_dict()), tts.config.to_dict()
    trainer = voice_trainer(tmp_path, tts, max_steps=8)
    start, first = trainer.model.styles.tables(), trainer.evaluate()
    trainer.train()
    last = trainer.evaluate()
    assert same(before, tts.state_dict()) and tts.config.to_dict() == config
    assert not torch.equal(start, trainer.model.styles.tables())
    assert last["eval_loss"] < 0.95 * first["eval_loss"], (first, last)  # of texts that were not learned from
    assert set(LOSSES) <= {name.removeprefix("eval_") for name in last}

    folder = trainer.export(tmp_path / "final")
    made = TsukasaModelForConditionalGeneration.from_pretrained(folder)
    assert same(before, made.state_dict())
    assert set(made.voices) == {"hum", "old"} and made.generation_config.voice == "hum"
    assert made.voices.describe("hum") == "learned from 4 utterances"
    learned = trainer.model.styles(torch.tensor([0, 0]), torch.tensor([15, 300])).detach()
    assert torch.allclose(torch.stack([made.voices.style("hum", count) for count in (15, 300)]), learned)
    options = {"alpha": 0.0, "beta": 0.0, "noise_scale": 0.0}
    spoken = made.generate(**tokens("koɴnitɕiwa."), voice="hum", **options)
    assert torch.allclose(spoken.style_vector[0], made.voices.style("hum", 11))
    assert not torch.equal(spoken.waveform, made.generate(**tokens("koɴnitɕiwa."), voice="old", **options).waveform)


def test_speech_teaches_the_acoustic_half_and_predictions_the_prosodic_one(tmp_path):
    trainer = voice_trainer(tmp_path)
    phase, added = trainer.phases[0], trainer.model.styles.added
    trainer.let_learn(phase)
    batch = trainer.data_collator([trainer.train_dataset[index] for index in range(2)])
    losses = trainer.compute_losses(trainer.model(phase=phase, batch=batch), batch, phase)
    assert set(losses) == set(LOSSES)
    for name, loss in losses.items():
        (gradient,) = torch.autograd.grad(loss, added, retain_graph=True)
        acoustic, prosodic = gradient.split(8, dim=-1)
        assert bool(acoustic.any()) == (name == "mel") and bool(prosodic.any()) == (name != "mel"), name


def test_an_update_speaks_some_crops_and_an_evaluation_one_of_every_utterance(tmp_path):
    trainer = voice_trainer(tmp_path, max_crops=2)
    phase = trainer.phases[0]
    trainer.let_learn(phase)
    batch = trainer.data_collator([trainer.train_dataset[index] for index in range(4)])
    for train, crops in ((trainer.model.train_container, 2), (trainer.model.eval, 4)):
        train()
        outputs = trainer.model(phase=phase, batch=batch)
        assert len(outputs["generated"]) == len(outputs["recorded"]) == crops
        assert outputs["f0"].shape == batch["f0"].shape  # contours are of complete utterances


@pytest.mark.parametrize("delay", [0, 1])
def test_alignments_are_times_of_the_sound(tmp_path, delay):
    """With the style that spoke, predictions along them are those of the speech, whatever the model's delay."""
    tts = small_family_model()
    tts.config.alignment_delay = delay
    trainer = voice_trainer(tmp_path, tts, rank=0)
    style = 2.0 * torch.randn(16, generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        trainer.model.styles.added[0, 0] = style
    right = trainer.evaluate()
    assert max(right["eval_f0"], right["eval_energy"]) < 1e-5
    for item in trainer.eval_dataset.items:  # a frame early
        item["durations"][0], item["durations"][-1] = item["durations"][0] - 1, item["durations"][-1] + 1
    early = trainer.evaluate()
    assert early["eval_f0"] > 1e-3


def test_a_run_resumes_as_if_it_had_not_stopped(tmp_path):
    shared = {"max_steps": 4, "save_strategy": "steps", "save_steps": 2, "ema_decay": 0.5}
    straight = voice_trainer(tmp_path / "straight", **shared)
    straight.train()
    checkpoint = tmp_path / "straight" / "checkpoint-2"
    assert (checkpoint / STYLES_FILE).is_file() and not list(checkpoint.glob("model*"))  # the network is not written
    resumed = voice_trainer(tmp_path / "resumed", **shared)
    resumed.train(resume_from_checkpoint=str(checkpoint))
    assert torch.equal(straight.model.styles.added, resumed.model.styles.added)
    assert straight.average is not None and resumed.average is not None
    assert same(straight.average.means, resumed.average.means)


def test_the_length_of_a_text_decides_its_share():
    shares = length_shares(rows=40, rank=2, shortest=5, longest=20)
    assert shares.shape == (40, 3) and torch.equal(shares[:, 0], torch.ones(40))
    middle = shares[10]  # the geometric mean of both ends
    torch.testing.assert_close(middle, torch.tensor([1.0, 0.0, -1.0]), atol=1e-6, rtol=0)
    assert torch.equal(shares[:5], shares[5].expand(5, -1)) and torch.equal(shares[21:], shares[20].expand(19, -1))
    assert shares[5:21, 1].diff().max() < 0  # no wave between the lengths of the corpus
    assert torch.isfinite(length_shares(4, 3, 7, 7)).all()
    for lengths in ((0, 4), (5, 4)):
        with pytest.raises(ValueError, match="lengths must rise from at least 1"):
            length_shares(8, 1, *lengths)


def test_styles_begin_as_they_are_given_and_move_together():
    start = torch.randn(2, 30, 4, generator=torch.Generator().manual_seed(0))
    styles = VoiceStyles(start, rank=1, shortest=4, longest=16)
    voices, counts = torch.tensor([0, 1, 1]), torch.tensor([3, 29, 80])
    assert torch.equal(styles(voices, counts), start[voices, counts.clamp(max=29)])
    with torch.no_grad():
        styles.added[1] = torch.randn(2, 4, generator=torch.Generator().manual_seed(1))
    tables = styles.tables()
    assert torch.equal(tables[0], start[0]) and not torch.isclose(tables[1], start[1]).all(dim=1).any()
    torch.testing.assert_close(styles(voices, counts).detach(), tables[voices, counts.clamp(max=29)])
    with pytest.raises(ValueError, match="rank must not be negative"):
        VoiceStyles(start, -1, 4, 16)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"length_rank": -1}, "length_rank must not be negative"),
        ({"max_crops": 0}, "max_crops must be at least 1"),
        ({"max_crop_frames": 81}, "max_crop_frames must be an even number of at least 80"),
        ({"alignments": "guessed"}, "alignments must be auto, cached or aligner"),
        ({"alignment_source": "guessed"}, "alignment_source must be auto, ctc or attention"),
    ],
)
def test_arguments_that_cannot_be_used_are_refused(tmp_path, values, sentence):
    with pytest.raises(ValueError, match=sentence):
        VoiceArguments(output_dir=str(tmp_path), use_cpu=True, **values)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return prepare_tones(tmp_path_factory.mktemp("corpus"), {"mei": 5, "taro": 4}, 1.3)


@pytest.fixture(scope="module")
def aligner(tmp_path_factory):
    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("aligner")
    TsukasaTextAligner(tiny_config().text_aligner_config).save_pretrained(folder)
    return folder


def test_where_voices_begin(corpus, caplog):
    prepared, tts = PreparedCorpus(corpus), small_family_model()
    with pytest.raises(ValueError, match="neither voices nor style encoders"):
        starting_styles(tts, prepared, None)
    table = torch.arange(48.0).reshape(3, 16)
    tts.voices.add("low", table)
    tts.voices.add("high", torch.zeros(16))
    mean = starting_styles(tts, prepared, None)
    assert mean.shape == (2, 511, 16) and torch.equal(mean[0, [0, 1, 2, 3, 510]], 0.5 * table[[0, 0, 1, 2, 2]])
    low = starting_styles(tts, prepared, "low")
    assert torch.equal(low[1, [1, 3, 400]], table[[0, 2, 2]])
    with pytest.raises(KeyError, match="no voice 'zoe'; it has low, high"):
        starting_styles(tts, prepared, "zoe")
    for name in ("mei", "taro"):
        tts.voices.add(name, torch.full((16,), float(len(name))))
    assert starting_styles(tts, prepared, None)[:, 7, 0].tolist() == [3, 4]
    styles = starting_styles(with_trained_prosody(tiny_model()), prepared, None)
    assert not torch.allclose(styles[0], styles[1]) and torch.equal(styles[:, 0], styles[:, 510])


def test_the_command_adds_a_voice_for_every_speaker(tmp_path, corpus, aligner, capsys):
    tts = small_family_model()
    tts.voices.add("old", 0.1 * torch.ones(16))
    save_speaking(tts, tmp_path / "model")
    run = {
        **SHORT_RUN,
        "model": str(tmp_path / "model"),
        "corpus": str(corpus),
        "aligner": str(aligner),
        "output_dir": str(tmp_path / "run"),
        "max_crop_frames": 80,
        "start_voice": "old",
    }
    config = tmp_path / "voice.yaml"
    config.write_text(json.dumps(run), encoding="utf-8")
    assert main(["train", "voice", str(config)]) == 0
    final = tmp_path / "run" / "final"
    assert capsys.readouterr().out.strip() == str(final)
    assert same(load_file(tmp_path / "model" / "model.safetensors"), load_file(final / "model.safetensors"))
    speaker = Speaker.load(final)
    assert set(speaker.voices) == {"old", "mei", "taro"} and speaker.model.generation_config.voice == "mei"
    assert speaker.speak("こんにちは。", voice="taro").waveform.any()
    # Trained on from there, with the voices of the same names.
    config.write_text(json.dumps({**run, "model": str(final), "start_voice": None, "max_steps": 1}), encoding="utf-8")
    assert main(["train", "voice", str(config), f"output_dir={tmp_path / 'more'}"]) == 0
    more = Speaker.load(tmp_path / "more" / "final").voices
    # An update moves each of the three vectors by the learning rate at most.
    assert 0 < (more["mei"] - speaker.voices["mei"]).abs().max() < 3.1 * VoiceArguments.learning_rate


def test_models_that_cannot_get_a_voice_are_refused(tmp_path, corpus):
    arguments = VoiceArguments(output_dir=str(tmp_path / "run"), **SHORT_RUN)
    with pytest.raises(ValueError, match="is a preset: voices are learned for a trained model"):
        VoiceTrainer.from_pretrained(CONFIGS / "tiny.yaml", arguments, corpus)
    save_speaking(tiny_model(), tmp_path / "untrained")
    with pytest.raises(ValueError, match="has never been trained, as after stage 1, but a voice needs"):
        VoiceTrainer.from_pretrained(tmp_path / "untrained", arguments, corpus)
    tts = small_family_model()
    tts.voices.add("old", torch.zeros(16))
    save_speaking(tts, tmp_path / "model")
    with pytest.raises(ValueError, match="neither a text aligner nor alignments of the corpus: name `aligner`"):
        VoiceTrainer.from_pretrained(tmp_path / "model", arguments, corpus)


def test_lengths_are_counted_without_pads(tmp_path):
    trainer = voice_trainer(tmp_path)
    seen = []
    styles = trainer.model.styles.forward
    trainer.model.styles.forward = lambda voices, counts: seen.append(counts) or styles(voices, counts)
    batch = trainer.data_collator([trainer.train_dataset[index] for index in (0, 3)])
    trainer.model(phase=trainer.phases[0], batch=batch)
    assert seen[0].tolist() == [14, 17] and batch["attention_mask"].sum(dim=1).tolist() == [16, 19]
