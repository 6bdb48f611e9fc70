# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The folder of an evaluation, from its first sentence to its tables: resumable, by one process or several."""

import json
import os
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from transformers.utils.logging import disable_progress_bar

from ..audio.files import write_audio
from ..data.preparation.audio_names import AUDIO_SUFFIXES
from ..model_folders import is_model_folder
from ..utils.atomic_files import write_text
from ..utils.resumable import WorkRecord, files_digest, identity_digest, identity_of
from ..utils.worker_pool import WorkerPool, behave_as_worker, loading_again
from ..version import __version__
from .evaluator import EvaluationSettings, Evaluator
from .result_tables import markdown_tables
from .sentences import Sentence
from .summary import Record, summarize


SETTINGS_FILE = "settings.json"
RECORDS_FILE = "sentences.jsonl"
RESULT_FILE = "evaluation.json"
TABLE_FILE = "evaluation.md"
SPEECH_FOLDER = "speech"
PICTURES_FOLDER = "pictures"

_PACKAGES = ("torch", "transformers", "numpy", "swift-f0", "onnxruntime", "pyopenjtalk-plus")
# Entries of a record that only the summary reads.
_VECTORS = ("styles", "speaker_vectors")
_worker: dict[str, Evaluator] = {}


class Session:
    """Opens the folder of an evaluation; finished sentences are kept, and the evaluation resumes from them.

    Args:
        output: the folder; made when it does not exist.
        settings: what is evaluated and how.
        about: what else distinguishes this evaluation from others, such as the test set; plain values.
        overwrite: discard the sentences of an evaluation with other settings.

    Raises:
        FileExistsError: when the folder holds an evaluation with other settings, or something else.
        ValueError: when its settings file is damaged.
    """

    def __init__(
        self, output: str | os.PathLike, settings: EvaluationSettings, about: dict[str, Any], overwrite: bool = False
    ) -> None:
        self.folder = Path(output)
        self.settings = settings
        self.identity = identity_of({**asdict(settings), **about, "content": content_digest(settings.model)})
        record = WorkRecord(self.folder / SETTINGS_FILE, self.identity, "remove the folder and evaluate again")
        if not overwrite:
            record.refuse_other("an evaluation", "name another folder, or pass `overwrite=True`")
        if not record.path.is_file() and self.folder.exists() and not _is_empty(self.folder):
            raise FileExistsError(f"'{output}' exists and holds no evaluation: name another folder")
        if record.differences():
            self._records_path.unlink(missing_ok=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        record.write()
        _cut_unfinished_line(self._records_path)
        self.records: dict[str, Record] = {record["name"]: record for record in _read_records(self._records_path)}

    @property
    def _records_path(self) -> Path:
        return self.folder / RECORDS_FILE

    def speech_path(self, name: str) -> Path:
        """Return the path of the speech of a sentence."""
        return self.folder / SPEECH_FOLDER / f"{name}.flac"

    def run(
        self,
        names: Sequence[str],
        read_sentence: Callable[[str], Sentence],
        workers: int = 1,
        advance: Callable[[int], Any] = lambda count: None,
    ) -> None:
        """Evaluate the sentences that are not finished yet.

        Args:
            names: of all sentences.
            read_sentence: reads a sentence by its name.
            workers: processes; with 1 everything runs in this one.
            advance: called with the number of newly finished sentences.

        Raises:
            RuntimeError: when a worker was killed.
        """
        missing = [name for name in names if name not in self.records]
        if missing:
            jobs = ((sentence, self.speech_path(sentence.name)) for sentence in map(read_sentence, missing))
            evaluated = self._in_this_process(jobs) if workers == 1 else self._in_processes(jobs, workers)
            with self._records_path.open("a", encoding="utf-8") as file:
                for record in evaluated:
                    file.write(json.dumps(record, ensure_ascii=False) + "\n")
                    file.flush()
                    self.records[record["name"]] = record
                    advance(1)
        # In the order of the test set, whichever worker was first.
        self.records = {name: self.records[name] for name in names}

    def _in_this_process(self, jobs: Iterable[tuple[Sentence, Path]]) -> Iterator[Record]:
        evaluator = Evaluator(self.settings)
        for sentence, speech_path in jobs:
            yield _evaluate(evaluator, sentence, speech_path)

    def _in_processes(self, jobs: Iterable[tuple[Sentence, Path]], workers: int) -> Iterator[Record]:
        Evaluator(self.settings)  # a network that cannot be loaded is an error here, and not in a worker
        pool = WorkerPool(workers, _start_worker, (self.settings,))
        remedy = "start the evaluation again with fewer `workers`; finished sentences are kept"
        return pool.map_bounded(_work, jobs, remedy=remedy)

    def finish(self) -> dict[str, Any]:
        """Write `evaluation.json` and `evaluation.md` of all records, and return the content of the first."""
        records = list(self.records.values())
        result = {
            "summary": summarize(records),
            "settings": self.identity,
            "versions": versions(),
            "notes": {record["name"]: record["notes"] for record in records if record["notes"]},
            "sentences": [{name: record[name] for name in record if name not in _VECTORS} for record in records],
        }
        # NaN is not JSON: a value that does not exist is null.
        write_text(self.folder / RESULT_FILE, json.dumps(_plain(result), ensure_ascii=False, indent=1))
        write_text(self.folder / TABLE_FILE, markdown_tables(result))
        return result


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _cut_unfinished_line(path: Path) -> None:
    """Cut off a last line that was not written to its end."""
    if not path.is_file():
        return
    content = path.read_bytes()
    complete = content.rfind(b"\n") + 1
    if complete < len(content):
        with path.open("r+b") as file:
            file.truncate(complete)


def _read_records(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def _start_worker(settings: EvaluationSettings) -> None:
    behave_as_worker()
    disable_progress_bar()  # the bars of several processes that load would mix
    with loading_again():
        _worker["evaluator"] = Evaluator(settings)


def _work(job: tuple[Sentence, Path]) -> Record:
    return _evaluate(_worker["evaluator"], *job)


def _evaluate(evaluator: Evaluator, sentence: Sentence, speech_path: Path) -> Record:
    try:
        record, speech = evaluator(sentence)
    except (ValueError, LookupError, ArithmeticError) as error:
        raise ValueError(f"sentence '{sentence.name}': {error.args[0] if error.args else error}") from error
    speech_path.parent.mkdir(parents=True, exist_ok=True)
    write_audio(speech_path, speech.waveform, speech.sampling_rate)
    return _plain(record)


def _plain(value: Any) -> Any:
    """Return the value with null in place of numbers that are not finite."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and (value != value or abs(value) == float("inf")) else value


def content_digest(folder: str) -> str:
    """Hash a model folder's weights and voices; of a folder with speech, the names, sizes and times of its files."""
    if is_model_folder(folder):
        return files_digest(sorted(Path(folder).glob("*.safetensors")))
    paths = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in AUDIO_SUFFIXES)
    stats = {str(path.relative_to(folder)): path.stat() for path in paths}
    return identity_digest({name: [about.st_size, about.st_mtime_ns] for name, about in stats.items()})


def versions() -> dict[str, str]:
    """Return the versions of the packages that the figures depend on."""
    found = {"transformers-tsukasa": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue  # optional; a measure that needs it has refused already
    return found
