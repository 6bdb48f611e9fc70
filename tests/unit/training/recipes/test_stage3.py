# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import copy
import json
import shutil

import numpy as np
import pytest
import soundfile
import torch
from transformers import AutoConfig, AutoModel

from support.corpora import RATE, hum
from support.devices import USE_CPU
from support.launching import assert_equal_weights, launch
from support.text_toys import (
    MANNERS,
    ROWS,
    SENTENCES,
    STYLE_ENCODERS,
    STYLES,
    Letters,
    stage3_trainer,
)
from support.tiny import CONFIGS, tiny_model, with_trained_prosody
from support.training_toys import losses_of
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.data.style_texts import (
    PROMPT,
    TEXT,
    Reader,
    StyleRow,
    StyleTextCollator,
    StyleTexts,
    inputs_of,
)
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.processing_tsukasa import TsukasaProcessor
from transformers_tsukasa.text.kotodama.kotodama_vocabulary import train_prompt_tokenizer, train_text_tokenizer


pytest.importorskip("accelerate")

from transformers_tsukasa.models.tsukasa.processor_files import save_companions


def moved_parts_of(voice, run):
    before = {name: copy.deepcopy(part.state_dict()) for name, part in voice.named_children()}
    run()
    return {
        name
        for name, part in voice.named_children()
        if any(not torch.equal(value, before[name][key]) for key, value in part.state_dict().items())
    }


@pytest.mark.parametrize(
    ("readers", "learns"),
    [
        ((PROMPT, TEXT), {"prompt_encoder", "text_sampler"}),
        ((PROMPT,), {"prompt_encoder"}),
        ((TEXT,), {"text_sampler"}),
    ],
)
def test_the_encoders_learn_and_the_voice_stays(tmp_path, readers, learns):
    trainer = stage3_trainer(tmp_path, readers=readers)
    assert moved_parts_of(trainer.model.tts, trainer.train) == learns
    entry = losses_of(trainer)[-1]
    assert {name for name in (PROMPT, TEXT) if name in entry} == set(readers)
    assert entry["loss"] == pytest.approx(sum(entry[name] for name in readers), rel=1e-4)


def test_losses_fall_below_those_of_the_mean_style(tmp_path):
    trainer = stage3_trainer(tmp_path, max_steps=80, max_tokens_per_batch=400)
    first = trainer.evaluate()
    trainer.train()
    last = trainer.evaluate()
    variance = (STYLES - STYLES.mean(dim=0)).square().mean().item()
    for name in (PROMPT, TEXT):
        assert last[f"eval_{name}_baseline"] == pytest.approx(variance, rel=1e-3)
        assert last[f"eval_{name}_cosine"] > first[f"eval_{name}_cosine"]
        assert last[f"eval_{name}_explained"] == pytest.approx(1 - last[f"eval_{name}"] / variance, abs=1e-3)
        assert first[f"eval_{name}_explained"] < 0.1 and last[f"eval_{name}_explained"] > 0.5


@pytest.mark.parametrize("stop", [1, 3])
def test_a_resumed_run_is_the_straight_run(tmp_path, stop):
    changes = {"max_steps": 5, "ema_decay": 0.9, "speaker_share": 0.5}
    straight = stage3_trainer(tmp_path / "a", **changes)
    straight.train()
    stage3_trainer(tmp_path / "b", **changes, save_strategy="steps", save_steps=stop).train()
    resumed = stage3_trainer(tmp_path / "c", **changes)
    resumed.train(resume_from_checkpoint=str(tmp_path / "b" / f"checkpoint-{stop}"))
    assert [entry["loss"] for entry in losses_of(resumed)[stop:]] == pytest.approx(
        [entry["loss"] for entry in losses_of(straight)[stop:]], abs=1e-5
    )
    weights = [{"state": trainer.model.state_dict()} for trainer in (straight, resumed)]
    assert_equal_weights(*weights, rtol=0, atol=1e-6)


def test_the_mean_of_the_weights_is_exported(tmp_path):
    trainer = stage3_trainer(tmp_path, ema_decay=0.9, max_steps=3)
    trainer.train()
    trainer.export(tmp_path / "voice")
    weight = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "voice").prompt_encoder.out_proj.weight
    torch.testing.assert_close(weight, trainer.average.means["prompt_encoder.out_proj.weight"])
    assert not torch.equal(weight, trainer.model.prompt_encoder.out_proj.weight)


@pytest.mark.slow
def test_two_processes_are_one_with_the_joined_batch(tmp_path):
    # All eight rows in every update, four on each process.
    # The gradient of a key's bias is zero but for rounding, which Adam must not divide by itself.
    changes = ["max_tokens_per_batch=400", "max_steps=3", "adam_epsilon=0.0001"]
    (joined,), _ = launch(1, tmp_path / "one", "stage3", *changes)
    parts, _ = launch(2, tmp_path / "two", "stage3", "max_batch_size=4", *changes)
    assert_equal_weights(parts[0], parts[1], rtol=0, atol=0)
    assert_equal_weights(joined, parts[0], rtol=1e-4, atol=1e-5)
    for name in ("prompt", "text", "prompt_cosine", "text_baseline"):
        assert parts[0]["history"][-1][name] == pytest.approx(joined["history"][-1][name], rel=1e-4)


# What is read


def test_rows_without_a_description_teach_the_text_sampler_alone(tmp_path, caplog):
    rows = [*ROWS[:5], StyleRow("", "声だけ"), StyleRow("雨です。", " ", "mei"), StyleRow("")]
    readers = {PROMPT: Reader(Letters()), TEXT: Reader(Letters(), 40)}
    data = StyleTexts(rows, STYLES, readers)
    assert data.counts == {PROMPT: 5, TEXT: 6} and [item["index"] for item in data] == [0, 1, 2, 3, 4, 6]
    assert "3 of 8 rows have no text or no description, for the prompt encoder" in caplog.text
    assert "2 of 8 rows have no text, for the text sampler" in caplog.text
    batch = StyleTextCollator({PROMPT: 0, TEXT: 0})([data[5], data[1]])
    assert torch.equal(batch["prompt_styles"], STYLES[[1]]) and torch.equal(batch["text_styles"], STYLES[[6, 1]])
    assert batch["indices"].tolist() == [6, 1]
    # A batch of rows that have none.
    trainer = stage3_trainer(tmp_path, rows=rows, max_batch_size=1, max_steps=6)
    trainer.train()
    assert ["prompt" in entry for entry in losses_of(trainer)].count(False) == 1


def test_the_text_sampler_gets_the_speaker_now_and_then():
    row = ROWS[0]
    assert inputs_of(TEXT, row, with_speaker=True) == [row.text, f"mei: {row.text}"]
    assert inputs_of(PROMPT, row, with_speaker=True) == [f"{MANNERS[0]} \n text: {row.text}"]
    data = StyleTexts(ROWS[:1], STYLES[:1], {TEXT: Reader(Letters(), 40)}, speaker_share=0.5)
    seen = set()
    for epoch in range(20):
        data.set_epoch(epoch)
        seen.add(len(data[0][TEXT]))
    assert seen == {len(row.text) + 2, len(row.text) + 7} and data.token_counts.tolist() == [len(row.text) + 7]


def test_texts_are_cut_to_the_positions_of_their_encoder(caplog):
    data = StyleTexts([StyleRow("あ" * 99)], STYLES[:1], {TEXT: Reader(Letters(), 40)})
    assert len(data[0][TEXT]) == 40 and data[0][TEXT][-1] == 3
    assert "1 texts are longer than their encoder reads, and are cut" in caplog.text


# Tokenizers from nothing


def test_tokenizers_are_made_of_texts(tmp_path):
    texts = [text for row in ROWS for text in inputs_of(PROMPT, row)]
    for train, name in ((train_prompt_tokenizer, "spm.model"), (train_text_tokenizer, "spiece.model")):
        folder = tmp_path / name
        tokenizer = train(texts, folder, 200)
        assert (folder / name).is_file() and len(tokenizer) <= 200
        again = type(tokenizer).from_pretrained(folder)
        for text in (*texts, "鷗[CLS]"):
            ids = tokenizer(text)["input_ids"]
            assert ids == again(text)["input_ids"] and max(ids) < len(tokenizer)
            assert (ids[0], ids[-1]) == (tokenizer.cls_token_id, tokenizer.sep_token_id) == (2, 3)
        assert tokenizer.unk_token_id not in tokenizer(texts[0])["input_ids"]
        with pytest.raises(ValueError, match="vocabulary of 10 pieces is too small"):
            train(texts, tmp_path / "small", 10)


# The command


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    pytest.importorskip("datasets")
    pytest.importorskip("swift_f0")
    folder = tmp_path_factory.mktemp("stage3")
    source = folder / "source"
    source.mkdir()
    lines = []
    for number in range(12):
        manner = number % 2
        soundfile.write(source / f"{number:02d}.wav", hum(1.2, (220.0, 110.0)[manner] + number, seed=number), RATE)
        row = {
            "audio": f"{number:02d}.wav",
            "text": SENTENCES[number % 4],
            "speaker": ("mei", "taro")[manner],
            "description": MANNERS[manner],
        }
        lines.append(json.dumps(row, ensure_ascii=False))
    (source / "list.jsonl").write_text("\n".join(lines), encoding="utf-8")
    command = ["prepare", str(source), str(folder / "corpus"), "--workers", "1", "--quiet", "--validation", "0.3"]
    assert main([*command, "--min-frames-per-token", "1"]) == 0
    return folder / "corpus"


@pytest.fixture(scope="module")
def voice(tmp_path_factory):
    folder = tmp_path_factory.mktemp("voice")
    model = with_trained_prosody(tiny_model())
    model.save_pretrained(folder)
    save_companions(model.config, folder)
    return folder


def write_config(tmp_path, **values):
    path = tmp_path / "run.json"
    shared = {
        "output_dir": str(tmp_path / "run"),
        "max_tokens_per_batch": 200,
        "max_steps": 3,
        "save_steps": 3,
        "logging_steps": 1,
        "use_cpu": USE_CPU,
        "report_to": "none",
        "disable_tqdm": True,
    }
    path.write_text(json.dumps({**shared, **values}), encoding="utf-8")
    return str(path)


def test_from_a_corpus_to_a_voice_that_follows_descriptions(tmp_path, corpus, voice, capsys):
    config = write_config(
        tmp_path, model=str(voice), corpus=str(corpus), eval_strategy="steps", eval_steps=3, **STYLE_ENCODERS
    )
    assert main(["train", "stage3", config]) == 0
    printed = capsys.readouterr()
    assert "a new tokenizer of" in printed.err and "learns: prompt_encoder, text_sampler" in printed.err
    run, result = tmp_path / "run", printed.out.strip().splitlines()[-1]
    entries = json.loads((run / "checkpoint-3" / "trainer_state.json").read_text(encoding="utf-8"))["log_history"]
    assert any("eval_prompt_explained" in entry and "eval_text_baseline" in entry for entry in entries)

    # The targets are what a clip of the recording would give.
    model = TsukasaModelForConditionalGeneration.from_pretrained(result).eval()
    processor = TsukasaProcessor.from_pretrained(result)
    from transformers_tsukasa.data.corpus import PreparedCorpus
    from transformers_tsukasa.data.preparation.encoded_audio import decode_audio

    rows = PreparedCorpus(corpus).open("train").with_format("arrow")
    samples, rate = decode_audio(rows[0]["audio"][0]["bytes"].as_py())
    features = processor(audio=samples[0], sampling_rate=rate, return_tensors="pt")
    with np.load(run / "styles" / "train.npz") as kept, torch.no_grad():
        styles = torch.from_numpy(kept["styles"])
        torch.testing.assert_close(styles[:1], model.encode_reference(**features), rtol=1e-3, atol=1e-4)

    # It resumes from its checkpoint, without encoding the recordings again.
    before = (run / "styles" / "train.npz").stat().st_mtime_ns
    assert main(["train", "stage3", config, "max_steps=4", "--resume"]) == 0
    assert (run / "styles" / "train.npz").stat().st_mtime_ns == before

    # It speaks, also a checkpoint.
    for place in (run / "final", run / "checkpoint-3"):
        for option in (["--prompt", MANNERS[0]], ["--style-from-text"]):
            spoken = tmp_path / "spoken.wav"
            assert main(["say", "はい。", "-o", str(spoken), "--model", str(place), *option, "--seed", "1"]) == 0
            samples, rate = soundfile.read(spoken)
            assert rate == 24000 and len(samples) > 2400 and np.isfinite(samples).all()

    # The encoders of a model are trained on, with its tokenizers.
    capsys.readouterr()
    more = [f"model={run / 'final'}", f"output_dir={tmp_path / 'more'}", "encoders=text", "learning_rate=0"]
    assert main(["train", "stage3", config, *more, "weight_decay=0"]) == 0
    printed = capsys.readouterr()
    assert "text_sampler: the model's own" in printed.err and "new tokenizer" not in printed.err
    same = TsukasaModelForConditionalGeneration.from_pretrained(printed.out.strip().splitlines()[-1]).state_dict()
    known = TsukasaModelForConditionalGeneration.from_pretrained(run / "final").state_dict()
    assert known.keys() == same.keys() and all(torch.equal(value, same[name]) for name, value in known.items())


def test_a_pretrained_backbone_brings_its_weights_and_its_tokenizer(tmp_path, corpus, voice):
    folder = tmp_path / "backbone"
    tokenizer = train_text_tokenizer([row.text for row in ROWS], folder, 100)
    torch.manual_seed(5)
    values = {
        name: value
        for name, value in STYLE_ENCODERS["text_sampler_config"]["encoder_config"].items()
        if name != "model_type"
    }
    backbone = AutoModel.from_config(AutoConfig.for_model("distilbert", vocab_size=len(tokenizer), **values))
    backbone.save_pretrained(folder)
    config = write_config(tmp_path, model=str(voice), corpus=str(corpus), encoders="text", text_backbone=str(folder))
    assert main(["train", "stage3", config, "learning_rate=0", "weight_decay=0"]) == 0
    result = tmp_path / "run" / "final"
    model = TsukasaModelForConditionalGeneration.from_pretrained(result)
    theirs = model.text_sampler.backbone.state_dict()
    assert all(torch.equal(value, theirs[name]) for name, value in backbone.state_dict().items())
    assert model.prompt_encoder is None
    assert TsukasaProcessor.from_pretrained(result).text_tokenizer("猫です。") == tokenizer("猫です。")
    # A new head answers the mean of the styles.
    with np.load(tmp_path / "run" / "styles" / "train.npz") as kept:
        mean = torch.from_numpy(kept["styles"]).mean(dim=0)
    with torch.no_grad():
        style = model.eval().text_sampler(torch.tensor([tokenizer("猫です。")["input_ids"]]))
    torch.testing.assert_close(style[0], mean)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["encoders=neither"], "encoders must be both, prompt or text"),
        (["model={tiny}"], "is a preset: stage 3 needs a trained model"),
        (["model=nowhere"], "there is no folder 'nowhere' (model)"),
        (["corpus=nowhere"], "there is no prepared corpus at 'nowhere'"),
        (["text_sampler_config="], "there is no text_sampler to train: give text_backbone"),
        (["text_sampler_config={{heads: 3}}"], "text_sampler_config has head_hidden_size and encoder_config with"),
        (["text_backbone=nowhere", "text_tokenizer={tokenizer}"], "cannot begin with 'nowhere' (text_backbone)"),
        (
            ["text_sampler_config.encoder_config.dims=3"],
            "unknown key 'text_sampler_config.encoder_config.dims' of a distilbert",
        ),
        (["text_sampler_config.encoder_config.vocab_size=9"], "vocabulary of 9 pieces is too small"),
        (["text_tokenizer={voice}"], "has no tokenizer for the text_sampler: TsukasaTextSamplerTokenizer needs"),
        (
            ["text_tokenizer={tokenizer}", "text_sampler_config.encoder_config.vocab_size=20"],
            "tokens, but the encoder knows 20",
        ),
        (["speaker_share=2.0"], "speaker_share must be from 0 to 1"),
        (["max_frames_per_batch=9"], "unknown key 'max_frames_per_batch'"),
    ],
)
def test_bad_input_is_one_clear_sentence(tmp_path, corpus, voice, capsys, changes, message):
    train_text_tokenizer([row.text for row in ROWS], tmp_path / "tokenizer", 100)
    config = write_config(tmp_path, model=str(voice), corpus=str(corpus), encoders="text", **STYLE_ENCODERS)
    places = {"tiny": CONFIGS / "tiny.yaml", "voice": voice, "tokenizer": tmp_path / "tokenizer"}
    assert main(["train", "stage3", config, *[change.format(**places) for change in changes]]) == 1
    printed = capsys.readouterr().err.strip().splitlines()[-1]
    assert printed.startswith("tsukasa train: ") and message in printed
    assert not (tmp_path / "run" / "final").exists()


def test_a_corpus_without_descriptions_tells_what_to_do(tmp_path, corpus, voice, capsys):
    import datasets

    bare = tmp_path / "bare"
    shutil.copytree(corpus, bare)
    for split in ("train", "validation"):
        shutil.rmtree(bare / split)
        rows = datasets.load_from_disk(str(corpus / split))
        rows.remove_columns("description").add_column("description", [""] * len(rows)).save_to_disk(str(bare / split))
    config = write_config(tmp_path, model=str(voice), corpus=str(bare), **STYLE_ENCODERS)
    assert main(["train", "stage3", config]) == 1
    printed = capsys.readouterr().err
    assert "the prompt encoder has nothing to learn from" in printed and "encoders=text" in printed
    assert main(["train", "stage3", config, "encoders=text"]) == 0


def test_configs_in_the_repository_are_read():
    from transformers_tsukasa.training.engine.run_config import read_run
    from transformers_tsukasa.training.recipes.plbert import PLBertArguments, PLBertRunOptions
    from transformers_tsukasa.training.recipes.stage3 import Stage3Arguments, Stage3RunOptions

    changes = ["report_to=none", "use_cpu=true"]
    given, arguments = read_run(
        CONFIGS / "train" / "plbert.yaml", [*changes, "texts=a.txt"], (PLBertRunOptions, PLBertArguments)
    )
    assert given.model == "configs/mini.yaml" and arguments.output_dir == "runs/plbert"
    given, arguments = read_run(CONFIGS / "train" / "stage3.yaml", changes, (Stage3RunOptions, Stage3Arguments))
    assert given.encoders == "both" and arguments.speaker_share == 0.5
