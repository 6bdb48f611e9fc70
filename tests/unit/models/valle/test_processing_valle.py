# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Texts, prompts and codecs of VALL-E's processor."""

import numpy as np
import pytest
import torch
from transformers import BertConfig, DacConfig, DacModel, EncodecConfig, EncodecModel, MimiConfig, MimiModel

from support.shared_data import recorded_path
from support.signals import tone
from support.tiny_valle import tiny_valle
from transformers_tsukasa.models.valle.codecs.lyra import paired, unpaired
from transformers_tsukasa.models.valle.codecs.opening import open_codec
from transformers_tsukasa.models.valle.codecs.vocos import VocosConfig, VocosModel
from transformers_tsukasa.models.valle.outputs import VallEOutput
from transformers_tsukasa.models.valle.processing_valle import VallEProcessor
from transformers_tsukasa.models.valle.prompts import VallEPrompt
from transformers_tsukasa.models.valle.tokenization_valle import VallETokenizer


PROMPT = VallEPrompt(torch.arange(24).reshape(3, 8), [20, 21], "zh")


@pytest.fixture(scope="module")
def encodec_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encodec")
    config = EncodecConfig(num_filters=4, hidden_size=8, codebook_dim=8, codebook_size=1024, num_lstm_layers=1)
    torch.manual_seed(0)
    EncodecModel(config).save_pretrained(folder)
    return folder


def test_a_prompt_stands_before_the_text_in_its_own_language():
    processor = VallEProcessor(VallETokenizer())
    inputs = processor(["やった！", "え？"], PROMPT, language="ja")
    assert inputs["input_ids"][:, :2].tolist() == [[20, 21]] * 2
    assert inputs["language_ids"][:, :4].tolist() == [[1, 1, 2, 2]] * 2
    assert inputs["attention_mask"].sum(dim=1).tolist() == [2 + 8, 2 + 2]
    assert inputs["prompt_codes"].shape == (2, 3, 8) and inputs["prompt_text_lengths"].tolist() == [2, 2]
    accented = processor("やった！", PROMPT, language="ja", accent="en")["language_ids"]
    assert accented.tolist() == [[1, 1] + [0] * 8]


def test_marks_that_the_model_does_not_know_are_left_out():
    tokenizer = VallETokenizer()
    assert tokenizer.read_japanese("「はい」と言った。") == tokenizer.read_japanese("「はい」と言った。").strip("[]")
    assert 0 not in tokenizer.phone_ids(tokenizer.read_japanese("（税込）『本』"))


@pytest.mark.parametrize(
    "text, options, message",
    [
        ([], {}, "there is no text"),
        ("！？", {"language": "ja"}, "nothing readable"),
        (" ", {"phonemize": False}, "has no phones"),
        ("hello", {"language": "fr"}, "one of en, zh, ja"),
        (["a", "b"], {"prompt": [PROMPT], "phonemize": False}, "2 texts need one prompt or 2"),
    ],
)
def test_texts_that_cannot_be_spoken_are_refused(text, options, message):
    with pytest.raises(ValueError, match=message):
        VallEProcessor(VallETokenizer())(text, **options)


def test_prompts_of_files_number_languages_in_their_own_way(tmp_path):
    path = tmp_path / "prompt.npz"
    arrays = {"audio_tokens": np.arange(24).reshape(1, 3, 8), "text_tokens": np.array([[20, 21]])}
    np.savez(path, **arrays, lang_code=0)
    read = VallEPrompt.from_file(path)
    assert (read.text_ids, read.language) == (PROMPT.text_ids, "zh") and torch.equal(read.codes, PROMPT.codes)
    np.savez(path, **arrays, lang_code=3)
    with pytest.raises(ValueError, match="language 3"):
        VallEPrompt.from_file(path)
    np.savez(path, audio_tokens=arrays["audio_tokens"])
    with pytest.raises(ValueError, match="no prompt of VALL-E X"):
        VallEPrompt.from_file(path)


def test_clips_become_prompts_and_codes_waveforms(encodec_folder, tmp_path):
    processor = VallEProcessor(VallETokenizer())
    with pytest.raises(ValueError, match="has no codec"):
        processor.make_prompt(tone(1.5, rate=24000), "はい。", sampling_rate=24000)
    processor.codec = open_codec(encodec_folder)
    prompt = processor.make_prompt(tone(1.5, rate=24000), "はい。", language="ja", sampling_rate=24000)
    assert prompt.codes.shape == (113, 8) and prompt.codes.max() < 1024
    speech = VallEOutput(codes=prompt.codes[None], lengths=torch.tensor([100]))
    (waveform,) = processor.decode(speech)
    assert waveform.shape == (32000,) and np.isfinite(waveform).all()
    processor.save_pretrained(tmp_path)
    again = VallEProcessor.from_pretrained(tmp_path)
    np.testing.assert_array_equal(again.decode(speech)[0], waveform)
    for seconds in (0.2, 60):
        with pytest.raises(ValueError, match=f"lasts {seconds:.1f} s, but must be 1 to 15 s"):
            processor.make_prompt(tone(seconds, rate=24000), "はい。", sampling_rate=24000)


def test_vocos_decodes_in_place_of_encodec(encodec_folder, tmp_path):
    codec = open_codec(encodec_folder)
    codec.save_pretrained(tmp_path)
    torch.manual_seed(0)
    config = VocosConfig(num_hidden_layers=1, hidden_size=8, intermediate_size=16, codebook_dim=8)
    VocosModel(config).save_pretrained(tmp_path / "vocos")
    codes = torch.randint(0, 1024, (20, 8))
    waveform = open_codec(tmp_path).decode(codes)
    assert waveform.shape == (6400,) and not np.allclose(waveform, codec.decode(codes), atol=1e-3)


@pytest.mark.parametrize("kind", ["mimi", "dac"])
def test_other_codecs_of_transformers_have_the_same_interface(tmp_path, kind):
    torch.manual_seed(0)
    if kind == "mimi":
        small = {"num_filters": 4, "hidden_size": 16, "codebook_dim": 8, "codebook_size": 32, "num_quantizers": 8}
        attention = {"num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 8, "num_hidden_layers": 1}
        config = MimiConfig(
            **small, **attention, intermediate_size=16, upsample_groups=16, vector_quantization_hidden_dimension=8
        )
        MimiModel(config).save_pretrained(tmp_path)
    else:
        config = DacConfig(encoder_hidden_size=4, decoder_hidden_size=32, codebook_dim=4, codebook_size=32)
        DacModel(config).save_pretrained(tmp_path)
    codec = open_codec(tmp_path)
    codes = codec.encode(tone(1.0, rate=codec.sampling_rate))
    assert codes.shape[1] == 8 and abs(len(codes) - codec.frame_rate) <= 1 and codes.max() < 32
    assert abs(len(codec.decode(codes)) - codec.sampling_rate) <= 2 * codec.sampling_rate / codec.frame_rate


def test_folders_that_hold_no_fitting_codec_are_refused(encodec_folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="no codec in"):
        open_codec(tmp_path)
    BertConfig().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="holds a model of type 'bert'"):
        open_codec(tmp_path)
    with pytest.raises(ValueError, match="32 codebooks, not 33"):
        open_codec(encodec_folder, 33)
    codec = open_codec(encodec_folder)
    with pytest.raises(ValueError, match="8 codebooks of 1024 at 75 .* trained on 4 codebooks of 12"):
        codec.check_fits(tiny_valle().config)
    with pytest.raises(ValueError, match="they are of another codec"):
        codec.decode(torch.full((3, 8), 1024))


def test_two_codebooks_of_lyra_are_one_and_are_taken_apart_again():
    indices = torch.randint(0, 16, (5, 16), generator=torch.Generator().manual_seed(0))
    assert paired(indices).max() < 256 and torch.equal(unpaired(paired(indices)), indices)


def test_lyra_codes_and_decodes_as_recorded():
    pytest.importorskip("ai_edge_litert")
    from safetensors.torch import load_file

    path = recorded_path("valle", "lyra", "lyra.safetensors")
    recorded = load_file(path)
    codec = open_codec(path.parent)
    codes = codec.encode(recorded["audio"].numpy())
    assert torch.equal(unpaired(codes), recorded["codes"][:, :16].long())
    np.testing.assert_allclose(codec.decode(codes), recorded["decoded_16"].numpy(), atol=1e-4)
