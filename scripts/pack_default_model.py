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

from safetensors.torch import load_file, save_file

from transformers_tsukasa import TsukasaModelForConditionalGeneration, TsukasaProcessor
from transformers_tsukasa.data.corpus import PreparedCorpus
from transformers_tsukasa.data.speaker_voices import MOST_CLIPS, name_speakers


ROOT = Path(__file__).resolve().parents[1]
MOST_BYTES = 25_000_000
_WEIGHTS = "model.safetensors"


def main(arguments: Sequence[str] | None = None) -> int:
    """Packs the model and returns an exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="folder of a trained model")
    parser.add_argument("corpus", help="the prepared corpus it was trained with")
    parser.add_argument("output", nargs="?", type=Path, default=ROOT / "src/transformers_tsukasa/default_model")
    parser.add_argument("--clips", type=int, default=MOST_CLIPS, help="clips of a speaker to average (%(default)s)")
    parser.add_argument("--alpha", type=float, help="default share of diffusion in the acoustic style (timbre)")
    parser.add_argument("--beta", type=float, help="default share of diffusion in the prosodic style")
    options = parser.parse_args(arguments)
    model = TsukasaModelForConditionalGeneration.from_pretrained(options.model).eval()
    name_speakers(model, PreparedCorpus(options.corpus), options.clips)
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


def write(model: TsukasaModelForConditionalGeneration, processor: TsukasaProcessor, folder: Path) -> None:
    """Writes the model folder. Weights are rounded to half precision; the config lets them load as float32."""
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    weights = {name: tensor.half() for name, tensor in load_file(folder / _WEIGHTS).items()}
    save_file(weights, folder / _WEIGHTS, metadata={"format": "pt"})


if __name__ == "__main__":
    sys.exit(main())
