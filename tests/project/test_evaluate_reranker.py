# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`scripts/evaluate_reranker.py`: its figures from rows of known result, and a run from end to end."""

import json

import pytest
import torch

from support.script_modules import import_script
from support.tiny import save_speaking, tiny_model
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner


pytest.importorskip("datasets")


@pytest.fixture(scope="module")
def script():
    return import_script("evaluate_reranker")


def row(errors, **scores):
    return {"length": 10, "errors": errors, "scores": scores, "seconds": 2.0, "scoring": dict.fromkeys(scores, 0.5)}


def test_what_is_chosen_lies_between_random_and_the_oracle(script):
    rows = [
        row([4, 0, 2, 2], good=[-4, 0, -2, -2], bad=[0, -9, -1, -1]),
        row([1, 1, 1, 5], good=[-1, -1, -1, -5], bad=[-1, -1, -1, 9]),
    ]
    results = script.best_of(rows, 4)
    table, closed = results["wrong phonemes, %"], results["share of the gap closed, %"]
    # Of the first two: (4 + 0) / 2 and 1 by chance, of 20 phonemes; of all four: 2 and 2.
    assert table["best of 2"] == {"random": 15, "good": 5, "bad": 25, "sum of ranks": 25, "oracle": 5}
    assert table["best of 4"]["random"] == 20 and table["best of 4"]["oracle"] == 5
    assert closed["best of 4"]["good"] == 100 and closed["best of 4"]["bad"] == pytest.approx(100 * (20 - 45) / 15)
    assert results["scoring / generating"] == {"good": 0.25, "bad": 0.25}


def test_where_candidates_are_alike_there_is_no_gap(script):
    results = script.best_of([row([2, 2], any=[0, 0])], 2)
    assert results["share of the gap closed, %"] == {"best of 2": {}}


def test_preferences_and_retrieval(script):
    rows = [{"a": [0, -1, 1, 0]}, {"a": [5, 1, 1, 1]}]
    assert script.preferences(rows) == {"a": {"1 edits": 100, "2 edits": 50, "4 edits": 75}}
    assert script.retrieval([{"a": [3, 1, 2]}, {"a": [3, 1, 2]}, {"a": [0, 0, 1]}]) == {"a": pytest.approx(200 / 3)}


def test_a_run_resumes_and_reports(script, tmp_path, capsys):
    folder = save_speaking(tiny_model(), tmp_path / "model")
    for seed, name in enumerate(("own", "second")):
        torch.manual_seed(seed)
        TsukasaTextAligner(tiny_model().config.text_aligner_config).save_pretrained(tmp_path / name)
    texts = tmp_path / "texts.txt"
    texts.write_text("はい。\nいいえ。\n", encoding="utf-8")
    arguments = [str(tmp_path / "out"), "--model", str(folder), "--reranker", f"own={tmp_path / 'own'}"]
    arguments += ["--evaluation-aligner", str(tmp_path / "second"), "--texts", str(texts), "--candidates", "2"]
    assert script.main(arguments) == 0
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert set(results["wrong phonemes, %"]["best of 2"]) == {"random", "own", "sum of ranks", "oracle"}
    # The second line is cut in the middle, as by an interruption: it is measured again, the first is kept.
    path = tmp_path / "out" / "candidates.jsonl"
    first, second = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(first.replace('"seconds": ', '"seconds": 1') + second[:20], encoding="utf-8")
    assert script.main(arguments) == 0
    lines = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[1])["errors"] == json.loads(second)["errors"] and '"seconds": 1' in lines[0]
    with pytest.raises(FileExistsError, match="candidates"):
        script.main([*arguments[:-1], "4"])
    capsys.readouterr()
