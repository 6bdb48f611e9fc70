# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`scripts/character_model`: text as numbers, what is hidden, and training that can be interrupted."""

import gzip
import json
import math
import random

import numpy as np
import pytest
import torch

from support.script_modules import import_script


@pytest.fixture(scope="module")
def texts():
    return import_script("character_model.texts")


@pytest.fixture(scope="module")
def train():
    return import_script("character_model.train")


def test_texts_are_read_from_json_lines_and_plain_ones(texts, tmp_path):
    packed = tmp_path / "packed.jsonl.gz"
    with gzip.open(packed, "wt", encoding="utf-8") as file:
        file.write('{"t": "雨が降る"}\n{"text": " 晴れ "}\n')
    plain = tmp_path / "plain.txt"
    plain.write_text("風\n\n雲\n", encoding="utf-8")
    assert [*texts.read_texts(packed), *texts.read_texts(plain)] == ["雨が降る", "晴れ", "風", "雲"]
    other = tmp_path / "other.jsonl"
    other.write_text('{"t": "雨"}\n{"kana": "アメ"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"other\.jsonl, line 2: no `t` and no `text`"):
        list(texts.read_texts(other))


def test_characters_are_numbered_by_frequency(texts):
    known = texts.known_characters(["ああい", "いあう"], rarest=2, most=5)
    assert known == "あい"
    assert texts.known_characters(["ああい", "いあう"], rarest=1, most=1) == "あ"
    characters = texts.Characters(known)
    assert (len(characters), characters.encode("いうあ")) == (6, [5, texts.UNKNOWN, 4])
    assert characters.stream(["あ", "い"]).tolist() == [texts.EDGE, 4, texts.EDGE, 5]


def test_windows_are_pieces_of_the_stream_and_none_overlap(texts):
    stream = np.arange(100, dtype=np.int32)
    batches = list(texts.windows(stream, 8, 3, random.Random(1)))
    seen = np.concatenate(batches).ravel()
    assert len(seen) == len(set(seen.tolist())) >= 72
    assert all((np.diff(row) == 1).all() for batch in batches for row in batch)
    assert list(texts.windows(stream[:10], 8, 3, random.Random(1))) == []


def test_chosen_characters_are_mostly_masked_and_others_stay(texts):
    batch = np.full((100, 100), 9, dtype=np.int32)
    batch[:, 0] = texts.EDGE
    read, chosen = texts.masked(batch, 0.2, 50, np.random.default_rng(0))
    assert not chosen[:, 0].any() and (read[~chosen] == batch[~chosen]).all()
    assert chosen.mean() == pytest.approx(0.2, abs=0.02)
    assert (read[chosen] == texts.MASK).mean() == pytest.approx(0.8, abs=0.04)
    assert ((read[chosen] != texts.MASK) & (read[chosen] != 9)).mean() == pytest.approx(0.1, abs=0.03)


def test_pads_change_no_state():
    network = import_script("character_model.network")
    torch.manual_seed(0)
    model = network.CharacterModel(network.Shape(20, width=8, layers=2, heads=2, positions=8)).eval()
    alone = model(torch.tensor([[5, 6, 7]]))
    padded = model(torch.tensor([[5, 6, 7, 0, 0], [5, 6, 7, 8, 9]]))
    assert torch.allclose(alone[0], padded[0, :3], atol=1e-6)
    assert not torch.allclose(padded[0, :3], padded[1, :3], atol=1e-3)
    with pytest.raises(ValueError, match="heads do not divide"):
        network.Shape(20, width=9, heads=2)


def test_a_resumed_run_equals_a_straight_one(train, tmp_path, capsys):
    generator = random.Random(0)
    rows = [{"t": "".join(generator.choices("あいうえおかきくけこ", k=30))} for _ in range(60)]
    file = tmp_path / "texts.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    sizes = {"width": 8, "layers": 1, "heads": 2, "positions": 16, "batch": 4, "rarest": 1, "updates": 8}
    options = [part for name, value in sizes.items() for part in (f"--{name}", str(value))]
    finished = []
    for name, stop in (("straight", None), ("resumed", 5)):
        folder = tmp_path / name
        command = [str(file), "--output", str(folder), *options, "--every", "2"]
        if stop:
            with pytest.MonkeyPatch.context() as patch:
                update = train.Run.update

                def interrupted(run, number, *parts, update=update, stop=stop):
                    if number == stop:
                        raise KeyboardInterrupt
                    return update(run, number, *parts)

                patch.setattr(train.Run, "update", interrupted)
                with pytest.raises(KeyboardInterrupt):
                    train.main(command)
        assert train.main(command) == 0
        finished.append(torch.load(folder / "characters.pt", weights_only=True)["model"])
    assert all(torch.equal(finished[0][name], finished[1][name]) for name in finished[0])
    assert "8 of 8 updates" in capsys.readouterr().out
    model, characters = train.load_model(tmp_path / "straight" / "characters.pt")
    assert model(torch.tensor([characters.encode("あいう")])).shape == (1, 3, 8)
    with pytest.raises(SystemExit):
        train.main([str(file), "--output", str(tmp_path / "straight"), *options, "--seed", "1"])
    assert "is of other texts or settings" in capsys.readouterr().err


def test_training_learns_from_neighbours(train):
    """The loss falls well below that of guessing by frequency alone: eight characters in turn, log 8."""
    settings = train.Settings(updates=60, batch=8, warm_up=5, rate=1e-2, rarest=1)
    stream = np.tile(np.arange(4, 12, dtype=np.int32), 200)
    shape = import_script("character_model.network").Shape(12, width=16, layers=1, heads=2, positions=16)
    torch.manual_seed(0)
    model = import_script("character_model.network").CharacterModel(shape)
    optimizer = torch.optim.AdamW(model.parameters(), settings.rate)
    losses = []
    for _, parts in zip(range(settings.updates), train.batches(stream, shape, settings), strict=False):
        loss = train.loss_of(model, *parts)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < math.log(8) - 0.4
    assert train.rate_at(60, settings) == pytest.approx(0)


def test_too_little_text_is_refused(train, tmp_path, capsys):
    file = tmp_path / "short.txt"
    file.write_text("短い\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        train.main([str(file), "--output", str(tmp_path / "run"), "--rarest", "1"])
    assert "are no batch of 32 x 96; add text" in capsys.readouterr().err


def test_states_of_characters_are_measured_as_features(tmp_path, capsys, monkeypatch):
    """With states that tell fish from shares, every place that the rules misread is repaired in a source not seen."""
    script = import_script("character_model.measure")
    network, texts = import_script("character_model.network"), import_script("character_model.texts")
    rows = {
        "wac_places.jsonl": [{"t": "株の市場が荒れた。", "r": [[2, 4, "いちば"]]}] * 6
        + [{"t": "米の市場が荒れた。", "r": [[2, 4, "しじょう"]]}] * 6,
        "other_places.jsonl": [{"t": "株の市場が荒れた。", "r": [[2, 4, "いちば"]]}] * 2,
    }
    files = []
    for name, lines in rows.items():
        files.append(str(tmp_path / name))
        (tmp_path / name).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    entry = ["名詞", "普通名詞", "一般", *"*****", "市場", *["*"] * 8]
    monkeypatch.setattr(
        script, "read_dictionary", lambda folder: iter([(0, [*entry, "シジョウ"]), (0, [*entry, "イチバ"])])
    )
    known = texts.known_characters(["株の市場が荒れた。米"], rarest=1, most=20)
    torch.manual_seed(0)
    shape = network.Shape(len(texts.Characters(known)), width=8, layers=1, heads=2, positions=16)
    content = {"shape": vars(shape), "known": known, "model": network.CharacterModel(shape).state_dict()}
    torch.save(content, tmp_path / "characters.pt")
    monkeypatch.setattr(script, "EPOCHS", 60)
    assert script.main([str(tmp_path / "characters.pt"), *files, "--margins", "0"]) == 0
    printed = capsys.readouterr().out
    assert "14 labelled words, 14 with a choice" in printed
    assert "other, left out (2 words, 2 to repair): margin 0: +2 -0" in printed
    with pytest.raises(SystemExit):
        script.main([str(tmp_path / "none.pt"), *files])
    assert "none.pt does not exist" in capsys.readouterr().err
