# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Makes a corpus of synthetic speech: HTS voices read sentences, each voice varied into several pseudo-speakers.

    python scripts/make_corpus.py OUT [--voices FOLDER_OR_FILE ...] [--sentences FILE] [--count 1000] [--workers 8]
    tsukasa prepare OUT corpus/ --config configs/mini.yaml

pyopenjtalk's own voice ("Mei") always takes part; --voices adds further `.htsvoice` files. Every voice speaks as
several speakers: the engine sets speed and pitch, and resampling moves the formants, with pitch and speed set so that
they come out as wanted. Each utterance draws its random numbers from the seed and its own number, so an interrupted
run resumes where it stopped and gives the result of an uninterrupted one. Needs neither a network nor a GPU.

Sentences that the engine reads differently from our own front-end are left out: they would teach wrong sounds.

Speech made with a voice inherits its licence: credit Mei (MMDAgent project team, CC BY 3.0) and the voices you add.
"""

import argparse
import csv
import io
import json
import multiprocessing
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from transformers_tsukasa.audio.files import resample, write_audio
from transformers_tsukasa.text import Phonemizer
from transformers_tsukasa.utils.atomic_files import write_text


ENGINE_RATE = 48000
_FULL_SCALE = 32768.0
# Standard deviations between the utterances of a speaker: of the log speed, and of the pitch in semitones.
_SPEED_SPREAD, _PITCH_SPREAD = 0.04, 0.25
# Voices differ in loudness; every utterance is brought to this root mean square over its loud samples.
_LOUDNESS = 0.09


@dataclass(frozen=True)
class Variant:
    """Differences of a pseudo-speaker from the voice that it is made from.

    Args:
        name: added to the voice's name.
        description: added to the voice's description.
        formants: factor of the formant frequencies; above 1 sounds like a shorter vocal tract.
        semitones: shift of the pitch, independent of the formants.
        speed: relative to the voice.
    """

    name: str
    description: str
    formants: float = 1.0
    semitones: float = 0.0
    speed: float = 1.0


VARIANTS = (
    Variant("", "そのままの声"),
    Variant("bright", "明るく若い声", formants=1.08, semitones=2.5, speed=1.06),
    Variant("calm", "落ち着いた低めの声", formants=0.93, semitones=-2.5, speed=0.92),
    Variant("deep", "低く太い声", formants=0.84, semitones=-7.0, speed=0.96),
    Variant("small", "小さな子どものような声", formants=1.17, semitones=4.5, speed=1.0),
)
"""The variants of every voice; --variants takes the first so many."""

_VOWEL_ROWS = {
    "ア": "アカサタナハマヤラワガザダバパァャヵ",
    "イ": "イキシチニヒミリギジビピィ",
    "ウ": "ウクスツヌフムユルグズブプゥュヴ",
    "エ": "エケセテネヘメレゲゼデベペェヶ",
    "オ": "オコソトノホモヨロゴゾドボポォョ",
}
_VOWELS = {kana: vowel for vowel, row in _VOWEL_ROWS.items() for kana in row}
_ONE_SPELLING = str.maketrans("ヂヅヲ", "ジズオ")

_MOODS = {"neutral": "普通の", "normal": "普通の", "happy": "嬉しそうな", "angry": "怒った", "sad": "悲しそうな"}


@dataclass(frozen=True)
class Speaker:
    """A voice file with a variant. `voice` is empty for pyopenjtalk's own voice."""

    name: str
    description: str
    voice: str
    variant: Variant


@dataclass(frozen=True)
class Utterance:
    """A sentence, the speaker that reads it, and the file that it goes to."""

    number: int
    speaker: Speaker
    text: str
    path: str  # relative to the corpus
    seed: int


Speak = Callable[[Utterance, int], np.ndarray]
"""From an utterance and a rate in Hz to `(samples,)` float32; a function of a module, for worker processes."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Makes the corpus and returns an exit code."""
    options = _parse(arguments)
    try:
        speakers = choose_speakers(make_speakers(find_voices(options.voices), options.variants), options.speakers)
        sentences = [text for text in read_sentences(options.sentences) if is_read_alike(text)]
        if not sentences:
            raise ValueError("the engine reads every sentence differently from our front-end: give others")
        utterances = plan(speakers, sentences, options.count, options.suffix, options.seed)
        make_corpus(Path(options.output), utterances, options.sampling_rate, options.workers)
    except (ValueError, OSError) as error:
        print(f"make_corpus: {error}", file=sys.stderr)
        return 1
    print(f"{options.output}: {len(utterances)} utterances of {len(speakers)} speakers")
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", metavar="OUT", help="folder to create or to continue")
    parser.add_argument("--voices", nargs="*", default=[], help=".htsvoice files, or folders that hold some")
    parser.add_argument("--sentences", help="text file with one sentence a line, or TSV file with a column 'text'")
    parser.add_argument("--count", type=int, help="number of utterances (default: every speaker reads every sentence)")
    parser.add_argument("--variants", type=int, default=3, help=f"speakers per voice, 1 to {len(VARIANTS)} (3)")
    parser.add_argument("--speakers", nargs="*", help="names of the speakers to use (default: all)")
    parser.add_argument("--sampling-rate", type=int, default=24000, help="of the files in Hz (%(default)s)")
    parser.add_argument("--format", dest="suffix", default="flac", choices=("flac", "wav"), help="(%(default)s)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (default: one per core)")
    parser.add_argument("--seed", type=int, default=0, help="random seed (%(default)s)")
    return parser.parse_args(arguments)


def find_voices(given: Sequence[str]) -> list[Path]:
    """The given .htsvoice files and those in the given folders.

    Raises:
        ValueError: a path is neither, or a folder holds none.
    """
    found: list[Path] = []
    for name in given:
        path = Path(name)
        voices = sorted(path.glob("*.htsvoice")) if path.is_dir() else [path] if path.is_file() else []
        if not voices or any(voice.suffix != ".htsvoice" for voice in voices):
            raise ValueError(f"'{name}' is neither an .htsvoice file nor a folder that holds some")
        found += voices
    return found


def make_speakers(voices: Sequence[Path], num_variants: int) -> list[Speaker]:
    """Every voice in all its variants, Mei first.

    Raises:
        ValueError: there are fewer variants, or two voices share a name.
    """
    if not 1 <= num_variants <= len(VARIANTS):
        raise ValueError(f"--variants must be 1 to {len(VARIANTS)}, got {num_variants}")
    speakers = []
    for voice in (None, *voices):
        name = "mei" if voice is None else voice.stem
        mood = _MOODS.get(name.rpartition("-")[2], "普通の")
        for variant in VARIANTS[:num_variants]:
            full = f"{name}-{variant.name}" if variant.name else name
            description = f"{mood}調子で話す、{variant.description}"
            speakers.append(Speaker(full, description, "" if voice is None else str(voice.absolute()), variant))
    names = [speaker.name for speaker in speakers]
    if len(set(names)) < len(names):
        raise ValueError("two voices have the same file name: rename one, because speakers are named after files")
    return speakers


def choose_speakers(speakers: Sequence[Speaker], names: Sequence[str] | None) -> list[Speaker]:
    """The speakers with the given names, in that order; all speakers without names.

    Raises:
        ValueError: a name belongs to no speaker.
    """
    by_name = {speaker.name: speaker for speaker in speakers}
    unknown = [name for name in names or [] if name not in by_name]
    if unknown:
        raise ValueError(
            f"there is no speaker {', '.join(unknown)}; with these --voices and --variants: {', '.join(by_name)}"
        )
    return [by_name[name] for name in names] if names else list(speakers)


def read_sentences(path: str | None) -> list[str]:
    """Sentences from a text file or a TSV file with the column `text`; a few of our own without a file.

    Raises:
        ValueError: the file holds no sentence.
        OSError: the file cannot be read.
    """
    if path is None:
        return list(OWN_SENTENCES)
    content = Path(path).read_text(encoding="utf-8-sig")
    lines = [line for line in content.split("\n") if line.strip()]
    if lines and "text" in lines[0].split("\t"):
        rows = csv.DictReader(io.StringIO("\n".join(lines)), delimiter="\t", quoting=csv.QUOTE_NONE)
        lines = [row["text"] for row in rows]
    sentences = [line.strip() for line in lines if line.strip()]
    if not sentences:
        raise ValueError(f"'{path}' has no sentence")
    return sentences


def is_read_alike(text: str) -> bool:
    """Whether the engine's front-end and ours read the text the same way; prints it to standard error if not."""
    import pyopenjtalk

    engine, own = pyopenjtalk.g2p(text, kana=True), _phonemizer()(text).kana
    if _sounds(engine) == _sounds(own):
        return True
    print(f"left out, because the readings differ: {text} ({engine} / {own})", file=sys.stderr)
    return False


@lru_cache(maxsize=1)
def _phonemizer() -> Phonemizer:
    return Phonemizer("clean")


def _sounds(kana: str) -> str:
    """Katakana with long vowels spelled out and marks removed: コウ, コー and コオ become the same."""
    written = re.sub("[^ァ-ヺー]", "", kana).translate(_ONE_SPELLING).replace("イウ", "ユウ")
    sounds, vowel = "", ""
    for character in written:
        if character == "ー" or (vowel + character) in ("オウ", "エイ"):
            character = vowel
        sounds += character
        vowel = _VOWELS.get(character, "")
    return sounds


def plan(
    speakers: Sequence[Speaker], sentences: Sequence[str], count: int | None, suffix: str, seed: int
) -> list[Utterance]:
    """The utterances in a fixed order: speakers take turns, each with its own permutation of the sentences.

    Raises:
        ValueError: `count` exceeds the possible utterances.
    """
    most = len(speakers) * len(sentences)
    count = most if count is None else count
    if not 1 <= count <= most:
        raise ValueError(f"--count must be 1 to {most} ({len(speakers)} speakers, {len(sentences)} sentences)")
    orders = [np.random.default_rng((seed, place)).permutation(len(sentences)) for place in range(len(speakers))]
    utterances = []
    for number in range(count):
        turn, place = divmod(number, len(speakers))
        speaker, sentence = speakers[place], int(orders[place][turn])
        path = f"audio/{speaker.name}/{sentence:05d}.{suffix}"
        utterances.append(Utterance(number, speaker, sentences[sentence], path, seed))
    return utterances


def make_corpus(
    output: Path,
    utterances: Sequence[Utterance],
    sampling_rate: int,
    workers: int,
    speak: Speak | None = None,
    about: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Synthesizes the utterances whose files are missing, then writes the transcript.

    Args:
        output: folder to create or to continue.
        utterances: of `plan`.
        sampling_rate: of the files in Hz.
        workers: processes.
        speak: synthesizes an utterance; the HTS engine by default.
        about: what else the speech depends on.

    Raises:
        ValueError: the folder holds a corpus of other utterances.
    """
    from tqdm import tqdm

    _check_same_plan(output, utterances, sampling_rate, about)
    for folder in {(output / utterance.path).parent for utterance in utterances}:
        folder.mkdir(parents=True, exist_ok=True)
    missing = [utterance for utterance in utterances if not (output / utterance.path).is_file()]
    jobs = [(utterance, str(output), sampling_rate, speak or speak_with_engine) for utterance in missing]
    bar = tqdm(total=len(utterances), initial=len(utterances) - len(missing), unit="utterance", file=sys.stderr)
    with bar:
        if workers == 1:
            for job in jobs:
                _speak_into_file(job)
                bar.update()
        elif jobs:
            with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as executor:
                for _ in executor.map(_speak_into_file, jobs, chunksize=8):
                    bar.update()
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["audio", "text", "speaker", "description"])
    writer.writerows([u.path, u.text, u.speaker.name, u.speaker.description] for u in utterances)
    write_text(output / "metadata.csv", table.getvalue())


def _check_same_plan(
    output: Path, utterances: Sequence[Utterance], sampling_rate: int, about: Mapping[str, Any]
) -> None:
    voices = sorted({(u.speaker.name, *asdict(u.speaker.variant).values()) for u in utterances})
    values = {"sampling_rate": sampling_rate, "seed": utterances[0].seed, "speakers": voices, **about}
    values["sentences"] = sorted({(Path(u.path).stem, u.text) for u in utterances})
    made = json.loads(json.dumps(values))
    path = output / "made_with.json"
    if path.is_file() and json.loads(path.read_text(encoding="utf-8")) != made:
        raise ValueError(f"'{output}' was begun with other voices, sentences, seed or rate: choose another folder")
    output.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(made, ensure_ascii=False))


def _speak_into_file(job: tuple[Utterance, str, int, Speak]) -> None:
    utterance, output, sampling_rate, speak = job
    write_audio(Path(output) / utterance.path, speak(utterance, sampling_rate), sampling_rate)


def speak_with_engine(utterance: Utterance, sampling_rate: int) -> np.ndarray:
    """Synthesizes an utterance: `(samples,)` float32 at `sampling_rate`.

    Resampling to play `formants` times as fast raises formants and pitch alike and shortens the speech. The engine
    therefore speaks lower and slower by the same factor, so that only the formants move.
    """
    import pyopenjtalk

    variant = utterance.speaker.variant
    speed, semitones = drawn_manner(utterance)
    engine = _engine(utterance.speaker.voice)
    engine.set_speed(speed / variant.formants)
    engine.add_half_tone(semitones - 12.0 * float(np.log2(variant.formants)))
    samples = engine.synthesize(pyopenjtalk.extract_fullcontext(utterance.text))
    waveform = np.asarray(samples, dtype=np.float32) / _FULL_SCALE
    return at_loudness(resample(waveform, round(ENGINE_RATE * variant.formants), sampling_rate))


def drawn_manner(utterance: Utterance) -> tuple[float, float]:
    """Speed and shift of the pitch in semitones of an utterance, its speaker's with what it draws."""
    variant = utterance.speaker.variant
    random = np.random.default_rng((utterance.seed, utterance.number))
    speed = variant.speed * float(np.exp(random.normal(0.0, _SPEED_SPREAD)))
    return speed, variant.semitones + float(random.normal(0.0, _PITCH_SPREAD))


@lru_cache(maxsize=16)
def _engine(voice: str):
    import pyopenjtalk
    from pyopenjtalk.htsengine import HTSEngine

    return HTSEngine(voice.encode() if voice else pyopenjtalk.DEFAULT_HTS_VOICE)


def at_loudness(waveform: np.ndarray) -> np.ndarray:
    """The waveform `(samples,)` at the loudness of all utterances, without clipping."""
    loud = np.abs(waveform) > 0.1 * np.abs(waveform).max()
    gain = _LOUDNESS / max(float(np.sqrt(np.mean(waveform[loud] ** 2))), 1e-6)
    return (waveform * min(gain, 0.98 / max(float(np.abs(waveform).max()), 1e-6))).astype(np.float32)


OWN_SENTENCES = (
    "おはようございます。今日はとてもいい天気ですね。",
    "駅前の喫茶店で、温かい紅茶を一杯飲みました。",
    "明日の会議は何時から始まりますか？",
    "窓を開けると、冷たい風が部屋に入ってきた。",
    "妹は庭で花に水をやっています。",
    "やったー！とうとう試験に合格した！",
    "そんな話は一度も聞いたことがない。",
    "電車が遅れているので、少しお待ちください。",
    "雪の降る夜に、二人は静かに歩いていた。",
    "昨日買った本を、もう全部読んでしまった。",
    "山の上から見る夕焼けは本当に美しい。",
    "ごめんなさい、約束の時間を間違えていました。",
)


if __name__ == "__main__":
    sys.exit(main())
