# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speaks 200 short texts with every voice of a model: each word must be audible, and no end may be cut.

    python scripts/check_short_texts.py [MODEL] [--voices NAME ...] [--count N] [--json FILE]

The texts (configs/default_model/short_texts_test.txt) have one to six morae and are in no training data of the
packaged model. Every voice also reads a text of several sentences, whose joins must not click. Exits 1 when a text
fails.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from transformers_tsukasa.evaluation.audibility import END_DB, JUMP_DB, end_level, largest_jump, loudest, silent_words
from transformers_tsukasa.synthesis.speaker import Speaker
from transformers_tsukasa.utils.atomic_files import write_text


ROOT = Path(__file__).resolve().parents[1]
TEXTS = ROOT / "configs/default_model/short_texts_test.txt"
LONG_FORM = (
    "今日はとてもいい天気ですね。そろそろ散歩に行きましょうか。犬も一緒に連れて行きます。"
    "「準備はできた？」「はい、いつでも。」それなら、出発しよう！夕方には帰ってこられるはずだ…。"
)


@dataclass(frozen=True)
class Failure:
    """What is wrong with the speech of a text."""

    voice: str
    text: str
    reason: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Checks the voices and returns an exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="default", help="a model folder (the packaged model)")
    parser.add_argument("--voices", nargs="+", help="names of the voices (all)")
    parser.add_argument("--count", type=int, help="texts, evenly chosen (all)")
    parser.add_argument("--json", type=Path, help="write the failures to this file too")
    options = parser.parse_args(arguments)
    speaker = Speaker.load(options.model)
    texts = choose(TEXTS.read_text(encoding="utf-8").split(), options.count)
    failures: list[Failure] = []
    for voice in options.voices or list(speaker.model.voices):
        found = list(check_voice(speaker, voice, texts))
        print(f"{voice}: {len(texts)} short texts and {len(LONG_FORM)} characters of long form, {len(found)} failures")
        failures += found
    for failure in failures:
        print(f"{failure.voice}: {failure.text} {failure.reason}")
    if options.json:
        write_text(options.json, json.dumps([asdict(failure) for failure in failures], ensure_ascii=False, indent=1))
    return int(bool(failures))


def choose(texts: Sequence[str], count: int | None) -> list[str]:
    """So many of the texts, evenly spread; all without a count."""
    places = np.linspace(0, len(texts) - 1, min(count or len(texts), len(texts))).round().astype(int)
    return [texts[place] for place in places]


def check_voice(speaker: Speaker, voice: str, texts: Sequence[str]) -> Iterator[Failure]:
    """The failures of a voice."""
    for text in tqdm(texts, desc=voice, unit="text", file=sys.stderr):
        yield from check_text(speaker, voice, text)
    yield from check_joins(speaker, voice, LONG_FORM)


def check_text(speaker: Speaker, voice: str, text: str) -> Iterator[Failure]:
    """What is wrong with a short text: inaudible words, an end that is cut."""
    inputs = speaker.processor(text=text, return_tensors="pt")
    speech = speaker.model.generate(**inputs, voice=voice, seed=0, return_prosody=True)
    waveform, rate = speech.audio[0].numpy(), speaker.sampling_rate
    silent = silent_words(speaker.processor.word_times(text, speech.prosody), waveform, rate)
    if silent:
        yield Failure(
            voice, text, f"inaudible: {', '.join(silent)} (the loudest 10 ms: {loudest(waveform, rate):.0f} dB)"
        )
    level = end_level(waveform, rate)
    if level > END_DB:
        yield Failure(voice, text, f"the end is cut: it is {level:.0f} dB from the loudest")


def check_joins(speaker: Speaker, voice: str, text: str) -> Iterator[Failure]:
    """The joins of a long text that click: where each sentence ends and where the next begins."""
    inputs = speaker.processor(text=text, split_sentences=True, return_tensors="pt")
    pieces = list(speaker.model.generate(**inputs, voice=voice, seed=0, stream=True, return_prosody=True))
    waveform, rate = np.concatenate([piece.audio[0].numpy() for piece in pieces]), speaker.sampling_rate
    begin = 0
    for number, piece in enumerate(pieces, start=1):
        end = round(float(piece.prosody.token_ends[0, -1]) * rate)
        for place, where in ((begin, "beginning"), (end, "end")):
            jump = largest_jump(waveform, rate, place)
            if jump > JUMP_DB:
                yield Failure(voice, text, f"the {where} of sentence {number} jumps by {jump:.0f} dB within 5 ms")
        begin += len(piece.audio[0])


if __name__ == "__main__":
    sys.exit(main())
