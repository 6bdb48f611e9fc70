# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Two dozen sentences spoken on the spot go through every stage of training, by the command line, and are spoken.

Every fixture is a link of the chain and stands on the one before; the tests say what each link gives.
"""

import io
import json
import shutil
from contextlib import redirect_stderr
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile
import torch
from safetensors.torch import load_file
from transformers import AlbertModel

from support.devices import USE_CPU
from support.text_toys import MANNERS, STYLE_ENCODERS
from support.tiny import CONFIGS, tiny_config
from support.tiny_speech_models import save_tiny_whisper
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.processing_tsukasa import TsukasaProcessor
from transformers_tsukasa.models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from transformers_tsukasa.models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner


pytest.importorskip("accelerate")
pytest.importorskip("datasets")
pytest.importorskip("swift_f0")

pytestmark = pytest.mark.slow

SENTENCES = (
    "今日はいい天気です。",
    "明日は雨が降ります。",
    "駅まで歩きましょう。",
    "猫が庭で寝ています。",
    "本を一冊読みました。",
    "海の色は青いです。",
    "電車が少し遅れます。",
    "朝ご飯を食べました。",
    "山の上は寒いですね。",
    "花がきれいに咲いた。",
    "夜の町は静かです。",
    "友達に手紙を書いた。",
    "犬が川で泳いでいる。",
    "窓を開けてください。",
    "新しい靴を買った。",
    "姉は歌が上手です。",
    "お茶をもう一杯どうぞ。",
    "橋の下を船が通る。",
    "空に星が見えます。",
    "父は庭で木を切る。",
    "少し休みましょうか。",
    "店は九時に開きます。",
    "子供が公園で遊ぶ。",
    "風が強くなりました。",
)
# Both far above the pitch that an untrained model begins with, so that few updates show which way it goes.
SPEAKERS = {"mei": {"speed": 1.0, "half_tone": 7.0}, "taro": {"speed": 1.25, "half_tone": 4.0}}


class Run(NamedTuple):
    """The result of a run of training, what it printed, and its log of every update."""

    result: Path
    printed: str
    entries: list[dict]

    def values(self, name):
        return [entry[name] for entry in self.entries if name in entry]

    def assert_falls(self, name, factor):
        values = self.values(name)
        third = len(values) // 3
        assert third >= 3 and np.mean(values[-third:]) < factor * np.mean(values[:third]), (name, values)


def train(part, folder, *changes, resume=False, **config):
    """Runs `tsukasa train`, which must succeed, with what all runs of this file share."""
    shared = {
        "model": str(CONFIGS / "tiny.yaml"),
        "output_dir": str(folder / part),
        "learning_rate": 3e-3,
        "adam_beta1": 0.9,
        "logging_steps": 1,
        "save_strategy": "steps",
        "save_steps": config["max_steps"],
        "use_cpu": USE_CPU,
        "report_to": "none",
        "disable_tqdm": True,
    }
    path, printed = folder / f"{part}.json", io.StringIO()
    path.write_text(json.dumps({**shared, **config}), encoding="utf-8")
    with redirect_stderr(printed):
        code = main(["train", part, str(path), *changes, *(["--resume"] if resume else [])])
    assert code == 0, printed.getvalue()
    state = max((folder / part).glob("checkpoint-*/trainer_state.json"), key=lambda file: file.stat().st_mtime_ns)
    history = json.loads(state.read_text(encoding="utf-8"))["log_history"]
    return Run(folder / part / "final", printed.getvalue(), [entry for entry in history if "loss" in entry])


def say(folder, run, *style):
    """Synthesizes a sentence, which must be finite and not silent."""
    spoken = folder / "spoken.wav"
    assert main(["say", "海は青い。", "-o", str(spoken), "--model", str(run.result), "--seed", "1", *style]) == 0
    samples, rate = soundfile.read(spoken)
    assert rate == 24000 and len(samples) > 0.1 * rate and np.isfinite(samples).all()
    assert np.sqrt(np.mean(samples**2)) > 1e-3
    return samples


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("chain")


@pytest.fixture(scope="module")
def clip(corpus):
    """A recording to speak like."""
    return corpus.parent / "source" / "00.wav"


@pytest.fixture(scope="module")
def corpus(folder):
    pyopenjtalk = pytest.importorskip("pyopenjtalk")
    source = folder / "source"
    source.mkdir()
    rows = []
    for number, text in enumerate(SENTENCES):
        speaker = list(SPEAKERS)[number % 2]
        samples, rate = pyopenjtalk.tts(text, **SPEAKERS[speaker])
        soundfile.write(source / f"{number:02d}.wav", (samples / 32768).astype(np.float32), rate)
        rows.append(
            {"audio": f"{number:02d}.wav", "text": text, "speaker": speaker, "description": MANNERS[number % 2]}
        )
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (source / "list.jsonl").write_text("\n".join(lines), encoding="utf-8")
    command = ["prepare", str(source), str(folder / "corpus"), "--config", str(CONFIGS / "tiny.yaml")]
    assert main([*command, "--validation", "0.1", "--workers", "1", "--quiet"]) == 0
    return folder / "corpus"


@pytest.fixture(scope="module")
def aligner(folder, corpus):
    run = train("aligner", folder, corpus=str(corpus), max_steps=15, max_frames_per_batch=1200)
    assert main(["prepare", str(corpus), "--aligner", str(run.result), "--quiet"]) == 0
    return run


@pytest.fixture(scope="module")
def pitch(folder, corpus):
    return train("pitch", folder, corpus=str(corpus), max_steps=15, max_frames_per_batch=1200)


@pytest.fixture(scope="module")
def plbert(folder, corpus):
    return train("plbert", folder, corpus=str(corpus), max_steps=40, max_tokens_per_batch=200, learning_rate=1e-2)


@pytest.fixture(scope="module")
def whisper(folder):
    save_tiny_whisper(folder / "whisper")
    return str(folder / "whisper")


@pytest.fixture(scope="module")
def stage1(folder, corpus, aligner, whisper):
    """Stopped in the middle of its first phase, and gone on with."""
    config = {
        "corpus": str(corpus),
        "aligner": str(aligner.result),
        "speech_language_model": whisper,
        "max_frames_per_batch": 600,
        "max_crop_frames": 80,
        "max_steps": 24,
        "save_steps": 8,
        "tma_step": 18,
    }
    train("stage1", folder, "max_steps=8", **config)
    return train("stage1", folder, resume=True, **config)


@pytest.fixture(scope="module")
def stage2(folder, corpus, stage1, plbert, whisper):
    return train(
        "stage2",
        folder,
        corpus=str(corpus),
        model=str(stage1.result),
        plbert=str(plbert.result),
        speech_language_model=whisper,
        learning_rates={"prosody_predictor": 3e-2},
        max_frames_per_batch=1000,
        max_crop_frames=80,
        max_steps=28,
        diffusion_step=18,
        joint_step=23,
        slm_every=2,
        slm_min_frames=40,
        slm_max_frames=80,
    )


@pytest.fixture(scope="module")
def stage3(folder, corpus, stage2):
    return train(
        "stage3",
        folder,
        corpus=str(corpus),
        model=str(stage2.result),
        max_tokens_per_batch=2000,
        max_steps=10,
        learning_rate=1e-3,
        **STYLE_ENCODERS,
    )


def test_the_aligner_learns_and_aligns_the_corpus(aligner, corpus):
    from transformers_tsukasa.data.corpus import PreparedCorpus
    from transformers_tsukasa.data.dataset import TsukasaDataset

    aligner.assert_falls("ctc", 0.9)
    config = json.loads((aligner.result / "config.json").read_text(encoding="utf-8"))
    assert config["features"] == PreparedCorpus(corpus).audio_config.features
    for row in TsukasaDataset(PreparedCorpus(corpus), "train", seed=0):
        assert int(row["durations"].sum()) == row["mel"].shape[-1] // 2


def test_the_pitch_extractor_learns_f0(pitch):
    pitch.assert_falls("f0", 0.96)


def test_the_phoneme_language_model_learns(plbert):
    plbert.assert_falls("loss", 0.95)


def test_stage_1_goes_on_where_it_stopped_and_is_not_overwritten(stage1, folder, capsys):
    assert [entry["step"] for entry in stage1.entries] == list(range(1, 25))
    assert main(["train", "stage1", str(folder / "stage1.json")]) == 1
    assert "resume it with --resume" in capsys.readouterr().err


def test_stage_1_learns_to_reconstruct_and_then_has_discriminators(stage1):
    stage1.assert_falls("mel", 0.93)
    assert "phase 'adversarial' from update 18; learns: " in stage1.printed and "does NOT run" not in stage1.printed
    adversarial_names = ["adversarial", "discriminator", "slm_features", "monotonic", "s2s", "ctc"]
    for entry in stage1.entries:
        assert all((name in entry) == (entry["step"] > 18) for name in adversarial_names), entry


def test_stage_1_speaks(tmp_path, stage1, clip):
    say(tmp_path, stage1, "--reference", str(clip))


def test_stage_2_learns_durations_and_f0(stage2):
    stage2.assert_falls("duration", 0.5)
    stage2.assert_falls("f0", 0.96)


def test_stage_2_goes_through_its_phases_with_every_loss(stage2):
    assert "alignments are the cached ones of the corpus" in stage2.printed and "does NOT run" not in stage2.printed
    for phase, step in (("prosody", 0), ("diffusion", 18), ("joint", 23)):
        assert f"phase '{phase}' from update {step}; learns: " in stage2.printed
    for entry in stage2.entries:
        drawn = ["diffusion", "style", "adversarial", "slm_features", "discriminator"]
        assert all((name in entry) == (entry["step"] > 18) for name in drawn), entry
        adversarial_names = {name for name in ("slm_adversarial", "slm_discriminator") if name in entry}
        assert not adversarial_names or entry["step"] > 23
    assert len(stage2.values("slm_adversarial")) >= 2 and min(stage2.values("slm_discriminator")) > 0
    assert np.isfinite(stage2.values("loss")).all()


def test_stage_2_carries_what_was_learned_before_it(stage2, plbert):
    voice = TsukasaModelForConditionalGeneration.from_pretrained(stage2.result)
    assert voice.config.style_diffusion_config.sigma_data != tiny_config().style_diffusion_config.sigma_data
    learned = AlbertModel.from_pretrained(plbert.result).state_dict()
    name = "embeddings.word_embeddings.weight"
    torch.manual_seed(0)
    fresh = AlbertModel(tiny_config().plbert_config).state_dict()[name]
    now = voice.plbert.state_dict()[name]
    assert (now - learned[name]).norm() < 0.5 * (now - fresh).norm()


def test_stage_3_answers_descriptions_and_texts_with_a_style_of_the_recordings(stage3):
    """That its losses fall is shown elsewhere: the styles of a model after so few updates hardly differ."""
    assert "learns: prompt_encoder, text_sampler" in stage3.printed
    model = TsukasaModelForConditionalGeneration.from_pretrained(stage3.result).eval()
    processor = TsukasaProcessor.from_pretrained(stage3.result)
    with np.load(stage3.result.parent / "styles" / "train.npz") as kept:
        mean = torch.from_numpy(kept["styles"]).mean(dim=0)
    for encoder, tokenizer, words in (
        (model.prompt_encoder, processor.prompt_tokenizer, MANNERS[0]),
        (model.text_sampler, processor.text_tokenizer, SENTENCES[0]),
    ):
        with torch.no_grad():
            style = encoder(torch.tensor([tokenizer(words)["input_ids"]]))[0]
        assert (style - mean).norm() < 0.2 * mean.norm()


@pytest.mark.parametrize("style", ["reference", "prompt", "text"])
def test_the_model_of_all_stages_speaks(tmp_path, stage3, clip, style):
    options = {
        "reference": ["--reference", str(clip)],
        "prompt": ["--prompt", MANNERS[0]],
        "text": ["--style-from-text"],
    }
    say(tmp_path, stage3, *options[style])


@pytest.fixture(scope="module")
def in_bfloat16(folder, aligner, pitch, stage1, stage2):
    """Results saved in bfloat16, to save space."""
    copies = folder / "bfloat16"
    for run in (aligner, pitch, stage1, stage2):
        shutil.copytree(run.result, copies / run.result.parent.name)
    for place, model_class in (
        ("aligner", TsukasaTextAligner),
        ("pitch", TsukasaPitchExtractor),
        ("stage1", TsukasaModelForConditionalGeneration),
        ("stage1/text_aligner", TsukasaTextAligner),
        ("stage1/discriminators", TsukasaDiscriminators),
        ("stage2", TsukasaModelForConditionalGeneration),
        ("stage2/text_aligner", TsukasaTextAligner),
        ("stage2/discriminators", TsukasaDiscriminators),
    ):
        model_class.from_pretrained(copies / place, dtype=torch.bfloat16).save_pretrained(copies / place)
        assert model_class.from_pretrained(copies / place).dtype == torch.bfloat16
    return copies


@pytest.mark.parametrize("part", ["aligner", "pitch", "stage1", "stage2", "finetune"])
def test_a_folder_in_bfloat16_is_trained_in_float32(tmp_path, corpus, in_bfloat16, part):
    config = {"max_steps": 1, "max_frames_per_batch": 300, "max_crop_frames": 80}
    if part == "aligner":
        del config["max_crop_frames"]
    if part == "stage1":
        config["aligner"] = str(in_bfloat16 / "aligner")
        config["discriminators"] = str(in_bfloat16 / "stage1" / "discriminators")
    start = {"stage2": "stage1", "finetune": "stage2"}.get(part, part)
    model = in_bfloat16 / start
    run = train(part, tmp_path, corpus=str(corpus), model=str(model), **config)
    files = list(run.result.rglob("model.safetensors"))
    assert len(files) == (1 if part in ("aligner", "pitch") else 3)
    for file in files:
        assert {value.dtype for value in load_file(file).values() if value.is_floating_point()} == {torch.float32}


def test_an_aligner_in_bfloat16_aligns_a_corpus(tmp_path, corpus, in_bfloat16):
    shutil.copytree(corpus, tmp_path / "corpus")
    command = ["prepare", str(tmp_path / "corpus"), "--aligner", str(in_bfloat16 / "aligner")]
    assert main([*command, "--overwrite", "--quiet"]) == 0
