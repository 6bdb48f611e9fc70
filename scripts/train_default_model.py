# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Makes the model that ships with the package, from HTS voices and sentences alone, by the public commands.

    python scripts/train_default_model.py WORK --voices FOLDER_OR_FILE ... --sentences FILE
                                          [--processes N] [--until STEP] [key=value ...]

Every step is a command that is printed before it runs. Finished steps are not repeated, and an interrupted training
resumes from its last checkpoint. `key=value` goes to every training (e.g. `bf16=true`), `stage1:key=value` to one.
With `--processes`, stages 1 and 2 share their batches among several processes; the packaged model was trained so on
two cores. A twentieth of the sentences is kept out of the training corpus and makes up the test corpus. The
evaluation aligner is a second aligner, trained from another seed than the one whose alignments the model learns.
"""

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
import yaml

from transformers_tsukasa.utils.atomic_files import write_text


ROOT = Path(__file__).resolve().parents[1]
SPEAKERS = (
    "mei",
    "mei-calm",
    "mei-deep",
    "mei-small",
    "tohoku-f01-neutral",
    "tohoku-f01-happy",
    "tohoku-f01-angry",
    "tohoku-f01-sad",
    "tohoku-f01-neutral-deep",
    "tohoku-f01-happy-bright",
)
UTTERANCES, TEST_UTTERANCES = 4500, 1000
SHORT_TEXTS = ROOT / "configs/default_model/short_texts.txt"
_EVERY = 20
_EVALUATION_ALIGNER_SEED = 2718
_MODULE = ("-m", "transformers_tsukasa")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs all steps and returns an exit code."""
    options = parse(arguments)
    work = Path(options.work)
    work.mkdir(parents=True, exist_ok=True)
    steps = make_steps(work, options)
    if options.until is not None and options.until not in steps:
        raise ValueError(f"`--until {options.until}`: there is no such step; the steps are {', '.join(steps)}")
    for name, (result, action) in steps.items():
        if result.exists():
            print(f"{name}: done ({result})", file=sys.stderr)
        else:
            action()
            if not result.exists():
                print(f"train_default_model: step '{name}' ended without {result}", file=sys.stderr)
                return 1
        if name == options.until:
            break
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", metavar="WORK", help="folder that all results go to")
    parser.add_argument("changes", metavar="key=value", nargs="*", help="keys to change in every training's config")
    parser.add_argument("--voices", nargs="+", required=True, help=".htsvoice files, or folders that hold some")
    parser.add_argument("--sentences", required=True, help="text file (a sentence a line), or TSV with a 'text'")
    parser.add_argument("--workers", type=int, default=2, help="processes that make the corpora (%(default)s)")
    parser.add_argument("--processes", type=int, default=1, help="processes that train stages 1 and 2 (%(default)s)")
    parser.add_argument("--until", help="last step to run")
    return parser.parse_intermixed_args(arguments)


def make_steps(work: Path, options: argparse.Namespace) -> dict[str, tuple[Path, Callable[[], None]]]:
    """Every step by name, in order: the path that shows it is finished, and the action that makes it."""
    preset, configs, corpus = ROOT / "configs/mini.yaml", ROOT / "configs/default_model", work / "train"
    steps: dict[str, tuple[Path, Callable[[], None]]] = {
        "split": (work / "test.txt", lambda: split_sentences(Path(options.sentences), work))
    }

    def make_corpus(name: str, count: int, validation: float) -> None:
        source = work / f"source-{name}"
        speak = [sys.executable, ROOT / "scripts/make_corpus.py", source, "--sentences", work / f"{name}.txt"]
        speak += ["--voices", *options.voices, "--variants", 5, "--speakers", *SPEAKERS, "--count", count]
        steps[f"speak-{name}"] = (source / "metadata.csv", _command(*speak, "--workers", options.workers))
        prepare = ["prepare", source, work / name, "--config", preset, "--validation", validation]
        steps[f"prepare-{name}"] = (work / name, _tsukasa(*prepare, "--workers", options.workers))

    def train(part: str, *changes: object, name: str | None = None, processes: int = 1) -> None:
        folder = work / (name or part)
        config = configs / f"{part}.yaml"
        own = [change.removeprefix(f"{part}:") for change in options.changes if _is_for(part, change)]
        words = [config, f"corpus={corpus}", f"output_dir={folder}", *_shared(config, processes), *changes, *own]
        if any(folder.glob("checkpoint-*")):
            words.append("--resume")
        steps[name or part] = (folder / "final", _training(part, words, processes))

    make_corpus("train", UTTERANCES, validation=0.01)
    train("aligner")
    align = _tsukasa("prepare", corpus, "--aligner", work / "aligner/final")
    steps["align"] = (corpus / "alignments/alignments.json", align)
    train("pitch")
    train("plbert", f"texts={work / 'train.txt'}")
    train("stage1", f"aligner={work / 'aligner/final'}", processes=options.processes)
    start = (f"model={work / 'stage1/final'}", f"plbert={work / 'plbert/final'}")
    train("stage2", *start, processes=options.processes)
    make_corpus("test", TEST_UTTERANCES, validation=0)
    train("aligner", f"seed={_EVALUATION_ALIGNER_SEED}", name="evaluation_aligner")
    return steps


def _shared(config: Path, processes: int) -> list[str]:
    """Config changes that let several processes share the batches of a config."""
    if processes == 1:
        return []
    budget = yaml.safe_load(config.read_text(encoding="utf-8"))["max_frames_per_batch"]
    use_cpu = str(not torch.cuda.is_available()).lower()
    return [f"max_frames_per_batch={budget // processes}", f"use_cpu={use_cpu}"]


def _is_for(part: str, change: str) -> bool:
    named = change.partition("=")[0].partition(":")
    return not named[1] or named[0] == part


def split_sentences(path: Path, work: Path) -> None:
    """Writes the sentences for training, with answers and words of one to a few morae, and those for the test.

    A model that learned from sentences alone does not speak the short texts that people begin with.

    Raises:
        ValueError: too few sentences for a test.
    """
    sys.path.insert(0, str(ROOT / "scripts"))
    from make_corpus import read_sentences

    sentences = list(dict.fromkeys(read_sentences(str(path))))
    test = kept_for_test(sentences)
    if not test:
        raise ValueError(f"'{path}' has {len(sentences)} sentences, too few to keep a twentieth for the test")
    train = [sentence for sentence in sentences if sentence not in set(test)]
    train += read_sentences(str(SHORT_TEXTS))
    for name, lines in (("train", train), ("test", test)):
        write_text(work / f"{name}.txt", "\n".join(lines) + "\n")


def kept_for_test(sentences: Sequence[str]) -> list[str]:
    """The sentences, of a list without repetitions, that are in no training corpus."""
    return list(sentences[_EVERY // 2 :: _EVERY])


def _training(part: str, words: Sequence[object], processes: int) -> Callable[[], None]:
    if processes == 1:
        return _tsukasa("train", part, *words)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", processes]
    # The launcher would give each process one thread; more threads than cores would compete for them.
    threads = {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // processes))}
    return _command(*launcher, *_MODULE, "train", part, *words, environment=threads)


def _tsukasa(*words: object) -> Callable[[], None]:
    return _command(sys.executable, *_MODULE, *words)


def _command(*words: object, environment: dict[str, str] | None = None) -> Callable[[], None]:
    command = [str(word) for word in words]

    def run() -> None:
        print("+", shlex.join(command), file=sys.stderr, flush=True)
        subprocess.run(command, check=True, env={**os.environ, **(environment or {})})

    return run


if __name__ == "__main__":
    sys.exit(main())
