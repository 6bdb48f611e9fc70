# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Checkpoints of VALL-E, VALL-E X and Vocos in their own names, from a model of ours."""

from pathlib import Path

import torch

from transformers_tsukasa.models.valle.codecs.vocos import VocosModel
from transformers_tsukasa.models.valle.modeling_valle import VallEForConditionalGeneration


_PARTS = (
    ("autoregressive.code_embedding.weight", "ar_audio_embedding.word_embeddings.weight"),
    ("autoregressive.head.weight", "ar_predict_layer.weight"),
    ("autoregressive.inputs.", "ar_"),
    ("autoregressive.transformer.", "ar_decoder."),
    ("refiner.inputs.", "nar_"),
    ("refiner.transformer.", "nar_decoder."),
    ("self_attn.qkv_proj.", "self_attn.in_proj_"),
    ("self_attn.o_proj.", "self_attn.out_proj."),
    ("up_proj.", "linear1."),
    ("down_proj.", "linear2."),
    ("attention_norm.", "norm1."),
    ("feed_forward_norm.", "norm2."),
    ("projection.", "project_layer."),
    ("text_embedding.weight", "text_embedding.word_embeddings.weight"),
    ("language_embedding.weight", "language_embedding.word_embeddings.weight"),
)


def published_state(model: VallEForConditionalGeneration) -> dict[str, torch.Tensor]:
    """The weights by the names of lifeiteng's program, tied heads under both of their names."""
    state = {}
    for name, tensor in model.state_dict().items():
        if name.startswith("refiner.stage_embedding"):
            state |= {
                f"nar_stage_embeddings.{index}.word_embeddings.weight": row[None] for index, row in enumerate(tensor)
            }
        elif name.startswith("refiner.code_embeddings."):
            index = int(name.split(".")[2])
            state[f"nar_audio_embeddings.{index}.word_embeddings.weight"] = tensor
            if model.config.share_embedding and index >= 2:
                state[f"nar_predict_layers.{index - 2}.weight"] = tensor
        elif name.startswith("refiner.heads."):
            last = model.config.num_codebooks - 2
            index = last if model.config.share_embedding else int(name.split(".")[2])
            state[f"nar_predict_layers.{index}.weight"] = tensor
        else:
            for ours, theirs in _PARTS:
                name = name.replace(ours, theirs)
            state[name] = tensor
    return state


_VOCOS_PARTS = (
    ("codebooks.weight", "feature_extractor.codebook_weights"),
    ("embed.", "backbone.embed."),
    ("layers.", "backbone.convnext."),
    ("final_norm.", "backbone.final_layer_norm."),
    ("layer_scale", "gamma"),
    ("depthwise.", "dwconv."),
    ("up_proj.", "pwconv1."),
    ("down_proj.", "pwconv2."),
    ("head.", "head.out."),
)


def published_vocos(model: VocosModel) -> dict[str, torch.Tensor]:
    """The weights of a Vocos by the names of its own program."""
    state = {}
    for name, tensor in model.state_dict().items():
        published = f"backbone.{name}" if name.startswith("norm.") else name
        for ours, theirs in _VOCOS_PARTS:
            published = published.replace(ours, theirs)
        state[published] = tensor
    return state


def publish_valle(model: VallEForConditionalGeneration, folder: Path, **changes) -> Path:
    """Writes a checkpoint with its training arguments and its symbol table, and returns its path."""
    config = model.config
    arguments = {"nhead": config.num_attention_heads, "prefix_mode": config.prefix_mode, "scale_factor": 1.0}
    arguments |= {"share_embedding": config.share_embedding, "text_tokens": "data/unique_text_tokens.k2symbols"}
    folder.mkdir()
    (folder / "unique_text_tokens.k2symbols").write_text("b 7\n<eps> 0\n_ 1\na 2\n", encoding="utf-8")
    path = folder / "best-valid-loss.pt"
    torch.save({"model": published_state(model), "exp_dir": Path("/exp"), **arguments, **changes}, path)
    return path
