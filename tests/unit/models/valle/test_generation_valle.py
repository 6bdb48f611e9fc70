# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speaking with VALL-E: batches, seeds, ends, choices of the best row, and what is refused."""

import pytest
import torch

from support.tiny_valle import batch_of_two, item, tiny_valle
from transformers_tsukasa.models.valle.code_sampling import CodeSampler, SamplingOptions, row_generators


@pytest.mark.parametrize("prefix_mode", [0, 1, 2])
def test_an_item_of_a_batch_is_what_it_is_alone(prefix_mode):
    model, batch = tiny_valle(prefix_mode=prefix_mode), batch_of_two()
    options = {"seed": 3, "best_of": 2, "prompt_text_lengths": torch.tensor([2, 2])}
    together = model.generate(**batch, **options)
    for index in range(2):
        options["prompt_text_lengths"] = torch.tensor([2])
        alone = model.generate(**item(batch, index), **options)
        assert torch.equal(alone.codes[0], together.codes[index, : together.lengths[index]])
        torch.testing.assert_close(alone.scores[0], together.scores[index], atol=1e-5, rtol=1e-5)
    assert not torch.equal(together.codes[0, :2], together.codes[1, :2])


def test_kept_keys_and_values_speak_the_same():
    model, batch = tiny_valle(prepend_bos=True), batch_of_two()
    kept = model.generate(**batch, seed=1)
    again = model.generate(**batch, seed=1, use_cache=False)
    assert torch.equal(kept.codes, again.codes)
    assert not torch.equal(kept.codes[:, :3], model.generate(**batch, seed=2).codes[:, :3])


def test_speech_ends_at_the_length_of_the_text_or_earlier():
    batch = batch_of_two()
    for begins in (False, True):
        model = tiny_valle(prepend_bos=begins)
        model.autoregressive.head.weight.data[12] = -100 * model.autoregressive.head.weight.data.abs().max()
        spoken = model.generate(**batch, seed=0, top_k=3)
        limits = [2 * 7 + 1 - begins, 2 * 5 + 1 - begins]
        assert all(length <= limit for length, limit in zip(spoken.lengths.tolist(), limits, strict=True))
        assert spoken.codes.shape == (2, int(spoken.lengths.max()), 4) and spoken.codes.max() < 12
        assert model.generate(**batch, seed=0, max_frames=3, min_frames=3).lengths.tolist() == [3, 3]


def test_the_best_row_is_chosen_by_its_score():
    model, batch = tiny_valle(prepend_bos=True), item(batch_of_two(), 0)
    best = model.generate(**batch, seed=4, best_of=4)
    worst = model.generate(**batch, seed=4, best_of=4, worst_of=True)
    first = model.generate(**batch, seed=4)
    assert best.scores[0] > worst.scores[0] and worst.scores[0] <= first.scores[0] <= best.scores[0]


def test_continuing_keeps_the_first_codebook():
    model, batch = tiny_valle(), item(batch_of_two(), 1)
    rest = model.generate(**batch, continual=True)
    assert torch.equal(rest.codes[0, :, 0], batch["prompt_codes"][0, 3:, 0]) and rest.scores is None


def test_tokens_are_drawn_by_probability_and_one_generator_draws_as_torch_does():
    config, before = tiny_valle().config, torch.zeros(400, 1, dtype=torch.long)
    logits = torch.tensor([[0.0, 2.0, *[-9.0] * 11]]).repeat(400, 1)
    limits, options = torch.full((400,), 9), SamplingOptions(min_frames=0)
    own = CodeSampler(config, 1, limits, options, row_generators(list(range(400)), 400, 1))
    drawn = own(before, logits).argmax(dim=1)
    assert abs(float((drawn == 1).float().mean()) - float(logits[0].softmax(0)[1])) < 0.06
    one = CodeSampler(config, 1, limits, options, torch.Generator().manual_seed(7))
    expected = torch.multinomial(logits.softmax(-1), 1, generator=torch.Generator().manual_seed(7))
    assert torch.equal(one(before, logits).argmax(dim=1), expected[:, 0])


def test_the_likeliest_end_ends_speech_whatever_is_drawn():
    before = torch.zeros(50, 1, dtype=torch.long)
    logits = torch.tensor([[*[0.0] * 12, 0.1]]).repeat(50, 1)
    for ends in (True, False):
        config = tiny_valle(stop_at_argmax=ends).config
        generators = row_generators(list(range(50)), 50, 1)
        sampler = CodeSampler(config, 1, torch.full((50,), 9), SamplingOptions(min_frames=0), generators)
        assert bool((sampler(before, logits).argmax(dim=1) == 12).all()) == ends


@pytest.mark.parametrize(
    "changes, options, message",
    [
        ({}, {"prompt_codes": None, "prompt_mask": None}, "no start token"),
        ({}, {"prompt_codes": torch.full((2, 6, 4), 12)}, "a code of the prompt must be 0 to 11, got 12"),
        ({}, {"prompt_codes": torch.zeros(2, 6, 8, dtype=torch.long)}, "are they of another codec"),
        ({}, {"attention_mask": torch.zeros(2, 7, dtype=torch.long)}, "a text has no phones"),
        ({}, {"input_ids": torch.full((2, 7), 70)}, "an id of the text must be 0 to 69"),
        ({"prefix_mode": 2}, {}, "give `prompt_text_lengths`"),
        ({}, {"temperature": 0.0}, "temperature must be greater than 0"),
        ({}, {"best_of": 0}, "best_of must be at least 1"),
        ({}, {"seed": [1]}, "2 texts need one seed or 2"),
    ],
)
def test_what_does_not_fit_is_refused(changes, options, message):
    with pytest.raises(ValueError, match=message):
        tiny_valle(**changes).generate(**{**batch_of_two(), **options})
