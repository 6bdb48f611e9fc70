# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Types the commands and examples of a README one after the other, as a new user would, and shows what each takes.

    .venv/bin/python scripts/run_readme.py OUT [--readme README_JP.md] [--shared FOLDER] [--skip scripts/test ...]

OUT becomes a clone of the repository's last commit; a folder that is there is used as it is. Everything runs in it, in
one shell and one Python, and finds the files that earlier steps left. What a README takes for granted is written
first: a small checkpoint in the published format. A training is cut to a few updates. Prints seconds of wall and
processor time and the exit code of each step; the script's own is 1 when any of them failed.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


ROOT = Path(__file__).resolve().parents[1]
PUBLISHED = Path("path/to/published/Tsukasa_Speech")
PUBLISHED_KOKORO = PUBLISHED.with_name("Kokoro-82M")
"""Where the READMEs say that published checkpoints lie."""
_SHORTENED = {
    "tsukasa train ": " max_steps=2 max_frames_per_batch=1000",
    "tsukasa doctor ": " max_frames_per_batch=1000",
    "tsukasa evaluate ": " --count 1",
}
_MARK = "this step ended with"


@dataclass(frozen=True)
class Step:
    """A line of a shell block, or a Python block."""

    language: str
    code: str


@dataclass(frozen=True)
class Result:
    """What a step took, in seconds, and left."""

    step: Step
    code: int
    wall: float
    processor: float
    printed: str


def read_steps(markdown: str) -> list[Step]:
    """The steps of a Markdown file in order; comments and empty lines are none."""
    steps = []
    for language, block in re.findall(r"^```(sh|bash|python)\n(.*?)^```", markdown, flags=re.M | re.S):
        if language == "python":
            steps.append(Step("python", block))
        else:
            lines = (line.strip() for line in block.splitlines())
            steps += [Step("shell", line) for line in lines if line and not line.startswith("#")]
    return steps


def shortened(command: str) -> str:
    """A command with its training or evaluation cut to what shows that it works."""
    code, _, comment = command.partition("  #")
    for beginning, limit in _SHORTENED.items():
        if code.startswith(beginning):
            return f"{code}{limit}"
    return command


def write_inputs(folder: Path) -> None:
    """Write what READMEs take for granted: published checkpoints, tiny, of random weights, with a clip and voices."""
    sys.path.insert(0, str(ROOT / "tests"))
    import soundfile
    import torch

    from support.corpora import RATE, hum
    from support.published import checkpoint_copy, publish, publish_kokoro, voice_pack

    checkpoint = checkpoint_copy()
    # Styles of random networks are too large to speak with.
    for name in ("style_encoder", "predictor_encoder"):
        checkpoint["net"][name]["unshared.weight"] = torch.zeros_like(checkpoint["net"][name]["unshared.weight"])
    published = publish(folder / PUBLISHED, checkpoint)
    (published / "reference_sample_wavs").mkdir()
    soundfile.write(published / "reference_sample_wavs" / "narrator.wav", hum(2.0), RATE)
    publish_kokoro(folder / PUBLISHED_KOKORO, {name: voice_pack() for name in ("jf_alpha", "jm_kumo")})


class Shell:
    """A bash that stays, so that a step may change the environment of those after it."""

    def __init__(self, folder: Path) -> None:
        self._bash = _start(["bash"], folder, stderr=subprocess.STDOUT)
        self._used = 0.0

    def run(self, step: Step) -> Result:
        assert self._bash.stdin is not None and self._bash.stdout is not None
        started = time.perf_counter()
        self._bash.stdin.write(f"{{ {shortened(step.code)}\n}} </dev/null\necho {_MARK} $?; times\n")
        self._bash.stdin.flush()
        printed = []
        for line in self._bash.stdout:
            if line.startswith(_MARK):
                break
            printed.append(line)
        else:
            return Result(step, 1, time.perf_counter() - started, 0.0, "".join(printed) + "the shell has ended")
        wall = time.perf_counter() - started
        times = self._bash.stdout.readline() + self._bash.stdout.readline()
        used = sum(60 * int(minutes) + float(seconds) for minutes, seconds in re.findall(r"(\d+)m([\d.]+)s", times))
        processor, self._used = used - self._used, used
        return Result(step, int(line.split()[-1]), wall, processor, "".join(printed))


_PYTHON = """
import contextlib, json, os, sys, time, traceback
names = {"__name__": "__main__"}
for line in sys.stdin:
    started, used, error = time.perf_counter(), sum(os.times()[:4]), ""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            exec(compile(json.loads(line), "README", "exec"), names)
    except BaseException:
        error = traceback.format_exc()
    print(json.dumps([error, time.perf_counter() - started, sum(os.times()[:4]) - used]), flush=True)
"""


class Python:
    """A Python that stays, since the examples build on each other. It starts with the first of them, and once more
    after an installation: libraries look only once for what is installed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._python: subprocess.Popen[str] | None = None

    def run(self, step: Step) -> Result:
        if self._python is None:
            own = self._folder / ".venv/bin/python"
            python = str(own) if own.exists() else sys.executable
            self._python = _start([python, "-c", _PYTHON], self._folder, stderr=subprocess.DEVNULL)
        assert self._python.stdin is not None and self._python.stdout is not None
        self._python.stdin.write(json.dumps(step.code) + "\n")
        self._python.stdin.flush()
        error, wall, processor = json.loads(self._python.stdout.readline())
        return Result(step, int(bool(error)), wall, processor, error)

    def end(self) -> None:
        if self._python is not None:
            self._python.communicate()
            self._python = None


def _start(command: list[str], folder: Path, stderr: int) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=folder, stdin=pipe, stdout=pipe, stderr=stderr, text=True, env={**os.environ, "PYTHONUTF8": "1"}
    )


def run_steps(steps: list[Step], folder: Path) -> Iterator[Result]:
    """Run steps in `folder`, and return what each took as soon as it ended."""
    shell, python = Shell(folder), Python(folder)
    runners: dict[str, Callable[[Step], Result]] = {"shell": shell.run, "python": python.run}
    for step in steps:
        if step.code.startswith("pip install"):
            python.end()
        yield runners[step.language](step)


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder of the clone")
    parser.add_argument("--readme", default="README.md", help="Markdown file of the repository (default: README.md)")
    parser.add_argument("--shared", type=Path, help="folder of recorded data that shall lie beside the clone")
    parser.add_argument("--skip", action="append", default=[], help="beginning of commands that are left out")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    arguments = parse_arguments(argv)
    out: Path = arguments.out.resolve()
    if not out.exists():
        subprocess.run(["git", "clone", "--quiet", ROOT, out], check=True)
    if arguments.shared:
        (out.parent / "shared").symlink_to(arguments.shared.resolve())
    if not (out / PUBLISHED).exists():
        write_inputs(out)
    steps = read_steps((out / arguments.readme).read_text(encoding="utf-8"))
    steps = [step for step in steps if not step.code.startswith(tuple(arguments.skip))]
    failed = 0
    print(f"{'wall s':>8} {'cpu s':>8} exit  step")
    for result in run_steps(steps, out):
        first = shortened(result.step.code).strip().splitlines()[0]
        print(f"{result.wall:8.1f} {result.processor:8.1f} {result.code:4}  {first}", flush=True)
        if result.code:
            failed += 1
            print(result.printed[-3000:])
    print(f"{len(steps)} steps, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
