# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Models with LSTMs, as StyleTTS 2 and Kokoro are: what the mLSTM ones do, and how their checkpoints speak."""

import pytest
import torch

from support.tiny import gradients_of_speech, lstm_config, speak_given_f0, tiny_model, tokens
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.prosody.length_regulation import delay_frames, expand_by_durations
from transformers_tsukasa.models.tsukasa.speaking.sentence_marks import close_sentences
from transformers_tsukasa.text.utterances import Utterance


LONG, SHORT = "koɴnitɕiwa, sekai!", "hai."
PLAIN = {"alpha": 0.0, "beta": 0.0, "noise_scale": 0.0, "seed": 0}


@pytest.fixture(scope="module")
def model():
    return tiny_model(config=lstm_config())


@pytest.fixture
def style():
    return 0.2 * torch.randn(1, 16, generator=torch.Generator().manual_seed(3))


def relative(ours, theirs):
    return ((ours - theirs).norm() / theirs.norm()).item()


@torch.no_grad()
def test_forward_of_a_padded_batch_equals_each_item_alone(model, style):
    texts = (LONG, SHORT)
    batch = model(**tokens(*texts), style_vector=style.expand(2, -1))
    for item, text in enumerate(texts):
        alone = model(**tokens(text), style_vector=style)
        num_tokens, frames = alone.duration_logits.shape[1], alone.f0.shape[1]
        assert torch.equal(batch.durations[item, :num_tokens], alone.durations[0])
        for name, length in (("duration_logits", num_tokens), ("f0", frames), ("energy", frames)):
            assert relative(batch[name][item, :length], alone[name][0]) < 1e-5, name
        assert not batch.f0[item, frames:].any() and not batch.durations[item, num_tokens:].any()


def test_an_item_of_a_batch_sounds_as_it_does_alone(model, style):
    together = model.generate(**tokens(LONG, SHORT), style_vector=style, seed=0)
    for item, text in enumerate((LONG, SHORT)):
        alone = model.generate(**tokens(text), style_vector=style, seed=0)
        assert torch.equal(together.audio[item], alone.audio[0])


@torch.no_grad()
def test_hidden_states_are_those_of_the_lstm(model, style):
    output = model(**tokens(LONG, SHORT), style_vector=style.expand(2, -1), output_hidden_states=True)
    read, written = output.hidden_states
    assert model.config.num_hidden_layers == model.config.num_attention_heads == 1
    assert read.shape == written.shape and torch.equal(written, output.text_hidden_states)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_weights_speak(tmp_path, model, style, dtype):
    model.save_pretrained(tmp_path)
    half = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path, dtype=dtype)
    assert half.prosody_predictor.contour_lstm.weight_hh_l0.dtype == dtype
    speech = half.generate(**tokens(LONG, SHORT), style_vector=style, seed=0, return_prosody=True)
    exact = model.generate(**tokens(LONG, SHORT), style_vector=style, seed=0, return_prosody=True)
    assert speech.waveform.isfinite().all()
    assert (speech.prosody.durations - exact.prosody.durations).abs().max() <= 1


def test_gradient_checkpointing_gives_the_same_gradients(style):
    plain, checkpointed = (
        {
            name: gradient
            for name, gradient in gradients_of_speech(tiny_model(config=lstm_config()), style, checkpointing).items()
            if gradient is not None
        }
        for checkpointing in (False, True)
    )
    assert plain.keys() == checkpointed.keys()
    for part in ("text_encoder.lstm", "prosody_predictor.duration_lstm", "prosody_predictor.contour_lstm"):
        assert plain[f"{part}.weight_ih_l0_reverse"].abs().sum() > 0, part
    for name, gradient in plain.items():
        torch.testing.assert_close(checkpointed[name], gradient, msg=name)


@torch.no_grad()
@pytest.mark.slow
def test_parts_are_captured_by_torch_compile(model, style):
    inputs, mask = tokens(LONG, SHORT), tokens(LONG, SHORT)["attention_mask"]
    encoded = torch.randn(2, mask.shape[1], 24) * mask[..., None]
    for part, arguments in (
        (model.text_encoder, (inputs["input_ids"], mask)),
        (model.prosody_predictor.predict_durations, (encoded, mask)),
        (model.prosody_predictor.predict_f0_and_energy, (encoded, style[:, :8].expand(2, -1), mask[:, None].float())),
    ):
        ours, plain = torch.compile(part, backend="aot_eager")(*arguments), part(*arguments)
        torch.testing.assert_close(ours, plain, rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_symbols_can_be_added(style):
    model = tiny_model(config=lstm_config())
    before = model(**tokens(SHORT), style_vector=style)
    model.resize_token_embeddings(200)
    after = model(**tokens(SHORT), style_vector=style)
    assert model.config.vocab_size == model.config.plbert_config.vocab_size == 200
    assert torch.equal(before.duration_logits, after.duration_logits)


def test_norms_go_on_and_off(style):
    model = tiny_model(config=lstm_config())
    names, before = set(model.state_dict()), speak_given_f0(model)
    model.apply_weight_norm()
    model.remove_weight_norm()
    assert set(model.state_dict()) == names and relative(speak_given_f0(model), before) < 1e-5


def test_long_texts_are_spoken_in_one_piece(model, style):
    speech = model.generate(**tokens("a" * 600), style_vector=style, **PLAIN)
    assert speech.waveform.isfinite().all() and speech.waveform.shape[1] > 600 * 600


# Alignment delay


def test_delayed_states_repeat_the_first_and_end_with_their_item():
    states = expand_by_durations(torch.tensor([[[1.0], [2.0]], [[3.0], [4.0]]]), torch.tensor([[2, 2], [1, 1]]))
    lengths = torch.tensor([4, 2])
    assert delay_frames(states, 0, lengths) is states
    assert delay_frames(states, 1, lengths)[..., 0].tolist() == [[1, 1, 1, 2], [3, 3, 0, 0]]


@torch.no_grad()
def test_text_and_prosody_lag_by_a_frame(style):
    model = tiny_model(config=lstm_config(alignment_delay=1))
    durations = torch.randint(1, 5, tokens(LONG, SHORT)["input_ids"].shape) * tokens(LONG, SHORT)["attention_mask"]
    lagging = model(**tokens(LONG, SHORT), style_vector=style.expand(2, -1), durations=durations)
    model.config.alignment_delay = 0
    plain = model(**tokens(LONG, SHORT), style_vector=style.expand(2, -1), durations=durations)
    assert torch.equal(lagging.waveform_lengths, plain.waveform_lengths)
    lengths = durations.sum(dim=1)
    expected = delay_frames(plain.aligned_text_hidden_states, 1, lengths)
    assert torch.equal(lagging.aligned_text_hidden_states, expected)
    assert torch.equal(expected[:, 1 : int(lengths.min())], plain.aligned_text_hidden_states[:, : lengths.min() - 1])
    prosody = delay_frames(expand_by_durations(plain.prosodic_text_hidden_states, durations), 1, lengths)
    f0, energy = model.contours(prosody, style.expand(2, -1), lengths)
    torch.testing.assert_close((lagging.f0, lagging.energy), (f0, energy))


def test_an_alignment_lags_as_its_durations_do(style):
    model = tiny_model(config=lstm_config(alignment_delay=1))
    durations = torch.full(tokens(SHORT)["input_ids"].shape, 3)
    alignment = torch.eye(durations.shape[1]).repeat_interleave(3, dim=1)[None]
    with torch.no_grad():
        one = model(**tokens(SHORT), style_vector=style, durations=durations)
        other = model(**tokens(SHORT), style_vector=style, alignment=alignment)
    torch.testing.assert_close(one.aligned_text_hidden_states, other.aligned_text_hidden_states)


def test_times_are_those_of_what_is_spoken(model, style):
    plain = model.generate(**tokens(LONG), style_vector=style, return_prosody=True, **PLAIN).prosody
    lagging_model = tiny_model(config=lstm_config(alignment_delay=1))
    lagging = lagging_model.generate(**tokens(LONG), style_vector=style, return_prosody=True, **PLAIN).prosody
    assert torch.equal(lagging.durations, plain.durations)
    torch.testing.assert_close(lagging.token_starts, plain.token_starts + 0.025)
    torch.testing.assert_close(lagging.token_ends, plain.token_ends + 0.025)
    torch.testing.assert_close(lagging.duration_seconds, plain.duration_seconds)


# Final frames


@pytest.fixture(scope="module")
def with_final_frames():
    return tiny_model(config=lstm_config(final_frames_added=5))


def spoken_durations(model, inputs, style, **options):
    prosody = model.generate(**inputs, style_vector=style, return_prosody=True, **PLAIN, **options).prosody
    return [part.durations for part in prosody] if isinstance(prosody, list) else prosody.durations


def test_the_last_token_gets_the_final_frames(model, with_final_frames, style):
    added = spoken_durations(with_final_frames, tokens(LONG, SHORT), style) - spoken_durations(
        model, tokens(LONG, SHORT), style
    )
    last = tokens(LONG, SHORT)["attention_mask"].sum(dim=1) - 1
    expected = torch.zeros_like(added).scatter(1, last[:, None], 5)
    assert torch.equal(added, expected)


def test_they_do_not_follow_the_speaking_rate_and_do_not_change_what_is_given(with_final_frames, model, style):
    fast = spoken_durations(with_final_frames, tokens(SHORT), style, speaking_rate=2.0)
    assert (fast - spoken_durations(model, tokens(SHORT), style, speaking_rate=2.0)).sum() == 5
    given = torch.full(tokens(SHORT)["input_ids"].shape, 4)
    assert torch.equal(spoken_durations(with_final_frames, tokens(SHORT), style, durations=given), given)


def sentences(*texts):
    return torch.tensor(
        [close_sentences((tokens(one)["input_ids"][0].tolist(), Utterance(one, "sentence")) for one in texts)]
    )


def test_long_form_has_none(with_final_frames, model, style):
    two = {"input_ids": sentences(LONG, SHORT)}
    ours, plain = (spoken_durations(one, two, style) for one in (with_final_frames, model))
    assert len(ours) == 2 and all(torch.equal(a, b) for a, b in zip(ours, plain, strict=True))


@pytest.mark.parametrize("long_form, expected", [(None, 50), (100, 100), (0, 0)])
def test_segments_of_long_form_can_be_cut_elsewhere(style, long_form, expected):
    model = tiny_model(config=lstm_config(trailing_samples_cut=50, long_form_samples_cut=long_form))
    options = PLAIN | {"pauses": {"sentence": 0.0}}
    for inputs, cut in ((tokens(SHORT), 50), ({"input_ids": sentences(LONG, SHORT)}, expected)):
        pieces = list(model.generate(**inputs, style_vector=style, return_prosody=True, stream=True, **options))
        for piece in pieces:
            uncut = int(piece.prosody.durations.sum()) * model.config.samples_per_text_frame
            assert uncut - piece.waveform.shape[1] == cut
