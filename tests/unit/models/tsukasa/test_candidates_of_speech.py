# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`generate()` with several candidates."""

import pytest
import torch

from support.tiny import save_speaking, tiny_model, tokens
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.reranking.aligner_reranker import AlignerReranker
from transformers_tsukasa.models.tsukasa.speaking.sentence_marks import close_sentences
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.text.utterances import Utterance


TEXT, OTHER = "hai.", "a."


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    """The folder of the model, with an aligner."""
    folder = save_speaking(model, tmp_path_factory.mktemp("model"))
    torch.manual_seed(0)
    TsukasaTextAligner(model.config.text_aligner_config).save_pretrained(folder / "text_aligner")
    return folder


def long_form(*texts):
    pairs = ((tokens(text)["input_ids"][0].tolist(), Utterance(text, "sentence")) for text in texts)
    return {"input_ids": torch.tensor([close_sentences(pairs)])}


def longest(waveforms, input_ids):
    return [len(waveform) for waveform in waveforms]


def nth(*numbers):
    """A reranker that takes these candidates of one sentence after the other, four candidates at a time."""
    remaining = iter(numbers)

    def reranker(waveforms, input_ids):
        chosen = next(remaining)
        return [float(place == chosen) for place in range(len(waveforms))]

    return reranker


def test_candidate_k_is_what_the_seed_plus_k_gives_alone(model):
    speech = model.generate(
        **tokens(TEXT, OTHER), seed=5, num_candidates=3, reranker=longest, return_candidates=True, return_prosody=True
    )
    assert speech.candidate_scores.shape == (2, 3) and speech.candidate_index.shape == (2,)
    for candidate in range(3):
        alone = model.generate(**tokens(TEXT, OTHER), seed=5 + candidate, return_prosody=True)
        for item in range(2):
            length = speech.candidate_lengths[item, candidate]
            assert torch.equal(speech.candidates[item, candidate, :length], alone.audio[item])
            assert speech.candidate_scores[item, candidate] == len(alone.audio[item])
            if candidate == speech.candidate_index[item]:
                assert torch.equal(speech.audio[item], alone.audio[item])
                assert torch.equal(speech.style_vector[item], alone.style_vector[item])
                own = int((speech.prosody.durations[item] > 0).sum())
                assert torch.equal(speech.prosody.durations[item, :own], alone.prosody.durations[item, :own])
    assert torch.equal(speech.candidate_index, speech.candidate_scores.argmax(dim=1))


def test_one_candidate_is_speech_without_a_choice(model):
    plain = model.generate(**tokens(TEXT), seed=5)
    assert plain.candidate_scores is None and plain.candidates is None and "candidate_index" not in plain
    scored = model.generate(**tokens(TEXT), seed=5, reranker=longest)
    assert torch.equal(scored.waveform, plain.waveform)
    assert scored.candidate_scores.tolist() == [[plain.waveform.shape[1]]] and scored.candidate_index.tolist() == [0]


def test_a_seed_that_is_drawn_is_that_of_the_first_candidate(model):
    torch.manual_seed(3)
    plain = model.generate(**tokens(TEXT))
    torch.manual_seed(3)
    assert torch.equal(model.generate(**tokens(TEXT), num_candidates=2, reranker=nth(0)).waveform, plain.waveform)


def test_long_form_chooses_a_sentence_before_its_style_is_carried_on(model):
    inputs = long_form(TEXT, OTHER)
    options = {"seed": 5, "style_carry": 1.0}
    speech = model.generate(**inputs, **options, num_candidates=2, reranker=nth(1, 0), return_candidates=True)
    assert [index.tolist() for index in speech.candidate_index] == [[1], [0]]
    assert len(speech.candidate_scores) == len(speech.candidates) == len(speech.candidate_lengths) == 2
    # With all of the style carried on, the second sentence has that of the chosen first one.
    first = model.generate(**tokens(TEXT), seed=6).style_vector
    assert torch.equal(speech.style_vector, first)
    assert not torch.equal(model.generate(**inputs, **options).style_vector, first)


def test_prosody_and_candidates_of_a_batch_in_long_form_by_text(model):
    rows = [long_form(TEXT, OTHER)["input_ids"][0], long_form(OTHER)["input_ids"][0]]
    mask = torch.tensor([[1] * len(rows[0]), [1] * len(rows[1]) + [0] * (len(rows[0]) - len(rows[1]))])
    batch = {"input_ids": torch.nn.utils.rnn.pad_sequence(rows, batch_first=True), "attention_mask": mask}
    options = {"seed": 1, "num_candidates": 2, "reranker": longest}
    by_text = model.generate(**batch, **options, return_dict_in_generate=True)
    assert [len(scores) for scores in by_text.candidate_scores] == [2, 1]
    by_sentence = model.generate(**batch, **options)
    assert by_sentence.candidate_index[1][1] == -1 and by_sentence.candidate_scores[1][1].isnan().all()


def test_a_stream_of_candidates_must_be_asked_for_twice(model):
    options = {"num_candidates": 2, "reranker": longest, "seed": 0}
    with pytest.raises(ValueError, match="stream_candidates=True"):
        model.generate(**long_form(TEXT, OTHER), **options, stream=True)
    together = model.generate(**long_form(TEXT, OTHER), **options)
    pieces = list(model.generate(**long_form(TEXT, OTHER), **options, stream=True, stream_candidates=True))
    assert torch.equal(torch.cat([piece.audio[0] for piece in pieces]), together.audio[0])
    assert [piece.candidate_index.tolist() for piece in pieces] == [i.tolist() for i in together.candidate_index]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"num_candidates": 0}, ValueError, "`num_candidates` must be an integer from 1 to 256, got 0"),
        ({"num_candidates": 2.5}, ValueError, "`num_candidates` must be an integer"),
        ({"num_candidates": True}, ValueError, "`num_candidates` must be an integer"),
        ({"num_candidates": 257}, ValueError, "`num_candidates` must be an integer"),
        ({"num_candidates": 2}, ValueError, "this model has no reranker .*pass its folder as `reranker`"),
        ({"num_candidates": 2, "reranker": "aligner"}, ValueError, "this model has no aligner"),
        ({"num_candidates": 2, "reranker": "nowhere"}, FileNotFoundError, "no folder 'nowhere' with a reranker"),
        ({"num_candidates": 2, "reranker": 3}, TypeError, "a reranker is 'clvp' or 'aligner'.*, got int"),
        ({"reranker": longest, "return_waveform": False}, ValueError, "return_waveform=False"),
        ({"return_candidates": True}, ValueError, "needs candidates"),
        ({"reranker": longest, "stop_score": float("nan")}, ValueError, "stop_score must be a number"),
        ({"reranker": longest, "stop_score": "high"}, ValueError, "stop_score must be a number, got 'high'"),
        (
            {"num_candidates": 2, "reranker": longest, "alpha": 0, "beta": 0, "noise_scale": 0, "style_vector": 1},
            ValueError,
            "all 2 candidates would be the same speech",
        ),
    ],
)
def test_what_candidates_cannot_be_combined_with(model, arguments, error, message):
    if "style_vector" in arguments:
        arguments = arguments | {"style_vector": torch.zeros(2 * model.config.style_dim)}
    with pytest.raises(error, match=message):
        model.generate(**tokens(TEXT), **arguments)


def test_the_aligner_of_a_model_folder_chooses(folder, model):
    loaded = TsukasaModelForConditionalGeneration.from_pretrained(folder)
    options = {"seed": 0, "num_candidates": 2}
    speech = loaded.generate(**tokens(TEXT), **options)
    own = AlignerReranker.from_pretrained(folder / "text_aligner", model.config.audio_config)
    for reranker in ("aligner", folder / "text_aligner", own):
        again = loaded.generate(**tokens(TEXT), **options, reranker=reranker)
        torch.testing.assert_close(again.candidate_scores, speech.candidate_scores)
    assert (speech.candidate_scores < 0).all() and speech.candidate_scores.isfinite().all()


def test_a_folder_with_another_model_is_no_reranker(folder, model):
    with pytest.raises(ValueError, match="holds a model of type 'tsukasa', which is no reranker"):
        model.generate(**tokens(TEXT), num_candidates=2, reranker=str(folder))
