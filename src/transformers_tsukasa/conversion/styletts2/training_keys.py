# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Names of the published text aligner's, pitch extractor's and discriminators' tensors, and ours.

Each function takes a key of one published module, with norms folded (`weight_g` and `weight_v` are `weight`), and
returns the key inside our module: `TsukasaTextAligner`, `TsukasaPitchExtractor` and, for the discriminators,
`TsukasaDiscriminators`, which holds all three groups. A key that the original does not have raises KeyError.
"""

import re


_ALIGNER_PARTS = {
    # The original stores its cosine transform, and loads it: it is a weight, not a constant.
    "to_mfcc.dct_mat": "cosine_transform",
    "init_cnn.conv": "conv_in",
    "projection.conv": "memory_projection",
    "ctc_linear.0.linear_layer": "ctc_dense",
    "ctc_linear.2.linear_layer": "ctc_head",
    "asr_s2s.embedding": "decoder.embedding",
    "asr_s2s.project_to_n_symbols": "decoder.token_head",
    "asr_s2s.attention_layer.query_layer.linear_layer": "decoder.query",
    "asr_s2s.attention_layer.memory_layer.linear_layer": "decoder.key",
    "asr_s2s.attention_layer.v.linear_layer": "decoder.score",
    "asr_s2s.attention_layer.location_layer.location_conv.conv": "decoder.location_conv",
    "asr_s2s.attention_layer.location_layer.location_dense.linear_layer": "decoder.location_projection",
    "asr_s2s.decoder_rnn": "decoder.cell",
    "asr_s2s.project_to_hidden.0.linear_layer": "decoder.hidden",
}
_ALIGNER_PAIR_PARTS = {"0.conv": "conv1", "2": "norm", "4.conv": "conv2"}

_PITCH_PARTS = {
    "conv_block.0": "stem.conv1",
    "conv_block.1": "stem.norm",
    "conv_block.3": "stem.conv2",
    "pool_block.0": "pool_norm",
    "detector_conv.0": "voicing.conv",
    "detector_conv.1": "voicing.norm",
    "bilstm_classifier": "pitch_lstm",
    "bilstm_detector": "voicing.lstm",
    "classifier": "pitch_head",
    "detector": "voicing.head",
}
_PITCH_BLOCK_PARTS = {
    "pre_conv.0": "pre_norm",
    "conv.0": "conv1",
    "conv.1": "norm",
    "conv.3": "conv2",
    "conv1by1": "shortcut",
}


def text_aligner_key(original_key: str) -> str:
    """`cnns.3.0.blocks.1.4.conv.weight` -> `layers.3.pairs.1.conv2.weight`."""
    if original_key in _ALIGNER_PARTS:
        return _ALIGNER_PARTS[original_key]
    stem, _, leaf = original_key.rpartition(".")
    if stem in _ALIGNER_PARTS:
        return f"{_ALIGNER_PARTS[stem]}.{leaf}"
    match = re.fullmatch(r"cnns\.(\d+)\.0\.blocks\.(\d+)\.(.+)", stem)
    if match and match[3] in _ALIGNER_PAIR_PARTS:
        return f"layers.{match[1]}.pairs.{match[2]}.{_ALIGNER_PAIR_PARTS[match[3]]}.{leaf}"
    match = re.fullmatch(r"cnns\.(\d+)\.1", stem)
    if match:
        return f"layers.{match[1]}.norm.{leaf}"
    raise KeyError(f"the original's text aligner has no key '{original_key}'")


def pitch_extractor_key(original_key: str) -> str:
    """`res_block2.conv.3.weight` -> `blocks.1.conv2.weight`."""
    stem, _, leaf = original_key.rpartition(".")
    if stem in _PITCH_PARTS:
        return f"{_PITCH_PARTS[stem]}.{leaf}"
    match = re.fullmatch(r"res_block([1-9])\.(.+)", stem)
    if match and match[2] in _PITCH_BLOCK_PARTS:
        return f"blocks.{int(match[1]) - 1}.{_PITCH_BLOCK_PARTS[match[2]]}.{leaf}"
    raise KeyError(f"the original's pitch extractor has no key '{original_key}'")


def mpd_key(original_key: str) -> str:
    """`discriminators.2.conv_post.bias` -> `multi_period.discriminators.2.conv_out.bias`."""
    match = re.fullmatch(r"discriminators\.(\d+)\.(convs\.\d+|conv_post)\.(weight|bias)", original_key)
    if match is None:
        raise KeyError(f"the original's multi-period discriminator has no key '{original_key}'")
    part = "conv_out" if match[2] == "conv_post" else match[2]
    return f"multi_period.discriminators.{match[1]}.{part}.{match[3]}"


def msd_key(original_key: str) -> str:
    """`discriminators.0.discriminators.4.bias` -> `multi_resolution.discriminators.0.convs.4.bias`."""
    match = re.fullmatch(r"discriminators\.(\d+)\.(?:discriminators\.(\d+)|out)\.(weight|bias)", original_key)
    if match is None:
        raise KeyError(f"the original's multi-resolution discriminator has no key '{original_key}'")
    part = "conv_out" if match[2] is None else f"convs.{match[2]}"
    return f"multi_resolution.discriminators.{match[1]}.{part}.{match[3]}"


def wd_key(original_key: str) -> str:
    """`pre.weight` -> `speech_language_model.conv_in.weight`."""
    match = re.fullmatch(r"(pre|convs\.\d+|conv_post)\.(weight|bias)", original_key)
    if match is None:
        raise KeyError(f"the original's speech language model discriminator has no key '{original_key}'")
    part = {"pre": "conv_in", "conv_post": "conv_out"}.get(match[1], match[1])
    return f"speech_language_model.{part}.{match[2]}"
