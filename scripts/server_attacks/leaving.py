# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Clients that vanish: in the middle of a stream, of an upload, and of a wait in the queue."""

import asyncio
import json
import os
import random
import time
from collections import Counter

import httpx

from server_attacks.outcome import Outcome
from support.server_processes import ServerProcess


_AT_ONCE = 20
_SECONDS_TO_FORGET = 60.0
_UPLOAD, _UPLOADED = 1_000_000, 200_000  # bytes
_TEXT = "今日はいい天気ですね。明日は雨が降るでしょう。傘を持って行きます。" * 3


def vanish(server: ServerProcess, seed: int, count: int) -> Outcome:
    """Let so many clients leave, and look whether the server forgets them.

    Args:
        server: that is attacked.
        seed: of when they leave.
        count: of them.
    """
    before = _open_files(server)
    kinds = asyncio.run(_leave_all(server.address, seed, count))
    faults = []
    left = _requests_left(server.address)
    if left:
        faults.append(f"{left} requests of clients that have left are still there after {_SECONDS_TO_FORGET:g} s")
    files = _open_files(server)
    if files > before + _AT_ONCE // 2:
        faults.append(f"{before} files and connections were open, and {files} are now")
    found = ", ".join(f"{number} x {kind}" for kind, number in sorted(kinds.items()))
    return Outcome("clients that vanish", count, tuple(faults), f"{found}; open files {before} to {files}")


async def _leave_all(address: str, seed: int, count: int) -> Counter[str]:
    chance = random.Random(seed)
    left, kinds = iter(range(count)), Counter[str]()
    ways = {"in a stream": _leave_stream, "in an upload": _leave_upload, "in the queue": _leave_queue}

    async def client() -> None:
        for number in left:
            kind = list(ways)[number % len(ways)]
            host, port = address.removeprefix("http://").rsplit(":", 1)
            reader, writer = await asyncio.open_connection(host, int(port))
            await ways[kind](reader, writer, chance.uniform(0.0, 0.5))
            if chance.random() < 0.5:
                writer.transport.abort()  # as a process that is killed
            writer.close()
            kinds[kind] += 1

    await asyncio.gather(*(client() for _ in range(_AT_ONCE)))
    return kinds


async def _leave_stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Leave after the first sentence has come."""
    writer.write(_speech({"input": _TEXT, "response_format": "pcm"}))
    await reader.readuntil(b"\r\n\r\n")
    await reader.read(1000)
    await asyncio.sleep(seconds / 10)


async def _leave_upload(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Leave after a part of a clip."""
    head = f"POST /v1/audio/voices HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {_UPLOAD}\r\n"
    writer.write(f"{head}Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode())
    writer.write(b'--x\r\nContent-Disposition: form-data; name="audio_sample"; filename="a.wav"\r\n\r\n')
    writer.write(bytes(_UPLOADED))
    await writer.drain()
    await asyncio.sleep(seconds)


async def _leave_queue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Leave before anything has come."""
    writer.write(_speech({"input": _TEXT}))
    await writer.drain()
    await asyncio.sleep(seconds)


def _speech(fields: dict[str, str]) -> bytes:
    body = json.dumps(fields).encode()
    return b"POST /v1/audio/speech HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def _requests_left(address: str) -> int:
    """How many requests the server still has when all clients have left and some time has passed."""
    end = time.monotonic() + _SECONDS_TO_FORGET
    while (left := httpx.get(f"{address}/health", timeout=60, trust_env=False).json()["queue"]) > 0:
        if time.monotonic() > end:
            break
        time.sleep(0.2)
    return left


def _open_files(server: ServerProcess) -> int:
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


__all__ = ["vanish"]
