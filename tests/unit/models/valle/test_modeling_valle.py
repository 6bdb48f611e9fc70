# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Both networks of VALL-E: masks, positions, heads, and what they refuse."""

import pytest
import torch

from support.tiny_valle import tiny_valle
from transformers_tsukasa.models.valle.configuration_valle import VallEConfig
from transformers_tsukasa.models.valle.modeling_valle import IGNORED, VallEForConditionalGeneration


TEXT = torch.tensor([[1, 9, 8, 7, 2]])
CODES = torch.tensor([[3, 1, 4, 1, 5, 9]])


@torch.no_grad()
def test_a_frame_sees_the_text_and_frames_up_to_itself_and_no_frame_changes_the_text():
    network = tiny_valle().autoregressive
    plain = network(CODES, text_ids=TEXT).logits
    later = CODES.clone()
    later[0, 4] = 0
    changed = network(later, text_ids=TEXT).logits
    torch.testing.assert_close(changed[:, :4], plain[:, :4])
    assert not torch.allclose(changed[:, 4:], plain[:, 4:], atol=1e-2)
    last_token = TEXT.clone()
    last_token[0, -1] = 3
    assert not torch.allclose(network(CODES, text_ids=last_token).logits[:, 0], plain[:, 0], atol=1e-2)


@torch.no_grad()
@pytest.mark.parametrize("options", [{}, {"prepend_bos": True, "add_prenet": True}, {"norm_first": False}])
def test_kept_keys_and_values_change_nothing(options):
    network = tiny_valle(**options).autoregressive
    complete = network(CODES, text_ids=TEXT).logits
    first = network(CODES[:, :3], text_ids=TEXT, use_cache=True)
    parts = [first.logits]
    for frame in range(3, CODES.shape[1]):
        step = CODES[:, frame : frame + 1]
        parts.append(network(step, text_ids=TEXT, past_key_values=first.past_key_values, use_cache=True).logits)
    torch.testing.assert_close(torch.cat(parts, dim=1), complete, atol=1e-5, rtol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("add_prenet", [False, True])
def test_padding_changes_nothing(add_prenet):
    model = tiny_valle(add_prenet=add_prenet)
    text = torch.cat([TEXT, torch.full((1, 3), 6)], dim=1)
    text_mask = torch.tensor([[1] * 5 + [0] * 3])
    alone = model.autoregressive(CODES, text_ids=TEXT).logits
    padding = torch.full((1, 2), 12)
    right = {"input_ids": torch.cat([CODES, padding], dim=1), "attention_mask": torch.tensor([[1] * 6 + [0] * 2])}
    left = {"input_ids": torch.cat([padding, CODES], dim=1), "attention_mask": torch.tensor([[0] * 2 + [1] * 6])}
    padded = model.autoregressive(**right, text_ids=text, text_mask=text_mask).logits[:, :6]
    torch.testing.assert_close(padded, alone, atol=1e-5, rtol=1e-5)
    padded = model.autoregressive(**left, text_ids=text, text_mask=text_mask).logits[:, 2:]
    torch.testing.assert_close(padded, alone, atol=1e-5, rtol=1e-5)


def test_a_shared_table_predicts_the_codebook_before_it_and_learns_from_both():
    model = tiny_valle()
    codes = CODES[..., None].repeat(1, 1, 4)
    model.refiner(codes, 1, TEXT, labels=codes[..., 1]).loss.backward()
    gradients = [table.weight.grad for table in model.refiner.code_embeddings]
    # Stage 1 reads codebook 0 and predicts codebook 1 with the table of codebook 2.
    assert [gradient is not None and bool(gradient.any()) for gradient in gradients] == [True, False, True, False]
    assert model.refiner.heads[0].weight.grad is None and len(model.refiner.heads) == 1
    assert len(tiny_valle(share_embedding=False).refiner.heads) == 3


@torch.no_grad()
def test_the_refiner_reads_known_codebooks_and_all_of_the_prompt():
    refiner = tiny_valle().refiner
    codes = CODES[..., None].repeat(1, 1, 4)
    is_prompt = torch.tensor([[1, 1, 0, 0, 0, 0]])
    plain = refiner(codes, 2, TEXT, prompt_mask=is_prompt).logits
    for frame, codebook, is_read in ((4, 1, True), (4, 2, False), (4, 3, False), (1, 3, True)):
        other = codes.clone()
        other[0, frame, codebook] = 11
        same = torch.allclose(refiner(other, 2, TEXT, prompt_mask=is_prompt).logits, plain, atol=1e-4)
        assert same != is_read, (frame, codebook)


def test_losses_leave_out_what_does_not_count():
    model = tiny_valle()
    labels = torch.tensor([[1, 4, 1, IGNORED, IGNORED, IGNORED]])
    output = model.autoregressive(CODES, text_ids=TEXT, labels=labels)
    expected = torch.nn.functional.cross_entropy(output.logits[0, :3], labels[0, :3])
    torch.testing.assert_close(output.loss, expected)


def test_languages_are_needed_where_there_are_embeddings_and_refused_elsewhere():
    with pytest.raises(ValueError, match="give `language_ids`"):
        tiny_valle(num_languages=3).autoregressive(CODES, text_ids=TEXT)
    with pytest.raises(ValueError, match="leave `language_ids` out"):
        tiny_valle().autoregressive(CODES, text_ids=TEXT, language_ids=TEXT)


@pytest.mark.parametrize(
    "values, message",
    [
        ({"hidden_size": 18, "num_attention_heads": 4}, "multiple of num_attention_heads"),
        ({"num_codebooks": 1}, "at least 2"),
        ({"num_languages": 3, "prefix_mode": 2}, "cannot be used with languages"),
    ],
)
def test_impossible_configs_are_refused(values, message):
    with pytest.raises(Exception, match=message):
        VallEConfig(**values)


def test_a_saved_model_is_loaded_completely_and_an_incomplete_one_refused(tmp_path):
    model = tiny_valle(prepend_bos=True)
    with torch.no_grad():
        model.refiner.inputs.text_position.alpha.fill_(1.5)  # not learned, but in published files it may be another
    model.save_pretrained(tmp_path)
    loaded = VallEForConditionalGeneration.from_pretrained(tmp_path)
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], tensor)
    state = {name: tensor for name, tensor in model.state_dict().items() if "head" not in name}
    model.save_pretrained(tmp_path, state_dict=state)
    with pytest.raises(ValueError, match="are missing"):
        VallEForConditionalGeneration.from_pretrained(tmp_path)
