# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Runs the code cells of a notebook without Jupyter: python notebooks.py NOTEBOOK

Lines that begin with `!` are shell commands with Python expressions in braces, as in Jupyter; one that fails ends the
run. Our own command runs in this process, which has imported what it needs. Where IPython is missing, a stand-in for
its `Audio` checks that there is something to play. The last line is the number of sounds.
"""

import json
import shlex
import subprocess
import sys
import types
from pathlib import Path


def code_cells(path: Path) -> list[str]:
    """Sources of the code cells in order."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def as_python(source: str) -> str:
    """A cell with its shell lines as calls of `_shell`; expressions at the end of a cell are evaluated, not shown."""
    lines = []
    for line in source.splitlines():
        lines.append(f"_shell(f{line[1:].strip()!r})" if line.startswith("!") else line)
    return "\n".join(lines)


def _shell(command: str) -> None:
    print(f"$ {command}", flush=True)
    words = shlex.split(command)
    if words[0] == "tsukasa":
        from transformers_tsukasa.cli.main import main as tsukasa

        if tsukasa(words[1:]) != 0:
            sys.exit(f"failed: {command}")
        return
    subprocess.run(["bash", "-c", command], check=True)


def _stand_in_for_ipython() -> list[float]:
    """Puts a module `IPython.display` in place; returns the list of lengths in seconds that it fills."""
    import numpy as np

    played: list[float] = []

    def audio(data: object, rate: int) -> None:
        samples = np.asarray(data)
        assert samples.ndim == 1 and np.isfinite(samples).all() and np.abs(samples).max() > 0.01
        played.append(len(samples) / rate)

    display = types.ModuleType("IPython.display")
    display.Audio = audio
    display.display = lambda *values: None
    sys.modules.update({"IPython": types.ModuleType("IPython"), "IPython.display": display})
    return played


def main(path: Path) -> None:
    """Runs all cells in one namespace."""
    played = _stand_in_for_ipython()
    namespace = {"__name__": "__main__", "_shell": _shell}
    for number, cell in enumerate(code_cells(path), start=1):
        exec(compile(as_python(cell), f"{path.name}, code cell {number}", "exec"), namespace)
    print(f"{len(played)} sounds")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
