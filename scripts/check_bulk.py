# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speaks a made-up list by one process and by two that are killed at random: both must give the same bytes.

    python scripts/check_bulk.py [--rows 5000] [--kills 3] [--shard-size 250] [--model default] [--seed 0]
        [--format flac] [--most-growth 1.1] [--work DIR]

Checks that every shard of the killed run equals that of the quiet one, that no row is lost or there twice, that what
cannot be spoken is listed, and that memory does not grow. Exits 1 when a check fails.
"""

import argparse
import json
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pyarrow.parquet
import torch

from transformers_tsukasa.synthesis.bulk.bulk_run import REPORT_FILE, BulkSettings, synthesize
from transformers_tsukasa.synthesis.bulk.rows import RowList, read_rows
from transformers_tsukasa.synthesis.bulk.shares import Share
from transformers_tsukasa.synthesis.speaker import Speaker


_PLACES = ("駅", "学校", "公園", "図書館", "海", "山", "会社", "病院", "空港", "台所")
_TIMES = ("今日", "明日", "昨日", "朝", "夕方", "来週", "去年", "春", "夏休み", "月曜日")
_WITH = ("友達", "母", "先生", "犬", "妹", "同僚", "隣の人", "子供", "祖父", "弟")
_ACTS = ("歩きます。", "話しました。", "待っていました。", "本を読みます。", "歌を歌いましょう。", "写真を撮ったよ！")
_UNSPEAKABLE_EVERY = 97  # rows from one that holds no word to the next
_SAMPLE_SECONDS = 0.2
# A fork has the model, without the seconds of imports, so that a kill falls into the work.
_PROCESSES = multiprocessing.get_context("fork")


@dataclass
class WatchedProcess:
    """A process that speaks a share, and its memory over time in bytes."""

    process: multiprocessing.process.BaseProcess
    memory: list[int] = field(default_factory=list)

    def sample(self) -> None:
        """Note its memory now, if it runs."""
        if self.process.is_alive():
            self.memory.append(psutil.Process(self.process.pid).memory_info().rss)


def sentences(count: int) -> Iterator[str]:
    """Made-up sentences, no two of them alike up to 6,000; some hold no word."""
    for number in range(count):
        if number % _UNSPEAKABLE_EVERY == _UNSPEAKABLE_EVERY - 1:
            yield "＊＊＊"
            continue
        rest, parts = number, []
        for words in (_ACTS, _PLACES, _TIMES, _WITH):
            rest, word = divmod(rest, len(words))
            parts.append(words[word])
        act, place, when, company = parts
        yield f"{when}は{company}と{place}で{act}"


def start(speaker: Speaker, rows: RowList, out: Path, settings: BulkSettings, share: Share) -> WatchedProcess:
    """Start a process that speaks a share."""
    process = _PROCESSES.Process(target=synthesize, args=(speaker, rows, out, settings, share))
    process.start()
    return WatchedProcess(process)


def watch(processes: Sequence[WatchedProcess], seconds: float = float("inf")) -> None:
    """Wait for processes, at most so long, and note their memory.

    Raises:
        RuntimeError: when one has failed.
    """
    end = time.monotonic() + seconds
    while any(watched.process.is_alive() for watched in processes) and time.monotonic() < end:
        for watched in processes:
            watched.sample()
        time.sleep(_SAMPLE_SECONDS)
    if any(watched.process.exitcode not in (None, 0) for watched in processes):
        raise RuntimeError("a process failed by itself; its own message is above")


def speak_killed(
    speaker: Speaker, rows: RowList, out: Path, settings: BulkSettings, kills: Sequence[float]
) -> list[WatchedProcess]:
    """Speak by two processes, both killed after so many seconds each time, and at last left to finish."""
    for seconds in [*kills, float("inf")]:
        processes = [start(speaker, rows, out, settings, Share(index, 2)) for index in range(2)]
        watch(processes, seconds)
        for watched in processes:
            watched.process.kill()
            watched.process.join()
        finished = len(list(out.glob("data/*.parquet")))
        ending = "finished" if seconds == float("inf") else f"killed after {seconds:.1f} s"
        print(f"two processes, {ending}: {finished} shards are there")
    return processes


def differences(quiet: Path, killed: Path, rows: RowList) -> list[str]:
    """How the folder of a killed run differs from that of a quiet one, and either from its list."""
    first, second = ({path.name: path for path in folder.glob("data/*.parquet")} for folder in (quiet, killed))
    found = [f"only one run has {name}" for name in sorted(first.keys() ^ second.keys())]
    both = sorted(first.keys() & second.keys())
    found += [f"{name} differs" for name in both if first[name].read_bytes() != second[name].read_bytes()]
    spoken = [row for path in second.values() for row in pyarrow.parquet.read_table(path, columns=["row"])["row"]]
    rejected = [row["number"] for row in json.loads((killed / REPORT_FILE).read_text(encoding="utf-8"))["rejected"]]
    there = sorted([*(row.as_py() for row in spoken), *rejected])
    expected = sorted(row.number for row in [*rows.rows, *rows.rejected])
    if there != expected:
        found.append(f"{len(expected)} rows should be there once each, got {len(there)}, {len(set(there))} different")
    return found


def growth(memory: Sequence[int]) -> float:
    """The factor by which memory grows from the second quarter of the samples to the last one."""
    quarter = len(memory) // 4
    if quarter == 0:
        return 1.0
    return statistics.median(memory[-quarter:]) / statistics.median(memory[quarter : 2 * quarter])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both, print what was found, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--shard-size", type=int, default=250)
    parser.add_argument("--model", default="default")
    parser.add_argument("--format", default="flac")
    parser.add_argument(
        "--most-growth", type=float, default=1.1, help="of memory, from the second quarter to the last"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the times of kills, and of the speech")
    parser.add_argument("--work", type=Path, help="keeps the folders of both runs there")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        (work / "list.txt").write_text("\n".join(sentences(options.rows)), encoding="utf-8")
        return _check(work, options)


def _check(work: Path, options: argparse.Namespace) -> int:
    rows = read_rows(work / "list.txt")
    speaker = Speaker.load(options.model)
    speaker.speak("はい。")  # so that all processes have the dictionaries
    settings = BulkSettings(seed=options.seed, shard_size=options.shard_size, audio_format=options.format)
    begin = time.monotonic()
    quiet = start(speaker, rows, work / "quiet", settings, Share())
    watch([quiet])
    seconds = time.monotonic() - begin
    # Two processes need at least half of the time of one, so every kill falls into the work.
    draw = random.Random(options.seed)
    kills = [draw.uniform(0.1, 0.9) * seconds / 2 / (options.kills + 1) for _ in range(options.kills)]
    speak_killed(speaker, rows, work / "killed", settings, kills)
    found = differences(work / "quiet", work / "killed", rows)
    factor = growth(quiet.memory)
    if factor > options.most_growth:
        found.append(f"memory grew by a factor of {factor:.2f}")
    report = json.loads((work / "quiet" / REPORT_FILE).read_text(encoding="utf-8"))
    print(
        f"{report['rows']} rows in {report['shards']} shards, {len(report['rejected'])} rejected, "
        f"{report['seconds']:.0f} s of speech; {report['seconds'] / seconds:.1f} s of speech a second by one process; "
        f"memory at most {max(quiet.memory) / 2**20:.0f} MiB, grew by a factor of {factor:.3f}"
    )
    print("\n".join(found) or "the killed run gives the same bytes, and every row is there once")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
