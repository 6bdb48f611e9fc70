# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""An evaluation from its first sentence to its tables: resumable, by one process or several."""

import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..audio.files import write_audio
from ..utils.atomic_files import write_text
from ..utils.worker_pool import WorkerPool, behave_as_worker
from ..version import __version__
from .evaluator import EvaluationSettings, Evaluator
from .result_tables import markdown_tables
from .speech_sources import AUDIO_SUFFIXES, Sentence, is_model_folder
from .summary import Record, summarize


SETTINGS_FILE = "settings.json"
RECORDS_FILE = "sentences.jsonl"
RESULT_FILE = "evaluation.json"
TABLE_FILE = "evaluation.md"
SPEECH_FOLDER = "speech"

_PACKAGES = ("torch", "transformers", "numpy", "swift-f0", "onnxruntime", "pyopenjtalk-plus")
_worker: dict[str, Any] = {}


class Session:
    """The folder of an evaluation. What is finished there is kept, and gone on from.

    Args:
        output: the folder; made when it is not there.
        settings: what is evaluated and how.
        about: what else tells this evaluation from another, such as the test set; plain values.
        overwrite: throw away what an evaluation with other settings left there.

    Raises:
        FileExistsError: when the folder holds an evaluation with other settings, or something else.
    """

    def __init__(
        self, output: str | os.PathLike, settings: EvaluationSettings, about: dict[str, Any], overwrite: bool = False
    ) -> None:
        self.folder = Path(output)
        self.settings = settings
        self.identity = json.loads(
            json.dumps({**asdict(settings), **about, "content": content_digest(settings.model)})
        )
        path = self.folder / SETTINGS_FILE
        if path.is_file():
            before = json.loads(path.read_text(encoding="utf-8"))
            changed = [name for name in self.identity if before.get(name) != self.identity[name]]
            if changed and not overwrite:
                raise FileExistsError(
                    f"'{output}' holds an evaluation that differs in: {', '.join(changed)}. Name another folder, or "
                    "replace it with --overwrite"
                )
            if changed:
                (self.folder / RECORDS_FILE).unlink(missing_ok=True)
        elif self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            raise FileExistsError(f"'{output}' is there and holds no evaluation: name another folder")
        self.folder.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(self.identity, ensure_ascii=False, indent=1))
        self.records: dict[str, Record] = {record["name"]: record for record in self._read_records()}

    def _read_records(self) -> Iterator[Record]:
        """What is finished; a last line that was not written to its end is cut off."""
        path = self.folder / RECORDS_FILE
        if not path.is_file():
            return
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            with path.open("r+b") as file:
                file.truncate(len(whole))
        for line in whole.decode("utf-8").splitlines():
            yield json.loads(line)

    def speech_path(self, name: str) -> Path:
        """Where the speech of a sentence lies."""
        return self.folder / SPEECH_FOLDER / f"{name}.flac"

    def run(
        self,
        names: Sequence[str],
        sentences: Callable[[str], Sentence],
        workers: int = 1,
        advance: Callable[[int], None] = lambda count: None,
    ) -> None:
        """Evaluates the sentences that are not finished yet.

        Args:
            names: of all sentences.
            sentences: gives a sentence by its name.
            workers: processes; with 1 everything happens in this one.
            advance: called with the number of sentences that were finished since.

        Raises:
            RuntimeError: when a worker was killed.
        """
        missing = [name for name in names if name not in self.records]
        jobs = (sentences(name) for name in missing)
        if missing:
            evaluated = self._in_this_process(jobs) if workers == 1 else self._in_processes(jobs, workers)
            with (self.folder / RECORDS_FILE).open("a", encoding="utf-8") as file:
                for record in evaluated:
                    file.write(json.dumps(record, ensure_ascii=False) + "\n")
                    file.flush()
                    self.records[record["name"]] = record
                    advance(1)
        # In the order of the test set, whichever worker was first.
        self.records = {name: self.records[name] for name in names}

    def _in_this_process(self, jobs: Iterator[Sentence]) -> Iterator[Record]:
        evaluator = Evaluator(self.settings)
        for sentence in jobs:
            yield _evaluate(evaluator, sentence, self.speech_path(sentence.name))

    def _in_processes(self, jobs: Iterator[Sentence], workers: int) -> Iterator[Record]:
        Evaluator(self.settings)  # what cannot be loaded is said here, where it can be read
        executor = WorkerPool(workers, _start_worker, (self.settings,))
        try:
            waiting: set[Future] = set()
            for sentence in jobs:
                waiting.add(executor.submit(_work, sentence, self.speech_path(sentence.name)))
                if len(waiting) >= 2 * workers:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        except BrokenProcessPool as error:
            raise RuntimeError(
                "a worker process was killed, probably for want of memory: give the same command again with fewer "
                "--workers; finished sentences are kept"
            ) from error
        finally:
            executor.shutdown(wait=True, cancel_futures=True)

    def finish(self) -> dict[str, Any]:
        """Writes `evaluation.json` and `evaluation.md` of all records, and returns the first one's content."""
        records = list(self.records.values())
        result = {
            "summary": summarize(records),
            "settings": self.identity,
            "versions": versions(),
            "notes": {record["name"]: record["notes"] for record in records if record["notes"]},
            "sentences": [{name: record[name] for name in record if name != "styles"} for record in records],
        }
        # NaN is no JSON: what cannot be said is null.
        write_text(self.folder / RESULT_FILE, json.dumps(_plain(result), ensure_ascii=False, indent=1))
        write_text(self.folder / TABLE_FILE, markdown_tables(result))
        return result


def _start_worker(settings: EvaluationSettings) -> None:
    behave_as_worker()
    _worker["evaluator"] = Evaluator(settings)


def _work(sentence: Sentence, speech_path: Path) -> Record:
    return _evaluate(_worker["evaluator"], sentence, speech_path)


def _evaluate(evaluator: Evaluator, sentence: Sentence, speech_path: Path) -> Record:
    try:
        record, speech = evaluator(sentence)
    except (ValueError, LookupError, ArithmeticError) as error:
        raise ValueError(f"sentence '{sentence.name}': {error.args[0] if error.args else error}") from error
    speech_path.parent.mkdir(parents=True, exist_ok=True)
    write_audio(speech_path, speech.waveform, speech.sampling_rate)
    return _plain(record)


def _plain(value: Any) -> Any:
    """The value with null in place of numbers that are none."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and (value != value or abs(value) == float("inf")) else value


def content_digest(folder: str) -> str:
    """A hash of a model folder's weights and voices; of a folder with speech, of its files' names, sizes and times."""
    digest = hashlib.sha256()
    if is_model_folder(folder):
        for path in sorted(Path(folder).glob("*.safetensors")):
            with path.open("rb") as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
        return digest.hexdigest()
    for path in sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in AUDIO_SUFFIXES):
        about = path.stat()
        digest.update(f"{path.relative_to(folder)} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """What the figures were made with."""
    found = {"transformers-tsukasa": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue  # optional; what needs it has said so already
    return found
