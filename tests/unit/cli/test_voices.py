# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa voices`: the list, and changes of a model folder that leave it speaking."""

import json
import shutil

import numpy as np
import pytest
import soundfile
import torch

from support.corpora import RATE, hum
from support.tiny import tiny_config, tiny_model
from transformers_tsukasa.bundled import default_model
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.processor_files import save_companions
from transformers_tsukasa.models.tsukasa.speaking import voice_folder
from transformers_tsukasa.models.tsukasa.speaking.voice_folder import VoiceFolder


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A model folder without voices."""
    folder = tmp_path_factory.mktemp("model") / "bare"
    tiny_model(config=tiny_config()).save_pretrained(folder)
    save_companions(tiny_config(), folder)
    return folder


@pytest.fixture
def folder(bare, tmp_path):
    shutil.copytree(bare, tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def clips(tmp_path):
    paths = [tmp_path / "low.wav", tmp_path / "high.wav"]
    for path, f0 in zip(paths, (110, 240), strict=True):
        soundfile.write(path, hum(1.5, f0), RATE)
    return [str(path) for path in paths]


def voices_of(folder):
    model = TsukasaModelForConditionalGeneration.from_pretrained(folder)
    return dict(model.voices), model.generation_config.voice


def test_a_voice_is_the_mean_style_of_its_clips_and_the_first_one_speaks(folder, clips, tmp_path, capsys):
    for name, given in (("low", clips[:1]), ("high", clips[1:]), ("both", clips)):
        assert main(["voices", "add", name, *given, "--model", str(folder)]) == 0
    assert "'low' is a voice of" in capsys.readouterr().out
    voices, default = voices_of(folder)
    assert default == "low" and list(voices) == ["both", "high", "low"]
    assert not torch.allclose(voices["low"], voices["high"])
    torch.testing.assert_close(voices["both"], (voices["low"] + voices["high"]) / 2)
    assert main(["say", "はい", "-o", str(tmp_path / "a.wav"), "--model", str(folder), "--voice", "both"]) == 0


def test_the_list_marks_the_default_and_is_json_on_demand(folder, clips, capsys):
    main(["voices", "add", "low", clips[0], "--model", str(folder), "--description", "低い声"])
    main(["voices", "add", "high", clips[1], "--model", str(folder)])
    main(["voices", "default", "high", "--model", str(folder)])
    capsys.readouterr()
    assert main(["voices", "--model", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines() == ["high  from 1 clip  (default)", "low   低い声"]
    assert main(["voices", "--model", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"name": "high", "description": "from 1 clip", "is_default": True},
        {"name": "low", "description": "低い声", "is_default": False},
    ]


def test_renaming_keeps_style_description_and_default(folder):
    VoiceFolder(folder).add("a", torch.full((16,), 0.25), "steady")
    assert main(["voices", "rename", "a", "b", "--model", str(folder)]) == 0
    voices, default = voices_of(folder)
    assert default == "b" and list(voices) == ["b"] and voices["b"].tolist() == [0.25] * 16
    assert VoiceFolder(folder).voices.describe("b") == "steady"


def test_the_default_is_removed_only_when_it_is_the_last(folder, capsys):
    voices = VoiceFolder(folder)
    voices.add("a", torch.zeros(16))
    voices.add("b", torch.ones(16))
    assert main(["voices", "remove", "a", "--model", str(folder)]) == 1
    error = capsys.readouterr().err
    assert "'a' is the default voice: make another one the default first" in error and "the model has b" in error
    assert voices_of(folder)[1] == "a" and len(voices_of(folder)[0]) == 2
    assert main(["voices", "default", "b", "--model", str(folder)]) == 0
    assert main(["voices", "remove", "a", "--model", str(folder)]) == 0
    assert main(["voices", "remove", "b", "--model", str(folder)]) == 0
    assert voices_of(folder) == ({}, None)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["remove", "nobody"], "the model has no voice 'nobody'; it has a"),
        (["rename", "nobody", "b"], "the model has no voice 'nobody'; it has a"),
        (["default", "nobody"], "the model has no voice 'nobody'; it has a"),
        (["rename", "a", "a"], "the model has a voice 'a' already"),
        (["add", "a", "clip.wav"], "the model has a voice 'a' already"),
        (["add", "b"], "write `tsukasa voices add NAME CLIP ..."),
        (["rename", "a"], "write `tsukasa voices rename NAME NEW_NAME"),
        (["add", "b", "nowhere.wav"], "nowhere.wav"),
        (["list", "a"], "takes no name"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_changes_nothing(
    folder, clips, tmp_path, monkeypatch, capsys, words, sentence
):
    monkeypatch.chdir(tmp_path)
    shutil.copy(clips[0], "clip.wav")
    VoiceFolder(folder).add("a", torch.zeros(16))
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert main(["voices", *words, "--model", str(folder)]) == 1
    error = capsys.readouterr().err
    assert sentence in error and "Traceback" not in error
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("model", ["default", "packaged", "linked"])
def test_the_packaged_model_is_refused_by_every_name(tmp_path, capsys, model):
    if model == "packaged":
        model = default_model()
    elif model == "linked":
        (tmp_path / "linked").symlink_to(default_model())
        model = str(tmp_path / "linked")
    assert main(["voices", "default", "mei", "--model", model]) == 1
    assert "copy the folder" in capsys.readouterr().err


def test_a_hub_id_is_no_folder(capsys):
    assert main(["voices", "remove", "a", "--model", "someone/model"]) == 1
    assert capsys.readouterr().err.startswith("tsukasa voices: there is no folder 'someone/model' here")
    with pytest.raises(FileNotFoundError, match="'someone/model' is no model folder on this machine"):
        VoiceFolder("someone/model")


@pytest.mark.parametrize("step", range(4))
def test_a_change_that_is_interrupted_leaves_a_folder_that_speaks(folder, monkeypatch, step):
    """Renaming the default writes three times; after any of them the default still names a voice."""
    VoiceFolder(folder).add("a", torch.zeros(16))
    steps = []

    def stopping(write):
        def written(*arguments, **keywords):
            if len(steps) == step:
                raise KeyboardInterrupt
            steps.append(write)
            return write(*arguments, **keywords)

        return written

    monkeypatch.setattr(voice_folder, "write_text", stopping(voice_folder.write_text))
    monkeypatch.setattr(voice_folder.TsukasaVoices, "save", stopping(voice_folder.TsukasaVoices.save))
    if step == 3:
        VoiceFolder(folder).rename("a", "b")
    else:
        with pytest.raises(KeyboardInterrupt):
            VoiceFolder(folder).rename("a", "b")
    voices, default = voices_of(folder)
    assert default in voices and np.allclose(voices[default], 0)


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "voices-v1.0.bin"
    with path.open("wb") as file:
        np.savez(file, **{name: np.full((5, 1, 16), value, np.float32) for name, value in [("af", 0.1), ("jm", -0.1)]})
    return path


def test_voices_of_a_pack_are_added_and_spoken_with(folder, pack, tmp_path, capsys):
    assert main(["voices", "add", "jm", "--from", str(pack), "--model", str(folder)]) == 0
    assert "'jm' is a voice of" in capsys.readouterr().out
    assert main(["voices", "add", "--from", str(pack), "--replace", "--model", str(folder)]) == 0
    assert f"'af', 'jm' are voices of '{folder}', from voices-v1.0.bin; the default is 'jm'" in capsys.readouterr().out
    assert main(["voices", "--model", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "af  from voices-v1.0.bin  (5 rows)",
        "jm  from voices-v1.0.bin  (5 rows)  (default)",
    ]
    assert main(["voices", "--model", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["rows"] == 5
    speech = str(tmp_path / "a.wav")
    assert main(["say", "はい", "-o", speech, "--model", str(folder), "--voice", "af=0.7,jm=0.3"]) == 0


def test_a_single_voice_takes_the_given_name(folder, tmp_path):
    torch.save(torch.full((5, 1, 16), 0.25), tmp_path / "af.pt")
    assert main(["voices", "add", "narrator", "--from", str(tmp_path / "af.pt"), "--model", str(folder)]) == 0
    voices, default = voices_of(folder)
    assert default == "narrator" and voices["narrator"].shape == (5, 16)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "jm", "zoe", "--from", "voices-v1.0.bin"], "has no voice 'zoe'; it has af, jm"),
        (["add", "--from", "narrow.pt"], "the voice 'narrow' of 'narrow.pt' does not fit the model: it is (5, 1, 8)"),
        (["add", "--from", "nowhere.pt"], "there is no 'nowhere.pt'"),
        (["remove", "jm", "--from", "voices-v1.0.bin"], "`tsukasa voices remove` takes no --from"),
        (["list", "--from", "voices-v1.0.bin"], "`tsukasa voices list` takes no --from"),
    ],
)
def test_packs_that_do_not_fit_are_a_sentence(folder, pack, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(pack.parent)
    torch.save(torch.zeros(5, 1, 8), "narrow.pt")
    assert main(["voices", *words, "--model", str(folder)]) == 1
    error = capsys.readouterr().err
    assert sentence in error and "Traceback" not in error
    assert not (folder / "voices.safetensors").exists()
