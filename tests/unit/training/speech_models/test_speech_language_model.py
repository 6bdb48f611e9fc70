# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest
import torch
from torch import nn
from transformers import BertConfig, BertModel, WhisperFeatureExtractor, WhisperModel
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from support.tiny_speech_models import save_tiny_wavlm, save_tiny_whisper, wavlm_config, whisper_config
from transformers_tsukasa.training.speech_models.speech_language_model import SpeechLanguageModel, speech_feature_loss
from transformers_tsukasa.training.speech_models.whisper import whisper_log_mel


KINDS = ["whisper", "wavlm_base", "wavlm_large"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("speech_models")
    save_tiny_whisper(root / "whisper")
    save_tiny_wavlm(root / "wavlm_base", "group")
    save_tiny_wavlm(root / "wavlm_large", "layer")
    return root


def speech(batch=2, samples=12000, seed=0):
    return 0.1 * torch.randn(batch, samples, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("samples", [16000, 15999, 7213])
def test_log_mels_are_those_of_the_feature_extractor(samples):
    clip = speech(1, samples)
    clip[0, : samples // 3] *= 1e-5  # so quiet that the range is cut there
    for bins in (80, 128):
        extractor = WhisperFeatureExtractor(feature_size=bins)
        expected = extractor(clip[0].numpy(), sampling_rate=16000, padding=False, truncation=False).input_features[0]
        log_mel = whisper_log_mel(clip, torch.tensor([samples]), bins)[0].numpy()
        assert log_mel.shape == expected.shape
        assert np.abs(log_mel - expected).max() < 1e-4


def test_states_are_those_of_transformers_at_the_full_length_of_whisper(folders):
    clip = speech(2, 16000)
    encoder = WhisperModel.from_pretrained(folders / "whisper").encoder.eval()
    model = SpeechLanguageModel.from_pretrained(folders / "whisper")
    states, mask = model(clip, 16000)
    features = whisper_log_mel(clip, torch.tensor([16000, 16000]), 80)
    expected = encoder(features, output_hidden_states=True)
    assert len(states) == model.num_hidden_states == 3 and mask.all()
    for state, other in zip(states, expected.hidden_states, strict=True):
        assert state.shape == (2, 50, model.hidden_size)
        torch.testing.assert_close(state, other)
    torch.testing.assert_close(states[-1], expected.last_hidden_state)


def test_states_are_those_of_transformers_for_wavlm(folders):
    clip = speech(1)
    expected = save_tiny_wavlm(folders / "wavlm_base")(clip, output_hidden_states=True).hidden_states
    states, mask = SpeechLanguageModel.from_pretrained(folders / "wavlm_base")(clip, 16000)
    assert mask.all() and mask.shape == states[0].shape[:2]
    for state, other in zip(states, expected, strict=True):
        torch.testing.assert_close(state, other)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", [16000, 24000])
def test_padding_changes_no_state(folders, kind, rate):
    model = SpeechLanguageModel.from_pretrained(folders / kind)
    clips = speech(2, 12000)
    length = 7001
    padded = clips.clone()
    padded[0, length:] = float("nan")  # whatever stands there
    states, mask = model(padded, rate, torch.tensor([length, 12000]))
    for item, alone in ((0, clips[:1, :length]), (1, clips[1:])):
        expected, joined = model(alone, rate)
        frames = int(mask[item].sum())
        assert joined.all() and frames == joined.shape[1] and mask[item, :frames].all()
        for state, other in zip(states, expected, strict=True):
            torch.testing.assert_close(state[item, :frames], other[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", [16000, 24000, 22050])
def test_gradients_reach_the_waveform_and_are_the_slope(folders, kind, rate):
    model = SpeechLanguageModel.from_pretrained(folders / kind)
    recorded, generated = speech(1), speech(1, seed=1).requires_grad_()
    loss = speech_feature_loss(model, recorded, generated, rate)
    loss.backward()
    direction = generated.grad / generated.grad.norm()
    step = 1e-3 * float(generated.detach().norm())
    with torch.no_grad():
        sides = [speech_feature_loss(model, recorded, generated + sign * step * direction, rate) for sign in (1, -1)]
    slope = (sides[0] - sides[1]) / (2 * step)
    assert slope > 0
    torch.testing.assert_close(slope, generated.grad.norm(), rtol=0.05, atol=0)
    assert (generated.grad != 0).float().mean() > 0.9


def test_it_stays_frozen_and_out_of_everything(folders, tmp_path):
    class Complete(nn.Module):
        def __init__(self):
            super().__init__()
            self.speech = SpeechLanguageModel.from_pretrained(folders / "whisper")
            self.linear = nn.Linear(2, 2)

    joined = Complete().train().requires_grad_(True)
    assert set(joined.state_dict()) == {"linear.weight", "linear.bias"}
    assert len(list(joined.parameters())) == 2 and not list(joined.buffers())
    clip = speech(1).requires_grad_()
    first, second = (joined.speech(clip, 24000)[0][-1] for _ in range(2))
    assert torch.equal(first, second)  # no dropout
    first.sum().backward()
    encoder = joined.speech._unregistered[0]
    assert not any(module.training for module in encoder.modules())
    assert all(weight.grad is None and not weight.requires_grad for weight in encoder.parameters())
    assert "frozen WhisperEncoder" in repr(joined)


def test_it_moves_with_the_model_that_holds_it(folders):
    model = SpeechLanguageModel.from_pretrained(folders / "whisper")
    joined = nn.Sequential(model)
    clip = speech(1)
    exact = model(clip, 24000)[0][-1]
    joined.to(torch.bfloat16)
    states, _ = model(clip, 24000)
    assert all(state.dtype == torch.bfloat16 for state in states)
    torch.testing.assert_close(states[-1].float(), exact, rtol=0.1, atol=0.15)
    joined.to("meta")
    assert next(model._unregistered[0].parameters()).device.type == "meta"


@pytest.mark.parametrize("kind", KINDS)
def test_autocast_leaves_it_finite_and_near(folders, kind):
    model = SpeechLanguageModel.from_pretrained(folders / kind)
    clip = speech(2).requires_grad_()
    exact = model(clip, 24000, torch.tensor([9000, 12000]))[0][-1]
    with torch.autocast("cpu", torch.bfloat16):
        states, mask = model(clip, 24000, torch.tensor([9000, 12000]))
    assert (states[-1].float() - exact)[mask].abs().mean() < 0.05 * exact[mask].abs().mean() + 0.02
    states[-1].float().sum().backward()
    assert clip.grad.isfinite().all() and clip.grad[0, 9000:].abs().sum() == 0


def test_every_kind_of_folder_loads(folders, tmp_path):
    torch.manual_seed(5)
    WhisperModel(whisper_config()).save_pretrained(tmp_path / "joined")
    WhisperEncoder(whisper_config()).save_pretrained(tmp_path / "alone")
    for folder in (tmp_path / "joined", tmp_path / "alone", str(folders / "whisper")):
        model = SpeechLanguageModel.from_pretrained(folder)
        assert (model.hidden_size, model.num_hidden_states) == (16, 3)
    alone = WhisperEncoder.from_pretrained(tmp_path / "alone")
    loaded = SpeechLanguageModel.from_pretrained(tmp_path / "alone")._unregistered[0].encoder
    assert torch.equal(loaded.layers[1].fc1.weight, alone.layers[1].fc1.weight)


@pytest.mark.parametrize("model_name", ["HubertModel", "Wav2Vec2Model"])
def test_models_of_the_same_build_load_too(tmp_path, model_name):
    import transformers

    model_class = getattr(transformers, model_name)
    config = model_class.config_class(**{k: v for k, v in wavlm_config().to_dict().items() if k != "model_type"})
    model_class(config).save_pretrained(tmp_path)
    model = SpeechLanguageModel.from_pretrained(tmp_path)
    states, mask = model(speech(2), 24000, torch.tensor([12000, 6000]))
    assert len(states) == 3 and mask.sum(1).tolist() == [states[0].shape[1], int(mask[1].sum())]


def test_waveforms_are_standardised_as_the_feature_extractor_is_configured(folders, tmp_path):
    from transformers import Wav2Vec2FeatureExtractor

    clip = speech(1)
    for normalizes in (True, False):
        save_tiny_wavlm(tmp_path / str(normalizes))
        Wav2Vec2FeatureExtractor(do_normalize=normalizes).save_pretrained(tmp_path / str(normalizes))
    loud, quiet = (
        SpeechLanguageModel.from_pretrained(tmp_path / "True")(scale * clip, 16000)[0][-1] for scale in (1.0, 0.1)
    )
    torch.testing.assert_close(loud, quiet, rtol=1e-3, atol=1e-3)
    extractor = Wav2Vec2FeatureExtractor(do_normalize=True)
    values = extractor(clip[0].numpy(), sampling_rate=16000, return_tensors="pt").input_values
    expected = SpeechLanguageModel.from_pretrained(tmp_path / "False")(values, 16000)[0][-1]
    torch.testing.assert_close(loud, expected, rtol=1e-3, atol=1e-3)


def test_what_cannot_be_used_is_refused_with_the_reason(folders, tmp_path):
    with pytest.raises(OSError, match="there is no folder 'nobody/nothing', and no speech language model"):
        SpeechLanguageModel.from_pretrained("nobody/nothing")
    with pytest.raises(OSError, match="holds no speech language model"):
        SpeechLanguageModel.from_pretrained(tmp_path)
    BertModel(
        BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    ).save_pretrained(tmp_path / "bert")
    with pytest.raises(ValueError, match="type 'bert', which is no speech language model"):
        SpeechLanguageModel.from_pretrained(tmp_path / "bert")
    # Weights of a joined model under the config of an encoder alone.
    save_tiny_whisper(tmp_path / "mixed")
    WhisperEncoder(whisper_config()).config.save_pretrained(tmp_path / "mixed")
    text = (tmp_path / "mixed" / "config.json").read_text()
    (tmp_path / "mixed" / "config.json").write_text(text.replace("{", '{"architectures": ["WhisperEncoder"],', 1))
    with pytest.raises(ValueError, match="lacks .* weights of a speech language model"):
        SpeechLanguageModel.from_pretrained(tmp_path / "mixed")
    model = SpeechLanguageModel.from_pretrained(folders / "whisper")
    with pytest.raises(ValueError, match="too short"):
        model(speech(1, 300), 24000)
    with pytest.raises(ValueError, match="too short"):
        model(speech(2), 24000, torch.tensor([12000, 300]))
    with pytest.raises(ValueError, match="longer than the 1.00 s"):
        model(speech(1, 30000), 24000)
    with pytest.raises(ValueError, match=r"\(batch, samples\)"):
        model(speech(1)[0], 24000)


@pytest.mark.parametrize(
    ("kind", "name"), [("whisper", "embed_positions"), ("wavlm_base", "feature_extractor.conv_layers.0.layer_norm")]
)
def test_layers_that_own_weights_are_called(folders, kind, name):
    """A hook on a layer changes the states: on Whisper's positions, and on the norm that leaves padding out."""
    model = SpeechLanguageModel.from_pretrained(folders / kind)
    clip, lengths = speech(2, 16000), torch.tensor([16000, 12000])
    plain, _ = model(clip, 16000, lengths)
    encoder = model._unregistered[0].encoder
    layer = encoder.get_submodule(name)
    assert next(layer.parameters(recurse=False), None) is not None
    layer.register_forward_hook(lambda module, arguments, output: 2 * output)
    changed, _ = model(clip, 16000, lengths)
    assert (changed[0] - plain[0]).abs().max() > 1e-3
