# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest
import torch

from support.recorded_weights import original_state, recorded, relative_difference
from transformers_tsukasa.conversion.styletts2.training_keys import pitch_extractor_key
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaPitchExtractorConfig
from transformers_tsukasa.models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor


def small_extractor(**changes) -> TsukasaPitchExtractor:
    torch.manual_seed(0)
    values = {"num_mel_bins": 64, "hidden_sizes": [4, 4, 6, 8], "lstm_hidden_size": 5}
    return TsukasaPitchExtractor(TsukasaPitchExtractorConfig(**(values | changes))).eval()


def test_equals_the_recorded_f0():
    values, _ = recorded("training")
    state = {pitch_extractor_key(name): tensor for name, tensor in original_state("pitch_extractor").items()}
    extractor = TsukasaPitchExtractor(TsukasaPitchExtractorConfig()).eval()
    extractor.load_state_dict(state)
    with torch.no_grad():
        assert relative_difference(extractor(values["mels"]).f0, values["f0"]) < 1e-5


@torch.no_grad()
def test_an_item_of_a_padded_batch_gets_the_same_f0_as_alone():
    extractor = small_extractor()
    mel, lengths = torch.randn(3, 64, 30), torch.tensor([30, 17, 1])
    together = extractor(mel, lengths, return_voicing=True)
    for index, length in enumerate(lengths.tolist()):
        alone = extractor(mel[index : index + 1, :, :length], return_voicing=True)
        item = slice(index, index + 1)
        assert relative_difference(together.f0[item, :length], alone.f0) < 1e-5
        assert relative_difference(together.voicing_logits[item, :length], alone.voicing_logits) < 1e-5
        assert together.f0[item, length:].abs().sum() == 0


@torch.no_grad()
def test_padding_of_a_single_item_changes_nothing():
    extractor, mel = small_extractor(), torch.randn(1, 64, 30)
    padded = extractor(mel, torch.tensor([17])).f0
    assert relative_difference(padded[:, :17], extractor(mel[..., :17]).f0) < 1e-5


@torch.no_grad()
def test_f0_is_never_negative_and_voicing_comes_only_on_request():
    output = small_extractor()(torch.randn(2, 64, 20))
    assert output.f0.shape == (2, 20) and (output.f0 >= 0).all()
    assert output.voicing_logits is None and output.hidden_states is None


@torch.no_grad()
def test_a_fresh_extractor_speaks_in_hertz_from_the_start():
    output = small_extractor()(torch.randn(4, 64, 40)).f0
    assert 100 < output.mean() < 200
    assert output.std() > 0.3


@torch.no_grad()
def test_bfloat16_stays_near_float32():
    extractor, mel, lengths = small_extractor(), torch.randn(2, 64, 40), torch.tensor([40, 25])
    expected = extractor(mel, lengths).f0
    output = extractor.bfloat16()(mel, lengths).f0
    assert output.dtype == torch.float32
    assert relative_difference(output, expected) < 0.02


def test_every_parameter_learns_from_both_heads():
    extractor = small_extractor().train()
    output = extractor(torch.randn(2, 64, 20), return_voicing=True)
    (output.f0.square().mean() + output.voicing_logits.square().mean()).backward()
    silent = [name for name, parameter in extractor.named_parameters() if not parameter.grad.abs().sum() > 0]
    assert silent == []


@pytest.mark.parametrize("bins", [32, 80, 100, 128])
@torch.no_grad()
def test_other_numbers_of_bands_work(bins):
    output = small_extractor(num_mel_bins=bins)(torch.randn(1, bins, 9), return_voicing=True)
    assert output.f0.shape == (1, 9) and output.voicing_logits.shape == (1, 9, 2)


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="pools 32 bands into one, but num_mel_bins is 31"):
        small_extractor(num_mel_bins=31)
    with pytest.raises(ValueError, match=r"\(batch, 64, mel_frames\)"):
        small_extractor()(torch.randn(1, 80, 20))
    with pytest.raises(ValueError, match="at least one frame"):
        small_extractor()(torch.randn(1, 64, 0))


def test_a_saved_extractor_loads_as_it_was(tmp_path):
    extractor, mel = small_extractor(), torch.randn(2, 64, 20)
    extractor.train()(mel)  # moves the running statistics, which are part of the model
    extractor.eval().save_pretrained(tmp_path)
    loaded = TsukasaPitchExtractor.from_pretrained(tmp_path).eval()
    with torch.no_grad():
        assert relative_difference(loaded(mel).f0, extractor(mel).f0) < 1e-6


def test_an_unknown_name_is_not_translated():
    with pytest.raises(KeyError, match="res_block1.conv.2.weight"):
        pitch_extractor_key("res_block1.conv.2.weight")
