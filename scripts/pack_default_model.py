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

import yaml
from safetensors.torch import load_file, save_file
from transformers import GenerationConfig

from transformers_tsukasa import TsukasaModelForConditionalGeneration, TsukasaProcessor
from transformers_tsukasa.data.corpus import PreparedCorpus
from transformers_tsukasa.data.speaker_voices import MOST_CLIPS, name_speakers
from transformers_tsukasa.models.tsukasa.model_card import CARD_NAME
from transformers_tsukasa.models.tsukasa.speaking.speech_options import read_options


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
    parser.add_argument(
        "--set",
        dest="changes",
        metavar="OPTION=VALUE",
        action="append",
        default=[],
        help="a speech option of the model, with a value in YAML: --set alpha=0 --set 'pauses={clause: 0.1}'",
    )
    options = parser.parse_args(arguments)
    model = TsukasaModelForConditionalGeneration.from_pretrained(options.model).eval()
    name_speakers(model, PreparedCorpus(options.corpus), options.clips)
    set_options(model.generation_config, options.changes)
    with tempfile.TemporaryDirectory(dir=options.output.parent) as partial:
        write(model, TsukasaProcessor.from_pretrained(options.model), Path(partial))
        size = (Path(partial) / _WEIGHTS).stat().st_size
        if size > MOST_BYTES:
            print(f"pack_default_model: the weights take {size:,} bytes, more than {MOST_BYTES:,}", file=sys.stderr)
            return 1
        options.output.mkdir(exist_ok=True)
        written = {path.name for path in options.output.glob(CARD_NAME)}
        for path in sorted(path for path in Path(partial).iterdir() if path.name not in written):
            path.chmod(0o644)  # safetensors makes files that only their owner can read
            os.replace(path, options.output / path.name)
    print(f"{options.output}: {size:,} bytes, voices {', '.join(model.voices)}")
    return 0


def set_options(generation_config: GenerationConfig, changes: Sequence[str]) -> None:
    """Changes speech options of a model, as the command line gives them.

    Raises:
        ValueError: for an option that does not exist, or a value out of its range.
    """
    values = {name: yaml.safe_load(value) for name, _, value in (change.partition("=") for change in changes)}
    checked = read_options(generation_config, None, values)
    for name in values:
        setattr(generation_config, name, getattr(checked, name))


def write(model: TsukasaModelForConditionalGeneration, processor: TsukasaProcessor, folder: Path) -> None:
    """Writes the model folder. Weights are rounded to half precision; the config lets them load as float32."""
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    weights = {name: tensor.half() for name, tensor in load_file(folder / _WEIGHTS).items()}
    save_file(weights, folder / _WEIGHTS, metadata={"format": "pt"})


if __name__ == "__main__":
    sys.exit(main())
