#!/usr/bin/env python3
# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measures a server process under load: requests, speech and first audio by number of clients, errors, memory.

    python benchmarks/benchmark_server.py [--model MODEL] [--clients 1 4 16 64] [--seconds 60] [--requests 2000]
        [--ways stream queries] [--json FILE] [--check]

First the sentences (11 to 49 morae) are spoken one by one in this process, without a server. Then so many clients at a
time ask a server on a free port of this machine, each for one sentence after the other, through both interfaces:

    stream    /v1/audio/speech, PCM, played while it comes
    queries   /audio_query and /synthesis of its answer; the first audio counts from the first of both requests

Requests that are under way when the time is up are finished and counted, with the time that they take. At last so many
requests follow each other from 4 clients, through both interfaces in turn, and memory of the server (anonymous, so
without files that are mapped; Linux) is compared. With `--check` the exit code is 1 when a request fails or memory
grows by 5 % or more. Clients run on the same machine: they take a part of it. Run it on a quiet one.
"""

import argparse
import asyncio
import io
import itertools
import json
import sys
import tempfile
import time
import wave
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import numpy as np


sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from support.server_processes import serving
from transformers_tsukasa import Speaker
from transformers_tsukasa.utils.atomic_files import write_text


SENTENCES = (
    "駅前の本屋へ行きました。",
    "今日は朝から雨です。",
    "窓を少し開けてください。",
    "温かいお茶を飲みましょう。",
    "昨日の夜は、星がきれいでした。",
    "次の電車は、三番線から出ます。",
    "母は台所で、夕飯を作っています。",
    "この道をまっすぐ進むと、海が見えます。",
    "猫が屋根の上で、気持ちよさそうに寝ている。",
    "忘れ物をしたので、急いで家に戻りました。",
    "来週の会議は、水曜日の午後に変わりました。",
    "図書館の二階には、古い地図がたくさんあります。",
    "友達と山へ登ったとき、頂上で弁当を食べました。",
    "庭の桜が咲いたら、みんなで写真を撮りましょう。",
    "荷物が届くのは、早くても明後日の夕方だそうです。",
    "新しい自転車を買ったので、川沿いの道を走ってみた。",
    "祖父は毎朝六時に起きて、犬と一緒に公園を散歩します。",
    "値段は少し高いけれど、味がよいので、この店が好きです。",
    "約束の時間に遅れそうなときは、早めに電話をしてください。",
    "風が強くなってきたから、洗濯物を中に入れておきましょう。",
    "駅から歩いて十分ほどの所に、昔ながらの銭湯が今も残っています。",
    "雨がやんだので外に出てみると、遠くの山に大きな虹がかかっていた。",
    "子供のころによく遊んだ川は、今では水がとても冷たく、深く感じられる。",
    "旅行の前の晩は、持っていく服や薬をかばんに入れながら、なかなか眠れませんでした。",
    "父が若いころに使っていた古いカメラを直してもらい、来月の旅に持っていくことにしました。",
)
_GROWTH = 0.05
_CLIENTS_AT_LAST = 4
_ROOM = ("--queue", "1000", "--per-client", "1000")  # all clients have the same address


@dataclass(frozen=True)
class Answer:
    """One answered request: seconds to the first audio and of speech; or what went wrong."""

    first: float = 0.0
    speech: float = 0.0
    error: str = ""


@dataclass(frozen=True)
class Row:
    """Figures of a number of clients that ask in one way."""

    way: str
    clients: int
    requests: int
    errors: int
    requests_a_second: float
    speech_a_second: float
    first_p50: float
    first_p95: float

    @classmethod
    def of(cls, way: str, clients: int, answers: Sequence[Answer], seconds: float) -> "Row":
        good = [answer for answer in answers if not answer.error]
        p50, p95 = np.percentile([answer.first for answer in good], (50, 95)) if good else (float("nan"),) * 2
        speech = sum(answer.speech for answer in good)
        wrong = len(answers) - len(good)
        return cls(way, clients, len(answers), wrong, len(good) / seconds, speech / seconds, float(p50), float(p95))

    def __str__(self) -> str:
        return (
            f"{self.way:8s} {self.clients:7d} {self.requests:8d} {self.errors:6d} {self.requests_a_second:10.2f} "
            f"{self.speech_a_second:10.2f} {self.first_p50:10.3f} {self.first_p95:10.3f}"
        )


_HEAD = "way      clients requests errors requests/s   speech/s  first p50  first p95"
Ask = Callable[[httpx.AsyncClient, str, int], Awaitable[Answer]]


async def ask_stream(web: httpx.AsyncClient, text: str, style: int) -> Answer:
    """One sentence through OpenAI's interface."""
    started, first, size = time.perf_counter(), 0.0, 0
    asked = {"input": text, "response_format": "pcm", "sample_rate": 24000}
    async with web.stream("POST", "/v1/audio/speech", json=asked) as answer:
        if answer.status_code != 200:
            return Answer(error=f"{answer.status_code}: {(await answer.aread())[:200]!r}")
        async for piece in answer.aiter_raw():
            first = first or time.perf_counter() - started
            size += len(piece)
    return Answer(first, size / 2 / 24000) if size else Answer(error="an answer without audio")


async def ask_queries(web: httpx.AsyncClient, text: str, style: int) -> Answer:
    """One sentence through VOICEVOX's interface."""
    started = time.perf_counter()
    query = await web.post("/audio_query", params={"text": text, "speaker": style})
    if query.status_code != 200:
        return Answer(error=f"{query.status_code}: {query.text[:200]}")
    async with web.stream("POST", "/synthesis", params={"speaker": style}, json=query.json()) as answer:
        content, first = b"", 0.0
        async for piece in answer.aiter_raw():
            first = first or time.perf_counter() - started
            content += piece
    if answer.status_code != 200:
        return Answer(error=f"{answer.status_code}: {content[:200]!r}")
    with wave.open(io.BytesIO(content)) as sound:
        return Answer(first, sound.getnframes() / sound.getframerate())


WAYS: dict[str, Ask] = {"stream": ask_stream, "queries": ask_queries}


def first_style(address: str) -> int:
    """Id of the first style that a server lists."""
    return httpx.get(f"{address}/speakers", timeout=60, trust_env=False).json()[0]["styles"][0]["id"]


async def load(address: str, asks: Sequence[Ask], clients: int, goes_on: Callable[[], bool]) -> list[Answer]:
    """All answers to clients that ask while a condition holds, each in all ways in turn."""
    answers: list[Answer] = []
    style = first_style(address)

    async def client(number: int, web: httpx.AsyncClient) -> None:
        for place in itertools.count(7 * number):
            if not goes_on():
                return
            try:
                answers.append(await asks[place % len(asks)](web, SENTENCES[place % len(SENTENCES)], style))
            except httpx.HTTPError as error:
                answers.append(Answer(error=repr(error)))

    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=address, timeout=600, limits=limits, trust_env=False) as web:
        await asyncio.gather(*(client(number, web) for number in range(clients)))
    return answers


def load_for(address: str, way: str, clients: int, seconds: float) -> tuple[Row, list[Answer]]:
    """Figures of clients that ask for some seconds."""
    starts: list[float] = []  # when the first client asks

    def goes_on() -> bool:
        starts[:] = starts or [time.perf_counter()]
        return time.perf_counter() < starts[0] + seconds

    answers = asyncio.run(load(address, [WAYS[way]], clients, goes_on))
    return Row.of(way, clients, answers, time.perf_counter() - starts[0]), answers


def load_with(address: str, requests: int) -> list[Answer]:
    """Answers to a number of requests in both ways."""
    left = iter(range(requests))
    return asyncio.run(load(address, list(WAYS.values()), _CLIENTS_AT_LAST, lambda: next(left, None) is not None))


def alone(model: str, seconds: float) -> Row:
    """Figures of the same sentences, one by one in this process."""
    speaker = Speaker.load(model)
    answers = []
    list(speaker.stream(SENTENCES[0], seed=0))  # loads dictionaries
    started = time.perf_counter()
    for text in itertools.cycle(SENTENCES):
        if time.perf_counter() >= started + seconds:
            break
        asked, first, samples = time.perf_counter(), 0.0, 0
        for piece in speaker.stream(text, seed=0):
            first = first or time.perf_counter() - asked
            samples += len(piece.waveform)
        answers.append(Answer(first, samples / speaker.sampling_rate))
    return Row.of("alone", 1, answers, time.perf_counter() - started)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="default", help="a model folder (default: the packaged model)")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16, 64], help="at a time (%(default)s)")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each number of clients (%(default)g)")
    parser.add_argument("--requests", type=int, default=2000, help="between the measures of memory (%(default)s)")
    parser.add_argument("--ways", choices=WAYS, nargs="+", default=list(WAYS), help="to measure (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--check", action="store_true", help="exit code 1 for an error, or when memory grows")
    options = parser.parse_args(arguments)
    if min([*options.clients, options.requests]) < 1 or options.seconds <= 0:
        parser.error("--clients, --requests and --seconds must be more than 0")

    rows, answers = [alone(options.model, options.seconds)], []
    print(_HEAD, rows[0], sep="\n", flush=True)
    with tempfile.TemporaryDirectory() as state, serving(options.model, Path(state), *_ROOM) as server:
        for way, clients in itertools.product(options.ways, options.clients):
            row, found = load_for(server.address, way, clients, options.seconds)
            rows.append(row)
            answers += found
            print(row, flush=True)
        before = server.memory
        answers += load_with(server.address, options.requests)
        after = server.memory
    growth = after / before - 1
    errors = [answer.error for answer in answers if answer.error]
    print(f"memory: {before:.0f} MiB, after {options.requests} requests {after:.0f} MiB ({100 * growth:+.1f} %)")
    print(f"errors: {len(errors)}", *sorted(set(errors))[:5], sep="\n  ")
    if options.json is not None:
        figures = {"rows": [asdict(row) for row in rows], "errors": errors}
        figures |= {"memory_mib": {"before": before, "after": after, "requests": options.requests}}
        write_text(options.json, json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    return int(options.check and (bool(errors) or growth >= _GROWTH))


if __name__ == "__main__":
    sys.exit(main())
