# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Puts a trained model into the package: weights in half precision, and a named voice for every speaker of its corpus.

    python scripts/pack_default_model.py work/stage2/final work/corpus [src/transformers_tsukasa/default_model]

A named voice is the mean style vector of clips of its speaker. The folder keeps its model card (README.md).
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tqdm import tqdm

from transformers_tsukasa import TsukasaModelForConditionalGeneration, TsukasaProcessor
from transformers_tsukasa.data.corpus import PreparedCorpus


ROOT = Path(__file__).resolve().parents[1]
MOST_BYTES = 25_000_000
_WEIGHTS = "model.safetensors"


def main(arguments: Sequence[str] | None = None) -> int:
    """Packs the model and returns an exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="folder of a trained model")
    parser.add_argument("corpus", help="the prepared corpus it was trained with")
    parser.add_argument("output", nargs="?", type=Path, default=ROOT / "src/transformers_tsukasa/default_model")
    parser.add_argument("--clips", type=int, default=40, help="clips of a speaker to average (%(default)s)")
    parser.add_argument("--alpha", type=float, help="default share of diffusion in the acoustic style (timbre)")
    parser.add_argument("--beta", type=float, help="default share of diffusion in the prosodic style")
    options = parser.parse_args(arguments)
    model = TsukasaModelForConditionalGeneration.from_pretrained(options.model).eval()
    for name, (style, description) in speaker_styles(model, PreparedCorpus(options.corpus), options.clips).items():
        model.voices.add(name, style, description)
    model.generation_config.voice = next(iter(model.voices))
    for name in ("alpha", "beta"):
        if getattr(options, name) is not None:
            setattr(model.generation_config, name, getattr(options, name))
    with tempfile.TemporaryDirectory(dir=options.output.parent) as partial:
        write(model, TsukasaProcessor.from_pretrained(options.model), Path(partial))
        size = (Path(partial) / _WEIGHTS).stat().st_size
        if size > MOST_BYTES:
            print(f"pack_default_model: the weights take {size:,} bytes, more than {MOST_BYTES:,}", file=sys.stderr)
            return 1
        options.output.mkdir(exist_ok=True)
        for path in sorted(Path(partial).iterdir()):
            path.chmod(0o644)  # safetensors makes files that only their owner can read
            os.replace(path, options.output / path.name)
    print(f"{options.output}: {size:,} bytes, voices {', '.join(model.voices)}")
    return 0


@torch.no_grad()
def speaker_styles(
    model: TsukasaModelForConditionalGeneration, corpus: PreparedCorpus, clips: int
) -> dict[str, tuple[torch.Tensor, str]]:
    """Mean style vector (2 * style_dim,) and description of every speaker, in the order of the corpus."""
    rows = corpus.open("train").select_columns(["speaker_id", "description", "log_mel"]).with_format("numpy")
    speaker_ids = rows["speaker_id"][:]
    styles = {}
    for number, name in enumerate(tqdm(corpus.speakers, unit="speaker", file=sys.stderr)):
        found = rows.select(np.flatnonzero(speaker_ids == number)[:clips])
        vectors = []
        for row in found:
            mel = torch.from_numpy(row["log_mel"]).float().view(-1, corpus.audio_config.num_mel_bins).T
            vectors.append(model.encode_reference(mel[None])[0])
        styles[name] = (torch.stack(vectors).mean(dim=0), str(found[0]["description"]))
    return styles


def write(model: TsukasaModelForConditionalGeneration, processor: TsukasaProcessor, folder: Path) -> None:
    """Writes the model folder. Weights are rounded to half precision; the config lets them load as float32."""
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    weights = {name: tensor.half() for name, tensor in load_file(folder / _WEIGHTS).items()}
    save_file(weights, folder / _WEIGHTS, metadata={"format": "pt"})


if __name__ == "__main__":
    sys.exit(main())
