# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa serve` as a process on a free port, and the memory and threads it has (Linux)."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx


_SECONDS_TO_START = 120.0


@dataclass(frozen=True)
class ServerProcess:
    """A server that answers requests.

    Args:
        process: that serves.
        address: "http://127.0.0.1:PORT".
        log: the file with everything it printed.
    """

    process: subprocess.Popen
    address: str
    log: Path

    @property
    def threads(self) -> int:
        """Number of its threads."""
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    @property
    def memory(self) -> float:
        """Memory that is no file's (MiB), of its own and its share of what it has together with others."""
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Pss_Anon:")).split()[1]) / 1024


@contextmanager
def serving(model: str, state: Path, *arguments: str) -> Iterator[ServerProcess]:
    """A server of a model, which is killed at the end of the context.

    Args:
        model: a name or a folder.
        state: folder of what clients add, and of the log.
        arguments: further ones of `tsukasa serve`.

    Raises:
        RuntimeError: when it ends or does not have its model in time.
    """
    state.mkdir(parents=True, exist_ok=True)
    log = state / "server.log"
    command = [sys.executable, "-m", "transformers_tsukasa", "serve", "--model", model, "--port", "0"]
    with log.open("w", encoding="utf-8") as output:  # a pipe that nobody reads would stop the server
        process = subprocess.Popen(
            [*command, "--state", str(state), *arguments], stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield ServerProcess(process, _address(process, log), log)
    finally:
        process.kill()
        process.wait(20)


def _address(process: subprocess.Popen, log: Path) -> str:
    """The address of a server whose model is loaded."""
    end = time.monotonic() + _SECONDS_TO_START
    address = ""
    while time.monotonic() < end and process.poll() is None:
        printed = log.read_text(encoding="utf-8", errors="replace").splitlines()
        found = [line.strip() for line in printed if line.startswith("  http") and line.endswith("/v1")]
        address = found[0].removesuffix("/v1") if found else ""
        if address and httpx.get(f"{address}/health", timeout=30, trust_env=False).status_code == 200:
            return address
        time.sleep(0.05)
    tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise RuntimeError(f"the server did not start within {_SECONDS_TO_START:g} s; it printed:\n{tail}")


__all__ = ["ServerProcess", "serving"]
