# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import itertools

import pytest
import torch

from support.recorded_weights import recorded, relative_difference
from transformers_tsukasa.models.tsukasa.training_models.alignment_search import (
    alignment_from_durations,
    durations_from_alignment,
    search_monotonic_alignment,
    soft_alignment_from_logits,
    token_scores_from_ctc,
)
from transformers_tsukasa.text.phonemes.symbols import PAD_ID, SYMBOL_TO_ID, SYMBOLS


def one_cell_at_a_time(gains: torch.Tensor) -> torch.Tensor:
    """The usual program on one item (tokens, frames): fill the table cell by cell, then walk back."""
    tokens, frames = gains.shape
    best = torch.full((tokens, frames), -1e9)
    for frame in range(frames):
        for token in range(min(tokens, frame + 1)):
            stay = -1e9 if frame == token else best[token, frame - 1]
            advance = (0.0 if frame == 0 else -1e9) if token == 0 else best[token - 1, frame - 1]
            best[token, frame] = max(stay, advance) + gains[token, frame]
    path = torch.zeros(tokens, frames)
    token = tokens - 1
    for frame in range(frames - 1, -1, -1):
        path[token, frame] = 1
        if token > 0 and (token == frame or best[token, frame - 1] < best[token - 1, frame - 1]):
            token -= 1
    return path


def full(batch: int, length: int) -> torch.Tensor:
    return torch.full((batch,), length)


def test_equals_the_recorded_path():
    values, _ = recorded("training")
    alignment = search_monotonic_alignment(
        values["s2s_attention"], values["input_lengths"], values["mel_lengths"] // 2
    )
    assert torch.equal(alignment, values["monotonic_alignment"])


@pytest.mark.parametrize("distinct_values", [2, 3, 1000])
def test_equals_the_program_that_fills_one_cell_at_a_time_ties_included(distinct_values):
    generator = torch.Generator().manual_seed(0)
    token_lengths, frame_lengths = torch.tensor([7, 1, 5, 7]), torch.tensor([19, 19, 5, 12])
    soft = torch.randint(0, distinct_values, (4, 7, 19), generator=generator) / distinct_values
    alignment = search_monotonic_alignment(soft, token_lengths, frame_lengths)
    for item, (tokens, frames) in enumerate(zip(token_lengths.tolist(), frame_lengths.tolist(), strict=True)):
        assert torch.equal(alignment[item, :tokens, :frames], one_cell_at_a_time(soft[item, :tokens, :frames]))
        assert alignment[item].sum() == frames


def test_no_other_path_is_better():
    generator = torch.Generator().manual_seed(0)
    soft = torch.rand(5, 4, 8, generator=generator, dtype=torch.float64)
    alignment = search_monotonic_alignment(soft, full(5, 4), full(5, 8))
    for item in range(5):
        scores = []
        for starts in itertools.combinations(range(1, 8), 3):
            ends = torch.tensor([*starts, 8])
            durations = torch.diff(ends, prepend=torch.zeros(1, dtype=torch.long))
            scores.append((soft[item] * alignment_from_durations(durations[None])[0]).sum())
        assert torch.isclose((soft[item] * alignment[item]).sum(), torch.stack(scores).max())


def test_padding_does_not_change_a_path():
    generator = torch.Generator().manual_seed(0)
    soft = torch.rand(1, 5, 14, generator=generator)
    padded = torch.full((1, 8, 20), 9.0)
    padded[:, :5, :14] = soft
    alignment = search_monotonic_alignment(padded, full(1, 5), full(1, 14))
    assert torch.equal(alignment[:, :5, :14], search_monotonic_alignment(soft, full(1, 5), full(1, 14)))
    assert alignment.sum() == 14


@pytest.mark.parametrize("fill", [float("-inf"), 0.0, float("nan")])
def test_a_path_is_monotonic_and_complete_even_through_nothing(fill):
    alignment = search_monotonic_alignment(torch.full((2, 6, 9), fill), torch.tensor([6, 3]), torch.tensor([9, 7]))
    durations = durations_from_alignment(alignment)
    assert torch.equal(alignment_from_durations(durations, 9), alignment)
    assert durations.sum(1).tolist() == [9, 7]
    assert (durations[0] > 0).all() and (durations[1, :3] > 0).all()


def test_one_token_and_one_frame():
    assert search_monotonic_alignment(torch.rand(1, 1, 1), full(1, 1), full(1, 1)).tolist() == [[[1.0]]]
    assert search_monotonic_alignment(torch.rand(1, 1, 4), full(1, 1), full(1, 4)).tolist() == [[[1.0] * 4]]


def test_text_that_does_not_fit_its_audio_is_refused():
    with pytest.raises(ValueError, match="item 1 has 5 tokens and 4 text frames"):
        search_monotonic_alignment(torch.rand(2, 5, 6), full(2, 5), torch.tensor([6, 4]))
    with pytest.raises(ValueError, match="item 0 has 0 tokens"):
        search_monotonic_alignment(torch.rand(1, 5, 6), full(1, 0), full(1, 6))
    with pytest.raises(ValueError, match="item 0 has 3 tokens and 7 text frames"):
        search_monotonic_alignment(torch.rand(1, 5, 6), full(1, 3), full(1, 7))


def test_durations_and_alignments_are_equivalent():
    durations = torch.tensor([[2, 1, 3], [1, 2, 0]])
    alignment = alignment_from_durations(durations)
    assert alignment.shape == (2, 3, 6)
    assert alignment[1].tolist() == [[1, 0, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]]
    assert torch.equal(durations_from_alignment(alignment), durations)
    assert alignment_from_durations(durations, 8).shape == (2, 3, 8)


def test_scores_from_ctc_are_the_log_probabilities_of_the_tokens():
    logits = torch.randn(2, 5, 60, generator=torch.Generator().manual_seed(0))
    ids = torch.tensor([[0, 53, 53], [0, 56, 51]])
    scores = token_scores_from_ctc(logits, ids)
    assert scores.shape == (2, 3, 5)
    assert torch.equal(scores[1, 1], logits.log_softmax(-1)[1, :, 56])
    assert token_scores_from_ctc(100 * logits, ids).min() == -20


def test_a_pause_belongs_to_its_mark_and_not_to_the_pad_before_a_short_phrase():
    """CTC writes the blank wherever there is silence: before "ai", between the words, after "ue"."""
    text = "ai, ue."
    ids = torch.tensor([[PAD_ID, *(SYMBOL_TO_ID[symbol] for symbol in text), PAD_ID]])
    written = "$$aaii,$$$$$$$$$ uuee.$$"
    logits = torch.full((1, len(written), len(SYMBOLS)), -10.0)
    for frame, symbol in enumerate(written):
        logits[0, frame, SYMBOL_TO_ID[symbol]] = 10.0
        logits[0, frame, PAD_ID] += 8.0  # peaks are narrow: the blank is likely everywhere
    scores = token_scores_from_ctc(logits, ids)
    alignment = search_monotonic_alignment(scores, full(1, ids.shape[1]), full(1, len(written)))
    assert durations_from_alignment(alignment)[0].tolist() == [2, 2, 2, 10, 1, 2, 2, 1, 2]


def test_the_silence_at_the_end_is_left_to_the_pad():
    ids = torch.tensor([[PAD_ID, SYMBOL_TO_ID["a"], SYMBOL_TO_ID["."], PAD_ID, PAD_ID]])  # the last one fills a batch
    logits = torch.randn(1, 6, len(SYMBOLS), generator=torch.Generator().manual_seed(0))
    scores = token_scores_from_ctc(logits, ids)
    assert torch.equal(scores[0, 2], logits.log_softmax(-1)[0, :, SYMBOL_TO_ID["."]])


def test_equals_the_recorded_soft_alignment():
    values, _ = recorded("training")
    attention_mask = torch.arange(values["input_ids"].shape[1]) < values["input_lengths"][:, None]
    soft, frame_lengths = soft_alignment_from_logits(values["duration_logits"], attention_mask)
    for item, tokens in enumerate(values["input_lengths"].tolist()):
        expected = values[f"soft_alignment_{item}"]
        assert int(frame_lengths[item]) == expected.shape[1]
        assert relative_difference(soft[item, :tokens, : expected.shape[1]], expected) < 1e-5


def test_a_soft_alignment_shares_every_real_frame_out_and_no_other():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 6, 10, generator=generator)
    attention_mask = torch.tensor([[1] * 6, [1] * 4 + [0] * 2])
    soft, frame_lengths = soft_alignment_from_logits(logits, attention_mask)
    is_spoken = torch.arange(soft.shape[2]) < frame_lengths[:, None]
    assert torch.allclose(soft.sum(1), is_spoken.float(), atol=1e-5)
    assert soft[1, 4:].abs().sum() == 0
    alone, _ = soft_alignment_from_logits(logits[1:, :4])
    assert relative_difference(soft[1:, :4, : alone.shape[2]], alone) < 1e-5


def test_gradients_reach_every_real_duration_and_no_padding():
    logits = torch.randn(2, 6, 10, generator=torch.Generator().manual_seed(0)).requires_grad_()
    attention_mask = torch.tensor([[1] * 6, [1] * 4 + [0] * 2])
    soft_alignment_from_logits(logits, attention_mask)[0].square().sum().backward()
    moved = logits.grad.abs().sum(-1) > 0
    assert torch.equal(moved, attention_mask.bool())
    assert logits.grad.isfinite().all()
