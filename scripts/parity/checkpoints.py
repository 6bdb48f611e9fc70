# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Checkpoints in the original's layout with drawn weights, from the manifests, and our conversion of them."""

import json
import subprocess
import sys
from pathlib import Path

import torch
import yaml
from safetensors.torch import save_file

from support.synthetic_checkpoint import draw_state_dict


_HIFIGAN = "decoder_hifigan"
_KOTODAMA = {"kotodama_prompt": "prompt_enc", "kotodama_text": "text_enc"}
_ISTFTNET_CONFIG = {
    "type": "istftnet",
    "upsample_rates": [10, 6],
    "upsample_kernel_sizes": [20, 12],
    "gen_istft_n_fft": 20,
    "gen_istft_hop_size": 5,
}
_HIFIGAN_CONFIG = {
    "type": "hifigan",
    "upsample_rates": [10, 5, 3, 2],
    "upsample_kernel_sizes": [20, 10, 6, 4],
}
# Facts about the Kotodama backbones that no shape tells (tests/data/README.md).
_BACKBONES = {
    "kotodama_prompt": {
        "model_type": "deberta-v2",
        "vocab_size": 96900,
        "num_hidden_layers": 12,
        "pos_att_type": ["p2c", "c2p"],
        "position_buckets": 256,
        "relative_attention": True,
        "share_att_key": True,
        "norm_rel_ebd": "layer_norm",
        "position_biased_input": False,
        "type_vocab_size": 0,
        "layer_norm_eps": 1e-7,
        "max_position_embeddings": 512,
    },
    "kotodama_text": {"model_type": "distilbert", "vocab_size": 32768, "n_layers": 6, "sinusoidal_pos_embds": True},
}


class SyntheticCheckpoints:
    """Builds and converts checkpoints of the manifests in a folder.

    Args:
        recorded (`Path`): folder of manifests.
        work (`Path`): an empty folder to write to.
    """

    def __init__(self, recorded: Path, work: Path):
        self.work = work
        self.manifest: dict[str, dict] = {}
        for path in sorted(recorded.glob("manifest_*.json")):
            self.manifest |= json.loads(path.read_text())
        if "predictor" not in self.manifest:
            raise SystemExit(f"{recorded} has no manifest of the complete system (manifest_*.json)")

    @property
    def has_hifigan(self) -> bool:
        """Whether there is a manifest of the HiFi-GAN decoder."""
        return _HIFIGAN in self.manifest

    def convert_main(self) -> Path:
        """The complete system with its Kotodama encoders, converted for training."""
        modules = [name for name in self.manifest if name != _HIFIGAN and name not in _KOTODAMA]
        source = self.work / "original"
        self._write(source, {name: name for name in modules}, _ISTFTNET_CONFIG)
        for name, part in _KOTODAMA.items():
            if name in self.manifest:
                folder = source / "Utils" / "KTD" / part / "checkpoint-1"
                folder.mkdir(parents=True)
                save_file(draw_state_dict(name, self.manifest[name]), folder / "model.safetensors")
                (folder / "config.json").write_text(json.dumps(_BACKBONES[name]))
        return self._convert(source, "--for-training")

    def convert_hifigan(self) -> Path:
        """The modules that speak, with the HiFi-GAN decoder in place of iSTFTNet."""
        names = (
            "bert",
            "bert_encoder",
            "predictor",
            "text_encoder",
            "predictor_encoder",
            "style_encoder",
            "diffusion",
        )
        source = self.work / "original_hifigan"
        self._write(source, {**{name: name for name in names}, "decoder": _HIFIGAN}, _HIFIGAN_CONFIG)
        return self._convert(source)

    def _write(self, source: Path, modules: dict[str, str], decoder: dict) -> None:
        """Writes a checkpoint in the original's layout; `modules` maps each to the manifest entry that fills it."""
        net = {name: draw_state_dict(made, self.manifest[made]) for name, made in modules.items()}
        folder = source / "Models" / "Tsukasa"
        folder.mkdir(parents=True)
        torch.save({"net": net, "epoch": 0, "iters": 0}, folder / "Top_ckpt_24khz.pth")
        (folder / "config.yml").write_text(yaml.safe_dump(_original_config(decoder)))

    def _convert(self, source: Path, *options: str) -> Path:
        output = self.work / f"converted_{source.name}"
        command = [sys.executable, "-m", "transformers_tsukasa", "convert", str(source), str(output)]
        print(f"$ tsukasa convert {source.name} {output.name} {' '.join(options)}", flush=True)
        subprocess.run([*command, *options], check=True)
        return output


def _original_config(decoder: dict) -> dict:
    return {
        "preprocess_params": {"sr": 24000, "spect_params": {"n_fft": 2048, "win_length": 1200, "hop_length": 300}},
        "model_params": {
            "multispeaker": True,
            "decoder": {"resblock_kernel_sizes": [3, 7, 11], "resblock_dilation_sizes": [[1, 3, 5]] * 3, **decoder},
            "slm": {"model": "openai/whisper-large-v2", "hidden": 1280, "nlayers": 33, "initial_channel": 64},
            "diffusion": {
                "transformer": {"num_layers": 3, "num_heads": 8, "head_features": 64, "multiplier": 2},
                "dist": {"sigma_data": 0.2, "estimate_sigma_data": True, "mean": -3.0, "std": 1.0},
            },
        },
    }
