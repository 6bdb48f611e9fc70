# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The published synthesizer of HierSpeech++: plain state dicts, and checkpoints of its training."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from huggingface_hub.errors import StrictDataclassError
from transformers import PreTrainedConfig

from ...models.hierspeech.configuration_hierspeech import HierSpeechConfig
from ...models.hierspeech.feature_extraction_hierspeech import HierSpeechFeatureExtractor
from ...models.hierspeech.modeling_hierspeech import HierSpeechForVoiceConversion
from ...models.hierspeech.training_parts import HierSpeechTrainingParts
from ..checkpoint_reading import StateDict
from ..errors import ConversionError
from ..single_network import PublishedNetwork, TrainingNetwork
from ..source import Leftover, ModulePlace, Shapes
from .amp_keys import FILTERS, block_key, filter_taps


LICENCE = (
    "HierSpeech++'s code is under the MIT licence; of its published weights the page named CC BY-NC 4.0, later "
    "nothing, and part of the training data is CC BY-NC 4.0: use them for yourself, and do not pass them on. The "
    "features of facebook/mms-300m, which they need, are CC BY-NC 4.0."
)

_TRAINING_NAMES = r"(enc_p|enc_q|mel_decoder)\..*"
_TRAINING = Leftover(_TRAINING_NAMES, "only training needs them (`for_training=True` keeps them)")
_POINTWISE = r".*\.conv_[qkvo]\.weight"
_FLOW_HEADS = 2
_RULES = (
    # Names of the parts, then of their layers.
    (r"^enc_p_l\.", "semantic_encoder."),
    (r"^flow_l\.", "semantic_flow."),
    (r"^flow\.", "acoustic_flow."),
    (r"^sn\.", "source_generator."),
    (r"^dec\.", "waveform_generator."),
    (r"^emb_g\.", "speaker_encoder."),
    (r"^emb\.", "unconditional."),
    (r"^enc_p\.", "related_encoder."),
    (r"^enc_q\.", "acoustic_encoder."),
    (r"^mel_decoder\.", "prosody_decoder."),
    (r"^(semantic_encoder|related_encoder)\.pre_source\.", r"\1.feature_projection."),
    (r"^(semantic_encoder|related_encoder)\.pre_filter\.", r"\1.f0_conv."),
    (r"^(semantic_encoder|related_encoder)\.source_enc\.", r"\1.feature_encoder."),
    (r"^(semantic_encoder|related_encoder)\.filter_enc\.", r"\1.f0_encoder."),
    (r"^(semantic_encoder|related_encoder)\.enc\.", r"\1.joint_encoder."),
    (r"^(semantic_encoder|related_encoder)\.proj\.", r"\1.projection."),
    (r"^acoustic_encoder\.down_pre\.", "acoustic_encoder.input_conv."),
    (r"^acoustic_encoder\.downs\.", "acoustic_encoder.downsamples."),
    (r"^acoustic_encoder\.activation_post\.act\.", "acoustic_encoder.activation."),
    (r"^acoustic_encoder\.conv_post\.", "acoustic_encoder.waveform_projection."),
    (r"^acoustic_encoder\.pre\.", "acoustic_encoder.spectrum_projection."),
    (r"^acoustic_encoder\.enc\.", "acoustic_encoder.spectrum_encoder."),
    (r"^acoustic_encoder\.proj\.", "acoustic_encoder.projection."),
    (r"^prosody_decoder\.conv_pre\.", "prosody_decoder.input_conv."),
    (r"^prosody_decoder\.cond\.", "prosody_decoder.speaker_projection."),
    (r"^prosody_decoder\.proj\.", "prosody_decoder.projection."),
    (r"\.encoder\.attn_layers\.(\d+)\.emb_", r".encoder.layers.\1.attention.emb_"),
    (r"\.encoder\.attn_layers\.(\d+)\.conv_o\.", r".encoder.layers.\1.attention.out_proj."),
    (r"\.encoder\.attn_layers\.(\d+)\.conv_([qkv])\.", r".encoder.layers.\1.attention.\2_proj."),
    (r"\.encoder\.norm_layers_1\.(\d+)\.", r".encoder.layers.\1.layer_norm."),
    (r"\.encoder\.norm_layers_2\.(\d+)\.", r".encoder.layers.\1.final_layer_norm."),
    (r"norm\.gamma$", "norm.weight"),
    (r"norm\.beta$", "norm.bias"),
    (r"\.encoder\.ffn_layers\.(\d+)\.", r".encoder.layers.\1.feed_forward."),
    (r"_encoder\.in_layers\.", "_encoder.gated_convs."),
    (r"_encoder\.res_skip_layers\.", "_encoder.projections."),
    (r"_encoder\.cond_layer\.", "_encoder.speaker_projection."),
    (r"_flow\.cond_block\.0\.", "_flow.condition_layers.0."),
    (r"_flow\.cond_block\.2\.", "_flow.condition_layers.1."),
    (r"(couplings\.\d+)\.pre\.", r"\1.input_projection."),
    (r"(couplings\.\d+)\.post\.", r"\1.output_projection."),
    (r"(couplings\.\d+)\.enc_block\.", r"\1.blocks."),
    (r"\.attn\.qkv\.", ".query_key_value."),
    (r"\.attn\.proj\.", ".attention_projection."),
    (r"\.mlp\.fc1\.", ".widening."),
    (r"\.mlp\.fc2\.", ".narrowing."),
    (r"\.adaLN_modulation\.1\.", ".modulation."),
    (r"^speaker_encoder\.spectral\.0\.", "speaker_encoder.spectral_layers.0."),
    (r"^speaker_encoder\.spectral\.3\.", "speaker_encoder.spectral_layers.1."),
    (r"^speaker_encoder\.temporal\.(\d+)\.conv1\.", r"speaker_encoder.temporal_layers.\1."),
    (r"\.slf_attn\.conv_q\.", ".query."),
    (r"\.slf_attn\.conv_k\.", ".key."),
    (r"\.slf_attn\.conv_v\.", ".value."),
    (r"\.slf_attn\.conv_o\.", ".attention_projection."),
    (r"^speaker_encoder\.fc\.", "speaker_encoder.projection."),
    (r"_generator\.conv_pre\.", "_generator.input_conv."),
    (r"_generator\.cond\.", "_generator.speaker_projection."),
    (r"_generator\.ups\.", "_generator.upsamples."),
    (r"_generator\.activation_post\.act\.", "_generator.activation."),
    (r"^source_generator\.conv_post\.", "source_generator.f0_conv."),
    (r"^waveform_generator\.conv_post\.", "waveform_generator.output_conv."),
    (r"^waveform_generator\.proj\.", "waveform_generator.source_conv."),
    (r"^waveform_generator\.downs\.residual_dense\.", "waveform_generator.shortcut."),
    (r"^waveform_generator\.downs\.conv\.", "waveform_generator.shortcut_convs."),
)
_BLOCKS = 3
_block = block_key(_BLOCKS, lambda stage: f"stages.{stage}")
_PARTS = {"dec.": "waveform_generator.", "sn.": "source_generator.", "enc_q.": "acoustic_encoder."}


def _key(name: str) -> str:
    for published, ours in _PARTS.items():
        block = _block(name.removeprefix(published)) if name.startswith(published) else None
        if block is not None:
            return ours + block
    # Couplings have even numbers, and the reversals between them none.
    key = re.sub(r"^(flow|flow_l)\.flows\.(\d+)\.", lambda m: f"{m[1]}.couplings.{int(m[2]) // 2}.", name)
    for pattern, replacement in _RULES:
        key = re.sub(pattern, replacement, key)
    if key == name:
        raise KeyError(name)
    return key


def _recognizes(state: StateDict) -> bool:
    return "enc_p_l.pre_source.weight" in state and "dec.conv_pre.weight_v" in state and "emb_g.fc.weight" in state


def _numbers(shapes: Shapes, pattern: str) -> int:
    """How many different numbers a pattern finds in the names."""
    return len({found[1] for name in shapes if (found := re.match(pattern, name))})


def _configure(shapes: Shapes, config: Mapping[str, Any] | None) -> HierSpeechConfig:
    """The config from shapes, and upsampling factors from the published config, or that of the published weights."""
    try:
        model = (config or {}).get("model", {})
        stages = _numbers(shapes, r"dec\.ups\.(\d+)\.")
        dilations = model.get("resblock_dilation_sizes", [HierSpeechConfig.resblock_dilations])
        return HierSpeechConfig(
            num_mel_bins=shapes["emb_g.spectral.0.weight"][1],
            feature_size=shapes["enc_p_l.pre_source.weight"][1],
            hidden_size=shapes["enc_p_l.pre_source.weight"][0],
            speaker_size=shapes["emb.weight"][1],
            num_wavenet_layers=_numbers(shapes, r"enc_p_l\.enc\.in_layers\.(\d+)\."),
            num_flow_heads=_FLOW_HEADS,
            num_couplings=_numbers(shapes, r"flow_l\.flows\.(\d+)\.pre\."),
            num_coupling_blocks=_numbers(shapes, r"flow_l\.flows\.0\.enc_block\.(\d+)\."),
            source_initial_channels=shapes["sn.conv_pre.weight"][0],
            source_kernel_sizes=tuple(shapes[f"sn.resblocks.{block}.convs1.0.weight"][2] for block in range(_BLOCKS)),
            upsample_initial_channel=shapes["dec.conv_pre.weight"][0],
            upsample_rates=tuple(model.get("upsample_rates", HierSpeechConfig.upsample_rates)),
            upsample_kernel_sizes=tuple(shapes[f"dec.ups.{stage}.weight"][2] for stage in range(stages)),
            resblock_kernel_sizes=tuple(
                shapes[f"dec.resblocks.{block}.convs1.0.weight"][2] for block in range(_BLOCKS)
            ),
            resblock_dilations=tuple(dilations[0]),
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, StrictDataclassError) as error:
        raise ConversionError(
            f"tensors or config are not those of HierSpeech++'s synthesizer ({error}): give the checkpoint's own "
            "config.json"
        ) from error


def _save_companions(config: PreTrainedConfig, folder: Path) -> None:
    assert isinstance(config, HierSpeechConfig)
    HierSpeechFeatureExtractor.from_config(config).save_pretrained(folder)


def _network(module: str) -> PublishedNetwork:
    return PublishedNetwork(
        system="HierSpeech++'s synthesizer",
        module=module,
        model_class=HierSpeechForVoiceConversion,
        recognizes=_recognizes,
        configure=_configure,
        place=ModulePlace(_key, leftovers=(_TRAINING, FILTERS)),
        buffers={".filter": filter_taps},
        save_companions=_save_companions,
        licence=LICENCE,
        training_part=TrainingNetwork(
            "training_parts",
            HierSpeechTrainingParts,
            ModulePlace(_key, leftovers=(FILTERS,)),
            _TRAINING.reason,
            _POINTWISE,
        ),
    )


SYNTHESIZERS = (_network(""), _network("model"))
"""As published, and as its training saves it."""

__all__ = ["LICENCE", "SYNTHESIZERS"]
