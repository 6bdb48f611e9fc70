# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A checkpoint in the published format for any config: published names and shapes, values from a seed.

`original_manifest` of the default config equals the recorded manifests (a test compares them), so a tiny config gives
a tiny checkpoint of the same format.
"""

import math
import zlib
from pathlib import Path

import torch

from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaConfig, build_config


Manifest = dict[str, tuple[int, ...]]


def _conv(name: str, out: int, inner: int, *kernel: int, norm: str = "weight", bias: bool = True) -> Manifest:
    shape = (out, inner, *kernel)
    entries = {f"{name}.bias": (out,)} if bias else {}
    if norm == "weight":
        return entries | {f"{name}.weight_g": (out,) + (1,) * (len(shape) - 1), f"{name}.weight_v": shape}
    if norm == "spectral":
        flat = math.prod(shape[1:])
        return entries | {f"{name}.weight_orig": shape, f"{name}.weight_u": (out,), f"{name}.weight_v": (flat,)}
    return {f"{name}.weight": shape} | entries


def _linear(name: str, out: int, inner: int, bias: bool = True) -> Manifest:
    return {f"{name}.weight": (out, inner)} | ({f"{name}.bias": (out,)} if bias else {})


def _lstm(name: str, hidden: int, inner: int) -> Manifest:
    entries: Manifest = {}
    for end in ("", "_reverse"):
        entries |= {
            f"{name}.weight_ih_l0{end}": (4 * hidden, inner),
            f"{name}.weight_hh_l0{end}": (4 * hidden, hidden),
            f"{name}.bias_ih_l0{end}": (4 * hidden,),
            f"{name}.bias_hh_l0{end}": (4 * hidden,),
        }
    return entries


def _mlstm(name: str, config, width: int) -> Manifest:
    inner, heads, block = config.inner_size(width), config.num_attention_heads, config.qkv_block_size
    entries: Manifest = {}
    for index in range(config.num_hidden_layers):
        cell = f"{name}.blocks.{index}.xlstm"
        entries |= {f"{name}.blocks.{index}.xlstm_norm.weight": (width,), f"{cell}.learnable_skip": (inner,)}
        entries |= {f"{cell}.proj_up.weight": (2 * inner, width)}
        entries |= {f"{cell}.{part}_proj.weight": (inner // block, block, block) for part in "qkv"}
        entries |= {f"{cell}.conv1d.conv.weight": (inner, 1, config.conv_kernel_size)}
        entries |= {f"{cell}.conv1d.conv.bias": (inner,)}
        for gate in ("igate", "fgate"):
            entries |= _linear(f"{cell}.mlstm_cell.{gate}", heads, 3 * inner)
        entries |= {f"{cell}.mlstm_cell.outnorm.weight": (inner,), f"{cell}.proj_down.weight": (width, inner)}
    return entries | {f"{name}.post_blocks_norm.weight": (width,)}


def _adain_block(name: str, out: int, inner: int, style: int, upsample: bool = False) -> Manifest:
    entries = _conv(f"{name}.conv1", out, inner, 3) | _conv(f"{name}.conv2", out, out, 3)
    entries |= _linear(f"{name}.norm1.fc", 2 * inner, style) | _linear(f"{name}.norm2.fc", 2 * out, style)
    if out != inner:
        entries |= _conv(f"{name}.conv1x1", out, inner, 1, bias=False)
    return entries | (_conv(f"{name}.pool", inner, 1, 3) if upsample else {})


def _text_encoder(config: TsukasaConfig) -> Manifest:
    text = config.text_encoder_config
    width, narrow = text.hidden_size, text.mlstm_hidden_size
    entries = {"embedding.weight": (text.vocab_size, width)}
    for index in range(text.num_conv_layers):
        entries |= _conv(f"cnn.{index}.0", width, width, text.conv_kernel_size)
        entries |= {f"cnn.{index}.1.gamma": (width,), f"cnn.{index}.1.beta": (width,)}
    if text.recurrence == "lstm":
        return entries | _lstm("lstm", width // 2, width)
    entries |= _linear("prepare_projection.linear_layer", narrow, width)
    entries |= _linear("post_projection.linear_layer", width, narrow)
    return entries | _mlstm("lstm", text.mlstm_config, narrow)


def _predictor(config: TsukasaConfig) -> Manifest:
    predictor, style = config.prosody_predictor_config, config.style_dim
    width, half = predictor.hidden_size, predictor.hidden_size // 2
    entries: Manifest = {}
    for index in range(predictor.num_layers):
        entries |= _lstm(f"text_encoder.lstms.{2 * index}", half, width + style)
        entries |= _linear(f"text_encoder.lstms.{2 * index + 1}.fc", 2 * width, style)
    for stack in ("lstm", "shared"):
        if predictor.recurrence == "lstm":
            entries |= _lstm(stack, half, width + style)
        else:
            entries |= _mlstm(stack, predictor.mlstm_config, width + style)
    if predictor.recurrence == "mlstm":
        entries |= _linear("prepare_projection", width, width + style)
    entries |= _linear("duration_proj.linear_layer", predictor.max_duration, width)
    for curve in ("F0", "N"):
        entries |= _adain_block(f"{curve}.0", width, width, style)
        entries |= _adain_block(f"{curve}.1", half, width, style, upsample=True)
        entries |= _adain_block(f"{curve}.2", half, half, style)
    return entries | _conv("F0_proj", 1, half, 1, norm="") | _conv("N_proj", 1, half, 1, norm="")


def _style_encoder(config: TsukasaConfig) -> Manifest:
    style = config.style_encoder_config
    widths = [min(style.hidden_size * 2**i, style.max_hidden_size) for i in range(style.num_blocks + 1)]
    entries = _conv("shared.0", widths[0], 1, 3, 3, norm="spectral")
    for index, (inner, out) in enumerate(zip(widths[:-1], widths[1:], strict=True), start=1):
        entries |= _conv(f"shared.{index}.downsample_res.conv", inner, 1, 3, 3, norm="spectral")
        entries |= _conv(f"shared.{index}.conv1", inner, inner, 3, 3, norm="spectral")
        entries |= _conv(f"shared.{index}.conv2", out, inner, 3, 3, norm="spectral")
        if inner != out:
            entries |= _conv(f"shared.{index}.conv1x1", out, inner, 1, 1, norm="spectral", bias=False)
    entries |= _conv(f"shared.{style.num_blocks + 2}", widths[-1], widths[-1], 5, 5, norm="spectral")
    return entries | _linear("unshared", config.style_dim, widths[-1])


def _plbert(config: TsukasaConfig) -> Manifest:
    bert = config.plbert_config
    width, layer = bert.hidden_size, "encoder.albert_layer_groups.0.albert_layers.0"
    tables = {"word": bert.vocab_size, "position": bert.max_position_embeddings, "token_type": bert.type_vocab_size}
    entries = {f"embeddings.{name}_embeddings.weight": (rows, bert.embedding_size) for name, rows in tables.items()}
    entries |= {f"embeddings.LayerNorm.{leaf}": (bert.embedding_size,) for leaf in ("weight", "bias")}
    entries |= _linear("encoder.embedding_hidden_mapping_in", width, bert.embedding_size)
    for norm in ("full_layer_layer_norm", "attention.LayerNorm"):
        entries |= {f"{layer}.{norm}.{leaf}": (width,) for leaf in ("weight", "bias")}
    for part in ("query", "key", "value", "dense"):
        entries |= _linear(f"{layer}.attention.{part}", width, width)
    entries |= _linear(f"{layer}.ffn", bert.intermediate_size, width)
    entries |= _linear(f"{layer}.ffn_output", width, bert.intermediate_size)
    return entries | _linear("pooler", width, width)


def _diffusion(config: TsukasaConfig) -> Manifest:
    diffusion, style = config.style_diffusion_config, 2 * config.style_dim
    text = config.plbert_config.hidden_size
    width, inner = text + style, diffusion.num_attention_heads * diffusion.head_dim
    entries: Manifest = {}
    for index in range(diffusion.num_hidden_layers):
        block = f"blocks.{index}"
        for norm in ("norm", "norm_context"):
            if diffusion.use_reference:
                entries |= _linear(f"{block}.attention.{norm}.fc", 2 * width, style)
            else:
                entries |= {f"{block}.attention.{norm}.{leaf}": (width,) for leaf in ("weight", "bias")}
        entries |= {f"{block}.attention.to_q.weight": (inner, width)}
        entries |= {f"{block}.attention.to_kv.weight": (2 * inner, width)}
        entries |= _linear(f"{block}.attention.attention.to_out", width, inner)
        entries |= _linear(f"{block}.feed_forward.0", diffusion.feed_forward_multiplier * width, width)
        entries |= _linear(f"{block}.feed_forward.2", width, diffusion.feed_forward_multiplier * width)
    entries |= _conv("to_out.1", style, width, 1, norm="")
    entries |= _linear("to_mapping.0", width, width) | _linear("to_mapping.2", width, width)
    entries |= {"to_time.0.0.weights": (diffusion.num_fourier_features,)}
    entries |= _linear("to_time.0.1", width, 2 * diffusion.num_fourier_features + 1)
    if diffusion.use_reference:
        entries |= _linear("to_features.0", width, style)
    entries |= {"fixed_embedding.embedding.weight": (diffusion.max_guidance_positions, text)}
    return {f"{net}.{name}": shape for net in ("diffusion.net", "unet") for name, shape in entries.items()}


def _decoder(config: TsukasaConfig) -> Manifest:
    decoder, style, text = config.decoder_config, config.style_dim, config.hidden_size
    hidden, out, residual = decoder.hidden_size, decoder.output_size, decoder.residual_size
    fed = hidden + residual + 2
    entries: Manifest = {}
    for index in range(4):
        entries |= _adain_block(f"decode.{index}", out if index == 3 else hidden, fed, style, upsample=index == 3)
    entries |= _adain_block("encode", hidden, text + 2, style)
    entries |= _conv("F0_conv", 1, 1, 3) | _conv("N_conv", 1, 1, 3) | _conv("asr_res.0", residual, text, 1)
    return entries | {f"generator.{name}": shape for name, shape in _generator(decoder, style).items()}


def _generator(decoder, style: int) -> Manifest:
    is_istft = decoder.generator_type == "istftnet"
    source, rates = decoder.istft_n_fft + 2 if is_istft else 1, list(decoder.upsample_rates)
    entries = _linear("m_source.l_linear", 1, decoder.num_harmonics + 1)
    width = decoder.upsample_initial_channel
    slopes = [width]
    for index, (_rate, kernel) in enumerate(zip(rates, decoder.upsample_kernel_sizes, strict=True)):
        is_last, half = index == len(rates) - 1, width // 2
        stride = math.prod(rates[index + 1 :])
        entries |= _conv(f"noise_convs.{index}", half, source, 1 if is_last else 2 * stride, norm="")
        entries |= _generator_stack(f"noise_res.{index}", half, 11 if is_last else 7, decoder, style)
        entries |= {f"ups.{index}.bias": (half,), f"ups.{index}.weight_g": (width, 1, 1)}
        entries |= {f"ups.{index}.weight_v": (width, half, kernel)}
        for place, size in enumerate(decoder.resblock_kernel_sizes):
            number = index * len(decoder.resblock_kernel_sizes) + place
            entries |= _generator_stack(f"resblocks.{number}", half, size, decoder, style)
        width = half
        slopes.append(width)
    if not is_istft:
        entries |= {f"alphas.{index}": (1, size, 1) for index, size in enumerate(slopes)}
    return entries | _conv("conv_post", source, width, 7)


def _generator_stack(name: str, width: int, kernel: int, decoder, style: int) -> Manifest:
    entries: Manifest = {}
    for place in range(len(decoder.resblock_dilations)):
        for half in (1, 2):
            entries |= _conv(f"{name}.convs{half}.{place}", width, width, kernel)
            entries |= _linear(f"{name}.adain{half}.{place}.fc", 2 * width, style)
            entries |= {f"{name}.alpha{half}.{place}": (1, width, 1)}
    return entries


def _text_aligner(config: TsukasaConfig) -> Manifest:
    aligner = config.text_aligner_config
    width, memory = aligner.hidden_size, aligner.attention_size
    entries = {"to_mfcc.dct_mat": (aligner.num_mel_bins, aligner.num_mfcc)}
    entries |= _conv("init_cnn.conv", width, aligner.num_mfcc, 7, norm="")
    for index in range(aligner.num_hidden_layers):
        for pair in range(3):
            block = f"cnns.{index}.0.blocks.{pair}"
            entries |= _conv(f"{block}.0.conv", width, width, 3, norm="")
            entries |= {f"{block}.2.weight": (width,), f"{block}.2.bias": (width,)}
            entries |= _conv(f"{block}.4.conv", width, width, 3, norm="")
        entries |= {f"cnns.{index}.1.weight": (width,), f"cnns.{index}.1.bias": (width,)}
    entries |= _conv("projection.conv", memory, width, 1, norm="")
    entries |= _linear("ctc_linear.0.linear_layer", width, memory)
    entries |= _linear("ctc_linear.2.linear_layer", aligner.vocab_size, width)
    s2s, attention = "asr_s2s", "asr_s2s.attention_layer"
    entries |= {f"{s2s}.embedding.weight": (aligner.vocab_size, aligner.token_embedding_size)}
    entries |= _linear(f"{s2s}.project_to_n_symbols", aligner.vocab_size, memory)
    entries |= _linear(f"{attention}.query_layer.linear_layer", memory, memory, bias=False)
    entries |= _linear(f"{attention}.memory_layer.linear_layer", memory, memory, bias=False)
    entries |= _linear(f"{attention}.v.linear_layer", 1, memory, bias=False)
    location = f"{attention}.location_layer"
    filters = aligner.num_location_filters
    entries |= {f"{location}.location_conv.conv.weight": (filters, 2, aligner.location_kernel_size)}
    entries |= _linear(f"{location}.location_dense.linear_layer", memory, filters, bias=False)
    entries |= {f"{s2s}.decoder_rnn.weight_ih": (4 * memory, memory + aligner.token_embedding_size)}
    entries |= {f"{s2s}.decoder_rnn.weight_hh": (4 * memory, memory)}
    entries |= {f"{s2s}.decoder_rnn.bias_{part}h": (4 * memory,) for part in "ih"}
    return entries | _linear(f"{s2s}.project_to_hidden.0.linear_layer", memory, 2 * memory)


def _batch_norm(name: str, width: int) -> Manifest:
    entries = {f"{name}.{leaf}": (width,) for leaf in ("weight", "bias", "running_mean", "running_var")}
    return entries | {f"{name}.num_batches_tracked": ()}


def _pitch_extractor(config: TsukasaConfig) -> Manifest:
    pitch = config.pitch_extractor_config
    widths, hidden = pitch.hidden_sizes, pitch.lstm_hidden_size
    entries = _conv("conv_block.0", widths[0], 1, 3, 3, norm="", bias=False) | _batch_norm("conv_block.1", widths[0])
    entries |= _conv("conv_block.3", widths[0], widths[0], 3, 3, norm="", bias=False)
    for index, (inner, out) in enumerate(zip(widths[:-1], widths[1:], strict=True), start=1):
        block = f"res_block{index}"
        entries |= _batch_norm(f"{block}.pre_conv.0", inner)
        entries |= _conv(f"{block}.conv.0", out, inner, 3, 3, norm="", bias=False) | _batch_norm(
            f"{block}.conv.1", out
        )
        entries |= _conv(f"{block}.conv.3", out, out, 3, 3, norm="", bias=False)
        entries |= _conv(f"{block}.conv1by1", out, inner, 1, 1, norm="", bias=False)
    entries |= _batch_norm("pool_block.0", widths[-1])
    entries |= _conv("detector_conv.0", widths[-1], sum(widths), 1, 1, norm="", bias=False)
    entries |= _batch_norm("detector_conv.1", widths[-1])
    for part, outputs in (("classifier", 1), ("detector", 2)):
        entries |= _lstm(f"bilstm_{part}", hidden, 2 * widths[-1]) | _linear(part, outputs, 2 * hidden)
    return entries


def _mpd(config: TsukasaConfig) -> Manifest:
    entries: Manifest = {}
    for index in range(len(config.discriminator_config.periods)):
        inner = 1
        for place, out in enumerate(config.discriminator_config.period_channels):
            entries |= _conv(f"discriminators.{index}.convs.{place}", out, inner, 5, 1)
            inner = out
        entries |= _conv(f"discriminators.{index}.conv_post", 1, inner, 3, 1)
    return entries


def _msd(config: TsukasaConfig) -> Manifest:
    entries: Manifest = {}
    width = config.discriminator_config.resolution_channels
    for index in range(len(config.discriminator_config.resolutions)):
        stack = f"discriminators.{index}"
        for place in range(5):
            kernel = (3, 3) if place == 4 else (3, 9)
            entries |= _conv(f"{stack}.discriminators.{place}", width, width if place else 1, *kernel)
        entries |= _conv(f"{stack}.out", 1, width, 3, 3)
    return entries


def _wd(config: TsukasaConfig) -> Manifest:
    slm = config.discriminator_config
    width = slm.slm_initial_channels
    entries = _conv("pre", width, slm.slm_hidden_size * slm.slm_num_layers, 1)
    entries |= _conv("convs.0", 2 * width, width, 5) | _conv("convs.1", 4 * width, 2 * width, 5)
    return entries | _conv("convs.2", 4 * width, 4 * width, 5) | _conv("conv_post", 1, 4 * width, 3)


KOKORO_MODULES = ("bert", "bert_encoder", "predictor", "decoder", "text_encoder")
"""Of a published Kokoro checkpoint, in its order."""

LSTMS = {"text_encoder_config": {"recurrence": "lstm"}, "prosody_predictor_config": {"recurrence": "lstm"}}
"""Changes of `tiny_config` that make it one of StyleTTS 2."""


def tiny_config(**changes) -> TsukasaConfig:
    """A config of the original's architecture with a few thousand values in every module."""
    mlstm = {"num_hidden_layers": 2, "num_attention_heads": 2}
    values = {
        "style_dim": 8,
        "text_encoder_config": {"hidden_size": 16, "mlstm_hidden_size": 8, "mlstm_config": mlstm},
        "plbert_config": {
            "embedding_size": 8,
            "hidden_size": 16,
            "num_attention_heads": 1,
            "intermediate_size": 24,
            "num_hidden_layers": 2,
            "max_position_embeddings": 64,
        },
        "style_encoder_config": {"hidden_size": 4, "max_hidden_size": 8},
        "prosody_predictor_config": {"hidden_size": 16, "num_layers": 2, "max_duration": 7, "mlstm_config": mlstm},
        "style_diffusion_config": {
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "head_dim": 8,
            "num_fourier_features": 4,
            "max_guidance_positions": 64,
            "sigma_data": 0.3,
        },
        "decoder_config": {
            "hidden_size": 24,
            "output_size": 16,
            "residual_size": 4,
            "upsample_initial_channel": 16,
            "resblock_kernel_sizes": [3, 5],
            "resblock_dilations": [1, 3],
            "num_harmonics": 3,
        },
        "text_aligner_config": {
            "num_mfcc": 12,
            "hidden_size": 16,
            "num_hidden_layers": 2,
            "token_embedding_size": 8,
            "attention_size": 8,
            "num_location_filters": 4,
            "location_kernel_size": 7,
        },
        "pitch_extractor_config": {"hidden_sizes": [4, 6, 8, 10], "lstm_hidden_size": 6},
        "discriminator_config": {
            "period_channels": [4, 6, 8],
            "resolution_channels": 4,
            "slm_hidden_size": 6,
            "slm_num_layers": 3,
            "slm_initial_channels": 4,
        },
    }
    for part, change in changes.items():
        values[part] = {**values[part], **change} if isinstance(change, dict) else change
    return build_config(values)


def original_manifest(config: TsukasaConfig) -> dict[str, Manifest]:
    """Names and shapes of all tensors of a published checkpoint with this config, by module."""
    projection = _linear("x", config.hidden_size, config.plbert_config.hidden_size)
    manifest = {
        "bert": _plbert(config),
        "bert_encoder": {name.removeprefix("x."): shape for name, shape in projection.items()},
        "predictor": _predictor(config),
        "decoder": _decoder(config),
        "text_encoder": _text_encoder(config),
    }
    if config.style_encoder_config is None:  # as Kokoro is published
        return manifest
    return manifest | {
        "predictor_encoder": _style_encoder(config),
        "style_encoder": _style_encoder(config),
        "diffusion": _diffusion(config),
        "text_aligner": _text_aligner(config),
        "pitch_extractor": _pitch_extractor(config),
        "mpd": _mpd(config),
        "msd": _msd(config),
        "wd": _wd(config),
    }


def fill(module: str, manifest: Manifest) -> dict[str, torch.Tensor]:
    """Values for a module; both copies of the diffusion network get the same, as in the original's files."""
    state = {}
    for name, shape in manifest.items():
        if name.endswith("num_batches_tracked"):
            state[name] = torch.zeros((), dtype=torch.int64)
            continue
        seed = f"{module}.{name}".replace("diffusion.net.", "unet.")
        generator = torch.Generator().manual_seed(zlib.crc32(seed.encode()))
        value = torch.randn(shape, generator=generator) * 0.1
        state[name] = value.abs() + 0.5 if name.endswith(("weight_g", "running_var")) else value
    return state


def original_checkpoint(config: TsukasaConfig, modules: list[str] | None = None) -> dict:
    """A checkpoint as the original's training saves it: `{"net": {module: tensors}, "epoch": ..., "iters": ...}`."""
    manifest = original_manifest(config)
    net = {name: fill(name, manifest[name]) for name in modules or manifest}
    return {"net": net, "epoch": 0, "iters": 0}


def original_yaml(config: TsukasaConfig) -> dict:
    """The config.yml that belongs to the checkpoint."""
    audio, decoder, diffusion = config.audio_config, config.decoder_config, config.style_diffusion_config
    slm = config.discriminator_config
    return {
        "preprocess_params": {
            "sr": audio.sampling_rate,
            "spect_params": {"n_fft": audio.n_fft, "win_length": audio.win_length, "hop_length": audio.hop_length},
        },
        "model_params": {
            "multispeaker": config.multispeaker,
            "dim_in": config.style_encoder_config.hidden_size,
            "hidden_dim": config.hidden_size,
            "max_conv_dim": config.style_encoder_config.max_hidden_size,
            "n_layer": config.prosody_predictor_config.num_layers,
            "n_mels": audio.num_mel_bins,
            "n_token": config.vocab_size,
            "max_dur": config.prosody_predictor_config.max_duration,
            "style_dim": config.style_dim,
            "dropout": config.prosody_predictor_config.dropout,
            "decoder": {
                "type": decoder.generator_type,
                "resblock_kernel_sizes": list(decoder.resblock_kernel_sizes),
                "resblock_dilation_sizes": [list(decoder.resblock_dilations) for _ in decoder.resblock_kernel_sizes],
                "upsample_rates": list(decoder.upsample_rates),
                "upsample_initial_channel": decoder.upsample_initial_channel,
                "upsample_kernel_sizes": list(decoder.upsample_kernel_sizes),
                "gen_istft_n_fft": decoder.istft_n_fft,
                "gen_istft_hop_size": decoder.istft_hop_length,
            },
            "slm": {
                "model": slm.speech_language_model,
                "sr": 16000,
                "hidden": slm.slm_hidden_size,
                "nlayers": slm.slm_num_layers,
                "initial_channel": slm.slm_initial_channels,
            },
            "diffusion": {
                "embedding_mask_proba": diffusion.condition_dropout,
                "transformer": {
                    "num_layers": diffusion.num_hidden_layers,
                    "num_heads": diffusion.num_attention_heads,
                    "head_features": diffusion.head_dim,
                    "multiplier": diffusion.feed_forward_multiplier,
                },
                "dist": {
                    "sigma_data": diffusion.sigma_data,
                    "estimate_sigma_data": True,
                    "mean": diffusion.log_sigma_mean,
                    "std": diffusion.log_sigma_std,
                },
            },
        },
    }


def original_plbert_yaml(config: TsukasaConfig) -> dict:
    """The config.yml beside the phoneme language model's file."""
    names = ("vocab_size", "hidden_size", "num_attention_heads", "intermediate_size", "max_position_embeddings")
    bert = config.plbert_config
    return {"model_params": {name: getattr(bert, name) for name in (*names, "num_hidden_layers")}, "log_dir": "x"}


def kokoro_checkpoint(config: TsukasaConfig) -> dict:
    """A Kokoro checkpoint as it is published: five state dicts, whose keys have the prefix of parallel training."""
    net = original_checkpoint(config, list(KOKORO_MODULES))["net"]
    return {name: {f"module.{key}": value for key, value in state.items()} for name, state in net.items()}


def kokoro_json(config: TsukasaConfig, symbols: dict[str, int] | None = None) -> dict:
    """The config.json that belongs to a Kokoro checkpoint.

    Args:
        config: of the checkpoint.
        symbols: the published table, without a pad.
    """
    model = original_yaml(config)["model_params"]
    kept = ("dim_in", "dropout", "hidden_dim", "max_conv_dim", "max_dur", "n_layer", "n_mels", "n_token", "style_dim")
    content = {name: model[name] for name in kept} | {
        "multispeaker": True,  # means nothing
        "text_encoder_kernel_size": config.text_encoder_config.conv_kernel_size,
        "istftnet": {name: value for name, value in model["decoder"].items() if name != "type"},
        "plbert": original_plbert_yaml(config)["model_params"] | {"dropout": 0.1},
    }
    return content if symbols is None else content | {"vocab": symbols}


def save(content, path: Path) -> Path:
    """Save with `torch.save`, and make the folder if necessary."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, path)
    return path
