# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measures on audio whether edits of queries are obeyed, and whether all else stays as it was.

    python scripts/measure_edits.py TEXTS [--model MODEL] [--style NUMBER] [--count N] [--json FILE]

TEXTS has a Japanese sentence a line, or is a table (.tsv) with a column `text`. Each is asked of a VOICEVOX interface
(`tsukasa serve`, in this process) as a query, and spoken unedited and with one edit at a time:

    raised      one mora 3 semitones higher
    long        the vowel of that mora twice as long
    accent      the accent of one phrase on another mora, pitches asked again as the editor does (/mora_pitch)
    intonation  1.5
    speed       1.3

F0 is tracked by SwiftF0 every 5 ms, in speech that is played slower by half: its window of 64 ms is longer than many
vowels. The pitch of a mora is the median of the voiced frames of its vowel, without 10 ms at both ends; `shown` is how
far that is from what the unedited query shows, in which the error of the tracker is. What an edit asks for is a step
from the unedited pitch, in cents, and so is what is measured. Times are measured by where the envelope (5 ms means of
the magnitude, in dB) of a stretch of the unedited speech fits best. Printed are, for what was edited and for all else,
the number of values and the median, the 95 % quantile and the largest of the errors, and the share within the limits:
30 cents and a frame (25 ms) for what is asked, 10 cents and a frame for what is not. With another speed a vowel may be
up to a frame away from where the query has it, and its pitch is measured where it fits best.
"""

import argparse
import asyncio
import io
import json
import math
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import soundfile
from tqdm import tqdm

from measure_accent import read_texts
from transformers_tsukasa import default_model
from transformers_tsukasa.audio.pitch_tracking import SwiftPitchTracker
from transformers_tsukasa.server.app import create_app
from transformers_tsukasa.server.settings import ServerSettings
from transformers_tsukasa.utils.atomic_files import write_text


FRAME = 0.025  # seconds of a text frame
STEP = 0.005
SEMITONES = 3
INTONATION, SPEED = 1.5, 1.3
_MARGIN = 0.01
_FEWEST_FRAMES = 5
_SEARCHED = 0.1  # seconds to both sides of where a stretch is looked for
_STRETCH = 0.4
_SLOWER = 1.5  # than the speech is what the tracker receives

Query = dict[str, Any]
Errors = dict[tuple[str, str], list[float]]


@dataclass(frozen=True)
class Span:
    """The vowel of a mora in speech (seconds), and the pitch that the query has for it (natural logarithm of Hz)."""

    start: float
    end: float
    pitch: float


@dataclass
class Heights:
    """Speech with its tracked F0."""

    waveform: np.ndarray
    rate: int
    f0: np.ndarray

    def pitch(self, span: Span, later: float = 0.0) -> float:
        """Cents of the median of the voiced frames within a vowel; NaN where there are too few.

        Args:
            span: of the vowel.
            later: seconds by which it is looked for after its place.
        """
        start, end = span.start + later + _MARGIN, span.end + later - _MARGIN
        frames = self.f0[max(math.ceil(start / STEP), 0) : max(math.floor(end / STEP), 0)]
        voiced = frames[frames > 0]
        return 1200 * float(np.median(np.log2(voiced))) if len(voiced) >= _FEWEST_FRAMES else math.nan

    def pitch_error(self, span: Span, wanted: float, is_moved: bool) -> float:
        """Cents between the pitch of a vowel and another one; NaN where it cannot be measured.

        Args:
            span: of the vowel.
            wanted: cents.
            is_moved: whether the vowel may be up to a frame away from its place, where it fits best.
        """
        shifts = np.arange(-FRAME, FRAME + STEP / 2, STEP) if is_moved else (0.0,)
        errors = [abs(self.pitch(span, later) - wanted) for later in shifts]
        return min((error for error in errors if not math.isnan(error)), default=math.nan)

    def envelope(self) -> np.ndarray:
        """dB of the mean magnitude of every step."""
        step = round(STEP * self.rate)
        magnitudes = np.abs(self.waveform[: len(self.waveform) // step * step]).reshape(-1, step)
        return 20 * np.log10(magnitudes.mean(axis=1) + 1e-4)

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.waveform) / self.rate


class Engine:
    """The calls of a client.

    Args:
        model: name or folder.
        style: number of the style in the list of all.
    """

    def __init__(self, model: str, style: int, state: Path) -> None:
        self._app = create_app(ServerSettings(models=(model,), state=state, port=0))
        self._trackers: dict[int, SwiftPitchTracker] = {}
        styles = [each["id"] for speaker in self.ask("GET", "/speakers").json() for each in speaker["styles"]]
        self._speaker = styles[style]

    def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """The answer to a request.

        Raises:
            RuntimeError: for one that is refused.
        """
        return asyncio.run(self._ask(method, path, **arguments))

    async def _ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=600) as client:
            answer = await client.request(method, path, **arguments)
        if answer.status_code != 200:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer

    def query(self, text: str) -> Query:
        """The query of a text."""
        return self.ask("POST", "/audio_query", params={"text": text, "speaker": self._speaker}).json()

    def with_pitches(self, phrases: list[Query]) -> list[Query]:
        """Accent phrases with the pitches of their accents."""
        return self.ask("POST", "/mora_pitch", params={"speaker": self._speaker}, json=phrases).json()

    def speak(self, query: Query) -> Heights:
        """The speech of a query."""
        answer = self.ask("POST", "/synthesis", params={"speaker": self._speaker}, json=query)
        waveform, rate = soundfile.read(io.BytesIO(answer.content), dtype="float32")
        if rate not in self._trackers:
            self._trackers[rate] = SwiftPitchTracker(round(rate / _SLOWER), round(rate * STEP))
        frames = round(len(waveform) / rate / STEP)
        return Heights(waveform, rate, _SLOWER * self._trackers[rate].track(waveform, frames))

    def close(self) -> None:
        """End its threads."""
        self._app.state.context.service.close()


def spans(query: Query) -> list[Span]:
    """The vowels of a query in its speech."""
    speed, found = query["speedScale"], []
    time = query["prePhonemeLength"]
    for phrase in query["accent_phrases"]:
        for mora in phrase["moras"]:
            time += mora["consonant_length"] or 0.0
            found.append(Span(time / speed, (time + mora["vowel_length"]) / speed, mora["pitch"]))
            time += mora["vowel_length"]
        if phrase["pause_mora"] is not None:
            time += phrase["pause_mora"]["vowel_length"]
    return found


def morae(query: Query) -> list[Query]:
    """All morae of a query."""
    return [mora for phrase in query["accent_phrases"] for mora in phrase["moras"]]


def shift(plain: Heights, edited: Heights, start: float, end: float, expected: float) -> float:
    """Seconds by which a stretch of the unedited speech comes later in the edited one, near where it is expected."""
    own, other = plain.envelope(), edited.envelope()
    first, last = round(start / STEP), round(end / STEP)
    piece = own[first:last]
    lags = range(round((expected - _SEARCHED) / STEP), round((expected + _SEARCHED) / STEP) + 1)
    fits = {
        lag: float(np.mean((other[first + lag : last + lag] - piece) ** 2))
        for lag in lags
        if first + lag >= 0 and last + lag <= len(other)
    }
    return STEP * min(fits, key=fits.__getitem__) if fits else math.nan


def steady_morae(plain: Heights, base: list[Span]) -> Iterator[int]:
    """The morae whose pitch can be measured, those in the middle first."""
    order = sorted(range(len(base)), key=lambda place: abs(place - len(base) // 2))
    return (place for place in order if base[place].pitch > 0 and not math.isnan(plain.pitch(base[place])))


def note_pitches(
    errors: Errors,
    kind: str,
    plain: Heights,
    edited: Heights,
    old: Query,
    new: Query,
    is_edited: Callable[[int], bool],
) -> None:
    """Note how far the step of every mora's pitch is from the one that the query asks for, in cents."""
    for place, (before, after) in enumerate(zip(spans(old), spans(new), strict=True)):
        if before.pitch <= 0 or after.pitch <= 0:
            continue
        asked = 1200 * (after.pitch - before.pitch) / math.log(2)
        wanted = plain.pitch(before) + asked
        error = edited.pitch_error(after, wanted, is_moved=old["speedScale"] != new["speedScale"])
        if not math.isnan(error):
            errors[kind, "asked, cents" if is_edited(place) else "else, cents"].append(error)


def measure(engine: Engine, text: str, errors: Errors) -> None:
    """Add the errors of all edits of a sentence."""
    query = engine.query(text)
    plain, base = engine.speak(query), spans(query)
    target = next(steady_morae(plain, base), None)
    if target is None:
        return
    for span in base:
        error = plain.pitch_error(span, 1200 * span.pitch / math.log(2), is_moved=False)
        if span.pitch > 0 and not math.isnan(error):
            errors["unedited", "asked (shown), cents"].append(error)
    _raised(engine, query, plain, target, errors)
    _long(engine, query, plain, target, errors)
    _accent(engine, query, plain, errors)
    _scales(engine, query, plain, errors)


def _raised(engine: Engine, query: Query, plain: Heights, target: int, errors: Errors) -> None:
    new = deepcopy(query)
    morae(new)[target]["pitch"] += SEMITONES * math.log(2) / 12
    edited = engine.speak(new)
    note_pitches(errors, "raised", plain, edited, query, new, lambda place: place == target)
    errors["raised", "else, frames"].append(abs(edited.seconds - plain.seconds) / FRAME)


def _long(engine: Engine, query: Query, plain: Heights, target: int, errors: Errors) -> None:
    new = deepcopy(query)
    added = morae(new)[target]["vowel_length"]
    morae(new)[target]["vowel_length"] *= 2
    edited = engine.speak(new)
    note_pitches(errors, "long", plain, edited, query, new, lambda place: False)
    errors["long", "asked, frames"].append(abs(edited.seconds - plain.seconds - added) / FRAME)
    vowel = spans(query)[target]
    before, after = max(vowel.start - _STRETCH, 0.0), min(vowel.end + _STRETCH, plain.seconds)
    for start, end, expected in ((before, vowel.start, 0.0), (vowel.end, after, added)):
        if end - start > _STRETCH / 2:
            moved = shift(plain, edited, start, end, expected)
            errors["long", "else, frames"].append(abs(moved - expected) / FRAME)


def _accent(engine: Engine, query: Query, plain: Heights, errors: Errors) -> None:
    phrases = query["accent_phrases"]
    number = max(range(len(phrases)), key=lambda place: len(phrases[place]["moras"]))
    size = len(phrases[number]["moras"])
    if size < 2:
        return
    new = deepcopy(query)
    new["accent_phrases"][number]["accent"] = phrases[number]["accent"] % size + 1
    new["accent_phrases"] = engine.with_pitches(new["accent_phrases"])
    first = sum(len(phrase["moras"]) for phrase in phrases[:number])
    edited = engine.speak(new)
    note_pitches(errors, "accent", plain, edited, query, new, lambda place: first <= place < first + size)
    errors["accent", "else, frames"].append(abs(edited.seconds - plain.seconds) / FRAME)


def _scales(engine: Engine, query: Query, plain: Heights, errors: Errors) -> None:
    voiced = [span.pitch for span in spans(query) if span.pitch > 0]
    mean = sum(voiced) / len(voiced)
    new = {**query, "intonationScale": INTONATION}
    edited = engine.speak(new)
    asked = deepcopy(query)
    for mora in morae(asked):
        mora["pitch"] = mean + INTONATION * (mora["pitch"] - mean) if mora["pitch"] > 0 else 0.0
    note_pitches(errors, "intonation", plain, edited, query, asked, lambda place: True)
    errors["intonation", "else, frames"].append(abs(edited.seconds - plain.seconds) / FRAME)
    new = {**query, "speedScale": SPEED}
    edited = engine.speak(new)
    note_pitches(errors, "speed", plain, edited, query, new, lambda place: False)
    errors["speed", "asked, frames"].append(abs(edited.seconds - plain.seconds / SPEED) / FRAME)


def summary(errors: Errors) -> dict[str, dict[str, float]]:
    """Number, median, 95 % quantile, largest, and percent within the limit, of every kind of errors."""
    table = {}
    for (kind, name), values in errors.items():
        limit = 1.0 if name.endswith("frames") else 30.0 if name.startswith("asked") else 10.0
        row = np.asarray(values)
        table[f"{kind}: {name}"] = {
            "count": len(row),
            "median": float(np.median(row)),
            "p95": float(np.quantile(row, 0.95)),
            "largest": float(row.max()),
            "limit": limit,
            "within": 100 * float(np.mean(row <= limit + 1e-6)),
        }
    return table


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--model", default=str(default_model()))
    parser.add_argument("--style", type=int, default=0)
    parser.add_argument("--count", type=int)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    errors: Errors = defaultdict(list)
    with tempfile.TemporaryDirectory() as state:
        engine = Engine(options.model, options.style, Path(state))
        try:
            for text in tqdm(read_texts(options.texts)[: options.count], unit="sentence", file=sys.stderr):
                measure(engine, text, errors)
        finally:
            engine.close()
    table = summary(errors)
    print(f"{'':28}{'count':>7}{'median':>9}{'95 %':>9}{'largest':>9}{'limit':>7}{'within %':>10}")
    for name, row in sorted(table.items()):
        print(
            f"{name:28}{row['count']:7}{row['median']:9.2f}{row['p95']:9.2f}{row['largest']:9.2f}{row['limit']:7.0f}"
            f"{row['within']:10.1f}"
        )
    if options.json:
        write_text(options.json, json.dumps(table, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
