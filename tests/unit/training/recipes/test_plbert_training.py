# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import copy
import csv
import json
import math

import numpy as np
import pytest
import torch
from transformers import AlbertModel

from support.devices import USE_CPU
from support.launching import assert_equal_weights, launch
from support.text_toys import TEXTS, plbert_trainer
from support.tiny import CONFIGS, tiny_model
from support.training_toys import losses_of
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.data.corpus_columns import token_ids
from transformers_tsukasa.data.masked_phonemes import (
    IGNORED,
    MASK,
    MaskedPhonemes,
    collate_masked_phonemes,
    hide_words,
)
from transformers_tsukasa.data.phoneme_texts import ReadingSettings, phonemize_files, split_texts
from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.text.phonemes.symbols import PAD_ID, SYMBOL_TO_ID
from transformers_tsukasa.text.utterances import iter_utterances


pytest.importorskip("accelerate")


def hidden(text, seed, share=0.5):
    true_ids = token_ids(text).numpy()
    symbols = np.unique(token_ids("aioɯkstn").numpy()[1:-1])
    return true_ids, *hide_words(true_ids, np.random.default_rng(seed), share, symbols)


def test_complete_words_are_masked_and_nothing_else():
    text, fates = "koɴnitɕiwa ne, sajoː naɽa.", set()
    words = [(1, 11), (12, 14), (14, 15), (16, 21), (22, 26), (26, 27)]
    for seed in range(200):
        true_ids, input_ids, labels = hidden(text, seed)
        is_hidden = labels != IGNORED
        assert is_hidden.any() and (labels[is_hidden] == true_ids[is_hidden]).all()
        assert (input_ids[~is_hidden] == true_ids[~is_hidden]).all()
        assert not is_hidden[[0, 11, 15, 21, -1]].any()  # pads and spaces
        for start, end in words:
            assert is_hidden[start:end].all() or not is_hidden[start:end].any()
            seen = input_ids[start:end]
            if is_hidden[start] and end - start > 4:
                masked = (seen == SYMBOL_TO_ID[MASK]).all()
                fates.add("masked" if masked else "kept" if (seen == true_ids[start:end]).all() else "replaced")
                assert masked or SYMBOL_TO_ID[MASK] not in seen
    assert fates == {"masked", "kept", "replaced"}


def test_shares_of_words_and_of_their_fates():
    # One-symbol words, so that symbols can be counted.
    text, counts = " ".join("aioɯe" * 20), np.zeros(3)
    total = 0
    for seed in range(100):
        true_ids, input_ids, labels = hidden(text, seed, share=0.15)
        seen, is_hidden = input_ids, labels != IGNORED
        total += is_hidden.sum()
        masked = is_hidden & (seen == SYMBOL_TO_ID[MASK])
        other = is_hidden & ~masked & (seen != true_ids)
        counts += [masked.sum(), other.sum(), is_hidden.sum()]
    assert total / (100 * 100) == pytest.approx(0.15, abs=0.015)
    # A replacement may be the symbol itself, one time in eight.
    assert counts[0] / total == pytest.approx(0.8, abs=0.04) and counts[1] / total == pytest.approx(0.0875, abs=0.03)


def test_a_text_without_spaces_is_hidden_symbol_by_symbol():
    parts = {tuple(np.flatnonzero(hidden("koɴnitɕiwa", seed)[2] != IGNORED)) for seed in range(30)}
    assert any(0 < len(part) < 10 for part in parts)
    # Always something to guess, even of a single symbol.
    assert (hidden("a", 0, share=0.01)[2] != IGNORED).sum() == 1


def test_what_is_hidden_depends_on_seed_epoch_and_index():
    data, again = MaskedPhonemes(TEXTS, seed=3), MaskedPhonemes(TEXTS, seed=3)
    _ = [again[index] for index in range(5)]
    assert torch.equal(data[2]["labels"], again[2]["labels"])
    first = [item["input_ids"].tolist() for item in data]
    data.set_epoch(1)
    assert first != [item["input_ids"].tolist() for item in data]
    assert first != [item["input_ids"].tolist() for item in MaskedPhonemes(TEXTS, seed=4)]


def test_long_texts_are_cut_at_spaces_and_nothing_is_lost(caplog):
    text = " ".join(["aioɯe", "kaki"] * 20)
    data = MaskedPhonemes([text, "x" * 30], max_tokens=22)
    assert data.token_counts.max() <= 22 and len(data) > 10
    true = [data._values[end - count : end] for end, count in zip(data._ends, data.token_counts, strict=True)]
    assert all(row[0] == row[-1] == PAD_ID for row in true)
    symbols = [value for row in true for value in row if value not in (PAD_ID, SYMBOL_TO_ID[" "])]
    assert symbols == [SYMBOL_TO_ID[symbol] for symbol in (text + "x" * 30).replace(" ", "")]
    assert not caplog.records
    MaskedPhonemes(["aMa"])
    assert "1 texts hold 'M'" in caplog.text


def test_a_batch_is_padded():
    data = MaskedPhonemes(["a i", "kaki kɯke ko"])
    batch = collate_masked_phonemes([data[0], data[1]])
    assert batch["input_ids"].shape == batch["labels"].shape == batch["attention_mask"].shape == (2, 14)
    assert batch["attention_mask"].sum(dim=1).tolist() == [5, 14]
    assert (batch["labels"][0, 5:] == IGNORED).all() and (batch["input_ids"][0, 5:] == PAD_ID).all()


def test_masked_and_visible_places_have_losses_of_their_own(tmp_path):
    trainer = plbert_trainer(tmp_path)
    batch = collate_masked_phonemes([trainer.train_dataset[0], trainer.train_dataset[1]])
    size = trainer.model.plbert.config.vocab_size
    is_masked = batch["labels"] != IGNORED
    read = 20.0 * torch.nn.functional.one_hot(batch["input_ids"], size).float()
    told = 20.0 * torch.nn.functional.one_hot(torch.where(is_masked, batch["labels"], 0), size).float()
    right = torch.where(is_masked[..., None], told, read)
    for logits, masked, visible in ((right, True, True), (told, True, False), (read, False, True)):
        losses = trainer.compute_losses({"logits": logits}, batch, trainer.phases[0])
        assert (losses["phonemes"] < 1e-4) == masked and (losses["visible"] < 1e-4) == visible


def test_states_of_different_phonemes_stay_apart(tmp_path):
    trainer = plbert_trainer(tmp_path, max_steps=40)
    trainer.train()
    batch = collate_masked_phonemes([trainer.train_dataset[0]])
    trainer.model.eval()
    states = trainer.model.plbert(batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state[0]
    assert states.std(dim=0).mean() > 0.3
    history = losses_of(trainer)
    assert history[-1]["visible"] < 0.7 * history[0]["visible"]


def test_it_learns_and_its_result_loads_into_a_model(tmp_path):
    trainer = plbert_trainer(tmp_path, max_steps=60)
    before = copy.deepcopy(trainer.model.state_dict())
    at_first = trainer.evaluate()
    trainer.train()
    history = losses_of(trainer)
    losses = [entry["phonemes"] for entry in history]
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])
    assert sum(e["accuracy"] for e in history[-10:]) > 1.5 + sum(e["accuracy"] for e in history[:10])
    figures = trainer.evaluate()
    assert figures["eval_perplexity"] == pytest.approx(math.exp(figures["eval_phonemes"]))
    assert figures["eval_perplexity"] < 0.5 * at_first["eval_perplexity"]
    still = [name for name, value in trainer.model.state_dict().items() if torch.equal(value, before[name])]
    # Nothing reads the pooler.
    assert still == ["plbert.pooler.weight", "plbert.pooler.bias"]

    trainer.export(tmp_path / "plbert")
    loaded, notes = AlbertModel.from_pretrained(tmp_path / "plbert", output_loading_info=True)
    assert not any(notes[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    tiny_model().plbert.load_state_dict(loaded.state_dict())
    assert all(
        torch.equal(value, trainer.model.plbert.state_dict()[name]) for name, value in loaded.state_dict().items()
    )


@pytest.mark.parametrize("stop", [1, 3])
def test_a_resumed_run_is_the_straight_run(tmp_path, stop):
    changes = {"max_steps": 5, "ema_decay": 0.9}
    straight = plbert_trainer(tmp_path / "a", **changes)
    straight.train()
    plbert_trainer(tmp_path / "b", **changes, save_strategy="steps", save_steps=stop).train()
    resumed = plbert_trainer(tmp_path / "c", **changes)
    resumed.train(resume_from_checkpoint=str(tmp_path / "b" / f"checkpoint-{stop}"))
    assert [entry["loss"] for entry in losses_of(resumed)[stop:]] == pytest.approx(
        [entry["loss"] for entry in losses_of(straight)[stop:]], abs=1e-5
    )
    assert_equal_weights(
        {"state": straight.model.state_dict()}, {"state": resumed.model.state_dict()}, rtol=0, atol=1e-6
    )


@pytest.mark.slow
def test_two_processes_are_one_with_the_joined_batch(tmp_path):
    # All eight texts in every update, four on each process.
    # The gradient of a key's bias is zero but for rounding, which Adam must not divide by itself.
    changes = ["max_steps=3", "adam_epsilon=0.0001"]
    (joined,), _ = launch(1, tmp_path / "one", "plbert", "max_tokens_per_batch=176", *changes)
    parts, _ = launch(2, tmp_path / "two", "plbert", "max_tokens_per_batch=88", *changes)
    assert_equal_weights(parts[0], parts[1], rtol=0, atol=0)
    assert_equal_weights(joined, parts[0], rtol=1e-4, atol=1e-5)
    for name in ("phonemes", "accuracy"):
        assert parts[0]["history"][-1][name] == pytest.approx(joined["history"][-1][name], rel=1e-4)


# Text files


def write_texts(folder):
    folder.mkdir()
    (folder / "a.txt").write_text("今日はいい天気です。\n\n★★★\n明日は雨です。\n", encoding="utf-8")
    (folder / "b.txt").write_text("猫が庭で寝ています。\r\n" + "山の上は寒いですね。" * 25, encoding="cp932")
    return folder


def test_files_become_phonemes_and_what_cannot_be_read_is_listed(tmp_path):
    source, counted = write_texts(tmp_path / "texts"), []
    progress = lambda total, done: counted.append(total) or counted.append  # noqa: E731
    path, lost = phonemize_files(source, ReadingSettings("clean"), tmp_path / "cache", progress=progress)
    texts = path.read_text(encoding="utf-8").splitlines()
    assert texts[0].startswith("kʲoɯ wa") and texts[2].startswith("neko") and lost == 1
    # The long line is cut as it is spoken.
    assert len(texts) > 4 and sum(text.count("jama") for text in texts) == 25
    assert counted[0] == sum(counted[1:]) == 5
    with open(tmp_path / "cache" / "unreadable.csv", encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["file"].endswith("a.txt") and row["line"] == "3" and row["lost"] == "yes" and "★★★" in row["message"]


def test_lines_are_split_as_they_are_spoken(tmp_path):
    source = tmp_path / "texts.txt"
    line = "今日はとてもいい天気ですね。そろそろ散歩に行きましょうか。はい。"
    source.write_text(f"{line}\nはい。[pause:soon]そうです。\n", encoding="utf-8")
    path, lost = phonemize_files(source, ReadingSettings("clean"), tmp_path / "cache")
    phonemizer = Phonemizer("clean")
    spoken = [phonemizer(utterance.text).phonemes for utterance in iter_utterances([line])]
    assert path.read_text(encoding="utf-8").splitlines() == spoken and len(spoken) == 2 and lost == 1
    assert "[pause:soon]" in (tmp_path / "cache" / "unreadable.csv").read_text(encoding="utf-8")


def test_phonemes_are_kept_until_something_changes(tmp_path):
    source = write_texts(tmp_path / "texts")
    path, _ = phonemize_files(source, ReadingSettings("clean"), tmp_path / "cache")
    path.write_text("kept\n", encoding="utf-8")
    assert phonemize_files(source, ReadingSettings("clean"), tmp_path / "cache")[0].read_text() == "kept\n"
    assert phonemize_files(source, ReadingSettings("legacy"), tmp_path / "cache")[0].read_text() != "kept\n"
    path.write_text("kept\n", encoding="utf-8")
    (source / "a.txt").write_text("はい。\n", encoding="utf-8")
    assert phonemize_files(source, ReadingSettings("legacy"), tmp_path / "cache")[0].read_text() != "kept\n"


@pytest.mark.slow
def test_several_processes_read_as_one_does(tmp_path):
    source = tmp_path / "many.txt"
    source.write_text("".join(f"{number}個の卵を買いました。\n" for number in range(1, 151)), encoding="utf-8")
    one, _ = phonemize_files(source, ReadingSettings("clean"), tmp_path / "one", workers=1)
    two, _ = phonemize_files(source, ReadingSettings("clean"), tmp_path / "two", workers=2)
    assert one.read_text() == two.read_text() and len(one.read_text().splitlines()) == 150


def test_a_text_that_comes_twice_is_on_one_side():
    texts = [f"kaki {number}" for number in range(200)]
    train, kept = split_texts(texts + texts, 0.1, seed=0)
    assert len(train) + len(kept) == 400 and not set(train) & set(kept) and 10 < len(set(kept)) < 35
    assert split_texts(texts[:100], 0.1, seed=0)[1] == [text for text in kept[: len(kept) // 2] if text in texts[:100]]
    assert split_texts(texts[:100], 0.1, seed=1)[1] != split_texts(texts[:100], 0.1, seed=0)[1]
    assert len(split_texts(texts[:5], 1e-9, seed=0)[1]) == 1


# The command


def write_config(tmp_path, **values):
    path = tmp_path / "run.yaml"
    shared = {
        "model": str(CONFIGS / "tiny.yaml"),
        "output_dir": str(tmp_path / "run"),
        "max_tokens_per_batch": 600,
        "max_steps": 2,
        "logging_steps": 1,
        "use_cpu": USE_CPU,
        "report_to": "none",
        "disable_tqdm": True,
    }
    path.write_text(json.dumps({**shared, **values}), encoding="utf-8")
    return str(path)


def test_from_a_text_file_to_a_language_model_by_the_command_line(tmp_path, capsys):
    source = write_texts(tmp_path / "texts")
    config = write_config(tmp_path, texts=str(source), eval_strategy="steps", eval_steps=2, save_steps=2)
    assert main(["train", "plbert", config]) == 0
    printed = capsys.readouterr()
    assert "1 lines cannot be read" in printed.err and "unreadable.csv" in printed.err
    assert "train: " in printed.err and "validation: 1 texts" in printed.err
    result = printed.out.strip().splitlines()[-1]
    assert AlbertModel.from_pretrained(result).config.text_profile == "legacy"
    assert main(["train", "plbert", config, "max_steps=4", "--resume"]) == 0
    state = json.loads((tmp_path / "run" / "checkpoint-4" / "trainer_state.json").read_text(encoding="utf-8"))
    assert any("eval_perplexity" in entry for entry in state["log_history"])

    # Training on from a language model, and from a complete model.
    assert main(["train", "plbert", config, f"model={result}", f"output_dir={tmp_path / 'more'}"]) == 0
    assert "begins with fresh weights" not in capsys.readouterr().err
    voice = tiny_model()
    voice.save_pretrained(tmp_path / "voice")
    changes = ["learning_rate=0", "weight_decay=0", f"output_dir={tmp_path / 'same'}"]
    assert main(["train", "plbert", config, f"model={tmp_path / 'voice'}", *changes]) == 0
    same = AlbertModel.from_pretrained(tmp_path / "same" / "final").state_dict()
    assert all(torch.equal(value, same[name]) for name, value in voice.plbert.state_dict().items())


def write_corpus(folder, accent=False, **splits):
    """What a language model reads of a prepared corpus."""
    datasets = pytest.importorskip("datasets")
    for split, phonemes in splits.items():
        datasets.Dataset.from_dict({"phonemes": phonemes}).save_to_disk(folder / split)
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": list(splits)}), encoding="utf-8")
    (folder / "preparation.json").write_text(json.dumps({"profile": "clean", "accent": accent}), encoding="utf-8")
    return folder


def texts_of(corpus, capsys, tmp_path, *changes):
    config = write_config(tmp_path, corpus=str(corpus), profile="clean", eval_strategy="steps", eval_steps=2)
    code = main(["train", "plbert", config, *changes])
    printed = capsys.readouterr().err
    return code, [
        line for line in printed.splitlines() if line.startswith(("train: ", "validation: ", "tsukasa train"))
    ]


def test_a_corpus_brings_its_phonemes_and_its_parts(tmp_path, capsys):
    corpus = write_corpus(tmp_path / "corpus", train=TEXTS, validation=TEXTS[:2])
    (tmp_path / "more.txt").write_text("はい。\n雨です。\n", encoding="utf-8")
    code, printed = texts_of(corpus, capsys, tmp_path, f"texts={tmp_path / 'more.txt'}")
    assert code == 0 and printed[0].startswith("train: 10 texts") and printed[1].startswith("validation: 2 texts")
    # Without a part for validation, some are drawn; a text that comes twice is on one side.
    alone = write_corpus(tmp_path / "alone", train=TEXTS)
    code, printed = texts_of(alone, capsys, tmp_path, f"output_dir={tmp_path / 'b'}")
    assert code == 0 and printed[0].startswith("train: 6 texts") and printed[1].startswith("validation: 2 texts")


def test_a_corpus_whose_phonemes_are_written_otherwise_is_refused(tmp_path, capsys):
    corpus = write_corpus(tmp_path / "corpus", accent=True, train=TEXTS, validation=TEXTS)
    code, (printed,) = texts_of(corpus, capsys, tmp_path, "profile=legacy")
    assert code == 1 and "has phonemes of profile clean, but the run is for legacy" in printed
    code, (printed,) = texts_of(corpus, capsys, tmp_path)
    assert code == 1 and "has phonemes of accent True, but the run is for False" in printed
    assert texts_of(corpus, capsys, tmp_path, "accent=true")[0] == 0
    assert AlbertModel.from_pretrained(tmp_path / "run" / "final").config.text_accent is True


@pytest.mark.parametrize(
    ("content", "changes", "message"),
    [
        (None, [], "nothing to learn from: give corpus"),
        (None, ["texts=nowhere.txt"], "there is no text file or folder 'nowhere.txt'"),
        (None, ["texts={folder}"], "there is no .txt file in"),
        ("\n \n", ["texts={file}"], "there is no text in"),
        ("★\n", ["texts={file}"], "none of the 1 lines of"),
        ("はい。\n", ["texts={file}", "eval_strategy=epoch"], "no text is left to train with"),
        ("はい。\n", ["texts={file}", "max_tokens_per_batch=4"], "more than max_tokens_per_batch (4)"),
        ("はい。\n", ["texts={file}", "max_frames_per_batch=9"], "unknown key 'max_frames_per_batch'"),
        ("はい。\n", ["texts={file}", "masked_share=0"], "masked_share must be above 0"),
        ("はい。\n", ["texts={file}", "validation=1.0"], "validation is a share above 0"),
        ("はい。\n", ["texts={file}", "workers=0"], "workers must be at least 1"),
        ("はい。\n", ["texts={file}", "dictionary=nowhere.csv"], "there is no file 'nowhere.csv'"),
        ("はい。\n", ["texts={file}", "model=nowhere"], "there is no folder 'nowhere' (model)"),
        ("はい。\n", ["texts={file}", "model={wrong}"], "neither a PL-BERT nor a complete model"),
    ],
)
def test_bad_input_is_one_clear_sentence(tmp_path, capsys, content, changes, message):
    (tmp_path / "folder").mkdir()
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "config.json").write_text('{"model_type": "distilbert"}', encoding="utf-8")
    if content is not None:
        (tmp_path / "texts.txt").write_text(content, encoding="utf-8")
    places = {"file": tmp_path / "texts.txt", "folder": tmp_path / "folder", "wrong": tmp_path / "wrong"}
    assert main(["train", "plbert", write_config(tmp_path), *[change.format(**places) for change in changes]]) == 1
    printed = capsys.readouterr().err.strip().splitlines()[-1]
    assert printed.startswith("tsukasa train: ") and message in printed
    assert not (tmp_path / "run" / "final").exists()
