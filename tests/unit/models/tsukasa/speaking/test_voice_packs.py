# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Voice packs in the four forms in which Kokoro and its ports have them."""

import json
import unicodedata
import zipfile

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from support.shared_data import recorded_path
from transformers_tsukasa.models.tsukasa.speaking.voice_packs import choose_voices, read_voice_pack
from transformers_tsukasa.models.tsukasa.speaking.voices import TsukasaVoices


@pytest.fixture
def tables():
    draw = torch.Generator().manual_seed(0)
    return {"af": 0.2 * torch.randn(7, 1, 16, generator=draw), "jm": 0.2 * torch.randn(6, 1, 16, generator=draw)}


def write(path, tables, form):
    """A pack of one form; those without names hold the first table."""
    if form == "torch dictionary":
        torch.save(tables, path)
    elif form == "torch":
        torch.save(tables["af"], path)
    elif form == "old torch":
        torch.save(tables["af"], path, _use_new_zipfile_serialization=False)
    elif form == "numpy":
        with path.open("wb") as file:
            np.savez(file, **{name: table.numpy() for name, table in tables.items()})
    elif form == "safetensors":
        save_file(tables, path)
    elif form == "json":
        path.write_text(json.dumps({name: table.tolist() for name, table in tables.items()}), encoding="utf-8")
    else:
        path.write_bytes(tables["af"].numpy().astype("<f4").tobytes())


@pytest.mark.parametrize("form", ["torch dictionary", "torch", "old torch", "numpy", "json", "safetensors", "raw"])
@pytest.mark.parametrize("ending", [".pt", ".bin", ""])
def test_a_pack_is_known_by_its_content(tables, form, ending, tmp_path):
    path = tmp_path / f"af{ending}"
    write(path, tables, form)
    found = read_voice_pack(path, style_size=16)
    assert list(found) == (["af"] if form in ("torch", "old torch", "raw") else ["af", "jm"])
    for name, table in found.items():
        assert table.dtype == torch.float32 and torch.allclose(table, tables[name][:, 0], atol=1e-7)


@pytest.mark.parametrize("first", [b"PK\x03", b"\x80\x02", b"{ ", b"[[", b"{\n"])
def test_rows_of_numbers_may_begin_with_any_bytes(first, tables, tmp_path):
    content = tables["af"].numpy().astype("<f4").tobytes()
    path = tmp_path / "af.bin"
    path.write_bytes(first + content[len(first) :])
    assert read_voice_pack(path, style_size=16)["af"].shape == (7, 16)


def test_a_folder_of_packs_has_the_voices_of_all(tables, tmp_path):
    torch.save(tables["af"], tmp_path / "af.pt")
    torch.save(tables["jm"].half(), tmp_path / "jm.pt")
    (tmp_path / "README.md").write_text("voices", encoding="utf-8")
    found = read_voice_pack(tmp_path, style_size=16)
    assert list(found) == ["af", "jm"] and found["jm"].dtype == torch.float32
    torch.save(tables, tmp_path / "more.pt")
    with pytest.raises(ValueError, match=r"has two voices 'af', the second in 'more\.pt'"):
        read_voice_pack(tmp_path, style_size=16)


def _damage(tables, place, value):
    table = tables["af"].clone()
    table[place] = value
    return table


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda tables: tables["af"][..., :8], r"does not fit the model: it is \(7, 1, 8\).* is \(rows, 1, 16\)"),
        (lambda tables: tables["af"].reshape(7, 2, 8), r"does not fit the model: it is \(7, 2, 8\)"),
        (lambda tables: tables["af"].reshape(1, 7, 16), r"does not fit the model: it is \(1, 7, 16\)"),
        (lambda tables: _damage(tables, (3, 0, 1), torch.nan), "holds NaN or infinity"),
        (lambda tables: {"af": _damage(tables, (3, 0, 1), torch.inf)}, "voice 'af' of .* holds NaN or infinity"),
        (lambda tables: {"bert": {"weight": tables["af"]}}, "is no voice pack: its 'bert' is no table of numbers"),
        (lambda tables: torch.arange(16), "is no table of numbers"),
        (lambda tables: torch.zeros(0, 1, 16), "is no table of numbers"),
        (lambda tables: torch.tensor(0.5), "does not fit the model"),
        (lambda tables: "af", "is no table of numbers"),
        (lambda tables: {}, "is a voice pack without voices"),
    ],
)
def test_another_content_is_one_sentence(content, sentence, tables, tmp_path):
    path = tmp_path / "pack.pt"
    torch.save(content(tables), path)
    with pytest.raises(ValueError, match=sentence) as caught:
        read_voice_pack(path, style_size=16)
    assert "pack.pt" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("form", ["torch", "old torch", "numpy", "json", "safetensors", "raw"])
@pytest.mark.parametrize("kept", [0.5, 0.97])
def test_a_truncated_pack_is_one_sentence(form, kept, tables, tmp_path):
    path = tmp_path / "pack.bin"
    write(path, tables, form)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) | 1])
    with pytest.raises(ValueError, match="pack.bin' (cannot be read: it is damaged|is no voice pack, or one that)"):
        read_voice_pack(path, style_size=16)


@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF" + bytes(60), b"# a text of 64 letters\n" + 41 * b"a", 16 * b"\x00\x00\xc0\x7f", b"\x08\x07onnx"],
)
def test_another_kind_of_file_is_one_sentence(content, tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="'.*file.bin' is no voice pack"):
        read_voice_pack(path, style_size=16)


def test_a_zip_file_of_something_else_is_one_sentence(tmp_path):
    with zipfile.ZipFile(tmp_path / "text.docx", "w") as archive:
        archive.writestr("word.xml", "<text/>")
    with pytest.raises(ValueError, match=r"text\.docx' is no voice pack: it is an archive of other files"):
        read_voice_pack(tmp_path / "text.docx")


def test_code_in_a_pack_is_not_run(tmp_path):
    torch.save({"af": pytest.fail}, tmp_path / "pack.pt")
    with pytest.raises(ValueError, match="cannot be read"):
        read_voice_pack(tmp_path / "pack.pt")


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_voice_pack(tmp_path / "af.pt")
    with pytest.raises(FileNotFoundError, match="has no voice packs"):
        read_voice_pack(tmp_path)


def test_voices_are_chosen_by_name_and_a_single_one_takes_any(tables):
    assert list(choose_voices(tables, [], "p")) == ["af", "jm"] and list(choose_voices(tables, ["jm"], "p")) == ["jm"]
    single = {"af": tables["af"]}
    assert choose_voices(single, ["narrator"], "p")["narrator"] is tables["af"]
    with pytest.raises(KeyError, match="the voice pack 'p' has no voice 'zoe'; it has af, jm"):
        choose_voices(tables, ["af", "zoe"], "p")


def test_the_row_is_that_of_the_original(tmp_path):
    """KPipeline's row of Kokoro's own voices, by the number of tokens without the pads."""
    path = recorded_path("family", "parity", "dev", "kokoro_ja.safetensors")
    with safe_open(path, framework="pt") as file:
        rows, style, tokens = (
            file.get_tensor("voice_rows"),
            file.get_tensor("style_vector"),
            file.get_tensor("input_ids"),
        )
    rows.numpy().astype("<f4").tofile(tmp_path / "jf_alpha.bin")
    voices = TsukasaVoices(256)
    voices.add("jf_alpha", read_voice_pack(tmp_path / "jf_alpha.bin")["jf_alpha"])
    assert torch.equal(voices.style("jf_alpha", tokens.shape[1] - 2), style[0])


def test_a_file_of_weights_is_no_pack(tmp_path):
    save_file({"weight": torch.zeros(3, 5)}, tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match=r"the voice 'weight' of .* does not fit the model: it is \(3, 5\)"):
        read_voice_pack(tmp_path / "model.safetensors")


def test_the_voices_of_another_model_folder_are_a_pack(tables, tmp_path):
    voices = TsukasaVoices(16)
    voices.add("table", tables["af"])
    voices.add("vector", tables["jm"][0])
    voices.save(tmp_path)
    found = read_voice_pack(tmp_path / "voices.safetensors", style_size=16)
    assert torch.equal(found["table"], voices["table"]) and torch.equal(found["vector"], voices["vector"][None])


def test_a_voice_is_chosen_however_its_name_is_encoded(tables, tmp_path):
    composed, decomposed = (unicodedata.normalize(form, "が") for form in ("NFC", "NFD"))
    first, second = tables.values()
    for kept, asked in ((composed, decomposed), (decomposed, composed)):
        assert list(choose_voices({kept: first, "b": second}, [asked], tmp_path)) == [asked]
