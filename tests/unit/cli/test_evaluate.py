# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import json
import shutil

import numpy as np
import pytest
import soundfile
import torch

from support.corpora import RATE, hum, write_tones
from support.tiny import save_speaking, tiny_config, tiny_model
from transformers_tsukasa import (
    TsukasaFeatureExtractor,
    TsukasaModelForConditionalGeneration,
    TsukasaProcessor,
    TsukasaTokenizer,
)
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner


pytest.importorskip("datasets")
pytest.importorskip("swift_f0")
pytest.importorskip("PIL")


def _evaluate(*arguments, code=0):
    assert main(["evaluate", *map(str, arguments), "--quiet"]) == code


def _result(folder):
    return json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tones(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tones")
    write_tones(folder, {"mei": 12, "taro": 12})
    return folder


@pytest.fixture(scope="module")
def corpus(tones, tmp_path_factory):
    output = tmp_path_factory.mktemp("prepared") / "corpus"
    assert main(["prepare", str(tones), str(output), "--validation", "0.2", "--quiet", "--workers", "1"]) == 0
    return output


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    tiny = tiny_model()
    for place, name in enumerate(("mei", "taro")):
        tiny.voices.add(name, (0.1 - 0.2 * place) * torch.ones(16))
    return save_speaking(tiny, folder)


@pytest.fixture(scope="module")
def aligner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("aligner")
    torch.manual_seed(0)
    TsukasaTextAligner(tiny_config().text_aligner_config).save_pretrained(folder)
    return folder


def test_recordings_are_no_distance_from_themselves(tones, aligner, tmp_path):
    _evaluate(tones, tones, "-o", tmp_path / "out", "--aligner", aligner, "--count", "2", "--pictures", "1")
    result = _result(tmp_path / "out")
    found = result["summary"]["all"]
    assert found["sentences"] == 4 and set(result["summary"]["speakers"]) == {"mei", "taro"}
    assert found["mcd_db"] == found["lsd_db"] == found["f0_rmse_cents"] == found["voicing_error"] == 0
    assert found["f0_correlation"] == pytest.approx(1)
    # The untrained aligner recognises nothing, so that its zeros are left out.
    assert not {"per_difference_points", "per_percent", "duration_error_ms"} & found.keys()
    assert found["per_recording_percent"] > 60
    for record in result["sentences"]:
        assert record["ours"]["phoneme_errors"] == record["recording"]["phoneme_errors"]
        assert record["compared"]["duration_errors_ms"]["sum"] == 0
    assert found["length_ratio"] == 1 and "real_time_factor" not in found
    assert result["settings"]["seed"] == 0 and "torch" in result["versions"]
    (picture,) = (tmp_path / "out" / "pictures").rglob("*.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    table = (tmp_path / "out" / "evaluation.md").read_text(encoding="utf-8")
    assert "| F0 root mean square error | 0 ± 0 cents | lower |" in table
    assert "**Cannot be used:** the evaluation aligner does not recognise the recordings themselves" in table


def test_speech_of_another_system_is_compared_with_the_recordings(tones, tmp_path):
    # The same hums a hundred cents higher.
    for number in range(12):
        length, f0 = 1.0 + 0.1 * (number % 5), 110.0 + 3 * number
        sound = hum(length, f0 * 2 ** (100 / 1200), RATE, seed=number)
        soundfile.write(tmp_path / f"mei-{number:03d}.wav", sound, RATE)
    _evaluate(tmp_path, tones, "-o", tmp_path / "out", "--speaker", "mei", "--pictures", "0")
    found = _result(tmp_path / "out")["summary"]["all"]
    assert found["sentences"] == 12
    assert found["f0_rmse_cents"] == pytest.approx(100, abs=15)
    assert found["f0_shift_cents"] == pytest.approx(100, abs=15)


def test_a_model_is_evaluated_on_a_prepared_corpus(model, corpus, aligner, tmp_path, capsys):
    out = tmp_path / "out"
    assert (
        main(["evaluate", str(model), str(corpus), "-o", str(out), "--aligner", str(aligner), "--pictures", "2"]) == 0
    )
    printed = capsys.readouterr().out
    assert "mel-cepstral distortion (DTW)" in printed and printed.rstrip().endswith(str(out))
    result = _result(out)
    found = result["summary"]["all"]
    assert found["sentences"] == 4
    for name in ("mcd_db", "voicing_error", "real_time_factor"):
        assert found[name] > 0
    assert 0 <= found["voice_told_recording_percent"] <= 100
    assert all(record["compared"]["duration_errors_ms"]["sum"] > 0 for record in result["sentences"])
    assert "warning: the evaluation aligner does not recognise the recordings themselves" in printed
    names = [record["name"] for record in result["sentences"]]
    assert all((out / "speech" / f"{name}.flac").is_file() for name in names)
    assert len(list((out / "pictures").rglob("*.png"))) == 2
    # The style comes from another utterance, never from the recording itself.
    assert all(record["reference"] not in (record["name"], None) for record in result["sentences"])


def test_an_interrupted_evaluation_resumes(model, corpus, tmp_path):
    straight, stopped = tmp_path / "straight", tmp_path / "stopped"
    _evaluate(model, corpus, "-o", straight, "--pictures", "0")
    shutil.copytree(straight, stopped)
    lines = (stopped / "sentences.jsonl").read_bytes().splitlines(keepends=True)
    assert len(lines) == 4
    # Killed while the third record was written.
    (stopped / "sentences.jsonl").write_bytes(lines[0] + lines[1] + lines[2][:50])
    (stopped / "evaluation.json").unlink()
    _evaluate(model, corpus, "-o", stopped, "--pictures", "0")
    one, other = _result(straight)["summary"], _result(stopped)["summary"]
    for summary in (one, other):
        for figures in (summary["all"], *summary["speakers"].values()):
            figures.pop("real_time_factor")  # differs from run to run
    assert one == other
    # All sentences are finished: nothing is spoken again.
    written = (stopped / "sentences.jsonl").stat().st_mtime_ns
    _evaluate(model, corpus, "-o", stopped, "--pictures", "0")
    assert (stopped / "sentences.jsonl").stat().st_mtime_ns == written


def test_results_of_other_settings_are_not_mixed(model, corpus, tmp_path, capsys):
    out = tmp_path / "out"
    _evaluate(model, corpus, "-o", out, "--count", "1", "--pictures", "0")
    _evaluate(model, corpus, "-o", out, "--count", "1", "--pictures", "0", "--seed", "1", code=1)
    assert (
        "holds an evaluation that differs in: seed; name another folder, or pass --overwrite"
        in capsys.readouterr().err
    )
    _evaluate(model, corpus, "-o", out, "--count", "1", "--pictures", "0", "--seed", "1", "--overwrite")
    assert _result(out)["settings"]["seed"] == 1
    # More sentences of the same are no other settings.
    _evaluate(model, corpus, "-o", out, "--count", "2", "--pictures", "0", "--seed", "1")
    assert _result(out)["summary"]["sentences"] == 4


def test_named_voices_and_speech_options(model, corpus, tmp_path):
    options = ("--voices", "--set", "alpha=0", "--set", "beta=0", "--set", "noise_scale=0", "--pictures", "0")
    _evaluate(model, corpus, "-o", tmp_path / "out", *options)
    result = _result(tmp_path / "out")
    assert result["settings"]["options"] == {"alpha": 0, "beta": 0, "noise_scale": 0}
    loaded = TsukasaModelForConditionalGeneration.from_pretrained(model).eval()
    record = next(record for record in result["sentences"] if record["speaker"] == "mei")
    inputs = TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer())(
        text=record["phonemes"], phonemize=False, return_tensors="pt"
    )
    expected = loaded.generate(**inputs, voice="mei", alpha=0, beta=0, noise_scale=0).waveform[0]
    written, _ = soundfile.read(tmp_path / "out" / "speech" / f"{record['name']}.flac", dtype="float32")
    np.testing.assert_allclose(written, expected.numpy().clip(-1, 1), atol=1e-3)


def test_silent_speech_is_noted_and_not_dropped(tones, aligner, tmp_path, capsys):
    for number in range(12):
        sound = hum(1.0, 110.0, RATE) if number else np.zeros(RATE)
        soundfile.write(tmp_path / f"mei-{number:03d}.wav", sound, RATE)
    options = ("--speaker", "mei", "--aligner", aligner, "--pictures", "12")
    assert main(["evaluate", str(tmp_path), str(tones), "-o", str(tmp_path / "out"), *map(str, options)]) == 0
    assert "notes on 1 sentence" in capsys.readouterr().out
    result = _result(tmp_path / "out")
    assert "the distance could not be measured: the speech has 0 ms of sound" in result["notes"]["mei-000"][0]
    assert result["summary"]["all"]["sentences"] == 12 and result["summary"]["all"]["missing"]["mcd_db"] == 1
    assert len(list((tmp_path / "out" / "pictures").iterdir())) == 11


@pytest.fixture(scope="module")
def whisper(tmp_path_factory):
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration, WhisperTokenizer

    folder = tmp_path_factory.mktemp("whisper")
    special = ["<|startoftranscript|>", "<|ja|>", "<|transcribe|>", "<|notimestamps|>"]
    vocab = {chr(code): place for place, code in enumerate(range(33, 127))}
    tokenizer = WhisperTokenizer(vocab=vocab, merges=[], additional_special_tokens=special)
    end, start, japanese, transcribe, plain = tokenizer.convert_tokens_to_ids(["<|endoftext|>", *special])
    sizes = {f"{side}_{name}": size for side in ("encoder", "decoder") for name, size in _WHISPER_SIZES.items()}
    ids = {"pad_token_id": end, "bos_token_id": end, "eos_token_id": end, "decoder_start_token_id": start}
    torch.manual_seed(0)
    model = WhisperForConditionalGeneration(
        WhisperConfig(vocab_size=len(tokenizer) + 1501, d_model=16, max_target_positions=20, **sizes, **ids)
    )
    options = model.generation_config
    options.lang_to_id, options.task_to_id = {"<|ja|>": japanese}, {"transcribe": transcribe}
    options.is_multilingual, options.no_timestamps_token_id, options.max_length = True, plain, 8
    options.suppress_tokens = options.begin_suppress_tokens = None
    options._from_model_config = False
    for part in (model, tokenizer, WhisperFeatureExtractor()):
        part.save_pretrained(folder)
    return folder


_WHISPER_SIZES = {"layers": 1, "attention_heads": 2, "ffn_dim": 16}


@pytest.mark.slow
def test_a_recogniser_counts_characters_and_kana(model, whisper, tmp_path):
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    soundfile.write(recordings / "a.wav", hum(), RATE)
    (recordings / "list.txt").write_text("a.wav|こんにちは。|mei\n", encoding="utf-8")
    _evaluate(model, recordings, "-o", tmp_path / "out", "--whisper", whisper, "--pictures", "0")
    result = _result(tmp_path / "out")
    # An untrained network recognises nothing correctly, and its figures are left out.
    found = result["summary"]["all"]
    assert found["cer_recording_percent"] >= 100 and found["kana_error_rate_recording_percent"] >= 100
    assert not {"cer_percent", "kana_error_rate_percent", "cer_difference_points"} & found.keys()
    assert result["sentences"][0]["ours"]["character_errors"]["edits"] >= 5
    assert isinstance(result["sentences"][0]["ours"]["recognized_text"], str)


@pytest.mark.slow
def test_two_workers_find_what_one_finds(model, corpus, tmp_path):
    for workers in (1, 2):
        _evaluate(model, corpus, "-o", tmp_path / str(workers), "--workers", workers, "--pictures", "0")
    one, two = (_result(tmp_path / name)["summary"]["all"] for name in ("1", "2"))
    one.pop("real_time_factor"), two.pop("real_time_factor")
    assert one.pop("missing") == two.pop("missing")
    assert one.pop("intervals") == pytest.approx(two.pop("intervals"), rel=1e-3, abs=1e-3)
    assert one == pytest.approx(two, rel=1e-3, abs=1e-3)


def test_durations_of_the_corpus_serve_without_an_aligner(model, corpus, aligner, tmp_path):
    aligned = tmp_path / "corpus"
    shutil.copytree(corpus, aligned)
    assert main(["prepare", str(aligned), "--aligner", str(aligner), "--quiet"]) == 0
    _evaluate(model, aligned, "-o", tmp_path / "out", "--pictures", "0")
    assert _result(tmp_path / "out")["summary"]["all"]["duration_error_ms"] > 0


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("{model}", "{corpus}", "--aligner", "nowhere"), "there is no folder 'nowhere' (--aligner)"),
        (("nowhere", "{corpus}"), "there is no model folder, and no folder with speech, at 'nowhere'"),
        (("{model}", "nowhere"), "there is nothing at 'nowhere'"),
        (("{model}", "{corpus}", "--split", "test"), "has no split 'test'; it has train, validation"),
        (("{model}", "{corpus}", "--speaker", "hanako"), "no sentence of 'hanako'; the speakers are mei, taro"),
        (("{model}", "{corpus}", "--count", "0"), "--count must be at least 1, got 0"),
        (("{model}", "{corpus}", "--set", "alpha"), "--set alpha: write it as KEY=VALUE"),
        (("{model}", "{corpus}", "--set", "loudness=3"), "generate() has no argument 'loudness'"),
        (("{corpus}", "{corpus}"), "there is no speech for the sentence"),
        (("{model}", "{corpus}", "--dnsmos", "{tones}"), "there is no DNSMOS network in"),
        (("{model}", "{corpus}", "--aligner", "{tones}"), "holds no model: it has no config.json"),
        (("{model}", "{corpus}", "--config", "configs/mini.yaml"), "leave --config out"),
        (("{tones}", "{tones}", "--config", "nowhere"), "there is no preset or model folder at 'nowhere'"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(model, corpus, tones, tmp_path, capsys, arguments, message):
    places = {"model": model, "corpus": corpus, "tones": tones}
    _evaluate(*(argument.format(**places) for argument in arguments), "-o", tmp_path / "out", code=1)
    assert message in capsys.readouterr().err


def test_speech_that_has_changed_is_not_mixed_with_the_old(tones, tmp_path, capsys):
    shutil.copytree(tones, tmp_path / "speech")
    options = ("-o", tmp_path / "out", "--pictures", "0", "--count", "1")
    _evaluate(tmp_path / "speech", tones, *options)
    soundfile.write(tmp_path / "speech" / "mei-000.wav", hum(2.0), RATE)
    _evaluate(tmp_path / "speech", tones, *options, code=1)
    assert "differs in: content" in capsys.readouterr().err


def test_a_folder_of_something_else_is_not_touched(model, corpus, tmp_path, capsys):
    (tmp_path / "diary.txt").write_text("dear diary", encoding="utf-8")
    _evaluate(model, corpus, "-o", tmp_path, "--overwrite", code=1)
    assert "holds no evaluation: name another folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


def test_recordings_that_are_missing_are_named(tones, tmp_path, caplog):
    shutil.copytree(tones, tmp_path / "some")
    (tmp_path / "some" / "mei-003.wav").unlink()
    _evaluate(tones, tmp_path / "some", "-o", tmp_path / "out", "--pictures", "0", "--speaker", "mei")
    assert "'mei-003.wav' is left out: there is no audio file" in caplog.text
    assert _result(tmp_path / "out")["summary"]["sentences"] == 11
    assert _result(tmp_path / "out")["settings"]["left_out"] == 1
