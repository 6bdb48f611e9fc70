# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measures on spoken audio how often the pitch of adjacent morae rises and falls as the dictionary's accent does.

    python scripts/measure_accent.py TEXTS [--model MODEL] [--voices NAME ...] [--count N] [--strengths 0 1]
        [--phonemes FILE] [--dnsmos FOLDER] [--audio FOLDER] [--json FILE]

TEXTS has a Japanese sentence a line, or is a table (.tsv) with a column `text`. Each sentence is spoken in one piece
with every `accent_strength`, tracked by SwiftF0, and cut into morae at the times that the model spoke them. The pitch
of a mora is the median of its voiced frames. Two morae are adjacent when no pause is between them; morae without voice
are left out. Printed are shares in percent:

    changes   pairs of an accent phrase whose dictionary accent rises or falls, and whose pitch does the same
    borders   the same for the last mora of a phrase and the first one of the next
    level     pairs that the accent leaves on one level, and whose pitch neither rises by more than 1 semitone nor
              falls by more than 2, as it may where a fall is still under way
    step      the mean rise or fall, in semitones, of the pairs counted under "changes"

`--phonemes` adds speech of the same sentences by another front-end: JSON lines with `text` and `phonemes`. Its morae
are found by matching the phonemes to those of this package; what does not match is left out. `--dnsmos` names a folder
with the networks of DNSMOS (docs/evaluation.md) and adds their mean opinion scores.
"""

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

import numpy as np
from tqdm import tqdm

from transformers_tsukasa.audio.pitch_tracking import SwiftPitchTracker
from transformers_tsukasa.evaluation.networks.dnsmos_model import Dnsmos
from transformers_tsukasa.synthesis.speaker import Speaker
from transformers_tsukasa.synthesis.speech import Speech
from transformers_tsukasa.text.accent_levels import HIGH, MORA_STARTS, PHRASE_STARTS, accent_levels
from transformers_tsukasa.text.phonemization import Phonemization
from transformers_tsukasa.utils.atomic_files import write_text


FRAME_SECONDS = 0.005
PAUSE_SECONDS = 0.15
MOST_RISE, MOST_FALL = 1.0, -2.0  # semitones of a pair on one level
OTHER_FRONT_END = "other front-end"


@dataclass
class TimedMora:
    """A mora of the dictionary's accent, when it is spoken (seconds), and its pitch (semitones, NaN without voice)."""

    is_high: bool
    starts_phrase: bool
    start: float
    end: float
    pitch: float = float("nan")


@dataclass
class Agreement:
    """Counts of the pairs of one voice in one condition: those that agree, and all."""

    voice: str
    condition: str
    changes: list[int] = field(default_factory=lambda: [0, 0])
    borders: list[int] = field(default_factory=lambda: [0, 0])
    level: list[int] = field(default_factory=lambda: [0, 0])
    steps: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)

    def add(self, morae: Sequence[TimedMora]) -> None:
        """Counts the pairs of an utterance."""
        for first, second in pairwise(morae):
            step = second.pitch - first.pitch
            if np.isnan(step) or second.start - first.end >= PAUSE_SECONDS:
                continue
            wanted = int(second.is_high) - int(first.is_high)
            if wanted == 0:
                _count(self.level, MOST_FALL < step < MOST_RISE)
            elif second.starts_phrase:
                _count(self.borders, step * wanted > 0)
            else:
                _count(self.changes, step * wanted > 0)
                self.steps.append(step * wanted)

    def summary(self) -> dict[str, float]:
        """Shares in percent, the mean step in semitones, and the mean opinion score where it was measured."""
        shares = {name: _percent(getattr(self, name)) for name in ("changes", "borders", "level")}
        scores = {"dnsmos": float(np.mean(self.scores))} if self.scores else {}
        step = float(np.mean(self.steps)) if self.steps else float("nan")
        return {**shares, "step": step, **scores, "pairs": self.changes[1] + self.borders[1] + self.level[1]}


def _count(counts: list[int], agrees: bool) -> None:
    counts[0] += bool(agrees)
    counts[1] += 1


def _percent(counts: list[int]) -> float:
    return 100.0 * counts[0] / counts[1] if counts[1] else float("nan")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints a line for every voice and condition, and returns an exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, help="sentences, one a line, or a .tsv with a column `text`")
    parser.add_argument("--model", default="default", help="a model folder (the packaged model)")
    parser.add_argument("--voices", nargs="+", help="names of the voices (all)")
    parser.add_argument("--count", type=int, default=100, help="sentences, evenly chosen (%(default)s)")
    parser.add_argument("--strengths", type=float, nargs="+", default=[0.0, 1.0], help="0 to 1 (0 1)")
    parser.add_argument("--phonemes", type=Path, help="JSON lines with the phonemes of another front-end")
    parser.add_argument("--dnsmos", type=Path, help="a folder with the networks of DNSMOS")
    parser.add_argument("--audio", type=Path, help="also write the speech to this folder")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args(arguments)
    texts = choose(read_texts(options.texts), options.count)
    others = {} if options.phonemes is None else read_phonemes(options.phonemes)
    speaker = Speaker.load(options.model)
    scorer = None if options.dnsmos is None else Dnsmos(options.dnsmos)
    tracker = SwiftPitchTracker(speaker.sampling_rate, round(FRAME_SECONDS * speaker.sampling_rate))
    results = []
    for voice in options.voices or list(speaker.voices):
        found = {strength: Agreement(voice, f"strength {strength:g}") for strength in options.strengths}
        other = Agreement(voice, OTHER_FRONT_END)
        for number, text in enumerate(tqdm(texts, desc=voice, unit="text", file=sys.stderr)):
            reading = speaker.processor.tokenizer.phonemizer(text)
            spoken = [
                (agreement, _speak(speaker, text, voice, accent_strength=strength))
                for strength, agreement in found.items()
            ]
            if text in others:
                spoken.append((other, _speak(speaker, others[text], voice, phonemize=False)))
            for agreement, speech in spoken:
                agreement.add(with_pitch(morae_of(reading, speech), speech, tracker))
                if scorer is not None:
                    agreement.scores.append(scorer(speech.waveform, speech.sampling_rate)["ovrl"])
                if options.audio is not None:
                    options.audio.mkdir(parents=True, exist_ok=True)
                    name = f"{voice}-{agreement.condition.replace(' ', '-')}-{number:03d}.wav"
                    speaker.save(speech, options.audio / name)
        for agreement in [*([other] if others else []), *found.values()]:
            results.append({"voice": voice, "condition": agreement.condition, **agreement.summary()})
            print(_line(results[-1]))
    if options.json is not None:
        write_text(options.json, json.dumps(results, ensure_ascii=False, indent=1) + "\n")
    return 0


def _speak(speaker: Speaker, text: str, voice: str, **how) -> Speech:
    if how.get("phonemize", True):
        how["split_sentences"] = False
    return speaker.speak(text, voice=voice, seed=0, **how)


def _line(result: dict) -> str:
    shown = "  ".join(f"{name} {value:.2f}" for name, value in result.items() if isinstance(value, float))
    return f"{result['voice']:14s} {result['condition']:16s} {shown}  ({result['pairs']} pairs)"


def read_texts(path: Path) -> list[str]:
    """The sentences of a file.

    Raises:
        ValueError: for a table without a column `text`, and for a file without sentences.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".tsv":
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        if not rows or "text" not in rows[0]:
            raise ValueError(f"'{path}' has no column `text`: name it in the first line, or give plain sentences")
        lines = [row["text"] for row in rows]
    texts = [line.strip() for line in lines if line.strip()]
    if not texts:
        raise ValueError(f"'{path}' holds no sentence")
    return texts


def read_phonemes(path: Path) -> dict[str, str]:
    """Text to phonemes of JSON lines."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {row["text"]: row["phonemes"] for row in rows}


def choose(texts: Sequence[str], count: int) -> list[str]:
    """So many of the texts, evenly spread."""
    places = np.linspace(0, len(texts) - 1, min(count, len(texts))).round().astype(int)
    return [texts[place] for place in places]


def morae_of(reading: Phonemization, speech: Speech) -> list[TimedMora]:
    """The morae of a reading, when speech of it, or of other phonemes of the same text, speaks them."""
    spoken = "".join(timed.symbol for timed in speech.symbols)
    places = dict(enumerate(range(len(spoken))))
    if spoken != reading.phonemes:
        matcher = SequenceMatcher(None, reading.phonemes, spoken, autojunk=False)
        places = {
            block.a + step: block.b + step for block in matcher.get_matching_blocks() for step in range(block.size)
        }
    morae: list[TimedMora] = []
    phrase_is_due = False
    is_open = False
    for number, level in enumerate(accent_levels(reading)):
        if level < 0:
            continue
        if level & MORA_STARTS:
            is_open = False
            phrase_is_due = phrase_is_due or bool(level & PHRASE_STARTS)
        if number not in places:
            continue
        timed = speech.symbols[places[number]]
        if is_open:
            morae[-1].end = timed.end
        else:
            morae.append(TimedMora(bool(level & HIGH), phrase_is_due, timed.start, timed.end))
            is_open, phrase_is_due = True, False
    return morae


def with_pitch(morae: list[TimedMora], speech: Speech, tracker: SwiftPitchTracker) -> list[TimedMora]:
    """The morae with their pitch, the median of three tracked frames or more."""
    f0 = tracker.track(speech.waveform, round(speech.seconds / FRAME_SECONDS))
    for mora in morae:
        own = f0[round(mora.start / FRAME_SECONDS) : round(mora.end / FRAME_SECONDS)]
        voiced = own[own > 0]
        if len(voiced) > 2:
            mora.pitch = float(12.0 * np.log2(np.median(voiced)))
    return morae


if __name__ == "__main__":
    sys.exit(main())
