#!/usr/bin/env python3
# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Attacks a server process, and prints what it makes of it.

    python scripts/check_server.py [--model MODEL] [--requests 2000] [--clients 200] [--kills 5] [--seed 0]

A `tsukasa serve` on a free port of this machine is

    killed (SIGKILL) while clients write words, presets and voices, and started again in the same folder: everything
        that it said it keeps must be there
    sent requests that do not fit, or only just, made from its own description (/openapi.json) of every call: none may
        be a fault of the server (5xx but for "not done" and "busy"), and none may wait for ever
    left by clients in the middle of a stream, of an upload and of a wait: it must forget them
    measured: its memory (anonymous, Linux) after the first half of these requests, and at the end; it may not grow by
        10 % or more where they are at least 1,000, so that the first half has filled what a server keeps
    told to end (SIGTERM): it must, with exit code 0

The exit code is 1 for any fault. What is spoken is not looked at: the tests do that.
"""

import argparse
import itertools
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path


sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from server_attacks.killing import Written
from server_attacks.leaving import vanish
from server_attacks.malformed import send_malformed
from server_attacks.outcome import HEAD, Outcome
from support.server_processes import ServerProcess, serving


_GROWTH = 0.10
_FEWEST_REQUESTS = 1000  # from which on growth of memory is a fault
_SECONDS_TO_END = 60
_SHOWN = 10  # faults of an attack
# All clients have one address; texts that are refused at once keep nobody waiting.
_OPTIONS = ("--queue", "1000", "--per-client", "1000", "--max-input", "300")


def attack(server: ServerProcess, requests: int, clients: int, seed: int) -> Iterator[Outcome]:
    """Send requests in two halves with leaving clients between them; measure memory; tell the server to end."""
    yield send_malformed(server.address, seed, requests - requests // 2)
    before = server.memory
    yield vanish(server, seed, clients)
    yield send_malformed(server.address, seed + 1, requests // 2)
    after = server.memory
    growth = after / before - 1
    faults = (f"memory grew by {100 * growth:.1f} %",) if growth >= _GROWTH and requests >= _FEWEST_REQUESTS else ()
    yield Outcome("memory", 1, faults, f"{before:.0f} MiB to {after:.0f} MiB ({100 * growth:+.1f} %)")
    server.process.send_signal(signal.SIGTERM)
    try:
        code = server.process.wait(_SECONDS_TO_END)
        faults = (f"it ended with exit code {code}",) if code else ()
    except subprocess.TimeoutExpired:
        faults = (f"it has not ended {_SECONDS_TO_END} s after SIGTERM",)
    yield Outcome("told to end", 1, faults, "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="default", help="a model folder (default: the packaged model)")
    parser.add_argument("--requests", type=int, default=2000, help="that do not fit (%(default)s)")
    parser.add_argument("--clients", type=int, default=200, help="that leave (%(default)s)")
    parser.add_argument("--kills", type=int, default=5, help="while it writes (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of all chance (%(default)s)")
    options = parser.parse_args(arguments)
    if min(options.requests, options.clients) < 1 or options.kills < 0:
        parser.error("--requests and --clients must be at least 1, --kills at least 0")
    print(HEAD, flush=True)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        state, written = Path(folder), Written()
        for number in range(options.kills):
            with serving(options.model, state, *_OPTIONS) as server:
                written.compare(server.address)
                written.write_until_killed(server, 1.0 + 0.37 * number)
        with serving(options.model, state, *_OPTIONS) as server:
            written.compare(server.address)
            attacks = attack(server, options.requests, options.clients, options.seed)
            for row in itertools.chain([written.outcome()], attacks):
                failed = failed or bool(row.faults)
                print(row, *(f"  {fault}" for fault in row.faults[:_SHOWN]), sep="\n", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
