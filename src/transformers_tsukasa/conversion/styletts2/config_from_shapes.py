# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Config values from the shapes of a published checkpoint's tensors, which determine nearly all of them.

Every function reads the shapes of one published module, by names with norms folded, and returns values for our
sub-config. Sampling rate, window, attention heads and the first upsampling rate leave no trace in shapes: they are in
the YAML file.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from ..errors import ConversionError
from ..source import Shapes


# (4 * width of a direction, that width)
_LSTM = "lstm.weight_hh_l0"


def shape_values(modules: Mapping[str, Shapes]) -> dict[str, Any]:
    """Nested values for `TsukasaConfig`, from the shapes of every module that exists.

    Raises:
        ConversionError: when a module lacks a tensor that values are read from.
    """
    values: dict[str, Any] = {}
    for module, (key, read) in _READERS.items():
        if module in modules:
            try:
                values[key] = read(modules[module])
            except KeyError as error:
                raise ConversionError(
                    f"the module '{module}' has no tensor {error}: it is damaged, or of another architecture"
                ) from error
    styled = "text_encoder.lstms.1.fc.weight"  # a linear map of the style
    if styled in modules.get("predictor", {}):
        values["style_dim"] = modules["predictor"][styled][1]
    if "text_encoder_config" in values:
        values["vocab_size"] = values["text_encoder_config"]["vocab_size"]
    if "style_diffusion_config" in values:
        values["multispeaker"] = values["style_diffusion_config"]["use_reference"]
    return values


def _count(shapes: Shapes, pattern: str) -> int:
    """The number of names that match; `*` stands for a number."""
    expression = re.compile(re.escape(pattern).replace(r"\*", r"\d+"))
    return sum(expression.fullmatch(name) is not None for name in shapes)


def has_lstm(shapes: Shapes) -> bool:
    """Whether the recurrence of a text encoder or a prosody predictor is an LSTM, and not mLSTM blocks."""
    return _LSTM in shapes


def _mlstm(shapes: Shapes, stack: str) -> dict[str, Any]:
    block = f"{stack}.blocks.0.xlstm"
    width = shapes[f"{stack}.blocks.0.xlstm_norm.weight"][0]
    inner = shapes[f"{block}.learnable_skip"][0]
    values: dict[str, Any] = {
        "num_hidden_layers": _count(shapes, f"{stack}.blocks.*.xlstm_norm.weight"),
        "num_attention_heads": shapes[f"{block}.mlstm_cell.igate.bias"][0],
        "conv_kernel_size": shapes[f"{block}.conv1d.conv.weight"][-1],
        "qkv_block_size": shapes[f"{block}.q_proj.weight"][-1],
    }
    if inner != math.ceil(2 * width / 64) * 64:
        values["expansion"] = inner / width
    return values


def _text_encoder(shapes: Shapes) -> dict[str, Any]:
    vocab_size, hidden_size = shapes["embedding.weight"]
    values = {
        "vocab_size": vocab_size,
        "hidden_size": hidden_size,
        "num_conv_layers": _count(shapes, "cnn.*.0.weight"),
        "conv_kernel_size": shapes["cnn.0.0.weight"][-1],
    }
    if has_lstm(shapes):
        return {**values, "recurrence": "lstm"}
    return {
        **values,
        "mlstm_hidden_size": shapes["prepare_projection.linear_layer.weight"][0],
        "mlstm_config": _mlstm(shapes, "lstm"),
    }


def _predictor(shapes: Shapes) -> dict[str, Any]:
    values = {
        "num_layers": _count(shapes, "text_encoder.lstms.*.fc.weight"),
        "max_duration": shapes["duration_proj.linear_layer.weight"][0],
    }
    if has_lstm(shapes):
        return {**values, "hidden_size": 2 * shapes[_LSTM][1], "recurrence": "lstm"}
    return {**values, "hidden_size": shapes["prepare_projection.weight"][0], "mlstm_config": _mlstm(shapes, "lstm")}


def _style_encoder(shapes: Shapes) -> dict[str, Any]:
    return {
        "hidden_size": shapes["shared.0.weight"][0],
        "max_hidden_size": shapes["unshared.weight"][1],
        "num_blocks": _count(shapes, "shared.*.conv1.weight"),
    }


def _plbert(shapes: Shapes) -> dict[str, Any]:
    vocab_size, embedding_size = shapes["embeddings.word_embeddings.weight"]
    layer = "encoder.albert_layer_groups.0.albert_layers.0"
    return {
        "vocab_size": vocab_size,
        "embedding_size": embedding_size,
        "max_position_embeddings": shapes["embeddings.position_embeddings.weight"][0],
        "type_vocab_size": shapes["embeddings.token_type_embeddings.weight"][0],
        "hidden_size": shapes[f"{layer}.ffn.weight"][1],
        "intermediate_size": shapes[f"{layer}.ffn.weight"][0],
    }


def _diffusion(shapes: Shapes) -> dict[str, Any]:
    net = "diffusion.net" if "diffusion.net.to_out.1.weight" in shapes else "unet"
    return {
        "num_hidden_layers": _count(shapes, f"{net}.blocks.*.attention.to_q.weight"),
        "feed_forward_multiplier": shapes[f"{net}.blocks.0.feed_forward.0.weight"][0]
        // shapes[f"{net}.blocks.0.feed_forward.0.weight"][1],
        "num_fourier_features": shapes[f"{net}.to_time.0.0.weights"][0],
        "use_reference": f"{net}.to_features.0.weight" in shapes,
        "max_guidance_positions": shapes[f"{net}.fixed_embedding.embedding.weight"][0],
    }


def _decoder(shapes: Shapes) -> dict[str, Any]:
    stages = _count(shapes, "generator.ups.*.weight")
    last = _count(shapes, "decode.*.conv1.weight") - 1
    stacks = _count(shapes, "generator.resblocks.*.convs1.0.weight") // stages
    # HiFi-GAN's output has one channel, iSTFTNet's the magnitudes and phases of n_fft / 2 + 1 bins.
    out_channels = shapes["generator.conv_post.weight"][0]
    values = {
        "hidden_size": shapes["encode.conv1.weight"][0],
        "output_size": shapes[f"decode.{last}.conv2.weight"][0],
        "residual_size": shapes["asr_res.0.weight"][0],
        "generator_type": "hifigan" if out_channels == 1 else "istftnet",
        "upsample_initial_channel": shapes["generator.ups.0.weight"][0],
        "upsample_kernel_sizes": [shapes[f"generator.ups.{i}.weight"][-1] for i in range(stages)],
        "resblock_kernel_sizes": [shapes[f"generator.resblocks.{i}.convs1.0.weight"][-1] for i in range(stacks)],
        "num_harmonics": shapes["generator.m_source.l_linear.weight"][1] - 1,
    }
    if out_channels > 1:
        values["istft_n_fft"] = out_channels - 2
    return values


def later_rates(modules: Mapping[str, Shapes]) -> list[int]:
    """Upsampling rates of every generator stage but the first, from the kernels of the source's strided convolutions.

    The source enters stage i through a convolution of stride s, the product of the later rates, and kernel 2s.
    """
    shapes = modules["decoder"]
    stages = _count(shapes, "generator.ups.*.weight")
    strides = [max(1, shapes[f"generator.noise_convs.{i}.weight"][-1] // 2) for i in range(stages)]
    return [stride // later for stride, later in zip(strides[:-1], strides[1:], strict=True)]


def stack_depth(modules: Mapping[str, Shapes]) -> int:
    """The number of dilated convolutions in a residual stack of the generator."""
    return _count(modules["decoder"], "generator.resblocks.0.convs1.*.weight")


def _text_aligner(shapes: Shapes) -> dict[str, Any]:
    attention = "asr_s2s.attention_layer"
    return {
        "vocab_size": shapes["asr_s2s.embedding.weight"][0],
        "num_mel_bins": shapes["to_mfcc.dct_mat"][0],
        "num_mfcc": shapes["to_mfcc.dct_mat"][1],
        "hidden_size": shapes["init_cnn.conv.weight"][0],
        "num_hidden_layers": _count(shapes, "cnns.*.0.blocks.0.0.conv.weight"),
        "token_embedding_size": shapes["asr_s2s.embedding.weight"][1],
        "attention_size": shapes[f"{attention}.query_layer.linear_layer.weight"][0],
        "num_location_filters": shapes[f"{attention}.location_layer.location_conv.conv.weight"][0],
        "location_kernel_size": shapes[f"{attention}.location_layer.location_conv.conv.weight"][-1],
    }


def _pitch_extractor(shapes: Shapes) -> dict[str, Any]:
    blocks = [shapes[f"res_block{i}.conv.0.weight"][0] for i in (1, 2, 3)]
    return {
        "hidden_sizes": [shapes["conv_block.0.weight"][0], *blocks],
        "lstm_hidden_size": shapes["bilstm_classifier.weight_hh_l0"][1],
    }


_READERS = {
    "text_encoder": ("text_encoder_config", _text_encoder),
    "predictor": ("prosody_predictor_config", _predictor),
    "style_encoder": ("style_encoder_config", _style_encoder),
    "bert": ("plbert_config", _plbert),
    "diffusion": ("style_diffusion_config", _diffusion),
    "decoder": ("decoder_config", _decoder),
    "text_aligner": ("text_aligner_config", _text_aligner),
    "pitch_extractor": ("pitch_extractor_config", _pitch_extractor),
}


def discriminator_values(modules: Mapping[str, Shapes]) -> dict[str, Any]:
    """Values for the discriminators' config; periods and resolutions leave no trace in shapes."""
    first = "discriminators.0"
    values: dict[str, Any] = {}
    if "mpd" in modules:
        count = _count(modules["mpd"], f"{first}.convs.*.weight")
        values["period_channels"] = [modules["mpd"][f"{first}.convs.{i}.weight"][0] for i in range(count)]
    if "msd" in modules:
        values["resolution_channels"] = modules["msd"][f"{first}.discriminators.0.weight"][0]
    if "wd" in modules:
        values["slm_initial_channels"] = modules["wd"]["pre.weight"][0]
    return values
