# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""SpeechSR: pieces and batches, recorded results, refusals."""

import numpy as np
import pytest
import torch
from huggingface_hub.errors import StrictDataclassClassValidationError
from safetensors.torch import load_file

from support.shared_data import recorded_path
from support.speechsr_toys import save_speechsr, tiny_speechsr
from transformers_tsukasa.conversion.convert import convert
from transformers_tsukasa.models.speechsr.configuration_speechsr import SpeechSRConfig
from transformers_tsukasa.models.speechsr.feature_extraction_speechsr import SpeechSRFeatureExtractor
from transformers_tsukasa.models.speechsr.modeling_speechsr import SpeechSRModel


RATES = [24000, 48000]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("samples", [1, 2, 39, 601])
@torch.inference_mode()
def test_pieces_and_blocks_are_the_entire_signal(rate, samples):
    model, waveform = tiny_speechsr(rate), 0.3 * torch.randn(2, samples, generator=torch.manual_seed(samples))
    at_once = model.raise_piece(waveform)
    assert at_once.shape == (2, int(samples * rate / 16000))
    for piece_length in (1, 100):
        blocks = model.stream(waveform.split(37, dim=1), piece_length)
        assert torch.allclose(torch.cat(list(blocks), dim=1), at_once, atol=1e-5)
    assert torch.allclose(model(waveform).waveform, at_once, atol=1e-5)


@torch.inference_mode()
def test_memory_is_that_of_a_piece():
    """The largest signal that the network is given does not grow with the file."""
    model, given = tiny_speechsr(), []
    inner = model.raise_piece
    model.raise_piece = lambda waveform: (given.append(waveform.shape[1]), inner(waveform))[1]
    raised = [piece.shape[1] for piece in model.stream((torch.zeros(1, 50) for _ in range(40)), 200)]
    assert sum(raised) == 6000 and max(given) <= 200 + 2 * model.context and len(given) == 10


@pytest.mark.parametrize("rate", RATES)
@torch.inference_mode()
def test_an_item_of_a_batch_is_as_if_it_were_alone(rate):
    model, waveform = tiny_speechsr(rate), 0.3 * torch.randn(2, 301, generator=torch.manual_seed(0))
    mask = torch.ones_like(waveform, dtype=torch.long)
    mask[1, 150:] = 0
    output = model(waveform, mask)
    alone = model(waveform[1:, :150]).waveform
    end = alone.shape[1]
    assert output.waveform_lengths.tolist() == [int(301 * rate / 16000), end]
    assert torch.equal(output.waveform[1:, :end], alone) and not output.waveform[1, end:].any()


@pytest.mark.parametrize("kind", ["24k", "48k"])
@torch.inference_mode()
def test_published_weights_give_the_recorded_results(kind, tmp_path):
    checkpoint = next(
        iter(sorted(recorded_path("speechsr", f"speechsr{kind}_config.json").parent.glob(f"*{kind}_G*")))
    )
    config = checkpoint.parent / f"speechsr{kind}_config.json"
    report = convert(checkpoint, tmp_path / "model", config=config)
    assert (
        "do not pass them on" in report.table() and "do not pass them on" in (tmp_path / "model/README.md").read_text()
    )
    model = SpeechSRModel.from_pretrained(tmp_path / "model").eval()
    recorded = load_file(recorded_path("speechsr", "golden_speechsr.safetensors"))
    chirp = recorded["chirp.input"][None, :3000]
    sure = model.config.output_length(3000 - model.context)
    raised = model(chirp).waveform[0, :sure]
    assert torch.allclose(raised, recorded[f"chirp.output_{kind}_f64"][:sure], atol=2e-5)
    model.config.interpolation = "drifting"
    assert torch.allclose(model(chirp).waveform[0, :sure], recorded[f"chirp.output_{kind}"][:sure], atol=2e-5)
    with pytest.raises(ValueError, match="interpolation='exact'"):
        next(model.stream([chirp]))


def test_training_reaches_every_weight():
    model = tiny_speechsr(weight_norm=True).train()
    model(0.3 * torch.randn(1, 200)).waveform.square().sum().backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in model.parameters())


def test_a_folder_is_loaded_again(tmp_path):
    folder = save_speechsr(tmp_path)
    waveform = 0.3 * torch.randn(1, 90)
    with torch.inference_mode():
        loaded = SpeechSRModel.from_pretrained(folder).eval()
        assert torch.equal(loaded(waveform).waveform, tiny_speechsr()(waveform).waveform)
        assert loaded.bfloat16()(waveform).waveform.isfinite().all()
    features = SpeechSRFeatureExtractor.from_pretrained(folder)([np.zeros(160), np.ones(80) / 2], return_tensors="pt")
    assert features["input_values"].shape == (2, 160) and features["attention_mask"].sum(dim=1).tolist() == [160, 80]


def test_silence_stays_finite():
    features = SpeechSRFeatureExtractor()(np.zeros((2, 4800)), sampling_rate=48000, return_tensors="pt")
    with torch.inference_mode():
        assert tiny_speechsr()(**features).waveform.isfinite().all()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: tiny_speechsr()(torch.zeros(3)), "must be"),
        (lambda: tiny_speechsr()(torch.zeros(1, 0)), "must be"),
        (lambda: tiny_speechsr()(torch.zeros(1, 5), torch.zeros(1, 5)), "no real samples"),
        (lambda: next(tiny_speechsr().stream([torch.zeros(1, 5)], 0)), "at least 1 sample"),
        (lambda: SpeechSRFeatureExtractor()(np.full(80, np.nan)), "NaN"),
        (lambda: SpeechSRFeatureExtractor()(np.zeros(0)), "no samples"),
    ],
)
def test_bad_input_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"output_sampling_rate": 16000}, "simple multiple"),
        ({"output_sampling_rate": 44100}, "simple multiple"),
        ({"resblock_kernel_sizes": (4,)}, "odd"),
        ({"resblock_dilations": ()}, "dilation"),
    ],
)
def test_impossible_configs_are_refused(changes, sentence):
    with pytest.raises(StrictDataclassClassValidationError, match=sentence):
        SpeechSRConfig(**changes)
