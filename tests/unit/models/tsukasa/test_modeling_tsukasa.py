# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import inspect
import re

import pytest
import torch

from support.tiny import gradients_of_speech, speak_given_f0, tiny_config, tiny_model, tokens
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaConfig
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.prosody.length_regulation import expand_by_durations, round_durations
from transformers_tsukasa.models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from transformers_tsukasa.models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner


LONG, SHORT = "koɴnitɕiwa, sekai!", "hai."


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture
def style():
    return 0.2 * torch.randn(1, 16, generator=torch.Generator().manual_seed(3))


def relative(ours, theirs):
    return ((ours - theirs).norm() / theirs.norm()).item()


def test_forward_speaks_what_generate_speaks(model, style):
    with torch.no_grad():
        forward = model(**tokens(LONG), style_vector=style)
    speech = model.generate(**tokens(LONG), style_vector=style, alpha=0.0, beta=0.0, noise_scale=0.0, seed=0)
    assert torch.equal(forward.waveform, speech.waveform)


def test_forward_of_a_padded_batch_equals_each_item_alone(model, style):
    texts = (LONG, SHORT)
    with torch.no_grad():
        batch = model(**tokens(*texts), style_vector=style.expand(2, -1))
        for item, text in enumerate(texts):
            alone = model(**tokens(text), style_vector=style)
            num_tokens, frames = alone.duration_logits.shape[1], alone.f0.shape[1]
            assert torch.equal(batch.durations[item, :num_tokens], alone.durations[0])
            for name, length in (("duration_logits", num_tokens), ("f0", frames), ("energy", frames)):
                ours = batch[name][item, :length]
                assert relative(ours, alone[name][0]) < 1e-5, name
            assert not batch.f0[item, frames:].any() and not batch.durations[item, num_tokens:].any()
            assert int(batch.waveform_lengths[item]) == alone.waveform.shape[1]


def test_an_alignment_expands_as_its_durations_do(model, style):
    inputs = tokens(LONG)
    durations = torch.randint(1, 5, inputs["input_ids"].shape, generator=torch.Generator().manual_seed(0))
    alignment = torch.zeros(1, durations.shape[1], int(durations.sum()))
    for token, (end, length) in enumerate(zip(durations[0].cumsum(0).tolist(), durations[0].tolist(), strict=True)):
        alignment[0, token, end - length : end] = 1
    with torch.no_grad():
        one = model(**inputs, style_vector=style, durations=durations)
        other = model(**inputs, style_vector=style, alignment=alignment)
    torch.testing.assert_close(one.aligned_text_hidden_states, other.aligned_text_hidden_states)
    assert torch.equal(one.waveform_lengths, other.waveform_lengths) and other.durations is None


def test_training_reaches_every_part_that_speaks(style):
    model = tiny_model().train()
    features = torch.randn(2, 80, 90, generator=torch.Generator().manual_seed(0))
    output = model(**tokens(LONG, SHORT), input_features=features)
    (
        output.waveform.square().mean() + output.duration_logits.sum() + output.f0.mean() + output.energy.mean()
    ).backward()
    silent = {name for name, parameter in model.named_parameters() if parameter.grad is None}
    # Diffusion has a loss of its own, PL-BERT's pooler never speaks, and no gradient passes the angles of the source.
    allowed = ("style_diffusion.", "plbert.pooler", "decoder.generator.source.")
    assert all(name.startswith(allowed) for name in silent), silent
    assert any(parameter.grad is not None for parameter in model.plbert.parameters())
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)


def test_weight_norm_goes_on_and_off_exactly(style):
    model = tiny_model()
    inputs = {**tokens(LONG), "style_vector": style}
    names = set(model.state_dict())
    conv = model.decoder.generator.output_conv
    with torch.no_grad():
        before = model(**inputs).f0
        model.apply_weight_norm()
        assert any("original1" in name for name in model.state_dict())
        normed, normed_weight, normed_waveform = model(**inputs), conv.weight, speak_given_f0(model)
        model.remove_weight_norm()
        folded = model(**inputs)
    assert torch.equal(normed_weight, conv.weight) and set(model.state_dict()) == names
    assert relative(normed.f0, before) < 1e-5 and relative(folded.f0, normed.f0) < 1e-5
    assert relative(speak_given_f0(model), normed_waveform) < 1e-5


def test_a_training_checkpoint_loads_with_its_norms(tmp_path, style):
    model = tiny_model()
    model.apply_weight_norm()
    model.save_pretrained(tmp_path)
    loaded = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path).eval()
    assert loaded.config.weight_norm
    weights = loaded.state_dict()
    assert weights.keys() == model.state_dict().keys()
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())
    with torch.no_grad():
        ours, theirs = (one(**tokens(SHORT), style_vector=style) for one in (loaded, model))
    assert torch.equal(ours.durations, theirs.durations) and relative(ours.f0, theirs.f0) < 1e-5
    assert relative(speak_given_f0(loaded), speak_given_f0(model)) < 1e-5


def test_a_model_can_be_saved_in_shards(tmp_path, model, style):
    model.save_pretrained(tmp_path, max_shard_size="200KB")
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 1
    loaded = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path)
    assert all(torch.equal(value, loaded.state_dict()[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("generator_type", ["istftnet", "hifigan", "source_filter"])
def test_48_khz_and_all_generators_by_config_alone(generator_type):
    values = tiny_config().to_dict()
    values["audio_config"].update(sampling_rate=48000, hop_length=600, win_length=2400, n_fft=4096)
    rates = {"istftnet": [12, 10], "hifigan": [10, 5, 4, 3], "source_filter": [2]}[generator_type]
    values["decoder_config"].update(
        generator_type=generator_type, upsample_rates=rates, upsample_kernel_sizes=[2 * rate for rate in rates]
    )
    if generator_type == "source_filter":
        values["decoder_config"].update(istft_n_fft=2048, istft_hop_length=300)
    model = tiny_model(config=TsukasaConfig.from_dict(values))
    speech = model.generate(**tokens(SHORT), seed=0, return_prosody=True)
    assert speech.waveform.shape[1] == int(speech.prosody.durations.sum()) * 1200
    assert speech.waveform.isfinite().all() and speech.waveform.abs().max() > 1e-4


def test_gradient_checkpointing_gives_the_same_gradients(style):
    plain, checkpointed = (gradients_of_speech(tiny_model(), style, checkpointing) for checkpointing in (False, True))
    for name in ("text_encoder.embedding.weight", "prosody_predictor.shared_projection.weight"):
        assert plain[name].abs().sum() > 0, name
    for name, gradient in plain.items():
        assert (gradient is None) == (checkpointed[name] is None), name
        if gradient is not None:
            torch.testing.assert_close(checkpointed[name], gradient, msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("generator_type", ["istftnet", "hifigan", "source_filter"])
def test_parts_are_captured_by_torch_compile(generator_type, style):
    values = tiny_config().to_dict()
    if generator_type == "hifigan":
        values["decoder_config"].update(
            generator_type="hifigan", upsample_rates=[10, 6, 5], upsample_kernel_sizes=[20, 12, 10]
        )
    if generator_type == "source_filter":
        values["decoder_config"].update(
            generator_type="source_filter",
            upsample_rates=[2],
            upsample_kernel_sizes=[4],
            istft_n_fft=1024,
            istft_hop_length=150,
        )
    model = tiny_model(config=TsukasaConfig.from_dict(values))
    inputs = tokens(LONG)
    generator = torch.Generator().manual_seed(0)
    parts = [
        (model.text_encoder, (inputs["input_ids"], inputs["attention_mask"])),
        (model.prosody_predictor.contour_mlstm, (torch.randn(1, 20, 24, generator=generator),)),
        (
            model.decoder,
            (
                torch.randn(1, 16, 20, generator=generator),
                torch.full((1, 40), 200.0),
                torch.zeros(1, 40),
                style[:, :8],
            ),
        ),
    ]
    with torch.no_grad():
        for part, arguments in parts:
            options = {"noise_scale": 0.0} if part is model.decoder else {}
            ours, plain = torch.compile(part, backend="aot_eager")(*arguments, **options), part(*arguments, **options)
            # Waveforms magnify rounding; the angles that iSTFTNet reads from a silent source are nothing but rounding.
            limit = {"istftnet": 0.5}.get(generator_type, 1e-3) if part is model.decoder else 1e-4
            assert relative(ours, plain) < limit


@pytest.mark.parametrize(
    "method",
    [
        TsukasaModelForConditionalGeneration.forward,
        TsukasaModelForConditionalGeneration.generate,
        TsukasaTextAligner.forward,
        TsukasaPitchExtractor.forward,
        TsukasaDiscriminators.forward,
    ],
    ids=lambda method: method.__qualname__,
)
def test_every_argument_is_documented(method):
    parameters = inspect.signature(method).parameters.values()
    names = {one.name for one in parameters if one.kind is not one.VAR_KEYWORD} - {"self"}
    documented = re.findall(r"^ {12}([\w, ]+) \(.*\):$", method.__doc__, flags=re.MULTILINE)
    assert {name for entry in documented for name in entry.split(", ")} >= names


def test_states_are_repeated_for_their_durations():
    states = torch.arange(6.0).reshape(2, 3, 1)
    expanded = expand_by_durations(states, torch.tensor([[2, 0, 1], [1, 1, 0]]))
    assert expanded[..., 0].tolist() == [[0, 0, 2], [3, 4, 0]]


def test_durations_are_whole_frames_and_at_least_one():
    mask = torch.tensor([[1, 1, 1, 0]])
    rounded = round_durations(torch.tensor([[0.2, 2.6, 5.0, 9.0]]), mask, speaking_rate=2.0)
    assert rounded.tolist() == [[1, 1, 2, 0]]


def test_curves_that_do_not_fit_are_refused(model, style):
    with pytest.raises(ValueError, match="f0 must be"):
        model(**tokens(SHORT), style_vector=style, f0=torch.zeros(1, 3))


def test_states_are_spoken_by_durations_or_along_an_alignment(model, style):
    text_states = prosody_states = torch.zeros(1, 3, 16)
    with pytest.raises(ValueError, match="by durations or along an alignment"):
        model.speak_states(text_states, prosody_states, style)


def test_sigma_data_is_estimated_from_clips(model):
    clips = torch.randn(4, 80, 90, generator=torch.Generator().manual_seed(0))
    expected = model.encode_reference(clips).std(dim=1).mean().item()
    assert model.estimate_sigma_data(clips) == pytest.approx(expected, rel=1e-4)
