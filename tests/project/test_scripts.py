# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Every script and benchmark runs, on the preset `tiny` and on small inputs. No test looks at times."""

import csv
import gzip
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import soundfile
import torch
from safetensors.torch import save_file

from support.corpora import write_tones
from support.hierspeech_toys import hierspeech_inputs, published_hierspeech, tiny_hierspeech, tiny_training_parts
from support.original_format import kokoro_checkpoint, kokoro_json, original_manifest
from support.original_format import tiny_config as tiny_original_config
from support.published_valle import published_vocos
from support.script_modules import ROOT, import_script
from support.server_toys import save_server_model
from support.shared_data import recorded_path
from support.speechsr_toys import published_speechsr, tiny_speechsr
from support.tiny import CONFIGS, save_speaking, tiny_model
from transformers_tsukasa import (
    TsukasaModelForConditionalGeneration,
)
from transformers_tsukasa.audio.mel import log_mel_spectrogram
from transformers_tsukasa.cli.main import main as tsukasa
from transformers_tsukasa.models.valle.codecs.vocos import VocosConfig, VocosModel
from transformers_tsukasa.text import phonemize
from transformers_tsukasa.text.accents.accent_model import unpack_model
from transformers_tsukasa.text.phonemes.symbols import KOKORO_SYMBOL_TO_ID


TINY = str(CONFIGS / "tiny.yaml")
SENTENCES = ("今日はいい天気です。", "明日は雨が降ります。", "駅まで歩きましょう。")
# Where each file runs: a test of this module, or another test file.
COVERED_BY = {
    "benchmarks/benchmark_family.py": "test_family_benchmark",
    "benchmarks/benchmark_latency.py": "test_latency_benchmark",
    "benchmarks/benchmark_peers.py": "test_peers_benchmark",
    "benchmarks/benchmark_server.py": "test_server_benchmark",
    "benchmarks/benchmark_synthesis.py": "test_synthesis_benchmark",
    "benchmarks/benchmark_training.py": "test_training_benchmark",
    "benchmarks/benchmark_upsampling.py": "test_upsampling_benchmark",
    "benchmarks/measure_limits.py": "test_limits",
    "benchmarks/measuring.py": "test_operations_are_counted_like_torch_counts_them",
    "benchmarks/training_cases.py": "test_training_benchmark",
    "benchmarks/training_yardstick.py": "test_training_benchmark",
    "benchmarks/training_yardstick_slm.py": "test_training_benchmark",
    "benchmarks/training_yardstick_stage2.py": "test_training_benchmark",
    "scripts/accent_model/__init__.py": "test_accent_model_is_trained",
    "scripts/accent_model/examples.py": "test_accent_model.py",
    "scripts/accent_model/labels.py": "test_accent_model.py",
    "scripts/accent_model/packing.py": "test_accent_model_is_trained",
    "scripts/accent_model/train.py": "test_accent_model_is_trained",
    "scripts/accent_model/training.py": "test_accent_model.py",
    "scripts/build_heteronym_accents.py": "test_heteronym_accents_are_those_in_the_package",
    "scripts/build_reading_tables.py": "test_reading_tables_are_built",
    "scripts/character_model/__init__.py": "test_character_model.py",
    "scripts/character_model/measure.py": "test_character_model.py",
    "scripts/character_model/network.py": "test_character_model.py",
    "scripts/character_model/texts.py": "test_character_model.py",
    "scripts/character_model/train.py": "test_character_model.py",
    "scripts/check_bulk.py": "test_bulk_is_checked",
    "scripts/check_gpu.sh": "test_gpu_checks_are_refused_without_a_gpu",
    "scripts/check_parity.py": "test_parity_check",
    "scripts/check_server.py": "test_check_server.py",
    "scripts/check_readings.py": "test_figures_of_readings_are_compared_with_their_floors",
    "scripts/check_short_texts.py": "test_short_texts_are_checked",
    "scripts/check_wheel": "test_the_wheel_is_tried_outside_the_repository",
    "scripts/english_lexicon/build.py": "test_english_lexicon_is_built",
    "scripts/english_lexicon/letters.py": "test_english_lexicon_is_built",
    "scripts/english_lexicon/phones.py": "test_english_lexicon_is_built",
    "scripts/evaluate_kokoro_phonemes.py": "test_phonemes_of_kokoro_are_compared",
    "scripts/evaluate_readings.py": "test_readings_evaluation",
    "scripts/rate_voice.py": "test_rate_voice.py",
    "scripts/evaluate_reranker.py": "test_evaluate_reranker.py",
    "scripts/labelled_words.py": "test_reading_chooser_is_trained",
    "scripts/make_corpus.py": "test_corpus_is_made",
    "scripts/make_model_corpus.py": "test_make_model_corpus.py",
    "scripts/measure_accent.py": "test_accent_is_measured",
    "scripts/measure_cloning.py": "test_rate_voice.py",
    "scripts/measure_edits.py": "test_edits_are_measured",
    "scripts/measure_kokoro_readings.py": "test_kokoro_readings_are_measured",
    "scripts/measure_reading_rules.py": "test_reading_rules_are_measured",
    "scripts/pack_default_model.py": "test_default_model_is_packed",
    "scripts/parity/__init__.py": "test_parity_check",
    "scripts/parity/checkpoints.py": "test_parity_check",
    "scripts/parity/family.py": "test_parity_check_of_the_family",
    "scripts/parity/hierspeech.py": "test_parity_check_of_hierspeech",
    "scripts/parity/speechsr.py": "test_parity_check_of_speechsr",
    "scripts/parity/synthesis.py": "test_parity_check",
    "scripts/parity/table.py": "test_parity_check",
    "scripts/parity/training.py": "test_parity_check",
    "scripts/parity/valle.py": "test_parity_check_of_vall_e",
    "scripts/parity/valle_others.py": "test_parity_check_of_vall_e",
    "scripts/run_readme.py": "test_readme.py",
    "scripts/run_transformers_tests.sh": "test_transformers_tests_run_from_an_unpacked_source",
    "scripts/say": "test_say_speaks_in_an_environment_that_is_set_up",
    "scripts/server_attacks/__init__.py": "test_check_server.py",
    "scripts/server_attacks/killing.py": "test_check_server.py",
    "scripts/server_attacks/leaving.py": "test_check_server.py",
    "scripts/server_attacks/malformed.py": "test_check_server.py",
    "scripts/server_attacks/outcome.py": "test_check_server.py",
    "scripts/setup": "test_setup_does_nothing_when_it_is_up_to_date",
    "scripts/test": "test_test_lints_and_passes_arguments_to_pytest",
    "scripts/train_default_model.py": "test_train_default_model.py",
    "scripts/train_reading_chooser.py": "test_reading_chooser_is_trained",
    "scripts/voice_rating/__init__.py": "test_rate_voice.py",
    "scripts/voice_rating/clips.py": "test_rate_voice.py",
    "scripts/voice_rating/raters.py": "test_rate_voice.py",
    "scripts/voice_rating/recognition.py": "test_rate_voice.py",
    "scripts/voice_rating/scores.py": "test_rate_voice.py",
}


def test_every_script_and_benchmark_has_a_smoke_run():
    files = {
        path.relative_to(ROOT).as_posix()
        for folder in ("scripts", "benchmarks")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".md"
    }
    assert files == COVERED_BY.keys()
    for name in set(COVERED_BY.values()):
        assert name in globals() or (Path(__file__).parent / name).is_file(), f"there is no {name}"


def run(*command, code=0, **environment):
    """Runs a command in the repository; returns its standard output and standard error together."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1", **environment}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env={name: value for name, value in variables.items() if value is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == code, done.stdout[-3000:]
    return done.stdout


# Benchmarks


@pytest.fixture
def threads():
    """Restores the number of threads, which a benchmark sets for its process."""
    count = torch.get_num_threads()
    yield
    torch.set_num_threads(count)


def test_latency_benchmark(capsys, threads):
    assert import_script("benchmark_latency").main(["--repeats", "1", "--threads", "1"]) == 0
    figures = dict(re.findall(r"^(.*?), ?\w*\s+([\d.]+)   target", capsys.readouterr().out, flags=re.M))
    assert len(figures) == 4 and all(float(value) > 0 for value in figures.values()), figures


def test_family_benchmark(capsys, threads):
    # Without the package kokoro and an exported file, which no test has, only ours is measured.
    benchmark = import_script("benchmark_family")
    assert benchmark.main(["default", "--threads", "1", "--tokens", "8", "--repeats", "1", "--check"]) == 0
    row = re.fullmatch(
        r"1 threads,   8 tokens:  ours, ids ([\d.]+)  ours, text ([\d.]+)", capsys.readouterr().out.strip()
    )
    assert row is not None and all(float(value) > 0 for value in row.groups())


def test_peers_benchmark(capsys):
    benchmark = import_script("benchmark_peers")
    assert benchmark.main(["--engines", "openjtalk", "kokoro", "--repeats", "2"]) == 0
    left_out, row = capsys.readouterr().out.splitlines()
    assert left_out == "kokoro       left out: it needs a folder with weights (--checkpoint)"
    measured = re.fullmatch(
        r"openjtalk    ([\d.]+) s per second of speech \(1.00 x\)  first audio (\d+) ms  memory (\d+) MiB", row
    )
    assert measured is not None and all(float(value) > 0 for value in measured.groups())


def test_peers_are_compared_with_the_first(capsys):
    benchmark = import_script("benchmark_peers")
    rows = [{"factor": factor, "first": 20.0, "memory": 90.0} for factor in (9.0, 0.5, 0.25)]
    benchmark.print_table({"ours": rows, "openjtalk": [{"factor": 0.25, "first": 1.0, "memory": 2.0}]})
    assert [line.split("(")[1].split(")")[0] for line in capsys.readouterr().out.splitlines()] == ["1.00 x", "0.50 x"]


def test_family_benchmark_names_the_slow_one(monkeypatch, capsys, threads):
    benchmark = import_script("benchmark_family")
    samples = {"ours, ids": 4, "ours, text": 4, "onnxruntime, ids": 5}
    clock = iter(range(1000))
    monkeypatch.setattr(benchmark.Stopwatch, "now", lambda self: next(clock))
    measured = benchmark.measure(
        {name: lambda count=count: count for name, count in samples.items()}, 3, random.Random(0)
    )
    assert measured == {name: benchmark.SAMPLING_RATE / count for name, count in samples.items()}
    # More samples in the same time: the other is faster, and ours has missed.
    monkeypatch.setattr(
        benchmark, "our_engines", lambda *_: {f"ours, {start}": lambda: 4 for start in ("ids", "text")}
    )
    monkeypatch.setattr(
        benchmark, "OnnxFile", lambda *_: SimpleNamespace(engines=lambda case: {"onnxruntime, ids": lambda: 5})
    )
    arguments = ["default", "--threads", "1", "--tokens", "8", "--repeats", "1", "--onnx", "model.onnx"]
    assert benchmark.main(arguments) == 0 and benchmark.main([*arguments, "--check"]) == 1
    assert "onnxruntime, ids 4800.000 (0.80 x)" in capsys.readouterr().out


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_server_benchmark(tmp_path, capsys, monkeypatch):
    for package in ("fastapi", "uvicorn", "httpx"):
        pytest.importorskip(package)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    folder, figures = save_server_model(tmp_path), tmp_path / "figures.json"
    benchmark = import_script("benchmark_server")
    arguments = ["--model", str(folder), "--clients", "2", "--seconds", "0.01", "--requests", "2"]
    assert benchmark.main([*arguments, "--json", str(figures)]) == 0
    found = json.loads(figures.read_text(encoding="utf-8"))
    assert [row["way"] for row in found["rows"]] == ["alone", "stream", "queries"] and found["errors"] == []
    assert all(row["speech_a_second"] > 0 and row["first_p95"] > 0 for row in found["rows"])
    assert found["memory_mib"]["before"] > 10 and "errors: 0" in capsys.readouterr().out
    refused = [benchmark.Answer(error="503: full"), benchmark.Answer(0.5, 2.0)]
    row = benchmark.Row.of("stream", 2, refused, 4.0)
    assert (row.errors, row.requests_a_second, row.speech_a_second, row.first_p50) == (1, 0.25, 0.5, 0.5)


def test_synthesis_benchmark(capsys):
    arguments = ["--preset", TINY, "--tokens", "8", "20", "--batch-sizes", "1", "--repeats", "1"]
    assert import_script("benchmark_synthesis").main(arguments) == 0
    printed = capsys.readouterr().out
    rows = [line for line in printed.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) == 4 and "bfloat16 takes" in printed
    # 20 tokens of 6 text frames of 25 ms.
    assert [row.split("|")[3].strip() for row in rows] == ["1.2", "3.0"] * 2
    assert all(float(row.split("|")[6]) >= 0 for row in rows)


def test_training_benchmark(capsys):
    cases = ["--cases", "stage1-adversarial", "stage2-diffusion", "stage2-adversary"]
    # Ratios of a busy machine mean nothing: any passes.
    small = ["--batch-size", "2", "--frames", "440", "--crop-frames", "80", "--repeats", "1", "--needed", "0"]
    code = import_script("benchmark_training").main(["--preset", TINY, "--device", "cpu", *cases, *small])
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert printed.count("times as fast") == 3
    # Losses are compared with those of the plain steps, so that each yardstick ran.
    assert "computes the losses of the plain one" in printed


def test_limits():
    printed = run(sys.executable, "benchmarks/measure_limits.py", "--preset", TINY, "--scale", "100")
    assert len(re.findall(r"^\d+ tokens, \d+ text frames each: \d+ s of speech .* ok$", printed, flags=re.M)) == 2


def test_operations_are_counted_like_torch_counts_them():
    from torch.utils.flop_counter import FlopCounterMode

    measuring = import_script("measuring")
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv1d(4, 8, 3), torch.nn.Flatten(), torch.nn.Linear(48, 5))
    batch = torch.randn(2, 4, 8, requires_grad=True)

    def update():
        model(batch).square().sum().backward()

    with FlopCounterMode(display=False) as counter:
        update()
    assert measuring.count_operations(update) == counter.get_total_flops() > 0


def test_operations_are_counted_where_views_of_weights_meet_no_grad():
    # torch's own counter fails here: "Expected gradient function to be set".
    measuring = import_script("measuring")
    model = tiny_model()
    ids = torch.arange(1, 9)[None]
    arguments = {"style_vector": torch.zeros(16), "durations": torch.full_like(ids, 2), "seed": 0}
    assert measuring.count_operations(lambda: model.generate(input_ids=ids, **arguments)) > 10**6


# Scripts


@pytest.fixture(scope="module")
def tones(tmp_path_factory):
    """A prepared corpus of two speakers."""
    pytest.importorskip("datasets")
    folder = tmp_path_factory.mktemp("tones")
    write_tones(folder / "source", {"alto": 6, "bass": 6})
    prepare = ["prepare", str(folder / "source"), str(folder / "corpus"), "--config", TINY, "--validation", "0.1"]
    assert tsukasa([*prepare, "--workers", "1", "--quiet"]) == 0
    return folder / "corpus"


def test_corpus_is_made(tmp_path):
    output = tmp_path / "corpus"
    printed = run(sys.executable, "scripts/make_corpus.py", output, "--count", "2", "--workers", "1")
    assert "2 utterances" in printed
    with (output / "metadata.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 and all((output / row["audio"]).is_file() for row in rows)


def test_kokoro_readings_are_measured(tmp_path, capsys):
    script = import_script("measure_kokoro_readings")
    table = tmp_path / "table.tsv"
    readings = {
        "今日は天気がいいので出かけます。": "キョーワテンキガイイノデデカケマス。",
        "彼女はピアノがとても上手だった。": "カノジョワピアノガトテモジョーズダッタ。",
        "箱の中には三百円が入っていた。": "ハコノナカニワサンビャクエンガハイッテイタ。",
    }
    rows = [f"S{number}\t{text}\t{kana}" for number, (text, kana) in enumerate(readings.items())]
    (tmp_path / "sentences.tsv").write_text("\n".join(["id\ttext\tkana", *rows]) + "\n", encoding="utf-8")
    choose = ["choose", str(table), "--sentences", str(tmp_path / "sentences.tsv"), "--count"]
    with pytest.raises(ValueError, match="has 1 sentences of the group 'none of them', not 4"):
        script.main([*choose, "4"])
    assert script.main([*choose, "1"]) == 0
    sentences = list(script.read_sentences(table))
    assert [sentence.group for sentence in sentences] == ["Latin letters", "none of them"]

    model = tiny_model()
    model.voices.add("alto", torch.zeros(2 * model.config.style_dim))
    save_speaking(model, tmp_path / "model")
    speak = ["speak", str(table), str(tmp_path / "ours"), str(tmp_path / "model"), "--voices", "alto"]
    assert script.main(speak) == 0
    shutil.copytree(tmp_path / "ours", tmp_path / "theirs")
    # A recogniser that understands everything of the first folder's speech, and nothing of the second's.
    understood = [sentence.text for sentence in sentences]
    answers = iter(["", "", *understood])
    compare = [
        "compare",
        str(table),
        str(tmp_path / "theirs"),
        str(tmp_path / "ours"),
        "--json",
        str(tmp_path / "json"),
    ]
    assert script.main(compare, recognize=lambda path: next(answers)) == 0
    percent = json.loads((tmp_path / "json").read_text(encoding="utf-8"))["percent"]
    assert percent["theirs"]["everything"] == 100 and percent["ours"]["everything"] == 0
    assert re.search(r"^all four +100\.00 +0\.00 +0\.00$", capsys.readouterr().out, flags=re.M)


def test_kana_errors_do_not_depend_on_spelling():
    measure = import_script("measure_kokoro_readings").KanaError()
    assert measure("3本の指", ["サンボンノユビ"]).edits == measure("三本のゆび", ["サンボンノユビ"]).edits == 0
    assert measure("NHKを見る", ["エヌエイチケーヲミル", "ニホンホウソウキョウカイヲミル"]).edits == 0
    assert (measure("", ["アイ"]).edits, measure("あき", ["アイ"]).edits) == (2, 1)


def test_default_model_is_packed(tones, tmp_path):
    model = tmp_path / "model"
    save_speaking(tiny_model(), model)
    packed = tmp_path / "packed"
    packed.mkdir()
    (packed / "README.md").write_text("its card", encoding="utf-8")
    arguments = [str(model), str(tones), str(packed), "--clips", "2", "--set", "alpha=0.1"]
    script = import_script("pack_default_model")
    assert script.main([*arguments, "--set", "pauses={clause: 0.1}", "--set", "edge_silence=0.05"]) == 0
    loaded = TsukasaModelForConditionalGeneration.from_pretrained(packed)
    options = loaded.generation_config
    assert list(loaded.voices) == ["alto", "bass"] and options.alpha == 0.1 and options.edge_silence == 0.05
    assert options.pauses["clause"] == 0.1 and options.pauses["sentence"] > 0.1
    assert (packed / "README.md").read_text(encoding="utf-8") == "its card"
    with pytest.raises(ValueError, match="alpha"):
        script.main([*arguments, "--set", "alpha=2"])
    half = (packed / "model.safetensors").stat().st_size
    assert half < 0.6 * (model / "model.safetensors").stat().st_size


@pytest.mark.slow
def test_parity_check(tmp_path):
    """A small checkpoint in the original's format, with one file that agrees and one in which a tensor is wrong."""
    config = tiny_original_config(
        text_encoder_config={"mlstm_config": {"num_hidden_layers": 2}},
        plbert_config={"hidden_size": 48, "num_attention_heads": 12},
        prosody_predictor_config={"mlstm_config": {"num_hidden_layers": 2}},
        style_diffusion_config={"num_hidden_layers": 3, "num_attention_heads": 8, "head_dim": 64},
        decoder_config={"resblock_kernel_sizes": [3, 7, 11], "resblock_dilations": [1, 3, 5]},
        discriminator_config={"slm_hidden_size": 1280, "slm_num_layers": 33, "slm_initial_channels": 64},
    )
    manifest = original_manifest(config)
    for entries in manifest.values():
        for name, shape in entries.items():
            entries[name] = [shape, "int64" if name.endswith("num_batches_tracked") else "float32"]
    (tmp_path / "manifest_tiny.json").write_text(json.dumps(manifest), encoding="utf-8")
    draw = torch.Generator().manual_seed(0)
    clip = 0.1 * torch.randn(24000, generator=draw)
    recorded = {
        "reference_audio": clip,
        "style_noise": torch.randn(1, 1, 2 * config.style_dim, generator=draw),
        "reference_mel": log_mel_spectrogram(clip)[None],
    }
    options = {"text": "koɴnitɕiwa", "alpha": "0.3", "beta": "0.7", "rate": "1.0", "steps": "3", "scale": "1.0"}
    save_file(recorded, tmp_path / "synthesis_right.safetensors", metadata=options)
    recorded["reference_mel"] = 1.01 * recorded["reference_mel"]
    save_file(recorded, tmp_path / "synthesis_wrong.safetensors", metadata=options)
    printed = run(sys.executable, "scripts/check_parity.py", tmp_path, code=1)
    assert "6 rows, 1 miss their limit" in printed
    table = "\n".join(line for line in printed.splitlines() if not line.endswith(" ..."))  # without progress
    right, wrong = table.split("synthesis_wrong.safetensors")
    assert "FAILS" not in right and wrong.count("FAILS") == 1


def test_upsampling_benchmark(capsys, threads):
    arguments = ["--seconds", "0.1", "--threads", "1", "--repeats", "1"]
    assert import_script("benchmark_upsampling").main(arguments) == 0
    rows = re.findall(r"(\d+) Hz, 0.1 s: [\d.]+ times real time, \d+% of matmul, \d+ MiB", capsys.readouterr().out)
    assert rows == ["24000", "48000"]


@pytest.mark.slow
def test_parity_check_of_speechsr(tmp_path):
    """Two small networks as published, with a signal on which they agree and one that is another."""
    recorded = {f"{name}.input": 0.3 * torch.randn(300) for name in ("right", "wrong")}
    for kind, rate in (("24k", 24000), ("48k", 48000)):
        model = tiny_speechsr(rate)
        torch.save({"model": published_speechsr(model)}, tmp_path / f"speechsr{kind}_G_1.pth")
        config = {"data": {"sampling_rate": rate}, "model": {"resblock_dilation_sizes": [[1, 3, 5]]}}
        (tmp_path / f"speechsr{kind}_config.json").write_text(json.dumps(config))
        with torch.inference_mode():
            for name in ("right", "wrong"):
                raised = model.raise_piece(recorded[f"{name}.input"][None])[0]
                recorded |= {f"{name}.output_{kind}_f64": raised, f"{name}.output_{kind}": raised.clone()}
    recorded["wrong.input"] = 1.01 * recorded["wrong.input"]
    save_file(recorded, tmp_path / "golden_speechsr.safetensors")
    printed = run(sys.executable, "scripts/check_parity.py", tmp_path, code=1)
    assert "14 rows, 6 miss their limit" in printed
    assert all("wrong" in line for line in printed.splitlines() if "FAILS" in line)


@pytest.mark.slow
def test_parity_check_of_hierspeech(tmp_path):
    """A small synthesizer from a recipe of its own, with results that agree and one that does not."""
    manifest = json.loads(recorded_path("hierspeech", "manifest_hierspeech.json").read_text())
    model = tiny_hierspeech(num_wavenet_layers=8, num_couplings=4, num_coupling_blocks=3)
    published = tmp_path / "published"
    published.mkdir()
    torch.save(published_hierspeech(model, manifest["synthesizer"], tiny_training_parts()), published / "G.pth")
    recipe = "import shutil, sys\nshutil.copytree(sys.path[0] + '/published', sys.argv[2])\n"
    (tmp_path / "synthetic_checkpoint.py").write_text(recipe)
    (tmp_path / "manifest_hierspeech.json").write_text("{}")
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "hierspeechpp_eng_kor_config.json").write_text("{}")
    inputs, draw = hierspeech_inputs(4), torch.Generator().manual_seed(0)
    recorded = {
        "w2v": inputs["features"].transpose(1, 2).contiguous(),
        "log_f0": inputs["log_f0"][:, None],
        "prompt_mel": inputs["prompt_mel"].transpose(1, 2).repeat(2, 1, 1),
        "noise": torch.randn(1, 8, 4, generator=draw),
        "prompt_peak": torch.ones(1),
    }
    with torch.inference_mode():
        noise = recorded["noise"].transpose(1, 2)
        recorded["waveform"] = model(**inputs, noise=noise, noise_scale=0.3).waveform[:, None]
        recorded["speaker"] = model.encode_speaker(inputs["prompt_mel"]).repeat(2, 1)
        recorded["speaker_mixed"] = 1.01 * recorded["speaker"][:1]
    options = {"noise_scale_vc": "0.3", "denoise_ratio": "0.0"}
    save_file(recorded, tmp_path / "voice_conversion.safetensors", metadata=options)
    printed = run(sys.executable, "scripts/check_parity.py", tmp_path, code=1)
    table = [line for line in printed.splitlines() if not line.endswith(" ...")]
    assert any("speaker_mixed" in line and "FAILS" in line for line in table)
    assert any(line.split()[:2] == ["speaker", "computed"] and " ok " in line for line in table)


@pytest.mark.slow
def test_parity_check_of_the_family(tmp_path):
    """A small Kokoro from a recipe of its own, with a file that agrees and one in which a style is wrong."""
    has_lstm = {"recurrence": "lstm"}
    config = tiny_original_config(
        text_encoder_config=has_lstm,
        prosody_predictor_config={**has_lstm, "num_layers": 3},  # as many as the text encoder's convolutions
    )
    published = tmp_path / "published"
    published.mkdir()
    torch.save(kokoro_checkpoint(config), published / "kokoro-v1_0.pth")
    (published / "config.json").write_text(json.dumps(kokoro_json(config, KOKORO_SYMBOL_TO_ID)), encoding="utf-8")
    recipe = "import shutil, sys\nshutil.copytree(sys.path[0] + '/published', sys.argv[2])\n"
    (tmp_path / "synthetic_family.py").write_text(recipe, encoding="utf-8")
    rows = torch.randn(20, 1, 2 * config.style_dim, generator=torch.Generator().manual_seed(0))
    ids = [0, *(KOKORO_SYMBOL_TO_ID[symbol] for symbol in "koɲiʨi"), 0]
    recorded = {"voice_rows": rows, "style_vector": rows[6].clone(), "input_ids": torch.tensor([ids])}
    options = {"text": "こにち", "text_phonemes": "ko«ɲiʨi", "speed": "1.3", "noise_seed": "1"}
    save_file(recorded, tmp_path / "kokoro_right.safetensors", metadata=options)
    save_file({**recorded, "style_vector": rows[5].clone()}, tmp_path / "kokoro_wrong.safetensors", metadata=options)
    printed = run(sys.executable, "scripts/check_parity.py", tmp_path, code=1)
    right, wrong = printed.split("kokoro_wrong.safetensors")[-2:]
    assert "1 miss their limit" in printed and "FAILS" not in right and wrong.count("FAILS") == 1


@torch.no_grad()
def test_parity_check_of_vall_e(tmp_path):
    """A small Vocos from a recipe of its own, with a waveform that is wrong."""
    torch.manual_seed(0)
    sizes = {"num_codebooks": 2, "codebook_dim": 4, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1}
    model = VocosModel(VocosConfig(**sizes, n_fft=16, hop_length=4)).eval()
    torch.save(published_vocos(model), tmp_path / "published.pt")
    recipe = "import shutil, sys\nshutil.copy(sys.path[0] + '/published.pt', sys.argv[2])\n"
    (tmp_path / "synthetic_checkpoint.py").write_text(recipe, encoding="utf-8")
    (tmp_path / "manifest_vocos.json").write_text("{}", encoding="utf-8")
    codes = torch.randint(0, 1024, (2, 1, 6), dtype=torch.int16)
    features = model.features(codes.long().permute(1, 2, 0))
    right = model(codes.long().permute(1, 2, 0), 2)
    recorded = {"codes": codes, "features": features.contiguous(), "hidden": model.hidden_states(features, 1)}
    recorded |= {"waveform_bandwidth_id2": right, "waveform_bandwidth_id0": 1.001 * right}
    details = {"weights": "manifest_vocos.json", "bandwidth_id": 1}
    save_file(recorded, tmp_path / "vocos.safetensors", metadata={"json": json.dumps(details)})
    printed = run(sys.executable, "scripts/check_parity.py", tmp_path, code=1)
    (wrong,) = [line for line in printed.splitlines() if "FAILS" in line]
    assert "5 rows, 1 miss their limit" in printed and "waveform_bandwidth_id0" in wrong


def test_parity_check_reads_the_repository_by_default():
    script = import_script("check_parity")
    assert (script.RECORDED / "manifest_tsukasa.json").is_file()
    with pytest.raises(SystemExit, match="has no recorded files"):
        script.compare_all(CONFIGS, CONFIGS, torch.device("cpu"))


def test_short_texts_are_checked(tmp_path, capsys):
    script = import_script("check_short_texts")
    texts = script.TEXTS.read_text(encoding="utf-8").split()
    learned = (script.ROOT / "configs/default_model/short_texts.txt").read_text(encoding="utf-8").split()
    assert len(set(texts)) == 200 and not set(texts) & set(learned)
    assert script.choose(texts, 3) == [texts[0], texts[100], texts[-1]] and script.choose(texts, None) == texts
    code = script.main(["--voices", "mei", "--count", "4", "--json", str(tmp_path / "failures.json")])
    failures = json.loads((tmp_path / "failures.json").read_text(encoding="utf-8"))
    assert code == int(bool(failures)) and "mei: 4 short texts" in capsys.readouterr().out


def test_bulk_is_checked(tmp_path, capsys, threads):
    script = import_script("check_bulk")
    texts = list(script.sentences(5000))
    assert texts.count("＊＊＊") == 51 and len(set(texts)) == 4950
    assert script.growth([9, 2, 2, 2, 2, 2, 3, 3]) == 1.5
    model, work = save_speaking(tiny_model(), tmp_path / "model"), tmp_path / "work"
    options = ["--rows", "2", "--shard-size", "1", "--kills", "1", "--model", str(model), "--work", str(work)]
    assert script.main([*options, "--most-growth", "9"]) == 0
    assert "the killed run gives the same bytes, and every row is there once" in capsys.readouterr().out
    (first, second) = sorted((work / "killed" / "data").glob("*.parquet"))
    second.write_bytes(first.read_bytes())
    found = script.differences(work / "quiet", work / "killed", script.read_rows(work / "list.txt"))
    assert found == [f"{second.name} differs", "2 rows should be there once each, got 2, 1 different"]


def test_accent_is_measured(tmp_path, capsys):
    script = import_script("measure_accent")
    texts, phonemes, figures = tmp_path / "texts.tsv", tmp_path / "other.jsonl", tmp_path / "figures.json"
    texts.write_text("id\ttext\n1\t箸で豆を食べる。\n2\t橋を渡る。\n", encoding="utf-8")
    phonemes.write_text(json.dumps({"text": "橋を渡る。", "phonemes": "haɕi o wataɽɯ."}) + "\n", encoding="utf-8")
    arguments = [str(texts), "--voices", "mei", "--phonemes", str(phonemes), "--json", str(figures)]
    assert script.main([*arguments, "--audio", str(tmp_path / "audio")]) == 0
    results = json.loads(figures.read_text(encoding="utf-8"))
    assert [result["condition"] for result in results] == [script.OTHER_FRONT_END, "strength 0", "strength 1"]
    other, _, accented = results
    assert 0 < other["pairs"] < accented["pairs"] and accented["changes"] > 85 and accented["step"] > 1
    assert len(list((tmp_path / "audio").glob("mei-*.wav"))) == 5 and "mei" in capsys.readouterr().out


def test_edits_are_measured(tmp_path):
    for package in ("fastapi", "httpx", "swift_f0"):
        pytest.importorskip(package)
    texts, figures = tmp_path / "texts.txt", tmp_path / "figures.json"
    texts.write_text("橋の上で犬を見ました。\n", encoding="utf-8")
    assert import_script("measure_edits").main([str(texts), "--json", str(figures)]) == 0
    table = json.loads(figures.read_text(encoding="utf-8"))
    asked = {"accent: asked, cents", "intonation: asked, cents", "raised: asked, cents"}
    assert table.keys() >= asked | {"long: asked, frames", "speed: asked, frames"}
    assert table["raised: asked, cents"]["largest"] < 60 and table["raised: else, cents"]["median"] < 5
    assert table["long: asked, frames"]["largest"] <= 1 and table["speed: asked, frames"]["largest"] <= 1


def test_accent_is_counted_by_pairs():
    script = import_script("measure_accent")
    shape = [(False, True, 0.0), (True, False, 3.0), (True, False, 2.5), (False, False, 4.0), (True, True, 8.0)]
    morae = [
        script.TimedMora(is_high, starts, 0.1 * place, 0.1 * place + 0.1, pitch)
        for place, (is_high, starts, pitch) in enumerate(shape)
    ]
    morae.append(script.TimedMora(False, False, 0.9, 1.0, 0.0))  # after a pause
    counts = script.Agreement("mei", "strength 1")
    counts.add(morae)
    assert (counts.changes, counts.borders, counts.level) == ([1, 2], [1, 1], [1, 1])
    assert counts.summary()["changes"] == 50.0 and counts.summary()["step"] == 0.75


def test_readings_evaluation(tmp_path, capsys):
    line = {"text": "今日は雨です。", "source": "TEST", "human_kana": "キョーワアメデス"}
    path = tmp_path / "lines.jsonl"
    path.write_text(json.dumps(line, ensure_ascii=False), encoding="utf-8")
    script = import_script("evaluate_readings")
    assert script.DEFAULT_FILE.is_file()
    labels = tmp_path / "labels.jsonl"
    row = {"id": "1", "text": "今日は雨です。", "label": "^キョ]ーワ#ア]メデス$"}
    labels.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    arguments = [str(path), "--fuzz", "5", "--no-hard", "--accents"]
    assert script.main([*arguments, f"jsut={labels}"]) in (0, 1)
    printed = capsys.readouterr().out
    assert "accents of jsut, time" in printed
    assert "TEST" in printed and len(re.findall(r"accents of jsut, \w+ +1  high/low [\d.]+ %", printed)) == 2
    with pytest.raises(SystemExit):
        script.main([*arguments, str(labels)])
    assert f"names no style: write jsut={labels}" in capsys.readouterr().err


def test_accent_model_is_trained(tmp_path, capsys):
    labels = {
        "日": "^ヒ[ワ#ノ[ボル$",
        "雨": "^ア]メワ#フ]ル$",
        "橋": "^ハ[シ]ワ#オ[チ]ル$",
        "道": "^ミ[チワ#ナ[ガ]イ$",
    }
    verbs = {"日": "昇る", "雨": "降る", "橋": "落ちる", "道": "長い"}
    arguments = []
    for style, count in (("one", 3), ("other", 2)):
        rows = [
            {"id": f"{style}{noun}{number}", "text": f"{noun}は{verbs[noun]}", "label": label}
            for number in range(count)
            for noun, label in labels.items()
        ]
        path = tmp_path / f"{style}.jsonl"
        path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
        arguments.append(f"{style}={path}")
    script = import_script("accent_model.train")
    made = tmp_path / "accents.npz"
    small = ["--size", "8", "--epochs", "2", "--folds", "2", "--left-out", "--held-out", "2"]
    assert script.main([*arguments, *small, "--output", str(made)]) == 0
    printed = capsys.readouterr().out
    titles = ["rules, one (12)", "all 2 folds, other (8)", "without one, one (12)", "\nheld out, one ("]
    assert all(title in printed for title in titles), printed
    model = unpack_model(made.read_bytes())
    assert model.styles == ("one", "other")
    again = tmp_path / "again.npz"
    assert (
        script.main([*arguments, "--size", "8", "--epochs", "2", "--quiet", "--held-out", "2", "--output", str(again)])
        == 0
    )
    assert again.read_bytes() == made.read_bytes(), "the same seed gives another model"
    capsys.readouterr()
    with pytest.raises(SystemExit):
        script.main([str(made)])
    assert f"has no style: write jsut={made}" in capsys.readouterr().err


def test_phonemes_of_kokoro_are_compared(tmp_path, capsys):
    lines = [
        {"category": "plain", "text": "犬が来た。", "cutlet": "inɯ ɡa kʲi ta.", "cutlet_lost": ""},
        {"category": "latin", "text": "AIだ。", "cutlet": "AI da.", "cutlet_lost": "AI"},
    ]
    path = tmp_path / "lines.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    script = import_script("evaluate_kokoro_phonemes")
    assert script.main([str(path), "--errors", str(tmp_path / "errors.txt")]) == 0
    rows = [re.split(r" {2,}", line) for line in capsys.readouterr().out.splitlines()]
    assert rows[1] == ["plain", "1", "0.0 %", "1", "0", "67 %", "2.60"]  # two of three spaces are here too
    assert rows[2][:5] == ["latin", "1", "100.0 %", "0", "1"] and rows[3][:2] == ["all", "2"]
    assert "eːai da." in (tmp_path / "errors.txt").read_text(encoding="utf-8")
    _, strays = script.compare(lines[:1], lambda text: phonemize(text, "clean"))
    assert strays == {"g"}


def test_reading_tables_are_built(tmp_path, capsys, monkeypatch):
    """A dictionary of a few entries: what is read right, what may be plain words, and an outdated reading."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    script = import_script("build_reading_tables")
    database = sqlite3.connect(tmp_path / "jamdict.db")
    database.executescript(
        "CREATE TABLE Kanji (ID, idseq, text); CREATE TABLE Kana (ID, idseq, text, nokanji);"
        "CREATE TABLE KNI (kid, text); CREATE TABLE KNR (kid, text);"
    )
    entries = {
        "枝葉末節": ["しようまっせつ"],
        "東京": ["とうきょう"],
        "彼の人": ["あのひと"],
        "彼": ["かれ"],
        "人": ["ひと"],
        "明日": ["あした", "あす", "みゃうにち"],
    }
    for number, (text, readings) in enumerate(entries.items()):
        database.execute("INSERT INTO Kanji VALUES (?, ?, ?)", (number, number, text))
        for place, kana in enumerate(readings):
            database.execute("INSERT INTO Kana VALUES (?, ?, ?, 0)", (10 * number + place, number, kana))
    database.execute("INSERT INTO KNI VALUES (52, 'out-dated or obsolete kana usage')")
    database.commit()
    monkeypatch.setattr(script, "read_dictionary", lambda folder: iter(()))
    script.main([str(tmp_path / "jamdict.db"), "--out", str(tmp_path / "out")])
    tables = {
        name: gzip.decompress((tmp_path / "out" / "jmdict" / name).read_bytes()).decode("utf-8").splitlines()[2:]
        for name in ("compounds.tsv.gz", "variants.tsv.gz")
    }
    assert tables == {"compounds.tsv.gz": ["枝葉末節\tシヨウマッセツ"], "variants.tsv.gz": ["明日\tアシタ/アス"]}
    with pytest.raises(SystemExit):
        script.main([str(tmp_path / "none.db")])
    assert "none.db does not exist" in capsys.readouterr().err


def test_reading_chooser_is_trained(tmp_path, capsys, monkeypatch):
    """It learns from labelled places and from sentences, twice alike, and finds what it analysed in its cache."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    script = import_script("train_reading_chooser")
    places = [{"t": "魚の市場へ行った。", "r": [[2, 4, "いちば"]], "d": "total"}] * 8
    places += [{"t": "株の市場が荒れた。", "r": [[2, 4, "しじょう"]]}] * 4
    sentences = [{"text": "株の市場だ。", "human_kana": "カブノシジョーダ", "source": "JSUT"}] * 4
    files = []
    for name, rows in (("wac_places.jsonl", places), ("sentences.jsonl", sentences)):
        files.append(str(tmp_path / name))
        Path(files[-1]).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    entry = ["名詞", "普通名詞", "一般", *"*****", "市場", *["*"] * 8]
    monkeypatch.setattr(
        script, "read_dictionary", lambda folder: iter([(0, [*entry, "シジョウ"]), (0, [*entry, "イチバ"])])
    )
    models = []
    for number in range(2):
        out = tmp_path / f"{number}.npz"
        script.main([*files, "--cache", str(tmp_path / "cache"), "--check", "JSUT", "--out", str(out)])
        models.append(out.read_bytes())
        assert "20 labelled words, 16 with a choice, 1 forms" in capsys.readouterr().out
    assert models[0] == models[1]
    (sample,) = {
        one.word: one
        for one in script.make_samples(
            script.cached_words(Path(files[1]), tmp_path / "cache"), {("市場", ""): ("イチバ", "シジョウ")}
        )
    }.values()
    assert (sample.word.gold, sample.offered[sample.right]) == ("シジョー", "シジョウ")
    with pytest.raises(SystemExit):
        script.main([str(tmp_path / "none.jsonl"), "--cache", str(tmp_path)])
    assert "none.jsonl does not exist" in capsys.readouterr().err


def test_reading_rules_are_measured(tmp_path, capsys, monkeypatch):
    """Without its rule 市場 beside fish is read シジョウ; a rule that only confirms a reading changes nothing."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    script = import_script("measure_reading_rules")
    places, sentences, out = tmp_path / "wac_places.jsonl", tmp_path / "sentences.jsonl", tmp_path / "rules.tsv"
    places.write_text(json.dumps({"t": "魚の市場へ行った。", "r": [[2, 4, "いちば"]]}) + "\n", encoding="utf-8")
    sentence = {"text": "株式市場だ。", "human_kana": "カブシキイチバダ", "source": "WRONG"}
    sentences.write_text(json.dumps(sentence) + "\n", encoding="utf-8")
    assert script.main([str(places), str(sentences), "--out", str(out), "--most", "1"]) == 0
    lines = [line.split("\t") for line in out.read_text(encoding="utf-8").splitlines()]
    found = {(line[1], line[2]): line[4:] for line in lines}
    assert found["市場", "イチバ"] == ["wac +1 -0 of 1"]
    assert found["市場", "シジョウ"] == ["WRONG +0 -0 of 1"]
    assert "wac: " in capsys.readouterr().out
    with pytest.raises(SystemExit):
        script.main([str(tmp_path / "none.jsonl"), "--out", str(out)])
    assert "none.jsonl does not exist" in capsys.readouterr().err


def test_figures_of_readings_are_compared_with_their_floors(tmp_path, capsys, monkeypatch):
    """One table for all of them; a floor that is missed makes the exit code 1."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    script = import_script("check_readings")
    golden = tmp_path / "golden.jsonl"
    rows = {
        golden: [{"text": "雨が降る。", "human_kana": "アメガフル", "source": "ROHAN"}],
        tmp_path / "readings" / "readings" / "jsut_readings_dev.jsonl": [
            {"text": "雨だ。", "human_kana": "ユキダ", "source": "JSUT"}
        ],
        tmp_path / "readings" / "readings" / "wac_heteronyms_dev.jsonl": [
            {"t": "魚の市場へ", "r": [[2, 4, "いちば"]]}
        ],
    }
    for style in script.STYLES:
        rows[tmp_path / "readings" / "accent" / f"{style}_accent_dev.jsonl"] = [
            {"id": f"{style}{number}", "text": "雨が降る", "label": "^ア]メガ#フ]ル$"} for number in range(4)
        ]
    for path, lines in rows.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    monkeypatch.setattr(script, "GOLDEN", golden)
    command = ["--shared", str(tmp_path), "--folds", "2", "--left-out", "--epochs", "1", "--most", "4"]
    assert script.main(command) == 1
    table = {line.partition("  ")[0]: line.split("  ") for line in capsys.readouterr().out.splitlines()}
    assert {"met", "100"} <= {cell.strip() for cell in table["ROHAN readings, strict: sentences"]}
    assert {"MISSED", "0"} <= {cell.strip() for cell in table["JSUT readings, strict: sentences"]}
    assert "met" in {cell.strip() for cell in table["words with several readings"]}
    assert "accents, 2 folds, rohan: phrase" in table and "accents, annotator left out, ita: phrase" in table
    assert "7" in {cell.strip() for cell in table["data added to the package, MB"]}  # files, two of them no folder's
    assert not script.Floor(72).is_met(71.99) and script.Floor(most=1).is_met(1.0)
    with pytest.raises(SystemExit):
        script.main(["--shared", str(tmp_path / "none")])
    assert "development halves" in capsys.readouterr().err


def test_heteronym_accents_are_those_in_the_package(tmp_path, monkeypatch):
    script = import_script("build_heteronym_accents")
    shipped = script.DATA / "heteronym_accents.tsv"
    shutil.copy(script.DATA / "heteronyms.tsv", tmp_path)
    monkeypatch.setattr(script, "DATA", tmp_path)
    script.main()
    assert (tmp_path / shipped.name).read_text(encoding="utf-8") == shipped.read_text(encoding="utf-8")


def test_english_lexicon_is_built(tmp_path):
    pronunciations = tmp_path / "cmudict.dict"
    pronunciations.write_text("camera K AE1 M ER0 AH0\nfrobnicate F R AA1 B N IH0 K EY2 T\n")
    start = "import sys; sys.path.insert(0, 'scripts/english_lexicon'); import build; assert build.DATA.is_dir(); "
    run(sys.executable, "-c", start + "build.main()", pronunciations, "--output", tmp_path)
    words = dict(line.split("\t")[:2] for line in (tmp_path / "english.tsv").read_text("utf-8").splitlines()[1:])
    assert len(words) > 10_000 and words["camera"] == "カメラ"
    assert gzip.decompress((tmp_path / "english_sounds.tsv.gz").read_bytes()).decode().count("frobnicate\t") == 1
    assert (tmp_path / "english_letters.tsv").stat().st_size > 100


# Shell scripts


@pytest.mark.parametrize("name", [name for name in COVERED_BY if not name.endswith(".py")])
def test_shell_scripts_have_valid_syntax_and_can_be_run(name):
    run("bash", "-n", ROOT / name)
    assert os.access(ROOT / name, os.X_OK)


def test_gpu_checks_are_refused_without_a_gpu(tmp_path):
    printed = run("scripts/check_gpu.sh", tmp_path, code=1, PYTHON=sys.executable, CUDA_VISIBLE_DEVICES="")
    assert "check_gpu.sh: torch sees no GPU here" in printed
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["scripts/check_gpu.sh", "scripts/run_transformers_tests.sh"])
def test_paths_that_a_script_names_exist(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    # As bash expands them, with {a,b} and *.
    words = {word.rstrip("}") for word in re.findall(r"(?:benchmarks|scripts|tests)/[\w./{},*-]+", text)}
    words = {word + "}" * (word.count("{") - word.count("}")) for word in words}
    assert len(words) >= 2
    for word in words:
        expanded = run("bash", "-O", "failglob", "-c", f"printf '%s\\n' {word}").split()
        assert [path for path in expanded if not (ROOT / path).exists()] == [], word


def test_cases_of_the_gpu_checks_are_those_of_the_benchmark():
    text = (ROOT / "scripts/check_gpu.sh").read_text(encoding="utf-8")
    (cases,) = re.findall(r"for case in (.*); do", text)
    assert cases.split() == list(import_script("training_cases").CASES)


def test_transformers_tests_run_from_an_unpacked_source(tmp_path):
    """A stand-in for python records what would run; the source is there already, so that nothing is downloaded."""
    import transformers

    (tmp_path / f"transformers-{transformers.__version__}").mkdir()
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/bash\nif [ "$1" = -c ]; then exec {sys.executable} "$@"; fi\necho "$TRANSFORMERS_TESTS" "$@"\n'
    )
    python.chmod(0o755)
    printed = run("scripts/run_transformers_tests.sh", tmp_path, PYTHON=str(python)).strip().splitlines()[-1]
    folder, *command = printed.split()
    assert folder == str(tmp_path / f"transformers-{transformers.__version__}" / "tests")
    assert command[:2] == ["-m", "pytest"] and len(command) > 3
    assert all((ROOT / path).is_file() for path in command[2:])


@pytest.fixture
def project(tmp_path):
    """A copy of the scripts and of what `setup` looks at, with an environment that is up to date and records calls."""
    scripts = ("scripts/say", "scripts/setup", "scripts/test")
    for name in (*scripts, "setup.cfg", "constraints.txt", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in scripts)
    bin_folder = tmp_path / ".venv/bin"
    bin_folder.mkdir(parents=True)
    for name in set(re.findall(r"bin/(\w+)\"", text)):
        (bin_folder / name).write_text(f'#!/bin/bash\necho {name} "$@" >> "{tmp_path}/calls"\n')
        (bin_folder / name).chmod(0o755)
    (extras,) = re.findall(r"^scripts/setup (\S+)$", text, flags=re.M)
    stamp = run("bash", "-c", f"cd {tmp_path} && cat setup.cfg constraints.txt pyproject.toml | cksum")
    (tmp_path / ".venv/.installed").write_text(f"{stamp.strip()}\n{extras}\n")
    return tmp_path


def calls(project):
    path = project / "calls"
    return path.read_text().splitlines() if path.exists() else []


def test_setup_does_nothing_when_it_is_up_to_date(project):
    run(project / "scripts/setup", "test,train", TSUKASA_VENV=None)
    assert calls(project) == []


def test_setup_adds_a_missing_extra_to_those_that_are_installed(project):
    stamp = project / ".venv/.installed"
    before = stamp.read_text().splitlines()[1].split(",")
    stamp.write_text(stamp.read_text().replace("train,", ""))
    run(project / "scripts/setup", "train", TSUKASA_VENV=None, PYTHON=sys.executable)
    torch_first, package = calls(project)
    assert torch_first.startswith("pip install") and torch_first.endswith("torch")
    after = [name for name in before if name != "train"] + ["train"]
    assert package.endswith(f".[{','.join(after)}]") and stamp.read_text().splitlines()[1] == ",".join(after)


def test_setup_shows_what_it_does(project):
    """The steps, the large downloads and the unpacking, which take minutes; nothing else that pip prints."""
    (project / ".venv/.installed").unlink()
    (project / ".venv/bin/pip").write_text(
        "#!/bin/bash\necho Collecting ${@: -1}\necho '  Downloading '${@: -1}'-1.0-py3-none-any.whl (12.5 MB)'\n"
        "echo 'Downloading small-1.0-py3-none-any.whl (14 kB)'\necho Installing collected packages: ${@: -1}\n"
    )
    shown = run(project / "scripts/setup", TSUKASA_VENV=None, PYTHON=sys.executable).splitlines()
    beginnings = ["Setting up .venv", "NVIDIA", "1 of 3", "2 of 3", "    Downloading torch-1.0", "    Installing"]
    beginnings += ["3 of 3", "    Downloading .-1.0", "    Installing", "Ready."]
    assert len(shown) == len(beginnings), shown
    assert all(line.startswith(beginning) for line, beginning in zip(shown, beginnings, strict=True)), shown
    assert run(project / "scripts/setup", TSUKASA_VENV=None) == ""


def test_setup_stops_where_pip_fails(project):
    (project / ".venv/.installed").unlink()
    (project / ".venv/bin/pip").write_text("#!/bin/bash\necho no such version >&2\nexit 3\n")
    shown = run(project / "scripts/setup", code=3, TSUKASA_VENV=None, PYTHON=sys.executable)
    assert "no such version" in shown and "3 of 3" not in shown and not (project / ".venv/.installed").exists()


def test_say_speaks_in_an_environment_that_is_set_up(project):
    run(project / "scripts/say", "こんにちは", "-o", "hello.wav", TSUKASA_VENV=None)
    assert calls(project) == ["tsukasa say こんにちは -o hello.wav"]


def test_test_lints_and_passes_arguments_to_pytest(project):
    run(project / "scripts/test", "-k", "one", TSUKASA_VENV=None)
    *checks, tests = calls(project)
    assert checks[:2] == ["ruff check .", "ruff format --check ."] and "setup" not in " ".join(checks)
    assert tests.startswith("python -m pytest") and tests.endswith("-k one")


_STAND_IN_FOR_PYTHON = """#!/bin/bash
echo "$(basename "$0") $*" >> "{calls}"
case "$*" in
    "-m venv "*) mkdir -p "$3/bin"; for name in pip python tsukasa; do cp "$0" "$3/bin/$name"; done ;;
    "-m build "*) cd "$4"; mkdir transformers_tsukasa-1; tar -czf x.tar.gz transformers_tsukasa-1; touch x.whl ;;
    "-m pytest "*) pwd >> "{calls}"; for path in "${{@:4}}"; do [ -e "{root}/$path" ] || exit 9; done ;;
    "- "*) cat > "{calls}.program" ;;
esac
"""


def test_the_wheel_is_tried_outside_the_repository(tmp_path):
    python = tmp_path / "python"
    python.write_text(_STAND_IN_FOR_PYTHON.format(calls=tmp_path / "calls", root=ROOT))
    python.chmod(0o755)
    run("scripts/check_wheel", PYTHON=str(python), TMPDIR=str(tmp_path))
    made, build_tool, built, torch_first, wheel, check, version, say, program, tests, folder = calls(tmp_path)
    work = Path(made.removeprefix("python -m venv ")).parent
    assert built == f"python -m build --outdir {work} ."
    assert torch_first.endswith(" torch") and wheel.endswith(f" {work}/x.whl[test]")
    for install in (build_tool, torch_first, wheel):
        assert f"--constraint {work}/constraints.txt" in install
    assert check == "pip check" and version == "tsukasa --version" and say.endswith(f" -o {work}/hello.wav")
    assert program == f"python - {work}/venv" and "pytest" in tests
    assert folder == f"{work}/transformers_tsukasa-1" and not work.exists()
    compile((tmp_path / "calls.program").read_text(encoding="utf-8"), "check_wheel", "exec")


# The package as a command


def test_the_package_runs_as_a_module(tmp_path):
    path = tmp_path / "hello.wav"
    run(sys.executable, "-m", "transformers_tsukasa", "say", "こんにちは", "-o", path)
    samples, rate = soundfile.read(path)
    assert rate == 24000 and len(samples) > 0.4 * rate


@pytest.mark.slow
@pytest.mark.parametrize(
    "launch",
    [
        "accelerate.commands.launch --multi_gpu --num_processes 2 --main_process_port 0",
        "torch.distributed.run --standalone --nproc_per_node 2",
    ],
    ids=["accelerate", "torchrun"],
)
def test_two_processes_train_with_a_launcher(launch, tones, tmp_path):
    pytest.importorskip("accelerate")
    config = {
        "model": TINY,
        "corpus": tones,
        "output_dir": tmp_path / "pitch",
        "max_steps": 2,
        "logging_steps": 1,
        "max_frames_per_batch": 400,
        "use_cpu": "true",
        "report_to": "none",
        "eval_strategy": "no",
        "dataloader_num_workers": 0,
    }
    train = ["train", "pitch", CONFIGS / "train/pitch.yaml", *(f"{name}={value}" for name, value in config.items())]
    printed = run(sys.executable, "-m", *launch.split(), "-m", "transformers_tsukasa", *train)
    assert re.search(r"^2 processes", printed, flags=re.M), printed[-2000:]
    assert (tmp_path / "pitch/final/model.safetensors").is_file()
