# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Voices that are a table with a style for every length of text: kept, and spoken with."""

import pytest
import torch
from safetensors.torch import load_file, safe_open, save_file

from support.tiny import tiny_config, tiny_model, tokens
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.speaking.sentence_marks import close_sentences
from transformers_tsukasa.models.tsukasa.speaking.voice_folder import VoiceFolder
from transformers_tsukasa.models.tsukasa.speaking.voices import VOICES_NAME, TsukasaVoices
from transformers_tsukasa.text.utterances import Utterance


def table(rows, seed=0, size=16):
    return 0.2 * torch.randn(rows, size, generator=torch.Generator().manual_seed(seed))


def ids_of(*sentences, pad_after=False):
    """Long form: every sentence with a pad before it, and after it too when asked for."""
    pairs = []
    for sentence in sentences:
        ids = tokens(sentence)["input_ids"][0].tolist()
        pairs.append((ids + [0] * pad_after, Utterance(sentence, "sentence")))
    return torch.tensor([close_sentences(pairs)])


@pytest.fixture
def model():
    made = tiny_model()
    made.generation_config.update(alpha=0.0, beta=0.0)
    made.voices.add("six", table(6))
    made.voices.add("four", table(4, seed=1), rows_count="symbols")
    made.voices.add("one", table(1, seed=2)[0])
    return made


def test_the_row_of_a_number_of_tokens():
    voices = TsukasaVoices(2)
    voices.add("a", torch.arange(10.0).reshape(5, 1, 2))
    voices.add("b", torch.arange(10.0).reshape(5, 2), rows_count="symbols")
    voices.add("c", torch.ones(1, 1, 2))
    first = {name: [int(voices.style(name, count)[0]) // 2 for count in range(8)] for name in ("a", "b")}
    assert first == {"a": [0, 0, 1, 2, 3, 4, 4, 4], "b": [0, 1, 2, 3, 4, 4, 4, 4]}
    assert voices["a"].shape == (5, 2) and voices["c"].shape == (2,) and voices.style("c", 9).tolist() == [1, 1]
    assert voices.vector("a").tolist() == [4, 5] and voices.vector("c").tolist() == [1, 1]
    assert [voices.rows_count(name) for name in voices] == ["phonemes", "symbols", None]


@pytest.mark.parametrize(("rows", "counted"), [(510, "phonemes"), (511, "symbols"), (3, "phonemes")])
def test_the_rule_of_a_table_is_that_of_the_program_that_has_such_tables(rows, counted):
    voices = TsukasaVoices(2)
    voices.add("a", torch.zeros(rows, 1, 2))
    assert voices.rows_count("a") == counted


@pytest.mark.parametrize(
    ("style", "sentence"),
    [
        (torch.zeros(5, 8), r"the table of voice 'a' must be \(rows, 16\), got \(5, 8\)"),
        (torch.zeros(5, 2, 16), r"got \(5, 2, 16\)"),
        (torch.zeros(2, 3, 4, 16), r"got \(2, 3, 4, 16\)"),
        (torch.zeros(0, 16), r"got \(0, 16\)"),
        (torch.zeros(32), "must have 16 values, got 32"),
        (torch.full((5, 16), torch.inf), "holds NaN or infinity"),
    ],
)
def test_tables_that_do_not_fit_are_one_sentence(style, sentence):
    voices = TsukasaVoices(16)
    with pytest.raises(ValueError, match=sentence):
        voices.add("a", style)
    with pytest.raises(ValueError, match="rows_count of voice 'a' must be 'phonemes' or 'symbols', got 'letters'"):
        voices.add("a", torch.zeros(5, 16), rows_count="letters")
    assert not voices


def test_tables_are_saved_and_loaded_beside_vectors(tmp_path):
    voices = TsukasaVoices(16)
    voices.add("a", table(5), "a table", rows_count="symbols")
    voices.add("b", table(1)[0], "a vector")
    voices.add("c", table(7)[::2])
    voices.save(tmp_path)
    loaded = TsukasaVoices.load(tmp_path / VOICES_NAME, 16)
    for name in voices:
        assert torch.equal(loaded[name], voices[name]) and loaded.describe(name) == voices.describe(name)
        assert loaded.rows_count(name) == voices.rows_count(name)
    with pytest.raises(ValueError, match="the table of voice 'a' must be"):
        TsukasaVoices.load(tmp_path / VOICES_NAME, 8)
    loaded.add("a", table(1)[0])
    assert loaded.rows_count("a") is None and loaded["a"].shape == (16,)


def test_a_file_of_vectors_is_written_as_before(tmp_path):
    voices = TsukasaVoices(16)
    voices.add("b", table(1)[0], "a vector")
    voices.save(tmp_path)
    save_file({"b": table(1)[0]}, tmp_path / "before", metadata={"voices": '{"b": {"description": "a vector"}}'})
    assert (tmp_path / VOICES_NAME).read_bytes() == (tmp_path / "before").read_bytes()


def test_a_folder_renames_and_removes_tables(tmp_path):
    tiny_model(config=tiny_config()).save_pretrained(tmp_path)
    folder = VoiceFolder(tmp_path)
    folder.add_all({"a": table(5), "b": table(4)}, "from a pack", rows_count="symbols")
    folder.rename("b", "c")
    folder.rename("a", "d")
    voices = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path).voices
    assert set(voices) == {"c", "d"} and torch.equal(voices["c"], table(4)) and folder.default == "d"
    assert voices.rows_count("c") == "symbols" and voices.describe("c") == "from a pack"
    with safe_open(tmp_path / VOICES_NAME, framework="pt") as file:
        assert "rows_count" in file.metadata()["voices"]


def test_voices_that_do_not_all_fit_change_nothing(tmp_path):
    tiny_model(config=tiny_config()).save_pretrained(tmp_path)
    folder = VoiceFolder(tmp_path)
    folder.add("a", table(5))
    for wrong in ({"b": table(5), "a": table(5)}, {"b": table(5), "c": table(5, size=8)}):
        with pytest.raises(ValueError, match="'a' already|table of voice 'c'"):
            folder.add_all(wrong)
    assert list(folder.voices) == ["a"] and list(load_file(tmp_path / VOICES_NAME)) == ["a"]


def test_every_segment_takes_the_row_of_its_own_length(model):
    ids = ids_of("ai.", "a.", "konnitɕiwa.", pad_after=True)
    pieces = list(model.generate(ids, voice="six", seed=0, stream=True))
    rows = model.voices["six"]
    for piece, row in zip(pieces, (2, 1, 5), strict=True):  # 3, 2 and 11 tokens without pads, of 6 rows
        assert torch.equal(piece.style_vector[0], rows[row])
    complete = model.generate(ids, voice="six", seed=0)
    assert torch.equal(complete.waveform[0], torch.cat([piece.waveform[0] for piece in pieces]))
    assert torch.equal(complete.style_vector[0], rows[5])


def test_a_table_speaks_as_its_row_given_as_a_vector(model):
    inputs = {**tokens("ai."), "seed": 0, "alpha": 0.3, "beta": 0.7}
    named = model.generate(**inputs, voice="six")
    given = model.generate(**inputs, style_vector=model.voices.style("six", 3))
    assert torch.equal(named.waveform, given.waveform)


def test_texts_of_a_batch_take_rows_of_their_own(model):
    batch = tokens("ai.", "konnitɕiwa.", "a.")
    together = model.generate(**batch, voice=["six", "four", "one"], seed=0)
    expected = [model.voices["six"][2], model.voices["four"][3], model.voices["one"]]
    assert torch.equal(together.style_vector, torch.stack(expected))
    for item, (text, voice) in enumerate([("ai.", "six"), ("konnitɕiwa.", "four"), ("a.", "one")]):
        alone = model.generate(**tokens(text), voice=voice, seed=0)
        assert torch.equal(together.audio[item], alone.audio[0])


@pytest.mark.parametrize(("text", "six", "four"), [("a.", 1, 2), ("ai.", 2, 3), ("aiɯe.", 4, 3), ("aiɯeoai.", 5, 3)])
def test_blends_are_made_row_by_row(model, text, six, four):
    style = model.generate(**tokens(text), voice={"six": 3.0, "four": 1.0}).style_vector[0]
    torch.testing.assert_close(style, 0.75 * model.voices["six"][six] + 0.25 * model.voices["four"][four])
    style = model.generate(**tokens(text), voice={"six": 1.0, "one": 1.0}).style_vector[0]
    torch.testing.assert_close(style, 0.5 * model.voices["six"][six] + 0.5 * model.voices["one"])
    vector = table(1, seed=5)[0]
    weights = {"voice": 1.0, "style_vector": 1.0}
    style = model.generate(**tokens(text), voice="six", style_vector=vector, style_weights=weights).style_vector[0]
    torch.testing.assert_close(style, 0.5 * model.voices["six"][six] + 0.5 * vector)


def test_the_default_voice_may_be_a_table(model):
    model.generation_config.update(voice="six")
    assert torch.equal(model.generate(**tokens("ai.")).style_vector[0], model.voices["six"][2])


@pytest.mark.parametrize("shape", [(6, 16), (6, 1, 16), (1, 6, 16)])
def test_a_table_is_no_style_vector(model, shape):
    with pytest.raises(ValueError, match=r"a table of styles is a voice: add it with `voices\.add\(name, table\)`"):
        model.generate(**tokens("ai."), style_vector=table(6).reshape(shape))
