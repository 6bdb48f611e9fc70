# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Conversion of VALL-E and VALL-E X from tiny checkpoints in their own format."""

import pytest
import torch
from transformers import AutoModel, AutoProcessor

from support.published_valle import publish_valle, published_state
from support.tiny_valle import tiny_valle
from transformers_tsukasa.conversion.convert import convert
from transformers_tsukasa.conversion.errors import ConversionError


def test_vall_e_is_converted_with_its_symbols(tmp_path):
    model = tiny_valle()
    report = convert(publish_valle(model, tmp_path / "published"), tmp_path / "converted")
    assert "7 symbols of the corpus" in report.table() and "2 dropped (another name of an embedding)" in report.table()
    loaded, processor = (each.from_pretrained(tmp_path / "converted") for each in (AutoModel, AutoProcessor))
    decided = ("text_vocab_size", "codebook_size", "num_codebooks", "hidden_size", "num_hidden_layers", "prefix_mode")
    assert {name: getattr(loaded.config, name) for name in decided} == {
        name: getattr(model.config, name) for name in decided
    }
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], tensor)
    # Marks first, then symbols by code point, whatever the file numbers.
    assert processor("a|_|b", phonemize=False)["input_ids"].tolist() == [[1, 5, 4, 6, 2]]
    with pytest.raises(ValueError, match="'c' is not one that the model knows"):
        processor("a|c", phonemize=False)
    with pytest.raises(ValueError, match="reads no text"):
        processor("こんにちは")


def test_vall_e_x_is_converted_from_its_file_alone(tmp_path):
    model = tiny_valle(num_languages=3, prepend_bos=True, stop_at_argmax=False, num_attention_heads=16)
    torch.save({"model": published_state(model)}, tmp_path / "vallex-checkpoint.pt")
    convert(tmp_path / "vallex-checkpoint.pt", tmp_path / "converted")
    loaded, processor = (each.from_pretrained(tmp_path / "converted") for each in (AutoModel, AutoProcessor))
    assert (loaded.config.num_languages, loaded.config.bos_token_id, loaded.config.stop_at_argmax) == (3, 13, False)
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], tensor)
    inputs = processor("やった！[EN]ˈhə[EN]", language="ja")
    assert inputs["language_ids"].tolist() == [[2] * (inputs["input_ids"].shape[1] - 3) + [0] * 3]
    assert loaded.generate(**inputs, seed=0, max_frames=4).codes.shape[2] == 4


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda state: state.pop("ar_predict_layer.weight"), "autoregressive.head.weight"),
        (lambda state: state.update(other=torch.zeros(2)), "unknown names: other"),
        (lambda state: state.update({"nar_predict_layers.0.weight": torch.zeros(12, 16)}), "but differs"),
        (lambda state: state.update({"ar_decoder.norm.weight": torch.zeros(3)}), "wrong shape"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused(tmp_path, change, message):
    path = publish_valle(tiny_valle(), tmp_path / "published")
    content = torch.load(path, weights_only=False)
    change(content["model"])
    torch.save(content, path)
    with pytest.raises(ConversionError, match=message):
        convert(path, tmp_path / "converted")
    assert not (tmp_path / "converted").exists()


def test_what_the_file_lacks_is_told(tmp_path):
    path = publish_valle(tiny_valle(), tmp_path / "published")
    table = path.with_name("unique_text_tokens.k2symbols")
    table.write_text("a b c\n", encoding="utf-8")
    with pytest.raises(ConversionError, match="line 1: expected a symbol and its number"):
        convert(path, tmp_path / "converted")
    table.unlink()
    with pytest.raises(ConversionError, match="put that file beside the checkpoint"):
        convert(path, tmp_path / "converted")
    torch.save({"model": torch.load(path, weights_only=False)["model"]}, path)
    with pytest.raises(ConversionError, match="lacks its training arguments nhead"):
        convert(path, tmp_path / "converted")
    with pytest.raises(ConversionError, match="`for_training` is not for"):
        convert(path, tmp_path / "converted", for_training=True)
