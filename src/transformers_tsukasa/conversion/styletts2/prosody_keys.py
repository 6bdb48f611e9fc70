# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Names of the text encoder's and the prosody predictor's tensors in a published checkpoint, and ours.

The recurrences have mLSTM blocks in Tsukasa's checkpoints, and torch's LSTM in those of StyleTTS 2 and Kokoro.
"""

import re

from .decoder_keys import adaptive_block_key


_MLSTM_NAMES = {
    "xlstm_norm": "norm",
    "xlstm.proj_up": "mlstm.up_projection",
    "xlstm.proj_down": "mlstm.down_projection",
    "xlstm.q_proj": "mlstm.query",
    "xlstm.k_proj": "mlstm.key",
    "xlstm.v_proj": "mlstm.value",
    "xlstm.conv1d.conv": "mlstm.causal_conv",
    "xlstm.mlstm_cell.igate": "mlstm.input_gate",
    "xlstm.mlstm_cell.fgate": "mlstm.forget_gate",
    "xlstm.mlstm_cell.outnorm": "mlstm.norm",
    "xlstm.learnable_skip": "mlstm.skip",
}

# Of one bidirectional layer; the names are torch's, in the original and here.
_LSTM_NAME = r"(weight|bias)_(ih|hh)_l0(_reverse)?"

_TEXT_ENCODER_STEMS = {
    "embedding": "embedding",
    "prepare_projection.linear_layer": "in_projection",
    "post_projection.linear_layer": "out_projection",
}

_PREDICTOR_STEMS = {
    "prepare_projection": "shared_projection",
    "duration_proj.linear_layer": "duration_projection",
    "F0_proj": "f0_contour.curve_projection",
    "N_proj": "energy_contour.curve_projection",
}


def _recurrence_key(rest: str) -> str:
    """`mlstm.` or `lstm.`, and our name of a recurrence's tensor below it."""
    if re.fullmatch(_LSTM_NAME, rest):
        return f"lstm.{rest}"
    return f"mlstm.{_mlstm_key(rest)}"


def _mlstm_key(rest: str) -> str:
    if rest.startswith("post_blocks_norm."):
        return rest.replace("post_blocks_norm.", "norm.")
    match = re.fullmatch(r"blocks\.(\d+)\.(.+)", rest)
    if match is None:
        raise KeyError(rest)
    index, name = match.groups()
    for original, ours in _MLSTM_NAMES.items():
        if name == original or name.startswith(original + "."):
            return f"layers.{index}.{ours}{name[len(original) :]}"
    raise KeyError(rest)


def _stem_key(original_key: str, stems: dict[str, str]) -> str:
    stem, _, leaf = original_key.rpartition(".")
    return f"{stems[stem]}.{leaf}"


def text_encoder_key(original_key: str) -> str:
    """Our name of a tensor of the original module `text_encoder`; raises KeyError for a name that it does not know."""
    if original_key.startswith("lstm."):
        return "text_encoder." + _recurrence_key(original_key.removeprefix("lstm."))
    if match := re.fullmatch(r"cnn\.(\d+)\.0\.(\w+)", original_key):
        return f"text_encoder.conv_layers.{match[1]}.conv.{match[2]}"
    if match := re.fullmatch(r"cnn\.(\d+)\.1\.(gamma|beta)", original_key):
        leaf = {"gamma": "weight", "beta": "bias"}[match[2]]
        return f"text_encoder.conv_layers.{match[1]}.norm.{leaf}"
    return "text_encoder." + _stem_key(original_key, _TEXT_ENCODER_STEMS)


def predictor_key(original_key: str) -> str:
    """Our name of a tensor of the original module `predictor`; raises KeyError for a name that it does not know."""
    if match := re.fullmatch(r"text_encoder\.lstms\.(\d+)\.(.+)", original_key):
        # LSTMs have even numbers, and the norm after each the next number.
        layer, is_norm = divmod(int(match[1]), 2)
        if is_norm:
            name = f"norms.{layer}.{match[2].replace('fc.', 'projection.')}"
        else:
            name = f"lstms.{layer}.{match[2]}"
        return f"prosody_predictor.duration_encoder.{name}"
    if match := re.fullmatch(r"(lstm|shared)\.(.+)", original_key):
        purpose = {"lstm": "duration", "shared": "contour"}[match[1]]
        return f"prosody_predictor.{purpose}_{_recurrence_key(match[2])}"
    if match := re.fullmatch(r"(F0|N)\.(\d+)\.(.+)", original_key):
        contour = {"F0": "f0_contour", "N": "energy_contour"}[match[1]]
        return f"prosody_predictor.{contour}.blocks.{match[2]}.{adaptive_block_key(match[3])}"
    return "prosody_predictor." + _stem_key(original_key, _PREDICTOR_STEMS)
