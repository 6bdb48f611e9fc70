# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from support.original_format import (
    save,
)
from transformers_tsukasa.conversion.errors import ConversionError
from transformers_tsukasa.conversion.source_files import choose_checkpoint, open_files


def test_one_of_several_checkpoints_must_be_named():
    names = ["Models/Style_Tsukasa/Top.pth", "Utils/ASR/epoch_00080.pth", "Models/Style_Tsukasa/epoch_2.pth"]
    with pytest.raises(ConversionError, match="2 checkpoints.*`checkpoint`"):
        choose_checkpoint(names)
    assert choose_checkpoint(names, "epoch_2.pth") == "Models/Style_Tsukasa/epoch_2.pth"
    with pytest.raises(ConversionError, match="names 0 files"):
        choose_checkpoint(names, "epoch_3.pth")


def test_a_source_without_checkpoint_is_refused(tmp_path):
    with pytest.raises(ConversionError, match="has no checkpoint"):
        choose_checkpoint(["README.md"])
    with pytest.raises(ConversionError, match="no such file or folder"):
        open_files(tmp_path / "nowhere" / "deeper")


def test_a_hub_id_offline_is_one_sentence(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ConversionError, match="'nobody/nothing'.*cannot be read"):
        open_files("nobody/nothing")


def test_a_checkpoint_inside_a_layout_is_opened_with_its_folder(tmp_path):
    path = save({}, tmp_path / "Models" / "Voice" / "a.pth")
    save({}, tmp_path / "Utils" / "JDC" / "bst.t7")
    files, named = open_files(path)
    assert named == "Models/Voice/a.pth" and "Utils/JDC/bst.t7" in files.names
    alone, named = open_files(save({}, tmp_path / "alone" / "b.pth"))
    assert alone.names == ["b.pth"] and named == "b.pth"
