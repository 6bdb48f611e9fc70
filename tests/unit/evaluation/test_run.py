# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import json

import pytest
import torch

from support.corpora import write_tones
from support.tiny import save_speaking, tiny_model
from transformers_tsukasa.evaluation import evaluate


pytest.importorskip("datasets")
pytest.importorskip("swift_f0")


@pytest.fixture(scope="module")
def tones(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tones")
    write_tones(folder, {"mei": 2, "taro": 2})
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    tiny = tiny_model()
    tiny.voices.add("mei", 0.1 * torch.ones(16))
    return save_speaking(tiny, folder)


def test_a_model_is_evaluated_from_python(model, tones, tmp_path):
    counted = []

    def progress(total, done):
        counted.append((total, done))
        return lambda count: counted.append(count)

    options, speakers = {"alpha": 0.0, "beta": 0.0}, ["mei"]
    arguments = {"speakers": speakers, "named_voices": True, "speech_options": options, "pictures": 0}
    result = evaluate(model, tones, tmp_path / "out", **arguments, progress=progress)
    assert counted == [(2, 0), 1, 1]
    assert (options, speakers) == ({"alpha": 0.0, "beta": 0.0}, ["mei"])
    written = json.loads((tmp_path / "out" / "evaluation.json").read_text(encoding="utf-8"))
    assert written["summary"]["sentences"] == result["summary"]["sentences"] == 2
    assert written["settings"] == result["settings"] and result["settings"]["options"] == options
    assert result["summary"]["all"]["mcd_db"] == pytest.approx(written["summary"]["all"]["mcd_db"]) and (
        result["summary"]["all"]["mcd_db"] > 0
    )
    # What is finished is not computed again.
    counted.clear()
    assert evaluate(model, tones, tmp_path / "out", **arguments, progress=progress)["summary"] == result["summary"]
    assert counted == [(2, 2)]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"count": 0}, ValueError, "`count` must be at least 1, got 0"),
        ({"workers": 0}, ValueError, "`workers` must be at least 1, got 0"),
        ({"pictures": -1}, ValueError, "`pictures` must be at least 0, got -1"),
        ({"aligner": "nowhere"}, FileNotFoundError, r"there is no folder 'nowhere' \(`aligner`\)"),
        ({"recognizer": "nowhere"}, FileNotFoundError, r"\(`recognizer`\)"),
        ({"device": "cuda:99"}, ValueError, "`device` 'cuda:99'"),
        ({"model": "nowhere"}, FileNotFoundError, "no model folder, and no folder with speech, at 'nowhere'"),
        ({"config": "nowhere"}, FileNotFoundError, r"no preset or model folder at 'nowhere' \(`config`\)"),
        ({"speakers": ["hanako"]}, ValueError, "no sentence of 'hanako'; the speakers are mei, taro"),
    ],
)
def test_wrong_arguments_are_named_before_there_is_work(tones, tmp_path, changes, error, message):
    arguments = {"model": tones, "data": tones, "output": tmp_path / "out", "pictures": 0, **changes}
    with pytest.raises(error, match=message):
        evaluate(**arguments)
    assert not (tmp_path / "out").exists()


def test_other_settings_need_overwrite(tones, tmp_path):
    evaluate(tones, tones, tmp_path / "out", count=1, pictures=0)
    with pytest.raises(FileExistsError, match="differs in: seed; name another folder, or pass `overwrite=True`"):
        evaluate(tones, tones, tmp_path / "out", count=1, pictures=0, seed=1)
    result = evaluate(tones, tones, tmp_path / "out", count=1, pictures=0, seed=1, overwrite=True)
    assert result["settings"]["seed"] == 1 and result["summary"]["sentences"] == 2
