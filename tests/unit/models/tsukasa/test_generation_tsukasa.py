# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import copy
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from transformers import GenerationConfig
from transformers.generation.streamers import BaseStreamer

from support.tiny import tiny_config, tiny_model, tokens
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.outputs import TsukasaProsody
from transformers_tsukasa.models.tsukasa.speaking.given_prosody import raise_pitch
from transformers_tsukasa.models.tsukasa.speaking.sentence_marks import close_sentences
from transformers_tsukasa.text.utterances import Utterance


LONG, SHORT = "koɴnitɕiwa, sekai!", "hai."


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture(scope="module")
def style():
    return torch.randn(16, generator=torch.Generator().manual_seed(3)) * 0.2


def sentences(*texts):
    """Ids and mask of texts in long form; a sentence is phonemes, or a pair of these and an ending."""
    rows = []
    for text in texts:
        pairs = [(one, "sentence") if isinstance(one, str) else one for one in text]
        rows.append(
            close_sentences((tokens(one)["input_ids"][0].tolist(), Utterance(one, ending)) for one, ending in pairs)
        )
    width = max(map(len, rows))
    return {
        "input_ids": torch.tensor([row + [0] * (width - len(row)) for row in rows]),
        "attention_mask": torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows]),
    }


def relative(ours, theirs):
    return ((ours - theirs).norm() / theirs.norm()).item()


class Collector(BaseStreamer):
    def __init__(self):
        self.pieces, self.ended = [], False

    def put(self, value):
        self.pieces.append(value)

    def end(self):
        self.ended = True


def test_speech_is_finite_and_as_long_as_its_durations(model, style):
    speech = model.generate(**tokens(LONG), style_vector=style, seed=0, return_prosody=True)
    frames = int(speech.prosody.durations.sum())
    assert speech.waveform.shape == (1, frames * 600)
    assert speech.waveform.isfinite().all() and speech.waveform.abs().max() > 1e-3
    assert speech.prosody.f0.shape == speech.prosody.energy.shape == (1, 2 * frames)


def test_a_seed_repeats_and_another_does_not(model):
    inputs = tokens(LONG)
    first, again, other = (model.generate(**inputs, seed=seed).waveform for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert relative(other[:, :1000], first[:, :1000]) > 1e-3


def test_without_a_seed_torch_and_the_generator_decide(model):
    inputs = tokens(SHORT)
    torch.manual_seed(5)
    first = model.generate(**inputs).waveform
    assert not torch.equal(model.generate(**inputs).waveform, first)
    torch.manual_seed(5)
    assert torch.equal(model.generate(**inputs).waveform, first)
    draws = [model.generate(**inputs, generator=torch.Generator().manual_seed(9)).waveform for _ in range(2)]
    assert torch.equal(*draws)


@pytest.mark.parametrize("noise_scale", [0.0, 1.0])
def test_an_item_of_a_batch_sounds_as_it_does_alone(model, noise_scale):
    batch = model.generate(**tokens(LONG, SHORT, "a"), seed=0, noise_scale=noise_scale)
    for item, text in enumerate((LONG, SHORT, "a")):
        alone = model.generate(**tokens(text), seed=0, noise_scale=noise_scale)
        samples = int(batch.waveform_lengths[item])
        assert samples == alone.waveform.shape[1]
        assert relative(batch.waveform[item, :samples], alone.waveform[0]) < 1e-4
        assert not batch.waveform[item, samples:].any()


def test_audio_is_the_speech_of_every_text_at_its_exact_length(model):
    batch = model.generate(**tokens(LONG, SHORT), seed=0)
    assert [audio.shape for audio in batch.audio] == [(length,) for length in batch.waveform_lengths.tolist()]
    assert len(batch.audio[1]) < batch.waveform.shape[1]
    assert torch.equal(batch.audio[1], batch.waveform[1, : len(batch.audio[1])])
    assert torch.equal(batch.audio[0], model.generate(**tokens(LONG), seed=0).audio[0])


def test_audio_of_streamed_pieces_adds_up_to_the_audio_of_long_form(model):
    inputs = dict(**sentences([SHORT, LONG], ["a"]), seed=0)
    together = model.generate(**inputs)
    pieces = list(model.generate(**inputs, stream=True))
    assert [len(piece.audio) for piece in pieces] == [2, 2]
    assert pieces[1].audio[1].shape == (0,)  # its only sentence was in the first piece
    for item in range(2):
        assert torch.equal(torch.cat([piece.audio[item] for piece in pieces]), together.audio[item])


def test_alpha_and_beta_of_zero_run_no_diffusion(model, style, monkeypatch):
    monkeypatch.setattr(model.style_diffusion, "denoise", lambda *_: pytest.fail("the style sampler ran"))
    speech = model.generate(**tokens(SHORT), style_vector=style, alpha=0.0, beta=0.0, seed=0)
    assert torch.equal(speech.style_vector[0], style)


def test_alpha_mixes_the_acoustic_half_and_beta_the_prosodic_half(model, style):
    sampled = model.generate(**tokens(SHORT), style_vector=style, alpha=1.0, beta=1.0, seed=0).style_vector[0]
    mixed = model.generate(**tokens(SHORT), style_vector=style, alpha=0.25, beta=0.0, seed=0).style_vector[0]
    torch.testing.assert_close(mixed[:8], 0.25 * sampled[:8] + 0.75 * style[:8])
    torch.testing.assert_close(mixed[8:], style[8:])


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"alpha": 1.5}, "alpha"),
        ({"beta": float("nan")}, "beta"),
        ({"diffusion_steps": 2}, "diffusion_steps"),
        ({"diffusion_steps": 5.0}, "diffusion_steps"),
        ({"guidance_scale": -1}, "guidance_scale"),
        ({"speaking_rate": 0}, "speaking_rate"),
        ({"noise_scale": "loud"}, "noise_scale"),
        ({"seed": 1.5}, "seed"),
        ({"seed": [1, 2]}, "one seed or 1"),
        ({"pauses": {"comma": 1}}, "comma"),
        ({"alfa": 0.1}, "alfa"),
        ({"style_vector": torch.zeros(7)}, "style_vector"),
        ({"style_vector": torch.full((16,), float("nan"))}, "NaN"),
        ({"prompt_input_ids": torch.ones(1, 3, dtype=torch.long)}, "prompt encoder"),
        ({"style_text_input_ids": torch.ones(1, 3, dtype=torch.long)}, "text sampler"),
        ({"durations": torch.ones(1, 2, dtype=torch.long)}, "one for every token"),
        ({"f0": torch.ones(1, 3)}, "two values per text frame"),
        ({"style_weights": {"voice": 1.0}}, "voice"),
        ({"voice": 3}, "a voice is a name or a blend of names by weight, got 3"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(model, arguments, part):
    with pytest.raises(ValueError, match=part):
        model.generate(**tokens(SHORT), **arguments)


@pytest.mark.parametrize(
    ("inputs", "part"),
    [
        ({}, "input_ids"),
        ({"input_ids": torch.zeros(1, 0, dtype=torch.long)}, "at least one token"),
        ({"input_ids": torch.tensor([[0, 500]])}, "500"),
        ({"input_ids": torch.tensor([[0, 1, -60010]])}, "-60010"),
        ({"input_ids": torch.tensor([[0, 1, -3, -3]])}, "text 0 has a sentence without phonemes, before token 3"),
        ({"input_ids": torch.tensor([[-3]])}, "text 0 has a sentence without phonemes, before token 0"),
        ({"input_ids": torch.tensor([[0, 1]]), "attention_mask": torch.tensor([[0, 1]])}, "ones and then zeros"),
        ({"input_ids": torch.tensor([[0, 1]]), "attention_mask": torch.tensor([[1]])}, "shape"),
    ],
)
def test_tokens_that_do_not_fit_are_refused(model, inputs, part):
    with pytest.raises(ValueError, match=part):
        model.generate(**inputs)


def test_prosody_given_back_is_spoken_as_it_was(model, style):
    inputs = tokens(LONG, SHORT)
    first = model.generate(**inputs, style_vector=style, seed=0, return_prosody=True)
    again = model.generate(**inputs, style_vector=style, seed=0, prosody=first.prosody, return_prosody=True)
    assert torch.equal(first.waveform, again.waveform)


def test_edited_prosody_is_spoken_as_written(model, style):
    inputs = tokens(SHORT)
    durations = torch.tensor([[2, 5, 7, 3, 4]])
    f0 = torch.full((1, 42), 130.0)
    energy = torch.zeros(1, 42)
    speech = model.generate(
        **inputs, style_vector=style, seed=0, durations=durations, f0=f0, energy=energy, return_prosody=True
    )
    assert speech.waveform.shape == (1, 21 * 600)
    assert torch.equal(speech.prosody.durations, durations) and torch.equal(speech.prosody.f0, f0)
    torch.testing.assert_close(
        speech.prosody.token_ends[0], torch.tensor([0.05, 0.175, 0.35, 0.425, 0.525]), atol=1e-6, rtol=0
    )
    # Another curve is another sound.
    other = model.generate(**inputs, style_vector=style, seed=0, durations=durations, f0=2 * f0, energy=energy)
    assert relative(other.waveform, speech.waveform) > 1e-3


def test_speaking_rate_shortens(model, style):
    slow, fast = (
        model.generate(**tokens(LONG), style_vector=style, seed=0, speaking_rate=rate).waveform.shape[1]
        for rate in (0.5, 2.0)
    )
    assert slow > 3 * fast


def test_a_given_generation_config_is_only_read(model, style):
    config = GenerationConfig(speaking_rate=2.0)
    before = copy.deepcopy(vars(config))
    fast = model.generate(**tokens(SHORT), style_vector=style, seed=0, generation_config=config, alpha=0.5)
    assert vars(config) == before
    named = model.generate(**tokens(SHORT), style_vector=style, seed=0, speaking_rate=2.0, alpha=0.5)
    assert torch.equal(fast.waveform, named.waveform)


def test_options_that_a_given_config_does_not_set_are_the_models_own(style):
    model = tiny_model()
    model.voices.add("own", style)
    model.voices.add("other", -style)
    pauses = {"sentence": 0.1, "paragraph": 2.0}
    own = {"voice": "own", "alpha": 0.0, "beta": 0.0, "noise_scale": 0.0, "pauses": pauses}
    model.generation_config.update(**own)
    inputs = _long_form(seed=0)
    configs = [GenerationConfig(), GenerationConfig(max_new_tokens=5), GenerationConfig(speaking_rate=1.0, alpha=None)]
    expected = model.generate(**inputs).waveform
    for config in configs:
        assert torch.equal(model.generate(**inputs, generation_config=config).waveform, expected)
    other = model.generate(**inputs, generation_config=GenerationConfig(voice="other")).style_vector
    assert torch.equal(other[0], -style)
    # A pause that is set leaves the others as they are, in a config as in an argument.
    shorter = {"pauses": {"sentence": 0.0}}
    for given in (shorter, {"generation_config": GenerationConfig(**shorter)}):
        assert model.generate(**inputs, **given).waveform.shape[1] == expected.shape[1] - 2400
    with pytest.raises(ValueError, match="pauses must map endings to seconds, got 3"):
        model.generate(**inputs, generation_config=GenerationConfig(pauses=3))


def test_the_models_own_generation_config_is_only_read(model, style):
    before = copy.deepcopy(vars(model.generation_config))
    model.generate(**tokens(SHORT), style_vector=style, seed=0, pauses={"sentence": 0.1}, alpha=0.5)
    assert vars(model.generation_config) == before


def test_no_argument_of_a_call_is_changed(model, style):
    first = model.generate(**_long_form(style_vector=style, seed=0, return_prosody=True))
    arguments = _long_form(style_vector=style, seed=[1, 2], prosody=first.prosody, pauses={"sentence": 0.1})
    before = copy.deepcopy(arguments)
    model.generate(**arguments, return_prosody=True)
    assert arguments.keys() == before.keys()
    for name in ("input_ids", "attention_mask", "style_vector"):
        assert torch.equal(arguments[name], before[name]), name
    assert (arguments["seed"], arguments["pauses"]) == (before["seed"], before["pauses"])
    for part, copied in zip(arguments["prosody"], before["prosody"], strict=True):
        assert all(torch.equal(part[name], copied[name]) for name in copied)


def _attributes(model):
    return {(name, key): id(value) for name, module in model.named_modules() for key, value in vars(module).items()}


def test_threads_may_speak_with_one_model(with_voices, style):
    model, config = with_voices, GenerationConfig(beta=0.5)
    calls = [
        {**tokens(text), "voice": voice, "seed": seed, "speaking_rate": rate, "generation_config": config}
        for seed, (text, voice, rate) in enumerate([(LONG, "a", 1.0), (SHORT, "b", 0.5), (LONG, "b", 2.0)] * 2)
    ]
    expected = [model.generate(**call).waveform for call in calls]
    before = _attributes(model)
    with ThreadPoolExecutor(2) as threads:
        spoken = list(threads.map(lambda call: model.generate(**call).waveform, calls))
    for ours, alone in zip(spoken, expected, strict=True):
        assert torch.equal(ours, alone)
    assert _attributes(model) == before  # nothing of a call is kept on the model
    assert vars(config) == vars(GenerationConfig(beta=0.5))


@pytest.fixture
def with_voices(model, style):
    model.voices.add("a", style, "a quiet voice")
    model.voices.add("b", -style)
    yield model
    model.voices = type(model.voices)(16)


def _style_of(model, **arguments):
    return model.generate(**tokens(SHORT), alpha=0.0, beta=0.0, seed=0, **arguments).style_vector


def test_voices_and_their_blends(with_voices, style):
    assert torch.equal(_style_of(with_voices, voice="a")[0], style)
    torch.testing.assert_close(_style_of(with_voices, voice={"a": 3.0, "b": 1.0})[0], 0.5 * style)
    with pytest.raises(KeyError, match="no voice 'c'; it has a, b"):
        _style_of(with_voices, voice="c")
    with pytest.raises(ValueError, match="zero"):
        _style_of(with_voices, voice={"a": 0.0})


def test_a_list_has_a_voice_for_every_text(with_voices, style):
    speech = with_voices.generate(**tokens(SHORT, LONG), voice=["b", "a"], alpha=0.0, beta=0.0, seed=0)
    assert torch.equal(speech.style_vector, torch.stack([-style, style]))


def test_which_style_wins(with_voices, style, caplog):
    other = torch.full((16,), 0.1)
    assert torch.equal(_style_of(with_voices, voice="a", style_vector=other)[0], other)
    blended = _style_of(with_voices, voice="a", style_vector=other, style_weights={"style_vector": 1.0, "voice": 1.0})
    torch.testing.assert_close(blended[0], (style + other) / 2)
    with_voices.generation_config.voice = "b"
    try:
        assert torch.equal(_style_of(with_voices)[0], -style)
        assert torch.equal(_style_of(with_voices, voice="a")[0], style)
    finally:
        with_voices.generation_config.voice = None


def test_several_clips_are_averaged(model):
    clips = torch.randn(3, 80, 90, generator=torch.Generator().manual_seed(1))
    each = model.encode_reference(clips)
    speech = model.generate(
        **tokens(SHORT, LONG),
        input_features=clips,
        reference_counts=torch.tensor([1, 2]),
        alpha=0.0,
        beta=0.0,
        seed=0,
    )
    torch.testing.assert_close(speech.style_vector, torch.stack([each[0], each[1:].mean(dim=0)]))
    with pytest.raises(ValueError, match="one reference clip or 2, got 3"):
        model.generate(**tokens(SHORT, LONG), input_features=clips)


def _long_form(**more):
    return {**sentences([LONG, (SHORT, "paragraph"), LONG], [SHORT]), **more}


def test_long_form_joins_sentences_with_pauses(model, style):
    pauses = {"sentence": 0.1, "paragraph": 0.3}
    speech = model.generate(**_long_form(), style_vector=style, alpha=0.0, beta=0.0, seed=0, pauses=pauses)
    alone = model.generate(**tokens(LONG), style_vector=style, alpha=0.0, beta=0.0, seed=0)
    first = int(alone.waveform_lengths[0])
    assert relative(speech.waveform[0, :first], alone.waveform[0]) < 1e-4
    assert not speech.waveform[0, first : first + 2400].any()
    short = model.generate(**tokens(SHORT), style_vector=style, alpha=0.0, beta=0.0, seed=0)
    samples = int(short.waveform_lengths[0])
    assert speech.waveform_lengths.tolist() == [2 * first + samples + 2400 + 7200, samples]


def test_streaming_gives_the_same_speech_piece_by_piece(model, style):
    inputs = _long_form(style_vector=style, seed=0)
    complete = model.generate(**inputs)
    pieces = list(model.generate(**inputs, stream=True))
    assert len(pieces) == 3
    for item in range(2):
        joined = torch.cat([piece.waveform[item, : int(piece.waveform_lengths[item])] for piece in pieces])
        assert torch.equal(joined, complete.waveform[item, : int(complete.waveform_lengths[item])])


def test_streaming_speaks_only_what_is_asked_for(model, style, monkeypatch):
    spoken = []
    original = type(model).speak
    monkeypatch.setattr(
        type(model), "speak", lambda self, *args, **options: spoken.append(1) or original(self, *args, **options)
    )
    stream = model.generate(**_long_form(), style_vector=style, seed=0, stream=True)
    next(stream)
    assert len(spoken) == 2  # the first sentence of both texts


def test_a_streamer_receives_every_sentence(model, style):
    streamer = Collector()
    speech = model.generate(**sentences([LONG, SHORT]), style_vector=style, seed=0, streamer=streamer)
    assert streamer.ended and len(streamer.pieces) == 2
    assert torch.equal(torch.cat(streamer.pieces), speech.waveform[0])
    with pytest.raises(ValueError, match="one text at a time"):
        model.generate(**tokens(LONG, SHORT), streamer=Collector())


def test_style_is_carried_from_sentence_to_sentence(model, style):
    rows = sentences([LONG, SHORT, SHORT])

    def styles(**arguments):
        stream = model.generate(**rows, style_vector=style, alpha=1.0, beta=1.0, seed=0, stream=True, **arguments)
        return [piece.style_vector[0].clone() for piece in stream]

    free, carried, frozen = styles(style_carry=0.0), styles(style_carry=0.7), styles(style_carry=1.0)
    torch.testing.assert_close(frozen[1], frozen[0])
    torch.testing.assert_close(carried[1], 0.7 * carried[0] + 0.3 * free[1])


def test_prosody_of_long_form_can_be_given_back(model, style):
    inputs = _long_form(style_vector=style, seed=0, return_prosody=True)
    first = model.generate(**inputs)
    assert len(first.prosody) == 3
    # Times count from the start of the complete waveform.
    assert first.prosody[1].token_starts[0, 0] > first.prosody[0].token_ends[0, -1]
    changed = [TsukasaProsody(durations=part.durations) for part in first.prosody]
    again = model.generate(**inputs, prosody=changed)
    assert torch.equal(first.waveform_lengths, again.waveform_lengths)
    with pytest.raises(ValueError, match="segments"):
        model.generate(**inputs, prosody=first.prosody[:2])


def test_prosody_alone_is_that_of_the_speech_and_as_long(model, style, monkeypatch):
    inputs = _long_form(style_vector=style, seed=0, return_prosody=True, edge_silence=0.1)
    speech = model.generate(**inputs)
    monkeypatch.setattr(type(model), "speak", None)  # the decoder is not called
    alone = model.generate(**inputs, return_waveform=False)
    assert not alone.waveform.any() and alone.waveform.shape == speech.waveform.shape
    torch.testing.assert_close(alone.style_vector, speech.style_vector, rtol=0, atol=0)
    for own, spoken in zip(alone.prosody, speech.prosody, strict=True):
        for name in spoken:
            torch.testing.assert_close(own[name], spoken[name], rtol=0, atol=0)


def test_prosody_of_long_form_can_be_asked_for_by_text(model, style):
    """As pipelines do, which take every output of a batch apart by its texts."""
    inputs = _long_form(style_vector=style, seed=0)
    by_sentence = model.generate(**inputs, return_prosody=True)
    by_text = model.generate(**inputs, return_prosody=True, return_dict_in_generate=True)
    assert [len(sentences) for sentences in by_text.prosody] == [3, 1]
    for item, own in enumerate(by_text.prosody):
        for sentence, rows in zip(own, by_sentence.prosody, strict=False):
            for name, value in sentence.items():
                assert torch.equal(value, rows[name][item : item + 1, : value.shape[1]])
    again = model.generate(**inputs, prosody=by_text.prosody)
    assert torch.equal(again.waveform, by_sentence.waveform)
    with pytest.raises(ValueError, match="prosody has 1 texts, but there are 2"):
        model.generate(**inputs, prosody=by_text.prosody[:1])
    with pytest.raises(ValueError, match="prosody has 1 segments for text 0, which has 3"):
        model.generate(**inputs, prosody=[by_text.prosody[1]] * 2)
    with pytest.raises(ValueError, match="change them there"):
        model.generate(**inputs, prosody=by_text.prosody, energy=by_text.prosody[0][0].energy)
    with pytest.raises(ValueError, match="prosody must be a TsukasaProsody, or a list of them, got str"):
        model.generate(**inputs, prosody="high")


def test_the_end_can_be_cut(style):
    config = tiny_config(trailing_samples_cut=50)
    speech = tiny_model(config=config).generate(**tokens(SHORT), style_vector=style, seed=0, return_prosody=True)
    assert speech.waveform.shape[1] == int(speech.prosody.durations.sum()) * 600 - 50


def test_a_module_that_breaks_is_named(model, style):
    weight = model.prosody_predictor.duration_projection.bias
    before = weight.detach().clone()
    try:
        weight.data.fill_(float("nan"))
        with pytest.raises(FloatingPointError, match="durations"):
            model.generate(**tokens(SHORT), style_vector=style, seed=0)
    finally:
        weight.data.copy_(before)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_weights_speak(tmp_path, model, style, dtype):
    model.save_pretrained(tmp_path)
    half = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path, dtype=dtype)
    assert half.weight_dtype == dtype
    assert half.prosody_predictor.contour_mlstm.layers[0].mlstm.forget_gate.weight.dtype == torch.float32
    speech = half.generate(**tokens(LONG, SHORT), style_vector=style, seed=0, return_prosody=True)
    exact = model.generate(**tokens(LONG, SHORT), style_vector=style, seed=0, return_prosody=True)
    assert speech.waveform.isfinite().all() and speech.waveform.dtype == torch.float32
    assert (speech.prosody.durations - exact.prosody.durations).abs().max() <= 1


def test_a_single_speaker_model_needs_no_reference():
    config = tiny_config()
    config.multispeaker = config.style_diffusion_config.use_reference = False
    speech = tiny_model(config=config).generate(**tokens(SHORT), seed=0)
    assert speech.waveform.isfinite().all()


def test_a_model_folder_keeps_voices_and_options(tmp_path, model, style):
    model.voices.add("a", style, "a quiet voice")
    model.generation_config.alpha = 0.125
    try:
        model.save_pretrained(tmp_path)
        loaded = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path)
    finally:
        model.voices = type(model.voices)(16)
        model.generation_config.alpha = 0.3
    assert torch.equal(loaded.voices["a"], style) and loaded.voices.describe("a") == "a quiet voice"
    assert loaded.generation_config.alpha == 0.125
    assert loaded.generation_config.pauses["paragraph"] == 1.0


def test_a_damaged_voices_file_is_named(tmp_path, model):
    model.save_pretrained(tmp_path)
    (tmp_path / "voices.safetensors").write_bytes(b"\x05\x00")
    with pytest.raises(ValueError, match="voices file"):
        TsukasaModelForConditionalGeneration.from_pretrained(tmp_path)


@pytest.mark.slow
def test_a_text_of_5000_tokens_is_spoken_in_one_piece(model, style):
    inputs = tokens("koɴnitɕiwa, sekai! " * 264)
    assert inputs["input_ids"].shape[1] > 5000
    durations = torch.ones_like(inputs["input_ids"])
    speech = model.generate(**inputs, style_vector=style, seed=0, durations=durations)
    assert speech.waveform.isfinite().all()


def test_silence_at_the_ends_can_be_set(model, style):
    def durations(**options):
        speech = model.generate(**tokens(LONG), style_vector=style, seed=0, return_prosody=True, **options)
        assert speech.waveform.shape[1] == int(speech.prosody.durations.sum()) * 600
        return speech.prosody.durations[0]

    free = durations()
    assert free[0] > 1
    limited = durations(edge_silence=0.025)  # one frame
    assert limited[0] == 1 and torch.equal(limited[1:], free[1:])
    longer = durations(edge_silence=1.0, speaking_rate=2.0)
    assert longer[0] == 40 and longer[1:].sum() < free[1:].sum()
    given = torch.full_like(free, 3)[None]
    assert torch.equal(durations(edge_silence=0.025, durations=given), given[0])


def test_utterances_fade_only_where_it_is_asked_for(model, style):
    inputs = sentences([SHORT, SHORT])
    plain = model.generate(**inputs, style_vector=style, seed=0, return_prosody=True)
    faded = model.generate(**inputs, style_vector=style, seed=0, fade=0.005)
    assert faded.waveform.shape == plain.waveform.shape
    for part in plain.prosody:
        begin, end = (round(float(part.token_starts[0, 0]) * 24000), round(float(part.token_ends[0, -1]) * 24000))
        assert torch.equal(faded.waveform[0, begin + 120 : end - 120], plain.waveform[0, begin + 120 : end - 120])
        assert faded.waveform[0, begin] == 0 and faded.waveform[0, end - 1] == 0
        assert plain.waveform[0, begin] != 0 and plain.waveform[0, end - 1] != 0


@pytest.mark.parametrize(
    "options", [{"edge_silence": -0.1}, {"edge_silence": float("nan")}, {"fade": 2}, {"fade": "long"}]
)
def test_limits_of_silence_and_fade_are_checked(model, style, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        model.generate(**tokens(SHORT), style_vector=style, **options)


@pytest.mark.parametrize("semitones", [-24, -7.5, 2, 12])
def test_pitch_raises_f0_exactly_where_it_is_voiced(model, style, semitones):
    with torch.no_grad():
        plain, raised = (
            model.generate(**tokens(LONG), style_vector=style, seed=0, return_prosody=True, pitch=pitch).prosody
            for pitch in (0, semitones)
        )
    threshold = model.config.decoder_config.voiced_threshold
    voiced = plain.f0 > threshold
    assert voiced.any()
    assert torch.equal(raised.f0[voiced], plain.f0[voiced] * 2 ** (semitones / 12))
    assert torch.equal(raised.f0[~voiced], plain.f0[~voiced])
    assert torch.equal(raised.durations, plain.durations) and torch.equal(raised.energy, plain.energy)


def test_unvoiced_frames_keep_their_f0():
    f0 = torch.tensor([[0.0, -3.0, 10.0, 10.5, 200.0]])
    assert raise_pitch(f0, 12, 10.0).tolist() == [[0.0, -3.0, 10.0, 21.0, 400.0]]


def test_a_given_f0_is_spoken_as_it_is(model, style):
    given = model.generate(**tokens(LONG), style_vector=style, seed=0, return_prosody=True)
    again = model.generate(**tokens(LONG), style_vector=style, seed=0, prosody=given.prosody, pitch=5)
    assert torch.equal(again.waveform, given.waveform)


def test_volume_multiplies_samples(model, style):
    plain, half, silent = (
        model.generate(**tokens(LONG), style_vector=style, seed=0, volume=volume).waveform for volume in (1, 0.5, 0)
    )
    assert torch.equal(half, 0.5 * plain) and not silent.any()


def test_written_pauses_are_as_long_as_they_say(model, style):
    texts = [Utterance("hai.", "sentence", lead=0.5, pause=0.25), Utterance("hai.", "sentence", pause=1.0)]
    ids = [tokens(text.text)["input_ids"][0].tolist() for text in texts]
    row = torch.tensor([close_sentences(zip(ids, texts, strict=True))])
    for rate in (1.0, 2.0):
        options = {"style_vector": style, "seed": 0, "speaking_rate": rate, "return_prosody": True}
        speech = model.generate(input_ids=row, **options)
        spoken = [600 * int(part.durations.sum()) for part in speech.prosody]
        assert speech.waveform.shape[1] == 12000 + spoken[0] + 6000 + spoken[1] + 24000
        assert not speech.waveform[0, :12000].any() and not speech.waveform[0, -24000:].any()
        assert speech.prosody[0].token_starts[0, 0].item() == pytest.approx(0.5)
        assert speech.prosody[1].token_starts[0, 0].item() == pytest.approx(0.75 + spoken[0] / 24000)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"pitch": 25}, "pitch must be a number from -24 to 24"),
        ({"pitch": float("nan")}, "pitch must be a number"),
        ({"pitch": "high"}, "pitch must be a number"),
        ({"volume": -1}, "volume must be a number from 0 to 10"),
        ({"volume": float("inf")}, "volume must be a number"),
        ({"pauses": {"line": -1}}, r"pauses\['line'\] must be 0 to 60 seconds"),
        ({"pauses": {"line": True}}, r"pauses\['line'\] must be 0 to 60 seconds"),
    ],
)
def test_options_of_pitch_volume_and_pauses_have_limits(model, options, part):
    with pytest.raises(ValueError, match=part):
        model.generate(**tokens("hai."), **options)
