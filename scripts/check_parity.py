#!/usr/bin/env python3
# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Compares ours with what the original implementation computed: every tensor of every recorded file.

    python scripts/check_parity.py [tests/data/parity] [--device cuda]
    python scripts/check_parity.py ../shared/family/parity/dev      StyleTTS 2 and Kokoro
    python scripts/check_parity.py ../shared/speechsr               SpeechSR, with its own weights
    python scripts/check_parity.py ../shared/valle/dev              VALL-E and VALL-E X, on the CPU alone
    python scripts/check_parity.py ../shared/valle/lyra             Lyra (extra lyra)
    python scripts/check_parity.py ../shared/hierspeech/dev         HierSpeech++

Builds a checkpoint in the original's format from the manifests, converts it with `tsukasa convert`, loads it with
`from_pretrained` and computes everything twice. `error` is that of our step on the recorded inputs of the step, and
the limit applies to it. `end to end` is the error when every input is our own result, from text and clip to waveform
and losses: later steps magnify what float32 rounds in earlier ones (see docs/conversion.md), in the original as much
as in ours. On a GPU float32 is not narrowed to TF32. Exit code 1 when a row misses its limit or a recorded tensor has
no row.
"""

import argparse
import gc
import resource
import sys
import tempfile
import time
from pathlib import Path

import torch
from transformers.utils import logging

from parity.checkpoints import SyntheticCheckpoints
from parity.family import FAMILY, compare_family, convert_family
from parity.hierspeech import FILES as HIERSPEECH
from parity.hierspeech import compare_hierspeech, convert_hierspeech, holds_hierspeech
from parity.speechsr import PREFIX as SPEECHSR
from parity.speechsr import compare_speechsr, convert_speechsr
from parity.synthesis import compare_kotodama, compare_synthesis
from parity.table import Comparison
from parity.training import compare_training
from parity.valle import compare_valle
from parity.valle_others import compare_lyra, compare_optimizer, compare_texts, compare_vallex, compare_vocos
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from transformers_tsukasa.models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner


VALL_E = {
    "valle_tiny": compare_valle,
    "vocos": compare_vocos,
    "vallex": compare_vallex,
    "valle": compare_valle,
    "optimizer": lambda file, recorded, work: compare_optimizer(file),
    "lyra": lambda file, recorded, work: compare_lyra(file),
}
"""Recorded files of VALL-E and what belongs to it, and the comparison of each."""

TEXTS = "g2p.jsonl"
_TSUKASA = ("synthesis", "training", "kotodama")
RECORDED = Path(__file__).resolve().parents[1] / "tests" / "data" / "parity"


def compare_all(recorded: Path, work: Path, device: torch.device) -> list[Comparison]:
    """Every recorded file of the folder against ours."""
    prefixes = (*_TSUKASA, *(f"{name}_" for name in FAMILY), SPEECHSR)
    if holds_hierspeech(recorded):
        prefixes = (*prefixes, *HIERSPEECH)
    files = {prefix: _open_all(recorded, prefix, device) for prefix in prefixes}
    others = _compare_vall_e(recorded, work)
    if not any(files.values()) and not others:
        raise SystemExit(
            f"{recorded} has no recorded files ({'*, '.join(prefixes)}*, {', '.join(VALL_E)} .safetensors)"
        )
    if any(files[prefix] for prefix in _TSUKASA):
        _compare_tsukasa(files, recorded, work, device)
    for name in FAMILY:
        if files[f"{name}_"]:
            _compare_family(files[f"{name}_"], name, recorded, work, device)
    _compare_networks(files, recorded, work, device)
    return [file for group in files.values() for file in group] + others


def _compare_networks(files: dict[str, list[Comparison]], recorded: Path, work: Path, device: torch.device) -> None:
    """Networks that are published alone."""
    hierspeech = [file for name in HIERSPEECH for file in files.get(name, ())]
    if hierspeech:
        _announce("building and converting the checkpoint of HierSpeech++")
        folder = convert_hierspeech(recorded, work)
        for file in hierspeech:
            _announce(f"comparing {file.path.name}")
            compare_hierspeech(file, folder, device)
    if files[SPEECHSR]:
        _announce("converting SpeechSR")
        folders = convert_speechsr(recorded, work)
        for file in files[SPEECHSR]:
            _announce(f"comparing {file.path.name}")
            compare_speechsr(file, folders, device)


def _compare_vall_e(recorded: Path, work: Path) -> list[Comparison]:
    """The recorded files of VALL-E, VALL-E X, Vocos, the optimizer, texts and Lyra that the folder has."""
    compared = []
    for name, compare in VALL_E.items():
        path = recorded / f"{name}.safetensors"
        if path.is_file():
            _announce(f"comparing {path.name}")
            file = Comparison.open(path, torch.device("cpu"))
            compare(file, recorded, work)
            file.metadata.pop("json", None)  # longer than the table
            compared.append(file)
    if (recorded / TEXTS).is_file():
        _announce(f"comparing {TEXTS}")
        compared.append(compare_texts(recorded / TEXTS))
    return compared


def _compare_family(files: list[Comparison], name: str, recorded: Path, work: Path, device: torch.device) -> None:
    _announce(f"building and converting the checkpoint of {name}")
    folder = convert_family(recorded, work, name)
    model = _load(folder, device)
    for file in files:
        _announce(f"comparing {file.path.name}")
        compare_family(file, model, folder)


def _compare_tsukasa(files: dict[str, list[Comparison]], recorded: Path, work: Path, device: torch.device) -> None:
    checkpoints = SyntheticCheckpoints(recorded, work)
    _announce("building and converting the checkpoint")
    folder = checkpoints.convert_main()
    model = _load(folder, device)
    for file in files["synthesis"]:
        _announce(f"comparing {file.path.name}")
        compare_synthesis(file, model, "waveform")
    for file in files["kotodama"]:
        _announce(f"comparing {file.path.name}")
        compare_kotodama(file, model)
    if files["training"]:
        aligner = TsukasaTextAligner.from_pretrained(folder / "text_aligner").eval().to(device)
        pitch_extractor = TsukasaPitchExtractor.from_pretrained(folder / "pitch_extractor").eval().to(device)
        discriminators = TsukasaDiscriminators.from_pretrained(folder / "discriminators").eval().to(device)
        for file in files["training"]:
            _announce(f"comparing {file.path.name}")
            compare_training(file, model, aligner, pitch_extractor, discriminators)
        del aligner, pitch_extractor, discriminators
    del model
    gc.collect()
    if checkpoints.has_hifigan and files["synthesis"]:
        _announce("building and converting the checkpoint with HiFi-GAN")
        model = _load(checkpoints.convert_hifigan(), device)
        for file in files["synthesis"]:
            compare_synthesis(file, model, "waveform_hifigan")


def _announce(step: str) -> None:
    """Tell what takes time, beside the table on standard output."""
    print(f"{step} ...", file=sys.stderr, flush=True)


def _load(folder: Path, device: torch.device) -> TsukasaModelForConditionalGeneration:
    model = TsukasaModelForConditionalGeneration.from_pretrained(folder).eval().to(device)
    model.config.trailing_samples_cut = 0  # waveforms were recorded before the original cuts their ends
    return model


def _open_all(recorded: Path, prefix: str, device: torch.device) -> list[Comparison]:
    return [Comparison.open(path, device) for path in sorted(recorded.glob(f"{prefix}*.safetensors"))]


def main() -> int:
    """Prints the table and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "recorded",
        type=Path,
        nargs="?",
        default=RECORDED,
        help="folder of manifests and recorded .safetensors files (tests/data/parity)",
    )
    parser.add_argument("--work", type=Path, help="keep checkpoints in this folder (default: a temporary one)")
    parser.add_argument("--device", type=torch.device, default=torch.device("cpu"))
    options = parser.parse_args()
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    logging.disable_progress_bar()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tsukasa-parity-") as temporary:
        work = options.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        files = compare_all(options.recorded, work, options.device)
    for file in files:
        file.finish()
        file.print()
    rows = [row for file in files for row in file.rows]
    failed = [row for row in rows if not row.holds]
    peak = max(resource.getrusage(of).ru_maxrss for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 2**20
    print(
        f"\n{len(rows)} rows, {len(failed)} miss their limit; torch {torch.__version__} on {options.device}, "
        f"{torch.get_num_threads()} threads, "
        f"{time.monotonic() - start:.0f} s, peak memory {peak:.1f} GiB"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
