# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest
import torch

from support.recorded_weights import original_state, recorded, relative_difference
from transformers_tsukasa.conversion.styletts2.training_keys import text_aligner_key
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaTextAlignerConfig
from transformers_tsukasa.models.tsukasa.training_models.alignment_search import (
    alignment_from_durations,
    search_monotonic_alignment,
    token_scores_from_ctc,
)
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import (
    TsukasaMaskedGroupNorm,
    TsukasaTextAligner,
    cosine_transform,
)
from transformers_tsukasa.training.losses import ctc_loss, s2s_loss


def small_aligner(**changes) -> TsukasaTextAligner:
    torch.manual_seed(0)
    values = {
        "vocab_size": 12,
        "num_mel_bins": 20,
        "num_mfcc": 10,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "token_embedding_size": 8,
        "attention_size": 12,
        "num_location_filters": 4,
        "location_kernel_size": 7,
        "group_norm_groups": 4,
    }
    return TsukasaTextAligner(TsukasaTextAlignerConfig(**(values | changes))).eval()


def small_batch() -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    return {
        "mel": torch.randn(3, 20, 50),
        "mel_lengths": torch.tensor([50, 34, 21]),
        "input_ids": torch.randint(0, 12, (3, 9)),
        "attention_mask": (torch.arange(9) < torch.tensor([[9], [6], [4]])).long(),
    }


def test_equals_the_recorded_alignment():
    values, _ = recorded("training")
    state = {text_aligner_key(name): tensor for name, tensor in original_state("text_aligner").items()}
    aligner = TsukasaTextAligner(TsukasaTextAlignerConfig()).eval()
    aligner.load_state_dict(state)
    attention_mask = torch.arange(values["input_ids"].shape[1]) < values["input_lengths"][:, None]
    with torch.no_grad():
        memory = aligner.encode(values["mels"])  # the original reads the padding too
        output = aligner.align(memory, values["mel_lengths"] // 2, values["input_ids"], attention_mask)
    assert relative_difference(output.ctc_logits, values["ctc_logits"]) < 1e-5
    assert relative_difference(output.token_logits, values["s2s_logits"]) < 1e-5
    assert relative_difference(output.raw_alignment, values["s2s_attention_raw"]) < 1e-5
    assert relative_difference(output.soft_alignment, values["s2s_attention"]) < 1e-5


@torch.no_grad()
def test_an_item_of_a_padded_batch_is_aligned_as_it_is_alone():
    aligner, batch = small_aligner(), small_batch()
    together = aligner(**batch)
    for index in range(3):
        frames, tokens = int(batch["mel_lengths"][index]), int(batch["attention_mask"][index].sum())
        item = slice(index, index + 1)
        alone = aligner(batch["mel"][item, :, :frames], None, batch["input_ids"][item, :tokens])
        text_frames = frames // 2
        assert int(together.frame_lengths[index]) == text_frames
        soft = together.soft_alignment[item]
        assert relative_difference(soft[:, :tokens, :text_frames], alone.soft_alignment) < 1e-5
        assert torch.count_nonzero(soft) == tokens * text_frames
        assert relative_difference(together.token_logits[item, : tokens + 1], alone.token_logits) < 1e-5
        assert relative_difference(together.ctc_logits[item, :text_frames], alone.ctc_logits) < 1e-5


@torch.no_grad()
def test_what_stands_in_the_padding_does_not_matter():
    aligner, batch = small_aligner(), small_batch()
    before = aligner(**batch).soft_alignment
    batch["mel"][2, :, 21:] = 1e4
    batch["input_ids"][2, 4:] = 7
    assert relative_difference(aligner(**batch).soft_alignment, before) < 1e-6


@torch.no_grad()
def test_attention_is_a_distribution_over_real_frames():
    output = small_aligner()(**small_batch())
    assert torch.allclose(output.raw_alignment.sum(-1), torch.ones(3, 10), atol=1e-5)
    assert torch.equal(output.raw_alignment[0, 1:], output.soft_alignment[0])
    output = small_aligner(first_alignment_row=0)(**small_batch())
    assert torch.equal(output.raw_alignment[0, :-1], output.soft_alignment[0])


@torch.no_grad()
def test_token_scores_come_from_the_head_that_fits_the_aligner():
    batch = small_batch()
    scratch, published = small_aligner(first_alignment_row=0), small_aligner(first_alignment_row=1)
    assert (scratch.config.alignment_source, published.config.alignment_source) == ("ctc", "attention")
    output = published(**batch)
    from_ctc = token_scores_from_ctc(output.ctc_logits, batch["input_ids"])
    assert torch.equal(published.token_scores(**batch), output.soft_alignment)
    assert torch.equal(output.token_scores(batch["input_ids"], "attention"), output.soft_alignment)
    assert torch.equal(output.token_scores(batch["input_ids"], "ctc"), from_ctc)
    assert torch.equal(scratch.token_scores(**batch), from_ctc)


@torch.no_grad()
def test_scores_of_the_ctc_head_need_no_decoder(monkeypatch):
    aligner = small_aligner(first_alignment_row=0)
    monkeypatch.setattr(aligner.decoder, "forward", lambda *_: pytest.fail("the decoder ran"))
    aligner.token_scores(**small_batch())


def test_tokens_are_hidden_in_training_only_and_by_the_given_generator():
    aligner, ids = small_aligner(mask_probability=0.5), torch.full((40, 50), 5)
    assert torch.equal(aligner.hide_tokens(ids), ids)
    aligner.train()
    hidden, again, other = (aligner.hide_tokens(ids, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert torch.equal(hidden, again) and not torch.equal(hidden, other)
    assert set(hidden.unique().tolist()) == {3, 5}
    assert abs(float((hidden == 3).float().mean()) - 0.5) < 0.05
    aligner.config.mask_probability = 0.0
    assert torch.equal(aligner.hide_tokens(ids), ids)


def test_every_parameter_learns_from_ctc_and_decoder():
    aligner, batch = small_aligner().train(), small_batch()
    output = aligner(**batch, generator=torch.Generator().manual_seed(0))
    (output.ctc_logits.square().mean() + output.token_logits.square().mean()).backward()
    silent = [name for name, parameter in aligner.named_parameters() if not parameter.grad.abs().sum() > 0]
    assert silent == []


def test_the_alignment_itself_can_be_learned_from():
    aligner, batch = small_aligner(), small_batch()
    aligner(**batch).soft_alignment.square().sum().backward()
    assert aligner.conv_in.weight.grad.abs().sum() > 0
    assert aligner.decoder.embedding.weight.grad.abs().sum() > 0


def test_gradient_checkpointing_changes_nothing():
    batch, gradients = small_batch(), []
    for checkpointed in (False, True):
        aligner = small_aligner(mask_probability=0.0, dropout=0.0, token_dropout=0.0).train()
        if checkpointed:
            aligner.gradient_checkpointing_enable()
            assert all(layer.gradient_checkpointing for layer in aligner.layers)
        aligner(**batch).token_logits.square().mean().backward()
        gradients.append(aligner.conv_in.weight.grad)
    assert torch.allclose(*gradients, atol=1e-7)


@pytest.mark.slow
def test_an_aligner_learns_where_the_tokens_are():
    torch.manual_seed(0)
    sounds = torch.randn(28, 20)
    aligner = small_aligner(hidden_size=32, attention_size=32, vocab_size=28).train()
    optimizer = torch.optim.AdamW(aligner.parameters(), lr=3e-3)

    def agreement() -> float:
        aligner.eval()
        with torch.no_grad():
            output = aligner(**utterances["inputs"])
            scores = token_scores_from_ctc(output.ctc_logits, utterances["inputs"]["input_ids"])
            token_lengths = utterances["inputs"]["attention_mask"].sum(1)
            found = search_monotonic_alignment(scores, token_lengths, output.frame_lengths)
        aligner.train()
        return float((found * utterances["alignment"]).sum() / utterances["alignment"].sum())

    utterances = made_up_utterances(sounds)
    before = agreement()
    for _ in range(300):
        utterances = made_up_utterances(sounds)
        output = aligner(**utterances["inputs"])
        ids, mask = utterances["inputs"]["input_ids"], utterances["inputs"]["attention_mask"]
        loss = ctc_loss(output.ctc_logits, output.frame_lengths, ids, mask, 0) + s2s_loss(
            output.token_logits, ids, mask
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert before < 0.6 and agreement() > 0.85


def made_up_utterances(sounds: torch.Tensor) -> dict:
    """Eight utterances of two to eight phonemes between pads, each phoneme a spectrum of its own, in noise."""
    counts = torch.randint(2, 9, (8, 1))
    mask = (torch.arange(int(counts.max()) + 2) < counts + 2).long()
    inside = (torch.arange(mask.shape[1]) > 0) & (torch.arange(mask.shape[1]) <= counts)
    ids = torch.randint(20, len(sounds), mask.shape) * inside  # eight letters, beyond the marks of pauses
    durations = torch.randint(2, 7, mask.shape) * mask
    alignment = alignment_from_durations(durations)
    mel = torch.matmul(sounds[ids].transpose(1, 2), alignment).repeat_interleave(2, dim=-1)
    mel = mel + 0.2 * torch.randn_like(mel)
    inputs = {"mel": mel, "mel_lengths": 2 * durations.sum(1), "input_ids": ids, "attention_mask": mask}
    return {"inputs": inputs, "alignment": alignment}


@torch.no_grad()
def test_bfloat16_stays_near_float32():
    aligner, batch = small_aligner(), small_batch()
    expected = aligner(**batch).soft_alignment
    assert relative_difference(aligner.bfloat16()(**batch).soft_alignment, expected) < 0.05


def test_an_odd_last_frame_is_left_out_and_one_text_frame_is_enough():
    aligner, ids = small_aligner(), torch.tensor([[1, 2]])
    mel = torch.randn(1, 20, 3)
    with torch.no_grad():
        complete, cut = (aligner(features, None, ids).soft_alignment for features in (mel, mel[..., :2]))
        assert relative_difference(complete, cut) < 1e-6
    assert aligner(mel, None, ids).soft_alignment.shape == (1, 2, 1)


def test_wrong_inputs_are_refused():
    aligner, ids = small_aligner(), torch.tensor([[1, 2]])
    with pytest.raises(ValueError, match="1 frames holds no text frame"):
        aligner(torch.randn(1, 20, 1), None, ids)
    with pytest.raises(ValueError, match=r"\(batch, 20, mel_frames\)"):
        aligner(torch.randn(1, 21, 40), None, ids)
    with pytest.raises(ValueError, match="needs input_ids"):
        aligner(torch.randn(1, 20, 40))


def test_the_cosine_transform_is_orthonormal():
    matrix = cosine_transform(20, 20)
    assert torch.allclose(matrix.T @ matrix, torch.eye(20), atol=1e-5)
    assert torch.equal(small_aligner().cosine_transform, cosine_transform(20, 10))


def test_the_masked_group_norm_is_the_plain_one_where_nothing_is_masked():
    norm = TsukasaMaskedGroupNorm(4, 16)
    torch.nn.init.normal_(norm.weight)
    states = torch.randn(2, 16, 11)
    assert torch.allclose(norm(states, torch.ones(2, 1, 11)), norm(states), atol=1e-5)


def test_a_saved_aligner_loads_as_it_was(tmp_path):
    aligner, batch = small_aligner(), small_batch()
    aligner.cosine_transform.mul_(2.0)  # a matrix of its own, as a converted aligner may have
    aligner.save_pretrained(tmp_path)
    loaded = TsukasaTextAligner.from_pretrained(tmp_path).eval()
    with torch.no_grad():
        assert relative_difference(loaded(**batch).soft_alignment, aligner(**batch).soft_alignment) < 1e-6


def test_an_unknown_name_is_not_translated():
    for name in ("to_mfcc.window", "cnns.0.0.blocks.0.3.weight", "cnns.0.2.weight"):
        with pytest.raises(KeyError, match=name):
            text_aligner_key(name)
