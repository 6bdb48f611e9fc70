# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From a published config.yml and the shapes of its checkpoint to a `TsukasaConfig`.

Both must agree: where they differ, the file belongs to another checkpoint, and the values that only it has would be
wrong too.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ...models.tsukasa.configuration_tsukasa import TsukasaConfig, build_config
from ..errors import ConversionError
from ..source import Shapes
from .config_from_shapes import discriminator_values, later_rates, shape_values, stack_depth


# The log-mel's filters of every published checkpoint are those of 16 kHz, whatever its rate (a library's default).
_ORIGINAL_MEL_RATE = 16000
_ISTFT_OVERLAP = 4
# Published name -> our place.
MODEL_PARAMS = {
    "style_dim": ("style_dim",),
    "n_token": ("vocab_size",),
    "multispeaker": ("multispeaker",),
    "hidden_dim": ("text_encoder_config", "hidden_size"),
    "n_layer": ("prosody_predictor_config", "num_layers"),
    "max_dur": ("prosody_predictor_config", "max_duration"),
    "dropout": ("prosody_predictor_config", "dropout"),
    "dim_in": ("style_encoder_config", "hidden_size"),
    "n_mels": ("audio_config", "num_mel_bins"),
}
_DECODER_PARAMS = {
    "type": "generator_type",
    "resblock_kernel_sizes": "resblock_kernel_sizes",
    "upsample_rates": "upsample_rates",
    "upsample_initial_channel": "upsample_initial_channel",
    "upsample_kernel_sizes": "upsample_kernel_sizes",
    "gen_istft_n_fft": "istft_n_fft",
    "gen_istft_hop_size": "istft_hop_length",
}
_PLBERT_PARAMS = (
    "vocab_size",
    "hidden_size",
    "num_attention_heads",
    "intermediate_size",
    "max_position_embeddings",
    "num_hidden_layers",
)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a published config file.

    Raises:
        ConversionError: when it is missing, not YAML, or not the config of a model.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConversionError(f"{path}: there is no such config file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConversionError(f"{path} is not a YAML file: {str(error).splitlines()[0]}") from error
    if not isinstance(content, dict) or not isinstance(content.get("model_params"), dict):
        raise ConversionError(
            f"{path} has no 'model_params': expected the config.yml that the checkpoint was trained with"
        )
    return content


def complete_values(modules: Mapping[str, Shapes], written: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    """Nested values for `TsukasaConfig` from the shapes of a checkpoint and the values that its config file has.

    Args:
        modules: shapes of tensors with norms folded, by published module.
        written: of the config files, from `yaml_values` or the like.
        notes: receives those on values that follow from others.

    Raises:
        ConversionError: when the file and the shapes disagree.
    """
    values = merge(shape_values(modules), dict(written))
    _complete_rates(values, modules, notes)
    _complete_attention(values, modules, "style_diffusion_config" in written)
    values.setdefault("discriminator_config", {}).update(discriminator_values(modules))
    audio = values.setdefault("audio_config", {})
    audio["mel_sampling_rate"] = _ORIGINAL_MEL_RATE
    for name in ("text_aligner_config", "pitch_extractor_config"):
        values.setdefault(name, {}).setdefault("num_mel_bins", audio.get("num_mel_bins", 80))
    values["text_aligner_config"].setdefault("vocab_size", values["vocab_size"])
    return values


# ALBERT does not know the `dropout` of published configs, so that the originals train without.
PLBERT_WITHOUT_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def make_config(values: dict[str, Any]) -> TsukasaConfig:
    """The config with these values.

    Raises:
        ConversionError: when there is none.
    """
    try:
        return build_config(values)
    except ValueError as error:
        raise ConversionError(f"the checkpoint and its config make no model: {error}") from error


def yaml_values(original: Mapping[str, Any], plbert: Mapping[str, Any]) -> dict[str, Any]:
    """Nested values for `TsukasaConfig` from a published config.yml and PL-BERT's own."""
    model = original.get("model_params") or {}
    values: dict[str, Any] = {}
    for name, place in MODEL_PARAMS.items():
        if name in model:
            put(values, place, model[name])
    put_decoder(values, model.get("decoder") or {})
    preprocess = original.get("preprocess_params") or {}
    if "sr" in preprocess:
        put(values, ("audio_config", "sampling_rate"), preprocess["sr"])
    for name in ("n_fft", "win_length", "hop_length"):
        if name in (preprocess.get("spect_params") or {}):
            put(values, ("audio_config", name), preprocess["spect_params"][name])
    _put_diffusion(values, model.get("diffusion") or {})
    _put_slm(values, model.get("slm") or {})
    put_plbert(values, plbert.get("model_params") or {})
    return values


def put_decoder(values: dict[str, Any], decoder: Mapping[str, Any]) -> None:
    """Add the values of a published decoder's section."""
    for name, ours in _DECODER_PARAMS.items():
        if name in decoder:
            put(values, ("decoder_config", ours), decoder[name])
    if decoder.get("resblock_dilation_sizes"):
        put(values, ("decoder_config", "resblock_dilations"), _one_of(decoder["resblock_dilation_sizes"]))


def put_plbert(values: dict[str, Any], plbert: Mapping[str, Any]) -> None:
    """Add the values of a published phoneme language model's section."""
    for name in _PLBERT_PARAMS:
        if name in plbert:
            put(values, ("plbert_config", name), plbert[name])


def _put_diffusion(values: dict, diffusion: dict) -> None:
    transformer, distribution = diffusion.get("transformer") or {}, diffusion.get("dist") or {}
    places = {
        "condition_dropout": diffusion.get("embedding_mask_proba"),
        "num_hidden_layers": transformer.get("num_layers"),
        "num_attention_heads": transformer.get("num_heads"),
        "head_dim": transformer.get("head_features"),
        "feed_forward_multiplier": transformer.get("multiplier"),
        "sigma_data": distribution.get("sigma_data"),
        "log_sigma_mean": distribution.get("mean"),
        "log_sigma_std": distribution.get("std"),
    }
    for name, value in places.items():
        if value is not None:
            put(values, ("style_diffusion_config", name), value)


def _put_slm(values: dict, slm: dict) -> None:
    names = {
        "model": "speech_language_model",
        "hidden": "slm_hidden_size",
        "nlayers": "slm_num_layers",
        "initial_channel": "slm_initial_channels",
    }
    for name, ours in names.items():
        if name in slm:
            put(values, ("discriminator_config", ours), slm[name])


def put(values: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    """Add a value at its place, a path of keys."""
    for key in place[:-1]:
        values = values.setdefault(key, {})
    values[place[-1]] = value


def _one_of(dilations: list[list[int]]) -> list[int]:
    """The dilations of every residual stack; our config has them once."""
    if any(stack != dilations[0] for stack in dilations):
        raise ConversionError(f"decoder.resblock_dilation_sizes must be the same for every stack, got {dilations}")
    return dilations[0]


def merge(measured: dict[str, Any], written: dict[str, Any], where: str = "") -> dict[str, Any]:
    """The values of both, which must agree where both have one.

    Args:
        measured: nested values from shapes.
        written: nested values from config files.
        where: keys of the nested values, with a point after each.

    Raises:
        ConversionError: where they differ, naming both values.
    """
    merged = dict(written)
    for key, value in measured.items():
        if isinstance(value, dict):
            merged[key] = merge(value, written.get(key, {}), f"{where}{key}.")
        elif key in written and written[key] != value:
            raise ConversionError(
                f"the config file has {where}{key} = {written[key]}, but the checkpoint's tensors have {value}: give "
                "the config that it was trained with in `config`, or set `config=none` to go by the tensors alone"
            )
        else:
            merged[key] = value
    return merged


def _complete_rates(values: dict, modules: Mapping[str, Shapes], notes: list[str]) -> None:
    """Add upsampling rates, dilations and ISTFT hop where no file has them."""
    decoder = values.get("decoder_config")
    if decoder is None:
        return
    istft = decoder["generator_type"] == "istftnet"
    # Dilations leave only their number in shapes: 1, 3, 5 in every known checkpoint.
    decoder.setdefault("resblock_dilations", [2 * place + 1 for place in range(stack_depth(modules))])
    if istft:
        decoder.setdefault("istft_hop_length", decoder["istft_n_fft"] // _ISTFT_OVERLAP)
    rest = later_rates(modules)
    if "upsample_rates" in decoder:
        if list(decoder["upsample_rates"])[1:] != rest:
            raise ConversionError(
                f"the config file has upsample_rates = {list(decoder['upsample_rates'])}, but the source enters the "
                f"generator with strides for {rest} after the first stage: give the checkpoint's own in `config`"
            )
        return
    hop = values.get("audio_config", {}).get("hop_length", TsukasaConfig().audio_config.hop_length)
    later = math.prod(rest) * (decoder["istft_hop_length"] if istft else 1)
    if hop % later:
        raise ConversionError(
            f"the generator's stages cannot make a hop of {hop} samples: give the checkpoint's own config in `config`"
        )
    decoder["upsample_rates"] = [hop // later, *rest]
    notes.append(f"upsample_rates {decoder['upsample_rates']} follow from the shapes and a hop of {hop} samples")


def _complete_attention(values: dict, modules: Mapping[str, Shapes], is_written: bool) -> None:
    """Add attention heads, which leave no trace in shapes: of the published width unless a file has another."""
    plbert = values.get("plbert_config")
    if plbert is not None:
        plbert.setdefault("num_attention_heads", max(1, plbert["hidden_size"] // 64))
    diffusion = values.get("style_diffusion_config")
    if diffusion is None:
        return
    inner = next(shape[0] for name, shape in modules["diffusion"].items() if name.endswith("attention.to_q.weight"))
    if is_written and {"num_attention_heads", "head_dim"} <= set(diffusion):
        if diffusion["num_attention_heads"] * diffusion["head_dim"] != inner:
            raise ConversionError(
                f"the config file has {diffusion['num_attention_heads']} diffusion heads of {diffusion['head_dim']}, "
                f"but the checkpoint's attention is {inner} wide: give the config that it was trained with in `config`"
            )
        return
    diffusion.setdefault("head_dim", min(64, inner))
    diffusion.setdefault("num_attention_heads", inner // diffusion["head_dim"])
