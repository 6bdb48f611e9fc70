# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import torch

from transformers_tsukasa.data.collator import TsukasaDataCollator


def test_batches_are_padded_with_masks_of_ones(dataset):
    items = [dataset[index] for index in (0, 4, 10)]
    batch = TsukasaDataCollator()(items)
    for name, mask in (("mel", "mel_attention_mask"), ("input_features", "input_features_mask")):
        for row, item in enumerate(items):
            length = item[name].shape[-1]
            assert torch.equal(batch[name][row, :, :length], item[name]) and not batch[name][row, :, length:].any()
            assert batch[mask][row].tolist() == [1] * length + [0] * (batch[mask].shape[1] - length)
    for name, mask in (("input_ids", "attention_mask"), ("ood_input_ids", "ood_attention_mask")):
        for row, item in enumerate(items):
            length = len(item[name])
            assert torch.equal(batch[name][row, :length], item[name])
            assert batch[mask][row].tolist() == [1] * length + [0] * (batch[mask].shape[1] - length)
    assert batch["mel"].shape[-1] * 300 == batch["waveform"].shape[-1]
    assert batch["f0"].shape == batch["energy"].shape == batch["mel_attention_mask"].shape
    assert torch.equal(batch["waveform_lengths"], 300 * batch["mel_attention_mask"].sum(dim=1))
    assert batch["indices"].tolist() == [0, 4, 10]
