# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Makes a corpus of speech by the voices of a model, blended and varied, with the accent of our front-end.

    python scripts/make_model_corpus.py OUT --model kokoro --speakers configs/voice2/speakers.yaml
                                        --sentences FILE [--count 3000] [--workers 2] [--seed 0]
    tsukasa prepare OUT corpus/ --config configs/mini.yaml

The YAML file has a mapping for every speaker: `voice`, a name or a blend (jf_alpha=0.7,jm_kumo=0.3), `description`,
and optionally `formants`, `semitones` and `speed`, as the variants of scripts/make_corpus.py have them. Speakers take
turns and draw speed and pitch as there; an interrupted run resumes where it stopped and gives the result of an
uninterrupted one. The licence of the model's voices applies to speech made with them.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import yaml

from make_corpus import Speaker as Teacher
from make_corpus import Utterance, Variant, at_loudness, drawn_manner, make_corpus, plan, read_sentences
from transformers_tsukasa.audio.files import resample
from transformers_tsukasa.synthesis.speaker import Speaker


_VARIED = ("formants", "semitones", "speed")
_KEYS = {"voice", "description", *_VARIED}


def main(arguments: Sequence[str] | None = None) -> int:
    """Makes the corpus and returns an exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", metavar="OUT", type=Path, help="folder to create or to continue")
    parser.add_argument("--model", required=True, help="model folder, or kokoro")
    parser.add_argument("--speakers", type=Path, required=True, help="YAML file of the speakers")
    parser.add_argument("--sentences", required=True, help="text file (a sentence a line), or TSV with a 'text'")
    parser.add_argument("--count", type=int, help="utterances (every speaker reads every sentence)")
    parser.add_argument("--sampling-rate", type=int, default=24000, help="of the files in Hz (%(default)s)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (one for each core)")
    parser.add_argument("--seed", type=int, default=0, help="of all draws (%(default)s)")
    options = parser.parse_args(arguments)
    try:
        teachers = read_teachers(options.speakers)
        utterances = plan(teachers, read_sentences(options.sentences), options.count, "flac", options.seed)
        speak = partial(speak_with_model, options.model)
        about = {"model": options.model, "blends": {teacher.name: teacher.voice for teacher in teachers}}
        make_corpus(options.output, utterances, options.sampling_rate, options.workers, speak, about)
    except (ValueError, OSError) as error:
        print(f"make_model_corpus: {error}", file=sys.stderr)
        return 1
    print(f"{options.output}: {len(utterances)} utterances of {len(teachers)} speakers")
    return 0


def read_teachers(path: Path) -> list[Teacher]:
    """The speakers of a file, in its order.

    Raises:
        ValueError: when it holds no speaker, one without a voice, or unknown keys.
        OSError: when it cannot be read.
    """
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(rows, dict) or not rows:
        raise ValueError(f"'{path}' has no speaker: write a mapping from names to `voice` and `description`")
    teachers = []
    for name, row in rows.items():
        if not isinstance(row, dict) or "voice" not in row or row.keys() - _KEYS:
            raise ValueError(f"'{path}': the speaker '{name}' needs `voice`, and may have {', '.join(sorted(_KEYS))}")
        variant = Variant(name, "", **{key: float(row[key]) for key in _VARIED if key in row})
        teachers.append(Teacher(name, row.get("description", ""), row["voice"], variant))
    return teachers


def read_blend(voice: str) -> str | dict[str, float]:
    """The name of a voice, or the weights of several by their names."""
    if "=" not in voice:
        return voice
    pairs = (part.partition("=") for part in voice.split(","))
    return {name.strip(): float(weight) for name, _, weight in pairs}


def speak_with_model(model: str, utterance: Utterance, sampling_rate: int) -> np.ndarray:
    """Synthesizes an utterance with the model of a name: `(samples,)` float32 at `sampling_rate`.

    Resampling moves formants and pitch alike; the model speaks lower and slower by as much: only formants move.
    """
    variant, speaker = utterance.speaker.variant, _speaker(model)
    speed, semitones = drawn_manner(utterance)
    speech = speaker.speak(
        utterance.text,
        voice=read_blend(utterance.speaker.voice),
        speaking_rate=speed / variant.formants,
        pitch=semitones - 12.0 * float(np.log2(variant.formants)),
        accent_strength=1.0,
        seed=utterance.seed,
    )
    return at_loudness(resample(speech.waveform, round(speech.sampling_rate * variant.formants), sampling_rate))


@lru_cache(maxsize=1)
def _speaker(model: str) -> Speaker:
    return Speaker.load(model)


if __name__ == "__main__":
    sys.exit(main())
